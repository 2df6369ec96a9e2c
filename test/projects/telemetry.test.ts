// Where a project's telemetry goes, and tracing that is switched on later.
import { createEmulator } from "latchkey/emulator";
import {
  AIProjectClient,
  functionTool,
  MalformedResponseError,
  NotFoundError,
  ToolSet,
} from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { failureOf, json } from "../service.ts";
import { current, currentConnection, ENDPOINT, era, MANAGEMENT, recorder } from "./recorder.ts";

const STRING = "InstrumentationKey=0;IngestionEndpoint=https://ingest.example/";
const workspace = (applicationInsights: unknown, ConnectionString: unknown = STRING) =>
  recorder(({ request }) =>
    json({ properties: request.includes("2020-02-02") ? { ConnectionString } : { applicationInsights } }),
  );
const project = (credentials: object) =>
  recorder(({ request }) => {
    const sent = currentConnection({ type: "AppInsights", credentials });
    return json(request.includes("connectionType") ? { value: [sent] } : sent);
  });

describe("the connection string", () => {
  test("is asked for once", async () => {
    for (const [target, client] of [
      [workspace("/subscriptions/s/x"), era],
      [project({ type: "ApiKey", key: STRING }), current],
    ] as const) {
      const { telemetry } = client(target);
      expect(await telemetry.getConnectionString()).toBe(STRING);
      expect(await telemetry.getConnectionString()).toBe(STRING);
      expect(target.seen).toHaveLength(2);
    }
  });

  test("a failure isn't kept", async () => {
    let calls = 0;
    const target = workspace("/subscriptions/s/x");
    const flaky = {
      fetch: (async (...args) => (calls++ ? target.fetch(...args) : json({}, 400))) as typeof fetch,
    };
    const { telemetry } = era(flaky);
    expect(await failureOf(telemetry.getConnectionString())).toMatchObject({ status: 400 });
    expect(await telemetry.getConnectionString()).toBe(STRING);
  });

  test.each(["", undefined, null])("there is none: %j", async (id) => {
    expect(await failureOf(era(workspace(id)).telemetry.getConnectionString())).toBeInstanceOf(NotFoundError);
    const none = current(recorder(() => json({ value: [] })));
    expect(await failureOf(none.telemetry.getConnectionString())).toBeInstanceOf(NotFoundError);
  });

  test.each([
    7,
    "x",
    "https://evil.example/subscriptions/s",
    "/subscriptions/s?api-version=evil",
    "/subscriptions/s#x",
  ])("%j is no id of a resource", async (id) => {
    const target = workspace(id);
    const error = await failureOf(era(target).telemetry.getConnectionString());
    expect(error).toBeInstanceOf(MalformedResponseError);
    expect(target.seen).toHaveLength(1);
  });

  test.each(["//evil.example/x", "/subscriptions/../../evil", "/subscriptions//evil.example"])(
    "%j leads to no other host",
    async (id) => {
      const target = workspace(id);
      await era(target)
        .telemetry.getConnectionString()
        .catch(() => {});
      for (const { request } of target.seen) expect(request.startsWith(`GET ${MANAGEMENT}/`)).toBe(true);
    },
  );

  test.each(["", undefined, 7])("a resource that doesn't say it: %j", async (string) => {
    const error = await failureOf(
      era(workspace("/subscriptions/s", string ?? null)).telemetry.getConnectionString(),
    );
    expect(error).toBeInstanceOf(MalformedResponseError);
    const other = current(project({ type: "ApiKey", ...(string !== undefined && { key: string }) }));
    expect(await failureOf(other.telemetry.getConnectionString())).toBeInstanceOf(MalformedResponseError);
  });
});

describe("tracing", () => {
  /** A provider that collects the names of spans. */
  function provider() {
    const names: string[] = [];
    const span = new Proxy(
      {},
      { get: (_, name) => (name === "isRecording" ? () => true : () => span) },
    ) as object;
    const startSpan = (name: string) => {
      names.push(name);
      return span;
    };
    return { names, getTracer: () => ({ startSpan }) };
  }

  test("begins when it's enabled, for this client and those made of it from then on", async () => {
    const target = recorder(({ request }) => json(/embeddings/.test(request) ? { data: [] } : { value: [] }));
    const client = current(target);
    const tracerProvider = provider();
    await (await client.inference.getEmbeddingsClient({ model: "m" })).embed({ input: ["a"] });
    expect(tracerProvider.names).toEqual([]);
    const telemetry = await client.telemetry.enable({ tracerProvider });
    await (await client.inference.getEmbeddingsClient({ model: "m" })).embed({ input: ["a"] });
    expect(tracerProvider.names).toEqual(["embeddings m"]);
    await telemetry.shutdown();
  });

  test("covers the tools that an agent's run calls", async () => {
    const { fetch } = createEmulator();
    const client = new AIProjectClient(ENDPOINT, async () => "emulator-key", { fetch });
    const tracerProvider = provider();
    await client.telemetry.enable({ tracerProvider });
    const weather = functionTool({
      name: "get_weather",
      description: "The weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      execute: () => "sunny",
    });
    const toolSet = new ToolSet().add(weather);
    const agent = await client.agents.createAgent({ model: "gpt-5-mini" }, { toolSet });
    const thread = await client.agents.createThread({
      messages: [{ role: "user", content: "What is the weather in Oslo?" }],
    });
    await client.agents.createAndProcessRun(
      thread.id,
      { assistant_id: agent.id },
      { toolSet, intervalMs: 1 },
    );
    expect(tracerProvider.names).toContain("execute_tool get_weather");
  });

  test("rejects what enableTelemetry rejects", async () => {
    await expect(current(recorder()).telemetry.enable({ destination: 7 as never })).rejects.toThrow(
      TypeError,
    );
  });
});
