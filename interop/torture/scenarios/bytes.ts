/** Event streams that are right, however they look: what WHATWG's grammar allows, servers and proxies send. */
import { ANSWER, BODY, content, DONE, delta, event, FIRST, finish, PIECES, SAID, TEXT } from "../chunks.ts";
import { all, grows, whole, within } from "../judges.ts";
import type { Scenario } from "../scenario.ts";
import type { Serve } from "../server.ts";

/** An event stream of these pieces, which ends as it should. */
const streams =
  (...pieces: (string | Uint8Array)[]): Serve =>
  async (to) => {
    to.stream();
    for (const piece of pieces) await to.chunk(piece);
    to.end();
  };

/** Bytes in pieces of one size, each a write of its own. */
const drips =
  (text: string, size: number, everyMs: number): Serve =>
  async (to) => {
    to.stream();
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length && to.open; at += size) {
      await to.chunk(bytes.subarray(at, at + size));
      await to.wait(everyMs / 1000);
    }
    to.end();
  };

const invalid = (): Uint8Array => {
  const [before, after] = event(content("a?b")).split("?") as [string, string];
  return Buffer.concat([Buffer.from(before), Buffer.from([0xff, 0xc3, 0x28]), Buffer.from(after)]);
};

const LARGE = "0123456789abcdef".repeat(0x40000);

export const BYTES: readonly Scenario[] = [
  {
    id: "crlf",
    title: "lines end with CRLF",
    demand: "the whole text",
    why: "The grammar allows three line ends, and IIS and .NET write this one.",
    duty: "bytes",
    serve: streams(BODY.replaceAll("\n", "\r\n")),
    judge: whole(),
  },
  {
    id: "cr",
    title: "lines end with CR, and the socket stays open",
    demand: "the whole text, at once: the last event needs no further byte",
    why: "Whoever waits for the LF that may follow a CR waits for ever.",
    duty: "bytes",
    async serve(to) {
      to.stream();
      await to.chunk(BODY.replaceAll("\n", "\r"));
    },
    judge: all(whole(), within(5000)),
  },
  {
    id: "cr-lf-split",
    title: "CR at the end of a packet, its LF in the next",
    demand: "the whole text, and no event made of the gap",
    why: "A CR and an LF in two packets are one line end; taken for two, every event ends before its data.",
    duty: "bytes",
    serve: async (to) => {
      to.stream();
      for (const part of BODY.replaceAll("\n", "\r\n").split(/(?<=\r)/)) {
        await to.chunk(part);
        await to.wait(0.005);
      }
      to.end();
    },
    judge: whole(),
  },
  {
    id: "bom",
    title: "a byte order mark before the first event",
    demand: "the whole text, the first event included",
    why: "Files and some frameworks begin with one; the grammar says to drop it.",
    duty: "bytes",
    serve: streams(
      `\ufeff${event(delta({ role: "assistant", content: PIECES[0] }))}`,
      `${SAID.slice(2).join("")}${event(finish())}${DONE}`,
    ),
    judge: whole(),
  },
  {
    id: "split-utf8",
    title: "each packet ends inside a character",
    demand: "the whole text, no U+FFFD in it",
    why: "Packets know nothing of characters; decoding each by itself breaks every second emoji.",
    duty: "bytes",
    serve: drips(BODY, 3, 1),
    judge: whole(),
  },
  {
    id: "drip",
    title: "one byte at a time",
    demand: "the whole text",
    why: "The smallest packets find every place where a parser thinks that a line comes whole.",
    duty: "bytes",
    patienceS: 60,
    serve: drips(BODY, 1, 0),
    judge: whole(),
  },
  {
    id: "invalid-utf8",
    title: "bytes that are no UTF-8 within a text",
    demand: "that text with U+FFFD, its neighbours unharmed",
    why: "The grammar decodes with replacement; one broken byte mustn't cost the answer.",
    duty: "bytes",
    serve: streams(SAID.join(""), invalid(), event(finish()), DONE),
    judge: ({ outcome: { text, end } }) =>
      end === "resolved" && text.startsWith(`${TEXT}a\ufffd`) && text.endsWith("b")
        ? undefined
        : "text is missing",
  },
  {
    id: "comments",
    title: "50,000 comments between two events",
    demand: "the whole text within 10 s, memory growing by 64 MiB at most",
    why: "Proxies keep connections alive with comments for as long as a model thinks.",
    duty: "bytes",
    alone: true,
    serve: async (to) => {
      to.stream();
      await to.chunk(SAID.join(""));
      for (let block = 0; block < 50 && to.open; block++)
        await to.chunk(": still here, wait\n\n".repeat(1000));
      await to.chunk(event(finish()) + DONE);
      to.end();
    },
    judge: all(whole(), within(10_000), grows(64)),
  },
  {
    id: "fields",
    title: "ids, retry times and fields that nobody knows",
    demand: "the whole text",
    why: "A field that a client doesn't use is to be passed over, a NUL in an id and a retry of 30 digits too.",
    duty: "bytes",
    serve: streams(
      `id: \0\nretry: ${"9".repeat(30)}\nretry: soon\nfuture: field\njusttext\n: note \0\n${FIRST}`,
      ...SAID.slice(1).map((each, index) => `id: ${index}\nretry: 10\nevent: message\n${each}`),
      event(finish()),
      DONE,
    ),
    judge: whole(),
  },
  {
    id: "data-lines",
    title: "an event's JSON over several data lines",
    demand: "the whole text",
    why: "Data lines are joined by a line feed, which is whitespace to JSON: pretty-printing servers do this.",
    duty: "bytes",
    serve: streams(
      SAID[0]!,
      ...PIECES.map((piece) => `${JSON.stringify(content(piece), null, 1).replace(/^/gm, "data: ")}\n\n`),
      event(finish()),
      DONE,
    ),
    judge: whole(),
  },
  {
    id: "no-space",
    title: "no space after the colon",
    demand: "the whole text, ended by `data:[DONE]`",
    why: "The space is optional, and some servers save it.",
    duty: "bytes",
    serve: streams(BODY.replaceAll("data: ", "data:")),
    judge: whole(),
  },
  {
    id: "empty-data",
    title: "events with empty data as a sign of life",
    demand: "the whole text",
    why: "Gateways that can't write comments write `data:` and nothing else.",
    duty: "chat",
    serve: streams(...ANSWER.flatMap((each) => ["data:\n\n", each])),
    judge: whole(),
  },
  {
    id: "separators",
    title: "U+2028, U+2029, U+0085, tab and form feed in a text",
    demand: "exactly this text",
    why: "They are line ends to many a `splitlines`, but not to the grammar.",
    duty: "bytes",
    serve: streams(FIRST, event(content("a\u2028b\u2029c\u0085d\te\ff")), event(finish()), DONE),
    judge: whole("a\u2028b\u2029c\u0085d\te\ff"),
  },
  {
    id: "large-event",
    title: "one event of 4 MiB in packets of 1 KiB",
    demand: "the whole text within 30 s",
    why: "An image in an answer is as large; joining strings at each packet takes time with the square.",
    duty: "bytes",
    alone: true,
    patienceS: 60,
    serve: async (to) => {
      to.stream();
      const bytes = Buffer.from(`${FIRST}${event(delta({ content: LARGE }))}${event(finish())}${DONE}`);
      for (let at = 0; at < bytes.length && to.open; at += 1024) {
        await to.chunk(bytes.subarray(at, at + 1024));
        // Without a pause the kernel would hand them over together.
        if ((at / 1024) % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      to.end();
    },
    judge: all(whole(LARGE), within(30_000)),
  },
  {
    id: "long-comment",
    title: "a comment of 64 MiB",
    demand: "the whole text, memory growing by 128 MiB at most",
    why: "Nobody sees a comment, so that nothing of it needs to be kept.",
    duty: "bytes",
    alone: true,
    serve: async (to) => {
      to.stream();
      await to.chunk(`${SAID.join("")}: `);
      const block = "x".repeat(0x40000);
      for (let sent = 0; sent < 256 && to.open; sent++) await to.chunk(block);
      await to.chunk(`\n\n${event(finish())}${DONE}`);
      to.end();
    },
    judge: all(whole(), grows(128)),
  },
  {
    id: "endless-line",
    title: "a line without an end",
    demand: "an error before 64 MiB of it are taken",
    why: "A line is buffered until it ends; without a bound the server decides how much memory that is.",
    duty: "bytes",
    alone: true,
    serve: async (to) => {
      to.stream();
      await to.chunk(`${SAID.join("")}data: "`);
      const block = "x".repeat(0x80000);
      // 64 MiB, and as much again as kernels and runtimes hold between the two.
      for (let sent = 0; sent < 192 && to.open; sent++) await to.chunk(block);
      await to.wait(30);
    },
    judge: ({ outcome, seen }) =>
      outcome.end === "rejected" && seen.taken < 64 * 0x100000 + 0x1000000
        ? undefined
        : "takes 64 MiB of one line and more",
  },
];
