import { describe, expect, test } from "vitest";
import { DIALECTS } from "../dialects.ts";
import { readChatRequest } from "../validate.ts";
import { ask, emulatorOf } from "./asking.ts";

const messages = [{ role: "user", content: "hi" }];
const tools = [{ type: "function", function: { name: "f" } }];

describe("a wrong member", () => {
  const cases: [string, Record<string, unknown>, number, number, string][] = [
    ["no messages", { messages: undefined }, 400, 400, "messages"],
    ["empty messages", { messages: [] }, 400, 400, "messages"],
    ["messages of the wrong type", { messages: "hi" }, 400, 422, "messages"],
    ["an unknown role", { messages: [{ role: "robot", content: "x" }] }, 400, 400, "messages[0].role"],
    ["no content", { messages: [{ role: "user" }] }, 400, 400, "messages[0].content"],
    [
      "an unknown part",
      { messages: [{ role: "user", content: [{ type: "smell" }] }] },
      400,
      400,
      "messages[0].content[0].type",
    ],
    [
      "a tool message out of the blue",
      { messages: [{ role: "tool", tool_call_id: "x", content: "" }] },
      400,
      400,
      "messages[0].role",
    ],
    ["temperature as text", { temperature: "hot" }, 400, 422, "temperature"],
    ["temperature too high", { temperature: 3 }, 400, 400, "temperature"],
    ["top_p below 0", { top_p: -0.1 }, 400, 400, "top_p"],
    ["frequency_penalty too low", { frequency_penalty: -3 }, 400, 400, "frequency_penalty"],
    ["half a token", { max_tokens: 1.5 }, 400, 422, "max_tokens"],
    ["stream as text", { stream: "yes" }, 400, 422, "stream"],
    ["no tools", { tools: [] }, 400, 400, "tools"],
    [
      "a tool with a bad name",
      { tools: [{ type: "function", function: { name: "a b" } }] },
      400,
      400,
      "tools[0].function.name",
    ],
    ["tool_choice without tools", { tool_choice: "auto" }, 400, 400, "tool_choice"],
    [
      "tool_choice of an absent tool",
      { tools, tool_choice: { type: "function", function: { name: "g" } } },
      400,
      400,
      "tool_choice.function.name",
    ],
    ["an unknown response_format", { response_format: { type: "yaml" } }, 400, 400, "response_format.type"],
    [
      "json_schema without a name",
      { response_format: { type: "json_schema", json_schema: {} } },
      400,
      400,
      "response_format.json_schema.name",
    ],
    ["audio", { modalities: ["text", "audio"] }, 400, 422, "modalities"],
  ];

  test.each(cases)("%s", async (_name, change, openaiStatus, inferenceStatus, param) => {
    const body = { messages, ...change };
    const openai = await ask(emulatorOf(), { stream: false, body });
    expect(openai.status).toBe(openaiStatus);
    expect(await openai.json()).toMatchObject({ error: { type: "invalid_request_error", param } });
    const unified = await ask(emulatorOf(), { form: "models", stream: false, body });
    expect(unified.status).toBe(inferenceStatus);
    const error = (await unified.json()) as { error: { code: string } };
    expect(error).toMatchObject({ error: { target: param } });
    expect(unified.headers.get("x-ms-error-code")).toBe(error.error.code);
  });

  test("on the serverless form names its place in detail", async () => {
    const response = await ask(emulatorOf(), { form: "serverless", body: { modalities: ["audio"] } });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      status: 422,
      code: "parameter_not_supported",
      detail: { loc: ["body", "modalities"], input: ["audio"] },
    });
  });

  test.each([
    ["logprobs", { logprobs: true }],
    ["n past 128", { n: 129 }],
    ["five stop sequences", { stop: ["a", "b", "c", "d", "e"] }],
    ["stream_options without stream", { stream_options: { include_usage: true } }],
    ["json_object without the word", { response_format: { type: "json_object" } }],
    ["functions", { functions: [{ name: "f" }] }],
    ["an unknown member", { colour: "red" }],
    ["a member of every object", JSON.parse('{"__proto__":1,"toString":2}')],
  ])("of the OpenAI dialects: %s", async (_name, body) => {
    expect((await ask(emulatorOf(), { stream: false, body })).status).toBe(400);
  });

  test.each(["{", "", "null", "[]", '"text"', "\ud800"])("body %j is no JSON object", (body) => {
    expect(() => readChatRequest(DIALECTS.openai, body, null)).toThrow("bad-json");
  });

  test("is described without repeating a long value", async () => {
    const canary = `canary ${"x".repeat(100)}`;
    const response = await ask(emulatorOf(), { body: { temperature: canary } });
    expect(await response.text()).not.toContain("canary");
  });
});

describe("a hostile body", () => {
  const nested = (depth: number): string => `${'{"properties":'.repeat(depth)}{}${"}".repeat(depth)}`;

  test("with a schema of 100,000 levels is refused", async () => {
    const body = `{"model":"gpt-4.1","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":${nested(100_000)}}}]}`;
    const headers = { "api-key": "emulator-key" };
    const response = await emulatorOf().fetch("http://emulator.test/v1/chat/completions", {
      method: "POST",
      headers,
      body,
    });
    expect(response.status).toBe(400);
  });

  test.each(["what did i ", "1,", "1 ", "( ", "my name is ", "table of ", '" ', "A ", "Paris "])(
    "of a megabyte of %j is answered within a second",
    async (piece) => {
      const content = piece.repeat(1_000_000 / piece.length);
      const start = performance.now();
      expect((await ask(emulatorOf(), { content, stream: false })).status).toBe(200);
      expect(performance.now() - start).toBeLessThan(1_000);
    },
  );
});

describe("extra-parameters", () => {
  const extra = async (mode: string | undefined, body: Record<string, unknown>): Promise<Response> =>
    ask(emulatorOf(), {
      form: "models",
      content: "echo one two three",
      stream: false,
      body,
      ...(mode !== undefined && { headers: { "extra-parameters": mode } }),
    });

  test.each([undefined, "error"])("%s refuses what it does not know", async (mode) => {
    const response = await extra(mode, { max_completion_tokens: 1 });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("max_completion_tokens");
  });

  test.each(["drop", "ignore"])("%s leaves it out", async (mode) => {
    const response = await extra(mode, { max_completion_tokens: 1, colour: "red" });
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });

  test("pass-through lets it reach the model", async () => {
    const response = await extra("pass-through", { max_completion_tokens: 1, colour: "red" });
    expect(await response.json()).toMatchObject({ choices: [{ finish_reason: "length" }] });
    expect((await extra("pass-through", { n: "three" })).status).toBe(422);
  });

  test("anything else is refused", async () => {
    expect((await extra("maybe", {})).status).toBe(400);
  });
});

describe("a right request", () => {
  test("has every default filled in", () => {
    expect({
      request: readChatRequest(DIALECTS.openai, JSON.stringify({ model: "m", messages }), null),
    }).toEqual({
      request: {
        model: "m",
        messages: [
          { role: "user", text: "hi", images: [], audioParts: 0, toolCalls: [], toolCallId: undefined },
        ],
        stream: false,
        includeUsage: false,
        n: 1,
        maxTokens: undefined,
        stop: [],
        seed: undefined,
        tools: [],
        toolChoice: "none",
        parallelToolCalls: true,
        responseFormat: { type: "text" },
      },
    });
  });

  test("takes null for absent", () => {
    const body = { messages, temperature: null, tools: null, stop: null, stream: null };
    expect(readChatRequest(DIALECTS.openai, JSON.stringify(body), null)).toBeDefined();
  });

  test("takes every role and kind of content", () => {
    const conversation = [
      { role: "system", content: "s" },
      { role: "developer", content: [{ type: "text", text: "d" }] },
      { role: "user", content: [{ type: "input_audio", input_audio: { data: "", format: "wav" } }] },
      { role: "user", content: [{ type: "file", file: { file_data: "data:application/pdf;base64," } }] },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "" } }],
      },
      { role: "tool", tool_call_id: "1", content: [{ type: "text", text: "t" }] },
      { role: "assistant", content: [{ type: "refusal", refusal: "no" }] },
    ];
    expect(readChatRequest(DIALECTS.models, JSON.stringify({ messages: conversation }), null)).toBeDefined();
  });

  test("of a megabyte is read quickly", () => {
    const content = `data:image/png;base64,${"A".repeat(1_000_000)}`;
    const parts = [{ type: "image_url", image_url: { url: content } }];
    const start = performance.now();
    expect(
      readChatRequest(
        DIALECTS.openai,
        JSON.stringify({ messages: [{ role: "user", content: parts }] }),
        null,
      ),
    ).toBeDefined();
    expect(performance.now() - start).toBeLessThan(200);
  });
});
