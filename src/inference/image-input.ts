/** Pictures -> what the wire takes: `data:` URLs. Contract: `ImageEmbeddingInput`, and `image_url` of a chat. */
import { toBase64 } from "../http/base64.ts";
import { AbortError, ConnectionError, LimitError } from "../http/errors.ts";

/** A picture for an embedding, and a text that belongs to it. */
export interface ImageInput {
  /** A `data:` URL, or base64. */
  image: string;
  text?: string;
}

/** A picture: a `File` or `Blob`, its bytes, or where it is. */
export type ImageSource = Blob | ArrayBuffer | Uint8Array | URL;

/** How to read a picture. */
export interface ImageSourceOptions {
  /** Media type, as `"image/png"`. Default: the one the source has, else what its first bytes say. */
  type?: string;
  /** Fetches a URL. Default: the runtime's `fetch`. */
  fetch?: typeof fetch;
  signal?: AbortSignal;
  /** Longest time to fetch a URL, in milliseconds. Default 60 000. */
  timeoutMs?: number;
  /** Largest picture, in bytes. Default 20 MiB. Larger: {@link LimitError}. */
  maxBytes?: number;
}

const MAX_BYTES = 0x1400000;
const TIMEOUT_MS = 60_000;

/** How files of each type begin. */
const SIGNATURES: [type: string, begin: RegExp][] = [
  ["image/png", /^\x89PNG/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8/],
  ["image/webp", /^RIFF[\s\S]{4}WEBP/],
  ["image/bmp", /^BM/],
];

/**
 * Makes the `data:` URL of a picture, for `image_url` of a chat and for embeddings. A `data:` URL stays as it is; any other
 * URL is fetched, without credentials: give no URL that somebody else chose, on a server.
 *
 * @throws {TypeError} for a source of no such kind, and for bytes whose type neither is given nor shows.
 * @throws {ConnectionError} when a URL can't be fetched, {@link LimitError} when it's too large.
 *
 * @example
 * ```ts
 * import { imageDataUrl } from "latchkey";
 *
 * const url = await imageDataUrl(new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
 * console.log(url); // data:image/png;base64,iVBORw==
 * ```
 */
export async function imageDataUrl(source: ImageSource, options: ImageSourceOptions = {}): Promise<string> {
  const { maxBytes = MAX_BYTES } = options;
  if (source instanceof URL && source.protocol === "data:") return source.href;
  const blob = source instanceof URL ? await fetchImage(source, options) : new Blob([check(source)]);
  if (blob.size > maxBytes) throw new LimitError("maxBytes", maxBytes);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const type = options.type || (source as Blob).type || blob.type || sniff(bytes);
  if (!type || !/^image\/[\w.+-]+$/.test(type))
    throw new TypeError("type must say which kind of picture this is, as image/png.");
  return `data:${type};base64,${toBase64(bytes)}`;
}

/** Makes an input for {@link ImageEmbeddingsClient.embed}; takes and throws what {@link imageDataUrl} does. */
export async function imageInput(
  source: ImageSource,
  { text, ...options }: ImageSourceOptions & { text?: string } = {},
): Promise<ImageInput> {
  const image = await imageDataUrl(source, options);
  return text === undefined ? { image } : { image, text };
}

function check(source: Exclude<ImageSource, URL>): BlobPart {
  if (source instanceof Blob || source instanceof ArrayBuffer || ArrayBuffer.isView(source))
    return source as BlobPart;
  throw new TypeError("A picture must be a Blob, bytes or a URL object.");
}

function sniff(bytes: Uint8Array): string | undefined {
  const begin = String.fromCharCode(...bytes.subarray(0, 12));
  return SIGNATURES.find(([, signature]) => signature.test(begin))?.[0];
}

async function fetchImage(
  url: URL,
  { fetch: send, signal, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES }: ImageSourceOptions,
): Promise<Blob> {
  if (!/^(https?|blob):$/.test(url.protocol))
    throw new TypeError("A picture's URL must be https, blob or data.");
  try {
    const late = AbortSignal.timeout(timeoutMs);
    const init: RequestInit = {
      credentials: "omit",
      signal: signal ? AbortSignal.any([signal, late]) : late,
    };
    const response = await (send ? send(url, init) : globalThis.fetch(url, init));
    const { ok, body, headers } = response;
    if (!ok || !body) throw new ConnectionError(`The picture's URL answered with ${response.status}.`);
    const pieces: BlobPart[] = [];
    let left = maxBytes;
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      left -= value.length;
      pieces.push(value);
      if (left < 0) {
        reader.cancel().catch(() => {});
        throw new LimitError("maxBytes", maxBytes);
      }
    }
    return new Blob(pieces, { type: (headers.get("content-type") ?? "").split(";", 1)[0]!.trim() });
  } catch (cause) {
    if (cause instanceof ConnectionError || cause instanceof LimitError) throw cause;
    if (signal?.aborted) throw new AbortError(signal.reason);
    throw new ConnectionError("The picture could not be fetched.", { cause });
  }
}
