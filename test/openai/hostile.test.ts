// What a hostile or broken service sends to the operations of Azure OpenAI and OpenAI, and waits that must end.
import { OpenAI } from "latchkey/openai";
import { runTools, structured, tool } from "latchkey/tools";
import { describe, expect, test } from "vitest";
import { eventStream, failureOf, json, record, service } from "../service.ts";

const clientOf = (answer: Response | (() => Response)): OpenAI =>
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

  const file = new File(["x"], "x.wav");
  const calls: Record<string, (client: OpenAI) => PromiseLike<unknown>> = {
    completions: (c) => c.completions.create({ model: "m", prompt: "x" }),
    embeddings: (c) => c.embeddings.create({ model: "m", input: "x" }),
    "embeddings as floats": (c) => c.embeddings.create({ model: "m", input: "x", encoding_format: "float" }),
    transcript: (c) => c.audio.transcriptions.create({ model: "m", file }),
    translation: (c) => c.audio.translations.create({ model: "m", file }),
    images: (c) => c.images.generate({ model: "m", prompt: "x" }),
    edit: (c) => c.images.edit({ model: "m", prompt: "x", image: file }),
    upload: (c) => c.files.create({ file, purpose: "batch" }),
    file: (c) => c.files.retrieve("f"),
    "file's deletion": (c) => c.files.delete("f"),
    "file's wait": (c) => c.files.waitForProcessing("f", { intervalMs: 0, timeoutMs: 500 }),
    batch: (c) => c.batches.create({ input_file_id: "f", endpoint: "/v1/x", completion_window: "24h" }),
    "batch's end": (c) => c.batches.cancel("b"),
    job: (c) => c.fineTuning.jobs.create({ model: "m", training_file: "f" }),
    model: (c) => c.models.retrieve("m"),
    response: (c) => c.responses.create({ model: "m", input: "x" }),
    "response's end": (c) => c.responses.cancel("r"),
    "response's deletion": (c) => c.responses.delete("r"),
    "response's wait": (c) => c.responses.poll("r", { intervalMs: 0, timeoutMs: 500 }),
    conversation: (c) => c.conversations.create(),
    "conversation's items": (c) => c.conversations.items.create("c", { items: [] }),
    "conversation's item": (c) => c.conversations.items.retrieve("i", { conversation_id: "c" }),
  };
  test.each(Object.keys(calls))("A34 an empty object is no %s", async (name) => {
    for (const answer of [{}, { id: 7, data: {}, text: null, choices: "CANARY", status: "processed" }]) {
      const error = await failureOf(calls[name]!(clientOf(json(answer))));
      expect(error).toMatchObject({ kind: "malformed" });
      expect(`${error.message} ${error.cause}`).not.toContain("CANARY");
    }
  });

  const odd: [string, object, (client: OpenAI) => PromiseLike<unknown>][] = [
    ["an output of numbers", { id: "r", output: 7 }, (c) => c.responses.retrieve("r")],
    ["an item of nothing", { id: "r", output: [null] }, (c) => c.responses.retrieve("r")],
    ["a message of nothing", { id: "r", output: [{ type: "message" }] }, (c) => c.responses.cancel("r")],
    [
      "a part of nothing",
      { id: "r", output: [{ type: "message", content: [null] }] },
      (c) => c.responses.cancel("r"),
    ],
    ["a vector of nothing", { data: [null] }, (c) => c.embeddings.create({ model: "m", input: "x" })],
    [
      "a vector of no base64",
      { data: [{ embedding: "CANARY!" }] },
      (c) => c.embeddings.create({ model: "m", input: "x" }),
    ],
  ];
  test.each(odd)("B %s is malformed, not an error of ours", async (_name, answer, call) => {
    const error = await failureOf(call(clientOf(json(answer))));
    expect(error).toMatchObject({ kind: "malformed" });
    expect(`${error.message} ${error.cause}`).not.toContain("CANARY");
  });

  test.each([{ id: "c", function: null }, null, { function: { name: 7 } }, {}])(
    "B a tool call that is %j is malformed",
    async (call) => {
      const message = { role: "assistant", content: null, tool_calls: [call] };
      const answer = { choices: [{ index: 0, finish_reason: "tool_calls", message }] };
      const run = runTools(
        clientOf(() => json(answer)),
        {
          model: "m",
          messages: [{ role: "user", content: "x" }],
          tools: [],
        },
      );
      const error = await failureOf(run.final());
      expect(error.kind).toMatch(/malformed|output/);
    },
  );

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

  test.each([undefined, null, 7, ""])("P1 a status of %j is not the end of a wait", async (status) => {
    const answer = json({ id: "x", status });
    const times = { intervalMs: 0, timeoutMs: 500 };
    const waits = [
      () => clientOf(answer.clone()).responses.poll("x", times),
      () => clientOf(answer.clone()).files.waitForProcessing("x", times),
    ];
    for (const wait of waits) expect(await failureOf(wait)).toMatchObject({ kind: "malformed" });
  });

  test("a status that is new is waited out", async () => {
    const target = service(
      () => json({ id: "r", status: "paused_for_approval" }),
      () => json({ id: "r", status: "completed", output: [] }),
    );
    const client = new OpenAI({ apiKey: "key", baseURL: "https://service.example/v1", fetch: target.fetch });
    expect((await client.responses.poll("r", { intervalMs: 0 })).status).toBe("completed");
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
