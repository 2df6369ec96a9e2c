// The conversation that runs, with a client by hand: the test says what comes and when.
import { describe, expect, test, vi } from "vitest";
import { AbortError, ApiError, StreamTruncatedError } from "../../src/http/errors.ts";
import { type ChatOptions, createChat } from "../../src/react/chat.ts";
import type { AssistantMessage, ChatTree } from "../../src/react/message.ts";
import { emptyTree, pathOf } from "../../src/react/tree.ts";
import { tool } from "../../src/tools/index.ts";
import { answerOf, questionOf } from "./messages.ts";

interface Asked {
  readonly request: { messages: { role: string; content: unknown }[]; [member: string]: unknown };
  readonly signal: AbortSignal;
  say(delta: object, more?: object): void;
  end(): void;
  fail(error: unknown): void;
}

/** Answers by hand: each call waits in `asked`. */
function clientByHand() {
  const asked: Asked[] = [];
  const complete = async (request: unknown, { signal }: { signal: AbortSignal }) => {
    const queue: (object | Error | null)[] = [];
    let wake = () => {};
    const push = (entry: object | Error | null) => {
      queue.push(entry);
      wake();
    };
    asked.push({
      request: request as Asked["request"],
      signal,
      say: (delta, more = {}) => push({ choices: [{ index: 0, delta, finish_reason: null, ...more }] }),
      end: () => push(null),
      fail: (error) => push(error as Error),
    });
    signal.addEventListener("abort", () => push(new AbortError(signal.reason)));
    return {
      requestId: `request-${asked.length}`,
      // As of the package's own streams: their end is theirs to judge.
      snapshot: {},
      async *[Symbol.asyncIterator]() {
        for (;;) {
          const entry = queue.shift();
          if (entry === null) return;
          if (entry instanceof Error) throw entry;
          if (entry) yield entry;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      },
    };
  };
  return { client: { complete } as unknown as ChatOptions["client"], asked };
}

/** Frames come at once, so that a test waits for nothing. */
const atOnce = (task: (time: number) => void) => {
  const timer = setTimeout(() => task(performance.now()));
  return () => clearTimeout(timer);
};

function start(options: Partial<ChatOptions> = {}) {
  const { client, asked } = clientByHand();
  const chat = createChat({ client, settings: { model: "gpt-5-mini" }, schedule: atOnce, ...options });
  const path = () => pathOf(chat.state().tree);
  const last = () => path().at(-1) as AssistantMessage;
  const texts = () => path().map(({ text }) => text);
  const nth = async (index: number) => {
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(index));
    return asked[index] as Asked;
  };
  const phase = (wanted: string) => vi.waitFor(() => expect(last().phase).toBe(wanted));
  return { chat, asked, path, last, texts, nth, phase };
}

describe("createChat", () => {
  test("asks, shows what comes, and remembers how the answer ended", async () => {
    const { chat, nth, last, phase, texts } = start({
      budget: () => ({ "x-ratelimit-remaining-tokens": "9" }),
    });
    chat.send("Hello");
    const call = await nth(0);
    expect(call.request).toMatchObject({
      model: "gpt-5-mini",
      stream: true,
      messages: [{ role: "user", content: "Hello" }],
    });
    call.say({ reasoning_content: "hm" });
    call.say({ content: "Hi" });
    call.say({ content: " there" }, { finish_reason: "stop" });
    call.end();
    await phase("done");
    expect(texts()).toEqual(["Hello", "Hi there"]);
    expect(last()).toMatchObject({
      reasoning: "hm",
      finishReason: "stop",
      requestId: "request-1",
      budget: { "x-ratelimit-remaining-tokens": "9" },
      failure: null,
    });
    expect(last().reasoningMs).toBeGreaterThanOrEqual(0);
    expect(last().durationMs).toBeGreaterThanOrEqual(last().firstTokenMs ?? Number.POSITIVE_INFINITY);
  });

  test("sends what is shown, with the settings, and leaves out questions without an answer", async () => {
    const attachments = [
      {
        id: "1",
        kind: "image",
        name: "a.png",
        mediaType: "image/png",
        size: 1,
        data: "data:image/png;base64,AA",
      },
      { id: "2", kind: "file", name: "b.txt", mediaType: "text/plain", size: 2, data: "hi" },
      {
        id: "3",
        kind: "audio",
        name: "c",
        mediaType: "audio/x-wav",
        size: 3,
        data: "data:audio/wav;base64,BB",
      },
    ] as const;
    const { chat, nth, phase } = start({
      settings: {
        model: "m",
        systemPrompt: "Be short.",
        temperature: 0,
        maxTokens: 7,
        jsonSchema: '{"type":"object"}',
      },
    });
    chat.send("one");
    (await nth(0)).fail(new ApiError({ status: 500, body: {} }));
    await phase("failed");
    chat.send("two", attachments);
    const { request } = await nth(1);
    expect(request).toMatchObject({
      temperature: 0,
      max_tokens: 7,
      response_format: { type: "json_schema", json_schema: { schema: { type: "object" } } },
    });
    expect(request.messages).toEqual([
      { role: "system", content: "Be short." },
      {
        role: "user",
        content: [
          { type: "text", text: "two" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
          { type: "text", text: 'File "b.txt" (text/plain):\n\nhi' },
          { type: "input_audio", input_audio: { data: "BB", format: "wav" } },
        ],
      },
    ]);
  });

  test("stops: what came stays, what comes late is dropped, the request is aborted", async () => {
    const { chat, nth, last, phase } = start();
    chat.send("Hello");
    const call = await nth(0);
    call.say({ content: "part" });
    await phase("streaming");
    call.say({ content: " late" });
    chat.stop();
    expect(call.signal.aborted).toBe(true);
    expect(last()).toMatchObject({ phase: "stopped", text: "part", failure: null });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(last().text).toBe("part");
  });

  test("stops before the client is there, and asks nobody", async () => {
    let give: (client: never) => void = () => {};
    const { chat, last, asked } = start({ client: () => new Promise((resolve) => (give = resolve)) });
    chat.send("Hello");
    chat.stop();
    expect(last().phase).toBe("stopped");
    const complete = vi.fn(() => Promise.reject(new Error("asked")));
    give({ complete } as never);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([asked.length, complete.mock.calls.length]).toEqual([0, 0]);
  });

  test("goes on with a cut answer: the model sees what it said, the rest is added", async () => {
    const { chat, nth, last, phase, texts } = start();
    chat.send("Count");
    const first = await nth(0);
    first.say({ content: "one, tw" });
    first.fail(new StreamTruncatedError());
    await phase("cut");
    expect(last().failure?.title).toBe("The answer was cut off before its end.");
    chat.continueAnswer();
    expect(last()).toMatchObject({ phase: "waiting", text: "one, tw", failure: null });
    const second = await nth(1);
    expect(second.request.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(second.request.messages[1]?.content).toBe("one, tw");
    second.say({ content: "o, three" });
    second.end();
    await phase("done");
    expect(texts()).toEqual(["Count", "one, two, three"]);
  });

  test("retries beside the failed answer, which keeps what had come", async () => {
    const { chat, nth, phase, texts, last } = start();
    chat.send("Count");
    const first = await nth(0);
    first.say({ content: "one" });
    first.fail(new StreamTruncatedError());
    await phase("cut");
    const cut = last().id;
    chat.retry();
    const second = await nth(1);
    expect(second.request.messages).toEqual([{ role: "user", content: "Count" }]);
    second.say({ content: "one, two" });
    second.end();
    await phase("done");
    expect(texts()).toEqual(["Count", "one, two"]);
    chat.switchTo(cut);
    expect(texts()).toEqual(["Count", "one"]);
  });

  test("edits a question into a branch of its own", async () => {
    const { chat, nth, phase, texts, path } = start();
    chat.send("red");
    (await nth(0)).end();
    await phase("done");
    const [question] = path();
    chat.edit(question?.id as string, "green");
    (await nth(1)).end();
    await phase("done");
    expect(texts()[0]).toBe("green");
    chat.switchTo(question?.id as string);
    expect(texts()[0]).toBe("red");
  });

  test("does nothing with an empty question or a second one at once", async () => {
    const { chat, nth, asked, path } = start();
    chat.send("   ");
    expect(path()).toEqual([]);
    chat.send("one");
    await nth(0);
    chat.send("two");
    chat.retry();
    chat.regenerate();
    chat.continueAnswer();
    chat.edit(path()[0]?.id as string, "three");
    expect([asked.length, path().length]).toEqual([1, 2]);
    chat.stop();
  });

  test("runs tools and shows each call with its result", async () => {
    const add = tool({
      name: "add",
      parameters: { type: "object", properties: { a: { type: "number" } } },
      execute: (args) => String((args as { a: number }).a + 1),
    });
    const { chat, nth, phase, last } = start({ tools: [add], settings: { model: "m", tools: ["add"] } });
    chat.send("one more than 1");
    const first = await nth(0);
    expect(first.request.tools).toHaveLength(1);
    first.say({ content: "Let me see." });
    first.say(
      { tool_calls: [{ index: 0, id: "c1", function: { name: "add", arguments: '{"a":1}' } }] },
      { finish_reason: "tool_calls" },
    );
    first.end();
    const second = await nth(1);
    second.say({ content: "It is 2." }, { finish_reason: "stop" });
    second.end();
    await phase("done");
    expect(last()).toMatchObject({
      text: "Let me see.\n\nIt is 2.",
      finishReason: "stop",
      toolCalls: [{ id: "c1", name: "add", arguments: '{"a":1}', result: "2", failed: false }],
    });
  });

  test("offers no tool that is not switched on", async () => {
    const add = tool({ name: "add", execute: () => "" });
    const { chat, nth } = start({ tools: [add] });
    chat.send("Hello");
    expect((await nth(0)).request).not.toHaveProperty("tools");
    chat.stop();
  });

  test("shows citations, filters and refusals as what they are", async () => {
    const { chat, nth, phase, last } = start();
    chat.send("Hello");
    const call = await nth(0);
    call.say({ context: { citations: [{ title: "T", url: "https://a.example/", content: "c" }, {}] } });
    call.say(
      { refusal: "No." },
      {
        finish_reason: "content_filter",
        content_filter_results: { violence: { filtered: true, severity: "high" }, hate: { filtered: false } },
      },
    );
    call.end();
    await phase("done");
    expect(last()).toMatchObject({
      refusal: "No.",
      citations: [
        { title: "T", url: "https://a.example/", content: "c" },
        { title: "", url: null, content: "" },
      ],
      filtered: [{ category: "violence", severity: "high" }],
      finishReason: "content_filter",
    });
  });

  test("says what a filter stopped in a question that was refused", async () => {
    const { chat, nth, phase, last } = start();
    chat.send("Hello");
    const innererror = { content_filter_result: { jailbreak: { filtered: true, detected: true } } };
    (await nth(0)).fail(
      new ApiError({ status: 400, body: { error: { code: "content_filter", message: "No.", innererror } } }),
    );
    await phase("failed");
    expect(last().filtered).toEqual([{ category: "jailbreak", severity: null }]);
    expect(chat.error()).toBeInstanceOf(ApiError);
    chat.retry();
    expect(chat.error()).toBeUndefined();
    chat.stop();
  });

  test("a schema that is no JSON fails before anything is asked", async () => {
    const { chat, asked, phase } = start({ settings: { model: "m", jsonSchema: "{" } });
    chat.send("Hello");
    await phase("failed");
    expect(chat.error()).toBeInstanceOf(SyntaxError);
    expect(asked).toEqual([]);
  });

  test("begins with a stored conversation and tells each change", async () => {
    const initial: ChatTree = {
      messages: { q: questionOf("q", null), a: answerOf("a", "q", { phase: "done", text: "there" }) },
      leaf: "a",
    };
    const changes: ChatTree[] = [];
    const { chat, nth, phase, texts } = start({ initial, onChange: (tree) => changes.push(tree) });
    expect(texts()).toEqual(["q", "there"]);
    chat.send("more");
    (await nth(0)).end();
    await phase("done");
    expect(changes.at(-1)).toBe(chat.state().tree);
    chat.clear();
    expect(changes.at(-1)).toEqual(emptyTree);
  });

  test("a question that nothing answered can be answered, or asked otherwise", async () => {
    const initial: ChatTree = { messages: { q: questionOf("q", null) }, leaf: "q" };
    const { chat, nth, texts } = start({ initial });
    chat.send("other");
    await nth(0);
    expect(texts()).toEqual(["other", ""]);
    chat.stop();
    chat.switchTo("q");
    chat.retry();
    await nth(1);
    expect(texts()).toEqual(["q", ""]);
    chat.stop();
  });

  test("new messages come after old ones, even when the clock was ahead", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2050-01-01") });
    const { chat, nth, phase, path } = start();
    chat.send("from the future");
    (await nth(0)).end();
    await phase("done");
    vi.setSystemTime(Date.parse("2026-01-01"));
    const [first] = path();
    chat.edit(first?.id as string, "now");
    (await nth(1)).end();
    await phase("done");
    vi.useRealTimers();
    const ids = path().map(({ id }) => id);
    expect([first?.id, ...ids].toSorted()).toEqual([first?.id, ...ids]);
  });
});

describe("A page that misbehaves", () => {
  test("an onChange that throws is told to the page, and the conversation goes on", async () => {
    const told: unknown[] = [];
    const report = (thrown: unknown) => void told.push(thrown);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException").on("uncaughtException", report);
    try {
      const full = new Error("no room");
      const onChange = () => {
        throw full;
      };
      const { chat, nth, last, phase } = start({ onChange });
      expect(() => chat.send("Hello")).not.toThrow();
      const call = await nth(0);
      call.say({ content: "Hi" });
      call.end();
      await phase("done");
      expect(last().text).toBe("Hi");
      expect(chat.state().run).toBe(null);
      await vi.waitFor(() => expect(told[0]).toBe(full));
    } finally {
      await new Promise((resolve) => setTimeout(resolve));
      process.off("uncaughtException", report);
      for (const other of others) process.on("uncaughtException", other);
    }
  });
});
