// The bundled worker in real workerd, with the emulator on a socket behind it: what only real sockets show.
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { createEmulator } from "latchkey/emulator";
import OpenAI, { AzureOpenAI } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmulatorServer, serveEmulator } from "../../emulator/serve.ts";
import { createCallerKey } from "../keys.ts";
import { sleep, startWorker, type Worker } from "./workerd.ts";

const ORIGIN = "http://127.0.0.1:5173";
const SPACING_MS = 100;
const PROMPT = "prompt-canary-4711";
const SECRET = "session-secret-canary-0123456789abcdef";

let emulator: EmulatorServer;
/** An upstream that says when each event was written and when its caller went away. */
let clock: Server;
let closed: { id: string; at: number }[];
let worker: Worker;
let timed: Worker;
let key: string;

beforeAll(async () => {
  const made = await createCallerKey("test");
  key = made.key;
  closed = [];
  clock = createServer(answerByClock);
  await new Promise<void>((resolve) => clock.listen(0, "127.0.0.1", resolve));
  emulator = await serveEmulator(createEmulator({ paceMs: 5 }), { port: 0 });
  const variables = {
    UPSTREAM_KIND: "inference",
    UPSTREAM_URL: `${emulator.url}/models`,
    UPSTREAM_KEY: "emulator-key",
    MODELS:
      "gpt-5-mini,DeepSeek-R1,fault-cut,fault-reset,fault-half-event,fault-gzip,fault-html,fault-redirect,fault-done-open,fault-huge-event",
    ALLOWED_ORIGINS: ORIGIN,
    SESSION_SECRET: SECRET,
    CALLER_KEYS: made.line,
  };
  worker = await startWorker(variables);
  timed = await startWorker({
    ...variables,
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: `http://127.0.0.1:${(clock.address() as AddressInfo).port}/v1`,
    MODELS: "steady,endless,silent,headless,flood",
  });
}, 30_000);

afterAll(async () => {
  await Promise.allSettled([worker?.close(), timed?.close(), emulator?.close()]);
  clock?.closeAllConnections();
  clock?.close();
});

function answerByClock(request: import("node:http").IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => (body += text));
  request.on("end", () => {
    const { model, user } = JSON.parse(body) as { model: string; user: string };
    response.on("close", () => closed.push({ id: user, at: Date.now() }));
    if (model === "headless") return;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    if (model === "flood") {
      const event = `data: ${JSON.stringify({ choices: [{ delta: { content: "x".repeat(60_000) } }] })}\n\n`;
      const write = () => {
        while (!response.destroyed && response.write(event));
      };
      response.on("drain", write);
      write();
      return;
    }
    const events = model === "steady" ? 8 : model === "silent" ? 2 : 10_000;
    let sent = 0;
    const step = () => {
      if (response.destroyed) return;
      if (sent === events) {
        if (model === "steady") response.end("data: [DONE]\n\n");
        return;
      }
      sent += 1;
      const delta = { content: String(Date.now()) };
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`);
      setTimeout(step, SPACING_MS);
    };
    step();
  });
}

function chat(to: Worker, body: Record<string, unknown>, init: RequestInit = {}): Promise<Response> {
  return fetch(`${to.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", origin: ORIGIN },
    body: JSON.stringify({ messages: [{ role: "user", content: PROMPT }], stream: true, ...body }),
    ...init,
  });
}

describe("streaming", () => {
  test("the figure: each event at most 50 ms late, never two together", async () => {
    const response = await chat(timed, { model: "steady" });
    const late: number[] = [];
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      const times = [...piece.matchAll(/"content":"(\d+)"/g)].map(([, time]) => Date.now() - Number(time));
      expect(times.length).toBeLessThanOrEqual(1);
      late.push(...times);
    }
    expect(late).toHaveLength(8);
    expect(Math.max(...late)).toBeLessThanOrEqual(50);
    console.log(`proxy: events late by ${late.join(", ")} ms`);
  });

  test("a whole stream is metered and logged in one line without content", async () => {
    const response = await chat(worker, { model: "gpt-5-mini", stream_options: { include_usage: true } });
    const text = await response.text();
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    const id = response.headers.get("x-request-id");
    const entry = await worker.logged((one) => one.request_id === id);
    expect(entry).toMatchObject({
      outcome: "complete",
      model: "gpt-5-mini",
      finish_reason: "stop",
      status: 200,
    });
    expect(entry.bytes).toBe(Buffer.byteLength(text));
    expect(entry.usage!.total_tokens).toBeGreaterThan(0);
    expect(worker.output.filter((line) => line.includes(id!))).toHaveLength(1);
  });

  for (const [model, outcome] of [
    ["fault-cut", "truncated"],
    ["fault-half-event", "truncated"],
    ["fault-reset", "upstream_error"],
  ]) {
    test(`B04 B05 ${model} is told to the caller, after every whole event that came`, async () => {
      const response = await chat(worker, { model });
      let text = "";
      const reading = (async () => {
        for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) text += piece;
      })();
      await reading;
      const frame = text.lastIndexOf("data: ");
      expect(JSON.parse(text.slice(frame + 6))).toMatchObject({ error: { code: "stream_truncated" } });
      text = text.slice(0, frame);
      expect(text).toContain("data: {");
      const id = response.headers.get("x-request-id");
      const entry = await worker.logged((one) => one.request_id === id);
      expect(entry).toMatchObject({ outcome, bytes: Buffer.byteLength(text) });
    });
  }

  test("P1 an event too large to meter takes nothing from a whole answer", async () => {
    const response = await chat(worker, { model: "fault-huge-event" });
    const text = await response.text();
    expect(text.length).toBeGreaterThan(4 << 20);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    const id = response.headers.get("x-request-id");
    expect(await worker.logged((one) => one.request_id === id)).toMatchObject({ outcome: "complete" });
  }, 15_000);

  test("an upstream that leaves the socket open after [DONE] does not hold the caller", async () => {
    const response = await chat(worker, { model: "fault-done-open" });
    const started = Date.now();
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(Date.now() - started).toBeLessThan(4000);
    const id = response.headers.get("x-request-id");
    expect(await worker.logged((one) => one.request_id === id)).toMatchObject({ outcome: "complete" });
  }, 10_000);

  test("B14 B15 H03 redirects, HTML and compressed streams are 502", async () => {
    for (const model of ["fault-redirect", "fault-html", "fault-gzip"]) {
      const response = await chat(worker, { model });
      expect([model, response.status]).toEqual([model, 502]);
      expect(await response.json()).toMatchObject({ error: { code: expect.stringMatching(/^upstream_/) } });
    }
  });
});

describe("a caller who leaves", () => {
  const gone = async (model: string, user: string, leave: "fin" | "rst", afterMs: number) => {
    const body = JSON.stringify({ model, user, stream: true, messages: [{ role: "user", content: PROMPT }] });
    const socket = connect({ port: timed.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    socket.resume();
    await sleep(afterMs);
    const left = Date.now();
    if (leave === "fin") socket.destroy();
    else socket.resetAndDestroy();
    for (const until = left + 2000; Date.now() < until; await sleep(5)) {
      const found = closed.find(({ id }) => id === user);
      if (found !== undefined) return found.at - left;
    }
    return Number.POSITIVE_INFINITY;
  };

  for (const leave of ["fin", "rst"] as const) {
    test(`while the upstream sends (${leave}): upstream closed within 250 ms, delivered events counted`, async () => {
      const ms = await gone("endless", `endless-${leave}`, leave, 650);
      console.log(`proxy: upstream closed ${ms} ms after ${leave}`);
      expect(ms).toBeLessThanOrEqual(250);
      const entry = await timed.logged(
        ({ model, outcome }) => model === "endless" && outcome === "client_gone",
      );
      expect(entry.events).toBeGreaterThanOrEqual(6);
      expect(entry.usage).toMatchObject({ estimated: true });
      timed.output.length = 0;
    });
  }

  test("F04 before the upstream's headers (rst): upstream closed at once", async () => {
    expect(await gone("headless", "headless", "rst", 300)).toBeLessThanOrEqual(250);
  });

  test("inside a silent stream (rst): upstream closed at once", async () => {
    expect(await gone("silent", "silent", "rst", 500)).toBeLessThanOrEqual(250);
  });

  test("P5 a caller who never reads holds the upstream back", async () => {
    const body = JSON.stringify({
      model: "flood",
      user: "flood",
      stream: true,
      messages: [{ role: "user", content: "x" }],
    });
    const socket = connect({ port: timed.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await sleep(1500);
    socket.resetAndDestroy();
    const entry = await timed.logged(({ model }) => model === "flood");
    expect(entry.outcome).toBe("client_gone");
    expect(entry.bytes).toBeLessThan(32 * 1024 * 1024);
  });
});

describe("clients that are not ours", () => {
  test("openai, with a page's session token", async () => {
    const session = await fetch(`${worker.url}/session`, { method: "POST", headers: { origin: ORIGIN } });
    const { token } = (await session.json()) as { token: string };
    const client = new OpenAI({
      baseURL: `${worker.url}/v1`,
      apiKey: token,
      defaultHeaders: { origin: ORIGIN }, // as a browser sets it
    });
    const stream = await client.chat.completions.create({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "Say hello" }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? "";
      usage = chunk.usage?.total_tokens ?? usage;
    }
    expect(text.length).toBeGreaterThan(0);
    expect(usage).toBeGreaterThan(0);
    expect((await client.models.list()).data.map(({ id }) => id)).toContain("gpt-5-mini");
    await expect(
      client.chat.completions.create({ model: "nope", messages: [{ role: "user", content: "x" }] }),
    ).rejects.toMatchObject({ status: 404, code: "model_not_found", requestID: expect.any(String) });
  });

  test("openai tells a truncated answer from a whole one", async () => {
    const client = new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: key, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: "fault-cut",
      messages: [{ role: "user", content: "x" }],
      stream: true,
    });
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toThrow();
  });

  test("AzureOpenAI, by deployment and api-key", async () => {
    const client = new AzureOpenAI({ endpoint: worker.url, apiKey: key, apiVersion: "2024-10-21" });
    const stream = await client.chat.completions.create({
      model: "gpt-5-mini",
      messages: [{ role: "user", content: "Say hello" }],
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
    expect(text.length).toBeGreaterThan(0);
  });

  test("@microsoft/fetch-event-source", async () => {
    const listeners = { addEventListener() {}, removeEventListener() {}, hidden: false };
    Object.assign(globalThis, { document: listeners, window: globalThis });
    try {
      const data: string[] = [];
      await fetchEventSource(`${worker.url}/models/chat/completions`, {
        method: "POST",
        headers: { "api-key": key, "content-type": "application/json", origin: ORIGIN },
        body: JSON.stringify({
          model: "DeepSeek-R1",
          stream: true,
          messages: [{ role: "user", content: "Say hello" }],
        }),
        openWhenHidden: true,
        onmessage: (event) => void data.push(event.data),
        onerror: (error) => {
          throw error;
        },
      });
      expect(data.at(-1)).toBe("[DONE]");
      expect(data.some((one) => one.includes("reasoning_content"))).toBe(true);
    } finally {
      Object.assign(globalThis, { document: undefined, window: undefined });
    }
  });
});

describe("raw sockets", () => {
  const raw = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ port: worker.port, host: "127.0.0.1" });
      let answer = "";
      const done = () => {
        socket.destroy();
        resolve(answer);
      };
      setTimeout(done, 700);
      socket.on("data", (bytes) => (answer += bytes));
      socket.on("close", done);
      socket.on("error", done);
      socket.write(text);
    });
  const status = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

  test("D05 two Origin headers are refused", async () => {
    const answer = await raw(
      `POST /session HTTP/1.1\r\nHost: x\r\nOrigin: ${ORIGIN}\r\nOrigin: ${ORIGIN}\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(status(answer)).toBe(403);
    expect(answer.toLowerCase()).not.toContain("access-control-allow-origin");
  });

  for (const host of ["x/v1/models?", "x#", "a@b", "x\\y"] as const) {
    test(`a Host of ${host} does not choose the route`, async () => {
      const answer = await raw(
        `GET /nowhere HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n\r\n`,
      );
      expect(status(answer)).toBe(400);
    });
  }

  test("two Host headers, or one with a space, get no further than the runtime", async () => {
    for (const host of ["Host: a\r\nHost: b", "Host: a b"]) {
      const answer = await raw(`GET /v1/models HTTP/1.1\r\n${host}\r\nAuthorization: Bearer ${key}\r\n\r\n`);
      // Miniflare's own front parses the address before the worker does, and answers 500.
      expect([400, 500]).toContain(status(answer));
      expect(answer).not.toContain("gpt-5-mini");
    }
  });

  test("two credentials are refused", async () => {
    const answer = await raw(
      `GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nAuthorization: Bearer ${key}\r\n\r\n`,
    );
    expect(status(answer)).toBe(401);
  });

  test("G01 Content-Length with chunked makes one request at most, and nothing inherits its credential", async () => {
    const body = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "smuggle" }] });
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const answer = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code));
    expect([[400], [200], [200, 401]]).toContainEqual(statuses);
  });

  test("G13 TRACE and CONNECT are refused", async () => {
    expect(status(await raw("TRACE /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"))).toBe(405);
    expect(status(await raw("BREW /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"))).toBeGreaterThanOrEqual(400);
  });

  test("G23 a header of 200 KB is refused", async () => {
    expect(
      status(await raw(`GET /v1/models HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(200_000)}\r\n\r\n`)),
    ).toBe(431);
  });

  test("G16 a body that never comes is given up without calling the upstream", async () => {
    const before = timed.output.length;
    const slow = connect({ port: timed.port, host: "127.0.0.1" });
    slow.on("error", () => {});
    slow.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{`,
    );
    await sleep(200);
    slow.resetAndDestroy();
    await sleep(200);
    for (const line of timed.output.slice(before)) expect(line).not.toContain("upstream_status");
  });
});

test("P4 no secret and no prompt in anything the worker wrote", () => {
  const output = [...worker.output, ...timed.output].join("\n");
  for (const canary of [PROMPT, SECRET, key, "emulator-key", "Bearer "]) expect(output).not.toContain(canary);
});

test("H11 a half-configured worker refuses to serve and names the variable, not its value", async () => {
  const broken = await startWorker({
    UPSTREAM_KIND: "azure-openai",
    UPSTREAM_URL: "http://user:canary@evil.example/x",
    UPSTREAM_KEY: "secret-canary",
    MODELS: "m",
    ALLOWED_ORIGINS: ORIGIN,
    SESSION_SECRET: "short-canary",
  });
  try {
    const response = await fetch(`${broken.url}/v1/models`, { headers: { origin: ORIGIN } });
    expect(response.status).toBe(503);
    expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain("UPSTREAM_URL");
    expect(error.message).toContain("SESSION_SECRET");
    expect(error.message).not.toContain("canary");
    await sleep(50);
    expect(broken.output.join("\n")).toContain("UPSTREAM_URL");
    expect(broken.output.join("\n")).not.toContain("canary");
  } finally {
    await broken.close();
  }
});
