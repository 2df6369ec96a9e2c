// A worker's session for this page, as `workerSession` of the package gives it, written small: the first load has
// nothing else of the client (docs/decisions/070). The tab keeps the newest token (docs/decisions/075): the rooms are
// pages of their own, and in all of them, and after a reload, what was made and used stays this visit's.
import type { TokenCredential } from "latchkey";

const TIMEOUT_MS = 20_000;
/** One more try, for a worker that is just starting and a network that is just waking up. */
const RETRY_AFTER_MS = 800;

export function pageSession(workerUrl: string): TokenCredential {
  // Goes along when the next one is asked for, so that what was made with it stays the caller's.
  let last = stored();

  async function ask(signal: AbortSignal): Promise<Response> {
    const response = await fetch(new URL("/session", workerUrl), {
      method: "POST",
      headers: last === undefined ? {} : { authorization: `Bearer ${last}` },
      redirect: "error",
      signal,
    });
    if (response.status !== 401 || last === undefined) return response;
    last = undefined;
    return ask(signal);
  }

  return {
    async getToken(_scopes, { abortSignal } = {}) {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const signal = abortSignal ? AbortSignal.any([abortSignal, timeout]) : timeout;
      let response = await ask(signal).catch(() => undefined);
      if (response === undefined || response.status >= 500) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
        response = await ask(signal);
      }
      if (!response.ok) throw new Error(`the worker answered ${response.status}`);
      const { token, expires_in: seconds } = Object(await response.json());
      if (typeof token !== "string" || typeof seconds !== "number") {
        throw new Error("the worker's session has no token");
      }
      last = token;
      store(token);
      return { token, expiresOnTimestamp: Date.now() + seconds * 1_000 };
    },
  };
}

const STORED = "latchkey-session";

/** Undefined also where the browser keeps nothing, such as in a frame of another site. */
function stored(): string | undefined {
  try {
    return sessionStorage.getItem(STORED) ?? undefined;
  } catch {
    return undefined;
  }
}

function store(token: string): void {
  try {
    sessionStorage.setItem(STORED, token);
  } catch {
    // Then it lives as long as the page.
  }
}
