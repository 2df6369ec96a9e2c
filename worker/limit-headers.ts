// What a caller is told of its limits: headers with what remains, and refusals that say when to come back. Pure.
import type { LedgerRefusal, Remaining } from "./ledger.ts";
import { type Refusal, refuse } from "./refusals.ts";

const MICROS = 1_000_000;
/** Clients that wait by themselves give up at waits past this; told not to, they don't try in vain before. */
const LONGEST_WAIT_MS = 60_000;

const HEADERS: Readonly<Record<keyof Remaining, string>> = {
  requestsPerMinute: "x-ratelimit-remaining-requests",
  tokensPerMinute: "x-ratelimit-remaining-tokens",
  streams: "x-ratelimit-remaining-streams",
  tokensPerDay: "x-ratelimit-remaining-tokens-day",
  tokensPerMonth: "x-ratelimit-remaining-tokens-month",
  microsPerDay: "x-ratelimit-remaining-money-day",
  microsPerMonth: "x-ratelimit-remaining-money-month",
};

/** For pages, which may read only headers that are named. */
export const REMAINING_HEADERS: readonly string[] = Object.values(HEADERS);

/** Of each limit of the caller what it still has, this call taken off. Money in the currency of the prices. */
export function remainingHeaders(remaining: Remaining): Record<string, string> {
  return Object.fromEntries(
    Object.entries(remaining).map(([name, left]) => [
      HEADERS[name as keyof Remaining],
      String(name.startsWith("micros") ? left / MICROS : left),
    ]),
  );
}

/** F16 A caller that waits as long as it is told is admitted, if nothing else came in between. */
export function limitRefusal({ limit, scope, retryAfterMs, remaining }: LedgerRefusal): Refusal {
  const isBudget = /PerDay|PerMonth/.test(limit);
  const wait = retryAfterMs === null ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  const inVain = retryAfterMs === null || retryAfterMs > LONGEST_WAIT_MS;
  const headers = {
    ...remainingHeaders(remaining),
    ...wait,
    ...(inVain ? { "x-should-retry": "false" } : {}),
  };
  if (scope === "everyone") return refuse("everyone_limit_reached", { headers }, { limit });
  return refuse(isBudget ? "budget_reached" : "limit_reached", { headers }, { limit });
}
