/** The proxy's own short-lived token as a credential: what a page uses instead of a key. */
import type { TokenCredential } from "./credential.ts";
import { MalformedResponseError } from "./errors.ts";
import { resolveCall, resolveOptions } from "./options.ts";
import { parseEndpoint } from "./request.ts";
import { readObject, readWhole } from "./response.ts";
import { Sender, send } from "./send.ts";

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
  const client = resolveOptions({ ...options, clientRequestId: false, timeoutMs: SESSION_TIMEOUT_MS });
  const url = parseEndpoint(worker, client.allowInsecureHttp);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/session`;
  const operation = { name: "session", method: "POST", url: url.href, headers: {}, body: undefined };
  /** The last token goes along, so that what was made with it stays the caller's; one that is refused is forgotten. */
  let last: string | undefined;
  const sender = new Sender({
    headers: async () => (last ? { authorization: `Bearer ${last}` } : ({} as Record<string, string>)),
    renew() {
      const had = last !== undefined;
      last = undefined;
      return had;
    },
  });
  return {
    async getToken(_scopes, { abortSignal } = {}) {
      const call = resolveCall(client, { signal: abortSignal });
      const sent = await send(sender, { ...operation, stream: false, authenticate: true }, call);
      const { token, expires_in } = await readWhole<{ token?: unknown; expires_in?: unknown }>(
        sent,
        readObject,
      );
      if (typeof token !== "string" || typeof expires_in !== "number") {
        throw new MalformedResponseError("The worker's session has no token; check its URL.");
      }
      last = token;
      return { token, expiresOnTimestamp: Date.now() + expires_in * 1000 };
    },
  };
}

/** A page waits for its first token, so not for long. */
const SESSION_TIMEOUT_MS = 20_000;
