// Ledgers in this process's memory, for development: one process, one count, and everything is forgotten when it ends,
// so a budget begins anew with each start. On Cloudflare ledger-object.ts takes its place.
import type { Ledger, LedgerOf } from "./ledger.ts";
import { type Book, createBook } from "./ledger-book.ts";
import type { Second } from "./ledger-room.ts";
import type { ClosedCall, Day, LedgerStore, LiveCall, UsageRow } from "./ledger-store.ts";

/** Callers remembered at most; the one longest unseen goes first, so memory stays bounded. */
const MAX_PRINCIPALS = 10_000;

export interface MemoryLedgerOptions {
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** Told once, when the first ledger is made. Default: a warning on the console. */
  readonly warn?: (text: string) => void;
}

/**
 * Ledgers for development in one process. There is no alarm: leases are ended at the next question to the ledger, which
 * is when it matters.
 */
export function createMemoryLedger(options: MemoryLedgerOptions = {}): LedgerOf {
  const { now = Date.now, warn = (text) => console.warn(text) } = options;
  const books = new Map<string, Book>();
  let warned = false;
  const bookOf = (principal: string): Book => {
    const book = books.get(principal) ?? createBook(createMemoryStore());
    books.delete(principal);
    books.set(principal, book);
    if (books.size > MAX_PRINCIPALS) books.delete(books.keys().next().value!);
    return book;
  };
  return (principal) => {
    if (!warned) {
      warn("latchkey: limits and budgets are counted in this process's memory and forgotten when it ends.");
      warned = true;
    }
    return ledgerOn(() => bookOf(principal), now);
  };
}

/** The questions of `Ledger`, answered by a book of this process. */
function ledgerOn(book: () => Book, now: () => number): Ledger {
  return {
    reserve: async (reservation) => book().reserve(reservation, now()),
    report: async (id, used, more) => book().report(id, used, more, now()),
    settle: async (id, used) => book().settle(id, used, now()),
    release: async (id, { uncount = false } = {}) => book().release(id, uncount, now()),
    usage: async (period) => book().usage(period, now()),
  };
}

const EMPTY: Omit<Day, "day"> = { tokens: 0, micros: 0, heldTokens: 0, heldMicros: 0 };

export function createMemoryStore(): LedgerStore {
  const live = new Map<string, LiveCall>();
  const closed = new Map<string, ClosedCall>();
  let seconds = new Map<number, Second>();
  const days = new Map<string, Omit<Day, "day"> & { keepDays: number }>();
  const usage = new Map<string, UsageRow>();
  const least = (values: readonly number[]) => (values.length === 0 ? undefined : Math.min(...values));
  const addSecond = (second: number, requests: number, tokens: number) => {
    const old = seconds.get(second);
    seconds.set(second, {
      second,
      requests: Math.max(0, (old?.requests ?? 0) + requests),
      tokens: Math.max(0, (old?.tokens ?? 0) + tokens),
    });
  };
  return {
    live: (id) => live.get(id),
    putLive: (call) => void live.set(call.id, call),
    removeLive: (id) => void live.delete(id),
    summary() {
      const calls = [...live.values()];
      const streams = calls.filter(({ stream }) => stream);
      return {
        calls: calls.length,
        streams: streams.length,
        until: least(calls.map(({ until }) => until)),
        streamUntil: least(streams.map(({ until }) => until)),
        seen: calls.reduce((latest, { until, leaseMs }) => Math.max(latest, until - leaseMs), 0),
      };
    },
    ended: (now) => [...live.values()].filter(({ until }) => until <= now),
    shortenLeases(now) {
      for (const call of live.values()) {
        live.set(call.id, { ...call, until: Math.min(call.until, now + call.leaseMs) });
      }
    },

    closed: (id) => closed.get(id),
    putClosed(call) {
      closed.delete(call.id); // so that the order is the order of closing
      closed.set(call.id, call);
    },
    pruneClosed(before, most) {
      for (const [id, call] of closed) {
        if (call.closed < before || closed.size > most) closed.delete(id);
      }
    },
    firstClosed: () => least([...closed.values()].map((call) => call.closed)),

    seconds: (from) =>
      [...seconds.values()].filter(({ second }) => second >= from).sort((a, b) => a.second - b.second),
    addSecond,
    correctSecond(second, requests, tokens) {
      if (seconds.has(second)) addSecond(second, requests, tokens);
    },
    pruneSeconds(before) {
      for (const second of seconds.keys()) if (second < before) seconds.delete(second);
    },
    moveSeconds(to) {
      const old = seconds;
      seconds = new Map();
      for (const { second, requests, tokens } of old.values()) {
        addSecond(Math.min(second, to), requests, tokens);
      }
    },

    days(from, to) {
      const sum = { ...EMPTY };
      for (const [day, one] of days) {
        if (day < from || day > to) continue;
        for (const member of Object.keys(EMPTY) as (keyof typeof EMPTY)[]) sum[member] += one[member];
      }
      return sum;
    },
    addDay({ day, ...change }, keepDays) {
      const old = days.get(day) ?? { ...EMPTY, keepDays: 0 };
      days.set(day, {
        tokens: old.tokens + change.tokens,
        micros: old.micros + change.micros,
        heldTokens: old.heldTokens + change.heldTokens,
        heldMicros: old.heldMicros + change.heldMicros,
        keepDays: keepDays ?? old.keepDays,
      });
    },
    newestDay() {
      const day = [...days.keys()].sort().at(-1);
      return day === undefined ? undefined : { day, keepDays: days.get(day)!.keepDays };
    },

    usage: (from, to) => [...usage.values()].filter(({ day }) => day >= from && day <= to),
    addUsage(change) {
      const key = `${change.day} ${change.model}`;
      const old = usage.get(key);
      const sum = {
        ...change,
        requests: change.requests + (old?.requests ?? 0),
        tokensIn: change.tokensIn + (old?.tokensIn ?? 0),
        tokensOut: change.tokensOut + (old?.tokensOut ?? 0),
        micros: change.micros + (old?.micros ?? 0),
      };
      usage.set(key, sum);
    },
    pruneDays(before) {
      for (const day of days.keys()) if (day < before) days.delete(day);
      for (const [key, { day }] of usage) if (day < before) usage.delete(key);
    },
  };
}
