// Operations of agents as spans: what each is called, which leave none, and what they say.
import { SpanStatusCode } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { StartTrace, TraceEnd } from "latchkey";
import { AgentsClient, AIProjectClient, functionTool, ToolSet } from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { eventStream, json, service } from "../service.ts";
import { recorded } from "./recorder.ts";

const BASE = "https://account.services.ai.azure.com/api/projects/threads";
const ERA =
  "https://eastus.api.azureml.ms/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/runs";

interface Sent {
  method?: string;
  path: string;
  body?: object;
  stream?: boolean;
  base?: string;
}

const operation = ({ method = "POST", path, body, stream = false, base = BASE }: Sent) => ({
  name: path.split("/")[1]!,
  method,
  url: `${base}${path}?api-version=v1`,
  headers: {},
  body: body && JSON.stringify(body),
  stream,
  authenticate: true,
});

const call = (trace: StartTrace, sent: Sent, end: Partial<TraceEnd> = {}) =>
  trace(operation(sent))?.end({ status: 200, requestId: undefined, retries: 0, ...end });

describe.each([BASE, ERA])("below %s", (base) => {
  test.for([
    ["POST /assistants", "create_agent", "create_agent"],
    ["POST /assistants/a", "update_agent", "update_agent"],
    ["GET /assistants", undefined, undefined],
    ["GET /assistants/a", undefined, undefined],
    ["DELETE /assistants/a", undefined, undefined],
    ["POST /threads", "create_thread", "create_thread"],
    ["POST /threads/t", undefined, undefined],
    ["POST /threads/runs", "invoke_agent", "create_thread_run"],
    ["POST /threads/runs?stream", "invoke_agent", "process_thread_run"],
    ["POST /threads/t/messages", "create_message", "create_message"],
    ["GET /threads/t/messages", "list_messages", "list_messages"],
    ["GET /threads/t/messages/m", undefined, undefined],
    ["POST /threads/t/runs", "invoke_agent", "start_thread_run"],
    ["POST /threads/t/runs?stream", "invoke_agent", "process_thread_run"],
    ["GET /threads/t/runs", "list_thread_runs", "list_thread_runs"],
    ["GET /threads/t/runs/r", "get_thread_run", "get_thread_run"],
    ["POST /threads/t/runs/r", "update_thread_run", "update_thread_run"],
    ["POST /threads/t/runs/r/cancel", "cancel_thread_run", "cancel_thread_run"],
    ["POST /threads/t/runs/r/submit_tool_outputs", "submit_tool_outputs", "submit_tool_outputs"],
    ["GET /threads/t/runs/r/steps", "list_run_steps", "list_run_steps"],
    ["POST /agents/Helper/versions", "create_agent Helper", "create_agent Helper"],
    ["POST /files", undefined, undefined],
    ["GET /connections/c", undefined, undefined],
    ["POST /vector_stores", undefined, undefined],
  ] as const)("%s", async ([line, newer, older]) => {
    const [method, target] = line.split(" ") as [string, string];
    const [path = "", stream] = target.split("?");
    for (const [conventions, name] of [
      ["1.41", newer],
      ["1.30", older],
    ] as const) {
      const { telemetry, spans } = await recorded({ conventions });
      call(telemetry.trace, { method, path, base, stream: stream !== undefined });
      expect(spans().map((span) => span.name)).toEqual(name === undefined ? [] : [name]);
    }
  });
});

const RUN = {
  id: "run_1",
  object: "thread.run",
  thread_id: "t",
  assistant_id: "asst_1",
  status: "completed",
  model: "gpt-4.1",
  usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
};
const REQUEST = {
  assistant_id: "asst_1",
  model: "gpt-4.1",
  temperature: 1,
  max_prompt_tokens: 500,
  max_completion_tokens: 600,
  response_format: { type: "json_object" },
};

test("a streamed run by conventions 1.41", async () => {
  const { telemetry, span } = await recorded();
  const result = { run: RUN, messages: [], steps: [] };
  call(telemetry.trace, { path: "/threads/t/runs", body: REQUEST, stream: true }, { result });
  expect(span().attributes).toEqual({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "microsoft.foundry",
    "gen_ai.request.model": "gpt-4.1",
    "gen_ai.request.temperature": 1,
    "gen_ai.request.max_tokens": 600,
    "gen_ai.request.stream": true,
    "gen_ai.output.type": "json",
    "gen_ai.conversation.id": "t",
    "gen_ai.agent.id": "asst_1",
    "gen_ai.thread.run.id": "run_1",
    "gen_ai.thread.run.status": "completed",
    "gen_ai.response.model": "gpt-4.1",
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 20,
    "azure.resource_provider.namespace": "Microsoft.CognitiveServices",
    "server.address": "account.services.ai.azure.com",
    "server.port": 443,
  });
});

test("a run by conventions 1.30", async () => {
  const { telemetry, span } = await recorded({ conventions: "1.30" });
  call(telemetry.trace, { path: "/threads/t/runs", body: REQUEST }, { result: RUN });
  expect(span().attributes).toEqual({
    "gen_ai.operation.name": "start_thread_run",
    "gen_ai.system": "az.ai.agents",
    "gen_ai.request.model": "gpt-4.1",
    "gen_ai.request.temperature": 1,
    "gen_ai.request.max_input_tokens": 500,
    "gen_ai.request.max_output_tokens": 600,
    "gen_ai.request.response_format": "json_object",
    "gen_ai.agent.id": "asst_1",
    "gen_ai.thread.id": "t",
    "gen_ai.thread.run.id": "run_1",
    "gen_ai.thread.run.status": "completed",
    "gen_ai.response.model": "gpt-4.1",
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 20,
    "az.namespace": "Microsoft.CognitiveServices",
    "server.address": "account.services.ai.azure.com",
  });
});

test("agents, threads and messages by their ids", async () => {
  const { telemetry, spans } = await recorded();
  const { trace } = telemetry;
  const agent = { model: "gpt-4.1", name: "Helper", description: "Helps." };
  call(trace, { path: "/assistants", body: agent }, { result: { ...agent, id: "asst_1" } });
  call(trace, { path: "/threads", body: {} }, { result: { id: "t" } });
  call(
    trace,
    { path: "/threads/t/messages", body: { role: "user", content: "x" } },
    { result: { id: "msg_1", thread_id: "t", status: "completed", assistant_id: null } },
  );
  call(
    trace,
    { path: "/agents/Helper/versions", body: { definition: { kind: "prompt", model: "gpt-5" } } },
    { result: { id: "Helper:2", name: "Helper", version: "2" } },
  );
  expect(spans().map(({ name }) => name)).toEqual([
    "create_agent Helper",
    "create_thread",
    "create_message",
    "create_agent Helper",
  ]);
  const [made, thread, message, version] = spans().map(({ attributes }) => attributes);
  expect(made).toMatchObject({ "gen_ai.agent.id": "asst_1", "gen_ai.agent.name": "Helper" });
  expect(thread).toMatchObject({ "gen_ai.conversation.id": "t" });
  expect(message).toMatchObject({
    "gen_ai.conversation.id": "t",
    "gen_ai.message.id": "msg_1",
    "gen_ai.message.status": "completed",
  });
  expect(version).toMatchObject({ "gen_ai.agent.version": "2", "gen_ai.request.model": "gpt-5" });
});

test("a response asked of an agent invokes it", async () => {
  const { telemetry, span } = await recorded();
  const body = { input: "x", agent_reference: { type: "agent_reference", name: "Helper" } };
  call(telemetry.trace, { path: "/responses", body, base: `${BASE}/openai/v1` });
  expect(span().name).toBe("invoke_agent Helper");
  expect(span().attributes).toMatchObject({
    "gen_ai.provider.name": "microsoft.foundry",
    "gen_ai.agent.name": "Helper",
  });
});

describe("asking whether a run is done", () => {
  const sent = { method: "GET", path: "/threads/t/runs/r" };

  test("leaves a span only when it is, or when the question fails", async () => {
    const { telemetry, spans } = await recorded();
    for (const status of ["queued", "in_progress", "requires_action", "cancelling"])
      call(telemetry.trace, sent, { result: { ...RUN, status } });
    expect(spans()).toEqual([]);
    const before = Date.now();
    const last = telemetry.trace(operation(sent));
    await new Promise((resolve) => setTimeout(resolve, 30));
    last?.end({ status: 200, requestId: undefined, retries: 0, result: RUN });
    call(telemetry.trace, sent, { status: 404, error: Object.assign(new Error("x"), { kind: "api" }) });
    expect(spans()).toHaveLength(2);
    const [done, failed] = spans();
    expect(done?.attributes).toMatchObject({ "gen_ai.usage.output_tokens": 20 });
    const [seconds = 0, nanos = 0] = done?.startTime ?? [];
    expect(Math.abs(seconds * 1000 + nanos / 1e6 - before)).toBeLessThan(25);
    expect(failed?.attributes["error.type"]).toBe("404");
  });

  test("a run that failed fails its span, by the service's word for it", async () => {
    for (const [code, type] of [
      ["rate_limit_exceeded", "rate_limit_exceeded"],
      ["two words", "failed"],
    ]) {
      const { telemetry, span } = await recorded();
      const result = { ...RUN, status: "failed", last_error: { code, message: "canary" } };
      call(telemetry.trace, sent, { result });
      expect(span().attributes["error.type"]).toBe(type);
      expect(span().status).toEqual({ code: SpanStatusCode.ERROR });
    }
  });
});

test("bodies that aren't JSON objects, and results of any shape, break nothing", async () => {
  const { telemetry, spans } = await recorded({ recordContent: true });
  for (const conventions of ["1.41", "1.30"] as const) {
    const { telemetry: older } = await recorded({ conventions, recordContent: true });
    for (const { trace } of [telemetry, older]) {
      for (const result of [
        undefined,
        null,
        "x",
        7,
        [],
        { choices: 7, output: [null], usage: "x", run: 7 },
      ]) {
        for (const body of [undefined, "no json", "[]", "null", '{"messages":7,"tools":{},"stop":{}}']) {
          const { url, ...rest } = operation({ path: "/chat/completions" });
          trace({ ...rest, url, body })?.end({ status: 200, requestId: undefined, retries: 0, result });
        }
      }
    }
  }
  expect(spans().length).toBe(60);
});

const CALLING = {
  ...RUN,
  status: "requires_action",
  usage: null,
  required_action: {
    type: "submit_tool_outputs",
    submit_tool_outputs: {
      tool_calls: [{ id: "call_1", type: "function", function: { name: "time", arguments: "{}" } }],
    },
  },
};
const clock = functionTool({ name: "time", execute: () => "canary-noon" });

test("functions of an agent's run are traced by the client's own trace: polled, and streamed", async () => {
  const { telemetry, spans, printed } = await recorded();
  const { trace } = telemetry;
  const named = (event: string, data: unknown) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  const { fetch } = service(
    json({ ...RUN, status: "queued" }),
    json(CALLING),
    json(CALLING),
    json(RUN),
    eventStream(named("thread.run.requires_action", CALLING) + named("done", "[DONE]").replaceAll('"', "")),
    eventStream(named("thread.run.completed", RUN) + named("done", "[DONE]").replaceAll('"', "")),
  );
  const agents = new AgentsClient(BASE, async () => "token", { fetch, trace });
  const toolSet = new ToolSet(clock);
  const body = { assistant_id: "asst_1" };
  await agents.createAndProcessRun("t", body, { toolSet, intervalMs: 0 });
  const polled = ["invoke_agent", "execute_tool time", "submit_tool_outputs", "get_thread_run"];
  expect(spans().map(({ name }) => name)).toEqual(polled);
  const stream = await agents.createStream("t", body, { toolSet });
  await stream.final();
  expect(
    spans()
      .slice(polled.length)
      .map(({ name }) => name),
  ).toEqual(["invoke_agent", "execute_tool time", "submit_tool_outputs"]);
  expect(spans().at(-1)?.attributes).toMatchObject({
    "gen_ai.thread.run.status": "completed",
    "gen_ai.usage.output_tokens": 20,
    "gen_ai.response.time_to_first_chunk": expect.any(Number),
  });
  expect(printed()).not.toContain("canary");
});

test("a project's client is traced from the moment that telemetry is enabled", async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const { fetch } = service(() => json(RUN));
  const client = new AIProjectClient(BASE, async () => "token", { fetch });
  await client.agents.createThread();
  const telemetry = await client.telemetry.enable({ tracerProvider: provider });
  await client.agents.createThread();
  await telemetry.shutdown();
  await client.agents.createThread();
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["create_thread"]);
});
