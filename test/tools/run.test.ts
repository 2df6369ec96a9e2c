// The tool loop: against the emulator end to end, and against hand-made models for every fault.
import { inspect } from "node:util";
import { type } from "arktype";
import { AbortError, type ApiError, ChatCompletionsClient } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { type AnyTool, OutputError, type RunOptions, runTools, type ToolEvent, tool } from "latchkey/tools";
import OpenAI from "openai";
import * as v from "valibot";
import { describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { failureOf, sleep } from "../service.ts";
import { type Called, model, responding, responds, SECRET, says, streamed } from "./model.ts";

const MESSAGES = [{ role: "user" as const, content: "What is the weather in Paris?" }];

const weather = (execute: (args: { city: string }, context: { signal: AbortSignal }) => unknown): AnyTool =>
  tool({
    name: "get_weather",
    description: "Weather of a city.",
    parameters: z.object({ city: z.string() }),
    execute,
  });

const calls = (args: unknown = { city: "Paris" }, id = "call_1", name = "get_weather"): Called => ({
  id,
  name,
  args,
});

const run = (
  target: ReturnType<typeof model>,
  tools: AnyTool[],
  options: RunOptions = {},
  more: object = {},
) => runTools(target, { messages: MESSAGES, tools, ...more }, options);

/** What the model was told of its calls. */
const told = ({ asked }: ReturnType<typeof model>): string[] =>
  (asked.at(-1) as unknown as { messages: { role: string; content: string }[] }).messages
    .filter(({ role }) => role === "tool")
    .map(({ content }) => content);

const typesOf = (events: ToolEvent[]): string =>
  events
    .map(({ type }) => type)
    .filter((type, index, all) => type !== all[index - 1])
    .join(" ");

async function read(items: AsyncIterable<ToolEvent>): Promise<ToolEvent[]> {
  const seen: ToolEvent[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

describe("against the emulator", () => {
  const emulator = createEmulator();
  const client = new ChatCompletionsClient(
    "https://emulator.test/models",
    { key: "emulator-key" },
    { fetch: emulator.fetch, model: "gpt-4.1" },
  );
  const openai = new OpenAI({
    baseURL: "https://emulator.test/v1",
    apiKey: "emulator-key",
    fetch: emulator.fetch,
  });
  const parallel = [{ role: "user" as const, content: "What is the weather in Paris and London?" }];

  test.each([
    ["our client, whole", client, {}],
    ["our client, streaming", client, { stream: true }],
    ["npm openai, whole", openai, { model: "gpt-4.1" }],
    ["npm openai, streaming", openai, { model: "gpt-4.1", stream: true }],
  ])("%s: two calls at once, then an answer", async (_name, target, more) => {
    const cities: string[] = [];
    const forecast = weather(({ city }) => {
      cities.push(city);
      return { degrees: city.length };
    });
    const progress = runTools(target, { messages: parallel, tools: [forecast], ...more });
    const events = await read(progress);
    const result = await progress.final();
    expect(cities).toEqual(["Paris", "London"]);
    expect(result.steps.map(({ calls }) => calls.length)).toEqual([2, 0]);
    expect(result.text).toContain("degrees 5");
    expect(result.messages.map((message) => (message as { role: string }).role).join(" ")).toBe(
      "user assistant tool tool assistant",
    );
    const shown = events.map((event) => (event.type === "text-delta" && event.step === 2 ? event.delta : ""));
    expect(shown.join("")).toBe("stream" in more ? result.text : "");
    expect(result.final.choices[0]?.message.content).toBe(result.text);
  });
});

describe("a run", () => {
  test("tells what it does, in order", async () => {
    const target = model(says("Let me see. ", calls()), says("Sunny."));
    const onEvent = vi.fn();
    const progress = run(
      target,
      [weather(() => "sun")],
      { onEvent, call: { timeoutMs: 5000 } },
      { temperature: 0 },
    );
    const events = await read(progress);
    expect(typesOf(events)).toBe("step-start step-end tool-start tool-end step-start step-end");
    expect(onEvent.mock.calls.map(([event]) => event)).toEqual(events);
    const result = await progress.final();
    expect(result).toMatchObject({ text: "Sunny.", stopped: false });
    expect(result.usage).toEqual({
      prompt_tokens: 20,
      completion_tokens: 10,
      total_tokens: 30,
      prompt_tokens_details: { cached_tokens: 4 },
    });
    expect(result.steps[0]?.calls).toMatchObject([{ callId: "call_1", name: "get_weather", output: "sun" }]);
    expect(target.asked[1]).toMatchObject({
      temperature: 0,
      messages: [
        ...MESSAGES,
        { role: "assistant", content: "Let me see. ", tool_calls: [{ id: "call_1" }] },
        { role: "tool", tool_call_id: "call_1", content: "sun" },
      ],
    });
    expect(target.options[0]).toMatchObject({ timeoutMs: 5000 });
    expect(MESSAGES).toHaveLength(1);
  });

  test("passes text and reasoning through while calls are collected", async () => {
    const answer = streamed(says("Hm", calls()));
    const thinking = async function* () {
      yield { choices: [{ index: 0, delta: { reasoning_content: "why" }, finish_reason: null }] };
      yield* answer;
    };
    const target = model(thinking, () => streamed(says("Sunny.")));
    const progress = run(target, [weather(() => "sun")], {}, { stream: true });
    const events = await read(progress);
    expect(typesOf(events)).toBe(
      "step-start reasoning-delta text-delta step-end tool-start tool-end step-start text-delta step-end",
    );
    expect((await progress.final()).text).toBe("Sunny.");
  });

  test("is only done when somebody asks, and once", async () => {
    const target = model(says("Hi"));
    const progress = run(target, []);
    await sleep(5);
    expect(target.asked).toHaveLength(0);
    expect(await Promise.all([progress.final(), progress.final()])).toMatchObject([
      { text: "Hi" },
      { text: "Hi" },
    ]);
    expect(target.asked).toHaveLength(1);
    expect(() => progress[Symbol.asyncIterator]()).toThrow(TypeError);
  });

  test("runs calls side by side, at most so many, and answers in their order", async () => {
    let now = 0;
    let most = 0;
    const many = Array.from({ length: 6 }, (_, index) => calls({ city: `${6 - index}` }, `call_${index}`));
    const slow = weather(async ({ city }) => {
      most = Math.max(most, ++now);
      await sleep(Number(city) * 3);
      now--;
      return city;
    });
    const target = model(says(null, ...many), says("Done."));
    await run(target, [slow], { maxParallel: 3 }).final();
    expect(most).toBe(3);
    expect(told(target)).toEqual(["6", "5", "4", "3", "2", "1"]);
  });

  test("forces a call once, not for ever", async () => {
    for (const tool_choice of ["required", { type: "function", function: { name: "get_weather" } }]) {
      const target = model(says(null, calls()), says("Sunny."));
      await run(target, [weather(() => "sun")], {}, { tool_choice }).final();
      expect(target.asked.map((request) => request.tool_choice)).toEqual([tool_choice, "auto"]);
    }
    const target = model(says(null, calls()), says("Sunny."));
    await run(target, [weather(() => "sun")], {}, { tool_choice: "auto" }).final();
    expect(target.asked[1]?.tool_choice).toBe("auto");
  });

  test("sends what a tool returns: text as it is, the rest as JSON", async () => {
    const values = ["text", { a: 1 }, 42, null, undefined, [1]];
    const many = values.map((_, index) => calls({ city: `${index}` }, `call_${index}`));
    const target = model(says(null, ...many), says("Done."));
    await run(target, [weather(({ city }) => values[Number(city)])]).final();
    expect(told(target)).toEqual(["text", '{"a":1}', "42", "null", "done", "[1]"]);
  });
});

describe("arguments", () => {
  const received = vi.fn((_args: unknown) => "ok");
  test.each<[string, AnyTool]>([
    [
      "zod",
      tool({
        name: "get_weather",
        parameters: z.object({ city: z.string().trim() }),
        execute: (args) => received(args.city satisfies string),
      }),
    ],
    [
      "arktype",
      tool({
        name: "get_weather",
        parameters: type({ city: "string.trim" }),
        toJsonSchema: (schema) => schema.in.toJsonSchema(),
        execute: (args) => received(args.city satisfies string),
      }),
    ],
    [
      "valibot",
      tool({
        name: "get_weather",
        parameters: v.object({ city: v.pipe(v.string(), v.trim()) }),
        toJsonSchema: () => ({ type: "object" }),
        execute: (args) => received(args.city satisfies string),
      }),
    ],
  ])(
    "of %s arrive as its schema lets them through; wrong ones go back to the model",
    async (_name, checked) => {
      received.mockClear();
      const target = model(
        says(null, calls({ city: " Paris " }), calls({ city: 7 }, "call_2")),
        says("Done."),
      );
      const result = await run(target, [checked]).final();
      expect(received.mock.calls).toEqual([["Paris"]]);
      expect(told(target)[1]).toMatch(/^Error: The arguments are wrong\. .*city/);
      expect(result.steps[0]?.calls[1]?.error).toBeInstanceOf(TypeError);
    },
  );

  test("of a plain JSON schema arrive as the model wrote them", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } } };
    const plain = tool({ name: "get_weather", parameters, execute: (args: unknown) => args });
    const target = model(says(null, calls({ city: 7 })), says("Done."));
    await run(target, [plain]).final();
    expect(told(target)).toEqual(['{"city":7}']);
    expect(target.asked[0]?.tools).toEqual([
      { type: "function", function: { name: "get_weather", parameters } },
    ]);
  });

  test.each([
    ["{", "Error: The arguments are not JSON."],
    ["[1", "Error: The arguments are not JSON."],
    ["7", "Error: The arguments are not an object."],
    ["null", "Error: The arguments are not an object."],
    ["", "{}"],
  ])("%j", async (args, expected) => {
    const anything = tool({ name: "get_weather", execute: (given: unknown) => given });
    const target = model(says(null, calls(args)), says("Done."));
    await run(target, [anything]).final();
    expect(told(target)).toEqual([expected]);
  });
});

describe("a fault goes back to the model, and the run goes on", () => {
  const hostile = (): Error => {
    const cause = new Error(SECRET);
    const error = new Error(`No such city\n    at ${SECRET} (file.ts:1:2)`, { cause });
    return Object.assign(error, { config: { headers: { authorization: SECRET } } });
  };

  test.each<[string, (args: { city: string }) => unknown, string]>([
    [
      "throws",
      () => {
        throw hostile();
      },
      "Error: No such city",
    ],
    ["rejects", () => Promise.reject(hostile()), "Error: No such city"],
    ["rejects with no error", () => Promise.reject({ SECRET }), "Error: the tool failed."],
    ["returns what JSON can't say", () => ({ big: 1n }), "Error: Do not know how to serialize a BigInt"],
    ["hangs", () => new Promise(() => {}), "Error: The tool took longer than 20 ms."],
  ])("a tool that %s", async (_name, execute, expected) => {
    const target = model(says(null, calls(), calls({ city: "London" }, "call_2")), says("Sorry."));
    const result = await run(target, [weather(execute)], { toolTimeoutMs: 20 }).final();
    expect(told(target)).toEqual([expected, expected]);
    expect(result.text).toBe("Sorry.");
    expect(JSON.stringify(target.asked)).not.toContain(SECRET);
    expect(result.steps[0]?.calls[0]?.error).toBeDefined();
  });

  test("a tool that hangs is told to stop, by its own time", async () => {
    const signals: AbortSignal[] = [];
    const hanging = {
      ...weather((_args, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      }),
      timeoutMs: 10,
    };
    const target = model(says(null, calls()), says("Sorry."));
    await run(target, [hanging]).final();
    expect(signals[0]?.aborted).toBe(true);
    expect(told(target)).toEqual(["Error: The tool took longer than 10 ms."]);
  });

  test("a tool that doesn't exist, however it's named", async () => {
    const names = ["nope", "__proto__", "constructor", "x".repeat(10_000)];
    const target = model(says(null, ...names.map((name, i) => calls({}, `call_${i}`, name))), says("Sorry."));
    await run(target, [weather(() => "sun")]).final();
    expect(new Set(told(target))).toEqual(new Set(["Error: There is no such tool. There are: get_weather."]));
  });

  test("a long message is cut", async () => {
    const target = model(says(null, calls()), says("Sorry."));
    const failing = weather(() => Promise.reject(new Error("x".repeat(5000))));
    await run(target, [failing]).final();
    expect(told(target)[0]).toHaveLength(1007);
  });

  test("in other words when asked for", async () => {
    const target = model(says(null, calls()), says("Sorry."));
    const describeError = vi.fn(() => "It failed.");
    await run(target, [weather(() => Promise.reject(hostile()))], { describeError }).final();
    expect(told(target)).toEqual(["It failed."]);
    expect(describeError).toHaveBeenCalledWith(
      expect.any(Error),
      expect.objectContaining({ callId: "call_1" }),
    );
  });
});

describe("a model that goes on for ever", () => {
  test("is stopped by an error that holds what was done", async () => {
    const target = model(says("again ", calls()));
    const error = await failureOf<OutputError>(run(target, [weather(() => "sun")], { maxSteps: 3 }).final());
    expect(error).toBeInstanceOf(OutputError);
    expect(error).toMatchObject({ kind: "output", reason: "steps" });
    expect((error.partial as { steps: unknown[] }).steps).toHaveLength(3);
    expect(target.asked).toHaveLength(3);
    expect(inspect(error)).not.toContain("again");
  });

  test("or by a result that says so; the last calls are not run", async () => {
    const forecast = vi.fn(() => "sun");
    const result = await run(model(says("again ", calls())), [weather(forecast)], {
      maxSteps: 2,
      atLimit: "stop",
    }).final();
    expect(result).toMatchObject({ stopped: true, text: "again " });
    expect(forecast).toHaveBeenCalledTimes(1);
  });

  test("after ten answers unless told otherwise", async () => {
    const target = model(says("again ", calls()));
    await failureOf(run(target, [weather(() => "sun")]).final());
    expect(target.asked).toHaveLength(10);
  });
});

describe("an answer that can't be used", () => {
  test.each(["length", "content_filter"] as const)("cut by %s in a call: not run", async (reason) => {
    const cut = says("x", calls('{"city":"Par'));
    cut.choices[0]!.finish_reason = reason;
    const forecast = vi.fn();
    const error = await failureOf<OutputError>(run(model(cut), [weather(forecast)]).final());
    expect(error.reason).toBe(reason);
    expect(forecast).not.toHaveBeenCalled();
  });

  test("a foreign stream that is cut", async () => {
    const cutting = async function* () {
      for await (const chunk of streamed(says("Hello", calls()))) {
        if (chunk.choices[0]?.finish_reason) return;
        yield chunk;
      }
    };
    const error = await failureOf(run(model(cutting), [weather(() => "sun")], {}, { stream: true }).final());
    expect(error.kind).toBe("truncated");
  });

  test.each([{}, { choices: [] }, undefined, "text"])("%j is no answer", async (answer) => {
    expect((await failureOf(run(model(answer), []).final())).kind).toBe("malformed");
  });

  test("the client's own error is the run's", async () => {
    const emulator = createEmulator();
    const client = new ChatCompletionsClient("https://e.test/models", "wrong", { fetch: emulator.fetch });
    const progress = runTools(client, { messages: MESSAGES, tools: [], model: "gpt-4.1" });
    expect((await failureOf<ApiError>(progress.final())).status).toBe(401);
  });
});

describe("an abort", () => {
  test.each(["signal", "abort()"])("by %s in the middle of two tools stops both and throws", async (by) => {
    const controller = new AbortController();
    const signals: AbortSignal[] = [];
    const waiting = weather((_args, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const target = model(says(null, calls(), calls({ city: "London" }, "call_2"), calls({ city: "x" }, "3")));
    const progress = run(target, [waiting], { signal: controller.signal, maxParallel: 2 });
    const reason = new Error("enough");
    const failed = failureOf(progress.final());
    await sleep(10);
    if (by === "signal") controller.abort(reason);
    else progress.abort(reason);
    expect(await failed).toMatchObject({ name: "AbortError", kind: "aborted", cause: reason });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(target.asked).toHaveLength(1);
  });

  test("before the start asks nobody", async () => {
    const target = model(says("Hi"));
    const error = await failureOf(run(target, [], { signal: AbortSignal.abort("no") }).final());
    expect(error).toMatchObject({ kind: "aborted", cause: "no" });
    expect(target.asked).toHaveLength(0);
  });

  test("while a model that knows no signal thinks, or streams", async () => {
    const silent = async function* () {
      yield { choices: [{ index: 0, delta: { content: "H" }, finish_reason: null }] };
      await new Promise(() => {});
    };
    for (const answer of [() => new Promise(() => {}), silent]) {
      const target = model(answer);
      const progress = run(target, [], {}, { stream: true });
      const failed = failureOf(progress.final());
      await sleep(5);
      expect(target.options[0]?.signal.aborted).toBe(false);
      progress.abort();
      expect(await failed).toBeInstanceOf(AbortError);
      expect(target.options[0]?.signal.aborted).toBe(true);
    }
  });

  test("leaving the loop is one: the tools stop, and there is no result", async () => {
    const signals: AbortSignal[] = [];
    const waiting = weather((_args, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const progress = run(model(says(null, calls())), [waiting]);
    for await (const { type } of progress) if (type === "tool-start") break;
    expect(signals[0]?.aborted).toBe(true);
    expect((await failureOf(progress.final())).kind).toBe("aborted");
  });

  test("an onEvent that throws ends the run with its error", async () => {
    const bug = new Error("bug");
    const progress = run(model(says("Hi")), [], {
      onEvent() {
        throw bug;
      },
    });
    await expect(progress.final()).rejects.toBe(bug);
  });
});

describe("responses", () => {
  const ask = (target: ReturnType<typeof model>, more: object = {}) =>
    runTools(target, {
      input: "Weather in Paris?",
      tools: [weather(() => "sun"), { type: "web_search" }],
      ...more,
    });

  test.each([false, true])("go on by the last response's id (stream: %s)", async (stream) => {
    const answers = [responds("Hm", calls()), responds("Sunny.")];
    const target = model(...answers.map((answer) => (stream ? () => responding(answer) : answer)));
    const progress = ask(target, { stream });
    const events = await read(progress);
    const result = await progress.final();
    expect(result.text).toBe("Sunny.");
    expect(result.usage).toMatchObject({ total_tokens: 14, input_tokens_details: { cached_tokens: 2 } });
    expect(events.some(({ type }) => type === "text-delta")).toBe(stream);
    expect(target.asked[0]?.tools).toEqual([
      {
        type: "function",
        name: "get_weather",
        description: "Weather of a city.",
        strict: true,
        parameters: expect.objectContaining({ additionalProperties: false, required: ["city"] }),
      },
      { type: "web_search" },
    ]);
    expect(target.asked[1]).toMatchObject({
      previous_response_id: "resp_1",
      input: [{ type: "function_call_output", call_id: "call_1", output: "sun" }],
    });
    expect(result.messages.map((item) => (item as { type?: string }).type).join(" ")).toBe(
      " reasoning message function_call function_call_output reasoning message",
    );
  });

  test("go on by items where nothing is stored, by the conversation where there is one", async () => {
    const items = model(responds(null, calls()), responds("Sunny."));
    await ask(items, { store: false }).final();
    expect(items.asked[1]).not.toHaveProperty("previous_response_id");
    expect(items.asked[1]?.input).toHaveLength(4);
    const conversation = model(responds(null, calls()), responds("Sunny."));
    await ask(conversation, { conversation: "conv_1" }).final();
    expect(conversation.asked[1]).toMatchObject({ conversation: "conv_1", input: [{ call_id: "call_1" }] });
    expect(conversation.asked[1]).not.toHaveProperty("previous_response_id");
  });

  test("that fail, or end in the middle", async () => {
    const failed = { ...responds(null), status: "failed", error: { code: "server_error", message: "Oops" } };
    expect(await failureOf(ask(model(failed)).final())).toMatchObject({ kind: "api", code: "server_error" });
    const cut = { ...responds(null, calls()), incomplete_details: { reason: "max_output_tokens" } };
    expect(await failureOf(ask(model(cut)).final())).toMatchObject({ reason: "length" });
    const erring = async function* () {
      yield { type: "error", code: "rate_limit", message: "Slow down", param: null };
    };
    expect(await failureOf(ask(model(erring), { stream: true }).final())).toMatchObject({
      kind: "api",
      code: "rate_limit",
      message: "Slow down",
    });
    const open = async function* () {
      yield { type: "response.output_text.delta", delta: "x" };
    };
    expect((await failureOf(ask(model(open), { stream: true }).final())).kind).toBe("truncated");
  });
});

describe("what is wrong at the call is a TypeError that names it", () => {
  const fine = weather(() => "sun");
  test.each<[string, () => unknown]>([
    ["tool name", () => run(model(), [{ ...fine, name: "get weather" }])],
    ["tool name", () => run(model(), [{ ...fine, name: "" }])],
    ["two tools named get_weather", () => run(model(), [fine, fine])],
    ["maxSteps", () => run(model(), [], { maxSteps: 0 })],
    ["toolTimeoutMs", () => run(model(), [], { toolTimeoutMs: Number.NaN })],
    ["maxParallel", () => run(model(), [], { maxParallel: -1 })],
    [
      "toStandardJsonSchema",
      () => run(model(), [tool({ name: "x", parameters: v.object({}), execute() {} })]),
    ],
    ["complete", () => runTools({} as never, { messages: [], tools: [] })],
    ["complete", () => runTools(undefined as never, { messages: [], tools: [] })],
    ["responses.create", () => runTools({ complete: async () => 1 } as never, { input: "", tools: [] })],
  ])("%s", (name, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name);
  });
});
