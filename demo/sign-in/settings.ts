// By what people sign in here, as the worker tells it: a built page has no setting of its own for it.

export interface SignInSettings {
  readonly clientId: string;
  readonly authority: string;
  readonly scopes: readonly string[];
  readonly protocol: "entra" | "oidc";
}

/** Null: nobody can sign in. Throws where the worker can't be asked. */
export async function readSignInSettings(workerUrl: string): Promise<SignInSettings | null> {
  const response = await fetch(new URL("/sign-in", workerUrl), {
    redirect: "error",
    signal: AbortSignal.timeout(15_000),
  });
  // A worker from before this address has none.
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`the worker answered ${response.status}`);
  const { client_id: clientId, authority, scopes, protocol } = Object(Object(await response.json()).entra);
  const isWhole =
    typeof clientId === "string" &&
    typeof authority === "string" &&
    URL.canParse(authority) &&
    Array.isArray(scopes) &&
    scopes.every((one) => typeof one === "string");
  return isWhole ? { clientId, authority, scopes, protocol: protocol === "oidc" ? "oidc" : "entra" } : null;
}
