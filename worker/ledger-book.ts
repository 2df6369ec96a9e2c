// The rules of a ledger over whatever keeps its rows. No clock and no I/O: `now` is given, and every step runs to its
// end without waiting, because a wait between reading and writing would let another call in between (200 increments
// became 2 that way). Why the rules are as they are: docs/decisions/050-ledger.md.
import {
  checkId,
  checkPeriod,
  checkReservation,
  isAmount,
  type LedgerLimits,
  type LedgerRefusal,
  MAX_KEEP_DAYS,
  MAX_MICROS,
  MAX_TOKENS,
  type More,
  type Reported,
  type Reservation,
  type Reserved,
  type Settled,
  type UsageReport,
  type Used,
  usedOr,
} from "./ledger.ts";
import { admit, remainingOf, type Standing, withCall } from "./ledger-limits.ts";
import {
  DAY_MS,
  dayOf,
  dayStart,
  grantOf,
  larger,
  monthOf,
  outputThatFits,
  type Second,
  secondOf,
  tokensOf,
  WINDOW_SECONDS,
} from "./ledger-room.ts";
import type { ClosedCall, LedgerStore, LiveCall, LiveSummary } from "./ledger-store.ts";
import { usageReport } from "./ledger-usage.ts";

/** Ended calls are remembered this long, and no more than this many. */
const KEEP_CLOSED_MS = DAY_MS;
const MAX_CLOSED = 10_000;
const PRUNE_EVERY = 1000;
const NOTHING: Used = { tokensIn: 0, tokensOut: 0, micros: 0 };
const EMPTY_DAY = { tokens: 0, micros: 0, heldTokens: 0, heldMicros: 0 };

export interface Book {
  reserve(reservation: Reservation, now: number): Reserved | LedgerRefusal;
  report(id: string, used: Used, more: More | undefined, now: number): Reported;
  settle(id: string, used: Used | undefined, now: number): Settled;
  release(id: string, uncount: boolean, now: number): boolean;
  usage(period: string, now: number): UsageReport;
  /** Ends leases and forgets what is old. Gives the moment it is to be called again; undefined when nothing is left. */
  tidy(now: number): number | undefined;
}

export function createBook(store: LedgerStore): Book {
  let closings = 0;

  /** Ends leases whose time is over, and gives what is under way then. */
  function refresh(now: number): LiveSummary {
    let live = store.summary();
    if (live.seen > now) {
      store.shortenLeases(now);
      live = store.summary();
    }
    if ((live.until ?? Number.POSITIVE_INFINITY) > now) return live;
    // What is held is at least what was reported last, so a call that was lost is never cheaper than one that ended.
    for (const call of store.ended(now)) close(call, "expired", call, now);
    return store.summary();
  }

  /** F12 What a clock that went back has left in the future counts as of now: never free, and gone after one window. */
  function minute(now: number): readonly Second[] {
    const from = secondOf(now) - WINDOW_SECONDS;
    const seconds = store.seconds(from);
    if ((seconds.at(-1)?.second ?? 0) <= secondOf(now)) return seconds;
    store.moveSeconds(secondOf(now));
    return store.seconds(from);
  }

  /** Only what the limits are about is read. */
  function standing(limits: LedgerLimits, day: string, now: number, live: LiveSummary): Standing {
    const byDay = limits.tokensPerDay !== undefined || limits.microsPerDay !== undefined;
    const byMonth = limits.tokensPerMonth !== undefined || limits.microsPerMonth !== undefined;
    const month = monthOf(day);
    return {
      now,
      limits,
      live,
      seconds: byMinute(limits) ? minute(now) : [],
      day: byDay ? store.days(day, day) : EMPTY_DAY,
      month: byMonth ? store.days(`${month}-01`, `${month}-31`) : EMPTY_DAY,
    };
  }

  /** What a call counts for in its second and its day, from what was held or charged to what is now. */
  function recharge(call: LiveCall | ClosedCall, to: Used, heldBefore: boolean, heldAfter: boolean): void {
    const tokens = tokensOf(to) - tokensOf(call);
    const held = (used: Used, is: boolean) => (is ? used : NOTHING);
    const before = held(call, heldBefore);
    const after = held(to, heldAfter);
    store.addDay({
      day: dayOf(call.admitted),
      tokens,
      micros: to.micros - call.micros,
      heldTokens: tokensOf(after) - tokensOf(before),
      heldMicros: after.micros - before.micros,
    });
    const counts = tokens !== 0 && !("limits" in call && !byMinute(call.limits));
    if (counts) store.correctSecond(secondOf(call.admitted), 0, tokens);
  }

  function addUsage({ admitted, model }: LiveCall | ClosedCall, sign: 1 | -1, used: Used): void {
    const { tokensIn, tokensOut, micros } = used;
    store.addUsage({
      day: dayOf(admitted),
      model,
      requests: sign,
      tokensIn: sign * tokensIn,
      tokensOut: sign * tokensOut,
      micros: sign * micros,
    });
  }

  function close(call: LiveCall, how: ClosedCall["how"], used: Used, now: number): void {
    const { id, model, admitted } = call;
    const { tokensIn, tokensOut, micros } = used;
    recharge(call, used, true, false);
    if (how !== "released") addUsage(call, 1, used);
    store.removeLive(id);
    store.putClosed({ id, model, admitted, how, closed: now, tokensIn, tokensOut, micros });
    closings += 1;
    if (closings % PRUNE_EVERY === 0) prune(now);
  }

  function prune(now: number): void {
    store.pruneSeconds(secondOf(now) - WINDOW_SECONDS);
    store.pruneClosed(now - KEEP_CLOSED_MS, MAX_CLOSED);
    const newest = store.newestDay();
    if (newest !== undefined) store.pruneDays(dayOf(now - newest.keepDays * DAY_MS));
  }

  /** A call whose lease had ended, or that was said not to have been sent, is told about after all. */
  function correct(call: ClosedCall, how: ClosedCall["how"], used: Used, now: number): void {
    recharge(call, used, false, false);
    if (call.how !== "released") addUsage(call, -1, call);
    if (how !== "released") addUsage(call, 1, used);
    store.putClosed({ ...call, ...used, how, closed: now });
  }

  function hold(call: LiveCall, to: Used, until: number): LiveCall {
    if (tokensOf(to) !== tokensOf(call) || to.micros !== call.micros) recharge(call, to, true, true);
    const held = { ...call, ...to, until };
    store.putLive(held);
    return held;
  }

  return {
    reserve(reservation, now) {
      checkReservation(reservation);
      const live = refresh(now);
      const { id, model, stream, leaseMs, limits, keepDays = MAX_KEEP_DAYS } = reservation;
      const day = dayOf(now);
      const known = store.live(id);
      if (known !== undefined) {
        hold(known, known, now + known.leaseMs);
        const remaining = remainingOf(standing(limits, day, now, live));
        return { ok: true, granted: usedOf(known), remaining };
      }
      const before = standing(limits, day, now, live);
      if (store.closed(id) !== undefined) {
        const remaining = remainingOf(before);
        return { ok: false, limit: "id", scope: "caller", retryAfterMs: null, held: 0, remaining };
      }
      const admitted = admit(before, reservation);
      if (!admitted.ok) return admitted;
      const granted = grantOf(reservation.estimate, admitted.tokensOut);
      const tokens = tokensOf(granted);
      const { micros } = granted;
      store.putLive({ ...granted, id, model, stream, admitted: now, leaseMs, until: now + leaseMs, limits });
      if (byMinute(limits)) {
        const second = secondOf(now);
        if (before.seconds.at(-1)?.second !== second) store.pruneSeconds(second - WINDOW_SECONDS);
        store.addSecond(second, 1, tokens);
      }
      store.addDay({ day, tokens, micros, heldTokens: tokens, heldMicros: micros }, keepDays);
      return { ok: true, granted, remaining: remainingOf(withCall(before, granted, stream)) };
    },

    report(id, used, more, now) {
      checkId(id);
      const summary = refresh(now);
      const call = store.live(id);
      if (call === undefined) return { live: false, granted: usedOf(store.closed(id) ?? NOTHING) };
      const soFar = usedOr(used, call);
      const held = hold(call, larger(call, soFar), now + call.leaseMs);
      const wanted = {
        tokensIn: 0,
        tokensOut: Math.max(0, soFar.tokensOut + valid(more?.tokensOut, MAX_TOKENS) - held.tokensOut),
        microsIn: 0,
        microsOut: Math.max(0, soFar.micros + valid(more?.micros, MAX_MICROS) - held.micros),
      };
      if (wanted.tokensOut === 0 && wanted.microsOut === 0) return { live: true, granted: usedOf(held) };
      // The budgets of the day it was admitted on; the minute has let it in already.
      const { limits, day, month } = standing(call.limits, dayOf(call.admitted), now, summary);
      const { tokensPerDay, tokensPerMonth, microsPerDay, microsPerMonth } = limits;
      const left = (limit: number | undefined, committed: number) =>
        limit === undefined ? Number.POSITIVE_INFINITY : Math.max(0, limit - committed);
      const fits = outputThatFits(wanted, {
        tokens: Math.min(left(tokensPerDay, day.tokens), left(tokensPerMonth, month.tokens)),
        micros: Math.min(left(microsPerDay, day.micros), left(microsPerMonth, month.micros)),
      });
      if (fits === undefined) return { live: true, granted: usedOf(held) };
      const extra = grantOf(wanted, fits);
      const to = {
        tokensIn: held.tokensIn,
        tokensOut: held.tokensOut + extra.tokensOut,
        micros: held.micros + extra.micros,
      };
      return { live: true, granted: usedOf(hold(held, to, held.until)) };
    },

    settle(id, used, now) {
      checkId(id);
      const call = store.live(id) ?? store.closed(id);
      const nothing = { settled: false, charged: NOTHING, over: { tokens: 0, micros: 0 } };
      if (call === undefined) return nothing;
      if ("how" in call && call.how === "settled") return { ...nothing, charged: usedOf(call) };
      const charged = usedOr(used, call);
      if ("how" in call) correct(call, "settled", charged, now);
      else close(call, "settled", charged, now);
      return {
        settled: true,
        charged,
        over: {
          tokens: Math.max(0, tokensOf(charged) - tokensOf(call)),
          micros: Math.max(0, charged.micros - call.micros),
        },
      };
    },

    release(id, uncount, now) {
      checkId(id);
      const live = store.live(id);
      const closed = live === undefined ? store.closed(id) : undefined;
      if (live === undefined && closed?.how !== "expired") return false;
      if (live !== undefined) close(live, "released", NOTHING, now);
      else correct(closed!, "released", NOTHING, now);
      if (uncount) store.correctSecond(secondOf((live ?? closed)!.admitted), -1, 0);
      return true;
    },

    usage(period, now) {
      checkPeriod(period);
      refresh(now);
      const month = period.length === 7;
      const from = month ? `${period}-01` : period;
      const to = month ? `${period}-31` : period;
      return usageReport(period, store.usage(from, to), store.days(from, to));
    },

    tidy(now) {
      const { until } = refresh(now);
      minute(now);
      prune(now);
      const last = store.newestDay();
      const firstClosed = store.firstClosed();
      const next = [
        until,
        firstClosed === undefined ? undefined : firstClosed + KEEP_CLOSED_MS + 1,
        last === undefined ? undefined : dayStart(last.day) + DAY_MS * (1 + last.keepDays),
      ].filter((at) => at !== undefined);
      return next.length === 0 ? undefined : Math.min(...next);
    },
  };
}

const byMinute = (limits: LedgerLimits) =>
  limits.requestsPerMinute !== undefined || limits.tokensPerMinute !== undefined;

const valid = (value: unknown, most: number) => (isAmount(value, most) ? value : 0);

function usedOf({ tokensIn, tokensOut, micros }: Used): Used {
  return { tokensIn, tokensOut, micros };
}
