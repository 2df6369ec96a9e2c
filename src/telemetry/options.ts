/** What telemetry is asked for, and what comes of it: types that need no package of OpenTelemetry. */
import type { StartTrace } from "../http/trace.ts";

/** The semantic conventions by which spans are named: by the version of OpenTelemetry's that has them. */
export type Conventions = "1.41" | "1.30";

/** As much of a tracer provider as is asked of one; those of OpenTelemetry's SDKs fit. */
export interface AnyTracerProvider {
  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): object;
  forceFlush?(): Promise<void>;
}

/** Options of {@link enableTelemetry}. */
export interface TelemetryOptions {
  /**
   * Where spans go: `"console"`, or the URL of a collector that takes OTLP over HTTP, as `"http://localhost:4318"`; a
   * URL without a path gets `/v1/traces`. Default: where the application's own tracer provider sends them.
   */
  destination?: "console" | (string & {}) | URL | undefined;
  /** More headers for the collector, as its key. */
  headers?: Record<string, string> | undefined;
  /** The provider to use in place of the global one. Not together with `destination`. */
  tracerProvider?: AnyTracerProvider | undefined;
  /**
   * Records what is said: prompts, answers, arguments and results of tools, messages of errors. Default false: no span,
   * event or metric holds any of it.
   */
  recordContent?: boolean | undefined;
  /**
   * Names and places of what is recorded: `"1.41"` (`gen_ai.provider.name`, content as attributes), or `"1.30"` as the
   * Azure SDKs of that time do (`gen_ai.system`, content as events). Default `"1.41"`.
   */
  conventions?: Conventions | undefined;
  /**
   * Sends `traceparent` with each call, so that the service's spans join the caller's. Never to another origin than the
   * client's. Default false: in a browser the header needs the server's consent.
   */
  propagate?: boolean | undefined;
}

/** Telemetry that is on. */
export interface Telemetry {
  /** Give it to any client of the package, and to `runTools`, as `trace`. */
  readonly trace: StartTrace;
  /** Waits until what has ended is delivered. Rejects with what the exporter said, if it said no. */
  flush(): Promise<void>;
  /**
   * Ends the tracing: what has ended is delivered, and a provider that was made here is given up. A provider of the
   * application's is left as it is. Never rejects.
   */
  shutdown(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
