// The one line a request leaves behind: ids, counts, statuses and timings. There is no field for
// content, headers, addresses or text that a caller or an upstream wrote, so none can be logged.
import type { Caller } from "./authenticate.ts";
import type { Usage } from "./meter.ts";
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
  model?: string | undefined;
  upstream?: string;
  upstream_status?: number;
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
}

export type Log = (entry: LogEntry) => void;

export const logToConsole: Log = (entry) => {
  (entry.status >= 500 ? console.error : console.log)(JSON.stringify(entry));
};
