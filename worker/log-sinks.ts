// Where log lines go beside the console: several sinks at once, and Workers Analytics Engine. OTLP is in log-otlp.ts.
import type { LogEntry } from "./log.ts";
import type { Platform } from "./platform.ts";

/** Gets one entry per request. What it starts may go on after the answer, by `waitUntil`. */
export type Sink = (entry: LogEntry, platform?: Platform) => void;

/** All of them, whatever becomes of the others. */
export function allOf(...sinks: readonly Sink[]): Sink {
  return (entry, platform) => {
    for (const sink of sinks) {
      // A sink that fails, now or later, is no reason for the next one to miss the line.
      (async () => sink(entry, platform))().catch(() => {});
    }
  };
}

/** The binding, declared narrowly. */
export interface AnalyticsDataset {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}

/** Longest index that the service takes, in bytes. Names of models are ASCII. */
const MAX_INDEX = 96;

/**
 * One data point per request in Workers Analytics Engine, which counts over all isolates. `index1`: the model, by which
 * it samples. `blob1` to `blob10`: route, outcome, model, upstream, reason, caller's hash, kind of caller, finish reason,
 * request id, group of the policy. `double1` to `double9`: status, duration, headers, bytes, events, prompt and completion tokens, 1 if these
 * are estimated, the upstream's status.
 */
export function logToAnalytics(dataset: AnalyticsDataset): Sink {
  return (entry) =>
    dataset.writeDataPoint({
      indexes: [(entry.model ?? "none").slice(0, MAX_INDEX)],
      blobs: [
        entry.route,
        entry.outcome,
        entry.model ?? "",
        entry.upstream ?? "",
        entry.reason ?? "",
        entry.caller ?? "",
        entry.caller_kind ?? "",
        entry.finish_reason ?? "",
        entry.request_id,
        entry.group ?? "",
      ],
      doubles: [
        entry.status,
        entry.duration_ms,
        entry.headers_ms ?? 0,
        entry.bytes ?? 0,
        entry.events ?? 0,
        entry.usage?.prompt_tokens ?? 0,
        entry.usage?.completion_tokens ?? 0,
        entry.usage?.estimated ? 1 : 0,
        entry.upstream_status ?? 0,
      ],
    });
}
