// Streams of events that name their type: what they deliver, what they add up to, and how they may end.
import type { AzureOpenAI, ResponseStreamEvent } from "latchkey/openai";
import { describe, expect, expectTypeOf, test } from "vitest";
import { body, DONE, drain, eventStream, failureOf, json, record } from "../service.ts";
import { azure, named, recorder } from "./recorder.ts";

const answering = (...pieces: string[]): AzureOpenAI => azure(recorder(() => eventStream(body(pieces))));
const INPUT = { model: "m", input: "Hi", stream: true } as const;

const message = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});
const response = (status: string, output: object[] = [], more = {}) => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  model: "m",
  status,
  output,
  ...more,
});

let number = 0;
const event = (type: string, members: object = {}): string =>
  named({ type, sequence_number: number++, ...members });
const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
const START = [
  event("response.created", { response: response("in_progress") }),
  event("response.output_item.added", { output_index: 0, item: { ...message(""), content: [] } }),
  event("response.content_part.added", { ...at, part: { type: "output_text", text: "", annotations: [] } }),
  event("response.output_text.delta", { ...at, delta: "Hel" }),
  event("response.output_text.delta", { ...at, delta: "lo" }),
];
const END = event("response.completed", { response: response("completed", [message("Hello")]) });

describe("responses", () => {
  test("every event, in order; the whole; the text", async () => {
    const stream = await answering(...START, END).responses.create(INPUT);
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items.map(({ type }) => String(type))).toEqual([
      "response.created",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.completed",
    ]);
    expect(await stream.final()).toMatchObject({ id: "resp_1", status: "completed", output_text: "Hello" });
    const again = await answering(...START, END).responses.create(INPUT);
    expect((await drain(again.text())).items).toEqual(["Hel", "lo"]);
  });

  test("events are the caller's: they don't change afterwards", async () => {
    const stream = await answering(...START, END).responses.create(INPUT);
    const { items } = await drain(stream);
    expect(items[2]).toMatchObject({ part: { text: "" } });
    expect(items[1]).toMatchObject({ item: { content: [] } });
  });

  test("it ends with the terminal event, though the connection stays open", async () => {
    const open = azure(recorder(() => eventStream(body([...START, END], "open"))));
    const stream = await open.responses.create(INPUT, { idleTimeoutMs: 5000 });
    expect((await stream.final()).output_text).toBe("Hello");
  });

  test("[DONE] is tolerated after it, and no end before it", async () => {
    const stream = await answering(...START, END, DONE).responses.create(INPUT);
    expect((await drain(stream)).items).toHaveLength(6);
    const cut = await answering(...START, DONE).responses.create(INPUT);
    expect(await failureOf(cut.final())).toMatchObject({ kind: "truncated" });
  });

  test.each(["failed", "incomplete"])("%s is an answer too", async (status) => {
    const error = { code: "server_error", message: "no" };
    const end = event(`response.${status}`, { response: response(status, [], { error }) });
    expect(await (await answering(...START, end).responses.create(INPUT)).final()).toMatchObject({
      status,
      error,
    });
  });

  test("cut: the error has what came, text and all", async () => {
    const stream = await answering(...START).responses.create(INPUT);
    const { items, error } = await drain(stream);
    expect(items).toHaveLength(5);
    expect(error).toMatchObject({ kind: "truncated" });
    const { partial } = error as { partial: object };
    expect(partial).toMatchObject({ output_text: "Hello", output: [{ content: [{ text: "Hello" }] }] });
    expect(partial).toBe(stream.snapshot);
  });

  test.each([
    ["an error event", event("error", { code: "rate_limit", message: "slow", param: null })],
    ["a data error", record({ type: "error", code: "rate_limit", message: "slow", sequence_number: 9 })],
    ["an error member", record({ error: { code: "rate_limit", message: "slow" } })],
  ])("%s is thrown, with what came", async (_, piece) => {
    const { error } = await drain(await answering(...START, piece).responses.create(INPUT));
    expect(error).toMatchObject({ kind: "api", code: "rate_limit", status: undefined });
    expect((error as Error).message).toMatch(/slow/);
    expect((error as { partial: object }).partial).toMatchObject({ output_text: "Hello" });
  });

  test("A38 an unknown event is delivered, and adds nothing", async () => {
    const future = event("response.future.thing", { surprise: 1 });
    const { items, error } = await drain(await answering(future, END).responses.create(INPUT));
    expect(error).toBeUndefined();
    expect(items[0]).toMatchObject({ type: "response.future.thing", surprise: 1 });
  });

  test("arguments, refusals, reasoning, code and annotations add up", async () => {
    const of = (output_index: number, more = {}) => ({ item_id: "i", output_index, ...more });
    const added = (output_index: number, item: object) =>
      event("response.output_item.added", { output_index, item });
    const citation = {
      type: "url_citation",
      url: "https://a.example",
      title: "A",
      start_index: 0,
      end_index: 1,
    };
    const stream = await answering(
      added(0, { type: "reasoning", id: "r", summary: [] }),
      event("response.reasoning_summary_part.added", of(0, { summary_index: 0, part: { text: "" } })),
      event("response.reasoning_summary_text.delta", of(0, { summary_index: 0, delta: "why" })),
      added(1, { type: "function_call", name: "f", call_id: "c", arguments: "" }),
      event("response.function_call_arguments.delta", of(1, { delta: '{"a":' })),
      event("response.function_call_arguments.delta", of(1, { delta: "1}" })),
      added(2, { ...message(""), content: [] }),
      event("response.content_part.added", of(2, { content_index: 0, part: { refusal: "" } })),
      event("response.refusal.delta", of(2, { content_index: 0, delta: "no" })),
      event("response.content_part.added", of(2, { content_index: 1, part: { text: "", annotations: [] } })),
      event("response.output_text.annotation.added", of(2, { content_index: 1, annotation: citation })),
      added(3, { type: "code_interpreter_call", code: null }),
      event("response.code_interpreter_call_code.delta", of(3, { delta: "1+1" })),
      added(4, { type: "custom_tool_call", input: "" }),
      event("response.custom_tool_call_input.delta", of(4, { delta: "in" })),
    ).responses.create(INPUT);
    const { partial } = (await failureOf(stream.final())) as { partial: unknown };
    expect(partial).toMatchObject({
      output: [
        { summary: [{ text: "why" }] },
        { arguments: '{"a":1}' },
        { content: [{ refusal: "no" }, { annotations: [citation] }] },
        { code: "1+1" },
        { input: "in" },
      ],
    });
  });

  test("indices and names that are traps add nothing", async () => {
    const stream = await answering(
      event("response.output_item.added", { output_index: 1e9, item: message("") }),
      event("response.output_item.added", { output_index: -1, item: message("") }),
      event("response.output_item.added", { output_index: "0", item: message("") }),
      event("response.output_text.delta", { output_index: 5, content_index: 5, delta: "x" }),
      event("response.__proto__.delta", { output_index: 0, delta: "x" }),
      'data: {"type":"response.completed","response":{"__proto__":{"polluted":1},"status":"completed"}}\n\n',
    ).responses.create(INPUT);
    const result = await stream.final();
    expect((result as unknown as { polluted?: number }).polluted).toBeUndefined();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("leaving closes the connection", async () => {
    const source = body([...START, END], "open");
    const stream = await azure(recorder(() => eventStream(source))).responses.create(INPUT);
    for await (const _ of stream) break;
    expect(source.state.cancelled).toBe(true);
  });

  test("a whole answer is the stream that it should have been", async () => {
    const client = azure(recorder(() => json(response("completed", [message("Hello")]))));
    const stream = await client.responses.create(INPUT);
    const { items } = await drain(stream);
    expect(items.map(({ type }) => String(type))).toEqual(["response.completed"]);
    expect((await stream.final()).output_text).toBe("Hello");
  });

  test("a whole response has its text in one piece, and a failed one is no error", async () => {
    const whole = azure(recorder(() => json(response("completed", [message("a"), message("b")]))));
    expect((await whole.responses.create({ model: "m", input: "Hi" })).output_text).toBe("ab");
    const error = { code: "server_error", message: "no" };
    const failed = azure(recorder(() => json(response("failed", [], { error }))));
    expect(await failed.responses.retrieve("resp_1")).toMatchObject({ status: "failed", error });
  });

  test("a page in place of a stream is malformed", async () => {
    const html = () => new Response("<html>", { headers: { "content-type": "text/html" } });
    expect(await failureOf(azure(recorder(html)).responses.create(INPUT))).toMatchObject({
      kind: "malformed",
    });
  });

  test("types: told apart by type, unknown ones too", () => {
    const look = (given: ResponseStreamEvent) => {
      switch (given.type) {
        case "response.output_text.delta":
          expectTypeOf(given.delta).toEqualTypeOf<string>();
          expectTypeOf(given.content_index).toEqualTypeOf<number>();
          break;
        case "response.completed":
          expectTypeOf(given.response.output_text).toEqualTypeOf<string>();
          break;
        case "response.function_call_arguments.done":
          expectTypeOf(given.arguments).toEqualTypeOf<string>();
          break;
        case "response.output_item.done":
          if (given.item.type === "function_call") expectTypeOf(given.item.call_id).toEqualTypeOf<string>();
          break;
        default:
      }
    };
    expectTypeOf(look).parameter(0).toExtend<{ type: string }>();
  });
});

describe("images", () => {
  const ASK = { model: "i", prompt: "A cat", stream: true } as const;
  const partial = record({ type: "image_generation.partial_image", b64_json: "a", partial_image_index: 0 });
  const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
  const done = record({ type: "image_generation.completed", b64_json: "b", created_at: 5, usage });

  test("ever better pictures, then the whole", async () => {
    const stream = await answering(partial, done).images.generate(ASK);
    expect((await drain(stream)).items).toHaveLength(2);
    expect(await stream.final()).toEqual({ created: 5, data: [{ b64_json: "b" }], usage });
  });

  test("with n, ends after n", async () => {
    const stream = await answering(done, done).images.generate({ ...ASK, n: 2 });
    expect((await stream.final()).data).toHaveLength(2);
    const cut = await answering(done).images.generate({ ...ASK, n: 2 });
    expect(await failureOf(cut.final())).toMatchObject({ kind: "truncated" });
  });

  test("an edit", async () => {
    const end = record({ type: "image_edit.completed", b64_json: "b", created_at: 5 });
    const stream = await answering(end).images.edit({ ...ASK, image: new Blob(["PNG"]) });
    expect((await stream.final()).data).toEqual([{ b64_json: "b" }]);
  });
});

describe("audio", () => {
  const file = new Blob(["RIFF"]);

  test("a transcript piece by piece, then whole", async () => {
    const usage = { type: "tokens", input_tokens: 1, output_tokens: 2, total_tokens: 3 };
    const stream = await answering(
      record({ type: "transcript.text.delta", delta: "Hel" }),
      record({ type: "transcript.text.delta", delta: "lo" }),
      record({ type: "transcript.text.done", text: "Hello", usage }),
    ).audio.transcriptions.create({ model: "t", file, stream: true });
    expect((await drain(stream)).items).toHaveLength(3);
    expect(await stream.final()).toEqual({ text: "Hello", usage });
  });

  test("cut: the text so far is there", async () => {
    const stream = await answering(
      record({ type: "transcript.text.delta", delta: "Hel" }),
    ).audio.transcriptions.create({ model: "t", file, stream: true });
    expect(await failureOf(stream.final())).toMatchObject({ kind: "truncated" });
    expect(stream.snapshot.text).toBe("Hel");
  });

  test("whisper, which ignores stream, is one event", async () => {
    const client = azure(recorder(() => json({ text: "Hello" })));
    const stream = await client.audio.transcriptions.create({ model: "w", file, stream: true });
    expect((await drain(stream)).items).toEqual([{ text: "Hello", type: "transcript.text.done" }]);
  });

  test.each(["text", "srt", "vtt"] as const)("%s is text", async (response_format) => {
    const client = azure(
      recorder(() => new Response("1\nHello", { headers: { "content-type": "text/plain" } })),
    );
    const text = await client.audio.transcriptions.create({ model: "w", file, response_format });
    expectTypeOf(text).toEqualTypeOf<string>();
    expect(text).toBe("1\nHello");
  });

  test("text that is cut off, or a page, is an error", async () => {
    const ask = { model: "w", file, response_format: "srt" } as const;
    const cut = azure(recorder(() => new Response("1\n", { headers: { "content-length": "9" } })));
    expect(await failureOf(cut.audio.transcriptions.create(ask))).toMatchObject({ kind: "truncated" });
    const page = azure(recorder(() => new Response("<p>", { headers: { "content-type": "text/html" } })));
    expect(await failureOf(page.audio.transcriptions.create(ask))).toMatchObject({ kind: "malformed" });
  });

  test("types of the formats", () => {
    const { audio } = azure(recorder());
    const verbose = () => audio.transcriptions.create({ model: "w", file, response_format: "verbose_json" });
    expectTypeOf<Awaited<ReturnType<typeof verbose>>["duration"]>().toEqualTypeOf<number>();
    const plain = () => audio.translations.create({ model: "w", file });
    expectTypeOf<Awaited<ReturnType<typeof plain>>["text"]>().toEqualTypeOf<string>();
    const streamed = () => audio.transcriptions.create({ model: "w", file, stream: true });
    expectTypeOf<Awaited<ReturnType<typeof streamed>>>().toHaveProperty("final");
  });

  test("speech as events", async () => {
    const stream = await answering(
      record({ type: "speech.audio.delta", audio: "AAAA" }),
      record({ type: "speech.audio.done", usage: { total_tokens: 3 } }),
    ).audio.speech.create({ model: "t", voice: "alloy", input: "Hi", stream_format: "sse" });
    expect((await drain(stream)).items).toHaveLength(2);
    expect(await stream.final()).toEqual({ usage: { total_tokens: 3 } });
  });
});

describe("completions", () => {
  const piece = (text: string, index = 0, finish_reason: string | null = null, more = {}) =>
    record({
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "m",
      choices: [{ index, text, finish_reason }],
      ...more,
    });

  test("texts add up by choice; [DONE] alone is the end", async () => {
    const ask = { model: "m", prompt: "Hi", stream: true } as const;
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const pieces = [piece("a"), piece("x", 1), piece("b", 0, "stop"), record({ choices: [], usage })];
    const stream = await answering(...pieces, DONE).completions.create(ask);
    expect((await drain(stream)).items).toHaveLength(4);
    expect(await stream.final()).toMatchObject({
      id: "cmpl-1",
      usage,
      choices: [
        { index: 0, text: "ab", finish_reason: "stop" },
        { index: 1, text: "x" },
      ],
    });
    const cut = await answering(...pieces).completions.create(ask);
    expect(await failureOf(cut.final())).toMatchObject({ kind: "truncated" });
  });

  const ended = async (streamEnd: "done" | "finish_reason" | "eof", ...pieces: string[]) => {
    const client = azure(
      recorder(() => eventStream(body(pieces))),
      { streamEnd },
    );
    return (await client.completions.create({ model: "m", prompt: "Hi", stream: true })).final();
  };

  test("P1 as for chats, a server that sends no finish_reason still has its [DONE]", async () => {
    expect((await ended("done", piece("a"), DONE)).choices).toEqual([
      { index: 0, text: "a", finish_reason: null },
    ]);
  });

  test("P1 [DONE] before any choice is no answer, in no mode", async () => {
    for (const streamEnd of ["done", "finish_reason", "eof"] as const) {
      for (const pieces of [[DONE], [record({ choices: [], usage: {} }), DONE]])
        expect(await failureOf(ended(streamEnd, ...pieces))).toMatchObject({ kind: "truncated" });
    }
  });

  test("streamEnd is kept: a clean end after every choice has finished, or any", async () => {
    const open = [piece("a"), piece("x", 1, "stop")];
    expect(await failureOf(ended("finish_reason", ...open))).toMatchObject({ kind: "truncated" });
    expect((await ended("finish_reason", ...open, piece("b", 0, "stop"))).choices[0]?.text).toBe("ab");
    expect((await ended("eof", ...open)).choices).toHaveLength(2);
  });
});
