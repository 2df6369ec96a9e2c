/** What a caller may rely on: retries that do as they are told, aborts that close, memory that doesn't grow. */
import { ANSWER, BODY, content, event, failure, TEXT } from "../chunks.ts";
import { all, asked, askedOnce, closed, grows, rejects, says, succeeds, whole, within } from "../judges.ts";
import type { Run, Scenario } from "../scenario.ts";
import type { Exchange, Serve } from "../server.ts";
import { BEGINNING } from "./transport.ts";

const healthy = async (to: Exchange) => {
  to.stream();
  await to.chunk(BODY);
  to.end();
};

/** Refuses the first request, answers the second. */
const afterOne =
  (refuse: Serve): Serve =>
  (to) =>
    to.number === 1 ? refuse(to) : healthy(to);

const busy =
  (headers: () => Record<string, string>): Serve =>
  (to) =>
    to.answer(
      "429 Too Many Requests",
      "application/json",
      JSON.stringify(failure("rate_limit_exceeded", "Too many requests.")),
      headers(),
    );

/** The gap between the first two requests must be at least so long. */
const notBefore =
  (ms: number) =>
  ({ seen: { requests } }: Run) =>
    requests[1] && requests[1].at - requests[0]!.at >= ms ? undefined : "asks again before it may";

const inTwoSeconds = () => new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000);

/** A stream that has begun and then says nothing more. */
const begins: Serve = async (to) => {
  to.stream();
  await to.chunk(BEGINNING);
};

/** Text for ever, as fast as it's taken. */
const pours: Serve = async (to) => {
  to.stream();
  await to.chunk(BEGINNING);
  const block = event(content("x".repeat(1000))).repeat(16);
  for (let sent = 0; sent < 32_000 && to.open; sent++) await to.chunk(block);
};

/** The end may be told as an error or not; an end it must be, and soon. */
const stops: Scenario["judge"] = all(within(8000), closed);

export const CALLER: readonly Scenario[] = [
  {
    id: "retry-after",
    title: "429 with `Retry-After: 2`, then fine",
    demand: "the whole text by one more request, 2 s later or after that",
    why: "The service says when it will answer.",
    duty: "http",
    serve: afterOne(busy(() => ({ "Retry-After": "2" }))),
    judge: all(whole(), asked(2), notBefore(1990)),
  },
  {
    id: "retry-date",
    title: "429 with `Retry-After` as a date, then fine",
    demand: "the whole text by one more request, not before the date",
    why: "HTTP allows both forms, and gateways use this one.",
    duty: "http",
    serve: afterOne(busy(() => ({ "Retry-After": inTwoSeconds().toUTCString() }))),
    judge: all(whole(), asked(2), notBefore(1990)),
  },
  {
    id: "retry-nonsense",
    title: "429 with `Retry-After: -5`, then fine",
    demand: "the whole text by one more request within 10 s",
    why: "A header that makes no sense must not end in an endless wait, nor in none.",
    duty: "http",
    serve: afterOne(busy(() => ({ "Retry-After": "-5" }))),
    judge: all(whole(), asked(2), within(10_000)),
  },
  {
    id: "retry-huge",
    title: "429 with `Retry-After: 86400`",
    demand: "an error that says 429 within 10 s, and no second request",
    why: "Nobody waits a day, and asking earlier than told is what gets keys blocked.",
    duty: "http",
    serve: busy(() => ({ "Retry-After": "86400" })),
    judge: all(rejects, says("429"), asked(1), within(10_000)),
  },
  {
    id: "unavailable",
    title: "503 with a page of HTML, then fine",
    demand: "the whole text by one more request",
    why: "A deployment that is being replaced.",
    duty: "http",
    serve: afterOne((to) => to.answer("503 Service Unavailable", "text/html", "<html>503</html>")),
    judge: all(whole(), asked(2)),
  },
  {
    id: "refused",
    title: "the first connection is closed before a byte, then fine",
    demand: "the whole text",
    why: "A restart on the other side; nothing has been answered yet.",
    duty: "http",
    connect(socket, seen) {
      if (seen.connections > 1) return false;
      socket.resetAndDestroy();
      return true;
    },
    serve: healthy,
    judge: whole(),
  },
  {
    id: "stale-connection",
    title: "a connection that is kept, and closed as the next request comes",
    demand: "two whole texts",
    why: "Servers close idle connections; whoever sends at this moment has done nothing wrong.",
    duty: "http",
    caller: { times: 2 },
    async serve(to) {
      if (to.number === 2) return to.reset();
      await healthy(to);
    },
    judge: whole(TEXT.repeat(2)),
  },
  {
    id: "early-answer",
    title: "413 before the request of 8 MiB is taken",
    demand: "an error that says 413",
    why: "A limit at the edge answers at the first bytes; told as a broken pipe it can't be acted on.",
    duty: "http",
    caller: { promptBytes: 0x800000 },
    connect(socket) {
      let heard = "";
      const body = JSON.stringify(failure("too_large", "The request is too large."));
      const onData = (bytes: Buffer) => {
        heard += bytes.toString("latin1");
        if (!heard.includes("\r\n\r\n")) return;
        socket.off("data", onData);
        // The body is read and thrown away, as edges do so that their answer isn't lost in a reset.
        socket.resume();
        socket.write(
          `HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
      };
      socket.on("data", onData);
      return true;
    },
    serve: () => {},
    judge: all(rejects, says("413")),
  },
  {
    id: "aborted-before",
    title: "aborted before it's asked",
    demand: "an end, and no request",
    why: "The person has left already; the request would be billed.",
    duty: "http",
    caller: { abortedBefore: true },
    serve: healthy,
    judge: all(asked(0), within(5000)),
  },
  {
    id: "abort-waiting",
    title: "aborted while the headers are awaited",
    demand: "an end and a closed connection within 5 s, and no second request",
    why: "An abort that leaves the connection open goes on costing tokens.",
    duty: "http",
    caller: { abortAfterMs: 2000 },
    graceMs: 2000,
    serve: () => {},
    judge: all(stops, askedOnce),
  },
  {
    id: "abort-pausing",
    title: "aborted while waiting to try again",
    demand: "an end within 5 s, and no second request",
    why: "A pause of half a minute goes on in many a client, and then it asks again for nobody.",
    duty: "http",
    caller: { abortAfterMs: 2000 },
    serve: busy(() => ({ "Retry-After": "15" })),
    judge: all(askedOnce, within(5000)),
  },
  {
    id: "abort-streaming",
    title: "aborted in the middle, while the server is silent",
    demand: "an end and a closed connection within 5 s",
    why: "No byte comes that would wake a reader which looks at the signal between two reads.",
    duty: "http",
    caller: { abortAtText: true },
    graceMs: 2000,
    serve: begins,
    judge: stops,
  },
  {
    id: "leave",
    title: "the caller leaves the loop",
    demand: "the connection is closed within 5 s",
    why: "`break` is how most callers stop; nothing else tells the server.",
    duty: "loop",
    caller: { leaveAtText: true },
    graceMs: 2000,
    serve: begins,
    judge: stops,
  },
  {
    id: "slow-reader",
    title: "a caller that stops reading, a server that doesn't stop writing",
    demand: "16 MiB at most are taken from it in 4 s, memory growing by 128 MiB at most",
    why: "Memory must be bounded by what is read, not by what is sent.",
    duty: "loop",
    alone: true,
    caller: { pauseMs: 4000, leaveAtText: true },
    serve: pours,
    judge: all(({ outcome, seen }) =>
      seen.taken <= 0x1000000 && outcome.grownMiB <= 128 ? undefined : "reads on and keeps it all",
    ),
  },
  {
    id: "endless-text",
    title: "text without end, as fast as it's read",
    demand: "an error before 512 MiB are taken",
    why: "Whoever puts the answer together keeps all of it; what never ends must end before memory does.",
    duty: "tools",
    alone: true,
    patienceS: 30,
    serve: pours,
    judge: all(rejects, ({ seen }) =>
      seen.taken < 512 * 0x100000 ? undefined : "takes 512 MiB of text and more",
    ),
  },
  {
    id: "done-closes",
    title: "`[DONE]`, and the socket stays open: whose is it?",
    demand: "the client closes it within 5 s",
    why: "Otherwise each answer of such a server leaves a connection behind.",
    duty: "chat",
    graceMs: 3000,
    async serve(to) {
      to.stream();
      for (const each of ANSWER) await to.chunk(each);
    },
    judge: all(succeeds, closed),
  },
  {
    id: "two-hundred",
    title: "200 answers, one after the other",
    demand: "200 whole texts, never more than 4 connections open, memory growing by 160 MiB at most",
    why: "A leak of one listener, timer or socket for each call shows itself here.",
    duty: "http",
    alone: true,
    patienceS: 40,
    caller: { times: 200 },
    async serve(to) {
      to.stream();
      for (const each of ANSWER) await to.chunk(each);
      to.end();
    },
    judge: all(
      whole(TEXT.repeat(200)),
      ({ seen }) => (seen.mostOpen <= 4 ? undefined : "more than 4 connections at once"),
      grows(160),
    ),
  },
];
