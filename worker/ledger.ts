// What a caller has used and what it may still use: the questions the proxy asks, and what is a valid question. The
// rules are in ledger-book.ts; ledger-memory.ts and ledger-object.ts keep the book in memory and on Cloudflare.

/** Each limit is optional; 0 allows nothing. Days and months are those of the UTC calendar. */
export interface LedgerLimits {
  /** Calls admitted in any 60 seconds. */
  readonly requestsPerMinute?: number;
  /** Tokens of the calls admitted in any 60 seconds: estimated, and corrected when a call is settled. */
  readonly tokensPerMinute?: number;
  /** Streams open at once. */
  readonly streams?: number;
  readonly tokensPerDay?: number;
  readonly tokensPerMonth?: number;
  /** Money in millionths of the currency of the prices. */
  readonly microsPerDay?: number;
  readonly microsPerMonth?: number;
}

const LIMITS = [
  "requestsPerMinute",
  "tokensPerMinute",
  "streams",
  "tokensPerDay",
  "tokensPerMonth",
  "microsPerDay",
  "microsPerMonth",
] as const satisfies readonly (keyof LedgerLimits)[];

/** `calls`: the ledger's own bound on calls under way. `id`: the id belonged to a call that has ended. */
export type LimitName = (typeof LIMITS)[number] | "calls" | "id";

/** What a call will use at most. Each part may be 0; the money of input and output is apart so that output can be granted in part. */
export interface Estimate {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly microsIn: number;
  readonly microsOut: number;
}

/** What a call has used, or what is held for it. */
export interface Used {
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly micros: number;
}

export interface Reservation {
  /** Of the call, new for each; a second try of the same call keeps it. */
  readonly id: string;
  /** A name of the configuration: usage is told by it. */
  readonly model: string;
  /** Does it count as an open stream? */
  readonly stream: boolean;
  readonly estimate: Estimate;
  /** Be content with a budget for this many tokens of output; the answer must then be cut there. Default: all of them. */
  readonly leastOut?: number;
  /** Without a sign of life for this long the call counts as lost. 1 s to 1 h. */
  readonly leaseMs: number;
  readonly limits: LedgerLimits;
  /** Days that usage is kept for, and after which an unused ledger is empty. 32 to 400. Default 400. */
  readonly keepDays?: number;
}

export type Remaining = { readonly [name in keyof LedgerLimits]?: number };

export interface Reserved {
  readonly ok: true;
  /** What the call may use. Less output than estimated only when `leastOut` allowed that. */
  readonly granted: Used;
  /** Of each limit that was given, with this call taken off. */
  readonly remaining: Remaining;
}

export interface LedgerRefusal {
  readonly ok: false;
  /** Of all limits that stand in the way the one that frees last. */
  readonly limit: LimitName;
  /** Whose limit it is. */
  readonly scope: "caller" | "everyone";
  /** After this the same call fits, if nothing else came in between. Null: it never will. */
  readonly retryAfterMs: number | null;
  /** How much of the limit is only held for calls under way, and may free sooner. */
  readonly held: number;
  readonly remaining: Remaining;
}

export interface Reported {
  /** False: the lease has ended, or nobody knows the call. It may use what it was granted, no more. */
  readonly live: boolean;
  /** What the call may use by now in all. The answer is to be cut where this ends. */
  readonly granted: Used;
}

export interface Settled {
  /** False: it was settled before, or nobody knows the call. Nothing has changed then. */
  readonly settled: boolean;
  readonly charged: Used;
  /** Tokens and money above what was held: already spent, so the next call meets a smaller budget. */
  readonly over: { readonly tokens: number; readonly micros: number };
}

export interface UsageLine extends Used {
  readonly requests: number;
}

export interface UsageReport {
  readonly period: string;
  readonly days: readonly (UsageLine & { readonly day: string })[];
  readonly models: readonly (UsageLine & { readonly model: string })[];
  readonly total: UsageLine;
  /** Held for calls under way that were admitted in this period; not part of the total. */
  readonly held: { readonly tokens: number; readonly micros: number };
}

/** The ledger of one caller, or of all together. Each question is one step: no other comes in between. */
export interface Ledger {
  /** Before a call is sent. The id of a call under way gives the same grant again and holds nothing twice. */
  reserve(reservation: Reservation): Promise<Reserved | LedgerRefusal>;
  /** A sign of life with what has been used so far. `more`: hold this much beyond it, as far as the budgets go. */
  report(id: string, used: Used, more?: More): Promise<Reported>;
  /** What the call has used. Only the first counts; after the end of the lease it corrects what was charged then. Without `used`: what is held. */
  settle(id: string, used?: Used): Promise<Settled>;
  /** Nothing was sent, so nothing is charged; it stays counted as a request. `uncount`: it was not admitted after all. */
  release(id: string, options?: { readonly uncount?: boolean }): Promise<boolean>;
  /** A month (`2026-11`) or a day (`2026-11-21`). */
  usage(period: string): Promise<UsageReport>;
}

/** Tokens of output and their price. */
export interface More {
  readonly tokensOut: number;
  readonly micros: number;
}

/** The ledger of the caller with this principal: a hash, so that it may be the name of a store. */
export type LedgerOf = (principal: string) => Ledger;

/** The ledger can't be asked. Nothing may be assumed then, so the request is refused. */
export class LedgerUnavailable extends Error {
  override readonly name = "LedgerUnavailable";
}

/** A question that makes no sense: a mistake of the asking code. Names the member, never its value. */
export class LedgerInputError extends RangeError {
  override readonly name = "LedgerInputError";
}

/** Largest count of tokens of one call: far above any, and small enough that sums stay exact. */
export const MAX_TOKENS = 1e9;
/** Most money of one call: a million of the currency. */
export const MAX_MICROS = 1e12;
export const MIN_LEASE_MS = 1000;
export const MAX_LEASE_MS = 3_600_000;
/** A month's budget looks back 31 days. */
export const MIN_KEEP_DAYS = 32;
export const MAX_KEEP_DAYS = 400;

const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const MODEL = /^[\x21-\x7e]{1,128}$/;
const PERIOD = /^\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?$/;

/** Is it a whole number from 0 on, and no more than this? */
export function isAmount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function need(condition: boolean, member: string): asserts condition {
  if (!condition) throw new LedgerInputError(`The ledger was given a wrong ${member}.`);
}

/** Throws `LedgerInputError` at the first wrong member: a call with a wrong limit or estimate must not be admitted. */
export function checkReservation(given: Reservation): void {
  const { id, model, estimate, leastOut, leaseMs, limits, keepDays } = given;
  checkId(id);
  need(typeof model === "string" && MODEL.test(model), "model");
  need(typeof given.stream === "boolean", "stream");
  need(isAmount(estimate?.tokensIn, MAX_TOKENS), "estimate.tokensIn");
  need(isAmount(estimate.tokensOut, MAX_TOKENS), "estimate.tokensOut");
  need(isAmount(estimate.microsIn, MAX_MICROS), "estimate.microsIn");
  need(isAmount(estimate.microsOut, MAX_MICROS), "estimate.microsOut");
  need(leastOut === undefined || isAmount(leastOut, MAX_TOKENS), "leastOut");
  need(isAmount(leaseMs, MAX_LEASE_MS) && leaseMs >= MIN_LEASE_MS, "leaseMs");
  need(typeof limits === "object" && limits !== null, "limits");
  for (const name of LIMITS) {
    const limit = limits[name];
    need(limit === undefined || isAmount(limit, Number.MAX_SAFE_INTEGER), `limits.${name}`);
  }
  need(
    keepDays === undefined || (isAmount(keepDays, MAX_KEEP_DAYS) && keepDays >= MIN_KEEP_DAYS),
    "keepDays",
  );
}

export function checkId(id: string): void {
  need(typeof id === "string" && ID.test(id), "id");
}

export function checkPeriod(period: string): void {
  need(typeof period === "string" && PERIOD.test(period), "period");
}

/** What was used, where it is a valid count; where it is none, what is held, so that nonsense is never free. */
export function usedOr(used: Partial<Used> | undefined, held: Used): Used {
  const one = (member: keyof Used, most: number) =>
    isAmount(used?.[member], most) ? used[member] : held[member];
  return {
    tokensIn: one("tokensIn", MAX_TOKENS),
    tokensOut: one("tokensOut", MAX_TOKENS),
    micros: one("micros", MAX_MICROS),
  };
}
