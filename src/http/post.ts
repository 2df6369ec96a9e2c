/** One small POST outside of any client, for tokens: two retries, no redirect, any status comes back. */
import ky from "ky";

/** What {@link post} sends, and by what. */
export interface Post {
  body?: URLSearchParams;
  fetch: typeof fetch | undefined;
  signal: AbortSignal | undefined;
}

/** Sends it. What it throws may hold the request. */
export function post(url: URL, { body, fetch, signal }: Post): Promise<Response> {
  return ky(url.href, {
    method: "POST",
    redirect: "manual",
    retry: { limit: 2, methods: ["post"] },
    throwHttpErrors: false,
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
    ...(body && { body }),
    ...(signal && { signal }),
  });
}
