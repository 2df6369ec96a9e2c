// Cloudflare variables and bindings -> where log lines go: always the console, and what else is given.
import { ConfigError } from "./config.ts";
import type { Env } from "./env.ts";
import { logToConsole } from "./log.ts";
import { logToOtlp } from "./log-otlp.ts";
import { allOf, logToAnalytics, type Sink } from "./log-sinks.ts";
import type { Metrics } from "./metrics.ts";
import { upstreamUrlProblem } from "./upstream-url.ts";

/** Throws `ConfigError` when the collector's address or headers can't be used. */
export function logSinks({ ANALYTICS, OTLP_LOGS_URL, OTLP_HEADERS }: Env, metrics: Metrics): Sink {
  const url = OTLP_LOGS_URL?.trim();
  const sinks: Sink[] = [logToConsole];
  if (ANALYTICS !== undefined) sinks.push(logToAnalytics(ANALYTICS));
  if (url) {
    const problem = upstreamUrlProblem(url);
    if (problem !== undefined) throw new ConfigError([{ option: "OTLP_LOGS_URL", message: problem }]);
    const onResult = (result: "sent" | "failed" | "dropped", lines: number) =>
      metrics.exported("otlp", result, lines);
    sinks.push(logToOtlp({ url, headers: headersOf(OTLP_HEADERS), onResult }));
  }
  return sinks.length === 1 ? logToConsole : allOf(...sinks);
}

/** `name=value` with commas between, as OTEL_EXPORTER_OTLP_HEADERS has it: values are percent-encoded. */
function headersOf(text = ""): Record<string, string> {
  const headers = new Headers();
  for (const item of text.split(",").filter((one) => one.trim() !== "")) {
    const at = item.indexOf("=");
    try {
      if (at < 1) throw new TypeError("No name.");
      headers.set(item.slice(0, at).trim(), decodeURIComponent(item.slice(at + 1).trim()));
    } catch {
      // The platform's own message would quote the value.
      throw new ConfigError([{ option: "OTLP_HEADERS", message: "must be name=value, with commas between" }]);
    }
  }
  return Object.fromEntries(headers);
}
