// What operators see: metrics with bounded labels, guarded routes, readiness, Server-Timing, and sinks that can fail.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../keys.ts";
import type { LogEntry } from "../log.ts";
import { logToOtlp, type OtlpOptions } from "../log-otlp.ts";
import { type AnalyticsDataset, allOf, logToAnalytics } from "../log-sinks.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { answerOperator, type OperatorView } from "../operator.ts";
import { createRetryBudget } from "../retry-budget.ts";
import { createTimings } from "../server-timing.ts";
import { createHealth, type Place } from "../upstream-choice.ts";

const entry: LogEntry = {
  event: "request",
  request_id: "id-1",
  route: "/v1/chat/completions",
  status: 200,
  outcome: "complete",
  duration_ms: 1234,
  headers_ms: 200,
  model: "gpt",
  upstream: "default",
  caller: "hash-canary",
  bytes: 10,
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
};

/** Reads the text as Prometheus does: name, labels, value. */
function read(metrics: Metrics) {
  return metrics
    .text()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (match === null) throw new Error(`Not a line of Prometheus: ${line}`);
      return { name: match[1]!, labels: match[2] ?? "", value: Number(match[3]) };
    });
}

describe("metrics", () => {
  test("a request is counted where it belongs", () => {
    const metrics = createMetrics();
    metrics.observe(entry);
    metrics.observe({ ...entry, status: 429, outcome: "refused", reason: "upstream_rate_limited" });
    const lines = read(metrics);
    const value = (name: string, labels: string) =>
      lines.find((line) => line.name === name && line.labels === labels)?.value;
    const route = 'route="/v1/chat/completions"';
    expect(value("latchkey_requests_total", `${route},status="200",model="gpt",outcome="complete"`)).toBe(1);
    expect(value("latchkey_refusals_total", 'reason="upstream_rate_limited"')).toBe(1);
    expect(value("latchkey_tokens_total", 'model="gpt",kind="completion",estimated="false"')).toBe(8);
    expect(value("latchkey_request_duration_seconds_bucket", `${route},model="gpt",le="1"`)).toBe(0);
    expect(value("latchkey_request_duration_seconds_bucket", `${route},model="gpt",le="2.5"`)).toBe(2);
    expect(value("latchkey_request_duration_seconds_bucket", `${route},model="gpt",le="+Inf"`)).toBe(2);
    expect(value("latchkey_request_duration_seconds_sum", `${route},model="gpt"`)).toBeCloseTo(2.468);
    expect(value("latchkey_upstream_headers_seconds_count", 'upstream="default",model="gpt"')).toBe(2);
  });

  test("H07 no caller, request id or address is a label", () => {
    const metrics = createMetrics();
    metrics.observe(entry);
    expect(metrics.text()).not.toMatch(/hash-canary|id-1/);
  });

  test("P5 I12 labels without end make no series without end, and no count is lost", () => {
    const metrics = createMetrics(50);
    for (let i = 0; i < 5000; i += 1) metrics.observe({ ...entry, model: `m${i}` });
    const counts = read(metrics).filter(({ name }) => name === "latchkey_requests_total");
    expect(counts.length).toBeLessThanOrEqual(51);
    expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(5000);
    expect(counts.at(-1)!.labels).toContain('model="other"');
  });

  test("property: any text in a label is still one line of Prometheus", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (model) => {
        const metrics = createMetrics();
        metrics.observe({ ...entry, model: `${model}"} x 1\n` });
        expect(read(metrics).filter(({ name }) => name === "latchkey_requests_total")).toHaveLength(1);
      }),
    );
  });
});

const place = (name: string): Place => ({ upstream: { name }, deployment: "d", priority: 1, weight: 1 });
const KEY = "lk_operator-key-canary";

async function view(change: Partial<OperatorView> = {}): Promise<OperatorView> {
  return {
    keys: [{ name: "ops", sha256: await sha256(KEY) }],
    metrics: createMetrics(),
    health: createHealth(
      () => 0,
      () => 0,
    ),
    budget: createRetryBudget(),
    models: [{ name: "gpt", places: [place("a"), place("b")] }],
    ...change,
  };
}
const bearer = (key: string) => new Headers({ authorization: `Bearer ${key}` });

describe("operator routes", () => {
  test("anybody learns that it is alive, and nothing else", async () => {
    const reply = await answerOperator("health", new Headers(), await view());
    expect(reply).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  });

  const strangers: [string, Headers, Partial<OperatorView>?][] = [
    ["no key", new Headers()],
    ["a wrong key", bearer("lk_wrong")],
    ["the key with one more character", bearer(`${KEY}x`)],
    ["the key in api-key", new Headers({ "api-key": KEY })],
    ["another scheme", new Headers({ authorization: `Basic ${KEY}` })],
    ["a key when none is configured", bearer(KEY), { keys: [] }],
    ["E15 a megabyte", bearer("k".repeat(1 << 20))],
  ];
  for (const [name, headers, change] of strangers) {
    test(`F19 ${name}: the routes don't exist`, async () => {
      for (const route of ["metrics", "upstreams"] as const) {
        expect(await answerOperator(route, headers, await view(change))).toMatchObject({
          ok: false,
          reason: "route_unknown",
        });
      }
    });
  }

  test("an operator reads metrics and upstreams", async () => {
    const given = await view();
    given.metrics.observe(entry);
    given.health.begin(place("a"), 10)!.end("busy", 0, 5000);
    const metrics = await answerOperator("metrics", bearer(KEY), given);
    expect(metrics).toMatchObject({
      status: 200,
      headers: { "content-type": /^text\/plain; version=0.0.4/ },
    });
    const { body } = metrics as { body: string };
    expect(body).toContain('latchkey_upstream_resting{upstream="a",deployment="d"} 1\n');
    expect(body).toContain('latchkey_upstream_wait_seconds{upstream="a",deployment="d"} 5\n');
    const upstreams = (await answerOperator("upstreams", bearer(KEY), given)) as {
      status: number;
      body: string;
    };
    expect(upstreams.status).toBe(200);
    expect(JSON.parse(upstreams.body)).toMatchObject({
      ready: true,
      retries_left: 10,
      models: [
        {
          model: "gpt",
          ready: true,
          places: [
            { upstream: "a", state: "open", why: "busy", wait_ms: 5000 },
            { upstream: "b", state: "closed" },
          ],
        },
      ],
    });
  });

  test("not ready while a model has no place left", async () => {
    const given = await view();
    for (const name of ["a", "b"]) given.health.begin(place(name), 10)!.end("busy", 0, 5000);
    expect(await answerOperator("upstreams", bearer(KEY), given)).toMatchObject({ status: 503 });
  });
});

describe("Server-Timing", () => {
  test("steps in their order, whole milliseconds, added up", () => {
    let clock = 100;
    const timings = createTimings(() => clock, 100);
    expect(timings.header()).toBeUndefined();
    for (const [step, ms] of [
      ["auth", 2.4],
      ["queue", 1],
      ["upstream", 300],
      ["upstream", 45],
      ["auth", -9],
    ] as const) {
      clock += ms;
      timings.mark(step);
    }
    expect(timings.header()).toBe("auth;dur=2, queue;dur=1, upstream;dur=345");
  });
});

describe("sinks", () => {
  test("H04 one that fails takes nothing from the others", async () => {
    const got: LogEntry[] = [];
    const sink = allOf(
      () => {
        throw new Error("sink");
      },
      (one) => got.push(one),
    );
    sink(entry);
    await Promise.resolve();
    expect(got).toEqual([entry]);
  });

  test("Analytics Engine: within its limits, whatever is missing", () => {
    const points: Parameters<AnalyticsDataset["writeDataPoint"]>[0][] = [];
    const sink = logToAnalytics({ writeDataPoint: (point) => void points.push(point) });
    sink(entry);
    const { model: _, usage: _u, ...bare } = entry;
    sink({ ...bare, route: "unknown" });
    sink({ ...entry, model: "m".repeat(128) });
    for (const { indexes, blobs, doubles } of points) {
      expect(indexes).toHaveLength(1);
      expect(indexes[0]!.length).toBeLessThanOrEqual(96);
      expect(blobs).toHaveLength(10);
      expect(doubles).toHaveLength(9);
      expect(blobs.every((blob) => typeof blob === "string")).toBe(true);
      expect(doubles.every(Number.isFinite)).toBe(true);
    }
    expect(points[0]!.doubles).toEqual([200, 1234, 200, 10, 0, 3, 4, 0, 0]);
  });

  function collector(change: Partial<OtlpOptions> = {}, answer = () => new Response("{}")) {
    const requests: { url: string; init: RequestInit }[] = [];
    const results: [string, number][] = [];
    const pending: Promise<unknown>[] = [];
    const sink = logToOtlp({
      url: "https://otlp.example.com/v1/logs",
      headers: { authorization: "Basic canary" },
      delayMs: 10,
      now: () => 1_700_000_000_123,
      fetch: async (url, init) => {
        requests.push({ url, init });
        return answer();
      },
      onResult: (...result) => results.push(result),
      ...change,
    });
    return {
      requests,
      results,
      pending,
      log: (one: LogEntry) => sink(one, { waitUntil: (promise) => void pending.push(promise) }),
      settled: () => Promise.all(pending),
    };
  }
  const records = ({ init }: { init: RequestInit }) =>
    JSON.parse(init.body as string).resourceLogs[0].scopeLogs[0].logRecords;

  test("OTLP: lines of a moment go in one request, after the answers", async () => {
    const { requests, results, log, settled } = collector();
    for (let i = 0; i < 5; i += 1) log({ ...entry, status: i === 4 ? 502 : 200 });
    expect(requests).toHaveLength(0);
    await settled();
    expect(requests).toHaveLength(1);
    expect(results).toEqual([["sent", 5]]);
    expect(requests[0]!.init).toMatchObject({ method: "POST", redirect: "manual" });
    const [first, , , , last] = records(requests[0]!);
    expect(first).toMatchObject({
      timeUnixNano: "1700000000123000000",
      severityNumber: 9,
      body: { stringValue: "request" },
    });
    expect(last).toMatchObject({ severityNumber: 17, severityText: "ERROR" });
    expect(first.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: "200" } });
    expect(first.attributes).toContainEqual({ key: "gen_ai.usage.output_tokens", value: { intValue: "4" } });
    expect(first.attributes).toContainEqual({ key: "latchkey.request_id", value: { stringValue: "id-1" } });
  });

  test("OTLP: many lines go at once, in pieces", async () => {
    const { requests, results, log, settled } = collector({ batch: 10, delayMs: 60_000 });
    for (let i = 0; i < 10; i += 1) log(entry);
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(requests.map((one) => records(one).length)).toEqual([10]);
    expect(results).toEqual([["sent", 10]]);
    void settled;
  });

  for (const [name, answer] of [
    ["refuses", () => new Response("no", { status: 500 })],
    ["redirects", () => new Response(null, { status: 302 })],
    [
      "can't be reached",
      () => {
        throw new TypeError("canary");
      },
    ],
  ] as const) {
    test(`OTLP: a collector that ${name} is counted and forgotten`, async () => {
      const { results, log, settled } = collector({}, answer);
      log(entry);
      log(entry);
      await settled();
      expect(results).toEqual([["failed", 2]]);
    });
  }

  test("OTLP: a collector that hangs is given up", async () => {
    const { results, log, settled } = collector({
      timeoutMs: 20,
      fetch: (_, init) =>
        new Promise((_resolve, reject) => {
          init.signal!.addEventListener("abort", () => reject(init.signal!.reason));
        }),
    });
    log(entry);
    await settled();
    expect(results).toEqual([["failed", 1]]);
  });

  test("P5 OTLP: what waits is bounded, and what is dropped is counted", async () => {
    const { results, log, settled, requests } = collector({ waiting: 20, batch: 100 });
    for (let i = 0; i < 50; i += 1) log({ ...entry, request_id: String(i) });
    await settled();
    expect(results.filter(([how]) => how === "dropped").reduce((sum, [, lines]) => sum + lines, 0)).toBe(30);
    expect(records(requests[0]!)).toHaveLength(20);
  });

  test("OTLP: a sending whose request was torn down is taken over by the next one", async () => {
    let clock = 0;
    const { log, settled, pending, results } = collector({ now: () => clock, delayMs: 30 });
    log(entry);
    log(entry);
    expect(pending).toHaveLength(1);
    clock += 61;
    log(entry);
    expect(pending).toHaveLength(2);
    await settled();
    expect(results.reduce((sum, [, lines]) => sum + lines, 0)).toBe(3);
  });
});
