/** The proxy's own short-lived token as a credential: what a page uses instead of a key. */
import ky from "ky";
import type { TokenCredential } from "./credential.ts";
import { apiError, MalformedResponseError } from "./errors.ts";
import { parseEndpoint } from "./request.ts";
import { parseLoosely } from "./response.ts";

/** Options of {@link workerSession}. */
export interface WorkerSessionOptions {
  /** Sends the request. Default: the runtime's `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Lets the worker be `http:` on another machine. Default false. */
  allowInsecureHttp?: boolean | undefined;
}

/**
 * A credential that asks a Latchkey worker for a session token (`POST /session`) whenever the last one is about to
 * end. The worker answers by the page's origin, so this is for browsers; scripts use a caller key.
 *
 * @param worker the worker's URL, without a path.
 * @throws {TypeError} when the URL is missing or wrong. `getToken` rejects with an {@link ApiError} when the worker
 *   refuses: 403 for an origin it doesn't know, 429 for too many sessions.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient, workerSession } from "latchkey";
 *
 * const worker = "https://my-worker.example.workers.dev";
 * const client = new ChatCompletionsClient(`${worker}/models`, workerSession(worker));
 * ```
 */
export function workerSession(worker: string | URL, options: WorkerSessionOptions = {}): TokenCredential {
  const url = parseEndpoint(worker, options.allowInsecureHttp ?? false);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/session`;
  return {
    async getToken(_scopes, { abortSignal } = {}) {
      const response = await ky(url.href, {
        method: "POST",
        redirect: "manual",
        retry: { limit: 2, methods: ["post"] },
        throwHttpErrors: false,
        fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
        ...(abortSignal && { signal: abortSignal }),
      });
      const body = parseLoosely(await response.text());
      if (!response.ok) throw apiError({ status: response.status, headers: response.headers, body });
      const { token, expires_in } = body as { token?: unknown; expires_in?: unknown };
      if (typeof token !== "string" || typeof expires_in !== "number") {
        throw new MalformedResponseError("The worker's session has no token; check its URL.");
      }
      return { token, expiresOnTimestamp: Date.now() + expires_in * 1000 };
    },
  };
}
