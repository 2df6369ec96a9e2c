// The figures that must hold wherever the worker runs: nothing lost on the way, the upstream closed when its caller
// has gone, small enough and quick to start. With margins for a busy machine; what it really costs, beside the least
// that a proxy can cost, is measured by `npm run bench -- proxy`.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCallerKey } from "../keys.ts";
import { sleep, startWorker, type Worker } from "./workerd.ts";

const STREAMS = 100;
const EVERY_MS = 25;
const EVENTS = 120;

let upstream: Server;
let variables: Record<string, string>;
let worker: Worker;
let key: string;
/** Who was closed when. */
const closed = new Map<string, number>();

beforeAll(async () => {
  const made = await createCallerKey("figures");
  key = made.key;
  upstream = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      const { user, max_tokens: count } = JSON.parse(text) as { user: string; max_tokens: number };
      response.on("close", () => closed.set(user, Date.now()));
      response.writeHead(200, { "content-type": "text/event-stream" });
      const begun = Date.now();
      let sent = 0;
      const step = () => {
        if (response.destroyed) return;
        if (sent === count) return void response.end("data: [DONE]\n\n");
        const delta = { content: `${user} ${sent}` };
        const choices = [{ index: 0, delta, finish_reason: null }];
        response.write(`data: ${JSON.stringify({ choices })}\n\n`);
        sent += 1;
        setTimeout(step, Math.max(0, begun + sent * EVERY_MS - Date.now()));
      };
      step();
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  variables = {
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`,
    UPSTREAM_KEY: "a-key",
    MODELS: "paced",
    ALLOWED_ORIGINS: "https://app.example.com",
    SESSION_SECRET: "session-secret-0123456789abcdef-0123",
    CALLER_KEYS: made.line,
  };
  worker = await startWorker(variables);
}, 60_000);

afterAll(async () => {
  await worker?.close();
  upstream?.closeAllConnections();
  upstream?.close();
});

const body = (user: string, events: number) =>
  JSON.stringify({
    model: "paced",
    messages: [{ role: "user", content: "x" }],
    stream: true,
    max_tokens: events,
    user,
  });

async function contents(user: string): Promise<string[]> {
  const response = await fetch(`${worker.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body(user, EVENTS),
  });
  const text = await response.text();
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  return [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content!);
}

describe("in workerd", () => {
  test("100 streams of 40 events a second: nothing lost, doubled, reordered or mixed up", async () => {
    const users = Array.from({ length: STREAMS }, (_, index) => `caller-${index}`);
    const all = await Promise.all(users.map(contents));
    for (const [index, user] of users.entries()) {
      expect(all[index]).toEqual(Array.from({ length: EVENTS }, (_, number) => `${user} ${number}`));
    }
  }, 60_000);

  test("after a reset by the caller the upstream is closed within 250 ms, and never goes on", async () => {
    const times: number[] = [];
    for (let caller = 0; caller < 9; caller++) {
      const user = `leaves-${caller}`;
      const text = body(user, 10_000);
      const socket = connect({ port: worker.port, host: "127.0.0.1" });
      socket.on("error", () => {});
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      );
      await new Promise((resolve) => socket.once("data", resolve));
      await sleep(150 + caller * 11); // at another moment of the 100 ms between two looks each time
      const left = Date.now();
      socket.resetAndDestroy();
      while (!closed.has(user) && Date.now() < left + 3000) await sleep(5);
      times.push((closed.get(user) ?? Number.POSITIVE_INFINITY) - left);
    }
    times.sort((one, other) => one - other);
    // The middle one: a machine that halts for a moment says nothing about the worker.
    expect(times[4]).toBeLessThanOrEqual(250);
    expect(times.at(-1)).toBeLessThan(3000);
  }, 60_000);
});

async function startEmpty() {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      modules: true,
      script: "export default { fetch: () => new Response(null, { status: 404 }) };",
      compatibilityDate: "2026-10-20",
    }),
  );
  return { url: (await miniflare.ready).origin, close: () => miniflare.dispose() };
}

describe("the bundle", () => {
  test("as wrangler uploads it is at most 150 KB, gzipped", async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("../index.ts", import.meta.url))],
      bundle: true,
      format: "esm",
      target: "es2024",
      conditions: ["latchkey-source", "workerd", "worker", "browser"],
      minify: /^minify = true$/m.test(readFileSync(new URL("../../wrangler.toml", import.meta.url), "utf8")),
      keepNames: true, // as wrangler does
      write: false,
      logLevel: "error",
    });
    expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThanOrEqual(150_000);
  });

  test("starts in little more time than an empty worker", async () => {
    const first = async (start: () => Promise<{ url: string; close(): Promise<void> }>) => {
      const begun = performance.now();
      const running = await start();
      await (await fetch(`${running.url}/.env`)).arrayBuffer();
      const ms = performance.now() - begun;
      await running.close();
      return ms;
    };
    // The goal is 50 ms, and the bench holds it; starting whole processes twice adds much to that on a busy machine.
    let above = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 10 && above > 150; round++) {
      const empty = await first(startEmpty);
      above = Math.min(above, (await first(() => startWorker(variables))) - empty);
    }
    expect(above).toBeLessThanOrEqual(150);
  }, 60_000);
});
