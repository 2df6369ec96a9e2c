/**
 * Response -> bytes for the caller: the deadlines go on, and a body shorter than it should be is an error. What reads
 * whole answers is in `response.ts`.
 */
import {
  AbortError,
  ConnectionError,
  LatchkeyError,
  LimitError,
  MalformedResponseError,
  StreamTruncatedError,
  TimeoutError,
} from "./errors.ts";
import type { Sent } from "./send.ts";

/**
 * The response of a call, to play or save. Its `body` fails with {@link StreamTruncatedError} when it ends before its
 * `content-length` or the connection is lost, so a file is whole or an error, never short; with {@link TimeoutError} when
 * it falls silent. `arrayBuffer`, `blob`, `bytes`, `text` and `json` hold all of it in memory, up to `maxResponseBytes`.
 */
export function download(sent: Sent): Response {
  return new Download(sent);
}

/** Not in any declaration: the types of `Response` differ between runtimes, and not all let themselves be extended. */
class Download extends Response {
  readonly #maxBytes: number;
  readonly #fail: (error: LatchkeyError) => void;

  constructor(sent: Sent) {
    const { status, statusText, headers } = sent.response;
    const { body, fail } = watched(sent);
    super(body, { status, statusText, headers });
    this.#maxBytes = sent.call.maxResponseBytes;
    this.#fail = fail;
  }

  override async blob(): Promise<Blob> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let left = this.#maxBytes;
    const reader = this.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return new Blob(pieces, { type: this.headers.get("content-type") ?? "" });
      left -= value!.length;
      if (left < 0) this.#fail(new LimitError("maxResponseBytes", this.#maxBytes));
      else pieces.push(value!);
    }
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.blob()).arrayBuffer();
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer());
  }

  override async text(): Promise<string> {
    return (await this.blob()).text();
  }

  override async json(): Promise<unknown> {
    try {
      return JSON.parse(await this.text());
    } catch (error) {
      // Without the engine's words: they quote what they stumbled over.
      if (LatchkeyError.is(error)) throw error;
      throw new MalformedResponseError("The download isn't JSON.");
    }
  }
}

/** Reads an answer's whole text, for the operations whose answer is text. */
export function readPlain(sent: Sent): Promise<string> {
  return download(sent).text();
}

function watched({ response, requestId, call, signal, settle }: Sent): {
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  fail(error: unknown): void;
} {
  const { idleTimeoutMs } = call;
  const { body, headers } = response;
  // A compressed body has another length than the one declared, and the runtime watches over that one itself.
  const declared = headers.has("content-encoding") ? null : headers.get("content-length");
  const reader = body?.getReader();
  let got = 0;
  let over = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let controller: ReadableStreamDefaultController | undefined;
  const onAbort = () => fail(signal.reason);

  function stop(): boolean {
    const first = !over;
    over = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    return first;
  }

  function fail(thrown: unknown): void {
    if (!stop()) return;
    const error = LatchkeyError.is(thrown) ? thrown : new AbortError(thrown);
    error.requestId ??= requestId;
    controller?.error(error);
    reader?.cancel().catch(() => {});
    settle({ error, open: true });
  }

  if (!reader) {
    settle({});
    return { body: null, fail };
  }
  signal.addEventListener("abort", onAbort);
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(given) {
        controller = given;
        if (signal.aborted) onAbort();
      },
      async pull(given) {
        if (idleTimeoutMs !== Infinity)
          timer = setTimeout(() => fail(new TimeoutError("idle", idleTimeoutMs)), idleTimeoutMs);
        try {
          const { done, value } = await reader.read();
          clearTimeout(timer);
          if (over) return;
          if (!done) {
            got += value.length;
            given.enqueue(value as Uint8Array<ArrayBuffer>);
          } else if (declared !== null && got < Number(declared)) {
            fail(new StreamTruncatedError(`The download ended after ${got} of ${Number(declared)} bytes.`));
          } else {
            stop();
            given.close();
            settle({});
          }
        } catch (cause) {
          const lost = new ConnectionError("The connection was lost in the middle of the download.", {
            cause,
          });
          fail(new StreamTruncatedError(lost.message, { cause: lost }));
        }
      },
      cancel(reason) {
        if (!stop()) return undefined;
        settle({ open: true });
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { body: stream, fail };
}
