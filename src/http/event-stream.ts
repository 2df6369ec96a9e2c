/**
 * Response -> a stream of values: the one place that reads an event stream. It keeps the idle and stall
 * deadlines, closes the connection when the reader leaves, and tells a whole stream from a cut one; what an event
 * means, and which one is the last, is the decoder's business.
 *
 * Hand-written instead of an async generator: one promise per value and no timer per read keep it close to the
 * cost of `JSON.parse` alone.
 */
import { createParser, type ServerSentEvent, SseLimitError } from "../sse/parser.ts";
import {
  AbortError,
  ConnectionError,
  hide,
  LatchkeyError,
  LimitError,
  MalformedResponseError,
  StreamTruncatedError,
  TimeoutError,
} from "./errors.ts";
import type { Sent } from "./send.ts";

/** A decoder's word for an event that yields nothing. */
export const SKIP: unique symbol = Symbol();
/** A decoder's word for the terminal signal. */
export const END: unique symbol = Symbol();

/** Gives events their meaning. */
export interface Decoder<T, R> {
  /**
   * One event's value, or {@link SKIP}, or {@link END}. What it throws ends the stream. `cut`: the body ended before
   * the blank line that makes it an event.
   */
  decode(event: ServerSentEvent, cut: boolean): T | typeof SKIP | typeof END;
  /** Whether a body that ended cleanly without a terminal signal counts as whole. */
  complete(): boolean;
  /** Whether the value just decoded was the last one: for streams whose terminal signal is an event with content. */
  readonly ended?: boolean;
  /** What is put together so far: one object that grows. */
  result: R;
}

/** One response being read; everything public about a stream is built on it. */
export interface EventStream<T, R> {
  /** An iterator of the values, each mapped; a map may answer {@link SKIP}. There is one for each stream. */
  iterate(): AsyncIterableIterator<T>;
  iterate<U>(map: (value: T) => U | typeof SKIP): AsyncIterableIterator<U>;
  /** What the decoder made of the whole stream, reading what nobody else reads. */
  whole(): Promise<R>;
  /** Leaves the stream: the connection is closed, what had come stays readable. */
  close(): void;
  /** Fails the stream. */
  fail(error: unknown): void;
}

/** How long a connection may take to end by itself after the terminal signal, so that it can be used again. */
const LINGER_MS = 100;

export function eventStream<T, R>(
  { call, requestId, settle, signal, onFirst }: Sent,
  body: ReadableStream<Uint8Array>,
  decoder: Decoder<T, R>,
): EventStream<T, R> {
  const { idleTimeoutMs, stallTimeoutMs, maxEventBytes, maxStreamBytes } = call;
  const { result } = decoder;
  /** Events parsed and not yet delivered: from `head` to before `tail`. The array is kept, for it is refilled at each read. */
  const queue: ServerSentEvent[] = [];
  let head = 0;
  let tail = 0;
  /** How much data was delivered so far. */
  let size = 0;
  const parser = createParser({
    onEvent: (event) => {
      queue[tail++] = event;
    },
    maxEventBytes,
  });
  const reader = body.getReader();
  let claimed = false;
  /** What its reader makes of the values. In place, not around `next`: that would cost two more promises for each. */
  let mapping: ((value: T) => unknown) | undefined;
  let over = false;
  let bodyEnded = false;
  /** Why the stream failed: what its reader is thrown. `left` says why there is no whole although nothing failed. */
  let failure: LatchkeyError | undefined;
  let left: LatchkeyError | undefined;
  /** A failure of the parser, told after the events before it. */
  let parseFailure: unknown;
  let pulling: Promise<IteratorResult<T>> | undefined;
  /** When the caller began to wait, and when the read that is under way began: not by dates, for they may be set back. */
  let waitStart = 0;
  let readStart = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const onAbort = () => fail(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();

  /** The next value. Calls that overlap are answered in turn. */
  function next(): Promise<IteratorResult<T>> {
    if (pulling) return pulling.then(next, next);
    const ready = take();
    if (failure) return Promise.reject(failure);
    if (ready) return Promise.resolve(ready);
    waitStart = 0;
    pulling = pull();
    return pulling;
  }

  /** What is ready without reading: a value or the end. Nothing, and perhaps a failure, otherwise. */
  function take(): IteratorResult<T> | undefined {
    while (head < tail && !over) {
      try {
        const event = queue[head++]!;
        size += event.data.length;
        if (size > maxStreamBytes) throw new LimitError("maxStreamBytes", maxStreamBytes);
        const value = decoder.decode(event, bodyEnded);
        if (value === END) finish(true);
        else if (value !== SKIP) {
          onFirst = onFirst?.();
          if (decoder.ended) finish(true);
          const mapped = mapping ? mapping(value) : value;
          if (mapped !== SKIP) return { done: false, value: mapped as T };
          // A value came, though not one to hand out: whoever waits has not waited for nothing.
          waitStart = 0;
        }
      } catch (error) {
        fail(error);
      }
    }
    if (parseFailure) fail(parseFailure);
    else if (bodyEnded && !over) {
      if (decoder.complete()) finish(false);
      else fail(new StreamTruncatedError());
    }
    return over ? { done: true, value: undefined } : undefined;
  }

  /** Reads until there is an answer. A cancelled reader answers at once, so this never outlives a failure. */
  function pull(): Promise<IteratorResult<T>> {
    readStart = performance.now();
    waitStart ||= readStart;
    timer ??= watch();
    return reader.read().then(onRead, onLost);
  }

  function onRead({
    value,
  }: ReadableStreamReadResult<Uint8Array>): IteratorResult<T> | Promise<IteratorResult<T>> {
    if (!over) {
      head = tail = 0;
      feed(value);
    }
    const ready = take();
    if (!ready) return pull();
    pulling = undefined;
    if (failure) throw failure;
    return ready;
  }

  function onLost(cause: unknown): never {
    const lost = new ConnectionError("The connection was lost in the middle of the stream.", { cause });
    fail(new StreamTruncatedError(lost.message, { cause: lost }));
    pulling = undefined;
    throw failure;
  }

  function feed(bytes: Uint8Array | undefined): void {
    try {
      if (bytes) {
        parser.feed(bytes);
        return;
      }
      bodyEnded = true;
      const rest = parser.end();
      if (rest) queue[tail++] = rest;
    } catch (error) {
      parseFailure = error;
    }
  }

  /** One timer for the whole stream, set again only when it fires: a read costs no timer. */
  function watch(): ReturnType<typeof setTimeout> | undefined {
    const due = Math.min(readStart + idleTimeoutMs, waitStart + stallTimeoutMs) - performance.now();
    if (due === Infinity) return undefined;
    return setTimeout(() => {
      timer = undefined;
      if (!pulling) return;
      const now = performance.now();
      if (now - readStart >= idleTimeoutMs) fail(new TimeoutError("idle", idleTimeoutMs));
      else if (now - waitStart >= stallTimeoutMs) fail(new TimeoutError("stall", stallTimeoutMs));
      else timer = watch();
    }, due);
  }

  /** Not awaited, and its failure is nobody's: a source may take its time, and the stream is over. */
  function cancel(): void {
    reader.cancel().catch(() => {});
  }

  function stop(): void {
    over = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    onEnd();
  }

  /** The stream is whole. `open`: its connection may not have ended yet. */
  function finish(open: boolean): void {
    stop();
    settle({ result });
    if (!open) return;
    const linger = setTimeout(cancel, LINGER_MS);
    reader
      .read()
      .then(({ done }) => done || cancel())
      .catch(() => {})
      .finally(() => clearTimeout(linger));
  }

  function fail(thrown: unknown): void {
    if (over) return;
    failure = LatchkeyError.is(thrown)
      ? thrown
      : thrown instanceof SseLimitError
        ? new LimitError("maxEventBytes", thrown.limit)
        : // Without its cause: an engine's error may quote what it stumbled over.
          new MalformedResponseError("The stream isn't what the contract says.");
    giveUp(failure);
    settle({ error: failure, open: true });
  }

  function close(): void {
    if (over) return;
    left = new AbortError("The stream was left before its end.");
    giveUp(left);
    settle({ result, open: true });
  }

  function giveUp(error: LatchkeyError): void {
    error.requestId ??= requestId;
    hide(error, "partial", result);
    stop();
    cancel();
  }

  function claim(): void {
    if (claimed)
      throw new TypeError("The stream can be read once; keep its chunks, or use final() for the whole.");
    claimed = true;
  }

  return {
    iterate<U = T>(map?: (value: T) => U | typeof SKIP): AsyncIterableIterator<U> {
      claim();
      mapping = map;
      return {
        next: next as unknown as () => Promise<IteratorResult<U>>,
        async return(value?: unknown) {
          close();
          return { done: true, value };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    async whole() {
      if (!claimed) {
        claim();
        while (!(await next()).done);
      }
      await ended;
      const error = failure ?? left;
      if (error) throw error;
      return result;
    },
    close,
    fail,
  };
}
