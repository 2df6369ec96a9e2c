/**
 * Members and files -> a multipart form. What is in memory or on disk goes as `FormData`, which the runtime encodes and
 * a retry can send again; a stream is encoded here, piece by piece, and sent once.
 */

import type { Payload } from "./caller.ts";
import { fields } from "./fields.ts";
import { checkStream } from "./sendable.ts";
import { counted } from "./upload-progress.ts";
import { streamOf } from "./web-stream.ts";

/**
 * A file to send. A `File` brings its name and type; so does {@link toStreamingFile}. A stream is never held in memory
 * and never sent twice, so such a call isn't tried again.
 */
export type Uploadable =
  | Blob
  | ArrayBuffer
  | Uint8Array<ArrayBuffer>
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | StreamingFile;

/** What {@link toStreamingFile} and {@link toFile} may be told about a file. */
export interface FileOptions {
  /** Media type. Default `"application/octet-stream"`. */
  type?: string;
  /** Streams only: their length in bytes, if it's known. A stream of another length fails the upload. */
  size?: number;
}

/** A stream with the name of a file; made by {@link toStreamingFile}. */
export class StreamingFile {
  readonly data: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly name: string;
  readonly type: string;
  readonly size: number | undefined;

  /** @internal */
  constructor(data: StreamingFile["data"], name: string, { type = "", size }: FileOptions) {
    this.data = data;
    this.name = name;
    this.type = type;
    this.size = size;
  }
}

/**
 * Gives a stream the name that the service should see, and streams it when it's sent.
 *
 * @example
 * ```ts
 * import { AzureOpenAI, toStreamingFile } from "latchkey/openai";
 *
 * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
 * const { body } = await fetch("https://example.com/lines.jsonl");
 * await client.files.create({ file: toStreamingFile(body!, "lines.jsonl"), purpose: "batch" });
 * ```
 */
export function toStreamingFile(
  data: StreamingFile["data"],
  name: string,
  options: FileOptions = {},
): StreamingFile {
  return new StreamingFile(data, name, options);
}

/**
 * Makes a `File` of bytes, text, a `Blob`, a `Response` or a stream, read whole into memory.
 *
 * @param name what the service sees. Default: the name the value has, else `"file"`.
 */
export async function toFile(
  value: Uploadable | Response | string | PromiseLike<Uploadable | Response | string>,
  name?: string,
  { type }: FileOptions = {},
): Promise<File> {
  const given = await value;
  let part: Blob;
  if (typeof given === "string") part = new Blob([given]);
  else if (given instanceof Response) part = await given.blob();
  else {
    const file = filePart(given);
    part = file instanceof StreamingFile ? await new Response(streamOf(bytesOf(file))).blob() : file;
  }
  return new File([part], name ?? nameOf(given), { type: type ?? part.type });
}

/**
 * Encodes members as a form.
 *
 * @throws {TypeError} for an object that is neither a value nor a file.
 */
export function formBody(members: object): Payload {
  const parts = fields(members).map(([name, value]): Part => {
    return typeof value === "object"
      ? { name, value: filePart(value), filename: nameOf(value) }
      : { name, value: String(value) };
  });
  if (parts.some(({ value }) => value instanceof StreamingFile)) {
    const boundary = `latchkey-${crypto.randomUUID()}`;
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
    const body = streamOf(encode(parts, boundary));
    return { ...counting(body), headers, check: checkStream };
  }
  const form = new FormData();
  for (const { name, value, filename } of parts) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, value as Blob, filename);
  }
  // No content type here: the runtime writes it, with the boundary it chose.
  return { ...counting(form), headers: {} };
}

const counting = (body: Payload["body"]): Pick<Payload, "body" | "counted"> => ({
  body,
  counted: (request, own, tell) => counted(request, body, own, tell),
});

interface Part {
  name: string;
  value: string | Blob | StreamingFile;
  filename?: string;
}

function filePart(value: unknown): Blob | StreamingFile {
  if (value instanceof Blob || value instanceof StreamingFile) return value;
  // The copy that a blob is, for the caller may use the array again before a retry.
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return new Blob([value as ArrayBuffer]);
  if (value instanceof ReadableStream || Symbol.asyncIterator in Object(value))
    return new StreamingFile(value as StreamingFile["data"], nameOf(value), {});
  throw new TypeError("A file must be a File, a Blob, bytes or a stream.");
}

/** The last part of a file's name; of a stream of Node's, of its path. */
function nameOf(value: unknown): string {
  const { name, path } = Object(value) as { name?: unknown; path?: unknown };
  return `${name || path || "file"}`.split(/[\\/]/).pop() || "file";
}

async function* encode(parts: Part[], boundary: string): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const { name, value, filename = "" } of parts) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"`;
    if (typeof value === "string") {
      yield encoder.encode(`${head}\r\n\r\n${value}\r\n`);
      continue;
    }
    const type = value.type.replace(/[^\x20-\x7e]/g, "") || "application/octet-stream";
    yield encoder.encode(`${head}; filename="${quote(filename)}"\r\nContent-Type: ${type}\r\n\r\n`);
    yield* bytesOf(value);
    yield encoder.encode("\r\n");
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}

/** As forms are to escape names: a quote or a line end would begin another header. */
function quote(text: string): string {
  return text.replace(/["\r\n]/g, encodeURIComponent);
}

async function* bytesOf(file: Blob | StreamingFile): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const data = file instanceof StreamingFile ? file.data : file.stream();
  let left = file.size ?? 0;
  for await (const chunk of data instanceof ReadableStream ? pieces(data) : data) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("A stream of a file must give bytes.");
    left -= chunk.length;
    yield chunk as Uint8Array<ArrayBuffer>;
  }
  if (file.size !== undefined && left !== 0)
    throw new TypeError("The stream of a file is not as long as its size.");
}

/** Not every runtime can iterate a stream by itself. */
async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      whole = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!whole) reader.cancel().catch(() => {});
  }
}
