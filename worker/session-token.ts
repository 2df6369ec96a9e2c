// Session tokens as texts: made and checked with the worker's own secrets. The first secret signs, all of them verify,
// so a secret is changed without ending a session: put the new one first, take the old one out when its tokens are over.
import { errors, jwtVerify, SignJWT } from "jose";
import type { Secret } from "./config-upstream.ts";
import { hex, sha256 } from "./keys.ts";
import { createKnownTokens, type Known } from "./known-tokens.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { decodeSegment, parseStrict } from "./strict-json.ts";

const ISSUER = "latchkey";
const AUDIENCE = "latchkey-proxy";
export const SESSION_TYPE = "latchkey-session+jwt";
/** What two machines' clocks may differ by. */
const CLOCK_SECONDS = 5;
const MAC_CHARS = 43;
const HMAC = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();
const MAX_TOKEN_CHARS = 8 * 1024;

/** What a session was made for. It holds for every token of the session, and a renewal can only narrow it. */
export interface SessionGrant {
  readonly subject: string;
  /** The one page that may use it. */
  readonly origin: string;
  /** The policy's group that it was made for, with its limits. */
  readonly group?: string | undefined;
  readonly models?: readonly string[] | undefined;
  /** When its page or backend last proved something, in seconds since 1970. */
  readonly proof?: number | undefined;
}

export interface SessionToken {
  readonly token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

export interface SessionTokens {
  mint(grant: SessionGrant, now: number, lifetimeSeconds?: number): Promise<SessionToken>;
  /**
   * Browsers send Origin with every POST, but not with a GET to the page's own origin: only where nobody's data is
   * given (`originOptional`) may it be absent. `graceSeconds`: how long after its end the token still counts.
   */
  verify(
    token: string,
    use: { origin: string | undefined; originOptional?: boolean; graceSeconds?: number },
    now: number,
  ): Promise<{ ok: true; grant: SessionGrant } | Refusal>;
}

export interface SessionTokenSettings {
  readonly secrets: readonly Secret[];
  readonly lifetimeSeconds: number;
}

interface Signer {
  readonly kid: string;
  readonly key: CryptoKey;
}

type Checked = { readonly ok: true; readonly known: Known } | Refusal;

export function createSessionTokens({ secrets, lifetimeSeconds }: SessionTokenSettings): SessionTokens {
  // Of the configuration alone, so requests of one isolate may share it. Results, never promises of another request.
  let kept: readonly Signer[] | undefined;
  async function signers() {
    kept ??= await Promise.all(
      secrets.map(async (secret) => ({
        // Enough to tell our secrets apart, and nothing about any of them.
        kid: hex(await sha256(`session key\n${secret.reveal()}`)).slice(0, 12),
        key: await crypto.subtle.importKey("raw", encoder.encode(secret.reveal()), HMAC, false, [
          "sign",
          "verify",
        ]),
      })),
    );
    return kept;
  }
  const known = createKnownTokens();

  async function check(token: string, graceSeconds: number, now: number): Promise<Checked> {
    const parts = partsOf(token);
    const signer = parts && (await signers()).find((one) => one.kid === parts.kid);
    // Before anything that only our own tokens are worth.
    if (signer === undefined || !(await crypto.subtle.verify("HMAC", signer.key, parts!.mac, parts!.signed)))
      return refuse("token_invalid");
    try {
      const { payload } = await jwtVerify(token, signer.key, {
        algorithms: ["HS256"],
        typ: SESSION_TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ["exp", "iat", "sub", "origin"],
        // iat in the future and tokens older than a session may be are refused, whatever their exp says.
        maxTokenAge: lifetimeSeconds,
        clockTolerance: CLOCK_SECONDS + graceSeconds,
        currentDate: new Date(now),
      });
      const grant = typeof payload.aud === "string" ? grantIn(payload) : undefined;
      if (grant === undefined || payload.exp! - payload.iat! > lifetimeSeconds)
        return refuse("token_invalid");
      const from = Math.max(payload.iat!, payload.nbf ?? 0);
      return { ok: true, known: { grant, from, until: payload.exp! } };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) return refuse("token_expired");
      if (cause instanceof errors.JOSEError || cause instanceof TypeError) return refuse("token_invalid");
      throw cause;
    }
  }

  return {
    async mint({ subject, origin, group, models, proof }, now, wanted = lifetimeSeconds) {
      const [signer] = await signers();
      const issued = Math.floor(now / 1000);
      const life = Math.min(wanted, lifetimeSeconds);
      const claims = {
        origin,
        ...(group === undefined ? {} : { group }),
        ...(models === undefined ? {} : { models: [...models] }),
        ...(proof === undefined ? {} : { proof }),
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256", typ: SESSION_TYPE, kid: signer!.kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setIssuedAt(issued)
        .setExpirationTime(issued + life)
        .sign(signer!.key);
      return { token, token_type: "Bearer", expires_in: life };
    },

    async verify(token, { origin, originOptional = false, graceSeconds = 0 }, now) {
      const before = known.find(token, now);
      const checked: Checked = before ? { ok: true, known: before } : await check(token, graceSeconds, now);
      if (!checked.ok) return checked;
      const { grant } = checked.known;
      const mayBeAbsent = originOptional && origin === undefined;
      if (grant.origin !== origin && !mayBeAbsent) return refuse("token_of_other_origin");
      if (before === undefined) known.add(token, checked.known);
      return { ok: true, grant };
    },
  };
}

interface Parts {
  readonly kid: string;
  /** What the MAC is of. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly mac: Uint8Array<ArrayBuffer>;
}

/** Undefined also when a segment has another spelling than the one we wrote, or the MAC another length. */
function partsOf(token: string): Parts | undefined {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  const segments = token.split(".");
  if (segments.length !== 3 || segments[2]!.length !== MAC_CHARS) return undefined;
  const [header, claims, mac] = segments.map(decodeSegment);
  if (header === undefined || claims === undefined || mac === undefined) return undefined;
  const { kid } = parseStrict(header) ?? {};
  if (typeof kid !== "string") return undefined;
  return { kid, mac, signed: encoder.encode(token.slice(0, -MAC_CHARS - 1)) };
}

function grantIn(claims: Readonly<Record<string, unknown>>): SessionGrant | undefined {
  const { sub, origin, group, models, proof } = claims;
  if (typeof sub !== "string" || sub === "" || typeof origin !== "string") return undefined;
  if (group !== undefined && typeof group !== "string") return undefined;
  if (proof !== undefined && typeof proof !== "number") return undefined;
  const isList = Array.isArray(models) && models.every((one) => typeof one === "string");
  if (models !== undefined && !isList) return undefined;
  return { subject: sub, origin, group, models, proof };
}
