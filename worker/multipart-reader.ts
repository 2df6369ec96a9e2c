// multipart/form-data as it arrives (RFC 7578): bytes in, parts out, nothing held but what might be a delimiter.
// Stricter than the standard, so that nobody after us can read a form differently: no preamble, no epilogue,
// no second disposition. What the parts may say is form-schema.ts's business. Pure; knows no streams.

export type FormEvent =
  | { readonly type: "field"; readonly name: string; readonly value: string }
  | { readonly type: "file"; readonly name: string; readonly filename: string; readonly media: string }
  /** Bytes of the last file. A view of what was pushed, never a copy of all of it. */
  | { readonly type: "bytes"; readonly bytes: Uint8Array };

export interface FormReader {
  /** The events that these bytes complete. Throws `FormError`; after that the reader must not be used. */
  push(bytes: Uint8Array): FormEvent[];
  /** Throws `FormError` when the form has not ended by its closing delimiter. */
  end(): void;
}

export class FormError extends Error {
  override readonly name = "FormError";
  /** `too_large`: a header, a field or the number of parts is past its limit. */
  readonly reason: "malformed" | "too_large";

  constructor(reason: FormError["reason"]) {
    super(`The form is ${reason === "malformed" ? "malformed" : "too large"}.`);
    this.reason = reason;
  }
}

/** Headers of one part: a disposition and a type. */
const MAX_HEADER_BYTES = 4 * 1024;
/** One field: a prompt is the longest. */
const MAX_FIELD_BYTES = 128 * 1024;
const MAX_PARTS = 64;
const MAX_NAME_CHARS = 64;

const CR = 13;
const encoder = new TextEncoder();

/** The boundary of a content type, or undefined when it is not that of a form. */
export function boundaryOf(contentType: string): string | undefined {
  const found = /^multipart\/form-data *; *boundary=(?:"([^"\\]{1,70})"|([^\s";,]{1,70})) *$/i.exec(
    contentType,
  );
  const boundary = found?.[1] ?? found?.[2];
  // RFC 2046 bchars; a space may not be the last.
  return boundary !== undefined && /^[\w'()+,./:=? -]*[\w'()+,./:=?-]$/.test(boundary) ? boundary : undefined;
}

export function createFormReader(boundary: string): FormReader {
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const blankLine = encoder.encode("\r\n\r\n");
  let state: "body" | "delimited" | "headers" | "ended" = "body";
  // The first delimiter has no line end before it; this one makes it like the others.
  let rest: Uint8Array<ArrayBufferLike> = encoder.encode("\r\n");
  let parts = 0;
  /** Undefined before the first part; a list for a field; null for a file, whose bytes go on at once. */
  let field: { name: string; pieces: Uint8Array[]; length: number } | null | undefined;

  function content(bytes: Uint8Array, events: FormEvent[]): void {
    if (bytes.byteLength === 0) return;
    if (field === undefined) throw new FormError("malformed"); // a preamble
    if (field === null) {
      events.push({ type: "bytes", bytes });
      return;
    }
    field.length += bytes.byteLength;
    if (field.length > MAX_FIELD_BYTES) throw new FormError("too_large");
    field.pieces.push(bytes.slice());
  }

  function partEnds(events: FormEvent[]): void {
    if (field) events.push({ type: "field", name: field.name, value: decode(join(field.pieces)) });
  }

  function partBegins(header: Uint8Array, events: FormEvent[]): void {
    parts += 1;
    if (parts > MAX_PARTS) throw new FormError("too_large");
    const { name, filename, media } = readPartHeader(decode(header));
    if (filename === undefined) {
      field = { name, pieces: [], length: 0 };
    } else {
      field = null;
      events.push({ type: "file", name, filename, media });
    }
  }

  return {
    push(bytes) {
      const events: FormEvent[] = [];
      let buffer = rest.byteLength === 0 ? bytes : join([rest, bytes]);
      for (;;) {
        if (state === "body") {
          const { at, whole } = find(buffer, delimiter);
          content(buffer.subarray(0, at), events);
          buffer = buffer.subarray(at);
          if (!whole) break;
          partEnds(events);
          buffer = buffer.subarray(delimiter.byteLength);
          state = "delimited";
        } else if (state === "delimited") {
          if (buffer.byteLength < 2) break;
          const two = String.fromCharCode(buffer[0]!, buffer[1]!);
          if (two !== "\r\n" && !(two === "--" && parts > 0)) throw new FormError("malformed");
          // The line end stays: with it, headers of no lines end like all others.
          if (two === "--") buffer = buffer.subarray(2);
          state = two === "--" ? "ended" : "headers";
        } else if (state === "headers") {
          const { at, whole } = find(buffer, blankLine);
          if (at > MAX_HEADER_BYTES) throw new FormError("too_large");
          if (!whole) break;
          partBegins(buffer.subarray(2, Math.max(2, at)), events);
          buffer = buffer.subarray(at + blankLine.byteLength);
          // An empty part's delimiter may follow at once; its line end is the one just read.
          state = "body";
        } else {
          // After the closing delimiter only line ends may come: one, or the two of Azure's own SDKs.
          if (buffer.byteLength > 4 || !"\r\n\r\n".startsWith(String.fromCharCode(...buffer))) {
            throw new FormError("malformed");
          }
          break;
        }
      }
      rest = buffer.slice(); // at most a delimiter, or a part's headers
      return events;
    },
    end() {
      if (state !== "ended") throw new FormError("malformed");
    },
  };
}

/** Where the needle is, or where what may become it begins. */
function find(haystack: Uint8Array, needle: Uint8Array): { at: number; whole: boolean } {
  for (let at = haystack.indexOf(CR); at >= 0; at = haystack.indexOf(CR, at + 1)) {
    const length = Math.min(needle.byteLength, haystack.byteLength - at);
    let same = 1;
    while (same < length && haystack[at + same] === needle[same]) same += 1;
    if (same === length) return { at, whole: length === needle.byteLength };
  }
  return { at: haystack.byteLength, whole: false };
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.byteLength;
  }
  return joined;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormError("malformed");
  }
}

function readPartHeader(text: string): { name: string; filename: string | undefined; media: string } {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const [, name, value] = /^([\w-]{1,64}):[ \t]*((?:\P{Cc}|\t)*)$/u.exec(line) ?? [];
    if (name === undefined || headers.has(name.toLowerCase())) throw new FormError("malformed");
    headers.set(name.toLowerCase(), value!.trimEnd());
  }
  // The only encodings that change no byte. Any other would make the service read something else than we do.
  if (!/^(binary|8bit|7bit)?$/i.test(headers.get("content-transfer-encoding") ?? "")) {
    throw new FormError("malformed");
  }
  const { name, filename } = readDisposition(headers.get("content-disposition") ?? "");
  const media = /^[\w.+-]{1,64}\/[\w.+-]{1,64}/.exec(headers.get("content-type") ?? "")?.[0];
  return { name, filename, media: (media ?? "application/octet-stream").toLowerCase() };
}

const PARAMETER = /; *(name|filename|filename\*)=(?:"((?:[^"\\]|\\.)*)"|([^\s";\\]+))/iy;

function readDisposition(value: string): { name: string; filename: string | undefined } {
  const kind = /^form-data */i.exec(value);
  if (kind === null) throw new FormError("malformed");
  const found = new Map<string, string>();
  let at = kind[0].length;
  while (at < value.length) {
    PARAMETER.lastIndex = at;
    const [all, key, quoted, bare] = PARAMETER.exec(value) ?? [];
    if (all === undefined || found.has(key!.toLowerCase())) throw new FormError("malformed");
    found.set(key!.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? bare!);
    at += all.length;
  }
  const name = found.get("name");
  if (name === undefined || name === "" || name.length > MAX_NAME_CHARS) throw new FormError("malformed");
  const filename = found.get("filename*");
  return { name, filename: filename === undefined ? found.get("filename") : readExtended(filename) };
}

/** RFC 5987, as some libraries send names that are not ASCII. */
function readExtended(value: string): string {
  try {
    return decodeURIComponent(/^utf-8''(.+)$/i.exec(value)?.[1] ?? "%");
  } catch {
    throw new FormError("malformed");
  }
}
