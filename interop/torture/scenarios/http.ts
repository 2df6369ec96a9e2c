/** Answers of HTTP that are other than they seem: the wrong thing with a good status, compression, redirects, errors. */
import { constants, createGzip, gzipSync } from "node:zlib";
import { ANSWER, BODY, content, event, HALF } from "../chunks.ts";
import { all, asked, grows, hidesKey, rejects, says, whole, within } from "../judges.ts";
import { KEY, PROMPT, type Run, type Scenario } from "../scenario.ts";
import type { Exchange } from "../server.ts";

const stranger =
  (secret: string, what: string) =>
  ({ foreign }: Run) =>
    foreign.requests.some(({ head, body }) => `${head}\n${body}`.includes(secret))
      ? `${what} is sent to the other origin`
      : undefined;

const elsewhere = (status: string) => (to: Exchange) =>
  to.answer(status, "text/plain", "", { Location: `${to.foreign}/elsewhere` });

const PAGE = `<!doctype html><html><head><title>Sign in</title></head><body>${"<p>Sign in to the network.</p>".repeat(50)}</body></html>`;

export const HTTP: readonly Scenario[] = [
  {
    id: "html",
    title: "a login page with status 200",
    demand: "an error",
    why: "Captive portals and gateways answer so; its lines are no events, and the answer is empty.",
    duty: "http",
    serve: (to) => to.answer("200 OK", "text/html; charset=utf-8", PAGE),
    judge: rejects,
  },
  {
    id: "plain-text",
    title: "a maintenance notice as plain text with status 200",
    demand: "an error",
    why: "As the login page, from load balancers.",
    duty: "http",
    serve: (to) => to.answer("200 OK", "text/plain", "The service is being updated.\n"),
    judge: rejects,
  },
  {
    id: "charset",
    title: "a Content-Type of `Text/Event-Stream; charset=windows-1252`",
    demand: "the whole text, read as UTF-8",
    why: "Media types have no case, and event streams no other encoding.",
    duty: "http",
    async serve(to) {
      to.stream({ "Content-Type": "Text/Event-Stream; charset=windows-1252" });
      await to.chunk(BODY);
      to.end();
    },
    judge: whole(),
  },
  {
    id: "empty",
    title: "status 200 and an empty body",
    demand: "an error",
    why: "What a proxy sends when what is behind it has closed.",
    duty: "chat",
    serve: (to) => to.answer("200 OK", "text/event-stream", ""),
    judge: rejects,
  },
  {
    id: "no-content",
    title: "status 204",
    demand: "an error",
    why: "A success without a body is no answer.",
    duty: "chat",
    serve: (to) => to.head("204 No Content"),
    judge: rejects,
  },
  {
    id: "gzip",
    title: "a gzip'd stream, flushed after each event",
    demand: "the whole text, and its beginning 1 s before its end",
    why: "Proxies compress; a client that waits for the end doesn't stream any more.",
    duty: "http",
    async serve(to) {
      to.stream({ "Content-Encoding": "gzip" });
      const gzip = createGzip();
      gzip.on("data", (bytes: Buffer) => void to.chunk(bytes));
      const flushed = (text: string) => {
        gzip.write(text);
        return new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, resolve));
      };
      await flushed(HALF);
      await to.wait(6);
      await flushed(ANSWER.slice(4).join(""));
      gzip.end();
      await new Promise((resolve) => gzip.on("end", resolve));
      await to.wait(0.05);
      to.end();
    },
    judge: all(whole(), ({ outcome: { firstTextMs = 1e9, ms } }) =>
      firstTextMs < ms - 1000 ? undefined : "the text comes at the end only",
    ),
  },
  {
    id: "gzip-cut",
    title: "a gzip'd stream that ends in the middle",
    demand: "an error",
    why: "HTTP's end is fine, the compressed data isn't whole.",
    duty: "http",
    async serve(to) {
      to.stream({ "Content-Encoding": "gzip" });
      const bytes = gzipSync(BODY + event(content("x".repeat(5000))));
      await to.chunk(bytes.subarray(0, bytes.length / 2));
      to.end();
    },
    judge: rejects,
  },
  {
    id: "gzip-bomb",
    title: "256 KiB that become one line of 256 MiB",
    demand: "an error, memory growing by 256 MiB at most",
    why: "Compression makes a flood of a drop; limits must count what comes out.",
    duty: "http",
    alone: true,
    async serve(to) {
      to.stream({ "Content-Encoding": "gzip" });
      const gzip = createGzip();
      const block = Buffer.alloc(0x100000, "x");
      const sending = (async () => {
        for await (const bytes of gzip) await to.chunk(bytes as Buffer);
      })();
      gzip.write(`${HALF}data: "`);
      for (let sent = 0; sent < 256 && to.open; sent++) {
        if (!gzip.write(block)) await new Promise((resolve) => gzip.once("drain", resolve));
      }
      gzip.end();
      await sending;
      to.end();
    },
    judge: all(rejects, grows(256)),
  },
  {
    id: "http-1-0",
    title: "HTTP/1.0: the body ends with the connection",
    demand: "the whole text",
    why: "Small servers and old proxies speak it, and it's right.",
    duty: "http",
    serve(to) {
      to.raw(`HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n${BODY}`);
      to.cut();
    },
    judge: whole(),
  },
  {
    id: "done-cut",
    title: "`[DONE]`, then a connection that is reset",
    demand: "the whole text",
    why: "The answer is whole; how its connection ends is nobody's business.",
    duty: "chat",
    serve: async (to) => {
      to.stream();
      await to.chunk(BODY);
      await to.wait(0.2);
      to.reset();
    },
    judge: whole(),
  },
  {
    id: "early-hints",
    title: "103 Early Hints before the answer, trailers after it",
    demand: "the whole text",
    why: "Both are allowed by HTTP, and edge networks send the first.",
    duty: "http",
    async serve(to) {
      to.head("103 Early Hints", { Link: "</style.css>; rel=preload" });
      to.stream({ Trailer: "Server-Timing" });
      await to.chunk(BODY);
      to.raw("0\r\nServer-Timing: total;dur=1\r\n\r\n");
    },
    judge: whole(),
  },
  {
    id: "redirect-key",
    title: "a redirect (307) to another origin",
    demand: "the key isn't sent there",
    why: "`fetch` takes only `Authorization` out; an `api-key` goes along.",
    duty: "http",
    serve: elsewhere("307 Temporary Redirect"),
    leaks: stranger(KEY, "the key"),
    judge: () => undefined,
  },
  {
    id: "redirect-prompt",
    title: "a redirect (308) to another origin",
    demand: "the question isn't sent there",
    why: "What a person asks is as secret as the key, and whose answer would it be?",
    duty: "http",
    serve: elsewhere("308 Permanent Redirect"),
    leaks: stranger(PROMPT, "the question"),
    judge: () => undefined,
  },
  {
    id: "key-echo",
    title: "401, with the key in the error's text",
    demand: "an error with status 401 that doesn't show the key, and no second request",
    why: "OpenAI's own message quotes the key; errors end in logs.",
    duty: "errors",
    serve: (to) =>
      to.answer(
        "401 Unauthorized",
        "application/json",
        JSON.stringify({
          error: { code: "invalid_api_key", message: `Incorrect API key provided: ${KEY}.` },
        }),
      ),
    judge: all(rejects, says("401"), hidesKey, asked(1)),
  },
  {
    id: "filter-400",
    title: "400: the content filter refuses the question",
    demand: "an error that says `content_filter`, and no second request",
    why: "The one error that an application must tell the person who asked.",
    duty: "errors",
    serve: (to) =>
      to.answer(
        "400 Bad Request",
        "application/json",
        JSON.stringify({ error: { code: "content_filter", message: "Refused.", param: "prompt" } }),
      ),
    judge: all(rejects, says("content_filter"), asked(1)),
  },
  {
    id: "error-flood",
    title: "an error whose body doesn't end",
    demand: "an error with status 400 within 10 s",
    why: "What an error says fits into some kilobytes; reading all of it lets the server decide for how long.",
    duty: "http",
    alone: true,
    async serve(to) {
      to.head("400 Bad Request", { "Content-Type": "text/html", "Transfer-Encoding": "chunked" });
      for (let sent = 0; sent < 400 && to.open; sent++) {
        await to.chunk("<p>error</p>".repeat(10_000));
        await to.wait(0.02);
      }
      await to.wait(60);
    },
    judge: all(rejects, says("400"), within(10_000)),
  },
  {
    id: "silent-error",
    title: "an error whose body never comes",
    demand: "an error with its status (400) within 120 s",
    why: "The status is known; the rest isn't worth waiting for.",
    duty: "http",
    patienceS: 120,
    clock: 12,
    async serve(to) {
      to.head("400 Bad Request", { "Content-Type": "application/json", "Content-Length": "100" });
      await to.wait(10_000);
    },
    judge: all(rejects, says("400")),
  },
];
