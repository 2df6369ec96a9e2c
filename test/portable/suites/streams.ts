// A chat as it streams, from hand-made bodies: what ends it, what breaks it, silence, leaving, and putting it together.
import type { ChatCompletionsClientOptions, ChatStream, LatchkeyError } from "latchkey";
import {
  all,
  bytes,
  COMPLETION,
  chunk,
  DONE,
  drain,
  eventStream,
  finishes,
  json,
  made,
  type Piece,
  record,
  type Source,
  says,
  sleep,
  source,
  until,
} from "../bodies.ts";
import { clientOf, KEY, MESSAGES, PROMPT } from "../clients.ts";
import { equal, fails, has, ok, thrown } from "../expect.ts";
import { Suite } from "../harness.ts";

export const streams: Suite = new Suite("streams");
const alone = streams.alone.bind(streams);

const openOn = (content: Source | string, options: ChatCompletionsClientOptions = {}): Promise<ChatStream> =>
  clientOf(
    made(() => eventStream(content)),
    options,
  ).complete({ messages: MESSAGES, stream: true });
const openWith = (
  pieces: Iterable<Piece>,
  end: Parameters<typeof source>[1] = "close",
  options: ChatCompletionsClientOptions = {},
): Promise<ChatStream> => openOn(source(pieces, end), options);
const textOf = async (stream: ChatStream): Promise<string> => (await all(stream.text())).join("");

// The end

const DONES: [string, string][] = [
  ["with a space", "data: [DONE]\n\n"],
  ["without a space", "data:[DONE]\n\n"],
  ["with CRLF", "data: [DONE]\r\n\r\n"],
  ["with CR", "data: [DONE]\r\r"],
  ["with an event name", "event: done\ndata: [DONE]\n\n"],
  ["with an id and a comment", ": bye\nid: 9\ndata: [DONE]\n\n"],
];
for (const [name, done] of DONES) {
  alone(`[DONE] ${name} ends at once, while the connection stays open`, async () => {
    const content = source([says("a"), done], "open");
    equal((await all(await openOn(content))).length, 1);
    equal(
      await until(
        () => content.state.cancelled,
        (cancelled) => cancelled,
      ),
      true,
    );
  });
}

for (const data of ["[done]", " [DONE]", "[DONE] "]) {
  alone(`"${data}" is not the end, but no JSON`, async () => {
    const { error } = await drain(await openWith([`${says("a")}data: ${data}\n\n`]));
    has(error, { kind: "malformed" });
  });
}

alone("what comes after [DONE] is ignored, in the same piece or in the next", async () => {
  equal(await textOf(await openWith([`${says("a")}${DONE}${says("b")}`])), "a");
  equal(await textOf(await openWith([says("a"), DONE, "data: {broken\n\n"])), "a");
});

const CUTS: [string, Piece[]][] = [
  ["between events", [says("a"), says("b")]],
  ["after the finish, before [DONE]", [says("a"), says("b"), finishes()]],
  ["in an event", [says("a"), says("b"), 'data: {"choi']],
  ["in [DONE]", [says("a"), says("b"), "data: [DON"]],
];
for (const [name, pieces] of CUTS) {
  alone(`cut ${name}: truncated, and partial is what had come`, async () => {
    const { error } = await drain(await openWith(pieces));
    has(error, { name: "StreamTruncatedError", kind: "truncated" });
    has((error as LatchkeyError).partial, { choices: [{ message: { content: "ab" } }] });
  });
}

for (const text of ["", ": ping\n\n", "data", "hello"]) {
  alone(`a stream of ${JSON.stringify(text)} is truncated, not an empty answer`, async () => {
    has((await drain(await openWith([text]))).error, { kind: "truncated" });
  });
}

const ENDS: ["done" | "finish_reason" | "eof", string, Piece[], boolean][] = [
  ["done", "a finish", [says("a"), finishes()], false],
  ["finish_reason", "a finish", [says("a"), finishes()], true],
  ["finish_reason", "no finish", [says("a")], false],
  ["finish_reason", "one choice of two", [chunk({ content: "a" }, { index: 1 }), finishes()], false],
  ["eof", "a clean end", [says("a")], true],
  ["eof", "half an event", [says("a"), 'data: {"choices'], false],
];
for (const [streamEnd, name, pieces, whole] of ENDS) {
  alone(`streamEnd ${streamEnd} with ${name} is ${whole ? "whole" : "truncated"}`, async () => {
    const { error } = await drain(await openWith(pieces, "close", { streamEnd }));
    if (whole) equal(error, undefined);
    else has(error, { kind: "truncated" });
  });
}

// Failures

alone("a lost connection: cause, partial, and everything before it delivered", async () => {
  const cause = new TypeError("reset");
  const { items, error } = await drain(await openWith([says("a"), says("b")], { error: cause }));
  equal(items.length, 2);
  has(error, { kind: "truncated", cause: { kind: "connection" } });
  has((error as LatchkeyError).partial, { choices: [{ message: { content: "ab" } }] });
  ok(((error as Error).cause as Error).cause === cause);
});

const ERRORS: [string, string][] = [
  ["an error event", `event: error\n${record({ error: { code: "server_error", message: "busy" } })}`],
  ["an error in a data event", record({ error: { code: "server_error", message: "busy" } })],
];
for (const [name, piece] of ERRORS) {
  alone(`${name} in the middle is an error of the service, with what had come`, async () => {
    const { items, error } = await drain(await openWith([says("a"), piece]));
    equal(items.length, 1);
    has(error, { kind: "api", status: undefined, code: "server_error" });
    has((error as LatchkeyError).partial, { choices: [{ message: { content: "a" } }] });
  });
}

alone("an event that is no JSON is malformed, after the good ones of the same piece", async () => {
  const { items, error } = await drain(await openWith([`${says("a")}${says("b")}data: {broken\n\n`]));
  equal(items.length, 2);
  has(error, { kind: "malformed" });
});

alone("an event past maxEventBytes is a limit, and the body is cancelled", async () => {
  const content = source([says("a"), `data: ${"x".repeat(5000)}`], "open");
  has((await drain(await openOn(content, { maxEventBytes: 1000 }))).error, { kind: "limit" });
  equal(content.state.cancelled, true);
});

alone("a failure is told again by final()", async () => {
  const stream = await openWith([says("a")]);
  const { error } = await drain(stream);
  ok((await thrown(stream.final())) === error);
});

alone("a page in place of a stream is malformed", async () => {
  const html = made(() => new Response("<html>", { headers: { "content-type": "text/html" } }));
  await fails(clientOf(html).complete({ messages: MESSAGES, stream: true }), { kind: "malformed" });
});

alone("a whole answer in place of a stream is a stream of one chunk", async () => {
  const stream = await clientOf(made(() => json(COMPLETION))).complete({ messages: MESSAGES, stream: true });
  equal(await textOf(stream), "Hello");
});

// Silence

alone("no byte for idleTimeoutMs", async () => {
  const content = source([says("a")], "open");
  const { error } = await drain(await openOn(content, { idleTimeoutMs: 40 }));
  has(error, { kind: "timeout", deadline: "idle" });
  has((error as LatchkeyError).partial, { choices: [{ message: { content: "a" } }] });
  equal(content.state.cancelled, true);
});

alone("comments keep the idle deadline away, not the stall deadline", async () => {
  const content = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      await sleep(10);
      controller.enqueue(bytes(": ping\n\n"));
    },
  });
  const target = made(() => eventStream(content));
  const stream = await clientOf(target, { idleTimeoutMs: 2000, stallTimeoutMs: 200 }).complete({
    messages: MESSAGES,
    stream: true,
  });
  has((await drain(stream)).error, { kind: "timeout", deadline: "stall" });
});

alone("timeoutMs ends a stream in its middle", async () => {
  const content = source([says("a")], "open");
  const target = made(() => eventStream(content));
  const stream = await clientOf(target).complete({ messages: MESSAGES, stream: true }, { timeoutMs: 50 });
  has((await drain(stream)).error, { kind: "timeout", deadline: "total" });
});

alone("a slow reader is no silence", async () => {
  const options = { idleTimeoutMs: 30, stallTimeoutMs: 30 };
  const stream = await openWith([says("a"), says("b"), DONE], "close", options);
  let text = "";
  for await (const piece of stream.text()) {
    text += piece;
    await sleep(45);
  }
  equal(text, "ab");
});

// Leaving

alone("break closes the connection, and final() says that it isn't whole", async () => {
  const content = source([says("a"), says("b")], "open");
  const stream = await openOn(content);
  for await (const _ of stream) break;
  await sleep(1);
  equal(content.state.cancelled, true);
  await fails(stream.final(), { kind: "aborted" });
});

alone("throwing inside the loop closes the connection", async () => {
  const content = source([says("a")], "open");
  const stream = await openOn(content);
  const loop = async () => {
    for await (const _ of stream) throw new Error("mine");
  };
  await fails(loop(), { message: "mine" });
  await sleep(1);
  equal(content.state.cancelled, true);
});

alone("abort() fails the reader with its reason", async () => {
  const reason = new Error("stop");
  const content = source([says("a")], "open");
  const stream = await openOn(content);
  const reading = drain(stream);
  await sleep(5);
  stream.abort(reason);
  const { error } = await reading;
  has(error, { kind: "aborted" });
  ok((error as Error).cause === reason);
  equal(content.state.cancelled, true);
});

alone("a signal in the middle of a stream, with what had come", async () => {
  const controller = new AbortController();
  const content = source([says("a")], "open");
  const target = made(() => eventStream(content));
  const stream = await clientOf(target).complete(
    { messages: MESSAGES, stream: true },
    { signal: controller.signal },
  );
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const next = thrown(iterator.next());
  controller.abort("enough");
  const error = await next;
  has(error, { kind: "aborted", cause: "enough" });
  has(error.partial, { choices: [{ message: { content: "a" } }] });
  equal(content.state.cancelled, true);
});

alone("Symbol.asyncDispose closes the connection", async () => {
  const content = source([says("a")], "open");
  const stream = await openOn(content);
  await stream[Symbol.asyncDispose]();
  await sleep(1);
  equal(content.state.cancelled, true);
});

alone("a stream that nobody reads isn't read ahead", async () => {
  const content = source(Array<string>(1000).fill(says("a")), "open");
  const stream = await openOn(content);
  await sleep(10);
  ok(content.state.pulled <= 2, "at most two reads");
  stream.abort();
});

alone("streams that fail with nobody looking reject nobody", async () => {
  const unread = await openWith([says("a")], { error: new Error("x") });
  (await openWith([says("a")], "open")).abort(new Error("x"));
  await openWith([says("a")], "open", { timeoutMs: 10 });
  await sleep(40);
  // Its deadline would keep a program of Node alive.
  unread.abort();
});

// Reading

alone("a stream can be read once", async () => {
  const stream = await openWith([says("a"), DONE]);
  await stream.final();
  ok((await thrown(() => stream.text())) instanceof TypeError);
});

alone("final() during and after the iteration is the same whole", async () => {
  const stream = await openWith([says("a"), says("b"), finishes(), DONE]);
  let during: Promise<unknown> | undefined;
  for await (const _ of stream) during ??= stream.final();
  const after = await stream.final();
  has(after.choices[0], { finish_reason: "stop", message: { content: "ab" } });
  equal(await during, after);
});

alone("reads that overlap are answered in turn", async () => {
  const iterator = (await openWith([says("a"), says("b"), DONE])).text();
  const results = await Promise.all(Array.from({ length: 4 }, () => iterator.next()));
  equal(
    results.map(({ value }) => value as unknown),
    ["a", "b", undefined, undefined],
  );
});

alone("toReadableStream gives the chunks, and passes on failure and cancel", async () => {
  const whole = (await openWith([says("a"), says("b"), DONE])).toReadableStream().getReader();
  let count = 0;
  while (!(await whole.read()).done) count++;
  equal(count, 2);
  const cut = (await openWith([says("a")])).toReadableStream().getReader();
  await cut.read();
  await fails(cut.read(), { kind: "truncated" });
  const content = source(Array<string>(100).fill(says("a")), "open");
  const left = (await openOn(content)).toReadableStream().getReader();
  await left.read();
  await left.cancel();
  await sleep(1);
  equal(content.state.cancelled, true);
});

alone("the same chunks for every split of a stream in two", async () => {
  const stream = bytes(`${says("你👋")}${finishes().replaceAll("\n", "\r\n")}${DONE}`);
  const expected = await (await openWith([stream])).final();
  for (let at = 0; at <= stream.length; at += 3) {
    equal(await (await openWith([stream.slice(0, at), stream.slice(at)])).final(), expected);
  }
});

alone("the same chunks from single bytes", async () => {
  const stream = bytes(`: hi\r\n${says("é你👋")}${finishes()}${DONE}`);
  equal(await textOf(await openWith(Array.from(stream, (byte) => Uint8Array.of(byte)))), "é你👋");
});

alone("an event of 4 MiB", async () => {
  const text = "x".repeat(4 * 1024 * 1024);
  const stream = bytes(says(text) + DONE);
  const pieces: Piece[] = [];
  for (let at = 0; at < stream.length; at += 65_536) pieces.push(stream.slice(at, at + 65_536));
  ok((await textOf(await openWith(pieces))) === text, "the same text");
});

// Putting together

alone("tool calls, by their index, in pieces and mixed", async () => {
  const call = (index: number, more: object) => chunk({ tool_calls: [{ index, ...more }] });
  const stream = await openWith([
    call(0, { id: "a", type: "function", function: { name: "f", arguments: "" } }),
    call(1, { id: "b", type: "function", function: { name: "g", arguments: '{"x"' } }),
    call(0, { function: { arguments: '{"y":1}' } }),
    call(1, { function: { arguments: ":2}" } }),
    finishes("tool_calls"),
    DONE,
  ]);
  const { choices } = await stream.final();
  has(choices[0]?.message.tool_calls, [
    { id: "a", function: { name: "f", arguments: '{"y":1}' } },
    { id: "b", function: { name: "g", arguments: '{"x":2}' } },
  ]);
});

alone("reasoning, refusal, usage and several choices", async () => {
  const stream = await openWith([
    chunk({ role: "assistant", reasoning_content: "Hm" }),
    chunk({ content: "a" }),
    chunk({ refusal: "no" }, { index: 1 }),
    finishes(),
    chunk({}, { index: 1, finish_reason: "content_filter" }),
    record({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
    DONE,
  ]);
  const { choices, usage } = await stream.final();
  has(choices[0], { finish_reason: "stop", message: { content: "a", reasoning_content: "Hm" } });
  has(choices[1], { finish_reason: "content_filter", message: { refusal: "no" } });
  equal(usage?.total_tokens, 3);
});

alone("indices and names that are traps pollute nothing", async () => {
  const { error } = await drain(
    await openWith([chunk({ tool_calls: [{ index: 1e9, id: "x" }] }), finishes(), DONE]),
  );
  ok(error === undefined || (error as LatchkeyError).kind === "malformed");
  const raw = '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"content":"a"}}]}';
  await drain(await openWith([`data: ${raw}\n\n`, finishes(), DONE]));
  equal(({} as { polluted?: number }).polluted, undefined);
});

alone("errors of streams hold neither key nor prompt nor data", async () => {
  for (const piece of ["data: canary-data\n\n", 'data: {"id":"canary-data\n\n', says("canary-data")]) {
    const { error } = await drain(await openWith([piece]));
    const { message, stack, cause } = error as Error;
    const shown = [message, stack, String(cause), JSON.stringify(error)].join("\n");
    for (const secret of ["canary-data", KEY, PROMPT]) ok(!shown.includes(secret), `nothing of ${secret}`);
  }
});
