// Silence over sockets, in real workerd: comments to the caller before a native stream flows, callers who leave in it,
// and what an upstream that can't be reached looks like there.
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hex, sha256 } from "../keys.ts";
import type { LogEntry } from "../proxy.ts";
import { sleep } from "./workerd.ts";

const KEY = "lk_silence-key-0123456789";
const EVENTS = 2000;
const event = (index: number) => `data: {"choices":[{"index":0,"delta":{"content":"${index}"}}]}\n\n`;

let service: Server;
let worker: Miniflare;
let port: number;
const output: string[] = [];
/** When each upstream connection was closed before its end. */
const closed: number[] = [];

async function answer(model: string, response: ServerResponse): Promise<void> {
  response.on("close", () => response.writableFinished || closed.push(Date.now()));
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  if (model === "silent") return;
  await sleep(350);
  for (let index = 0; index < EVENTS; index += 1) {
    if (index < 12) await sleep(Math.random() * 20);
    response.write(event(index));
  }
  response.end("data: [DONE]\n\n");
}

beforeAll(async () => {
  service = createServer((request, response) => {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => void answer(JSON.parse(body).model, response));
  });
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1`;
  const bundle = await build({
    stdin: {
      resolveDir: fileURLToPath(new URL("../", import.meta.url)),
      loader: "ts",
      contents: `
        import { createProxy, defineConfig } from "./proxy.ts";
        let proxy;
        export default { fetch(request, env, context) {
          proxy ??= createProxy(defineConfig({
            upstreams: {
              one: { kind: "openai", url: "${url}" },
              refusing: { kind: "openai", url: "http://127.0.0.1:1/v1" },
            },
            models: {
              silent: { upstream: "one" },
              thinking: { upstream: "one" },
              refused: { upstream: "refusing" },
              rescued: { upstreams: [
                { upstream: "refusing", priority: 1 },
                { upstream: "one", deployment: "thinking", priority: 2 },
              ] },
            },
            callerKeys: [{ name: "t", sha256: "${hex(await sha256(KEY))}" }],
            deadlines: { heartbeatMs: 100 },
          }));
          return proxy.fetch(request, context);
        } };`,
    },
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["latchkey-source", "workerd", "worker", "browser"],
    write: false,
    logLevel: "error",
  });
  worker = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "worker.js", contents: bundle.outputFiles[0]!.text }],
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["enable_request_signal"],
      handleStructuredLogs: ({ message }) => void output.push(...message.split("\n")),
    }),
  );
  port = Number((await worker.ready).port);
}, 30_000);

afterAll(async () => {
  await worker?.dispose();
  service?.closeAllConnections();
  service?.close();
});

const requestOf = (model: string, stream = true) =>
  JSON.stringify({ model, stream, messages: [{ role: "user", content: "x" }] });

function ask(model: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: requestOf(model),
  });
}

async function logged(match: (entry: LogEntry) => boolean): Promise<LogEntry> {
  for (const until = Date.now() + 3000; Date.now() < until; await sleep(10)) {
    const found = output
      .filter((line) => line.includes('{"event":"request"'))
      .map((line) => JSON.parse(line.slice(line.indexOf("{"))) as LogEntry)
      .find(match);
    if (found !== undefined) return found;
  }
  throw new Error(`No such line in:\n${output.join("\n")}`);
}

test("a model that thinks: comments first, then every event once and in order, natively", async () => {
  const text = await (await ask("thinking")).text();
  expect(text.startsWith(":\n:\n")).toBe(true);
  const expected = Array.from({ length: EVENTS }, (_, index) => event(index)).join("");
  expect(text.replace(/^:\n/gm, "")).toBe(`${expected}data: [DONE]\n\n`);
  expect(await logged(({ model }) => model === "thinking")).toMatchObject({
    outcome: "complete",
    events: EVENTS + 1,
  });
});

test("a caller who closes in silence, FIN and no reset, is noticed within two heartbeats", async () => {
  const socket = connect(port, "127.0.0.1");
  const body = requestOf("silent");
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${KEY}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  let got = "";
  socket.on("data", (piece) => (got += piece));
  while (!got.includes("\r\n\r\n")) await sleep(10);
  closed.length = 0;
  const left = Date.now();
  socket.destroy(); // all that came has been read, so this is a FIN
  while (closed.length === 0 && Date.now() - left < 3000) await sleep(5);
  expect(closed).toHaveLength(1);
  expect(closed[0]! - left).toBeLessThan(1000);
  expect(await logged(({ model }) => model === "silent")).toMatchObject({ outcome: "client_gone" });
});

test("B01 an upstream that can't be reached: workerd does not say that nothing was sent, and the next one answers", async () => {
  expect((await ask("refused")).status).toBe(502);
  const entry = await logged(({ model }) => model === "refused");
  expect(entry).toMatchObject({ reason: "upstream_unreachable" });
  expect(entry.unsent).toBeUndefined();
  const text = await (await ask("rescued")).text();
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  expect(await logged(({ model }) => model === "rescued")).toMatchObject({ attempts: 2, upstream: "one" });
});
