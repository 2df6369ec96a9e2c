// The page's way to the worker: a session instead of a key, and the list of models. Asking is ask.ts's.
// Nothing is stored: the session token lives in the credential, in memory.
import { type TokenCredential, workerSession } from "latchkey";

export interface Connection {
  readonly workerUrl: string;
  readonly session: TokenCredential;
  listModels(signal: AbortSignal): Promise<readonly string[]>;
}

const MODELS_TIMEOUT_MS = 15_000;
/** A list longer than any picker is of use for is not shown whole. */
const MAX_MODELS = 500;

export function connect(workerUrl: string): Connection {
  const session = workerSession(workerUrl);
  return {
    workerUrl,
    session,
    async listModels(signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(MODELS_TIMEOUT_MS)]);
      const access = await session.getToken([], { abortSignal: limited });
      const response = await fetch(new URL("/v1/models", workerUrl), {
        headers: access ? { authorization: `Bearer ${access.token}` } : {},
        redirect: "error",
        signal: limited,
      });
      if (!response.ok) throw new Error(`the worker answered ${response.status}`);
      return modelNames(await response.json());
    },
  };
}

/** Reads `{ data: [{ id }] }` and drops what is not a name. */
export function modelNames(list: unknown): readonly string[] {
  const data = typeof list === "object" && list !== null && "data" in list ? list.data : null;
  if (!Array.isArray(data)) throw new Error("the worker's list of models has another form");
  const names = data.flatMap((model: unknown) =>
    typeof model === "object" && model !== null && "id" in model && typeof model.id === "string"
      ? [model.id]
      : [],
  );
  return [...new Set(names)].slice(0, MAX_MODELS);
}
