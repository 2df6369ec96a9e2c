// GET /sign-in: by what people sign in at a page. For anybody, since nothing of it is secret: whoever signs in shows it
// to the authority in the address bar. So a built page needs no setting of its own.
import type { Config } from "./config.ts";

interface SignIn {
  /** Null: nobody can sign in. */
  readonly entra: {
    readonly client_id: string;
    readonly authority: string;
    readonly scopes: readonly string[];
    readonly protocol: "entra" | "oidc";
  } | null;
}

export function signInOf({ entra }: Config): SignIn {
  if (entra?.page === undefined) return { entra: null };
  const { clientId, authority, scopes, protocol } = entra.page;
  return { entra: { client_id: clientId, authority, scopes, protocol } };
}
