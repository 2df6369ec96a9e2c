// What is known about one request while it is on its way, and the surroundings that every step may use.
import type { Caller } from "./authenticate.ts";
import type { Config } from "./config.ts";
import type { Fetch } from "./forward.ts";
import type { Log, LogEntry } from "./log.ts";
import type { OwnershipOf } from "./ownership.ts";
import type { Platform } from "./platform.ts";
import type { Envelope } from "./respond.ts";
import type { TokenSource } from "./token.ts";

export interface Exchange extends Envelope {
  readonly request: Request;
  readonly platform: Platform | undefined;
  readonly started: number;
  readonly entry: LogEntry;
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
  /** Of the upstreams that take tokens, by name. */
  readonly tokens: ReadonlyMap<string, TokenSource>;
}

export function report(
  { log, now }: Pick<Surroundings, "log" | "now">,
  { entry, started }: Exchange,
  status: number,
  more: Partial<LogEntry>,
): void {
  const line: LogEntry = { ...entry, ...more, status, duration_ms: now() - started };
  // Called at once; a log that fails, now or later, is no reason to fail the caller.
  (async () => log(line))().catch(() => {});
}
