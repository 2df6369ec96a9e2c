/** What connections do to an answer: silence and cuts. */
import { ANSWER, BODY, COMPLETION, content, event, FIRST, finish, HALF, HEARD, SAID } from "../chunks.ts";
import { all, asked, heard, rejects } from "../judges.ts";
import type { Scenario } from "../scenario.ts";
import type { Exchange } from "../server.ts";

/** A stream that has begun, and what happens to it then. */
const begun = (then: (to: Exchange) => void | Promise<void>) => async (to: Exchange) => {
  to.stream();
  await to.chunk(HALF);
  await to.wait(0.1);
  await then(to);
};

export const TRANSPORT: readonly Scenario[] = [
  {
    id: "stall",
    title: "silence in the middle of the answer",
    demand: "an error within 120 s",
    why: "A connection that a router has forgotten never ends. Node's `fetch` waits 300 s, browsers for ever.",
    duty: "http",
    patienceS: 120,
    clock: 12,
    serve: begun((to) => to.wait(10_000)),
    judge: all(rejects, heard(HEARD)),
  },
  {
    id: "clock-back",
    title: "silence, and the machine's date goes back by an hour",
    demand: "an error within 120 s",
    why: "Time servers and people set dates; a deadline counted in dates waits for an hour longer.",
    duty: "http",
    alone: true,
    patienceS: 120,
    clock: 12,
    caller: { shiftDateMs: -3_600_000 },
    serve: begun((to) => to.wait(10_000)),
    judge: all(rejects, heard(HEARD)),
  },
  {
    id: "pings-only",
    title: "nothing but comments from the middle of the answer on",
    demand: "an error within 390 s",
    why: "A proxy's heartbeat goes on when what is behind it hangs; deadlines of silence never fire.",
    duty: "http",
    patienceS: 390,
    clock: 20,
    serve: begun(async (to) => {
      while (to.open) {
        await to.wait(10);
        await to.chunk(": ping\n\n");
      }
    }),
    judge: all(rejects, heard(HEARD)),
  },
  {
    id: "endless",
    title: "empty chunks for ever after `finish_reason`",
    demand: "an end within 780 s",
    why: "Each is a sign of life, and `[DONE]` never comes; only a deadline for the whole ends it.",
    duty: "chat",
    patienceS: 780,
    clock: 45,
    async serve(to) {
      to.stream();
      await to.chunk(SAID.join("") + event(finish()));
      while (to.open) {
        await to.wait(20);
        await to.chunk(
          event({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [] }),
        );
      }
    },
    judge: () => undefined,
  },
  {
    id: "no-headers",
    title: "the request is taken and never answered",
    demand: "an error within 120 s",
    why: "A stream's headers come before the work is done, so that their absence says that nobody works.",
    duty: "http",
    patienceS: 120,
    clock: 12,
    serve: (to) => to.wait(10_000),
    judge: rejects,
  },
  {
    id: "reset",
    title: "the connection is reset in the middle",
    demand: "an error, the text until there delivered, and no second request",
    why: "Trying again after the first word says everything twice.",
    duty: "http",
    serve: begun((to) => to.reset()),
    judge: all(rejects, heard(HEARD), asked(1)),
  },
  {
    id: "cut",
    title: "the connection ends without the last chunk of HTTP",
    demand: "an error, the text until there delivered, and no second request",
    why: "HTTP says that such a body isn't whole.",
    duty: "http",
    serve: begun((to) => to.cut()),
    judge: all(rejects, heard(HEARD), asked(1)),
  },
  {
    id: "broken-chunk",
    title: "a chunk size that is no number",
    demand: "an error, and no second request",
    why: "Two answers mixed on one connection look like this.",
    duty: "http",
    serve: begun((to) => to.raw(`zz\r\n${ANSWER.at(-2)}\r\n0\r\n\r\n`)),
    judge: all(rejects, asked(1)),
  },
  {
    id: "short-body",
    title: "JSON that ends before its Content-Length",
    demand: "an error",
    why: "The most usual form of a cut answer that doesn't stream.",
    duty: "chat",
    serve(to) {
      to.head("200 OK", {
        "Content-Type": "application/json",
        "Content-Length": String(Buffer.byteLength(COMPLETION)),
      });
      to.raw(COMPLETION.slice(0, 100));
      to.cut();
    },
    judge: rejects,
  },
  {
    id: "negative-length",
    title: "a Content-Length of -1",
    demand: "an error within 300 s",
    why: "Such an answer has no end that one could know.",
    duty: "http",
    // Some try again for two minutes.
    patienceS: 300,
    clock: 20,
    serve(to) {
      to.head("200 OK", { "Content-Type": "text/event-stream", "Content-Length": "-1" });
      to.raw(BODY);
      to.cut();
    },
    judge: rejects,
  },
];

/** The first event alone, for those who need a stream that has begun. */
export const BEGINNING = FIRST + event(content("Grüße "));
