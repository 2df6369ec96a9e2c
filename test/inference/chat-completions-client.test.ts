// The client as a whole, against the emulator: what a user does first.
import { ChatCompletionsClient } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { describe, expect, test } from "vitest";
import {
  COMPLETION,
  clientOf,
  ENDPOINT,
  failureOf,
  json,
  KEY,
  MESSAGES,
  service,
  thrownBy,
} from "../service.ts";

const emulator = createEmulator();
const options = { fetch: emulator.fetch, maxRetries: 0 };

const clientAt = (path: string, more = {}): ChatCompletionsClient =>
  new ChatCompletionsClient(`https://emulator.example${path}`, "emulator-key", { ...options, ...more });

describe("a chat", () => {
  test.each([
    ["/models", { model: "Phi-4" }],
    ["", {}],
    ["/v1", { model: "gpt-5-mini" }],
    ["/openai/v1", { model: "gpt-5-mini", apiVersion: "preview" }],
    ["/openai/deployments/gpt-4.1", { apiVersion: "2024-10-21" }],
  ])("at %j, whole and streaming", async (path, more) => {
    const client = clientAt(path, more);
    const whole = await client.complete({ messages: MESSAGES });
    expect(whole).toMatchObject({ object: "chat.completion", choices: [{ finish_reason: "stop" }] });
    expect(whole.usage?.total_tokens).toBeGreaterThan(0);
    const stream = await client.complete({ messages: MESSAGES, stream: true });
    const streamed = await stream.final();
    expect(streamed.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant" } });
    expect(streamed.choices[0]?.message.content?.length).toBeGreaterThan(0);
  });

  test("with tools is a tool call, streamed as whole", async () => {
    const tools = [
      {
        type: "function" as const,
        function: {
          name: "get_weather",
          parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
        },
      },
    ];
    const client = clientAt("/models", { model: "gpt-5-mini", tools, tool_choice: "required" });
    const messages = [{ role: "user" as const, content: "What's the weather in Paris?" }];
    const { choices } = await client.complete({ messages });
    const streamed = await (await client.complete({ messages, stream: true })).final();
    for (const choice of [choices[0], streamed.choices[0]]) {
      expect(choice?.finish_reason).toBe("tool_calls");
      const call = choice?.message.tool_calls?.[0];
      expect(call).toMatchObject({ type: "function", function: { name: "get_weather" } });
      expect(call?.id).toBeTruthy();
      expect(JSON.parse(call!.function.arguments)).toBeTypeOf("object");
    }
  });

  test("with a wrong key, a wrong api-version, an unknown model", async () => {
    const wrongKey = new ChatCompletionsClient("https://emulator.example/models", KEY, {
      ...options,
      model: "Phi-4",
    });
    expect(await failureOf(wrongKey.complete({ messages: MESSAGES }))).toMatchObject({
      name: "AuthenticationError",
      status: 401,
    });
    expect(
      await failureOf(clientAt("/models", { model: "none" }).complete({ messages: MESSAGES })),
    ).toMatchObject({ kind: "api" });
    const version = clientAt("/models", { model: "Phi-4", apiVersion: "1999-01-01" });
    expect(await failureOf(version.complete({ messages: MESSAGES }))).toMatchObject({ kind: "api" });
  });

  test("an unknown member is refused by the service, and passes as an extra", async () => {
    const client = clientAt("/models", { model: "Phi-4" });
    expect(await failureOf(client.complete({ messages: MESSAGES, odd_member: 1 } as never))).toMatchObject({
      status: 400,
    });
    await client.complete({ messages: MESSAGES, model_extras: { odd_member: 1 } });
  });

  test("many at once don't mix", async () => {
    const client = clientAt("/models", { model: "Phi-4" });
    const texts = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const stream = await client.complete({
          messages: [{ role: "user", content: `echo number-${index}-end` }],
          stream: true,
        });
        return (await stream.final()).choices[0]?.message.content;
      }),
    );
    for (const [index, text] of texts.entries()) expect(text).toContain(`number-${index}-end`);
  });
});

describe("construction", () => {
  test("sends nothing", () => {
    const target = service(() => json(COMPLETION));
    clientOf(target);
    expect(target.arrivals).toHaveLength(0);
  });

  test("a client shows neither its key nor its defaults", async () => {
    const { inspect } = await import("node:util");
    const client = new ChatCompletionsClient(ENDPOINT, KEY, { headers: { "x-secret": "canary-header" } });
    const shown = inspect(client, { depth: 9, showHidden: true }) + JSON.stringify(client);
    expect(shown).not.toContain(KEY);
    expect(shown).not.toContain("canary-header");
  });

  test("needs an endpoint and a credential", async () => {
    const construct = ChatCompletionsClient as unknown as new (...args: unknown[]) => unknown;
    expect(await thrownBy(() => new construct())).toBeInstanceOf(TypeError);
    expect(await thrownBy(() => new construct(ENDPOINT))).toBeInstanceOf(TypeError);
  });
});
