/** One small POST outside of any client, for tokens: two retries, no redirect, any status comes back. */
import ky from "ky";
import { abortable } from "./credential.ts";
import { AbortError, TimeoutError } from "./errors.ts";
import { readText } from "./response.ts";

/** What {@link post} sends, and by what. */
export interface Post {
  body?: URLSearchParams;
  fetch: typeof fetch | undefined;
  signal: AbortSignal | undefined;
}

/** For all of it, retries and body included, in milliseconds. */
const TIMEOUT_MS = 30_000;
/** Largest answer; a token with all of a person's groups has some ten thousand. */
const MAX_BYTES = 0x100000;

/** Sends it, and reads the answer's text. What it throws may hold the request. */
export async function post(
  url: URL,
  { body, fetch, signal: outer }: Post,
): Promise<{ ok: boolean; status: number; text: string }> {
  const controller = new AbortController();
  const { signal } = controller;
  const onAbort = () => controller.abort(new AbortError(outer!.reason));
  outer?.addEventListener("abort", onAbort);
  if (outer?.aborted) onAbort();
  const timer = setTimeout(() => controller.abort(new TimeoutError("total", TIMEOUT_MS)), TIMEOUT_MS);
  try {
    // Raced against the signal: a fetch that ignores it must not hold the caller.
    const response = await abortable(
      ky(url.href, {
        method: "POST",
        redirect: "manual",
        retry: { limit: 2, methods: ["post"] },
        timeout: false,
        throwHttpErrors: false,
        fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
        signal,
        ...(body && { body }),
      }),
      signal,
    );
    const bounds = { maxResponseBytes: MAX_BYTES, idleTimeoutMs: TIMEOUT_MS };
    return { ok: response.ok, status: response.status, text: await readText(response, bounds, signal) };
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", onAbort);
  }
}
