// Metrics, where the application has a meter provider.
import { metrics } from "@opentelemetry/api";
import { afterEach, expect, test } from "vitest";
import {
  COMPLETION,
  clientOf,
  DONE,
  eventStream,
  failureOf,
  finishes,
  json,
  MESSAGES,
  says,
  service,
} from "../service.ts";
import { recorded } from "./recorder.ts";

afterEach(() => metrics.disable());

type Recording = [metric: string, unit: string, value: number, attributes: Record<string, unknown>];

function meter(): Recording[] {
  const told: Recording[] = [];
  const provider = {
    getMeter: () => ({
      createHistogram: (metric: string, { unit }: { unit: string }) => ({
        record: (value: number, attributes: Record<string, unknown>) =>
          told.push([metric, unit, value, attributes]),
      }),
    }),
  };
  metrics.setGlobalMeterProvider(provider as never);
  return told;
}

const SHARED = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "azure.ai.inference",
  "gen_ai.request.model": "m",
  "gen_ai.response.model": "gpt-5-mini",
  "server.address": "service.example",
  "server.port": 443,
};

test("duration and tokens of a call", async () => {
  const told = meter();
  const { telemetry } = await recorded();
  await clientOf(service(json(COMPLETION)), { trace: telemetry.trace }).complete({
    messages: MESSAGES,
    model: "m",
  });
  expect(told).toEqual([
    ["gen_ai.client.operation.duration", "s", expect.any(Number), SHARED],
    ["gen_ai.client.token.usage", "{token}", 1, { ...SHARED, "gen_ai.token.type": "input" }],
    ["gen_ai.client.token.usage", "{token}", 2, { ...SHARED, "gen_ai.token.type": "output" }],
  ]);
  expect(told[0]![2]).toBeGreaterThan(0);
  expect(told[0]![2]).toBeLessThan(10);
});

test("time to the first chunk of a stream, and failures by their type", async () => {
  const told = meter();
  const { telemetry } = await recorded();
  const target = service(eventStream(says("a") + finishes() + DONE), json({}, 404));
  const client = clientOf(target, { trace: telemetry.trace });
  await (await client.complete({ messages: MESSAGES, stream: true })).final();
  await failureOf(client.complete({ messages: MESSAGES }));
  expect(told.map(([metric]) => metric.replace("gen_ai.client.operation.", ""))).toEqual([
    "duration",
    "time_to_first_chunk",
    "duration",
  ]);
  expect(told[2]![3]).toMatchObject({ "error.type": "404" });
});
