// The page's way to the worker: a session, or the token of who is signed in, instead of a key, and the lists of what the
// worker has. Asking is the client's.
import type { AccessToken, TokenCredential } from "latchkey";
import { type ModelOption, modelsIn } from "./composer/capabilities.ts";
import { pageSession } from "./session.ts";
import { noteRefusal, personCredential } from "./sign-in/account.ts";

export interface Connection {
  readonly workerUrl: string;
  readonly session: TokenCredential;
  /** Asks the worker itself, as this page's session or person. */
  ask(path: string, signal: AbortSignal): Promise<Response>;
  /** The names in one of the worker's lists. */
  listNames(path: "/v1/models" | "/api/projects", signal: AbortSignal): Promise<readonly string[]>;
  /** The worker's models, with what they can do. */
  listModels(signal: AbortSignal): Promise<readonly ModelOption[]>;
}

const LIST_TIMEOUT_MS = 15_000;
/** A token this close to its end is not used any more. */
const EARLY_MS = 60_000;
/** A list longer than any picker is of use for is not shown whole. */
const MAX_NAMES = 500;

/** `person`: who is signed in, by MSAL's id. */
export function connect(workerUrl: string, person: string | null = null): Connection {
  const session = person === null ? pageSession(workerUrl) : personCredential(person);
  let access: AccessToken | null = null;
  async function ask(path: string, signal: AbortSignal): Promise<Response> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]);
    if (access === null || access.expiresOnTimestamp < Date.now() + EARLY_MS) {
      access = await session.getToken([], { abortSignal: limited });
    }
    const response = await fetch(new URL(path, workerUrl), {
      headers: access ? { authorization: `Bearer ${access.token}` } : {},
      redirect: "error",
      signal: limited,
    });
    if (person !== null) noteRefusal(response.status);
    return response;
  }
  async function list(path: string, signal: AbortSignal): Promise<unknown> {
    const response = await ask(path, signal);
    if (!response.ok) throw new Error(`the worker answered ${response.status}`);
    return response.json();
  }
  return {
    workerUrl,
    session,
    ask,
    listNames: async (path, signal) => namesIn(await list(path, signal)),
    listModels: async (signal) => modelsIn(await list("/v1/models", signal)),
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
