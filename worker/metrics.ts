// What an operator watches: counters and histograms of the log's own entries, as Prometheus text. Labels come from the
// configuration and from tables of this code; nothing that a caller wrote is one, and no caller is. Of one isolate:
// Cloudflare runs many, so sums over all of them are the business of the log's sinks.
import type { LogEntry } from "./log.ts";

/** Series of one metric. What comes later is counted under `other`, so that memory and pages stay bounded. */
const MAX_SERIES = 1000;
const OTHER = "other";
/** Seconds. Answers of models take from milliseconds (refused here) to minutes. */
const SECONDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;

type Labels = Readonly<Record<string, string | number | undefined>>;

interface Family {
  add(labels: Labels, value?: number): void;
  text(): string;
}

/** One line of a gauge, for what is only known when it is asked for. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly series: readonly { readonly labels: Labels; readonly value: number }[];
}

export interface Metrics {
  observe(entry: LogEntry): void;
  /** An export of log lines by a sink. */
  exported(sink: string, result: "sent" | "failed" | "dropped", lines: number): void;
  /** The page that Prometheus reads. */
  text(gauges?: readonly Gauge[]): string;
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function createMetrics(maxSeries = MAX_SERIES): Metrics {
  const families: Family[] = [];
  const counter = (name: string, help: string) => keep(createCounter(name, help, maxSeries));
  const histogram = (name: string, help: string) => keep(createHistogram(name, help, maxSeries));
  function keep(family: Family): Family {
    families.push(family);
    return family;
  }

  const requests = counter("latchkey_requests_total", "Requests by how they ended.");
  const refused = counter("latchkey_refusals_total", "Refusals by inner reason.");
  const duration = histogram("latchkey_request_duration_seconds", "From the request to the last byte.");
  const upstream = histogram(
    "latchkey_upstream_headers_seconds",
    "From the request to the upstream's headers.",
  );
  const tokens = counter("latchkey_tokens_total", "Tokens as they were counted for callers.");
  const bytes = counter("latchkey_answer_bytes_total", "Bytes of answers that were passed on.");
  const exports = counter("latchkey_log_lines_total", "Log lines by sink and fate.");

  return {
    observe(entry) {
      const { route, status, outcome, reason, model, usage } = entry;
      requests.add({ route, status, model, outcome });
      if (reason !== undefined) refused.add({ reason });
      duration.add({ route, model }, entry.duration_ms / 1000);
      if (entry.headers_ms !== undefined) {
        upstream.add({ upstream: entry.upstream, model }, entry.headers_ms / 1000);
      }
      const estimated = String(usage?.estimated ?? false);
      if (usage?.prompt_tokens) tokens.add({ model, kind: "prompt", estimated }, usage.prompt_tokens);
      if (usage?.completion_tokens) {
        tokens.add({ model, kind: "completion", estimated }, usage.completion_tokens);
      }
      if (entry.bytes) bytes.add({ route, model }, entry.bytes);
    },
    exported: (sink, result, lines) => exports.add({ sink, result }, lines),
    text: (gauges = []) => [...families.map((family) => family.text()), ...gauges.map(gaugeText)].join(""),
  };
}

/** Values by labels, with an end. */
function createSeries<S>(most: number, make: () => S) {
  const all = new Map<string, S>();
  return {
    of(labels: Labels): S {
      const wanted = spell(labels);
      const key =
        all.has(wanted) || all.size < most
          ? wanted
          : spell(Object.fromEntries(Object.keys(labels).map((name) => [name, OTHER])));
      const found = all.get(key) ?? make();
      all.set(key, found);
      return found;
    },
    entries: () => all.entries(),
  };
}

function createCounter(name: string, help: string, most: number): Family {
  const series = createSeries(most, () => ({ value: 0 }));
  return {
    add(labels, value = 1) {
      series.of(labels).value += value;
    },
    text: () =>
      head(name, help, "counter") +
      [...series.entries()].map(([labels, { value }]) => line(name, labels, value)).join(""),
  };
}

function createHistogram(name: string, help: string, most: number): Family {
  const series = createSeries(most, () => ({ counts: SECONDS.map(() => 0), count: 0, sum: 0 }));
  return {
    add(labels, value = 0) {
      const one = series.of(labels);
      one.count += 1;
      one.sum += value;
      const at = SECONDS.findIndex((bound) => value <= bound);
      if (at >= 0) one.counts[at]! += 1;
    },
    text: () =>
      head(name, help, "histogram") +
      [...series.entries()].map(([labels, one]) => histogramText(name, labels, one)).join(""),
  };
}

function histogramText(
  name: string,
  labels: string,
  { counts, count, sum }: { counts: readonly number[]; count: number; sum: number },
): string {
  let upTo = 0;
  const buckets = counts.map((one, index) => {
    upTo += one;
    return line(`${name}_bucket`, join(labels, `le="${SECONDS[index]}"`), upTo);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, join(labels, 'le="+Inf"'), count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ].join("");
}

function gaugeText({ name, help, series }: Gauge): string {
  return (
    head(name, help, "gauge") + series.map(({ labels, value }) => line(name, spell(labels), value)).join("")
  );
}

const join = (labels: string, one: string) => (labels === "" ? one : `${labels},${one}`);
const head = (name: string, help: string, type: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
const line = (name: string, labels: string, value: number) =>
  `${name}${labels === "" ? "" : `{${labels}}`} ${value}\n`;

function spell(labels: Labels): string {
  let text = "";
  for (const name in labels) {
    const value = labels[name];
    if (value === undefined) continue;
    text += `${text === "" ? "" : ","}${name}="${quoted(String(value))}"`;
  }
  return text;
}

/** Nearly all values. */
const PLAIN = /^[\w ./:@{}-]{0,200}$/;

function quoted(value: string): string {
  if (PLAIN.test(value)) return value;
  // Not JSON's rules: Prometheus knows three escapes, and nothing else may break a line.
  return value
    .slice(0, 200)
    .replace(/[^\P{Cc}\n]|[\u2028\u2029]/gu, "?")
    .replace(/\\/g, "\\\\")
    .replace(/"/g, '\\"')
    .replace(/\n/g, "\\n");
}
