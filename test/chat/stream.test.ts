// A streamed chat: what a service really sends, through the public client, against the emulator and byte for byte.
import { inspect } from "node:util";
import { type ApiError, ChatCompletionsClient, type ChatStream, type LatchkeyError } from "latchkey";
import { createEmulator, type ScenarioName } from "latchkey/emulator";
import { describe, expect, test } from "vitest";
import {
  body,
  COMPLETION,
  chunk,
  clientOf,
  DONE,
  drain,
  eventStream,
  failureOf,
  finishes,
  json,
  MESSAGES,
  record,
  says,
  service,
} from "../service.ts";

const open = (response: Response, options = {}): Promise<ChatStream> =>
  clientOf(service(response), options).complete({ messages: MESSAGES, stream: true });

const opened = (...records: string[]): Promise<ChatStream> => open(eventStream(records.join("")));

const emulator = createEmulator();

/** A stream of the emulator; the scenario is asked for by the name of the model. */
function emulated(
  scenario: ScenarioName | undefined,
  request: object = {},
  path = "/models",
): Promise<ChatStream> {
  const client = new ChatCompletionsClient(`https://emulator.example${path}`, "emulator-key", {
    fetch: emulator.fetch,
    maxRetries: 0,
  });
  return client.complete({
    messages: MESSAGES,
    model: scenario ? `fault-${scenario}` : "gpt-5-mini",
    stream: true,
    ...request,
  });
}

describe("chunks, text and the whole", () => {
  test("agree with each other and with the snapshot", async () => {
    // An extra in this dialect; Azure OpenAI and OpenAI know it.
    const usage = { model_extras: { stream_options: { include_usage: true } } };
    const { items } = await drain(await emulated(undefined, usage));
    const { items: texts } = await drain((await emulated(undefined, usage)).text());
    const stream = await emulated(undefined, usage);
    const whole = await stream.final();
    const text = items.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? "")).join("");
    expect(text.length).toBeGreaterThan(10);
    expect(texts.join("").length).toBe(text.length);
    expect(texts.every((piece) => piece.length > 0)).toBe(true);
    expect(whole.choices[0]?.message.content?.length).toBe(text.length);
    expect(whole).toMatchObject({
      object: "chat.completion",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant" } }],
    });
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);
    expect(stream.snapshot).toBe(whole);
  });

  test("text is of the first choice only", async () => {
    const stream = await opened(
      record({
        choices: [
          { index: 1, delta: { content: "B" } },
          { index: 0, delta: { content: "A" } },
        ],
      }),
      record(chunk({ content: "no" }, { index: 1 })),
      says("a"),
      DONE,
    );
    expect((await drain(stream.text())).items).toEqual(["A", "a"]);
  });

  test("the snapshot grows with the reading", async () => {
    const stream = await opened(says("a"), says("b"), DONE);
    expect(stream.snapshot.choices).toEqual([]);
    const seen: unknown[] = [];
    for await (const _ of stream) seen.push(stream.snapshot.choices[0]?.message.content);
    expect(seen).toEqual(["a", "ab"]);
  });

  test("the id of the request is the service's", async () => {
    expect((await open(eventStream(DONE, { "apim-request-id": "a-1" }))).requestId).toBe("a-1");
    expect((await opened(DONE)).requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("events with names and ids, comments and reconnection times don't disturb", async () => {
    const stream = await opened(
      ": hi\n\n",
      "event: ping\n\n",
      "retry: 10\n",
      `event: message\nid: 1\n${says("a")}`,
      `: c\n${says("b")}`,
      DONE,
    );
    expect((await stream.final()).choices[0]?.message.content).toBe("ab");
  });

  test("JSON over several data lines is one chunk", async () => {
    const lines = JSON.stringify(chunk({ content: "a" }), null, 1)
      .split("\n")
      .map((line) => `data: ${line}\n`)
      .join("");
    expect((await (await opened(`${lines}\n`, DONE)).final()).choices[0]?.message.content).toBe("a");
  });

  test("A20 bytes are UTF-8 whatever the content type says", async () => {
    const response = new Response(says("Grüße 你好") + DONE, {
      headers: { "content-type": "text/event-stream; charset=windows-1252" },
    });
    expect((await (await open(response)).final()).choices[0]?.message.content).toBe("Grüße 你好");
  });

  test.each([undefined, "TEXT/EVENT-STREAM"])("a stream of type %s is read", async (type) => {
    const response = new Response(
      new Blob([says("a") + DONE]).stream(),
      type === undefined ? {} : { headers: { "content-type": type } },
    );
    expect((await (await open(response)).final()).choices[0]?.message.content).toBe("a");
  });
});

describe("what services send", () => {
  test.each<ScenarioName>(["crlf", "bom", "byte-per-write", "slow", "done-open", "late-usage"])(
    "%s is a whole answer",
    async (scenario) => {
      const whole = await (await emulated(scenario === "slow" ? undefined : scenario)).final();
      expect(whole.choices[0]).toMatchObject({ finish_reason: "stop" });
      expect(whole.choices[0]?.message.content?.length).toBeGreaterThan(5);
    },
  );

  test("characters split between pieces are whole", async () => {
    const text = (await (await emulated("split-utf8")).final()).choices[0]?.message.content;
    expect(text).toContain("你好，世界。");
    expect(text).toContain("👨‍👩‍👧‍👦");
    expect(text).not.toContain("\ufffd");
  });

  test("A35 Azure's first chunk without choices and its usage chunk", async () => {
    const filters = [
      { prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: "safe" } } },
    ];
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const stream = await opened(
      record({ id: "", object: "", created: 0, model: "", choices: [], prompt_filter_results: filters }),
      says("a"),
      finishes(),
      record({ id: "chatcmpl-1", choices: [], usage }),
      DONE,
    );
    const { items } = await drain(stream);
    expect(items.map(({ choices }) => choices.length)).toEqual([0, 1, 1, 0]);
    expect(stream.snapshot).toMatchObject({ prompt_filter_results: filters, usage, id: "chatcmpl-1" });
  });

  test("A35 in the emulator's Azure OpenAI form", async () => {
    const client = new ChatCompletionsClient(
      "https://emulator.example/openai/deployments/gpt-4.1",
      "emulator-key",
      {
        fetch: emulator.fetch,
        apiVersion: "2025-03-01-preview",
      },
    );
    const stream = await client.complete({
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    const whole = await stream.final();
    expect(whole.prompt_filter_results?.length).toBeGreaterThan(0);
    expect(whole.choices[0]?.content_filter_results).toBeDefined();
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);
  });

  test("A36 an answer that a filter stopped is neither an error nor a stop", async () => {
    const { choices } = await (await emulated("content-filter-completion")).final();
    expect(choices[0]?.finish_reason).toBe("content_filter");
    const whole = await (await opened(says("a"), finishes("content_filter"), DONE)).final();
    expect(whole.choices[0]).toMatchObject({ finish_reason: "content_filter", message: { content: "a" } });
  });

  test("an asynchronous filter's records without delta", async () => {
    const { items, error } = await drain(await emulated("async-filter"));
    expect(error).toBeUndefined();
    for (const { choices } of items) for (const { delta } of choices) expect(delta).toBeTypeOf("object");
  });

  test("a refusal, and reasoning", async () => {
    const refused = await (await emulated("refusal")).final();
    expect(refused.choices[0]?.message.refusal?.length).toBeGreaterThan(5);
    const reasoned = await (await emulated(undefined, { model: "DeepSeek-R1" })).final();
    expect(reasoned.choices[0]?.message.reasoning_content?.length).toBeGreaterThan(5);
  });

  test("A31 tool calls of the emulator, mixed up", async () => {
    const { choices } = await (await emulated("hostile-indices")).final();
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(
      choices[0]?.message.tool_calls?.map(({ function: { name, arguments: text } }) => [
        name,
        JSON.parse(text),
      ]),
    ).toEqual([
      ["get_weather", { city: "Paris" }],
      ["get_time", { zone: "UTC" }],
      ["get_news", { topic: "space" }],
    ]);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("chunks without delta or choices", async () => {
    const { items, error } = await drain(await emulated("missing-delta"));
    expect(error).toBeUndefined();
    expect(items.every(({ choices }) => choices.every(({ delta }) => typeof delta === "object"))).toBe(true);
  });

  test("A38 events with unknown names and types pass through", async () => {
    const stream = await opened(
      'event: response.created\ndata: {"type":"response.created"}\n\n',
      says("a"),
      DONE,
    );
    const { items } = await drain(stream);
    expect(items[0]).toMatchObject({ type: "response.created", choices: [] });
  });

  test("one very large event", async () => {
    expect(
      (await (await emulated("huge-event")).final()).choices[0]?.message.content?.length,
    ).toBeGreaterThan(4_000_000);
  });
});

describe("errors in the middle", () => {
  test("a proxy's word that the answer was cut is a truncation that keeps what came", async () => {
    const told = JSON.stringify({
      error: { code: "stream_truncated", message: "Cut.", type: "server_error" },
    });
    for (const named of ["", "event: error\n"]) {
      const { items, error } = await drain(await opened(says("a"), `${named}data: ${told}\n\n`));
      expect(items).toHaveLength(1);
      expect(error).toMatchObject({
        name: "StreamTruncatedError",
        kind: "truncated",
        message: expect.stringContaining("Cut."),
        partial: { choices: [{ message: { content: "a" } }] },
      });
    }
  });

  test.each<[string, string, object]>([
    [
      "an event named error",
      'event: error\ndata: {"error":{"code":"server_error","message":"m","type":"t"}}\n\n',
      { code: "server_error", type: "t" },
    ],
    ["an event named error, flat", 'event: error\ndata: {"code":"c","message":"m"}\n\n', { code: "c" }],
    ["an event named error with text", "event: error\ndata: overloaded\n\n", { code: undefined }],
    ["an error without a name", 'data: {"error":{"code":"429","message":"m"}}\n\n', { code: "429" }],
    ["an error as text", 'data: {"error":"m"}\n\n', { code: undefined }],
  ])("A28 %s: an error of the service with what had come", async (_name, last, expected) => {
    const stream = await open(eventStream(says("a") + last + says("b") + DONE, { "x-request-id": "r" }));
    const { items, error } = await drain(stream);
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({
      name: "ApiError",
      kind: "api",
      status: undefined,
      requestId: "r",
      ...expected,
    });
    expect((error as LatchkeyError).partial).toMatchObject({ choices: [{ message: { content: "a" } }] });
  });

  test("A28 the emulator's error event", async () => {
    const { error } = await drain(await emulated("error-event"));
    expect(error).toMatchObject({ kind: "api", code: "server_error" });
  });

  test("a falsy error member is none", async () => {
    expect(
      (await drain(await opened(record({ ...chunk({ content: "a" }), error: null }), DONE))).error,
    ).toBeUndefined();
  });

  test.each(["{broken", "5", "null", '"text"', "true", "undefined", "[DONE"])(
    "A29 data %j is malformed",
    async (data) => {
      const { items, error } = await drain(await opened(says("a"), `data: ${data}\n\n`, DONE));
      expect(items).toHaveLength(1);
      expect(error).toMatchObject({
        kind: "malformed",
        partial: { choices: [{ message: { content: "a" } }] },
      });
    },
  );

  test("a hostile index closes the connection", async () => {
    const content = body([says("a"), record(chunk({ tool_calls: [{ index: 1e9 }] }))], "open");
    const { error } = await drain(await open(eventStream(content)));
    expect(error).toMatchObject({ kind: "malformed" });
    expect(content.state.cancelled).toBe(true);
  });

  test.each([
    { choices: [null] },
    { choices: [5] },
    { choices: ["x"] },
    { choices: {} },
    { choices: [{ delta: 5 }] },
    { choices: [{ delta: { tool_calls: [null] } }] },
    { choices: [{ delta: { tool_calls: [5] } }] },
    { choices: [{ delta: { tool_calls: "x" } }] },
    { choices: [{ delta: { tool_calls: [{ function: null }] } }] },
    { choices: [{ delta: { audio: "x" } }] },
    { choices: [{ logprobs: 5 }] },
    { choices: [{ content_filter_results: "x" }] },
    { id: 5, model: {}, created: "x", usage: "x", prompt_filter_results: 5 },
  ])("%j is malformed or ignored, never a crash or a lost connection", async (value) => {
    const { error } = await drain(await opened(says("a"), record(value), DONE));
    if (error)
      expect(error).toMatchObject({
        kind: "malformed",
        partial: { choices: [{ message: { content: "a" } }] },
      });
  });
});

describe("an answer that is no stream", () => {
  test("A33 a login page is malformed before the first read, and given up", async () => {
    const content = body(["<html>"], "open");
    const error = await failureOf(
      open(new Response(content, { headers: { "content-type": "text/html; charset=utf-8" } })),
    );
    expect(error).toMatchObject({ kind: "malformed" });
    expect(content.state.cancelled).toBe(true);
    expect((await failureOf(emulated("html"))).kind).toBe("malformed");
  });

  test("A34 an error as JSON with status 200 is an error of the service", async () => {
    expect(await failureOf<ApiError>(open(json({ error: { code: "c", message: "m" } })))).toMatchObject({
      kind: "api",
      code: "c",
    });
    expect((await failureOf(emulated("json-error"))).kind).toBe("api");
  });

  test("A34 a whole completion is a stream of one chunk", async () => {
    const stream = await open(json(COMPLETION, 200, { "x-request-id": "r" }));
    expect(stream.requestId).toBe("r");
    const { items } = await drain(stream);
    expect(items).toHaveLength(1);
    expect(items[0]?.choices[0]?.delta.content).toBe("Hello");
    expect(await stream.final()).toEqual(COMPLETION);
  });

  test("A34 a whole completion with tool calls and several choices", async () => {
    const tool_calls = [
      { id: "a", type: "function", function: { name: "one", arguments: "{}" } },
      { id: "b", type: "function", function: { name: "two", arguments: "[]" } },
    ];
    const answer = {
      ...COMPLETION,
      choices: [
        { index: 0, finish_reason: "tool_calls", message: { role: "assistant", content: null, tool_calls } },
        { index: 1, finish_reason: "stop", message: { role: "assistant", content: "x" } },
      ],
    };
    const whole = await (await open(json(answer))).final();
    expect(whole.choices[0]?.message.tool_calls).toEqual(tool_calls);
    expect(whole.choices[1]?.message.content).toBe("x");
  });

  test.each(["{}", "[]", '{"choices":[]}', '{"hello":1}'])("A34 %s is no empty success", async (text) => {
    const error = await failureOf(async () => {
      const stream = await open(new Response(text, { headers: { "content-type": "application/json" } }));
      await stream.final();
    });
    expect(["malformed", "truncated"]).toContain(error.kind);
  });

  test("B20 204 and an empty body are typed errors", async () => {
    expect(["malformed", "truncated"]).toContain(
      (await failureOf(open(new Response(null, { status: 204 })))).kind,
    );
    const error = await failureOf(async () => (await open(eventStream(null))).final());
    expect(["malformed", "truncated"]).toContain(error.kind);
    const emulatedError = await failureOf(async () => (await emulated("empty")).final());
    expect(["malformed", "truncated"]).toContain(emulatedError.kind);
  });

  test("a refusal of the whole call comes before any stream", async () => {
    const error = await failureOf<ApiError>(emulated("content-filter"));
    expect(error).toMatchObject({ status: 400, code: "content_filter" });
  });
});

describe("answers that are none, and odd ones", () => {
  test("P1 [DONE] before any choice is no answer, in no mode", async () => {
    for (const streamEnd of ["done", "finish_reason", "eof"] as const) {
      for (const content of [DONE, record({ choices: [], prompt_filter_results: [] }) + DONE]) {
        const { error } = await drain(await open(eventStream(content), { streamEnd }));
        expect(error).toMatchObject({ kind: "malformed" });
      }
    }
  });

  test.each(["", "<html>sign in</html>", ": ping\n\n"])(
    "P1 streamEnd eof: %j is no empty success",
    async (content) => {
      const { error } = await drain(await open(eventStream(content), { streamEnd: "eof" }));
      expect(error).toMatchObject({ kind: "truncated" });
    },
  );

  test("a last chunk without its blank line counts where the end of the body does", async () => {
    const content = `${says("A")}${finishes().trimEnd()}`;
    for (const streamEnd of ["finish_reason", "eof"] as const) {
      const stream = await open(eventStream(content), { streamEnd });
      expect((await drain(stream)).items).toHaveLength(2);
      expect((await stream.final()).choices[0]).toMatchObject({
        finish_reason: "stop",
        message: { content: "A" },
      });
    }
    expect((await drain(await open(eventStream(content)))).error).toMatchObject({ kind: "truncated" });
  });

  test("P1 half a last chunk is a truncation in every mode", async () => {
    const content = `${says("A")}${finishes().slice(0, 30)}`;
    for (const streamEnd of ["done", "finish_reason", "eof"] as const) {
      const { error } = await drain(await open(eventStream(content), { streamEnd }));
      expect(error).toMatchObject({
        kind: "truncated",
        partial: { choices: [{ message: { content: "A" } }] },
      });
    }
  });

  test("an event with empty data is a sign of life and nothing else", async () => {
    const { items, error } = await drain(await opened(says("a"), "data:\n\n", finishes(), DONE));
    expect(items).toHaveLength(2);
    expect(error).toBeUndefined();
  });

  test("A29 a choice that is text ends up in no error", async () => {
    const { error } = await drain(await opened(record({ choices: ["CANARY"] }), DONE));
    expect(error).toMatchObject({ kind: "malformed" });
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain("CANARY");
  });

  test.each([
    { choices: [{ index: 0 }, null] },
    { choices: "LEAK" },
    { choices: [{ message: { tool_calls: "x" } }] },
  ])("A34 %j in place of a stream is an error of ours", async (answer) => {
    const failure = open(json(answer)).then((stream) => stream.final());
    expect(await failureOf(failure)).toMatchObject({ kind: "malformed" });
  });

  test("tool calls that an index skipped are not in the whole", async () => {
    const call = { index: 2, id: "c", type: "function", function: { name: "f", arguments: "{}" } };
    const stream = await opened(record(chunk({ tool_calls: [call] })), finishes("tool_calls"), DONE);
    expect((await stream.final()).choices[0]?.message.tool_calls).toMatchObject([{ id: "c" }]);
  });
});
