// The arithmetic of limits: what fits into a budget, what counts in a minute, which day it is. Pure; all numbers are
// whole, and products that could pass 2^53 are made with BigInt.
import type { Estimate, Used } from "./ledger.ts";

export const SECOND_MS = 1000;
export const DAY_MS = 86_400_000;
/** A call counts in the second it came in and the 60 after it, so that no 60 seconds, wherever they begin, hold more than the limit. */
export const WINDOW_SECONDS = 60;

/** The calls admitted in one second, and their tokens. */
export interface Second {
  readonly second: number;
  readonly requests: number;
  readonly tokens: number;
}

export const secondOf = (now: number) => Math.floor(now / SECOND_MS);
/** `2026-11-21`, in UTC. */
export const dayOf = (now: number) => new Date(now).toISOString().slice(0, 10);
export const monthOf = (day: string) => day.slice(0, 7);
export const dayStart = (day: string) => Date.parse(`${day}T00:00:00Z`);

export function nextDay(now: number): number {
  return (Math.floor(now / DAY_MS) + 1) * DAY_MS;
}

export function nextMonth(now: number): number {
  const date = new Date(now);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** The moment from which `wanted` (at least 1) fits beside what still counts. Undefined: it never does. */
export function freeAt(
  seconds: readonly Second[],
  member: "requests" | "tokens",
  limit: number,
  wanted: number,
): number | undefined {
  const needs = Math.max(1, wanted);
  if (needs > limit) return undefined;
  let counted = seconds.reduce((sum, one) => sum + one[member], 0);
  let at = 0;
  for (const one of seconds) {
    if (counted + needs <= limit) break;
    counted -= one[member];
    at = (one.second + WINDOW_SECONDS + 1) * SECOND_MS;
  }
  return at;
}

/** Money for `part` of the tokens of output, rounded up. All of it when there are no tokens. */
export function microsOfPart(part: number, { tokensOut, microsOut }: Estimate): number {
  if (part >= tokensOut) return microsOut;
  const whole = BigInt(tokensOut);
  return Number((BigInt(part) * BigInt(microsOut) + whole - 1n) / whole);
}

/** How many tokens of output fit into this room, the input paid first. Undefined: not even none. */
export function outputThatFits(
  estimate: Estimate,
  room: { tokens: number; micros: number },
): number | undefined {
  const { tokensIn, tokensOut, microsIn, microsOut } = estimate;
  const tokens = room.tokens - tokensIn;
  const micros = room.micros - microsIn;
  if (tokens < 0 || micros < 0) return undefined;
  if (tokensOut === 0) return micros < microsOut ? undefined : 0;
  const paid =
    micros >= microsOut ? tokensOut : Number((BigInt(micros) * BigInt(tokensOut)) / BigInt(microsOut));
  return Math.min(tokens, paid, tokensOut);
}

/** A grant of that many tokens of output. */
export function grantOf(estimate: Estimate, tokensOut: number): Used {
  return {
    tokensIn: estimate.tokensIn,
    tokensOut,
    micros: estimate.microsIn + microsOfPart(tokensOut, estimate),
  };
}

export const tokensOf = ({ tokensIn, tokensOut }: Used) => tokensIn + tokensOut;

/** The larger of each. */
export function larger(a: Used, b: Used): Used {
  return {
    tokensIn: Math.max(a.tokensIn, b.tokensIn),
    tokensOut: Math.max(a.tokensOut, b.tokensOut),
    micros: Math.max(a.micros, b.micros),
  };
}
