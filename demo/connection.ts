// The page's way to the worker: a session instead of a key, and the lists of what it has. Asking is ask.ts's.
// Nothing is stored: the session token lives in the credential, in memory.
import { type TokenCredential, workerSession } from "latchkey";

export interface Connection {
  readonly workerUrl: string;
  readonly session: TokenCredential;
  /** The names in one of the worker's lists. */
  listNames(path: "/v1/models" | "/api/projects", signal: AbortSignal): Promise<readonly string[]>;
}

const LIST_TIMEOUT_MS = 15_000;
/** A list longer than any picker is of use for is not shown whole. */
const MAX_NAMES = 500;

export function connect(workerUrl: string): Connection {
  const session = workerSession(workerUrl);
  return {
    workerUrl,
    session,
    async listNames(path, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]);
      const access = await session.getToken([], { abortSignal: limited });
      const response = await fetch(new URL(path, workerUrl), {
        headers: access ? { authorization: `Bearer ${access.token}` } : {},
        redirect: "error",
        signal: limited,
      });
      if (!response.ok) throw new Error(`the worker answered ${response.status}`);
      return namesIn(await response.json());
    },
  };
}

/** Reads `{ data: [{ id }] }`, or `{ value: [{ name }] }` as projects are listed, and drops what is not a name. */
export function namesIn(list: unknown): readonly string[] {
  const { data, value = data } = Object(list) as { data?: unknown; value?: unknown };
  if (!Array.isArray(value)) throw new Error("the worker's list has another form");
  const names = value.flatMap((one: unknown) => {
    const { id, name = id } = Object(one) as { id?: unknown; name?: unknown };
    return typeof name === "string" ? [name] : [];
  });
  return [...new Set(names)].slice(0, MAX_NAMES);
}
