// Reads a request body as text up to a limit. Past it the rest is cancelled, not read: the caller learns early.

import { bodyOf } from "./request-body.ts";

export type BodyRead = { readonly ok: true; readonly text: string } | { readonly ok: false };

export async function readBody(request: Request, maxBytes: number): Promise<BodyRead> {
  const body = bodyOf(request);
  if (body === null) return { ok: true, text: "" };
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > maxBytes) {
    await body.cancel();
    return { ok: false };
  }
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { ok: true, text: text + decoder.decode() };
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return { ok: false };
    }
    text += decoder.decode(value, { stream: true });
  }
}
