// What a ledger remembers, as rows: calls under way, calls that ended, what came in each second, what each day has
// committed, and usage by day and model. Two forms keep them: maps (ledger-memory.ts) and SQLite (ledger-sql.ts). Every
// step is synchronous, so a question to the ledger can be one step, too.
import type { LedgerLimits, Used } from "./ledger.ts";
import type { Second } from "./ledger-room.ts";

/** A call under way, with what is held for it. */
export interface LiveCall extends Used {
  readonly id: string;
  readonly model: string;
  readonly stream: boolean;
  /** When it was admitted; decides the second, the day and the month it counts in, whenever it is settled. */
  readonly admitted: number;
  readonly leaseMs: number;
  /** When its lease ends. */
  readonly until: number;
  readonly limits: LedgerLimits;
}

/** A call that has ended, with what it was charged. Kept for a while, so that a late or second settlement finds it. */
export interface ClosedCall extends Used {
  readonly id: string;
  readonly model: string;
  readonly admitted: number;
  readonly how: "settled" | "expired" | "released";
  readonly closed: number;
}

export interface LiveSummary {
  readonly calls: number;
  readonly streams: number;
  /** When the first lease ends, of all and of streams. */
  readonly until: number | undefined;
  readonly streamUntil: number | undefined;
  /** The latest moment at which one was admitted or gave a sign of life. */
  readonly seen: number;
}

/** What a day's budget has committed: what was used and what is held, and how much of that is held. */
export interface Day {
  readonly day: string;
  readonly tokens: number;
  readonly micros: number;
  readonly heldTokens: number;
  readonly heldMicros: number;
}

/** Usage of ended calls. */
export interface UsageRow extends Used {
  readonly day: string;
  readonly model: string;
  readonly requests: number;
}

export interface LedgerStore {
  live(id: string): LiveCall | undefined;
  /** Adds it, or writes it anew. */
  putLive(call: LiveCall): void;
  removeLive(id: string): void;
  summary(): LiveSummary;
  /** Calls whose lease has ended. */
  ended(now: number): LiveCall[];
  /** No lease may end later than its length from now: after a clock that was wrong. */
  shortenLeases(now: number): void;

  closed(id: string): ClosedCall | undefined;
  putClosed(call: ClosedCall): void;
  /** Forgets those that ended before this moment, and all but the newest `most`. */
  pruneClosed(before: number, most: number): void;
  firstClosed(): number | undefined;

  /** From this one on, in order. */
  seconds(from: number): Second[];
  addSecond(second: number, requests: number, tokens: number): void;
  /** Changes one that is still there, and never below 0. */
  correctSecond(second: number, requests: number, tokens: number): void;
  /** Forgets seconds before this one. */
  pruneSeconds(before: number): void;
  /** Everything after this second came in it: after a clock that was wrong. */
  moveSeconds(to: number): void;

  /** The sum of the days from one to another, both included. */
  days(from: string, to: string): Omit<Day, "day">;
  addDay(change: Day, keepDays?: number): void;
  /** The newest day that was written, and how long it asked to be kept. */
  newestDay(): { readonly day: string; readonly keepDays: number } | undefined;

  /** By day and model. */
  usage(from: string, to: string): UsageRow[];
  addUsage(change: UsageRow): void;
  /** Forgets days, and their usage, before this one. */
  pruneDays(before: string): void;
}
