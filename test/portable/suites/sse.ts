// The grammar of event streams: every split of the bytes, line ends, byte order marks, broken UTF-8, limits, and the
// parser on Web Streams. What a runtime's TextDecoder and streams do differently shows here first.
import { createParser, events, type ServerSentEvent, SseLimitError, SseStream } from "latchkey/sse";
import { all, bytes, drain, source } from "../bodies.ts";
import { contains, equal, fails, ok, shown, thrown } from "../expect.ts";
import { Suite } from "../harness.ts";

export const sse: Suite = new Suite("sse");

interface Parsed {
  events: ServerSentEvent[];
  comments: string[];
  retries: number[];
  dropped: ServerSentEvent | undefined;
}

function parse(pieces: Iterable<Uint8Array>): Parsed {
  const parsed: Parsed = { events: [], comments: [], retries: [], dropped: undefined };
  const parser = createParser({
    onEvent: (event) => parsed.events.push(event),
    onComment: (text) => parsed.comments.push(text),
    onRetry: (ms) => parsed.retries.push(ms),
  });
  for (const piece of pieces) parser.feed(piece);
  parsed.dropped = parser.end();
  return parsed;
}

const oneByOne = (stream: Uint8Array): Uint8Array[] => Array.from(stream, (byte) => Uint8Array.of(byte));
const join = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...bytes(part)] : part)));
const BOM = [0xef, 0xbb, 0xbf];

/** Name, stream, data of the events. Each is parsed whole, in single bytes and in every split in two. */
const STREAMS: [name: string, stream: string | Uint8Array, data: string[]][] = [
  ["one event", "data: a\n\n", ["a"]],
  ["lines joined by LF", "data: a\ndata: b\n\n", ["a\nb"]],
  ["CR line ends", "data: a\rdata: b\r\rdata: c\r\r", ["a\nb", "c"]],
  ["CRLF line ends", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", ["a\nb", "c"]],
  ["line ends of all kinds", "data:a\r\ndata:b\rdata:c\n\r\n", ["a\nb\nc"]],
  ["no phantom event between CR and LF", "data: a\r\r\ndata: b\n\n", ["a", "b"]],
  ["LF before CRLF", "data: a\n\r\ndata: b\n\n", ["a", "b"]],
  ["one space is stripped, a tab is not", "data:\ttest\n\ndata:  x\n\ndata: \n\n", ["\ttest", " x", ""]],
  ["empty data is an event", "data:\n\ndata\ndata\n\n", ["", "\n"]],
  ["colons belong to the value", "data::\n\ndata: a:b: c\n\n", [":", "a:b: c"]],
  ["unknown fields are ignored", "data: a\njusttext\nfoo: d\ndata: e\n\n", ["a\ne"]],
  ["names are case-sensitive, without a space in front", "DATA: c\n data: b\ndata: a\n\n", ["a"]],
  ["blank lines without data dispatch nothing", "\n\nevent: x\n\nid: 1\n\n: c\n\ndata: y\n\n\n", ["y"]],
  ["comments are no data", "data:1\n:data:fail\r:\0\ndata:4\n\n", ["1\n4"]],
  ["NUL in a field's name spoils it", "data\0:2\ndata:\0\n\n", ["\0"]],
  ["heartbeats between events", ": ping\n\ndata: a\n\n: ping\n\ndata: b\n\n", ["a", "b"]],
  ["a byte order mark at the start is dropped", join(BOM, "data: 1\n\n"), ["1"]],
  ["the second byte order mark spoils a line", join(BOM, BOM, "data: 1\n\ndata: 2\n\n"), ["2"]],
  ["a byte order mark later on is text", join("data: 1\n\ndata: ", BOM, "3\n\n"), ["1", "\ufeff3"]],
  ["characters of two, three and four bytes", "data: é你👋\n\n", ["é你👋"]],
  ["joined emoji and combining marks", "data: 👩‍👩‍👧e\u0301\n\n", ["👩‍👩‍👧e\u0301"]],
  ["only CR and LF end lines", "data: a\u2028b\u2029c\u0085d\ve\ff\n\n", ["a\u2028b\u2029c\u0085d\ve\ff"]],
  ["a byte that is no UTF-8", join("data: ", [0xff], "x\n\n"), ["\ufffdx"]],
  ["a lead byte before ASCII", join("data: ", [0xc3, 0x28], "\n\n"), ["\ufffd("]],
  [
    "half a character never eats the line end",
    join("data: ", [0xe2, 0x82], "\n\ndata: ok\n\n"),
    ["\ufffd", "ok"],
  ],
  ["half an emoji before CRLF", join("data: ", [0xf0, 0x9f, 0x92], "\r\n\r\n"), ["\ufffd"]],
  ["a lone continuation byte", join("data: ", [0x80], "a\n\n"), ["\ufffda"]],
  ["a surrogate encoded as UTF-8", join("data: ", [0xed, 0xa0, 0x80], "\n\n"), ["\ufffd\ufffd\ufffd"]],
  ["[DONE] is data like any other", "data: {}\n\ndata: [DONE]\n\n", ["{}", "[DONE]"]],
  ["an unfinished event is not given", "data: a\n\ndata: b\n", ["a"]],
  ["an unfinished line is not given", "data: a\n\ndata: b", ["a"]],
];

for (const [name, stream, data] of STREAMS) {
  const whole = typeof stream === "string" ? bytes(stream) : stream;
  sse.alone(name, () => {
    const expected = parse([whole]);
    equal(
      expected.events.map((event) => event.data),
      data,
    );
    equal(parse(oneByOne(whole)), expected);
    for (let at = 0; at <= whole.length; at++) {
      equal(parse([whole.slice(0, at), whole.slice(at)]), expected);
    }
  });
}

sse.alone("every split in three of a stream with everything in it", () => {
  const stream = join(BOM, "id:1\r\ndata:\u4f60\r\rdata\r\n\n:c\nevent:e\ndata:b\n\r");
  const whole = parse([stream]);
  equal(whole.events.length, 3);
  const expected = shown(whole);
  for (let one = 0; one <= stream.length; one++) {
    for (let two = one; two <= stream.length; two++) {
      const split = parse([stream.slice(0, one), stream.slice(one, two), stream.slice(two)]);
      if (shown(split) !== expected) equal(split, whole);
    }
  }
});

sse.alone("names, ids and what persists", () => {
  const { events: seen } = parse([
    bytes(
      "event: a\nid: 5\ndata: 1\n\ndata: 2\n\nid: x\0\ndata: 3\n\nid:\ndata: 4\n\nevent: p\n\ndata: 5\n\n",
    ),
  ]);
  equal(seen, [
    { event: "a", data: "1", id: "5" },
    { event: "message", data: "2", id: "5" },
    { event: "message", data: "3", id: "5" },
    { event: "message", data: "4", id: "" },
    { event: "message", data: "5", id: "" },
  ]);
});

sse.alone("only ASCII digits are a reconnection time, and a timer can take it", () => {
  const wrong = "retry:1000x\nretry:-1\nretry:1e3\nretry:\nretry:\u0661\nretry:  7\nretry:1.5\n";
  equal(parse([bytes(wrong)]).retries, []);
  equal(parse([bytes(`retry: 250\nretry:0\nretry: ${"9".repeat(30)}\n`)]).retries, [250, 0, 2 ** 31 - 1]);
});

sse.alone("comments lose their colon and one space", () => {
  equal(parse([bytes(": ping\n:pong\n:  two\n:\n")]).comments, ["ping", "pong", " two", ""]);
});

sse.alone("what the end drops is told", () => {
  equal(parse([bytes("data: a\n\nevent: e\nid: 7\ndata: b\n")]).dropped, { event: "e", data: "b", id: "7" });
  equal(parse([bytes("data: a\n\n")]).dropped, undefined);
});

sse.alone("an event ended by CR CR is there before the next byte", () => {
  const seen: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => seen.push(data) });
  parser.feed(bytes("data: now\r\r"));
  equal(seen, ["now"]);
  parser.feed(bytes("\ndata: then\r\n\r"));
  equal(seen, ["now", "then"]);
});

sse.alone("fed bytes may be overwritten afterwards", () => {
  const seen: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => seen.push(data) });
  const reused = new Uint8Array(8);
  for (const text of ["data: ab", "cdefghij", "klmnop\n\n"]) {
    reused.set(bytes(text));
    parser.feed(reused);
  }
  equal(seen, ["abcdefghijklmnop"]);
});

sse.alone("a view into a larger buffer is read where it is", () => {
  const buffer = bytes("xxdata: a\n\nyy");
  equal(
    parse([buffer.subarray(2, -2)]).events.map(({ data }) => data),
    ["a"],
  );
});

sse.alone("reset forgets half a line and the last id", () => {
  const seen: ServerSentEvent[] = [];
  const parser = createParser({ onEvent: (event) => seen.push(event) });
  parser.feed(bytes("id: 9\nevent: e\ndata: half\ndata: of"));
  parser.reset();
  parser.feed(join(BOM, "data: new\n\n"));
  equal(seen, [{ event: "message", data: "new", id: "" }]);
});

sse.alone("an event of 4 MiB in pieces of 1,000 bytes", () => {
  const text = "你x".repeat(1024 * 1024);
  const stream = bytes(`data: ${text}\n\n`);
  let got = "";
  const parser = createParser({
    onEvent: ({ data }) => {
      got = data;
    },
  });
  for (let at = 0; at < stream.length; at += 1000) parser.feed(stream.subarray(at, at + 1000));
  ok(got === text, "the same text");
});

sse.alone("10,000 events in one piece", () => {
  const stream = Array.from({ length: 10_000 }, (_, index) => `data: ${index}\n\n`).join("");
  const { events: seen } = parse([bytes(stream)]);
  equal(seen.length, 10_000);
  equal(seen.at(-1)?.data, "9999");
});

sse.alone("a line past the limit fails by the option's name", async () => {
  const parser = createParser({ onEvent: () => {}, maxEventBytes: 100 });
  const error = await fails(() => parser.feed(bytes(`data: ${"x".repeat(101)}`)), { name: "SseLimitError" });
  ok(error instanceof SseLimitError);
});

sse.alone("an event of many lines past the limit fails", async () => {
  const parser = createParser({ onEvent: () => {}, maxEventBytes: 100 });
  await fails(() => parser.feed(bytes("data: 1234567890\n".repeat(20))), { name: "SseLimitError" });
});

sse.alone("events may pass the limit together", () => {
  let count = 0;
  const parser = createParser({ onEvent: () => count++, maxEventBytes: 20 });
  parser.feed(bytes("data: 1234567890\n\n".repeat(100)));
  equal(count, 100);
});

for (const limit of [0, -1, Number.NaN, "5", null]) {
  sse.alone(`a limit of ${limit} is refused by name`, async () => {
    const error = await thrown(() => createParser({ onEvent: () => {}, maxEventBytes: limit as number }));
    contains(error.message, "maxEventBytes");
  });
}

sse.alone("an error of onEvent leaves feed", async () => {
  const parser = createParser({
    onEvent: () => {
      throw new Error("mine");
    },
  });
  await fails(() => parser.feed(bytes("data: a\n\n")), { message: "mine" });
});

const dataOf = (items: readonly ServerSentEvent[]): string[] => items.map(({ data }) => data);

sse.alone("events() iterates a body, whatever its pieces", async () => {
  equal(await all(events(source(["data: a\n", "\nda", "ta: b\n\nevent: e\nid: 4\ndata: c\n\n"]))), [
    { event: "message", data: "a", id: "" },
    { event: "message", data: "b", id: "" },
    { event: "e", data: "c", id: "4" },
  ]);
});

sse.alone("events() reads the body of a Response", async () => {
  const { body } = new Response("data: hello\n\n");
  ok(body);
  equal(dataOf(await all(events(body))), ["hello"]);
});

sse.alone("leaving the loop cancels an open body and unlocks it", async () => {
  const body = source(["data: a\r\r"], "open");
  for await (const event of events(body)) {
    equal(event.data, "a");
    break;
  }
  await Promise.resolve();
  equal(body.state.cancelled, true);
  equal(body.locked, false);
});

sse.alone("a body that fails fails the loop, after what came before", async () => {
  const cause = new Error("lost");
  const { items, error } = await drain(events(source(["data: a\n\ndata: b"], { error: cause })));
  equal(dataOf(items), ["a"]);
  ok(error === cause, "the body's own error");
});

sse.alone("events() at its limit cancels the body", async () => {
  const body = source([`data: a\n\ndata: ${"x".repeat(200)}`], "open");
  const { items, error } = await drain(events(body, { maxEventBytes: 100 }));
  equal(dataOf(items), ["a"]);
  ok(error instanceof SseLimitError);
  equal(body.state.cancelled, true);
});

sse.alone("events() reads no further than it is asked to", async () => {
  const body = source(Array.from({ length: 100 }, (_, index) => `data: ${index}\n\n`));
  const iterator = events(body);
  await iterator.next();
  equal(body.state.pulled, 1);
  await iterator.return();
});

sse.alone("SseStream in a pipe", async () => {
  const reader = source(["data: a\n\nda", "ta: b\n\n"]).pipeThrough(new SseStream()).getReader();
  equal((await reader.read()).value?.data, "a");
  equal((await reader.read()).value?.data, "b");
  equal((await reader.read()).done, true);
});

sse.alone("SseStream fails its reader at the limit", async () => {
  const body = source([`data: a\n\ndata: ${"x".repeat(200)}`], "open");
  const reader = body.pipeThrough(new SseStream({ maxEventBytes: 100 })).getReader();
  const read = async () => {
    for (;;) if ((await reader.read()).done) return;
  };
  ok((await thrown(read())) instanceof SseLimitError);
});

sse.alone("cancelling SseStream cancels its source", async () => {
  const body = source(["data: a\n\n"], "open");
  const reader = body.pipeThrough(new SseStream()).getReader();
  equal((await reader.read()).value?.data, "a");
  await reader.cancel();
  await new Promise((resolve) => setTimeout(resolve, 5));
  equal(body.state.cancelled, true);
});
