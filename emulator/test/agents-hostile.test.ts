// Whatever is sent, agents answer: with what was asked for, or with a refusal of the service's shape.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Agents, agentsOf, weather } from "./agents-calling.ts";
import { emulatorOf } from "./asking.ts";
import type { Json } from "./calling.ts";

interface Places {
  readonly agents: Agents;
  readonly paths: Readonly<Record<string, string>>;
}

async function places(): Promise<Places> {
  const agents = agentsOf(emulatorOf());
  const agent = await agents.agent({ tools: [weather] });
  const idle = await agents.thread("hello");
  const busy = await agents.thread("the weather in Paris?");
  const run = await agents.ok(`/threads/${busy.id}/runs`, { json: { assistant_id: agent.id } });
  await agents.watch(run);
  const inRun = `/threads/${busy.id}/runs/${run.id}`;
  return {
    agents,
    paths: {
      agents: "/assistants",
      agent: `/assistants/${agent.id}`,
      threads: "/threads",
      thread: `/threads/${idle.id}`,
      messages: `/threads/${idle.id}/messages`,
      runs: `/threads/${idle.id}/runs`,
      "thread and run": "/threads/runs",
      run: inRun,
      outputs: `${inRun}/submit_tool_outputs`,
    },
  };
}

const tool = {
  type: "file_search",
  file_search: { max_num_results: 3, ranking_options: { score_threshold: 0.5 } },
};
const message = {
  role: "user",
  content: [
    { type: "text", text: "hi" },
    { type: "image_url", image_url: { url: "https://example.com/a.png" } },
  ],
  attachments: [{ data_source: { uri: "a", type: "id_asset" }, tools: [{ type: "file_search" }] }],
  metadata: { a: "b" },
};
const resources = {
  code_interpreter: { file_ids: [] },
  file_search: { vector_stores: [{ name: "x", configuration: { data_sources: [] } }] },
  azure_ai_search: { indexes: [{ index_connection_id: "c", index_name: "n" }] },
};
const format = { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } };
const run = {
  assistant_id: "asst_x",
  tools: [
    tool,
    weather,
    { type: "connected_agent", connected_agent: { id: "a", name: "b", description: "c" } },
  ],
  truncation_strategy: { type: "last_messages", last_messages: 1 },
  tool_choice: { type: "function", function: { name: "get_weather" } },
  response_format: format,
  stream: true,
};
const BODIES: readonly Json[] = [
  {
    model: "gpt-4.1",
    name: "x",
    tools: [tool, weather],
    tool_resources: resources,
    response_format: format,
    metadata: {},
  },
  { messages: [message], tool_resources: resources, metadata: {} },
  message,
  { ...run, additional_messages: [message] },
  { ...run, thread: { messages: [message], tool_resources: resources }, tool_resources: resources },
  { tool_outputs: [{ tool_call_id: "call_x", output: "y" }], stream: true },
];

/** Every value in a body, by its way there. */
function waysIn(value: Json, way: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [way];
  return [way, ...Object.keys(value).flatMap((key) => waysIn(value[key], [...way, key]))];
}

function replaced(value: Json, [key, ...rest]: readonly string[], by: unknown): Json {
  if (key === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = replaced(value[key], rest, by);
  return copy;
}

const body = fc
  .tuple(
    fc.constantFrom(...BODIES),
    fc.nat(),
    fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined)),
  )
  .map(([given, at, by]) => {
    const ways = waysIn(given);
    return replaced(given, ways[at % ways.length] ?? [], by);
  });

test("any body", async () => {
  const { agents, paths } = await places();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.values(paths)), body, async (path, json) => {
      const known = JSON.stringify(json)?.replace("asst_x", paths.agent?.split("/")[2] ?? "") ?? "";
      const response = await agents.ask(path, { method: "POST", body: known });
      const text = await response.text();
      expect([200, 400, 404], text).toContain(response.status);
      if (response.status === 200) return;
      expect(JSON.parse(text)).toEqual({
        error: {
          message: expect.any(String),
          type: "invalid_request_error",
          param: anyOrNull(),
          code: anyOrNull(),
        },
      });
    }),
    { numRuns: 600 },
  );
});

function anyOrNull(): unknown {
  return expect.toSatisfy((value: unknown) => value === null || typeof value === "string");
}

test("any body that a run takes leads to its end or to a wait", async () => {
  const emulator = emulatorOf();
  const agents = agentsOf(emulator);
  const { id: assistant_id } = await agents.agent();
  const bodies = fc.record(
    {
      tools: fc.subarray([tool, weather, { type: "code_interpreter" }, { type: "azure_ai_search" }]),
      tool_choice: fc.constantFrom(
        "none",
        "auto",
        "required",
        { type: "code_interpreter" },
        { type: "azure_ai_search" },
      ),
      max_prompt_tokens: fc.integer({ min: 256, max: 400 }),
      max_completion_tokens: fc.integer({ min: 1, max: 40 }),
      parallel_tool_calls: fc.boolean(),
      response_format: fc.constantFrom("auto", { type: "text" }, { type: "json_object" }, format),
      model: fc.constantFrom(
        "gpt-4.1",
        "DeepSeek-R1",
        "whisper",
        "fault-refusal",
        "fault-split-utf8",
        "nobody",
      ),
      truncation_strategy: fc.constantFrom({ type: "auto" }, { type: "last_messages", last_messages: 1 }),
      instructions: fc.constantFrom("", "Be brief.", "Answer as JSON.", "One at a time, please."),
    },
    { requiredKeys: [] },
  );
  const question = fc.constantFrom(
    "the weather in Paris and Rome?",
    "echo hi",
    "what is 2 + 3?",
    "word ".repeat(400),
    "?",
  );
  await fc.assert(
    fc.asyncProperty(bodies, question, async (given, content) => {
      const thread = { messages: [{ role: "user", content }] };
      const response = await agents.ask("/threads/runs", { json: { assistant_id, thread, ...given } });
      const made = (await response.json()) as Json;
      if (response.status !== 200) {
        expect(response.status).toBe(400);
        return;
      }
      const last = (await agents.watch(made)).at(-1);
      expect(["completed", "incomplete", "failed", "requires_action"]).toContain(last.status);
      const streamed = await agents.events("/threads/runs", { assistant_id, thread, ...given });
      expect(streamed.at(-2)?.data.status).toBe(last.status);
      const told = streamed.flatMap(({ name, data }) =>
        name === "thread.message.delta" ? [data.delta.content[0].text.value] : [],
      );
      const { data: messages } = await agents.ok(`/threads/${streamed[1]?.data.thread_id}/messages`);
      const kept = messages.find(({ role }: Json) => role === "assistant");
      expect(kept?.content[0]?.text.value ?? "").toBe(told.join(""));
    }),
    { numRuns: 150 },
  );
});

describe("scenarios", () => {
  const cases: [string, number, Json][] = [
    [
      "rate-limit",
      429,
      {
        error: {
          type: "requests",
          code: "rate_limit_exceeded",
          message: expect.stringMatching(/^Rate limit is exceeded/),
        },
      },
    ],
    ["server-error", 500, { error: { type: "server_error" } }],
    ["unavailable", 503, { error: { code: "service_unavailable" } }],
    ["content-filter", 400, { error: { code: "content_filter" } }],
    ["status;code=409", 409, { error: { type: "invalid_request_error" } }],
    ["nonsense", 400, { error: { code: "emulator_scenario" } }],
  ];
  test.each(cases)("%s", async (scenario, status, answer) => {
    const { agents, paths } = await places();
    for (const [path = "", json] of [
      [paths.agent, undefined],
      [paths.threads, {}],
      [paths.messages, { role: "user", content: "x" }],
      [paths.runs, { assistant_id: paths.agent?.split("/")[2] }],
      [paths.run, undefined],
    ] as const) {
      const response = await agents.ask(path, { json, scenario });
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.json()).toMatchObject(answer);
    }
    expect((await agents.ok(`${paths.runs}`)).data).toEqual([]);
  });

  test("cut the stream after outputs, and the run goes on", async () => {
    const { agents, paths } = await places();
    const waiting = await agents.ok(paths.run ?? "");
    const { tool_calls: calls } = waiting.required_action.submit_tool_outputs;
    const tool_outputs = calls.map(({ id }: Json) => ({ tool_call_id: id, output: "sunny" }));
    const events = await agents.events(paths.outputs ?? "", { tool_outputs }, { scenario: "cut;after=4" });
    expect(events.at(-1)?.name).toBe("thread.run.step.created");
    expect((await agents.watch(waiting)).at(-1).status).toBe("completed");
  });
});
