// May a call be admitted, how much of it, and if not, which limit says so and when it frees. Pure: it sees the state of
// a ledger as values and decides.
import type { LedgerLimits, LedgerRefusal, LimitName, Remaining, Reservation, Used } from "./ledger.ts";
import {
  freeAt,
  grantOf,
  nextDay,
  nextMonth,
  outputThatFits,
  type Second,
  secondOf,
  tokensOf,
} from "./ledger-room.ts";
import type { Day, LiveSummary } from "./ledger-store.ts";

/** Calls under way of one ledger at most, with or without a limit on streams: its storage stays bounded. */
export const MAX_LIVE = 10_000;

/** Everything a decision depends on. */
export interface Standing {
  readonly now: number;
  readonly limits: LedgerLimits;
  readonly live: LiveSummary;
  /** Those that still count. */
  readonly seconds: readonly Second[];
  readonly day: Omit<Day, "day">;
  readonly month: Omit<Day, "day">;
}

interface Budget {
  readonly name: LimitName;
  readonly of: "tokens" | "micros";
  readonly limit: number;
  readonly committed: number;
  readonly held: number;
  readonly freeAt: number;
}

function budgetsOf({ limits, day, month, now }: Standing): Budget[] {
  const rows = [
    ["tokensPerDay", "tokens", day, nextDay(now)],
    ["microsPerDay", "micros", day, nextDay(now)],
    ["tokensPerMonth", "tokens", month, nextMonth(now)],
    ["microsPerMonth", "micros", month, nextMonth(now)],
  ] as const;
  return rows.flatMap(([name, of, sum, at]) => {
    const limit = limits[name];
    const held = of === "tokens" ? sum.heldTokens : sum.heldMicros;
    return limit === undefined ? [] : [{ name, of, limit, committed: sum[of], held, freeAt: at }];
  });
}

/** What each given limit still has. Never negative: what is overspent is simply spent. */
export function remainingOf(standing: Standing): Remaining {
  const { limits, live, seconds } = standing;
  const sum = (member: "requests" | "tokens") => seconds.reduce((total, one) => total + one[member], 0);
  const counted: [LimitName, number][] = [
    ["requestsPerMinute", sum("requests")],
    ["tokensPerMinute", sum("tokens")],
    ["streams", live.streams],
    ...budgetsOf(standing).map(({ name, committed }): [LimitName, number] => [name, committed]),
  ];
  const left = counted.flatMap(([name, count]) => {
    const limit = limits[name as keyof LedgerLimits];
    return limit === undefined ? [] : [[name, Math.max(0, limit - count)]];
  });
  return Object.fromEntries(left);
}

/** The same with one more call admitted. */
export function withCall(standing: Standing, granted: Used, stream: boolean): Standing {
  const { now, live, seconds, day, month } = standing;
  const tokens = tokensOf(granted);
  const committed = (sum: Omit<Day, "day">) => ({
    ...sum,
    tokens: sum.tokens + tokens,
    micros: sum.micros + granted.micros,
  });
  return {
    ...standing,
    live: { ...live, streams: live.streams + (stream ? 1 : 0) },
    seconds: [...seconds, { second: secondOf(now), requests: 1, tokens }],
    day: committed(day),
    month: committed(month),
  };
}

interface Obstacle {
  readonly limit: LimitName;
  /** Undefined: never. */
  readonly freeAt: number | undefined;
  readonly held: number;
}

/** How many tokens of output the call may have, or the limit that frees last of those in the way. */
export function admit(
  standing: Standing,
  { estimate, stream, leastOut = estimate.tokensOut }: Reservation,
): { ok: true; tokensOut: number } | LedgerRefusal {
  const { now, limits, live, seconds } = standing;
  const { requestsPerMinute, tokensPerMinute = Number.POSITIVE_INFINITY, streams } = limits;
  const least = Math.min(leastOut, estimate.tokensOut);
  const obstacles: Obstacle[] = [];
  const unlimited = { tokens: Number.POSITIVE_INFINITY, micros: Number.POSITIVE_INFINITY };

  // More than a whole minute allows is never granted; with less, a full minute is waited out.
  const inMinute = outputThatFits(estimate, { ...unlimited, tokens: tokensPerMinute });
  const most = inMinute !== undefined && inMinute >= least ? inMinute : undefined;
  let tokensOut = most ?? estimate.tokensOut;
  for (const { name, of, limit, committed, held, freeAt: at } of budgetsOf(standing)) {
    const fits = (room: number) => {
      const output = room <= 0 ? undefined : outputThatFits(estimate, { ...unlimited, [of]: room });
      return output !== undefined && output >= least ? output : undefined;
    };
    const output = fits(limit - committed);
    if (output !== undefined) tokensOut = Math.min(tokensOut, output);
    else obstacles.push({ limit: name, held, freeAt: fits(limit) === undefined ? undefined : at });
  }
  // Behind a budget that has to free first, the call will come with all that it wants.
  const tokens = tokensOf(grantOf(estimate, obstacles.length === 0 ? tokensOut : (most ?? tokensOut)));

  const inWindow = [
    ["requestsPerMinute", "requests", requestsPerMinute, 1],
    ["tokensPerMinute", "tokens", limits.tokensPerMinute, tokens],
  ] as const;
  for (const [limit, member, value, wanted] of inWindow) {
    const at = value === undefined ? 0 : freeAt(seconds, member, value, wanted);
    if (at === undefined || at > 0) obstacles.push({ limit, freeAt: at, held: 0 });
  }
  if (stream && streams !== undefined && live.streams >= streams) {
    obstacles.push({ limit: "streams", freeAt: live.streamUntil, held: live.streams });
  }
  if (live.calls >= MAX_LIVE) obstacles.push({ limit: "calls", freeAt: live.until, held: live.calls });

  const [first, ...others] = obstacles;
  if (first === undefined) return { ok: true, tokensOut };
  const never = ({ freeAt: at }: Obstacle) => at ?? Number.POSITIVE_INFINITY;
  const last = others.reduce((a, b) => (never(b) > never(a) ? b : a), first);
  return {
    ok: false,
    limit: last.limit,
    scope: "caller",
    retryAfterMs: last.freeAt === undefined ? null : Math.max(1, last.freeAt - now),
    held: last.held,
    remaining: remainingOf(standing),
  };
}
