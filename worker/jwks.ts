// The public keys of an issuer, fetched from where the configuration says and nowhere else. Kept for an hour, used on
// for a day while the issuer can't be asked, and asked for again no more often than a pause allows: whether the issuer
// fails or somebody invents ids of keys. What requests share is the result; one that waits for another's fetch waits
// for a while only, because the other may be gone.
import { importJWK, type JWK } from "jose";
import { readBytes } from "./body.ts";
import type { Fetch } from "./forward.ts";
import type { Platform } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { parseStrict } from "./strict-json.ts";

/** For discovery and keys together. */
const FETCH_MS = 5000;
/** A fetch that has not ended by then has lost its request. */
const LOST_MS = FETCH_MS + 1000;
/** The set that all of Entra ID's tenants share has 30 KiB. */
const MAX_BYTES = 256 * 1024;
const MAX_KEYS = 200;
const MIN_RSA_BITS = 2048;
/** Between two fetches while they fail. */
const FAILED_PAUSE_MS = 5000;
/** Between two fetches for an id that is not in the set. */
const UNKNOWN_PAUSE_MS = 30_000;

const CURVES: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

export interface KeySettings {
  /** Where the keys are, or where it is written; the latter may only name a place at its own origin. */
  readonly at: { readonly keys: string } | { readonly discovery: string };
  readonly algorithms: readonly string[];
  /** Older keys are fetched anew, while the old ones serve. */
  readonly freshMs: number;
  /** Older keys are not used. */
  readonly staleMs: number;
}

export interface Key {
  readonly key: CryptoKey;
  /** Whose tokens it signs, where the set says so. May hold `{tenantid}`. */
  readonly issuer: string | undefined;
}

export interface KeySource {
  /** The key of this id for this algorithm: `keys_unavailable` when none can be had, `token_invalid` when it isn't one of the issuer's. */
  find(
    kid: string,
    algorithm: string,
    platform: Platform | undefined,
  ): Promise<{ ok: true; found: Key } | Refusal>;
}

type KeySet = ReadonlyMap<
  string,
  { readonly issuer: string | undefined; readonly keys: Map<string, CryptoKey> }
>;

/** Why a set could not be had, in a word for the log. */
class KeysError extends Error {
  override readonly name = "KeysError";
}

export function createKeySource(settings: KeySettings, fetch: Fetch, now: () => number): KeySource {
  let current: { readonly set: KeySet; readonly at: number } | undefined;
  let place: { readonly url: string; readonly at: number } | undefined;
  let attempt: { readonly at: number; readonly failure: string | undefined } | undefined;
  let flight: { readonly at: number; readonly ended: Promise<void> } | undefined;
  let started = 0;
  let applied = 0;

  async function load(): Promise<void> {
    const number = ++started;
    const begun = now();
    let failure: string | undefined;
    try {
      const set = await within(FETCH_MS, async (signal) => {
        const url = await placeOf(signal);
        return keysIn(await getJson(fetch, url, signal), settings.algorithms);
      });
      // An answer that comes after a younger one would bring removed keys back.
      if (number > applied) {
        current = { set, at: begun };
        applied = number;
      }
    } catch (cause) {
      failure = cause instanceof KeysError ? cause.message : cause instanceof Error ? cause.name : "unknown";
    }
    if (number === started) attempt = { at: begun, failure };
  }

  async function placeOf(signal: AbortSignal): Promise<string> {
    if ("keys" in settings.at) return settings.at.keys;
    if (place !== undefined && !hasPassed(place.at, settings.staleMs)) return place.url;
    const { discovery } = settings.at;
    const { jwks_uri: url } = await getJson(fetch, discovery, signal);
    const isThere =
      typeof url === "string" && URL.canParse(url) && new URL(url).origin === new URL(discovery).origin;
    if (!isThere) throw new KeysError("keys_elsewhere");
    place = { url, at: now() };
    return url;
  }

  /** A clock that went back must not lock anybody out. */
  const hasPassed = (since: number, ms: number) => now() < since || now() - since >= ms;

  /** Starts a fetch, or joins the one under way; undefined when it is too early for another. */
  function refresh(platform: Platform | undefined, pauseMs: number): Promise<void> | undefined {
    if (flight !== undefined && !hasPassed(flight.at, LOST_MS)) return flight.ended;
    const pause = attempt?.failure === undefined ? pauseMs : FAILED_PAUSE_MS;
    if (attempt !== undefined && !hasPassed(attempt.at, pause)) return undefined;
    const ended = load().finally(() => {
      if (flight?.ended === ended) flight = undefined;
    });
    flight = { at: now(), ended };
    platform?.waitUntil(ended); // others wait for it, so it outlives its own request
    return ended;
  }

  const wait = (refreshing: Promise<void> | undefined) =>
    within(LOST_MS, async () => refreshing).catch(() => {});
  const usable = () =>
    current !== undefined && !isOlder(current.at, settings.staleMs) ? current.set : undefined;
  const isOlder = (since: number, ms: number) => now() - since >= ms;

  return {
    async find(kid, algorithm, platform) {
      let set = usable();
      if (set === undefined) {
        await wait(refresh(platform, FAILED_PAUSE_MS));
        set = usable();
      } else if (isOlder(current!.at, settings.freshMs)) {
        void refresh(platform, UNKNOWN_PAUSE_MS);
      }
      if (set !== undefined && !set.has(kid)) {
        await wait(refresh(platform, UNKNOWN_PAUSE_MS));
        set = usable();
      }
      if (set === undefined) {
        const headers = { "retry-after": String(FAILED_PAUSE_MS / 1000) };
        return refuse("keys_unavailable", { headers }, { failure: attempt?.failure ?? "lost" });
      }
      const entry = set.get(kid);
      const key = entry?.keys.get(algorithm);
      return entry === undefined || key === undefined
        ? refuse("token_invalid")
        : { ok: true, found: { key, issuer: entry.issuer } };
    },
  };
}

/** Reads a JSON object. Redirects are not followed: where keys come from is the configuration's to say. */
async function getJson(
  fetch: Fetch,
  url: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, {
    method: "GET",
    headers: { accept: "application/json" },
    redirect: "manual",
    signal,
  });
  if (response.status !== 200) {
    response.body?.cancel().catch(() => {});
    throw new KeysError(`keys_status_${response.status}`);
  }
  const read = await readBytes(response.body, MAX_BYTES, FETCH_MS);
  if (!read.ok) throw new KeysError(`keys_${read.reason}`);
  const value = parseStrict(read.bytes);
  if (value === undefined) throw new KeysError("keys_not_json");
  return value;
}

/** A set that names an id twice, or holds no key that could be used, is no set: better the old one. */
async function keysIn(
  { keys }: Readonly<Record<string, unknown>>,
  algorithms: readonly string[],
): Promise<KeySet> {
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new KeysError("keys_malformed");
  const set = new Map<string, { issuer: string | undefined; keys: Map<string, CryptoKey> }>();
  for (const one of keys as unknown[]) {
    const jwk = Object(one) as JWK & { issuer?: unknown };
    const { kid, issuer } = jwk;
    if (typeof kid !== "string" || kid === "" || (jwk.use !== undefined && jwk.use !== "sig")) continue;
    if (set.has(kid)) throw new KeysError("keys_ambiguous");
    const usable = new Map<string, CryptoKey>();
    for (const algorithm of algorithms.filter((name) => isFor(jwk, name))) {
      const key = await importPublic(jwk, algorithm);
      if (key !== undefined) usable.set(algorithm, key);
    }
    if (usable.size > 0)
      set.set(kid, { issuer: typeof issuer === "string" ? issuer : undefined, keys: usable });
  }
  if (set.size === 0) throw new KeysError("keys_none");
  return set;
}

/** The kind of key decides, and its own `alg` where it has one; never a token's header. */
function isFor({ kty, crv, alg }: JWK, algorithm: string): boolean {
  if (alg !== undefined && alg !== algorithm) return false;
  const curve = CURVES[algorithm];
  return curve === undefined ? kty === "RSA" : kty === "EC" && crv === curve;
}

async function importPublic(
  { kty, n, e, crv, x, y }: JWK,
  algorithm: string,
): Promise<CryptoKey | undefined> {
  try {
    const bare = kty === "RSA" ? { kty, n, e } : { kty, crv, x, y };
    const key = (await importJWK(bare as JWK, algorithm)) as CryptoKey;
    const { modulusLength = MIN_RSA_BITS } = key.algorithm as { modulusLength?: number };
    return modulusLength < MIN_RSA_BITS ? undefined : key;
  } catch {
    return undefined; // one unusable key doesn't spoil the others
  }
}

/** Ends after this time, also where a fetch doesn't heed its signal. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new KeysError("keys_timeout"));
      abort.abort();
    }, ms);
  });
  return Promise.race([work(abort.signal), end]).finally(() => clearTimeout(timer));
}
