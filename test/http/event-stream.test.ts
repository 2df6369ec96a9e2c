// How a stream is read: its end, its silence, its limits, and who closes what.
import { inspect } from "node:util";
import { ChatCompletionsClient, type ChatStream, type LatchkeyError } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { serveEmulator } from "../../emulator/serve.ts";
import {
  type Body,
  body,
  bytesOf,
  chunk,
  clientOf,
  DONE,
  drain,
  eventStream,
  failureOf,
  finishes,
  KEY,
  MESSAGES,
  type Piece,
  PROMPT,
  record,
  says,
  service,
  sleep,
} from "../service.ts";

const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => void rejections.push(reason);

beforeEach(() => {
  rejections.length = 0;
  process.on("unhandledRejection", onRejection);
});
afterEach(async () => {
  // Node tells of a rejection after the microtasks of the turn in which it came.
  await sleep(1);
  process.off("unhandledRejection", onRejection);
  expect(rejections).toEqual([]);
});

const openOn = (content: Body | string, options = {}): Promise<ChatStream> =>
  clientOf(service(eventStream(content)), options).complete({ messages: MESSAGES, stream: true });

const openWith = (
  pieces: Iterable<Piece>,
  end: Parameters<typeof body>[1] = "close",
  options = {},
): Promise<ChatStream> => openOn(body(pieces, end), options);

const textOf = async (stream: ChatStream): Promise<string> => (await drain(stream.text())).items.join("");

const failed = async (stream: ChatStream): Promise<LatchkeyError> => {
  const { error } = await drain(stream);
  return failureOf(Promise.reject(error));
};

describe("the end", () => {
  test.each<[string, string]>([
    ["with a space", "data: [DONE]\n\n"],
    ["without a space", "data:[DONE]\n\n"],
    ["with CRLF", "data: [DONE]\r\n\r\n"],
    ["with CR", "data: [DONE]\r\r"],
    ["with an event name", "event: done\ndata: [DONE]\n\n"],
    ["with an id and a comment", ": bye\nid: 9\ndata: [DONE]\n\n"],
  ])("A27 [DONE] %s ends at once, while the connection stays open", async (_name, done) => {
    const content = body([says("a"), done], "open");
    const stream = await openOn(content);
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items).toHaveLength(1);
    await vi.waitFor(() => expect(content.state.cancelled).toBe(true), 3000);
  });

  test("A27 what comes after [DONE] is ignored, in the same piece or in the next", async () => {
    for (const pieces of [
      [`${says("a")}${DONE}${says("b")}`],
      [says("a"), DONE, says("b"), "data: {broken\n\n"],
    ]) {
      const stream = await openWith(pieces);
      expect(await textOf(stream)).toBe("a");
      expect((await stream.final()).choices[0]?.message.content).toBe("a");
    }
  });

  test("A27 a connection that fails, or a source that can't be cancelled, after [DONE] is nobody's problem", async () => {
    const lost = await openWith([says("a"), DONE], { error: new Error("reset") });
    expect(await textOf(lost)).toBe("a");
    const stuck = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(says("a") + DONE + says("b"))),
      cancel: () => Promise.reject(new Error("can't")),
    });
    const stream = await clientOf(service(eventStream(stuck))).complete({ messages: MESSAGES, stream: true });
    expect(await textOf(stream)).toBe("a");
    await sleep(120);
  });

  test("A27 only that very text is the signal", async () => {
    for (const data of ["[done]", " [DONE]", "[DONE] ", "[DONE]\ndata: "]) {
      expect((await failed(await openWith([`${says("a")}data: ${data}\n\n`]))).kind).toBe("malformed");
    }
  });

  test("a last [DONE] without its blank line counts", async () => {
    for (const done of ["data: [DONE]", "data: [DONE]\n", "data: [DONE]\r"]) {
      expect(await textOf(await openWith([says("a"), finishes(), done]))).toBe("a");
    }
  });

  test("a stream that is cut is truncated, and `partial` is what had come", async () => {
    for (const pieces of [
      [says("a"), says("b")],
      [says("a"), says("b"), finishes()],
      [says("a"), says("b"), 'data: {"choi'],
      [says("a"), says("b"), "data: [DON"],
    ]) {
      const { items, error } = await drain(await openWith(pieces));
      expect(items.length).toBeGreaterThanOrEqual(2);
      expect(error).toMatchObject({ name: "StreamTruncatedError", kind: "truncated" });
      expect((error as LatchkeyError).partial).toMatchObject({ choices: [{ message: { content: "ab" } }] });
    }
  });

  test("a stream without any event is truncated, not an empty success", async () => {
    for (const pieces of [[""], ["\n\n"], [": ping\n\n"], ["data"], ["hello"]]) {
      const error = await failed(await openWith(pieces));
      expect(error.kind).toBe("truncated");
    }
  });

  test.each([
    ["done", [says("a"), finishes()], "truncated"],
    ["done", [says("a"), finishes(), DONE], undefined],
    ["finish_reason", [says("a"), finishes()], undefined],
    ["finish_reason", [says("a"), finishes(), DONE], undefined],
    ["finish_reason", [says("a")], "truncated"],
    ["finish_reason", [": nothing\n\n"], "truncated"],
    ["finish_reason", [record(chunk({ content: "a" }, { index: 1 })), finishes()], "truncated"],
    ["eof", [says("a")], undefined],
    ["eof", [says("a"), finishes(), DONE], undefined],
  ] as const)("streamEnd %s: %j ends %s", async (streamEnd, pieces, kind) => {
    const { error } = await drain(await openWith(pieces, "close", { streamEnd }));
    expect((error as LatchkeyError | undefined)?.kind).toBe(kind);
  });

  test("streamEnd eof doesn't make a lost connection an end", async () => {
    expect(
      (await failed(await openWith([says("a")], { error: new Error("reset") }, { streamEnd: "eof" }))).kind,
    ).toBe("truncated");
  });

  test("usage after the finish is taken when the end is a clean one", async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const pieces = [says("a"), finishes(), record({ id: "x", choices: [], usage })];
    const stream = await openWith(pieces, "close", { streamEnd: "finish_reason" });
    expect((await stream.final()).usage).toEqual(usage);
  });
});

describe("a failure on the way", () => {
  test("B05 a lost connection: cause, partial, everything before it delivered", async () => {
    const cause = new TypeError("terminated");
    const { items, error } = await drain(await openWith([says("a") + says("b")], { error: cause }));
    expect(items).toHaveLength(2);
    expect(error).toMatchObject({
      kind: "truncated",
      partial: { choices: [{ message: { content: "ab" } }] },
    });
    const lost = (error as LatchkeyError).cause as LatchkeyError;
    expect(lost).toMatchObject({ name: "ConnectionError", kind: "connection" });
    expect(lost.cause).toBe(cause);
  });

  test("it is told again at each further read and by final()", async () => {
    const stream = await openWith([says("a")]);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const error = await failureOf(iterator.next());
    expect(await failureOf(iterator.next())).toBe(error);
    expect(await failureOf(stream.final())).toBe(error);
    expect(stream.snapshot.choices[0]?.message.content).toBe("a");
  });

  test("it carries the id of the request", async () => {
    const target = service(eventStream(says("a"), { "x-request-id": "r-1" }));
    const stream = await clientOf(target).complete({ messages: MESSAGES, stream: true });
    expect(stream.requestId).toBe("r-1");
    expect((await failed(stream)).requestId).toBe("r-1");
  });

  test("A23 a line past maxEventBytes is a limit by that name; the body is cancelled", async () => {
    const content = body([says("a"), `data: ${"x".repeat(600)}`, "x".repeat(600)], "open");
    const { items, error } = await drain(await openOn(content, { maxEventBytes: 1000 }));
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ kind: "limit", partial: { choices: [{ message: { content: "a" } }] } });
    expect((error as Error).message).toContain("maxEventBytes");
    expect(content.state.cancelled).toBe(true);
  });

  test("A24 an event of many lines past maxEventBytes, also when the end finds it out", async () => {
    const lines = "data: xxxxxxxxxxxxxxxxxxx\n";
    for (const [pieces, end] of [
      [[lines.repeat(100)], "open"],
      [[lines.repeat(5), "data: xxxxxxxxxxxxxxxxxxxxxxxx"], "close"],
    ] as const) {
      const stream = await openWith(pieces, end, { maxEventBytes: 110, idleTimeoutMs: 300 });
      expect((await failed(stream)).kind).toBe("limit");
    }
  });

  test("a stream past maxStreamBytes is a limit by that name; the body is cancelled", async () => {
    const content = body([says("a"), ...Array<string>(20).fill(says("b".repeat(100)))], "open");
    const { items, error } = await drain(await openOn(content, { maxStreamBytes: 1000 }));
    expect(items.length).toBeGreaterThan(1);
    expect(items.length).toBeLessThan(10);
    expect(error).toMatchObject({ kind: "limit" });
    expect((error as Error).message).toContain("maxStreamBytes");
    expect(content.state.cancelled).toBe(true);
  });

  test("a failure in the same piece as good events is told after them", async () => {
    const { items, error } = await drain(
      await openWith([`${says("a")}${says("b")}data: {broken\n\n${says("c")}`]),
    );
    expect(items).toHaveLength(2);
    expect((error as LatchkeyError).kind).toBe("malformed");
  });
});

describe("silence", () => {
  const late = async (stream: ChatStream): Promise<{ deadline: string; partial: unknown }> =>
    (await failed(stream)) as LatchkeyError & { deadline: string };

  /** Endless comments. */
  function pinging(
    start: string,
    ms: number,
  ): { stream: ReadableStream<Uint8Array<ArrayBuffer>>; stopped: () => boolean } {
    let timer: ReturnType<typeof setInterval> | undefined;
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(encoder.encode(start));
        timer = setInterval(() => controller.enqueue(encoder.encode(": ping\n\n")), ms);
      },
      cancel() {
        clearInterval(timer);
        timer = undefined;
      },
    });
    return { stream, stopped: () => timer === undefined };
  }

  test("B03 no byte for idleTimeoutMs", async () => {
    const content = body([says("a")], "open");
    const error = await late(await openOn(content, { idleTimeoutMs: 40 }));
    expect(error).toMatchObject({ name: "TimeoutError", kind: "timeout", deadline: "idle" });
    expect(error.partial).toMatchObject({ choices: [{ message: { content: "a" } }] });
    expect(content.state.cancelled).toBe(true);
  });

  test("a date that is set back while the service is silent lengthens no wait", async () => {
    const stream = await openOn(body([says("a")], "open"), { idleTimeoutMs: 40 });
    const waiting = late(stream);
    await sleep(10);
    const date = vi.spyOn(Date, "now").mockReturnValue(Date.now() - 3_600_000);
    try {
      expect(await waiting).toMatchObject({ kind: "timeout", deadline: "idle" });
    } finally {
      date.mockRestore();
    }
  });

  test("A21 comments keep the idle deadline away, not the stall deadline", async () => {
    const { stream: content, stopped } = pinging(says("a"), 5);
    const target = service(eventStream(content));
    const stream = await clientOf(target, { idleTimeoutMs: 400, stallTimeoutMs: 500 }).complete({
      messages: MESSAGES,
      stream: true,
    });
    const start = performance.now();
    const error = await late(stream);
    expect(error).toMatchObject({ kind: "timeout", deadline: "stall" });
    expect(performance.now() - start).toBeGreaterThan(450);
    expect(stopped()).toBe(true);
  });

  test("A21 ten thousand heartbeats are no chunks, and an answer may follow", async () => {
    const pieces = [...Array<string>(100).fill(": ping\n\n".repeat(100)), says("a"), DONE];
    const { items } = await drain(await openWith(pieces));
    expect(items).toHaveLength(1);
  });

  test("data refreshes both", async () => {
    let left = 7;
    const content = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        await sleep(75);
        controller.enqueue(bytesOf(left-- > 0 ? says("a") : DONE));
      },
    });
    const target = service(eventStream(content));
    const stream = await clientOf(target, { idleTimeoutMs: 400, stallTimeoutMs: 400 }).complete({
      messages: MESSAGES,
      stream: true,
    });
    const { items, error } = await drain(stream.text());
    expect(error).toBeUndefined();
    expect(items).toHaveLength(7);
  });

  test("data that a reader of text doesn't see refreshes both", async () => {
    const thinks = record(chunk({ reasoning_content: "hm" }));
    let left = 7;
    const content = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        await sleep(75);
        controller.enqueue(bytesOf(left-- > 0 ? thinks : says("a") + DONE));
      },
    });
    const stream = await openOn(content as Body, { idleTimeoutMs: 300, stallTimeoutMs: 300 });
    const { items, error } = await drain(stream.text());
    expect(error).toBeUndefined();
    expect(items).toEqual(["a"]);
  });

  test("a slow reader is no silence", async () => {
    const stream = await openWith([says("a"), says("b"), says("c"), DONE], "close", {
      idleTimeoutMs: 30,
      stallTimeoutMs: 30,
    });
    let text = "";
    for await (const piece of stream.text()) {
      text += piece;
      await sleep(45);
    }
    expect(text).toBe("abc");
  });

  test("the emulator's stall and ping-stall", async () => {
    const emulator = createEmulator();
    const client = new ChatCompletionsClient("https://emulator.example/models", "emulator-key", {
      fetch: emulator.fetch,
    });
    const open = (model: string, options: object) =>
      client.complete({ messages: MESSAGES, model, stream: true }, options);
    expect((await late(await open("fault-stall", { idleTimeoutMs: 30 }))).deadline).toBe("idle");
    expect(
      (await late(await open("fault-ping-stall;ms=5", { idleTimeoutMs: 500, stallTimeoutMs: 60 }))).deadline,
    ).toBe("stall");
    await sleep(1);
    expect(emulator.ledger.map(({ outcome }) => outcome)).toEqual(["cancelled", "cancelled"]);
  });
});

describe("leaving", () => {
  test("break closes the connection; what had come stays, and final() says it isn't whole", async () => {
    const content = body([says("a"), says("b")], "open");
    const stream = await openOn(content);
    for await (const _ of stream) break;
    await sleep(1);
    expect(content.state.cancelled).toBe(true);
    expect(stream.snapshot.choices[0]?.message.content).toBe("a");
    const error = await failureOf(stream.final());
    expect(error).toMatchObject({ kind: "aborted", partial: { choices: [{ message: { content: "a" } }] } });
  });

  test("throwing inside the loop closes the connection", async () => {
    const content = body([says("a")], "open");
    const stream = await openOn(content);
    await expect(
      (async () => {
        for await (const _ of stream) throw new Error("mine");
      })(),
    ).rejects.toThrow("mine");
    await sleep(1);
    expect(content.state.cancelled).toBe(true);
  });

  test("await using closes the connection, read or not", async () => {
    const contents = [body([says("a")], "open"), body([says("a")], "open")];
    {
      await using read = await openOn(contents[0]!);
      await read[Symbol.asyncIterator]().next();
      await using unread = await openOn(contents[1]!);
      expect(unread.requestId).toBeTruthy();
    }
    await sleep(1);
    expect(contents.map(({ state }) => state.cancelled)).toEqual([true, true]);
  });

  test("abort() fails the reader with its reason, and closes the connection", async () => {
    const reason = new Error("stop");
    const content = body([says("a")], "open");
    const stream = await openOn(content);
    const reading = drain(stream);
    const whole = failureOf(stream.final());
    await sleep(5);
    stream.abort(reason);
    const { items, error } = await reading;
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ kind: "aborted" });
    expect((error as Error).cause).toBe(reason);
    expect((await whole).cause).toBe(reason);
    expect(content.state.cancelled).toBe(true);
    stream.abort("again");
    expect((await failureOf(stream.final())).cause).toBe(reason);
  });

  test("abort() after the end changes nothing", async () => {
    const stream = await openWith([says("a"), DONE]);
    await stream.final();
    stream.abort();
    expect((await stream.final()).choices).toHaveLength(1);
  });

  test("P5 a stream that nobody reads isn't read ahead", async () => {
    const content = body(Array<string>(1000).fill(says("a")), "open");
    const stream = await openOn(content);
    await sleep(10);
    expect(content.state.pulled).toBeLessThanOrEqual(2);
    stream.abort();
  });

  test("streams that fail, are aborted or dropped with nobody looking reject nobody", async () => {
    await openWith([says("a")], { error: new Error("x") });
    (await openWith([says("a")], "open")).abort(new Error("x"));
    await (await openWith([says("a")], "open"))[Symbol.asyncDispose]();
    const controller = new AbortController();
    const target = service(eventStream(body([says("a")], "open")));
    await clientOf(target).complete({ messages: MESSAGES, stream: true }, { signal: controller.signal });
    controller.abort(new Error("x"));
    await openWith([says("a")], "open", { timeoutMs: 10 });
    await sleep(30);
  });
});

describe("reading", () => {
  test("C04 a stream can be read once, in whatever form", async () => {
    type Form = (stream: ChatStream) => unknown;
    const forms: Form[] = [
      (stream) => stream[Symbol.asyncIterator](),
      (stream) => stream.text(),
      (stream) => stream.toReadableStream(),
    ];
    for (const first of forms) {
      for (const second of forms) {
        const stream = await openWith([says("a"), DONE]);
        first(stream);
        expect(() => second(stream)).toThrow(TypeError);
        stream.abort();
      }
    }
    const stream = await openWith([says("a"), DONE]);
    await stream.final();
    expect(() => stream.text()).toThrow(TypeError);
  });

  test("final() before, during and after the iteration is the same whole", async () => {
    const stream = await openWith([says("a"), says("b"), finishes(), DONE]);
    let during: Promise<unknown> | undefined;
    for await (const _ of stream) during ??= stream.final();
    const after = await stream.final();
    expect(after.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "ab" } });
    expect(await during).toEqual(after);
    const alone = await openWith([says("a"), says("b"), finishes(), DONE]);
    const [one, two] = await Promise.all([alone.final(), alone.final()]);
    expect(one).toEqual(after);
    expect(two).toEqual(after);
  });

  test("reads that overlap are answered in turn", async () => {
    const stream = await openWith([says("a"), says("b"), says("c"), DONE]);
    const iterator = stream.text();
    const results = await Promise.all(Array.from({ length: 6 }, () => iterator.next()));
    expect(results.map(({ value }) => value)).toEqual(["a", "b", "c", undefined, undefined, undefined]);
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true, true, true]);
  });

  test("reads that overlap with a failure are all told", async () => {
    const stream = await openWith([says("a")]);
    const iterator = stream[Symbol.asyncIterator]();
    const results = await Promise.allSettled([iterator.next(), iterator.next(), iterator.next()]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  });

  test("return() ends a read that waits", async () => {
    const stream = await openWith([says("a")], "open");
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const waiting = iterator.next();
    await iterator.return?.();
    expect((await waiting).done).toBe(true);
    expect((await iterator.next()).done).toBe(true);
  });

  test("toReadableStream gives the chunks, no more than one ahead, and passes on failure and cancel", async () => {
    const whole = await openWith([says("a"), says("b"), DONE]);
    expect((await drain(whole.toReadableStream())).items).toHaveLength(2);

    const cut = await openWith([says("a")]);
    const { items, error } = await drain(cut.toReadableStream());
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ kind: "truncated" });

    const content = body(Array<string>(100).fill(says("a")), "open");
    const reader = (await openOn(content)).toReadableStream().getReader();
    await reader.read();
    await sleep(5);
    expect(content.state.pulled).toBeLessThanOrEqual(3);
    await reader.cancel();
    await sleep(1);
    expect(content.state.cancelled).toBe(true);
  });

  test("the same chunks for every split of a short stream in two", async () => {
    const stream = new TextEncoder().encode(`${says("你👋")}${finishes().replaceAll("\n", "\r\n")}${DONE}`);
    const expected = await (await openWith([stream])).final();
    for (let at = 0; at <= stream.length; at += 3) {
      const split = await openWith([stream.slice(0, at), stream.slice(at)]);
      expect(await split.final()).toEqual(expected);
    }
  });

  test("A29 nothing that a stream's errors show holds a byte of its data, of the prompt or of the key", async () => {
    const canary = "canary-data-8842";
    const failing = [
      openWith([`data: {"id":"${canary}\n\n`]),
      openWith([`data: ${canary}\n\n`]),
      openWith([`data: "${canary}"\n\n`]),
      openWith([record(chunk({ content: canary })), "data: nope\n\n"]),
      openWith([record(chunk({ content: canary }))]),
      openWith([record(chunk({ content: canary }))], { error: new Error("reset") }),
      openWith([record(chunk({ tool_calls: [{ index: -1, id: canary }] }))]),
      openWith([record(chunk({ content: "a" }, { index: canary }))]),
      openWith([`data: ${canary.repeat(100)}`], "open", { maxEventBytes: 100 }),
    ];
    for (const opening of failing) {
      const error = await failed(await opening);
      const shown = [
        error.message,
        error.stack,
        String(error.cause),
        JSON.stringify(error),
        inspect(error, { depth: 20 }),
      ].join("\n");
      for (const secret of [canary, PROMPT, KEY]) expect(shown).not.toContain(secret);
    }
  });
});

describe("over a socket", () => {
  const emulator = createEmulator();
  let served: Awaited<ReturnType<typeof serveEmulator>>;
  beforeAll(async () => {
    served = await serveEmulator(emulator, { port: 0 });
  });
  afterAll(() => served.close());

  const open = (scenario: string): Promise<ChatStream> =>
    new ChatCompletionsClient(`${served.url}/models`, "emulator-key", {
      model: "gpt-5-mini",
      maxRetries: 0,
    }).complete(
      { messages: MESSAGES, stream: true },
      { headers: { "x-emulator-scenario": scenario }, timeoutMs: 5000 },
    );

  test.each(["reset", "bad-chunk", "missing-last-chunk"])(
    "B05, B06 %s is truncated by a lost connection, with the text so far",
    async (scenario) => {
      const error = await failed(await open(scenario));
      expect(error).toMatchObject({ kind: "truncated", cause: { kind: "connection" } });
      expect(error.partial).toMatchObject({ choices: [{ finish_reason: null }] });
    },
  );

  test.each(["cut", "half-event", "cut-before-done"])("B04 %s is truncated", async (scenario) => {
    expect((await failed(await open(scenario))).kind).toBe("truncated");
  });

  test("leaving and aborting a stalled stream ends the exchange at the service", async () => {
    const reason = new Error("mine");
    for (const leave of ["break", "abort", "signal"]) {
      const controller = new AbortController();
      const stream = await new ChatCompletionsClient(`${served.url}/models`, "emulator-key").complete(
        { messages: MESSAGES, model: "fault-stall", stream: true },
        { signal: controller.signal },
      );
      const iterator = stream[Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) await iterator.next();
      const waiting = iterator.next().catch((error: unknown) => error);
      if (leave === "break") await iterator.return?.();
      if (leave === "abort") stream.abort(reason);
      if (leave === "signal") controller.abort(reason);
      const outcome = await waiting;
      if (leave === "break") expect(outcome).toMatchObject({ done: true });
      else expect(outcome).toMatchObject({ kind: "aborted", cause: reason });
    }
    await vi.waitFor(() => {
      const ends = emulator.ledger
        .filter(({ model }) => model === "fault-stall")
        .map(({ outcome }) => outcome);
      expect(ends).toEqual(["cancelled", "cancelled", "cancelled"]);
    }, 3000);
  });

  test("B15 a compressed stream is read", async () => {
    expect((await (await open("gzip")).final()).choices[0]?.finish_reason).toBe("stop");
  });
});
