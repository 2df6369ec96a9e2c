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
  /** More request headers, as `traceparent`. They go where the credential may go, and nowhere else. */
  headers?: Record<string, string>;
  /** Told when the first value of a stream is there. */
  onFirst?(): void;
  end(outcome: TraceEnd): void;
}

/** Observes calls, for tracing; an error that it throws is swallowed. */
export interface StartTrace {
  /** Called at the start of each call, with the operation about to be sent. Its body holds the prompt. */
  (operation: Readonly<Operation>): Trace | undefined;
  /** Called before a tool runs, by what runs tools. */
  tool?: StartToolTrace | undefined;
}

/** A tool that is about to run. The name is that of an existing tool; the arguments are as the model wrote them. */
export interface TracedTool {
  name: string;
  description?: string | undefined;
  callId: string;
  arguments: string;
}

/** One run of a tool being observed. */
export interface ToolTrace {
  /** Calls `work` where what it traces becomes a part of this one. */
  run?(work: () => void): void;
  /** @param outcome what the model is told, and why the tool failed if it did. */
  end(outcome: { output: string; error?: unknown }): void;
}

/** See {@link StartTrace.tool}. */
export type StartToolTrace = (tool: TracedTool) => ToolTrace | undefined;

/** A tracer that throws doesn't break the call. */
export function traced<T>(tell: () => T): T | undefined {
  try {
    return tell();
  } catch {
    return undefined;
  }
}
