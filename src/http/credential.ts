/**
 * Credentials -> headers. A key is read at each call (so that it can be rotated), a token is kept until shortly
 * before it expires, and any number of calls share one refresh. A refused token is renewed once, with the claims that
 * the refusal asked for. Nothing here can be printed.
 */
import { CredentialError, LatchkeyError } from "./errors.ts";
import { isBrowser } from "./options.ts";

/** A static key; `AzureKeyCredential` of `@azure/core-auth` fits. */
export interface KeyCredential {
  readonly key: string;
}

/** A token and when it ends, in milliseconds since 1970. */
export interface AccessToken {
  token: string;
  expiresOnTimestamp: number;
}

/** What a credential is told when a token is wanted. */
export interface GetTokenOptions {
  abortSignal?: AbortSignal;
  /** Claims the token must have, as JSON: what a service asked for when it refused the last one. */
  claims?: string;
  /** The caller can answer a claims challenge, so the token may be one that is revoked before it ends. */
  enableCae?: boolean;
}

/** Anything that gets tokens; every credential of `@azure/identity` fits. */
export interface TokenCredential {
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;
  /** How long `getToken` may take, in milliseconds. Default 30 000; one that asks a person needs more. */
  readonly timeoutMs?: number;
}

/** Gives a token for each call; it must do its own caching, and look past it when `claims` are asked for. */
export type TokenProvider = (options: GetTokenOptions) => string | Promise<string>;

/** What a client authenticates with: a key (text or object), a token credential, or a token provider. */
export type Credential = string | KeyCredential | TokenCredential | TokenProvider;

/** Gives the headers of one request, and forgets a token that the service refused. */
export interface Authenticator {
  headers(signal: AbortSignal | undefined): Promise<Record<string, string>>;
  /** Whether another token may do better than the one just refused; `sent` is what {@link headers} gave for it. */
  renew(sent: Record<string, string>, refusal: Headers): boolean;
}

/** How long a provider may take, in milliseconds. */
const PROVIDER_TIMEOUT_MS = 30_000;
/** A token is renewed this long before its end, or in the last fifth of a shorter life. */
const RENEW_BEFORE_MS = 120_000;

/** How a service wants its key. */
export type KeyHeaders = (key: string) => Record<string, string>;

/**
 * Checks a credential and prepares it.
 *
 * @throws {TypeError} when it's missing or of no known form, or a key in a browser without opt-in.
 */
export function authenticator(
  credential: Credential,
  scopes: string | readonly string[],
  keyHeaders: KeyHeaders,
  allowBrowserKey: boolean,
): Authenticator {
  if (typeof credential === "function") {
    return tokenAuthenticator(async (options) => ({
      token: await credential(options),
      expiresOnTimestamp: 0,
    }));
  }
  const { key, getToken } = Object(credential) as Partial<KeyCredential & TokenCredential>;
  if (typeof getToken === "function" && key === undefined) {
    const wanted = typeof scopes === "string" ? scopes : [...scopes];
    const source = credential as TokenCredential;
    return tokenAuthenticator((options) => source.getToken(wanted, options), source.timeoutMs);
  }
  const readKey = () => (typeof credential === "string" ? credential : (credential as KeyCredential)?.key);
  if (readKey() === "") throw new TypeError("credential: the key is empty.");
  if (!isHeaderText(readKey()) || getToken) {
    throw new TypeError("credential must be a key, { key }, { getToken } or a function that gives a token.");
  }
  if (isBrowser() && !allowBrowserKey) {
    throw new TypeError(
      "credential is a key, which every visitor of the page can read: use workerSession() or a token, or set dangerouslyAllowBrowser.",
    );
  }
  return {
    headers: async () => {
      const key = readKey();
      if (!isHeaderText(key))
        throw new CredentialError("The credential's key is empty or can't be sent in a header.");
      return keyHeaders(key);
    },
    renew: () => false,
  };
}

function tokenAuthenticator(
  getToken: (options: GetTokenOptions) => Promise<AccessToken | null>,
  timeoutMs = PROVIDER_TIMEOUT_MS,
): Authenticator {
  let kept: { token: string; renewAt: number } | undefined;
  let refresh: Promise<string> | undefined;
  /** What the next token must have. */
  let claims: string | undefined;

  async function fetchToken(): Promise<string> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const options = { abortSignal: timeout, enableCae: true, ...(claims && { claims }) };
    kept = claims = undefined;
    let given: AccessToken | null;
    try {
      given = await abortable(getToken(options), timeout);
    } catch (cause) {
      if (LatchkeyError.is(cause)) throw cause;
      throw new CredentialError(
        timeout.aborted ? "The credential gave no token in time." : "The credential failed to give a token.",
        {
          cause,
        },
      );
    }
    const token = given?.token;
    if (!isHeaderText(token))
      throw new CredentialError("The credential gave no token that can be sent in a header.");
    const now = Date.now();
    const life = given!.expiresOnTimestamp - now;
    kept = life > 0 ? { token, renewAt: now + life - Math.min(RENEW_BEFORE_MS, life / 5) } : undefined;
    return token;
  }

  return {
    async headers(signal) {
      let token = kept && Date.now() < kept.renewAt ? kept.token : undefined;
      if (!token) {
        refresh ??= fetchToken().finally(() => {
          refresh = undefined;
        });
        token = await (signal ? abortable(refresh, signal) : refresh);
      }
      return { authorization: `Bearer ${token}` };
    },
    renew({ authorization }, refusal) {
      // Of many calls with one refused token the first renews it; the others wait for that or take what came of it.
      if (refresh || (kept && authorization !== `Bearer ${kept.token}`)) return true;
      claims = claimsOf(refusal);
      const may = kept || claims;
      kept = undefined;
      return may !== undefined;
    },
  };
}

/** The claims that a refusal asks for (`WWW-Authenticate: Bearer …, claims="<base64>"`), as JSON. */
function claimsOf(refusal: Headers): string | undefined {
  const encoded = /\bclaims="([\w+/=-]+)"/i.exec(refusal.get("www-authenticate") ?? "")?.[1] ?? "";
  try {
    const binary = atob(encoded.replace(/-/g, "+").replace(/_/g, "/"));
    const text = new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
    return Object.keys(JSON.parse(text)).length ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Waits for a promise, but no longer than a signal allows. The listener goes with the wait. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Whether a value is text that a header can carry: not empty, no control characters, nothing beyond Latin-1. */
function isHeaderText(value: unknown): value is string {
  return typeof value === "string" && /^[\x20-\x7e\xa0-\xff]+$/.test(value) && value.trim() === value;
}
