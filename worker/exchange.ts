// What is known about one request while it is on its way, and the surroundings that every step may use.
import type { Caller } from "./authenticate.ts";
import type { Config } from "./config.ts";
import type { Fetch } from "./forward.ts";
import type { LedgerOf } from "./ledger.ts";
import type { Log, LogEntry } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { OwnershipOf } from "./ownership.ts";
import type { Platform } from "./platform.ts";
import type { Envelope } from "./respond.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { Timings } from "./server-timing.ts";
import type { TokenSource } from "./token.ts";
import type { Health } from "./upstream-choice.ts";

export interface Exchange extends Envelope {
  readonly request: Request;
  readonly platform: Platform | undefined;
  readonly started: number;
  readonly entry: LogEntry;
  readonly timings: Timings;
  /** Called once, when the answer has ended in whatever way. */
  ended?: () => Promise<unknown>;
}

/** An exchange whose caller is known and whose address has been parsed. */
export interface Visit extends Exchange {
  readonly url: URL;
  readonly caller: Caller;
}

export interface Surroundings {
  readonly config: Config;
  readonly fetch: Fetch;
  /** Is `fetch` the runtime's own? Then streams may be passed natively. */
  readonly native: boolean;
  readonly now: () => number;
  readonly log: Log;
  readonly ownershipOf: OwnershipOf;
  /** Asked only for callers with limits. */
  readonly ledgerOf: LedgerOf;
  /** Of the upstreams that take tokens, by name. */
  readonly tokens: ReadonlyMap<string, TokenSource>;
  /** Which upstreams rest, as this isolate has learnt. */
  readonly health: Health;
  readonly budget: RetryBudget;
  readonly random: () => number;
  readonly metrics: Metrics;
}

export function report(
  { log, now, metrics }: Pick<Surroundings, "log" | "now" | "metrics">,
  { entry, started, platform, ended }: Exchange,
  status: number,
  more: Partial<LogEntry>,
): void {
  // What can't be given back runs out by itself.
  const over = ended?.().catch(() => {});
  if (over !== undefined) platform?.waitUntil(over);
  const line: LogEntry = { ...entry, ...more, status, duration_ms: now() - started };
  // Called at once; a log that fails, now or later, is no reason to fail the caller.
  (async () => log(line, platform))().catch(() => {});
  metrics.observe(line);
}
