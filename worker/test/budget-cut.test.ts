// Every ending is read by the SDKs that callers use: npm openai, and our own client. Streams come from the emulator,
// cut after each of their events.

import fc from "fast-check";
import { createEmulator } from "latchkey/emulator";
import { createParser } from "latchkey/sse";
import OpenAI from "openai";
import { ResponseStream } from "openai/lib/responses/ResponseStream";
import { describe, expect, test } from "vitest";
import { type Cut, createCut } from "../budget-cut.ts";

const emulator = createEmulator({ seed: 1 });
const END = {
  usage: { tokensIn: 11, tokensOut: 7 },
  error: { error: { code: "budget_exceeded", message: "m" } },
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

interface Event {
  readonly event: string;
  readonly data: string;
  readonly raw: string;
}

function eventsOf(stream: string): Event[] {
  const events: Event[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) =>
      events.push({ event, data, raw: `${event === "message" ? "" : `event: ${event}\n`}data: ${data}\n\n` }),
  });
  parser.feed(new TextEncoder().encode(stream));
  return events;
}

async function streamOf(path: string, body: object): Promise<Event[]> {
  const response = await emulator.fetch(`http://127.0.0.1${path}`, {
    method: "POST",
    headers: { authorization: "Bearer emulator-key", "content-type": "application/json" },
    body: JSON.stringify({ ...body, stream: true }),
  });
  expect(response.status).toBe(200);
  return eventsOf(await response.text());
}

function cutAfter(events: readonly Event[], count: number, cut: Cut): string {
  const passed = events.slice(0, count);
  for (const { event, data } of passed) cut.note(event, data);
  return passed.map(({ raw }) => raw).join("") + text(cut.ending(END));
}

const sdk = (stream: string) =>
  new OpenAI({
    apiKey: "any",
    baseURL: "http://127.0.0.1/v1",
    maxRetries: 0,
    fetch: async () => new Response(stream, { headers: { "content-type": "text/event-stream" } }),
  });

const messages = [{ role: "user" as const, content: "echo one two three four five six" }];

describe("chat", () => {
  for (const includeUsage of [false, true]) {
    test(`cut after any event is whole for the SDK, ${includeUsage ? "with" : "without"} usage`, async () => {
      const events = await streamOf("/v1/chat/completions", {
        model: "gpt-5-mini",
        messages,
        n: 2,
        ...(includeUsage && { stream_options: { include_usage: true } }),
      });
      expect(events.length).toBeGreaterThan(8);
      for (let count = 1; count < events.length; count += 1) {
        const stream = cutAfter(events, count, createCut("chat", { choices: 2, includeUsage }));
        const finishes = new Map<number, string[]>();
        const usages: unknown[] = [];
        const ids = new Set<string>();
        const answer = await sdk(stream).chat.completions.create({ model: "m", messages, stream: true });
        for await (const chunk of answer) {
          ids.add(chunk.id);
          if (chunk.usage) usages.push(chunk.usage);
          for (const { index, finish_reason: reason } of chunk.choices) {
            if (reason !== null) finishes.set(index, [...(finishes.get(index) ?? []), reason]);
          }
        }
        expect([...finishes.keys()].sort()).toEqual([0, 1]);
        for (const reasons of finishes.values()) expect(reasons).toHaveLength(1);
        expect(ids.size).toBe(1);
        expect(usages).toHaveLength(includeUsage ? 1 : 0);
        expect(stream.match(/\[DONE\]/g)).toHaveLength(1);
        expect(stream.endsWith("data: [DONE]\n\n")).toBe(true);
      }
    });
  }

  test("the SDK's own assembling gives the partial answer, cut for length", async () => {
    const events = await streamOf("/v1/chat/completions", { model: "gpt-5-mini", messages });
    const stream = cutAfter(events, 4, createCut("chat", { includeUsage: true }));
    const runner = sdk(stream).chat.completions.stream({ model: "m", messages });
    const whole = await runner.finalChatCompletion();
    expect(whole.choices[0]).toMatchObject({ finish_reason: "length" });
    expect(whole.choices[0]!.message.content).toMatch(/^one/);
    expect(whole.usage).toEqual({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
  });

  test("A35 the chunk with the filter's results, which has no id, gives none to the ending", () => {
    const cut = createCut("chat");
    cut.note(
      "message",
      '{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[]}',
    );
    cut.note("message", '{"id":"a","created":5,"model":"g","choices":[{"index":0,"delta":{"content":"x"}}]}');
    expect(text(cut.ending(END))).toContain('"id":"a","created":5,"model":"g"');
  });

  test("words of the protocol inside content end nothing", () => {
    const cut = createCut("chat", { includeUsage: true });
    const content = JSON.stringify('"finish_reason":"stop", "usage":{"a":1} data: [DONE]');
    cut.note("message", `{"id":"a","choices":[{"index":0,"delta":{"content":${content}}}]}`);
    const ending = text(cut.ending(END));
    expect(ending).toContain('"finish_reason":"length"');
    expect(ending).toContain('"completion_tokens":7');
  });

  test("before the first event, and after the last", () => {
    const cut = createCut("chat");
    expect(eventsOf(text(cut.ending(END))).map(({ data }) => data)).toEqual([
      expect.stringContaining('"finish_reason":"length"'),
      "[DONE]",
    ]);
    cut.note("message", "[DONE]");
    expect(cut.ending(END)).toHaveLength(0);
  });

  test("what isn't JSON is no reason to fail", () => {
    const cut = createCut("chat");
    for (const data of ["{", "null", "[]", '{"choices":[null,5]}', '{"id":5,"choices":{"a":1}}', ""]) {
      cut.note("message", data);
    }
    expect(text(cut.ending(END))).toMatch(/\[DONE\]\n\n$/);
  });
});

test("a legacy completion ends with the reason of each choice", async () => {
  const events = await streamOf("/v1/completions", {
    model: "gpt-35-turbo-instruct",
    prompt: "one two",
    n: 2,
  });
  for (let count = 1; count < events.length; count += 1) {
    const stream = cutAfter(events, count, createCut("completion", { choices: 2, includeUsage: true }));
    const finishes: number[] = [];
    let usage: unknown;
    for await (const chunk of await sdk(stream).completions.create({
      model: "m",
      prompt: "p",
      stream: true,
    })) {
      expect(chunk.object).toBe("text_completion");
      for (const choice of chunk.choices) if (choice.finish_reason) finishes.push(choice.index);
      usage ??= chunk.usage ?? undefined;
    }
    expect(finishes.sort()).toEqual([0, 1]);
    expect(usage).toBeDefined();
  }
});

describe("responses", () => {
  const weather = {
    type: "function" as const,
    name: "get_weather",
    strict: true,
    description: "Current weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  };
  test.each([
    ["text", { input: "echo one two three four" }],
    ["a function call", { input: "What is the weather in Paris?", tools: [weather] }],
  ])("%s cut after any event is whole for the SDK and numbered on", async (_, body) => {
    const events = await streamOf("/v1/responses", { model: "gpt-5-mini", ...body });
    expect(events.length).toBeGreaterThan(6);
    for (let count = 1; count < events.length; count += 1) {
      const stream = cutAfter(events, count, createCut("response"));
      const told = eventsOf(stream).map(({ event, data }) => ({ event, ...JSON.parse(data) }));
      expect(told.map(({ sequence_number: number }) => number)).toEqual(told.map((__, index) => index));
      for (const { event, type } of told) expect(event).toBe(type);
      const opened = told.filter(({ type }) => type === "response.output_item.added").length;
      expect(told.filter(({ type }) => type === "response.output_item.done")).toHaveLength(opened);
      const parts = told.filter(({ type }) => type === "response.content_part.added").length;
      expect(told.filter(({ type }) => type === "response.content_part.done")).toHaveLength(parts);
      expect(told.filter(({ type }) => type === "response.output_text.done")).toHaveLength(parts);

      const runner = ResponseStream.createResponse(sdk(stream), { model: "m", input: "i" } as never);
      const whole = await runner.finalResponse();
      expect(whole).toMatchObject({
        id: told[0].response.id,
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        usage: { input_tokens: 11, output_tokens: 7, total_tokens: 18 },
      });
      const deltas = told.filter(({ type }) => type === "response.output_text.delta");
      expect(whole.output_text).toBe(deltas.map(({ delta }) => delta).join(""));
      expect(whole.output).toHaveLength(opened);
    }
  });

  test("escaped text comes back as it was, however it was cut into pieces", () => {
    const cut = createCut("response");
    const pieces = ['a"b', "\\", "\n\u2028", "é😀", '{"output_index":9,"sequence_number":99}'];
    const events = [
      { type: "response.created", sequence_number: 0, response: { id: "r" } },
      {
        type: "response.output_item.added",
        sequence_number: 1,
        output_index: 0,
        item: { type: "message", id: "m" },
      },
      {
        type: "response.content_part.added",
        sequence_number: 2,
        output_index: 0,
        content_index: 0,
        part: { type: "output_text", text: "" },
      },
      ...pieces.map((delta, index) => ({
        type: "response.output_text.delta",
        delta,
        sequence_number: 3 + index,
        output_index: 0,
        content_index: 0,
      })),
    ];
    for (const event of events) cut.note("message", JSON.stringify(event));
    const last = JSON.parse(eventsOf(text(cut.ending(END))).at(-1)!.data);
    expect(last.sequence_number).toBe(3 + pieces.length + 3);
    expect(last.response.output[0].content[0].text).toBe(pieces.join(""));
  });

  test("P5 an answer past the bound still ends, without its text", () => {
    const cut = createCut("response");
    cut.note("response.created", '{"type":"response.created","sequence_number":0,"response":{"id":"r"}}');
    const item = '"output_index":0,"item":{"type":"message","id":"m"}';
    cut.note("response.output_item.added", `{"sequence_number":1,${item}}`);
    for (let number = 2; number < 50; number += 1) {
      const delta = "x".repeat(200_000);
      cut.note(
        "response.output_text.delta",
        `{"sequence_number":${number},"output_index":0,"delta":"${delta}"}`,
      );
    }
    const ending = text(cut.ending(END));
    expect(ending.length).toBeLessThan(1000);
    expect(eventsOf(ending).map(({ event }) => event)).toEqual(["response.incomplete"]);
  });

  test("one that has ended gets nothing more", () => {
    const cut = createCut("response");
    cut.note("response.completed", '{"type":"response.completed","sequence_number":3}');
    expect(cut.ending(END)).toHaveLength(0);
  });
});

test("whatever passes, an ending is whole events of JSON and the end mark", () => {
  const names = fc.constantFrom(
    "message",
    "response.created",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.output_text.delta",
    "response.function_call_arguments.delta",
    "thread.run.created",
  );
  const member = fc.constantFrom(
    "id",
    "type",
    "choices",
    "index",
    "finish_reason",
    "item",
    "part",
    "delta",
    "response",
  );
  const data = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(member, fc.jsonValue()).map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '{"type":"response.x","delta":"\\u00zz"}',
      '{"delta":"\\',
      '{"output_index":0,"item":null}',
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, data), { maxLength: 12 }), (passed) => {
      for (const kind of ["chat", "completion", "response", "run"] as const) {
        const cut = createCut(kind, { choices: 2, includeUsage: true });
        for (const [event, text] of passed) cut.note(event, text);
        const ending = text(cut.ending(END));
        const events = eventsOf(ending);
        expect(events.map(({ raw }) => raw).join("")).toBe(ending);
        for (const { data } of events) if (data !== "[DONE]") JSON.parse(data);
      }
    }),
    { numRuns: 300 },
  );
});

test("the run of an agent goes on at the service, so its stream ends with an error and done", () => {
  const cut = createCut("run");
  cut.note("thread.message.delta", "{}");
  expect(text(cut.ending(END))).toBe(
    `event: error\ndata: ${JSON.stringify(END.error)}\n\nevent: done\ndata: [DONE]\n\n`,
  );
  cut.note("done", "[DONE]");
  expect(cut.ending(END)).toHaveLength(0);
});
