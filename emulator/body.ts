// Turns a script of steps into a response body. Pull only: the script moves on when the reader asks, so what it has
// yielded is what was delivered, a slow reader slows it, and nothing is buffered here. One step is one chunk.
// A body keeps at most one timer, and cancelling, aborting or failing clears it.

/** Fail the body as a lost connection does; the Node server makes it a TCP reset. */
export const RESET: unique symbol = Symbol("reset");
/** Say nothing more until the reader gives up. Holds no timer. */
export const SILENCE: unique symbol = Symbol("silence");

export interface Pause {
  readonly pauseMs: number;
}

/** Bytes that stay where they are: copied into the reader's own buffer where it has lent one. */
export interface Lent {
  readonly lent: Uint8Array;
}

/** An array of its own becomes the stream's. */
export type Step = Uint8Array<ArrayBuffer> | Lent | Pause | typeof RESET | typeof SILENCE;

export type BodyOutcome = "finished" | "cancelled" | "failed";

export interface BodyOptions {
  /** Waited before every chunk but the first. */
  readonly paceMs: number;
  readonly signal: AbortSignal;
  readonly onChunk: (bytes: number) => void;
  readonly onEnd: (outcome: BodyOutcome) => void;
}

/**
 * Holds what listens for the reader's leaving. A request follows the signal of whoever made it only weakly: while a
 * reader waits in silence, nothing else would keep the request, and the leaving would never arrive.
 */
const underWay = new Set<BodyOptions>();

export function scriptedBody(
  script: Iterator<Step, void>,
  options: BodyOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { paceMs, signal, onChunk, onEnd } = options;
  let ended = false;
  let started = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stream: Controller;

  const end = (outcome: BodyOutcome): void => {
    ended = true;
    underWay.delete(options);
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    script.return?.();
    onEnd(outcome);
  };
  const onAbort = (): void => {
    if (ended) return;
    end("cancelled");
    stream.error(signal.reason);
  };
  const fail = (error: unknown): void => {
    end("failed");
    stream.error(error);
  };
  const write = (step: Uint8Array<ArrayBuffer> | Lent): void => {
    started = true;
    if (step instanceof Uint8Array) {
      onChunk(step.byteLength);
      stream.enqueue(step);
      return;
    }
    const { lent } = step;
    onChunk(lent.byteLength);
    const request = stream.byobRequest;
    const view = request?.view;
    if (view === null || view === undefined || view.byteLength < lent.byteLength) {
      stream.enqueue(lent.slice());
      return;
    }
    new Uint8Array(view.buffer, view.byteOffset, lent.byteLength).set(lent);
    request?.respond(lent.byteLength);
  };
  // The promise of a cancelled wait stays pending for ever, which is what a body that is gone should do.
  const wait = (ms: number, then: () => void | Promise<void>): Promise<void> =>
    new Promise((resolve) => {
      timer = setTimeout(() => {
        if (!ended) resolve(then());
      }, ms);
    });

  const advance = (): void | Promise<void> => {
    let next: IteratorResult<Step, void>;
    try {
      next = script.next();
    } catch (error) {
      fail(error);
      return;
    }
    if (next.done) {
      end("finished");
      stream.close();
      // A reader that lent its own buffer must get it back, or its read never settles.
      stream.byobRequest?.respond(0);
      return;
    }
    const step = next.value;
    if (step instanceof Uint8Array || (typeof step === "object" && "lent" in step)) {
      if (paceMs > 0 && started) return wait(paceMs, () => write(step));
      write(step);
      return;
    }
    if (step === RESET) {
      fail(new TypeError("terminated", { cause: new Error("the emulator reset the connection") }));
      return;
    }
    if (step === SILENCE) return new Promise(() => {});
    return wait(step.pauseMs, advance);
  };

  return streamFrom({
    start(controller) {
      stream = controller;
      underWay.add(options);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort);
    },
    pull: advance,
    cancel() {
      if (!ended) end("cancelled");
    },
  });
}

/** Of a byte stream, or of a plain one: that has nobody's buffer to fill. */
interface Controller {
  readonly byobRequest?: ReadableStreamBYOBRequest | null;
  enqueue(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
  error(reason: unknown): void;
}

interface Source {
  start(controller: Controller): void;
  pull(): void | Promise<void>;
  cancel(): void;
}

/** Real network bodies are byte streams, and readers with their own buffers should work here too. WebKit has none. */
function streamFrom(source: Source): ReadableStream<Uint8Array<ArrayBuffer>> {
  const lazily = { highWaterMark: 0 };
  try {
    return new ReadableStream({ ...source, type: "bytes" } as UnderlyingByteSource, lazily);
  } catch {
    return new ReadableStream<Uint8Array<ArrayBuffer>>(source, lazily);
  }
}

/** Resolves after `ms`, rejects with the signal's reason when that comes first; leaves no timer and no listener. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
