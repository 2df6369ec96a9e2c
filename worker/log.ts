// The one line a request leaves behind: ids, counts, statuses and timings. There is no field for
// content, headers, addresses or text that a caller or an upstream wrote, so none can be logged.
import type { Caller } from "./authenticate.ts";
import type { LimitName } from "./ledger.ts";
import type { Usage } from "./meter.ts";
import type { Platform } from "./platform.ts";
import type { Reason } from "./refusals.ts";
import type { StreamOutcome } from "./relay.ts";

export interface LogEntry {
  event: "request";
  request_id: string;
  /** The route's pattern, or "unknown". */
  route: string;
  status: number;
  /** refused: before the upstream gave a usable answer. */
  outcome: StreamOutcome | "refused" | "failed";
  duration_ms: number;
  reason?: Reason;
  /** Hash of the session or of the key's name. */
  caller?: string;
  caller_kind?: Caller["kind"];
  /** Of the policy, by its name in the configuration. */
  group?: string | undefined;
  model?: string | undefined;
  upstream?: string;
  upstream_status?: number;
  /** Upstreams that were called, if not one: 0 when all of them rest. */
  attempts?: number;
  /** Objects of the caller that an answer named and that are now remembered. */
  remembered?: number;
  /** Class of a network failure or of a bug. */
  failure?: string;
  /** For how long the upstream wants to be left alone. */
  rest_ms?: number;
  /** The connection to the upstream was never made. */
  unsent?: true;
  stream?: boolean;
  headers_ms?: number;
  bytes?: number;
  events?: number;
  finish_reason?: string | undefined;
  usage?: Usage;
  /** The caller's budget ended inside the stream. */
  budget_ended?: true;
  /** Tokens used beyond what was held: already spent, so the caller's next call meets less. */
  over_tokens?: number;
  /** The limit that refused it. */
  limit?: LimitName;
}

/** `platform`: for what goes on after the answer. */
export type Log = (entry: LogEntry, platform?: Platform) => void;

export const logToConsole: Log = (entry) => {
  (entry.status >= 500 ? console.error : console.log)(JSON.stringify(entry));
};
