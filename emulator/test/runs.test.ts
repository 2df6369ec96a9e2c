import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EmulatorOptions } from "../index.ts";
import { type Agents, agentsOf, BASES, outputsFor, textOf, time, weather } from "./agents-calling.ts";
import { emulatorOf } from "./asking.ts";
import type { Json } from "./calling.ts";

const START = 1_750_000_000_000;

/** With a clock that the test moves. */
function clocked(options: EmulatorOptions = {}): Agents & { readonly wait: (ms: number) => void } {
  let now = START;
  const emulator = emulatorOf({ clock: () => now, ...options });
  return {
    ...agentsOf(emulator),
    wait: (ms) => {
      now += ms;
    },
  };
}

interface Started {
  readonly run: Json;
  readonly path: string;
  readonly threadPath: string;
}

async function start(
  { agent, thread, ok }: Agents,
  said: string,
  body: Record<string, unknown> = {},
  of: Record<string, unknown> = {},
  scenario?: string,
): Promise<Started> {
  const { id: assistant_id } = await agent(of);
  const { id } = await thread(said);
  const how = { json: { assistant_id, ...body }, ...(scenario !== undefined && { scenario }) };
  const run = await ok(`/threads/${id}/runs`, how);
  return { run, path: `/threads/${id}/runs/${run.id}`, threadPath: `/threads/${id}` };
}

const statusesOf = (seen: readonly Json[]): string[] => seen.map(({ status }) => status);
const lastMessage = async ({ ok }: Agents, threadPath: string): Promise<Json> =>
  (await ok(`${threadPath}/messages?limit=1`)).data[0];

describe("a run", () => {
  test.each(BASES)("goes its way by being looked at, at the base %s", async (base) => {
    const agents = agentsOf(emulatorOf(), base);
    const { run, path, threadPath } = await start(
      agents,
      "echo hello there",
      {},
      { instructions: "Be kind." },
    );
    expect(run).toMatchObject({ object: "thread.run", status: "queued", started_at: null, usage: null });
    expect(run.expires_at).toBe(run.created_at + 600);
    const seen = await agents.watch(run);
    expect(statusesOf(seen)).toEqual(["in_progress", "completed"]);
    const done = seen.at(-1);
    expect(done).toMatchObject({ expires_at: null, completed_at: run.created_at, instructions: "Be kind." });
    const message = await lastMessage(agents, threadPath);
    expect(message).toMatchObject({
      role: "assistant",
      status: "completed",
      run_id: run.id,
      assistant_id: run.assistant_id,
    });
    expect(textOf(message)).toBe("hello there");
    const { data: steps } = await agents.ok(`${path}/steps`);
    expect(steps).toMatchObject([
      {
        type: "message_creation",
        status: "completed",
        step_details: { type: "message_creation", message_creation: { message_id: message.id } },
        usage: done.usage,
      },
    ]);
    expect(await agents.ok(`${path}/steps/${steps[0].id}`)).toEqual(steps[0]);
    expect((await agents.ok(`${threadPath}/messages?run_id=${run.id}`)).data).toEqual([message]);
    expect((await agents.ok(`${threadPath}/messages?runId=${run.id}`)).data).toEqual([message]);
    expect((await agents.ok(`${threadPath}/messages?run_id=run_nobody`)).data).toEqual([]);
    expect((await agents.ok(`${threadPath}/runs`)).data).toEqual([done]);
  });

  test("goes its way by the clock, without anybody looking", async () => {
    const agents = clocked();
    const { path, threadPath } = await start(agents, "echo hi");
    const listed = async (): Promise<string> => (await agents.ok(`${threadPath}/runs`)).data[0].status;
    expect(await listed()).toBe("queued");
    agents.wait(1_000);
    expect(await listed()).toBe("in_progress");
    const open = await lastMessage(agents, threadPath);
    expect(open).toMatchObject({ status: "in_progress", content: [], completed_at: null });
    expect((await agents.ok(`${path}/steps`)).data).toMatchObject([{ status: "in_progress", usage: null }]);
    agents.wait(1_000);
    expect(await listed()).toBe("completed");
    expect(textOf(await lastMessage(agents, threadPath))).toBe("hi");
  });

  test("is there at once without stages", async () => {
    const agents = agentsOf(emulatorOf({ stageMs: 0 }));
    const { path } = await start(agents, "echo hi");
    expect((await agents.ok(path)).status).toBe("completed");
  });

  test("holds its thread until it has ended", async () => {
    const agents = agentsOf(emulatorOf());
    const { run, threadPath } = await start(agents, "echo hi");
    const id = threadPath.split("/")[2];
    const said = await agents.refused(`${threadPath}/messages`, { json: { role: "user", content: "x" } });
    expect([said.status, said.error.message]).toEqual([
      400,
      `Can't add messages to ${id} while a run ${run.id} is active.`,
    ]);
    const again = { json: { assistant_id: run.assistant_id } };
    const { status, error } = await agents.refused(`${threadPath}/runs`, again);
    expect([status, error.message]).toEqual([400, `Thread ${id} already has an active run ${run.id}.`]);
    await agents.watch(run);
    await agents.ok(`${threadPath}/messages`, { json: { role: "user", content: "echo two" } });
    await agents.watch(await agents.ok(`${threadPath}/runs`, again));
    expect(textOf(await lastMessage(agents, threadPath))).toBe("two");
  });

  test("is one, however many ask at once", async () => {
    const agents = agentsOf(emulatorOf());
    const { id: assistant_id } = await agents.agent({ tools: [weather] });
    const { id } = await agents.thread("the weather in Paris?");
    const all = async (path: string, json: Json): Promise<number[]> =>
      (await Promise.all([1, 2, 3].map(() => agents.ask(path, { json }))))
        .map(({ status }) => status)
        .toSorted();
    expect(await all(`/threads/${id}/runs`, { assistant_id })).toEqual([200, 400, 400]);
    const [run] = (await agents.ok(`/threads/${id}/runs`)).data;
    const waiting = (await agents.watch(run)).at(-1);
    const tool_outputs = outputsFor(waiting, () => "sunny");
    const path = `/threads/${id}/runs/${run.id}/submit_tool_outputs`;
    expect(await all(path, { tool_outputs })).toEqual([200, 400, 400]);
  });

  test("takes what its agent says, and what it is told instead", async () => {
    const agents = agentsOf(emulatorOf());
    const of = { instructions: "Be kind.", tools: [weather], temperature: 0.2, metadata: { of: "agent" } };
    const { run } = await start(agents, "hello", {}, of);
    expect(run).toMatchObject({ model: "gpt-4.1", tools: [weather], temperature: 0.2, metadata: {} });
    const body = {
      model: "Phi-4",
      instructions: "Be short.",
      additional_instructions: "Be exact.",
      tools: [],
      top_p: 0.3,
      metadata: { of: "run" },
    };
    const told = await start(agents, "hello", body, of);
    expect(told.run).toMatchObject({
      model: "Phi-4",
      instructions: "Be short.\nBe exact.",
      tools: [],
      temperature: 0.2,
      top_p: 0.3,
      metadata: { of: "run" },
    });
    expect(await agents.ok(told.path, { json: { metadata: { x: "y" } } })).toMatchObject({
      metadata: { x: "y" },
    });
  });

  test("adds messages, and remembers what was said", async () => {
    const agents = agentsOf(emulatorOf());
    const additional_messages = [
      { role: "user", content: "my name is Ada" },
      { role: "assistant", content: "Hello Ada." },
      { role: "user", content: "what's my name?" },
    ];
    const { run, threadPath } = await start(agents, "hello", { additional_messages });
    await agents.watch(run);
    expect((await agents.ok(`${threadPath}/messages`)).data).toHaveLength(5);
    expect(textOf(await lastMessage(agents, threadPath))).toContain("Ada");
  });

  test("forgets what a truncation cuts off", async () => {
    const agents = agentsOf(emulatorOf());
    const { id: assistant_id } = await agents.agent();
    const answer = async (body: Record<string, unknown>): Promise<string> => {
      const { id } = await agents.thread("my name is Ada", "what's my name?");
      await agents.watch(await agents.ok(`/threads/${id}/runs`, { json: { assistant_id, ...body } }));
      return textOf(await lastMessage(agents, `/threads/${id}`));
    };
    expect(await answer({})).toContain("Ada");
    const last = { truncation_strategy: { type: "last_messages", last_messages: 1 } };
    expect(await answer(last)).not.toContain("Ada");
  });

  test("gives a schema its value", async () => {
    const agents = agentsOf(emulatorOf());
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const response_format = { type: "json_schema", json_schema: { name: "place", schema } };
    const { run, threadPath } = await start(agents, "a city", { response_format });
    await agents.watch(run);
    expect(JSON.parse(textOf(await lastMessage(agents, threadPath)))).toEqual({ city: expect.any(String) });
  });

  const ends: [string, Record<string, unknown>, string | undefined, Json, Json][] = [
    [
      "too few tokens to answer with",
      { max_completion_tokens: 3 },
      undefined,
      { status: "incomplete", incomplete_details: { reason: "max_completion_tokens" } },
      { status: "incomplete", incomplete_details: { reason: "max_tokens" } },
    ],
    [
      "too few tokens to ask with",
      { max_prompt_tokens: 256, additional_messages: [{ role: "user", content: "word ".repeat(300) }] },
      undefined,
      { status: "incomplete", incomplete_details: { reason: "max_prompt_tokens" } },
      undefined,
    ],
    [
      "a model that is not there",
      { model: "nobody" },
      undefined,
      {
        status: "failed",
        last_error: { code: "invalid_engine_error", message: "Failed to resolve model info for: nobody" },
      },
      undefined,
    ],
    [
      "a model that does something else",
      { model: "whisper" },
      undefined,
      { status: "failed", last_error: { code: "invalid_engine_error" } },
      undefined,
    ],
    [
      "a model that fails",
      {},
      "run-failed;after=2",
      { status: "failed", last_error: { code: "rate_limit_exceeded" }, failed_at: START / 1000 },
      { status: "incomplete", incomplete_details: { reason: "run_failed" } },
    ],
    [
      "a model that fails by its name",
      { model: "fault-run-failed;code=server_error" },
      undefined,
      { status: "failed", last_error: { code: "server_error" } },
      { status: "incomplete", incomplete_details: { reason: "run_failed" } },
    ],
    [
      "an end in the middle",
      {},
      "run-incomplete;reason=max_prompt_tokens",
      { status: "incomplete", incomplete_details: { reason: "max_prompt_tokens" } },
      { status: "incomplete" },
    ],
    [
      "a blocked answer",
      {},
      "content-filter-completion",
      { status: "incomplete", incomplete_details: { reason: "content_filter" } },
      { status: "incomplete", incomplete_details: { reason: "content_filter" } },
    ],
    [
      "its time",
      {},
      "run-expired",
      { status: "expired", expires_at: START / 1000 + 600 },
      { status: "incomplete", incomplete_details: { reason: "run_expired" }, content: [] },
    ],
  ];
  test.each(ends)("ends for %s", async (_name, body, scenario, end, message) => {
    const agents = agentsOf(emulatorOf());
    const { run, threadPath, path } = await start(agents, "tell me about bridges", body, {}, scenario);
    expect((await agents.watch(run)).at(-1)).toMatchObject(end);
    const last = await lastMessage(agents, threadPath);
    if (message === undefined) expect(last.role).toBe("user");
    else expect(last).toMatchObject({ role: "assistant", ...message });
    for (const step of (await agents.ok(`${path}/steps`)).data) expect(step.status).not.toBe("in_progress");
  });

  test("refuses", async () => {
    const agents = agentsOf(emulatorOf());
    const { id } = await agents.thread("hello");
    const agent = await agents.agent({ tools: [weather] });
    const refusals: [Record<string, unknown>, number, string | null][] = [
      [{ assistant_id: undefined }, 400, "assistant_id"],
      [{ assistant_id: "asst_nobody" }, 404, null],
      [{ max_prompt_tokens: 1 }, 400, "max_prompt_tokens"],
      [{ max_completion_tokens: 0 }, 400, "max_completion_tokens"],
      [{ truncation_strategy: { type: "all" } }, 400, "truncation_strategy.type"],
      [{ truncation_strategy: { type: "last_messages" } }, 400, "truncation_strategy.last_messages"],
      [{ tool_choice: "always" }, 400, "tool_choice"],
      [{ tool_choice: { type: "function", function: { name: "nobody" } } }, 400, "tool_choice"],
      [{ tool_choice: { type: "function" } }, 400, "tool_choice.function.name"],
      [{ additional_messages: [{ role: "user" }] }, 400, "additional_messages[0].content"],
      [{ thread: {} }, 400, "thread"],
      [{ stream: "yes" }, 400, "stream"],
    ];
    for (const [body, status, param] of refusals) {
      const answer = await agents.refused(`/threads/${id}/runs`, {
        json: { assistant_id: agent.id, ...body },
      });
      expect([answer.status, answer.error.param], JSON.stringify(body)).toEqual([status, param]);
    }
    const json = { assistant_id: agent.id };
    expect((await agents.refused(`/threads/${id}/runs?include[]=everything`, { json })).status).toBe(400);
    expect((await agents.ok(`/threads/${id}/runs`)).data).toEqual([]);
    for (const path of ["", "/steps", "/steps/step_x", "/cancel", "/submit_tool_outputs"]) {
      const method = /cancel|submit/.test(path) ? "POST" : "GET";
      const answer = await agents.refused(`/threads/${id}/runs/run_nobody${path}`, { method });
      expect([answer.status, answer.error.message]).toEqual([404, "No run found with id 'run_nobody'."]);
    }
  });

  test("is made together with its thread", async () => {
    const agents = agentsOf(emulatorOf());
    const { id: assistant_id } = await agents.agent();
    const thread = { messages: [{ role: "user", content: "echo together" }], metadata: { a: "b" } };
    const run = await agents.ok("/threads/runs", { json: { assistant_id, thread } });
    await agents.watch(run);
    expect(await agents.ok(`/threads/${run.thread_id}`)).toMatchObject({ metadata: { a: "b" } });
    expect(textOf(await lastMessage(agents, `/threads/${run.thread_id}`))).toBe("together");
    const bad = { assistant_id, thread: { messages: [{ role: "user" }] } };
    expect((await agents.refused("/threads/runs", { json: bad })).error.param).toBe("messages[0].content");
  });

  test("goes on without its agent", async () => {
    const agents = agentsOf(emulatorOf());
    const { run } = await start(agents, "echo still here");
    await agents.ok(`/assistants/${run.assistant_id}`, { method: "DELETE" });
    expect((await agents.watch(run)).at(-1).status).toBe("completed");
  });
});

describe("cancelling", () => {
  test.each([0, 1])("after %i looks", async (looks) => {
    const agents = agentsOf(emulatorOf());
    const { run, path, threadPath } = await start(agents, "tell me about bridges");
    for (let look = 0; look < looks; look++) await agents.ok(path);
    expect((await agents.ok(`${path}/cancel`, { method: "POST" })).status).toBe("cancelling");
    expect((await agents.ok(`${path}/cancel`, { method: "POST" })).status).toBe("cancelling");
    const cancelled = (await agents.watch(run)).at(-1);
    expect(cancelled).toMatchObject({ status: "cancelled", cancelled_at: run.created_at });
    expect(cancelled.usage.completion_tokens).toBe(0);
    const steps = (await agents.ok(`${path}/steps`)).data;
    if (looks === 0) return expect(steps).toEqual([]);
    expect(steps).toMatchObject([{ status: "cancelled", cancelled_at: run.created_at }]);
    const message = await lastMessage(agents, threadPath);
    expect(message).toMatchObject({ status: "incomplete", incomplete_details: { reason: "run_cancelled" } });
  });

  test("what has ended", async () => {
    const agents = agentsOf(emulatorOf());
    const { run, path } = await start(agents, "echo hi");
    await agents.watch(run);
    const { status, error } = await agents.refused(`${path}/cancel`, { method: "POST" });
    expect([status, error.message]).toEqual([400, "Cannot cancel run with status 'completed'."]);
  });
});

describe("functions", () => {
  const question = "What is the weather in Paris and London?";
  const tools = [weather];

  test("are called, answered and used", async () => {
    const agents = agentsOf(emulatorOf());
    const { run, path, threadPath } = await start(agents, question, {}, { tools });
    const waiting = (await agents.watch(run)).at(-1);
    expect(waiting.status).toBe("requires_action");
    const { tool_calls: calls } = waiting.required_action.submit_tool_outputs;
    expect(calls.map((call: Json) => JSON.parse(call.function.arguments).city)).toEqual(["Paris", "London"]);
    expect((await agents.ok(`${path}/steps`)).data).toMatchObject([
      {
        type: "tool_calls",
        status: "in_progress",
        step_details: {
          type: "tool_calls",
          tool_calls: [{ id: calls[0].id, function: { output: null } }, {}],
        },
      },
    ]);
    const tool_outputs = outputsFor(waiting, ({ id }) => `sunny for ${id}`);
    const queued = await agents.ok(`${path}/submit_tool_outputs`, { json: { tool_outputs } });
    expect(queued).toMatchObject({ status: "queued", required_action: null });
    const done = (await agents.watch(run)).at(-1);
    expect(done.status).toBe("completed");
    const answer = textOf(await lastMessage(agents, threadPath));
    for (const { output } of tool_outputs) expect(answer).toContain(output);
    const { data: steps } = await agents.ok(`${path}/steps?order=asc`);
    expect(steps.map(({ type, status }: Json) => [type, status])).toEqual([
      ["tool_calls", "completed"],
      ["message_creation", "completed"],
    ]);
    expect(steps[0].step_details.tool_calls[1].function.output).toBe(tool_outputs[1].output);
    expect(done.usage.total_tokens).toBe(steps[0].usage.total_tokens + steps[1].usage.total_tokens);
  });

  const shapes: [string, (ids: string[]) => unknown, string][] = [
    ["nothing", () => undefined, "Missing required parameter: 'tool_outputs'."],
    ["one too few", ([a]) => [{ tool_call_id: a, output: "x" }], "Expected tool outputs for call_ids"],
    [
      "a stranger",
      ([a]) => [{ tool_call_id: a, output: "x" }, { tool_call_id: "call_x" }],
      "Expected tool outputs",
    ],
    ["one twice", ([a]) => [{ tool_call_id: a }, { tool_call_id: a }], "expected each id once"],
    ["no id", () => [{ output: "x" }], "Missing required parameter: 'tool_outputs[0].tool_call_id'."],
    ["an object", ([a]) => [{ tool_call_id: a, output: {} }], "expected a string"],
  ];
  test.each(shapes)("refuse %s", async (_name, outputs, message) => {
    const agents = agentsOf(emulatorOf());
    const { run, path } = await start(agents, question, {}, { tools });
    const waiting = (await agents.watch(run)).at(-1);
    const ids = waiting.required_action.submit_tool_outputs.tool_calls.map(({ id }: Json) => id);
    const json = { tool_outputs: outputs(ids) };
    const { status, error } = await agents.refused(`${path}/submit_tool_outputs`, { json });
    expect([status, error.message]).toEqual([400, expect.stringContaining(message)]);
    expect((await agents.ok(path)).status).toBe("requires_action");
  });

  test("take outputs only while they wait", async () => {
    const agents = agentsOf(emulatorOf());
    const { run, path } = await start(agents, "echo hi");
    await agents.watch(run);
    const json = { tool_outputs: [] };
    const { status, error } = await agents.refused(`${path}/submit_tool_outputs`, { json });
    expect([status, error.message]).toEqual([400, 'Runs in status "completed" do not accept tool outputs.']);
  });

  const choices: [string, string, Record<string, unknown>, string[]][] = [
    ["none", question, { tool_choice: "none" }, []],
    ["another subject", "tell me about bridges", {}, []],
    ["required", "tell me about bridges", { tool_choice: "required" }, ["get_weather"]],
    [
      "a name",
      "tell me about bridges",
      { tools: [weather, time], tool_choice: { type: "function", function: { name: "get_time" } } },
      ["get_time"],
    ],
    ["one at a time", question, { parallel_tool_calls: false }, ["get_weather"]],
  ];
  test.each(choices)("are chosen: %s", async (_name, said, body, names) => {
    const agents = agentsOf(emulatorOf());
    const { run } = await start(agents, said, body, { tools });
    const last = (await agents.watch(run)).at(-1);
    const calls = last.required_action?.submit_tool_outputs.tool_calls ?? [];
    expect(calls.map((call: Json) => call.function.name)).toEqual(names);
  });

  async function rounds(agents: Agents, { run, path }: Started): Promise<string[][]> {
    const seen: string[][] = [];
    for (let round = 0; round < 20; round++) {
      const last = (await agents.watch(run)).at(-1);
      if (last.status !== "requires_action") return seen;
      const { tool_calls: calls } = last.required_action.submit_tool_outputs;
      seen.push(
        calls.map((call: Json) => `${call.function.name} ${JSON.parse(call.function.arguments).city}`),
      );
      const json = { tool_outputs: outputsFor(last, ({ function: { name } }) => `${name} said`) };
      await agents.ok(`${path}/submit_tool_outputs`, { json });
    }
    return seen;
  }

  test.each([
    ["by the run", { parallel_tool_calls: false }, {}],
    ["by the instructions", {}, { instructions: "Call your tools one at a time." }],
  ])("take turns when they are told so %s", async (_name, body, of) => {
    const agents = agentsOf(emulatorOf());
    const said = "What is the weather and the time in Paris?";
    const started = await start(agents, said, body, { tools: [weather, time], ...of });
    const seen = await rounds(agents, started);
    expect(seen).toHaveLength(2);
    expect(seen.flat().toSorted()).toEqual(["get_time Paris", "get_weather Paris"]);
    const answer = textOf(await lastMessage(agents, started.threadPath));
    expect(answer).toContain("get_time said");
    expect(answer).toContain("get_weather said");
  });

  test("are called again and again on request", async () => {
    const agents = agentsOf(emulatorOf());
    const started = await start(agents, question, {}, { tools, model: "fault-run-rounds;count=12" });
    expect(await rounds(agents, started)).toEqual(
      Array(12).fill(["get_weather Paris", "get_weather London"]),
    );
    const ids = (await agents.ok(`${started.path}/steps?limit=100`)).data.flatMap(({ step_details }: Json) =>
      (step_details.tool_calls ?? []).map(({ id }: Json) => id),
    );
    expect(new Set(ids).size).toBe(24);
  });

  test("may be none at all, on request", async () => {
    const agents = agentsOf(emulatorOf());
    const { run, path } = await start(agents, question, {}, { tools }, "run-empty-calls");
    const waiting = (await agents.watch(run)).at(-1);
    expect(waiting.required_action.submit_tool_outputs.tool_calls).toEqual([]);
    expect((await agents.ok(`${path}/cancel`, { method: "POST" })).status).toBe("cancelling");
    expect((await agents.watch(run)).at(-1).status).toBe("cancelled");
  });

  test("are waited for ten minutes", async () => {
    const agents = clocked();
    const { run, path } = await start(agents, question, {}, { tools });
    await agents.watch(run);
    agents.wait(599_000);
    expect((await agents.ok(path)).status).toBe("requires_action");
    agents.wait(1_000);
    expect(await agents.ok(path)).toMatchObject({ status: "expired", expires_at: run.expires_at });
    const now = START / 1000 + 600;
    expect((await agents.ok(`${path}/steps`)).data).toMatchObject([{ status: "expired", expired_at: now }]);
    const json = { tool_outputs: [] };
    expect((await agents.refused(`${path}/submit_tool_outputs`, { json })).error.message).toContain(
      '"expired"',
    );
  });

  test("are not waited for, on request, and the step may say it wrongly", async () => {
    const agents = agentsOf(emulatorOf());
    const expired = await start(agents, question, {}, { tools }, "run-expired;at=requires_action");
    expect(statusesOf(await agents.watch(expired.run))).toEqual(["in_progress", "requires_action"]);
    expect((await agents.ok(expired.path)).status).toBe("expired");
    const misnamed = await start(agents, "echo hi", {}, {}, "step-expires-at");
    await agents.watch(misnamed.run);
    const [step] = (await agents.ok(`${misnamed.path}/steps`)).data;
    expect([Object.hasOwn(step, "expires_at"), Object.hasOwn(step, "expired_at")]).toEqual([true, false]);
  });

  test.each(["queued", "in_progress", "cancelling"])(
    "may be stuck in %s until the time is up",
    async (at) => {
      const agents = clocked();
      const { path } = await start(agents, "echo hi", {}, {}, `run-stuck;at=${at}`);
      if (at === "cancelling") await agents.ok(`${path}/cancel`, { method: "POST" });
      for (let look = 0; look < 5; look++) expect(["queued", at]).toContain((await agents.ok(path)).status);
      agents.wait(600_000);
      expect((await agents.ok(path)).status).toBe(at === "cancelling" ? "cancelled" : "expired");
    },
  );
});

describe("tools of the service", () => {
  test("work out sums, with the code that does it", async () => {
    const agents = agentsOf(emulatorOf());
    const { run, path, threadPath } = await start(
      agents,
      "what is 12 * (3 + 4)?",
      {},
      {
        tools: [{ type: "code_interpreter" }],
      },
    );
    await agents.watch(run);
    const { data: steps } = await agents.ok(`${path}/steps?order=asc`);
    expect(steps).toMatchObject([
      {
        type: "tool_calls",
        step_details: {
          tool_calls: [
            {
              type: "code_interpreter",
              code_interpreter: {
                input: 'print(f"{12 * (3 + 4):.12g}")',
                outputs: [{ type: "logs", logs: "84\n" }],
              },
            },
          ],
        },
      },
      { type: "message_creation" },
    ]);
    expect(textOf(await lastMessage(agents, threadPath))).toContain("84");
  });

  const refused: [string, Record<string, unknown>, string][] = [
    ["code that is no sum", { type: "code_interpreter" }, "no code but sums"],
    [
      "a search of the web",
      { type: "bing_grounding", bing_grounding: { connections: [{ connection_id: "c" }] } },
      "bing_grounding",
    ],
    ["an index", { type: "azure_ai_search" }, "azure_ai_search"],
    ["an MCP server", { type: "mcp", server_label: "x", server_url: "https://mcp.example.invalid" }, "mcp"],
  ];
  test.each(refused)("say that they can't: %s", async (_name, tool, said) => {
    const agents = agentsOf(emulatorOf());
    const body = { tool_choice: { type: tool.type } };
    const { run } = await start(agents, "tell me about bridges", body, { tools: [tool] });
    const last = (await agents.watch(run)).at(-1);
    expect(last).toMatchObject({
      status: "failed",
      last_error: { code: "emulator_unsupported_tool", message: expect.stringContaining(said) },
    });
    const without = await start(agents, "echo without it", {}, { tools: [tool] });
    expect((await agents.watch(without.run)).at(-1).status).toBe("completed");
  });

  test("ask another agent", async () => {
    const agents = agentsOf(emulatorOf());
    const other = await agents.agent({ instructions: "Answer as JSON." });
    const tool = {
      type: "connected_agent",
      connected_agent: { id: other.id, name: "stock_price_bot", description: "Knows the price of a stock" },
    };
    const { run, path, threadPath } = await start(
      agents,
      "What is the stock price of Contoso?",
      {},
      { tools: [tool] },
    );
    expect((await agents.watch(run)).at(-1).status).toBe("completed");
    const { data: steps } = await agents.ok(`${path}/steps?order=asc`);
    const [call] = steps[0].step_details.tool_calls;
    expect(call).toMatchObject({ type: "connected_agent", connected_agent: { name: "stock_price_bot" } });
    expect(JSON.parse(call.connected_agent.output).question).toContain("Contoso");
    expect(textOf(await lastMessage(agents, threadPath))).toContain("stock_price_bot");
  });
});

const ACTIONS = ["look", "wait", "cancel", "submit", "say", "run", "list", "steps"] as const;
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  queued: ["queued", "in_progress", "requires_action", "completed", "cancelling", "cancelled", "expired"],
  in_progress: ["in_progress", "requires_action", "completed", "cancelling", "cancelled", "expired"],
  requires_action: [
    "requires_action",
    "queued",
    "in_progress",
    "completed",
    "cancelling",
    "cancelled",
    "expired",
  ],
  cancelling: ["cancelling", "cancelled"],
};

test("whatever is done to it, a run only moves forward, and its parts agree with it", async () => {
  const action = fc.tuple(fc.constantFrom(...ACTIONS), fc.constantFrom(0, 400, 1_000, 700_000));
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 14 }), fc.boolean(), async (actions, withTools) => {
      const agents = clocked();
      const tools = withTools ? [weather] : [];
      const { run, path, threadPath } = await start(agents, "the weather in Paris?", {}, { tools });
      let before = run.status;
      for (const [name, ms] of actions) {
        const waiting = await agents.ok(`${threadPath}/runs`);
        const current = waiting.data.find(({ id }: Json) => id === run.id);
        if (name === "look") await agents.ok(path);
        if (name === "wait") agents.wait(ms);
        if (name === "cancel") await agents.ask(`${path}/cancel`, { method: "POST" });
        if (name === "submit" && current.status === "requires_action") {
          await agents.ok(`${path}/submit_tool_outputs`, {
            json: { tool_outputs: outputsFor(current, () => "x") },
          });
        }
        const json = { assistant_id: run.assistant_id };
        if (name === "say")
          await agents.ask(`${threadPath}/messages`, { json: { role: "user", content: "x" } });
        if (name === "run") await agents.ask(`${threadPath}/runs`, { json });
        if (name === "steps") await agents.ok(`${path}/steps`);
        const { data: runs } = await agents.ok(`${threadPath}/runs`);
        expect(runs.filter(({ status }: Json) => ALLOWED[status] !== undefined).length).toBeLessThanOrEqual(
          1,
        );
        const now = runs.find(({ id }: Json) => id === run.id);
        expect(ALLOWED[before] ?? [before]).toContain(now.status);
        before = now.status;
        const ended = ALLOWED[now.status] === undefined;
        expect([now.required_action !== null, now.usage !== null]).toEqual([
          now.status === "requires_action",
          ended,
        ]);
        const { data: steps } = await agents.ok(`${path}/steps`);
        const open = steps.filter(({ status }: Json) => status === "in_progress").length;
        expect(open).toBeLessThanOrEqual(ended || now.status === "queued" ? 0 : 1);
      }
    }),
    { numRuns: 60 },
  );
});
