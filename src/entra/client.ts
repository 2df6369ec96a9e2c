/**
 * The client credentials grant: a program's own identity -> a token. Keeps no token: a client of this package keeps
 * its own until shortly before the end, so keep the client. For servers, Workers and scripts; a page has no secret.
 * Contract: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import type { AccessToken, TokenCredential } from "../http/credential.ts";
import { CredentialError, LatchkeyError } from "../http/errors.ts";
import { post } from "../http/post.ts";
import { parseEndpoint } from "../http/request.ts";
import { parseLoosely } from "../http/response.ts";

/** What every credential of this kind needs. */
export interface EntraOptions {
  /** The directory: its id or one of its domains. */
  tenantId: string;
  /** The application's id. */
  clientId: string;
  /** Who issues tokens. Default `https://login.microsoftonline.com`; other clouds have their own. */
  authority?: string | URL | undefined;
  /** Sends the requests. Default: the runtime's `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Options of {@link clientSecretCredential}. */
export interface SecretOptions extends EntraOptions {
  clientSecret: string;
}

/** Options of {@link clientAssertionCredential}. */
export interface AssertionOptions extends EntraOptions {
  /** Gives the token by which another issuer vouches for the program; asked at each token. */
  getAssertion(options: { abortSignal?: AbortSignal }): string | Promise<string>;
}

/** Proves who asks: members of the form beside the grant's own. */
export type Proof = (tokenUrl: string, abortSignal?: AbortSignal) => Promise<Record<string, string>>;

const AUTHORITY = "https://login.microsoftonline.com";

/**
 * A credential by a secret of the application.
 *
 * @throws {TypeError} naming what is missing or wrong, without its value. `getToken` rejects with a
 *   {@link CredentialError} whose `code` is Entra's, as `AADSTS7000215` for a wrong secret; never with the secret.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient } from "latchkey";
 * import { clientSecretCredential } from "latchkey/entra";
 *
 * const credential = clientSecretCredential({ tenantId: "contoso.com", clientId: "…", clientSecret: "…" });
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", credential);
 * ```
 */
export function clientSecretCredential({ clientSecret, ...options }: SecretOptions): TokenCredential {
  if (typeof clientSecret !== "string" || !clientSecret) throw new TypeError("clientSecret must be text.");
  return clientCredential(options, async () => ({ client_secret: clientSecret }));
}

/**
 * A credential without a secret: another issuer that the application trusts vouches for the program (workload
 * identity federation: Kubernetes, GitHub Actions, another cloud).
 *
 * @throws {TypeError} and rejections as {@link clientSecretCredential}.
 *
 * @example
 * ```ts
 * import { clientAssertionCredential } from "latchkey/entra";
 *
 * const credential = clientAssertionCredential({
 *   tenantId: "contoso.com",
 *   clientId: "…",
 *   getAssertion: async () => (await fetch("http://127.0.0.1:9000/identity-token")).text(),
 * });
 * ```
 */
export function clientAssertionCredential({ getAssertion, ...options }: AssertionOptions): TokenCredential {
  if (typeof getAssertion !== "function") throw new TypeError("getAssertion must be a function.");
  return clientCredential(options, async (_url, abortSignal) =>
    assertionProof(await getAssertion({ ...(abortSignal && { abortSignal }) })),
  );
}

/** The members of the form that carry an assertion. */
export function assertionProof(assertion: string): Record<string, string> {
  if (typeof assertion !== "string" || !assertion) throw new CredentialError("getAssertion gave no text.");
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
}

/** A credential by whatever proof. */
export function clientCredential(options: EntraOptions, proof: Proof): TokenCredential {
  const { tenantId, clientId, authority = AUTHORITY } = options;
  // Part of the path: nothing may lead out of its segment.
  if (!match(tenantId, /^[\w-]+(\.[\w-]+)*$/)) throw new TypeError("tenantId must be an id or a domain.");
  if (typeof clientId !== "string" || !clientId) throw new TypeError("clientId must be text.");
  const url = parseEndpoint(authority, false);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${tenantId}/oauth2/v2.0/token`;

  return {
    async getToken(scopes, { abortSignal, claims, enableCae } = {}) {
      const wanted = wantedClaims(claims, enableCae);
      let answer: Awaited<ReturnType<typeof post>>;
      const form = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        scope: [scopes].flat().join(" "),
        ...(await proof(url.href, abortSignal)),
        ...(wanted && { claims: wanted }),
      });
      try {
        answer = await post(url, { body: form, fetch: options.fetch, signal: abortSignal });
      } catch (error) {
        // An error of ky holds the request, and with it the secret: what the runtime said is inside.
        const cause = abortSignal?.aborted
          ? abortSignal.reason
          : LatchkeyError.is(error)
            ? error
            : Object(error).cause;
        throw new CredentialError("The token endpoint could not be reached.", { cause });
      }
      return readToken(answer);
    },
  };
}

function readToken({ ok, status, text }: Awaited<ReturnType<typeof post>>): AccessToken {
  const body = Object(parseLoosely(text)) as Record<string, unknown>;
  const { access_token, expires_in, error, error_description } = body;
  if (ok && typeof access_token === "string" && Number(expires_in) > 0) {
    return { token: access_token, expiresOnTimestamp: Date.now() + Number(expires_in) * 1000 };
  }
  // Words of known form only: what an issuer says may repeat what it was sent.
  const word = match(error, /^[a-z_]{1,60}$/);
  const code = match(error_description, /^AADSTS\d{1,10}(?=:)/) ?? word;
  const said = [status, ...new Set([word, code])].filter(Boolean).join(", ");
  throw new CredentialError(`The token endpoint gave no token (${said}).`, { code });
}

function match(value: unknown, pattern: RegExp): string | undefined {
  return typeof value === "string" ? pattern.exec(value)?.[0] : undefined;
}

/** The claims asked for, with our own: that we can answer a claims challenge. */
function wantedClaims(claims: string | undefined, enableCae: boolean | undefined): string | undefined {
  if (!enableCae) return claims;
  const asked = Object(parseLoosely(claims ?? "{}")) as { access_token?: object };
  const access_token = { ...asked.access_token, xms_cc: { values: ["cp1"] } };
  return JSON.stringify({ ...asked, access_token });
}
