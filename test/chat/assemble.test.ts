// Chunks -> the whole message, also of services that leave things out, mix them up, or mean harm.
import type { ChatChunkChoice, ChatCompletions, ChatCompletionsChunk, ChatDelta } from "latchkey";
import { describe, expect, test } from "vitest";
import { Assembler } from "../../src/chat/assemble.ts";
import { thrownBy } from "../service.ts";

/** As from the wire: every chunk goes through JSON, so `__proto__` is an own member. */
function assemble(...chunks: unknown[]): ChatCompletions {
  const assembler = new Assembler();
  for (const chunk of chunks)
    assembler.add(
      JSON.parse(typeof chunk === "string" ? chunk : JSON.stringify(chunk)) as ChatCompletionsChunk,
    );
  return assembler.result;
}

const one = (delta: unknown, choice: object = {}): object => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 5,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: null, ...choice }],
});

const messageOf = (...deltas: unknown[]): ChatCompletions["choices"][0]["message"] =>
  assemble(...deltas.map((delta) => one(delta))).choices[0]!.message;

describe("text", () => {
  test("is whole after every piece, whatever their number and whichever choice they belong to", () => {
    const assembler = new Assembler();
    const said = ["", ""];
    for (let piece = 0; piece < 1_000; piece += 1) {
      const index = piece % 3 === 0 ? 1 : 0;
      const content = piece % 7 === 0 ? "" : `${piece} `;
      said[index] += content;
      assembler.add(one({ content, reasoning_content: content }, { index }) as ChatCompletionsChunk);
      const message = assembler.result.choices.find((choice) => choice.index === index)?.message;
      expect(message).toMatchObject({ content: said[index], reasoning_content: said[index] });
    }
  });

  test("content, refusal and reasoning are joined, each by itself", () => {
    expect(
      messageOf(
        { role: "assistant", content: "" },
        { reasoning_content: "I " },
        { reasoning_content: "think" },
        { content: "a" },
        { content: null },
        { refusal: "no" },
        { content: "b", refusal: "pe" },
      ),
    ).toEqual({ role: "assistant", content: "ab", reasoning_content: "I think", refusal: "nope" });
  });

  test("a message that says nothing has null as content", () => {
    expect(messageOf({ role: "assistant" })).toEqual({ role: "assistant", content: null });
    expect(messageOf({})).toEqual({ role: "assistant", content: null });
  });

  test("members of wrong types are an error, absent ones are not", async () => {
    for (const delta of [
      { content: 5 },
      { content: { x: 1 } },
      { refusal: [] },
      { reasoning_content: true },
    ]) {
      expect(await thrownBy(() => messageOf({ content: "a" }, delta))).toMatchObject({ kind: "malformed" });
    }
    expect(messageOf({ content: null, refusal: null, tool_calls: null }, { content: "a" })).toMatchObject({
      content: "a",
    });
  });

  test("what a service adds stays: the last one counts", () => {
    expect(
      messageOf({ context: { intent: "1" } }, { context: { intent: "2" }, annotations: [1] }),
    ).toMatchObject({
      context: { intent: "2" },
      annotations: [1],
    });
  });

  test("audio: data and transcript are joined", () => {
    const parts = [
      { id: "a", transcript: "he" },
      { data: "AA" },
      { data: "BB", transcript: "y" },
      { expires_at: 9 },
    ];
    expect(messageOf(...parts.map((audio) => ({ audio }))).audio).toEqual({
      id: "a",
      transcript: "hey",
      data: "AABB",
      expires_at: 9,
    });
  });
});

describe("the frame", () => {
  test("id, model and time come from the first chunk that has them", () => {
    const empty = {
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    };
    const result = assemble(empty, one({ content: "a" }), {
      ...one({}),
      id: "other",
      model: "other",
      created: 9,
    });
    expect(result).toMatchObject({ id: "c", model: "m", created: 5, object: "chat.completion" });
    expect(result.prompt_filter_results).toEqual(empty.prompt_filter_results);
  });

  test("A35 usage, late, on a chunk without choices or on the last one", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect(assemble(one({ content: "a" }), { id: "c", choices: [], usage }).usage).toEqual(usage);
    expect(assemble(one({}, { finish_reason: "stop" }), { usage }).usage).toEqual(usage);
    expect(
      assemble({ ...one({ content: "a" }), usage: null }, { ...one({}), usage }, { ...one({}), usage: null })
        .usage,
    ).toEqual(usage);
  });

  test("chunks without choices, without delta, without index, or with nothing at all", () => {
    const result = assemble(
      {},
      { choices: null },
      { choices: [{ index: 0, finish_reason: null }] },
      { choices: [{ delta: { content: "a" } }] },
      { choices: [{ index: 0, delta: null, finish_reason: "stop" }] },
    );
    expect(result.choices).toEqual([
      { index: 0, finish_reason: "stop", message: { role: "assistant", content: "a" } },
    ]);
  });

  test("what is missing is mended in the chunk too, so that a reader needs no question marks", () => {
    const assembler = new Assembler();
    const bare = { choices: [{ index: 0 }] } as unknown as ChatCompletionsChunk;
    assembler.add(bare);
    expect((bare.choices[0] as ChatChunkChoice).delta).toEqual({});
    const empty = {} as ChatCompletionsChunk;
    assembler.add(empty);
    expect(empty.choices).toEqual([]);
  });

  test("content filter results are merged by filter", () => {
    const result = assemble(
      one({ content: "a" }, { content_filter_results: { hate: { filtered: false, severity: "safe" } } }),
      one(
        {},
        {
          content_filter_results: {
            hate: { filtered: true, severity: "high" },
            violence: { filtered: false },
          },
        },
      ),
    );
    expect(result.choices[0]?.content_filter_results).toEqual({
      hate: { filtered: true, severity: "high" },
      violence: { filtered: false },
    });
  });

  test("log probabilities are joined", () => {
    const result = assemble(
      one({}, { logprobs: { content: [1] } }),
      one({}, { logprobs: null }),
      one({}, { logprobs: { content: [2], refusal: [3] } }),
    );
    expect(result.choices[0]?.logprobs).toEqual({ content: [1, 2], refusal: [3] });
  });

  test("several choices, mixed and out of order, come out in order", () => {
    const result = assemble(one({ content: "c" }, { index: 2 }), one({ content: "a" }), {
      choices: [
        { index: 2, delta: { content: "C" } },
        { index: 1, delta: { content: "b" }, finish_reason: "length" },
      ],
    });
    expect(result.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, "a"],
      [1, "b"],
      [2, "cC"],
    ]);
    expect(result.choices[1]?.finish_reason).toBe("length");
  });
});

describe("tool calls", () => {
  const call = (index: number | undefined, id?: string, name?: string, text?: string): ChatDelta => ({
    tool_calls: [
      {
        ...(index !== undefined && { index }),
        ...(id && { id }),
        function: { ...(name && { name }), ...(text !== undefined && { arguments: text }) },
      },
    ],
  });

  test("A31 three calls, interleaved, out of order, one name late", () => {
    const { tool_calls } = messageOf(
      call(2, "c", "third", ""),
      call(0, "a", "first", '{"x"'),
      call(1, "b", undefined, "{"),
      {
        tool_calls: [
          { index: 1, function: { arguments: "}" } },
          { index: 0, function: { arguments: ":1}" } },
        ],
      },
      call(2, undefined, undefined, "[]"),
      call(1, undefined, "second"),
    );
    expect(tool_calls).toEqual([
      { id: "a", type: "function", function: { name: "first", arguments: '{"x":1}' } },
      { id: "b", type: "function", function: { name: "second", arguments: "{}" } },
      { id: "c", type: "function", function: { name: "third", arguments: "[]" } },
    ]);
  });

  test("A31 a call that changes its name is an error", async () => {
    const error = await thrownBy(() => messageOf(call(0, "a", "first", ""), call(0, "a", "other", "")));
    expect(error).toMatchObject({ kind: "malformed" });
    expect(() => messageOf(call(0, "a", "first", ""), call(0, "a", "first", "{}"))).not.toThrow();
  });

  test("without an index a new id begins a call, and an empty or missing one goes on", () => {
    const { tool_calls } = messageOf(
      call(undefined, "a", "first", "{"),
      call(undefined, undefined, undefined, "}"),
      call(undefined, "b", "second", ""),
      { tool_calls: [{ id: "", function: { arguments: "[" } }] },
      call(undefined, "b", undefined, "]"),
    );
    expect(tool_calls?.map(({ id, function: { name, arguments: text } }) => [id, name, text])).toEqual([
      ["a", "first", "{}"],
      ["b", "second", "[]"],
    ]);
  });

  test("deltas that say nothing", () => {
    expect(
      messageOf(
        { tool_calls: [{ index: 0 }] },
        { tool_calls: [{ index: 0, function: {} }] },
        { tool_calls: [] },
      ).tool_calls,
    ).toHaveLength(1);
  });

  test.each([-1, 1.5, 1e9, 2 ** 32, Number.MAX_SAFE_INTEGER, "0", "__proto__", "length", {}, [], true])(
    "a hostile index %j is an error, or bounded, and costs no memory",
    async (index) => {
      const error = await thrownBy(() =>
        messageOf({ tool_calls: [{ index, id: "a", function: { name: "x" } }] }),
      );
      expect(error).toMatchObject({ kind: "malformed" });
    },
  );
});

describe("what means harm", () => {
  test.each([-1, 1.5, 128, 1e9, "0", "__proto__", {}, true])(
    "C21 a choice index of %j is an error",
    async (index) => {
      const error = await thrownBy(() => assemble(one({ content: "x" }, { index })));
      expect(error).toMatchObject({ kind: "malformed" });
    },
  );

  test("C21 more choices than were asked for are kept, up to the contract's 128", () => {
    const choices = Array.from({ length: 128 }, (_, index) => ({ index, delta: { content: "x" } }));
    expect(assemble({ choices }).choices).toHaveLength(128);
  });

  test("A32 own members named like those of every object are data, and nothing is inherited", () => {
    const hostile =
      '{"__proto__":{"polluted":true,"content":"p"},"constructor":"x","toString":"y","hasOwnProperty":"z","content":"a"}';
    const result = assemble(
      `{"__proto__":{"polluted":true},"choices":[{"index":0,"delta":${hostile},"__proto__":{"polluted":true},"content_filter_results":{"__proto__":{"polluted":true}}}]}`,
      `{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"__proto__":{"polluted":true},"function":{"__proto__":{"name":"p"},"name":"real","arguments":"{}"}}]}}]}`,
    );
    const { message, content_filter_results } = result.choices[0]!;
    expect(message.content).toBe("a");
    expect(message.tool_calls?.[0]?.function).toEqual({ name: "real", arguments: "{}" });
    for (const object of [
      {},
      [],
      result,
      result.choices[0],
      message,
      content_filter_results ?? {},
      message.tool_calls?.[0],
    ]) {
      expect(Reflect.get(object as object, "polluted")).toBeUndefined();
    }
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
  });
});
