/** The seam where tracing hangs on: one object per call, told how the call ended. No tracer, no work. */
import type { Operation } from "./request.ts";

/** What a trace is told at the end of a call; for a stream that is when the stream ends. */
export interface TraceEnd {
  status: number | undefined;
  requestId: string | undefined;
  /** Retries that were needed. */
  retries: number;
  /** The parsed answer; for a stream what was assembled. */
  result?: unknown;
  /** What the caller was thrown. */
  error?: unknown;
}

/** One call being observed. */
export interface Trace {
  /** More request headers, as `traceparent`. */
  headers?: Record<string, string>;
  end(outcome: TraceEnd): void;
}

/** Called at the start of each call, with the operation about to be sent. Its body holds the prompt. */
export type StartTrace = (operation: Readonly<Operation>) => Trace | undefined;
