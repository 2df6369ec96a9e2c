// POST /session: who may have a session, and how far it reaches. A page needs a listed origin and an address to be
// counted by, and a proof where the configuration asks for one; an app's backend needs its secret. What is asked for
// may narrow a session, never widen it: beyond the first token only what the session had before.

import { keyedHash } from "./anonymous.ts";
import type { BackendRules } from "./caller-schema.ts";
import { hex, sameBytes, sha256 } from "./keys.ts";
import { networkOf } from "./network.ts";
import type { RateLimiter } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { SessionWish } from "./session-request.ts";
import type { SessionGrant, SessionToken, SessionTokens } from "./session-token.ts";
import type { Turnstile } from "./turnstile.ts";

/** The header in which an app's backend shows its secret. Pages can't send it: preflights don't allow it. */
export const BACKEND_HEADER = "x-latchkey-backend";

const RETRY_AFTER_SECONDS = 60;
/** How long a proof holds: within it a session is renewed without another. */
const PROOF_SECONDS = 86_400;

export interface MintRules {
  readonly origins: ReadonlySet<string>;
  /** Models that sessions may use at all. */
  readonly models: ReadonlySet<string>;
  readonly lifetimeSeconds: number;
  readonly renewSeconds: number;
  /** Keys the hash of the address that the limiter sees. */
  readonly secret: { reveal(): string };
  readonly backend?: BackendRules | undefined;
}

export interface MintTools {
  readonly tokens: SessionTokens;
  readonly limiter: RateLimiter;
  /** Counts the backend's requests apart. */
  readonly backendLimiter: RateLimiter;
  readonly turnstile?: Turnstile | undefined;
}

export interface Visitor {
  readonly origin: string | undefined;
  readonly address: string | undefined;
  /** The token that the page had until now: the session goes on, and with it what it created. */
  readonly previous: string | undefined;
  /** What `x-latchkey-backend` says. */
  readonly backend: string | null;
  readonly wish: SessionWish;
  readonly now: number;
}

export async function openSession(
  rules: MintRules,
  visitor: Visitor,
  tools: MintTools,
): Promise<{ ok: true; session: SessionToken } | Refusal> {
  const { wish, now } = visitor;
  const granted =
    visitor.backend === null
      ? await forPage(rules, visitor, tools)
      : await forBackend(rules, visitor, visitor.backend, tools);
  if (!granted.ok) return granted;
  const narrowed = narrow(granted.grant, wish.models, rules.models);
  if (!narrowed.ok) return narrowed;
  const life = Math.min(wish.expires_in ?? rules.lifetimeSeconds, rules.lifetimeSeconds);
  return { ok: true, session: await tools.tokens.mint(narrowed.grant, now, life) };
}

type Granted = { ok: true; grant: SessionGrant } | Refusal;

async function forPage(
  rules: MintRules,
  { origin, address, previous, wish, now }: Visitor,
  { tokens, limiter, turnstile }: MintTools,
): Promise<Granted> {
  if (origin === undefined) return refuse("origin_required");
  // In one count for all such callers, one of them could lock out the others.
  if (address === undefined || address === "") return refuse("address_unknown");
  const network = networkOf(address, { ipv4: 32, ipv6: 64 }) ?? address;
  const bucket = (await keyedHash(rules.secret.reveal(), network)).slice(0, 32);
  const counted = await count(limiter, bucket);
  if (!counted.ok) return counted;
  // Only a backend chooses for somebody else.
  if (wish.group !== undefined || wish.user !== undefined || wish.origin !== undefined) {
    return refuse("session_too_wide");
  }
  let before: SessionGrant | undefined;
  if (previous !== undefined) {
    const verified = await tokens.verify(previous, { origin, graceSeconds: rules.renewSeconds }, now);
    // One that is merely too old is no attack: the page gets a new session, and what the old one owned is gone.
    if (!verified.ok && verified.reason !== "token_expired") return verified;
    if (verified.ok) before = verified.grant;
  }
  const needsProof = turnstile !== undefined || rules.backend !== undefined;
  const seconds = Math.floor(now / 1000);
  const isProven = before?.proof !== undefined && seconds - before.proof < PROOF_SECONDS;
  let proof = before?.proof;
  if (needsProof && !isProven) {
    if (turnstile === undefined) return refuse("proof_refused", {}, { failure: "none" });
    const person = await turnstile.verify(wish.turnstile, { origin, address });
    if (!person.ok) return person;
    proof = seconds;
  }
  return { ok: true, grant: { subject: crypto.randomUUID(), origin, ...before, proof } };
}

async function forBackend(
  { backend, origins }: MintRules,
  { origin, wish, now }: Visitor,
  shown: string,
  { backendLimiter }: MintTools,
): Promise<Granted> {
  // A wrong secret is final: it doesn't become a page's request.
  if (backend === undefined || !(await isSecretOf(backend, shown))) {
    return refuse("proof_refused", {}, { failure: "backend" });
  }
  const counted = await count(backendLimiter, "backend");
  if (!counted.ok) return counted;
  const page = wish.origin ?? origin;
  if (page === undefined) return refuse("origin_required");
  if (!origins.has(page) || (origin !== undefined && origin !== page)) return refuse("origin_not_allowed");
  if (wish.group !== undefined && !backend.groups.includes(wish.group)) return refuse("session_too_wide");
  // The same person is the same caller, whichever session: budgets and files are the person's.
  const subject =
    wish.user === undefined ? crypto.randomUUID() : `user-${hex(await sha256(`backend user\n${wish.user}`))}`;
  return { ok: true, grant: { subject, origin: page, group: wish.group, proof: Math.floor(now / 1000) } };
}

/** Hashes are compared, all of them every time: the time tells nothing about where they differ, or how long they are. */
async function isSecretOf({ secrets }: BackendRules, shown: string): Promise<boolean> {
  const digest = await sha256(shown.slice(0, 4096));
  let found = false;
  for (const secret of secrets) found = sameBytes(await sha256(secret.reveal()), digest) || found;
  return found;
}

async function count(limiter: RateLimiter, key: string): Promise<{ ok: true } | Refusal> {
  const wait = { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } };
  try {
    return (await limiter.limit({ key })).success ? { ok: true } : refuse("session_rate_limited", wait);
  } catch (cause) {
    // Nobody is let in uncounted. The class alone: a message may hold anything.
    return refuse("limiter_failed", wait, { failure: cause instanceof Error ? cause.name : typeof cause });
  }
}

/** The models of the session: those asked for, of those that it may have. */
function narrow(
  grant: SessionGrant,
  wanted: readonly string[] | undefined,
  all: ReadonlySet<string>,
): Granted {
  if (wanted === undefined) return { ok: true, grant };
  const isWider = wanted.some((name) => !all.has(name) || grant.models?.includes(name) === false);
  return isWider
    ? refuse("session_too_wide")
    : { ok: true, grant: { ...grant, models: [...new Set(wanted)] } };
}
