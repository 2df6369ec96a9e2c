// Bytes on their way to the caller: speech and the content of files. One reader, nothing held; a download that is
// cut breaks off, so that no client takes a part for the whole. Types that a browser would run are not passed.
import { isEncoded, mediaType } from "./answer.ts";
import { fileName } from "./form-writer.ts";
import { fixedLengthStream } from "./platform.ts";
import { fillStream, readBody, takesBytesAtOnce } from "./pump.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { StreamOutcome } from "./relay.ts";

/** Types that pass by their name. Everything else is "application/octet-stream": HTML, SVG and scripts above all. */
const TYPES =
  /^(audio\/[a-z0-9.+-]{1,40}|image\/(png|jpeg|webp|gif)|text\/(plain|csv)|application\/(json|jsonl|x-ndjson|pdf|octet-stream))$/;

/** The header's value when it is one plain range. Several ranges would make the answer a multipart one. */
export function oneRange(headers: Headers): string | undefined {
  const range = headers.get("range");
  return range !== null && /^bytes=(\d{1,15}-\d{0,15}|-\d{1,15})$/.test(range) ? range : undefined;
}

export function contentRange({ headers }: Response): Record<string, string> {
  const range = headers.get("content-range");
  return range !== null && /^bytes (\d{1,15}-\d{1,15}|\*)\/(\d{1,15}|\*)$/.test(range)
    ? { "content-range": range }
    : {};
}

export interface Download {
  readonly ok: true;
  readonly body: ReadableStream<Uint8Array>;
  readonly headers: Record<string, string>;
  /** What the upstream says it will send. */
  readonly length: number | undefined;
}

/** Proves that the answer is one to pass on as bytes. `attachment`: a browser that is led to it saves it. */
export function openDownload(response: Response, attachment: boolean): Download | Refusal {
  const type = mediaType(response);
  const said = response.headers.get("content-length");
  const length = said !== null && /^\d{1,15}$/.test(said) ? Number(said) : undefined;
  const reason =
    response.body === null && length !== 0
      ? "upstream_empty"
      : // A page with 200 is a login or an error; only a file may really be HTML.
        !attachment && !/^(audio\/|application\/octet-stream$|binary\/octet-stream$)/.test(type)
        ? "upstream_not_bytes"
        : isEncoded(response)
          ? "upstream_encoded"
          : undefined;
  if (reason !== undefined) {
    response.body?.cancel().catch(() => {});
    return refuse(reason);
  }
  return {
    ok: true,
    body: response.body ?? new Blob([]).stream(),
    length,
    headers: {
      "content-type": TYPES.test(type) ? type : "application/octet-stream",
      ...(attachment ? { "content-disposition": disposition(response.headers) } : {}),
      ...(response.headers.get("accept-ranges") === "bytes" ? { "accept-ranges": "bytes" } : {}),
      ...(response.status === 206 ? contentRange(response) : {}),
    },
  };
}

function disposition(headers: Headers): string {
  const name = /filename="([^"]{1,300})"/.exec(headers.get("content-disposition") ?? "")?.[1];
  // A header holds no more than ASCII safely.
  return name === undefined
    ? "attachment"
    : `attachment; filename="${fileName(name).replace(/[^\x20-\x7e]/g, "_")}"`;
}

export interface Passage {
  readonly length: number | undefined;
  readonly idleMs: number;
  readonly streamMs: number;
  readonly callerSignal: AbortSignal | undefined;
  readonly closeUpstream: () => void;
}

/** Passes the bytes on as the caller takes them. `ended` resolves once, with how it went and how much passed. */
export function passBytes(source: ReadableStream<Uint8Array>, options: Passage) {
  const { length, idleMs, streamMs, callerSignal, closeUpstream } = options;
  const reader = readBody(source, { reuse: takesBytesAtOnce() });
  let bytes = 0;
  let over = false;
  let settle: (end: { outcome: StreamOutcome; bytes: number }) => void = () => {};
  const ended = new Promise<{ outcome: StreamOutcome; bytes: number }>((resolve) => {
    settle = resolve;
  });
  let idle: ReturnType<typeof setTimeout> | undefined;
  const end = (outcome: StreamOutcome) => {
    if (over) return;
    over = true;
    clearTimeout(idle);
    clearTimeout(longest);
    callerSignal?.removeEventListener("abort", gone);
    reader.cancel();
    closeUpstream();
    settle({ outcome, bytes });
  };
  const breakOff = (outcome: StreamOutcome) => {
    if (over) return;
    end(outcome);
    filled.fail();
  };
  const gone = () => breakOff("client_gone");
  const longest = setTimeout(breakOff, streamMs, "max_duration");
  // Also counts while the caller takes nothing: one who reads no more holds the connection no longer than this.
  const restart = () => {
    clearTimeout(idle);
    idle = setTimeout(breakOff, idleMs, "idle");
  };

  const filled = fillStream(
    async (write) => {
      for (;;) {
        const { done, value } = await reader.read().catch((cause) => {
          end("upstream_error");
          throw cause;
        });
        if (over) throw new Error("The download has been ended.");
        if (done) break;
        bytes += value.byteLength;
        restart();
        await write(value);
        restart();
      }
      if (length !== undefined && bytes !== length) {
        end("truncated");
        throw new Error("The upstream ended early.");
      }
      end("complete");
    },
    { length, onCancel: () => end("client_gone") },
  );
  restart();
  callerSignal?.addEventListener("abort", gone, { once: true });
  // Where the stream itself can't tell its length, a header does.
  const header = length === undefined || fixedLengthStream() !== undefined;
  return { ended, body: filled.body, headers: header ? {} : { "content-length": String(length) } };
}
