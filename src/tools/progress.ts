/** Work that tells what it is doing: read as events, or only waited for. Nothing is done until somebody does either. */
import { AbortError } from "../http/errors.ts";

const LEFT = "The work was left before its end.";

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
        // Without effect unless the loop was left: then what is under way ends, and there is no result.
        const left = new AbortError(LEFT);
        controller.abort(left);
        outer?.removeEventListener("abort", onAbort);
      }
    }
    this.#events = events();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Event, void> {
    if (this.#claimed) throw new TypeError("Events can be read once; keep them, or use final().");
    this.#claimed = true;
    return leavable(this.#events, () => this.abort(LEFT));
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

/**
 * Events whose `return` ends the work first when a value is being waited for: a generator's own waits for that value, which
 * may never come.
 */
export function leavable<T>(events: AsyncGenerator<T, void>, leave: () => void): AsyncGenerator<T, void> {
  let waiting = 0;
  const onGiven = () => {
    waiting--;
  };
  return {
    next() {
      waiting++;
      const given = events.next();
      given.then(onGiven, onGiven);
      return given;
    },
    return(value) {
      if (waiting > 0) leave();
      return events.return(value);
    },
    throw: (error) => events.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
}
