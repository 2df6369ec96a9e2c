// Tokens of Entra ID for services that take no key: one for each upstream, kept until shortly before its end. Requests
// of one isolate share it. What is shared is the result: a request that waits for another one's does so for a while
// only, because the other may be gone. No token, secret or word of the issuer's is in a refusal.
import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
} from "latchkey/entra";
import { ConfigError, type Upstream } from "./config.ts";
import type { Fetch } from "./forward.ts";
import type { Platform } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** For a token, with the two repeats of the issuer's failures. */
const MINT_MS = 10_000;
/** For the token that another request is getting. */
const SHARED_WAIT_MS = 3000;
/** A token is renewed this long before its end, or in the last fifth of a shorter life. */
const RENEW_BEFORE_MS = 120_000;
/** No asking again after the issuer said no, and no second renewal of what a service keeps refusing. */
const PAUSE_MS = 5000;

type Given = { readonly ok: true; readonly token: string } | Refusal;

export interface TokenSource {
  get(platform: Platform | undefined): Promise<Given>;
  /** The service refused this token. True: another one may do better. */
  renew(token: string, answer: Headers): boolean;
}

/** The sources of all upstreams that have one. Throws `ConfigError` for a certificate or key that is none. */
export function createTokenSources(
  upstreams: Iterable<Upstream>,
  fetch: Fetch | undefined,
  now: () => number,
): ReadonlyMap<string, TokenSource> {
  return new Map(
    [...upstreams].flatMap(({ name, entra }): [string, TokenSource][] => {
      if (entra === undefined) return [];
      try {
        const credential = credentialOf(entra, fetch);
        return [[name, createTokenSource((options) => credential.getToken(entra.scope, options), now)]];
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause;
        // It names what is wrong, never its value.
        throw new ConfigError([
          { option: `upstreams.${name}.entra`, message: `is not usable: ${cause.message}` },
        ]);
      }
    }),
  );
}

function credentialOf(entra: NonNullable<Upstream["entra"]>, fetch: Fetch | undefined) {
  const { tenantId, clientId, authority, clientSecret, certificate, privateKey, assertion } = entra;
  const who = { tenantId, clientId, authority, fetch: fetch && asFetch(fetch) };
  if (clientSecret !== undefined) {
    return clientSecretCredential({ ...who, clientSecret: clientSecret.reveal() });
  }
  if (certificate !== undefined) {
    return clientCertificateCredential({
      ...who,
      certificate,
      privateKey: privateKey!.reveal(),
      sendCertificateChain: entra.sendCertificateChain,
    });
  }
  return clientAssertionCredential({ ...who, getAssertion: async () => (await assertion!()).trim() });
}

/** The way to the upstream is also the way to the issuer; it takes an address and no Request. */
function asFetch(fetch: Fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, headers, signal } = request;
    return fetch(request.url, { method, headers, signal, redirect: "manual", body: await request.text() });
  };
}

interface Options {
  readonly abortSignal: AbortSignal;
  readonly enableCae: true;
  readonly claims?: string;
}
type GetToken = (options: Options) => Promise<{ token: string; expiresOnTimestamp: number } | null>;

export function createTokenSource(getToken: GetToken, now: () => number): TokenSource {
  let kept: { readonly token: string; readonly renewAt: number; readonly endsAt: number } | undefined;
  let failed: { readonly at: number; readonly refusal: Refusal } | undefined;
  let minting: Promise<Given> | undefined;
  let claims: string | undefined;
  let renewed: { readonly at: number; readonly claims: string | undefined } | undefined;

  async function mint(): Promise<Given> {
    const asked = claims;
    try {
      const options = { abortSignal: AbortSignal.timeout(MINT_MS), enableCae: true } as const;
      const given = await getToken({ ...options, ...(asked !== undefined && { claims: asked }) });
      const token = given?.token ?? "";
      if (!/^[\x21-\x7e]+$/.test(token)) return failure(refuse("token_refused"));
      const life = given!.expiresOnTimestamp - Date.now();
      const at = now();
      kept = { token, endsAt: at + life, renewAt: at + life - Math.min(RENEW_BEFORE_MS, life / 5) };
      failed = undefined;
      if (claims === asked) claims = undefined;
      return { ok: true, token };
    } catch (cause) {
      return failure(refusalOf(cause));
    }
  }

  function failure(refusal: Refusal): Refusal {
    failed = { at: now(), refusal };
    return refusal;
  }

  function start(platform: Platform | undefined): Promise<Given> {
    const mine = mint().finally(() => {
      if (minting === mine) minting = undefined;
    });
    minting = mine;
    platform?.waitUntil(mine); // others wait for it, so it outlives its own request
    return mine;
  }

  return {
    async get(platform) {
      const current = kept;
      if (current !== undefined && now() < current.renewAt) return { ok: true, token: current.token };
      const alive = current !== undefined && now() < current.endsAt;
      const paused = failed !== undefined && now() - failed.at < PAUSE_MS;
      // Nobody waits for a token, or fails for want of one, while the last one is still good.
      if (alive && (minting !== undefined || paused)) return { ok: true, token: current.token };
      if (paused) return failed!.refusal;
      const shared = minting && (await within(SHARED_WAIT_MS, minting));
      const given = shared ?? (await start(platform));
      return given.ok || !alive ? given : { ok: true, token: current.token };
    },
    renew(token, answer) {
      if (kept?.token !== token) return true;
      const wanted = claimsOf(answer);
      if (renewed !== undefined && wanted === renewed.claims && now() - renewed.at < PAUSE_MS) return false;
      renewed = { at: now(), claims: wanted };
      claims = wanted;
      kept = undefined;
      return true;
    },
  };
}

/** Of an issuer that said no, the log learns its code; one that can't be reached may be asked again. */
function refusalOf(cause: unknown): Refusal {
  const { code } = Object(cause) as { code?: unknown };
  const said = typeof code === "string" && /^[A-Za-z0-9_]{1,60}$/.test(code) ? code : undefined;
  const failure = said ?? (cause instanceof Error ? cause.name : typeof cause);
  const passing = said === undefined || said === "temporarily_unavailable";
  return refuse(passing ? "token_unavailable" : "token_refused", {}, { failure });
}

/** The claims that a refusal asks for, as JSON: `WWW-Authenticate: Bearer …, claims="<base64>"`. */
function claimsOf(answer: Headers): string | undefined {
  const given = (answer.get("www-authenticate") ?? "").slice(0, 8192);
  const encoded = /\bclaims="([\w+/=-]+)"/i.exec(given)?.[1] ?? "";
  try {
    const binary = atob(encoded.replace(/-/g, "+").replace(/_/g, "/"));
    const text = new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
    return Object.keys(JSON.parse(text)).length > 0 ? text : undefined;
  } catch {
    return undefined;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return Promise.race([promise, patience]).finally(() => clearTimeout(timer));
}
