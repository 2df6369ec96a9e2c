// Which sinks the worker's variables and bindings make, and what can't be one.
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LogEntry } from "../log.ts";
import { logSinks } from "../log-bindings.ts";
import { createMetrics } from "../metrics.ts";

const entry: LogEntry = {
  event: "request",
  request_id: "id",
  route: "/v1/models",
  status: 200,
  outcome: "complete",
  duration_ms: 1,
};
const OTLP_LOGS_URL = "https://otlp.example.com/v1/logs";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("sinks of the worker", () => {
  test("all that is bound gets the line, and metrics know what became of it", async () => {
    const printed = vi.spyOn(console, "log").mockReturnValue(undefined);
    const points: unknown[] = [];
    const sent: [string, RequestInit][] = [];
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      sent.push([url, init]);
      return new Response("{}");
    });
    const metrics = createMetrics();
    const pending: Promise<unknown>[] = [];
    const sink = logSinks(
      {
        ANALYTICS: { writeDataPoint: (point) => void points.push(point) },
        OTLP_LOGS_URL,
        OTLP_HEADERS: "authorization=Basic%20canary, x-scope=a=b",
      },
      metrics,
    );
    for (let i = 0; i < 100; i += 1) sink(entry, { waitUntil: (promise) => void pending.push(promise) });
    await Promise.all(pending.slice(-1));
    expect(printed).toHaveBeenCalledTimes(100);
    expect(points).toHaveLength(100);
    expect(sent).toHaveLength(1);
    expect(sent[0]![0]).toBe(OTLP_LOGS_URL);
    expect(sent[0]![1].headers).toMatchObject({ authorization: "Basic canary", "x-scope": "a=b" });
    expect(metrics.text()).toContain('latchkey_log_lines_total{sink="otlp",result="sent"} 100');
  });

  for (const [name, env, message] of [
    ["http", { OTLP_LOGS_URL: "http://otlp.example.com/v1/logs" }, /OTLP_LOGS_URL must be https/],
    [
      "a credential inside",
      { OTLP_LOGS_URL: "https://a:canary@otlp.example.com" },
      /OTLP_LOGS_URL must not hold/,
    ],
    ["no value", { OTLP_LOGS_URL, OTLP_HEADERS: "canary" }, /OTLP_HEADERS must be name=value/],
    ["a line end", { OTLP_LOGS_URL, OTLP_HEADERS: "a=canary%0D%0Ab" }, /OTLP_HEADERS must be name=value/],
  ] as const) {
    test(`C09 H11 ${name}: told by the variable, without its value`, () => {
      const make = () => logSinks(env, createMetrics());
      expect(make).toThrow(message);
      expect(make).not.toThrow(/canary/);
    });
  }
});
