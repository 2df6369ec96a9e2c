/** Work that tells what it is doing: read as events, or only waited for. Nothing is done until somebody does either. */
import { AbortError } from "../http/errors.ts";

/** Does the work: yields events, returns the result, and stops when the signal aborts. */
export type Doing<Event, Result> = (signal: AbortSignal) => AsyncGenerator<Event, Result>;

/**
 * The events of some work, to be read once (`for await`), and its result ({@link final}). Leaving the loop aborts the
 * work.
 */
export class Progress<Event, Result> implements AsyncIterable<Event> {
  readonly #controller = new AbortController();
  readonly #events: AsyncGenerator<Event, void>;
  readonly #result: Promise<Result>;
  #claimed = false;

  /** Made by the functions of this package only. @internal */
  constructor(doing: Doing<Event, Result>, outer?: AbortSignal) {
    let resolve: (result: Result) => void;
    let reject: (error: unknown) => void;
    this.#result = new Promise((...settle) => {
      [resolve, reject] = settle;
    });
    // Whoever reads the events is thrown the error, and need not ask for the result too.
    this.#result.catch(() => {});
    const controller = this.#controller;
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
    const onAbort = () => controller.abort(new AbortError(outer!.reason));

    // Without effect unless the loop is left: then what is under way ends, and there is no result.
    const leave = () => controller.abort(new AbortError("The work was left before its end."));

    async function* events(): AsyncGenerator<Event, void> {
      outer?.addEventListener("abort", onAbort);
      if (outer?.aborted) onAbort();
      try {
        controller.signal.throwIfAborted();
        resolve(yield* doing(controller.signal));
      } catch (error) {
        reject(error);
        throw error;
      } finally {
        leave();
        outer?.removeEventListener("abort", onAbort);
      }
    }
    this.#events = leaving(events(), leave);
  }

  [Symbol.asyncIterator](): AsyncGenerator<Event, void> {
    if (this.#claimed) throw new TypeError("Events can be read once; keep them, or use final().");
    this.#claimed = true;
    return this.#events;
  }

  /** The result. Does the work if nobody reads the events, else waits for their reader; rejects as the reader's loop does. */
  async final(): Promise<Result> {
    if (!this.#claimed) for await (const _event of this);
    return this.#result;
  }

  /** Ends the work; its reader is thrown an {@link AbortError} with this cause. */
  abort(reason?: unknown): void {
    this.#controller.abort(new AbortError(reason));
  }
}

/** A generator's own `return` waits for the value that is on its way, which may never come: this one leaves first. */
export function leaving<T>(events: AsyncGenerator<T, void>, leave: () => void): AsyncGenerator<T, void> {
  const end = events.return.bind(events);
  events.return = (value) => {
    leave();
    return end(value);
  };
  return events;
}
