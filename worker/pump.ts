// Bytes that pass through our hands: a reader for network bodies and a stream that is filled by writing. On workerd
// one buffer goes round and round, so that hundreds of megabytes leave no garbage behind; elsewhere each piece is new.
import { fixedLengthStream, identityTransformStream } from "./platform.ts";

/** Read at once where the runtime lets us choose: a network body of workerd otherwise comes in pieces of 4 KiB. */
const READ_BYTES = 64 * 1024;

export type Read =
  | { readonly done: false; readonly value: Uint8Array }
  | { readonly done: true; readonly value?: undefined };

export interface ByteReader {
  /** With `reuse` the value is valid until the next read, and its buffer is used again. */
  read(): Promise<Read>;
  /** Gives the rest up. A read that waits ends as if the body had. */
  cancel(): void;
}

export function readBody(body: ReadableStream<Uint8Array>, { reuse = false } = {}): ByteReader {
  const byob = byobReader(body);
  const reader = byob ?? body.getReader();
  let buffer: ArrayBuffer | undefined;
  return {
    read: async () => {
      if (byob === undefined) {
        const { done, value } = await (reader as ReadableStreamDefaultReader<Uint8Array>).read();
        return done ? { done } : { done, value };
      }
      const { done, value } = await byob.read(new Uint8Array(buffer ?? new ArrayBuffer(READ_BYTES)));
      if (done || value === undefined) return { done: true };
      if (reuse) buffer = value.buffer as ArrayBuffer;
      return { done, value };
    },
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

function byobReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined; // a stream that somebody wrote in JavaScript is often no byte stream
  }
}

/** Does a stream of `fillStream` take its bytes before the write resolves, so that a buffer may be used again? */
export function takesBytesAtOnce(): boolean {
  return identityTransformStream() !== undefined;
}

export interface Filled {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the stream as broken, whatever is being written. */
  fail(): void;
}

export interface FillOptions {
  /** How many bytes it will be, if that is known: on workerd the answer then says so, and a byte less is an error. */
  readonly length?: number | undefined;
  /** Whoever reads has gone. */
  readonly onCancel: () => void;
}

/** A stream whose bytes `pump` writes, each write waiting until it is wanted. Breaks off when `pump` throws. */
export function fillStream(
  pump: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
  options: FillOptions,
): Filled {
  const Fixed = options.length === undefined ? undefined : fixedLengthStream();
  const Identity = identityTransformStream();
  if (Identity === undefined) return fillByPulling(pump, options);
  const { readable, writable } = Fixed === undefined ? new Identity() : new Fixed(options.length!);
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // told by the write that fails
  const broken = () => void writer.abort(new Error("The body is incomplete.")).catch(() => {});
  const write = (bytes: Uint8Array) =>
    writer.write(bytes).catch((cause) => {
      options.onCancel();
      throw cause;
    });
  pump(write).then(() => writer.close().catch(options.onCancel), broken);
  return { body: readable, fail: broken };
}

function fillByPulling(
  pump: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
  { onCancel }: FillOptions,
): Filled {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let wanted: () => void = () => {};
  let unwanted: (cause: Error) => void = () => {};
  let started = false;
  let over = false;
  const fail = () => {
    if (over) return;
    over = true;
    controller.error(new Error("The body is incomplete."));
    unwanted(new Error("The body is incomplete."));
  };
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      if (over) return reject(new Error("Nobody reads any more."));
      wanted = resolve;
      unwanted = reject;
      controller.enqueue(bytes);
    });
  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull() {
        if (started) return wanted();
        started = true;
        pump(write).then(() => {
          if (over) return;
          over = true;
          controller.close();
        }, fail);
      },
      cancel() {
        over = true;
        unwanted(new Error("Nobody reads any more."));
        onCancel();
      },
    },
    { highWaterMark: 0 },
  );
  return { body, fail };
}
