// What is said stays out of every span, event and metric unless it's asked for; and is where the conventions want it then.
import { metrics } from "@opentelemetry/api";
import { RateLimitError, type StartTrace } from "latchkey";
import { OpenAI } from "latchkey/openai";
import { runTools, tool } from "latchkey/tools";
import { describe, expect, test } from "vitest";
import {
  body,
  chunk,
  clientOf,
  eventStream,
  failureOf,
  finishes,
  json,
  record,
  says,
  service,
} from "../service.ts";
import { eventsOf, jsonOf, type Recorded, recorded } from "./recorder.ts";

const CANARY = "canary-said-51b2d8";
const CONVENTIONS = ["1.41", "1.30"] as const;

const ANSWER = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: CANARY,
        reasoning_content: CANARY,
        tool_calls: [
          { id: "call_1", type: "function", function: { name: CANARY, arguments: `{"city":"${CANARY}"}` } },
        ],
      },
    },
    { index: 1, finish_reason: CANARY, message: { role: CANARY, content: CANARY } },
  ],
};

const REQUEST = {
  model: "m",
  user: CANARY,
  metadata: { note: CANARY },
  temperature: CANARY,
  response_format: { type: "json_schema", json_schema: { name: "n", description: CANARY } },
  tools: [{ type: "function", function: { name: "f", description: CANARY, parameters: { title: CANARY } } }],
  messages: [
    { role: "system", content: CANARY },
    { role: CANARY, content: CANARY },
    {
      role: "user",
      content: [
        { type: "text", text: CANARY },
        { type: "image_url", image_url: { url: `https://x.example/${CANARY}.png` } },
      ],
    },
    ANSWER.choices[0]!.message,
    { role: "tool", tool_call_id: "call_1", content: CANARY },
  ],
};

/** Operations of agents as a client sends them, and what comes of them. */
const AGENTS: [name: string, method: string, path: string, body: object, result: object][] = [
  [
    "assistants",
    "POST",
    "/assistants",
    { model: "m", name: "Helper", description: CANARY, instructions: CANARY, metadata: { CANARY } },
    { id: "asst_1", instructions: CANARY },
  ],
  [
    "threads",
    "POST",
    "/threads/t/messages",
    { role: "user", content: CANARY, attachments: [{ file_id: "file-1", file_name: CANARY }] },
    { id: "msg_1", status: CANARY, content: [{ type: "text", text: { value: CANARY } }] },
  ],
  [
    "threads",
    "POST",
    "/threads/t/runs",
    {
      assistant_id: "asst_1",
      instructions: CANARY,
      additional_instructions: CANARY,
      additional_messages: [{ role: "user", content: CANARY }],
    },
    { id: "run_1", status: "failed", last_error: { code: CANARY, message: CANARY } },
  ],
  [
    "threads",
    "POST",
    "/threads/t/runs/r/submit_tool_outputs",
    { tool_outputs: [{ tool_call_id: "call_1", output: CANARY }] },
    { run: { id: "run_1", status: "completed" }, messages: [{ role: "assistant", content: CANARY }] },
  ],
  [
    "threads",
    "GET",
    "/threads/t/messages",
    {},
    { data: [{ role: "assistant", content: [{ type: "text", text: { value: CANARY } }] }] },
  ],
];

function runAgents(trace: StartTrace): void {
  for (const [name, method, path, members, result] of AGENTS) {
    const url = `https://p.example/api/projects/p${path}?api-version=v1`;
    const text = method === "POST" ? JSON.stringify(members) : undefined;
    const operation = { name, method, url, headers: {}, body: text, stream: false, authenticate: true };
    trace(operation)?.end({ status: 200, requestId: undefined, retries: 0, result });
  }
}

/** Everything that can carry what is said, through every client and the tool loop. */
async function sayAll({ telemetry: { trace } }: Recorded): Promise<void> {
  const whole = service(() => json(ANSWER));
  await clientOf(whole, { trace }).complete({ body: REQUEST });
  const echo = { error: { message: CANARY, code: CANARY, type: CANARY, param: CANARY } };
  const failing = clientOf(
    service(json(echo, 429), json(echo), () =>
      Promise.reject(Object.assign(new Error(CANARY), { name: CANARY })),
    ),
    { trace },
  );
  for (let i = 0; i < 3; i++) await failureOf(failing.complete({ body: REQUEST }));
  for (const records of [says(CANARY) + finishes() + record(chunk({}, {}, { choices: [] })), says(CANARY)]) {
    const stream = await clientOf(service(eventStream(body([records], "open"))), { trace }).complete({
      body: { ...REQUEST, stream: true },
      stream: true,
    });
    await stream[Symbol.asyncIterator]().next();
    stream.abort(CANARY);
  }
  const output = [{ type: "message", role: "assistant", content: [{ type: "output_text", text: CANARY }] }];
  const responses = service(() =>
    json({
      id: "resp_1",
      object: "response",
      status: "failed",
      error: { code: CANARY, message: CANARY },
      output,
    }),
  );
  await new OpenAI({ apiKey: "k", fetch: responses.fetch, trace }).responses.create({
    model: "m",
    instructions: CANARY,
    input: [
      { role: "user", content: CANARY },
      { type: "function_call_output", call_id: "c", output: CANARY },
    ],
  } as never);
  await runWithTools(trace);
  runAgents(trace);
}

async function runWithTools(trace: StartTrace): Promise<void> {
  const call = (name: string, id: string) => ({
    id,
    type: "function",
    function: { name, arguments: `{"city":"${CANARY}"}` },
  });
  const calling = {
    ...ANSWER,
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          tool_calls: [call("says", "call_1"), call("throws", "call_2"), call(CANARY, "call_3")],
        },
      },
    ],
  };
  const done = { ...ANSWER, choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant" } }] };
  const tools = [
    tool({ name: "says", description: CANARY, execute: () => CANARY }),
    tool({
      name: "throws",
      execute: () => {
        throw Object.assign(new Error(CANARY), { name: CANARY });
      },
    }),
  ];
  const client = clientOf(service(json(calling), json(done)), { trace });
  await runTools(client, { messages: [{ role: "user", content: CANARY }], tools }, { trace }).final();
}

describe.each(CONVENTIONS)("by conventions %s", (conventions) => {
  test("nothing that is said is recorded by default, in errors neither", async () => {
    const told: unknown[] = [];
    const meter = {
      getMeter: () => ({ createHistogram: () => ({ record: (...record: unknown[]) => told.push(record) }) }),
    };
    metrics.setGlobalMeterProvider(meter as never);
    try {
      const all = await recorded({ conventions });
      await sayAll(all);
      const names = all.spans().map(({ name }) => name);
      expect(names.sort()).toEqual([
        "chat",
        "chat",
        ...Array(7).fill("chat m"),
        "create_agent Helper",
        "create_message",
        "execute_tool says",
        "execute_tool throws",
        ...(conventions === "1.41" ? ["invoke_agent"] : []),
        "list_messages",
        ...(conventions === "1.30" ? ["start_thread_run"] : []),
        "submit_tool_outputs",
      ]);
      expect(all.printed()).not.toMatch(/canary|said|51b2d8/i);
      expect(told.length).toBeGreaterThan(10);
      expect(JSON.stringify(told)).not.toMatch(/canary|said|51b2d8/i);
    } finally {
      metrics.disable();
    }
  });

  test("with recordContent all of it is", async () => {
    const all = await recorded({ conventions, recordContent: true });
    await sayAll(all);
    const silent = all.spans().filter((span) => {
      const { attributes, events, status } = span;
      return !JSON.stringify([attributes, events, status]).includes(CANARY);
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});

test("1.41: messages, instructions and tools as attributes", async () => {
  const { telemetry, span } = await recorded({ recordContent: true });
  const pixel = "data:image/png;base64,AAAA";
  await clientOf(service(json(ANSWER)), { trace: telemetry.trace }).complete({
    model: "m",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "image_url", image_url: { url: pixel } },
        ],
      },
      { role: "tool", tool_call_id: "call_0", content: "sunny" },
    ],
    tools: REQUEST.tools as never,
  });
  expect(jsonOf(span(), "gen_ai.input.messages")).toEqual([
    { role: "system", parts: [{ type: "text", content: "Be brief." }] },
    {
      role: "user",
      parts: [
        { type: "text", content: "Hi" },
        { type: "blob", modality: "image", mime_type: "image/png" },
      ],
    },
    { role: "tool", parts: [{ type: "tool_call_response", id: "call_0", response: "sunny" }] },
  ]);
  expect(jsonOf(span(), "gen_ai.output.messages")).toMatchObject([
    {
      role: "assistant",
      parts: [
        { type: "reasoning", content: CANARY },
        { type: "text", content: CANARY },
        { type: "tool_call", id: "call_1", name: CANARY, arguments: { city: CANARY } },
      ],
      finish_reason: "tool_calls",
    },
    {},
  ]);
  expect(jsonOf(span(), "gen_ai.tool.definitions")).toEqual(REQUEST.tools);
});

test("1.30: messages as events, bare without content", async () => {
  for (const recordContent of [true, false]) {
    const { telemetry, span } = await recorded({ recordContent, conventions: "1.30" });
    await clientOf(service(json(ANSWER)), { trace: telemetry.trace }).complete({
      model: "m",
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "tool", tool_call_id: "call_0", content: "sunny" },
      ] as never,
    });
    const [system, answer, choice] = eventsOf(span());
    expect(system).toEqual([
      "gen_ai.system.message",
      { role: "system", ...(recordContent && { content: "Be brief." }) },
    ]);
    expect(answer).toEqual([
      "gen_ai.tool.message",
      { role: "tool", id: "call_0", ...(recordContent && { content: "sunny" }) },
    ]);
    const called = ANSWER.choices[0]!.message.tool_calls![0];
    expect(choice).toEqual([
      "gen_ai.choice",
      {
        finish_reason: "tool_calls",
        index: 0,
        message: {
          role: "assistant",
          ...(recordContent && { content: CANARY }),
          tool_calls: [recordContent ? called : { id: "call_1", type: "function" }],
        },
      },
    ]);
  }
});

test("an error's message is recorded with content, its stack never", async () => {
  const { telemetry, span } = await recorded({ recordContent: true });
  const error = await failureOf<RateLimitError>(
    clientOf(service(json({ error: { message: CANARY } }, 429)), { trace: telemetry.trace }).complete({
      messages: [{ role: "user", content: "x" }],
    }),
  );
  expect(error).toBeInstanceOf(RateLimitError);
  expect(span().status.message).toBe(`429 ${CANARY}`);
  expect(span().events[0]?.attributes).toEqual({
    "exception.type": "RateLimitError",
    "exception.message": `429 ${CANARY}`,
  });
});
