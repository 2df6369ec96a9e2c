// Session tokens: short-lived, signed by the worker for one origin, worth nothing anywhere else.
// Origin is not authentication: it keeps other pages out, and the rate limit keeps scripts slow.
import { errors, jwtVerify, SignJWT } from "jose";
import type { SessionConfig } from "./config.ts";
import { hex, sha256 } from "./keys.ts";
import type { RateLimiter } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";

const ISSUER = "latchkey";
const AUDIENCE = "latchkey-proxy";
const TYPE = "latchkey-session+jwt";
const RETRY_AFTER_SECONDS = 60;
/** What two machines' clocks may differ by. */
const CLOCK_SECONDS = 5;
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const encoder = new TextEncoder();
const secretOf = (session: SessionConfig) => encoder.encode(session.secret.reveal());

export interface SessionToken {
  readonly token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

/** Answers POST /session. The address only ever reaches the limiter as a keyed hash. */
export async function openSession(
  session: SessionConfig,
  request: {
    origin: string | undefined;
    address: string | undefined;
    /** The token that the page had until now: the session goes on, and with it what it created. */
    previous: string | undefined;
    now: number;
  },
  limiter: RateLimiter,
): Promise<{ ok: true; session: SessionToken } | Refusal> {
  const { origin, address, previous, now } = request;
  if (origin === undefined) return refuse("origin_required");
  // In one count for all such callers, one of them could lock out the others.
  if (address === undefined || address === "") return refuse("address_unknown");
  const bucket = hex(await sha256(`${session.secret.reveal()}\n${networkOf(address)}`)).slice(0, 32);
  const wait = { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } };
  try {
    if (!(await limiter.limit({ key: bucket })).success) return refuse("session_rate_limited", wait);
  } catch (cause) {
    // Nobody is let in uncounted. The class alone: a message may hold anything.
    const failure = cause instanceof Error ? cause.name : typeof cause;
    return refuse("limiter_failed", wait, { failure });
  }
  let subject: string | undefined;
  if (previous !== undefined) {
    const verified = await verifySession(session, previous, { origin }, now, session.renewSeconds);
    // One that is merely too old is no attack: the page gets a new session, and what the old one owned is gone.
    if (!verified.ok && verified.reason !== "token_expired") return verified;
    if (verified.ok) subject = verified.subject;
  }
  return { ok: true, session: await mintSession(session, origin, now, subject) };
}

/** One caller has a whole IPv6 /64; an IPv4 address written as IPv6 is that IPv4 address. */
function networkOf(address: string): string {
  const literal = `http://[${address.split("%", 1)[0]}]`;
  if (!address.includes(":") || !URL.canParse(literal)) return address;
  const [left, right] = new URL(literal).hostname
    .slice(1, -1)
    .split("::")
    .map((half) => half.split(":").filter((group) => group !== ""));
  const gap = right === undefined ? [] : Array<string>(8 - left!.length - right.length).fill("0");
  const groups = [...left!, ...gap, ...(right ?? [])];
  if (groups.slice(0, 6).join(":") !== "0:0:0:0:0:ffff") return groups.slice(0, 4).join(":");
  return groups
    .slice(6)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
    .join(".");
}

export async function mintSession(
  session: SessionConfig,
  origin: string,
  now: number,
  subject: string = crypto.randomUUID(),
): Promise<SessionToken> {
  const issued = Math.floor(now / 1000);
  const token = await new SignJWT({ origin })
    .setProtectedHeader({ alg: "HS256", typ: TYPE })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(subject)
    .setIssuedAt(issued)
    .setExpirationTime(issued + session.lifetimeSeconds)
    .sign(secretOf(session));
  return { token, token_type: "Bearer", expires_in: session.lifetimeSeconds };
}

/**
 * The session's id when the token is ours, alive, and used from the page it was made for. The id stays the same when
 * a token is renewed. Browsers send Origin with every POST, but not with a GET to the page's own origin: only where
 * nobody's data is given (`originOptional`) may it be absent. `graceSeconds`: how long after its end the token still
 * counts, for renewing alone.
 */
export async function verifySession(
  session: SessionConfig,
  token: string,
  { origin, originOptional = false }: { origin: string | undefined; originOptional?: boolean },
  now: number,
  graceSeconds = 0,
): Promise<{ ok: true; subject: string } | Refusal> {
  if (!isCanonical(token)) return refuse("token_invalid");
  try {
    const { payload } = await jwtVerify(token, secretOf(session), {
      algorithms: ["HS256"],
      typ: TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["exp", "iat", "sub", "origin"],
      // iat in the future and tokens older than a session may be are refused, whatever their exp says.
      maxTokenAge: session.lifetimeSeconds,
      clockTolerance: CLOCK_SECONDS + graceSeconds,
      currentDate: new Date(now),
    });
    const { sub, exp, iat } = payload;
    if (typeof payload.aud !== "string" || typeof sub !== "string" || sub === "")
      return refuse("token_invalid");
    if (exp! - iat! > session.lifetimeSeconds) return refuse("token_invalid");
    const mayBeAbsent = originOptional && origin === undefined;
    if (payload.origin !== origin && !mayBeAbsent) return refuse("token_of_other_origin");
    return { ok: true, subject: sub };
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) return refuse("token_expired");
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) return refuse("token_invalid");
    throw cause;
  }
}

/**
 * Exactly three base64url segments, the last one the only spelling of its 32 bytes: lenient decoders take
 * four spellings of the last character, and a token must not have a second text.
 */
function isCanonical(token: string): boolean {
  if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/.test(token)) return false;
  return (BASE64URL.indexOf(token.at(-1)!) & 3) === 0;
}
