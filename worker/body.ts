// Request body -> JSON value: type checked, counted while it arrives, timed, decoded strictly.
// What the JSON may say is chat-body.ts's business.
import type { Config } from "./config.ts";
import { type Refusal, refuse } from "./refusals.ts";

export async function readJson(
  request: Request,
  { limits, deadlines }: Pick<Config, "limits" | "deadlines">,
): Promise<{ ok: true; value: unknown } | Refusal> {
  const given = request.headers.get("content-type") ?? "";
  // A merge patch is JSON like any other; only a PATCH may call itself one.
  const type =
    request.method === "PATCH"
      ? given.replace(/^application\/merge-patch\+json/i, "application/json")
      : given;
  if (!/^application\/json *(; *charset *= *"?utf-8"? *)?$/i.test(type)) return refuse("media_type_refused");
  const encoding = request.headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") return refuse("content_encoding_refused");
  if (Number(request.headers.get("content-length") ?? 0) > limits.bodyBytes) return refuse("body_too_large");

  const body = await readBytes(request.body, limits.bodyBytes, deadlines.bodyMs);
  if (!body.ok) return refuse(failures[body.reason]);
  try {
    return { ok: true, value: JSON.parse(decoder.decode(body.bytes)) };
  } catch {
    return refuse("body_not_json"); // the parser's own message would quote the body
  }
}

/** Of a body in pieces, at once. */
const LEAST_ROOM = 8 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

const failures = { too_large: "body_too_large", timeout: "body_timeout", broken: "body_broken" } as const;

/** Reads at most `maxBytes` within `deadlineMs`; on any failure the rest is cancelled, not drained. */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  deadlineMs: number,
): Promise<{ ok: true; bytes: Uint8Array } | { ok: false; reason: keyof typeof failures }> {
  if (body === null) return { ok: true, bytes: new Uint8Array() };
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {}); // nobody waits for a peer that misbehaves
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    cancel(); // also ends the read that is waiting
  }, deadlineMs);
  // One growing buffer: a list of pieces would cost a peer one byte and us a hundred for each. Most bodies are one piece,
  // which is then the buffer.
  let buffer = new Uint8Array();
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) return { ok: false, reason: "timeout" };
      if (done) return { ok: true, bytes: buffer.subarray(0, length) };
      const needed = length + value.byteLength;
      if (needed > maxBytes) {
        cancel();
        return { ok: false, reason: "too_large" };
      }
      if (length === 0) {
        buffer = value as Uint8Array<ArrayBuffer>;
      } else {
        if (needed > buffer.byteLength) {
          const grown = new Uint8Array(
            Math.min(maxBytes, Math.max(needed, buffer.byteLength * 2, LEAST_ROOM)),
          );
          grown.set(buffer.subarray(0, length));
          buffer = grown;
        }
        buffer.set(value, length);
      }
      length = needed;
    }
  } catch {
    return { ok: false, reason: late ? "timeout" : "broken" };
  } finally {
    clearTimeout(timer);
  }
}
