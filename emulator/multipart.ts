// multipart/form-data, read as it comes: a part is hashed and counted on its way, and its bytes are kept up to a
// limit. Request.formData() would hold the whole upload, which may be hundreds of megabytes.

import { blobBytes, isBlobAt } from "./blob.ts";
import type { Exchange } from "./exchange.ts";
import { Refused } from "./json.ts";
import { redact } from "./ledger.ts";
import { bodyOf } from "./request-body.ts";

export interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  readonly type: string;
  readonly length: number;
  /** undefined when the part is longer than was to be kept. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Eight hexadecimal digits. */
  readonly digest: string;
  /** Whether these are the bytes of a blob (blob.ts), which need not be kept to be known. */
  readonly isBlob: boolean;
}

export interface Form {
  readonly names: readonly string[];
  /** The last field of this name, as text. */
  readonly text: (name: string) => string | undefined;
  /** All fields of this name and of `name[]`. */
  readonly texts: (name: string) => readonly string[];
  readonly files: (name: string) => readonly Part[];
}

export interface FormLimits {
  readonly maxBytes: number;
  readonly keepBytes: number;
}

/** Throws Refused. What was read is put into the record as one line a part. */
export async function readForm(exchange: Exchange, limits: FormLimits): Promise<Form> {
  const { request, record } = exchange;
  const boundary = boundaryOf(request.headers.get("content-type") ?? "");
  const parts: Part[] = [];
  const lines: string[] = [];
  for await (const { part, line } of readParts(request, boundary, limits)) {
    parts.push(part);
    lines.push(line);
  }
  record.body = redact(lines.join("\n"));
  const named = (name: string): readonly Part[] =>
    parts.filter((part) => part.name === name || part.name === `${name}[]`);
  const texts = (name: string): readonly string[] =>
    named(name)
      .filter((part) => part.filename === undefined)
      .map(textOf);
  return {
    names: parts.map((part) => part.name),
    text: (name) => texts(name).at(-1),
    texts,
    files: (name) => named(name).filter((part) => part.filename !== undefined),
  };
}

function textOf({ bytes }: Part): string {
  return new TextDecoder().decode(bytes);
}

function malformed(message: string): Refused {
  return new Refused({ reason: "bad-json", message });
}

function boundaryOf(contentType: string): string {
  if (!/^multipart\/form-data\b/i.test(contentType)) {
    throw malformed("Invalid content type. Expected 'multipart/form-data'.");
  }
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed("The multipart content type has no boundary.");
  return boundary;
}

const MAX_PARTS = 1_000;
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_FIELD_BYTES = 1024 * 1024;
const HEAD_END = /* @__PURE__ */ new TextEncoder().encode("\r\n\r\n");
const LINE_END = "\r\n";

interface ReadPart {
  readonly part: Part;
  readonly line: string;
}

async function* readParts(
  request: Request,
  boundary: string,
  { maxBytes, keepBytes }: FormLimits,
): AsyncGenerator<ReadPart, void> {
  const input = createInput(request, maxBytes);
  const expectedBytes = Number(request.headers.get("content-length") ?? 0);
  const delimiter = new TextEncoder().encode(`${LINE_END}--${boundary}`);
  try {
    await input.until(delimiter, () => {}, Number.POSITIVE_INFINITY);
    for (let count = 0; count < MAX_PARTS; count++) {
      if ((await input.take(2)) === "--") {
        // Reading on to the end lets the connection be used again.
        await input.rest();
        return;
      }
      let head = "";
      await input.until(
        HEAD_END,
        (bytes) => {
          head += new TextDecoder().decode(bytes);
        },
        MAX_HEAD_BYTES,
      );
      const sink = createSink(head, keepBytes, expectedBytes);
      await input.until(delimiter, sink.write, sink.maxBytes);
      yield sink.end();
    }
    throw malformed(`The multipart body has more than ${MAX_PARTS} parts.`);
  } finally {
    await input.cancel();
  }
}

interface Input {
  /** Passes on what comes before `mark`, and steps over it. What is passed is only lent. */
  readonly until: (mark: Uint8Array, pass: (bytes: Uint8Array) => void, limit: number) => Promise<void>;
  readonly take: (count: number) => Promise<string>;
  readonly rest: () => Promise<void>;
  readonly cancel: () => Promise<void>;
}

const INPUT_BYTES = 128 * 1024;
const CUT = "The multipart body ended before its closing boundary.";

function createInput(request: Request, maxBytes: number): Input {
  const body = bodyOf(request);
  if (body === null) throw malformed(CUT);
  const reader = body.getReader();
  const tooLarge = (): Refused => new Refused({ reason: "body-too-large" });
  // One buffer for all chunks: a copy of each would be garbage by the hundred megabytes.
  let buffer = new Uint8Array(INPUT_BYTES);
  // The first boundary has no line end before it; with one it is like all others.
  let held: Uint8Array = new TextEncoder().encode(LINE_END);
  let total = 0;
  let ended = false;

  const more = async (): Promise<boolean> => {
    if (total === 0 && Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
    const { done, value } = await reader.read();
    ended = done;
    if (done) return false;
    total += value.byteLength;
    if (total > maxBytes) throw tooLarge();
    const needed = held.byteLength + value.byteLength;
    const target = needed > buffer.byteLength ? new Uint8Array(2 * needed) : buffer;
    target.set(held);
    target.set(value, held.byteLength);
    buffer = target;
    held = buffer.subarray(0, needed);
    return true;
  };
  const orCut = async (): Promise<void> => {
    if (!(await more())) throw malformed(CUT);
  };

  return {
    until: async (mark, pass, limit) => {
      let passed = 0;
      const hand = (bytes: Uint8Array): void => {
        passed += bytes.byteLength;
        if (passed > limit) throw malformed(`A part of the multipart body is longer than ${limit} bytes.`);
        if (bytes.byteLength > 0) pass(bytes);
      };
      for (;;) {
        const at = indexOf(held, mark);
        if (at >= 0) {
          hand(held.subarray(0, at));
          held = held.subarray(at + mark.byteLength);
          return;
        }
        // The mark may have begun in the last bytes.
        const safe = Math.max(0, held.byteLength - mark.byteLength + 1);
        hand(held.subarray(0, safe));
        held = held.subarray(safe);
        await orCut();
      }
    },
    take: async (count) => {
      while (held.byteLength < count) await orCut();
      const text = new TextDecoder().decode(held.subarray(0, count));
      // The line end that follows a boundary is also the one before an empty head's end.
      if (text !== LINE_END) held = held.subarray(count);
      return text;
    },
    rest: async () => {
      do held = new Uint8Array(0);
      while (await more());
    },
    cancel: async () => {
      if (ended) return;
      // Node's own body of a form may be about to hand over a chunk, and rejects unheard if it is cancelled first.
      await new Promise((resolve) => setTimeout(resolve, 0));
      await reader.cancel().catch(() => {});
    },
  };
}

function indexOf(bytes: Uint8Array, mark: Uint8Array): number {
  const [first = 0] = mark;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + mark.byteLength > bytes.byteLength) return -1;
    let same = 1;
    while (same < mark.byteLength && bytes[at + same] === mark[same]) same++;
    if (same === mark.byteLength) return at;
  }
  return -1;
}

interface Sink {
  readonly maxBytes: number;
  readonly write: (bytes: Uint8Array) => void;
  readonly end: () => ReadPart;
}

/** `expectedBytes` is the length of the whole body where it is known: what can't be kept is not begun. */
function createSink(head: string, keepBytes: number, expectedBytes: number): Sink {
  const disposition = /^content-disposition:\s*form-data\b(.*)$/im.exec(head)?.[1];
  const name = disposition === undefined ? undefined : parameter(disposition, "name");
  if (disposition === undefined || name === undefined)
    throw malformed("A part of the multipart body has no name.");
  const filename = parameter(disposition, "filename");
  const type = /^content-type:\s*([^\s;]+)/im.exec(head)?.[1] ?? "application/octet-stream";
  const isFile = filename !== undefined;
  let kept: Uint8Array[] | undefined = isFile && expectedBytes > keepBytes + MAX_FIELD_BYTES ? undefined : [];
  let length = 0;
  let isBlob = isFile;
  let hash = 0x811c9dc5;
  return {
    maxBytes: isFile ? Number.POSITIVE_INFINITY : MAX_FIELD_BYTES,
    write: (bytes) => {
      if (isBlob && !isBlobAt(length, bytes)) {
        isBlob = false;
        // What came before was the beginning of a blob and not kept; it can be made again.
        if (length <= keepBytes) kept?.push(blobBytes(0, length));
      }
      for (let i = 0; i < bytes.byteLength; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
      length += bytes.byteLength;
      if (isFile && length > keepBytes) kept = undefined;
      if (!isBlob) kept?.push(bytes.slice());
    },
    end: () => {
      if (isBlob) kept?.push(blobBytes(0, length));
      const bytes = kept === undefined ? undefined : concatenated(kept, length);
      const digest = (hash >>> 0).toString(16).padStart(8, "0");
      const said = isFile
        ? `${filename} (${type}, ${length} bytes, fnv1a ${digest})`
        : new TextDecoder().decode(bytes);
      return { part: { name, filename, type, length, bytes, digest, isBlob }, line: `${name}: ${said}` };
    },
  };
}

function concatenated(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

/** Browsers percent-encode quotes and line ends in names; others escape them with a backslash. */
function parameter(disposition: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, "i").exec(disposition);
  const value = match?.[1] ?? match?.[2];
  return value
    ?.replace(/\\(.)/g, "$1")
    .replace(/%22/g, '"')
    .replace(/%0D|%0A/gi, " ");
}
