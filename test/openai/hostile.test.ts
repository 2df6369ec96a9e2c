// What a hostile or broken service sends to the operations of Azure OpenAI and OpenAI, and waits that must end.
import { OpenAI } from "latchkey/openai";
import { runTools, structured, tool } from "latchkey/tools";
import { describe, expect, test } from "vitest";
import { eventStream, failureOf, json, record, service } from "../service.ts";

const clientOf = (answer: Response): OpenAI =>
  new OpenAI({
    apiKey: "key",
    baseURL: "https://service.example/v1",
    fetch: service(answer).fetch,
    maxRetries: 0,
  });

describe("a stream of a response", () => {
  test.each(["__proto__", "constructor", 0.5, -1, null])(
    "A32 an index %j reaches no prototype",
    async (index) => {
      const item = { type: "message", id: "m", content: [{ type: "output_text", text: "" }] };
      const events = [
        { type: "response.output_item.added", output_index: 0, item },
        { type: "response.output_text.delta", output_index: index, content_index: 0, delta: "PWN" },
        { type: "response.output_text.delta", output_index: 0, content_index: index, delta: "PWN" },
        { type: "response.function_call_arguments.delta", output_index: index, delta: "PWN" },
        { type: "response.completed", response: { id: "r", status: "completed", output: [] } },
      ];
      const stream = await clientOf(eventStream(events.map(record).join(""))).responses.create({
        model: "m",
        input: "x",
        stream: true,
      });
      await stream.final();
      expect(Object.keys(Object.prototype)).toEqual([]);
      for (const name of ["text", "arguments", "annotations"]) expect(name in []).toBe(false);
      for (const name of ["text", "annotations"]) expect(Object.hasOwn(Array, name)).toBe(false);
    },
  );
});

describe("an answer of another kind", () => {
  test("A33 B13 a page or an object is no speech", async () => {
    const page = new Response("<html>", { headers: { "content-type": "text/html" } });
    for (const [answer, kind] of [
      [page, "malformed"],
      [json({ error: { message: "no" } }), "api"],
      [json({}), "malformed"],
    ] as const) {
      const speech = clientOf(answer).audio.speech.create({ model: "tts-1", voice: "alloy", input: "x" });
      expect(await failureOf(speech)).toMatchObject({ kind });
    }
  });

  test("A34 an empty object is no empty success of a stream", async () => {
    const file = new File(["x"], "x.wav");
    const calls: (() => PromiseLike<{ final(): Promise<unknown> }>)[] = [
      () => clientOf(json({})).responses.create({ model: "m", input: "x", stream: true }),
      () =>
        clientOf(json({})).audio.transcriptions.create({ model: "gpt-4o-transcribe", file, stream: true }),
      () =>
        clientOf(json({})).audio.speech.create({
          model: "m",
          voice: "alloy",
          input: "x",
          stream_format: "sse",
        }),
    ];
    for (const call of calls) {
      expect(await failureOf(Promise.resolve(call()).then((stream) => stream.final()))).toMatchObject({
        kind: "truncated",
      });
    }
  });

  test("B13 an error is no transcript", async () => {
    const transcript = clientOf(json({ error: { message: "no" } })).audio.transcriptions.create({
      model: "whisper",
      file: new File(["x"], "x.wav"),
      response_format: "text",
    });
    expect(await failureOf(transcript)).toMatchObject({ kind: "api" });
  });

  test.each(["queued", "in_progress", "cancelled"])(
    "P1 a response that is %s is no answer",
    async (status) => {
      const form = structured({ type: "object" }, { name: "form" });
      expect(await failureOf(form.parse({ id: "r", status, output: [] } as never))).toMatchObject({
        kind: "malformed",
      });
    },
  );

  test("P1 a response that is incomplete for whatever reason is cut", async () => {
    const form = structured({ type: "object" }, { name: "form" });
    const content = [{ type: "output_text", text: "{}" }];
    const answer = {
      status: "incomplete",
      incomplete_details: { reason: "new" },
      output: [{ type: "message", content }],
    };
    expect(await failureOf(form.parse(answer as never))).toMatchObject({ kind: "output", reason: "length" });
  });
});

describe("waits that end", () => {
  test("C14 polling keeps its deadline while a question is open, and refuses what no timer takes", async () => {
    const fetch = () => new Promise<Response>(() => {});
    const client = new OpenAI({ apiKey: "key", baseURL: "https://service.example/v1", fetch, maxRetries: 0 });
    expect(await failureOf(client.responses.poll("r", { timeoutMs: 30 }))).toMatchObject({ kind: "timeout" });
    await expect(client.responses.poll("r", { intervalMs: 2 ** 31 })).rejects.toThrow(TypeError);
  });

  test.each([0, -1, Number.NaN, 2 ** 31])("C14 a tool's time of %j is refused", (ms) => {
    const slow = tool({ name: "slow", parameters: { type: "object" }, execute: () => "", timeoutMs: ms });
    const client = clientOf(json({}));
    const request = { model: "m", messages: [{ role: "user" as const, content: "x" }] };
    expect(() => runTools(client, { ...request, tools: [slow] })).toThrow(TypeError);
    expect(() => runTools(client, { ...request, tools: [] }, { toolTimeoutMs: ms })).toThrow(TypeError);
    expect(() => runTools(client, { ...request, tools: [] }, { maxParallel: 0.5 })).toThrow(TypeError);
  });
});
