// The storage that datasets are uploaded to: PUT and GET of blobs below a container, by the address and the SAS that
// a pending upload answers with. Of the storage service only this much.

import { BLOB_PATH } from "./connection.ts";
import { type Extraction, extractEarly } from "./extract-text.ts";
import type { ResolvedOptions } from "./options.ts";
import { bodyOf } from "./request-body.ts";
import { type ByteSource, bytesSource } from "./send.ts";
import { keep, type State } from "./state.ts";

export interface Blob {
  readonly content: ByteSource;
  readonly type: string;
  readonly extracted: Extraction | undefined;
}

const PATH = /^[\w-]{1,64}\/[^/].{0,1023}$/;

interface Stored {
  readonly state: State;
  readonly settings: ResolvedOptions;
}

/** undefined when the path is not a blob's. */
export function blobStoreAnswer(request: Request, url: URL, stored: Stored): Promise<Response> | undefined {
  return url.pathname.startsWith(BLOB_PATH) ? answer(request, url, stored) : undefined;
}

async function answer(request: Request, url: URL, { state, settings }: Stored): Promise<Response> {
  const name = nameOf(url.pathname);
  if (name === undefined) return failure(400, "InvalidUri", "The address has no container and blob.");
  if (!url.searchParams.has("sig")) return failure(403, "AuthenticationFailed", "The address has no SAS.");
  if (request.method === "PUT") return put(request, url, name, state, settings);
  const blob = state.blobs.get(name);
  if (request.method !== "GET") return failure(405, "UnsupportedHttpVerb", "The method is not emulated.");
  if (blob === undefined) return failure(404, "BlobNotFound", "The specified blob does not exist.");
  const { content, type } = blob;
  // Lent bytes may not be handed over.
  return new Response(content.read(0, content.length).slice(), { headers: { "content-type": type } });
}

function nameOf(pathname: string): string | undefined {
  try {
    const name = decodeURIComponent(pathname.slice(BLOB_PATH.length));
    return PATH.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

async function put(
  request: Request,
  url: URL,
  name: string,
  state: State,
  settings: ResolvedOptions,
): Promise<Response> {
  if (url.searchParams.has("comp")) {
    return failure(400, "InvalidQueryParameterValue", "The emulator takes a blob in one request only.");
  }
  const bytes = await readBytes(request, settings.keepFileBytes);
  if (bytes === undefined) {
    return failure(
      413,
      "RequestBodyTooLarge",
      "The blob is longer than the emulator keeps ('keepFileBytes').",
    );
  }
  const content = bytesSource(bytes);
  const extracted = await extractEarly({ filename: name, length: content.length, content }, settings);
  const type = request.headers.get("content-type") ?? "application/octet-stream";
  keep(state.blobs, name, { content, type, extracted });
  const headers = { etag: `"${name.length}-${bytes.byteLength}"`, "x-ms-version": "2024-11-04" };
  return new Response(null, { status: 201, headers });
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const body = bodyOf(request);
  if (body === null) return new Uint8Array(0);
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(value.slice());
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

function failure(status: number, code: string, message: string): Response {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return new Response(body, {
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code },
  });
}
