// Budgets in the bundled worker, in real workerd over sockets, with its Durable Objects on disk: many callers at once,
// callers that leave, and `kill -9` in the middle of a stream.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmulator } from "latchkey/emulator";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmulatorServer, serveEmulator } from "../../emulator/serve.ts";
import { LEASE_MS } from "../account.ts";
import { createCallerKey } from "../keys.ts";
import { sleep, startTwoWorkers, startWorker, type Worker } from "./workerd.ts";

let emulator: EmulatorServer;
let behind: ReturnType<typeof createEmulator>;
/** Counts its calls, and writes a word every 10 ms for as long as somebody listens. */
let endless: Server;
let reached = 0;
let whole = { usage: { prompt_tokens: 10, completion_tokens: 90 }, afterMs: 1000 };
let folder: string;
let keys: { key: string; line: string }[];
const workers: Worker[] = [];

beforeAll(async () => {
  keys = await Promise.all(["one", "two", "three", "four"].map(createCallerKey));
  folder = await mkdtemp(join(tmpdir(), "latchkey-"));
  behind = createEmulator({ paceMs: 1, recordLimit: 10 });
  emulator = await serveEmulator(behind, { port: 0 });
  endless = createServer((request, response) => {
    reached += 1;
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      if (!body.includes('"stream":true')) {
        const { usage, afterMs } = whole;
        const answer = { id: "c", object: "chat.completion", choices: [{ index: 0, message: {} }], usage };
        response.setHeader("content-type", "application/json");
        setTimeout(() => response.end(JSON.stringify(answer)), afterMs);
        return;
      }
      response.writeHead(200, { "content-type": "text/event-stream" });
      const chunk = { id: "c", choices: [{ index: 0, delta: { content: "x" }, finish_reason: null }] };
      const timer = setInterval(() => response.write(`data: ${JSON.stringify(chunk)}\n\n`), 10);
      response.on("close", () => clearInterval(timer));
    });
  });
  await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
}, 30_000);

afterAll(async () => {
  await Promise.allSettled(workers.map((worker) => worker.close()));
  await emulator?.close();
  endless?.closeAllConnections();
  endless?.close();
  await rm(folder, { recursive: true, force: true });
});

function variablesFor(to: "emulator" | "endless") {
  const url =
    to === "emulator" ? emulator.url : `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
  return {
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: `${url}/v1`,
    UPSTREAM_KEY: "emulator-key",
    MODELS: "gpt-4.1",
    ALLOWED_ORIGINS: "http://127.0.0.1:5173",
    SESSION_SECRET: "session-secret-canary-0123456789abcdef",
    CALLER_KEYS: keys.map(({ line }) => line).join(","),
  };
}

async function start(to: "emulator" | "endless", more: Record<string, string>, persist?: string) {
  const variables = { ...variablesFor(to), ...more };
  const worker = await startWorker(variables, persist === undefined ? {} : { persist });
  workers.push(worker);
  return worker;
}

const chat = (worker: Worker, caller: number, body: object, signal?: AbortSignal) =>
  fetch(`${worker.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${keys[caller]!.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hello" }], ...body }),
    ...(signal === undefined ? {} : { signal }),
  });

interface Usage {
  readonly total: { requests: number; input_tokens: number; output_tokens: number };
  readonly held: { tokens: number };
}
const usageOf = async (worker: Worker, caller: number) =>
  (await (
    await fetch(`${worker.url}/usage`, { headers: { authorization: `Bearer ${keys[caller]!.key}` } })
  ).json()) as Usage;

async function until(worker: Worker, caller: number, holds: (usage: Usage) => boolean, withinMs = 5000) {
  for (const end = Date.now() + withinMs; Date.now() < end; await sleep(20)) {
    const usage = await usageOf(worker, caller);
    if (holds(usage)) return usage;
  }
  throw new Error(JSON.stringify(await usageOf(worker, caller)));
}

test("F08 a limit that is none, or one of money without prices: 503 that names the variable", async () => {
  const worker = await start("emulator", { CALLER_LIMITS: "tokensPerDay=many" });
  const response = await chat(worker, 0, {});
  expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("CALLER_LIMITS")]);
  const unpriced = await start("emulator", { CALLER_LIMITS: "moneyPerDay=1" });
  expect(await (await chat(unpriced, 0, {})).text()).toContain("PRICES");
}, 30_000);

describe("one worker", () => {
  let worker: Worker;
  /** What a call of 90 tokens is held at. */
  let one: number;
  beforeAll(async () => {
    const probe = await start("endless", { CALLER_LIMITS: "tokensPerDay=1000000" });
    const left = (await chat(probe, 0, { max_tokens: 90 })).headers.get("x-ratelimit-remaining-tokens-day");
    one = 1_000_000 - Number(left);
    worker = await start("endless", {
      CALLER_LIMITS: `tokensPerDay=${37 * one}`,
      PRICES: "gpt-4.1=1/10",
    });
  }, 30_000);

  test("P2 F22 200 calls at once, a budget for 37: exactly 37 reach the service", async () => {
    reached = 0;
    const answers = await Promise.all(Array.from({ length: 200 }, () => chat(worker, 1, { max_tokens: 90 })));
    const statuses = answers.map(({ status }) => status);
    expect([reached, statuses.filter((status) => status === 200).length]).toEqual([37, 37]);
    expect(statuses.filter((status) => status === 429)).toHaveLength(163);
    const { total } = await until(worker, 1, ({ held }) => held.tokens === 0);
    expect(total).toMatchObject({ requests: 37, input_tokens: 370, output_tokens: 37 * 90 });
  }, 30_000);

  test("npm openai reads an answer that is cut where the budget ends", async () => {
    const openai = new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: keys[2]!.key, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "hello" }];
    // Most of the budget, so that what is left is less than the next call asks for.
    const bound = 36 * one;
    const first = await openai.chat.completions.create({
      model: "gpt-4.1",
      messages,
      max_tokens: bound,
      stream: true,
    });
    const second = await openai.chat.completions
      .create({
        model: "gpt-4.1",
        messages,
        max_tokens: 500,
        stream: true,
        stream_options: { include_usage: true },
      })
      .withResponse();
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of second.data) chunks.push(chunk);
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("length");
    const said = chunks.filter(({ choices }) => choices[0]?.delta.content === "x").length;
    expect(chunks.at(-1)!.usage!.completion_tokens).toBe(said);
    expect(said).toBeGreaterThanOrEqual(16);
    expect(said).toBeLessThan(one);
    first.controller.abort();
  }, 30_000);

  test("F04 a caller that leaves is charged for what had passed, at once", async () => {
    const left = new AbortController();
    const response = await chat(worker, 3, { stream: true, max_tokens: 500 }, left.signal);
    const reader = response.body!.getReader();
    for (let pieces = 0; pieces < 20; pieces += 1) await reader.read();
    expect((await usageOf(worker, 3)).held.tokens).toBeGreaterThan(500);
    left.abort();
    const { total } = await until(worker, 3, ({ held }) => held.tokens === 0);
    expect(total.output_tokens).toBeGreaterThanOrEqual(15);
    expect(total.output_tokens).toBeLessThan(100);
    const id = response.headers.get("x-request-id");
    const entry = await worker.logged(({ request_id }) => request_id === id);
    expect(entry.outcome).toBe("client_gone");
    expect(entry.usage!.completion_tokens).toBe(total.output_tokens);
  }, 30_000);
});

test("P2 F22 200 calls at once to two instances, a budget for 37, 50 seeds: exactly 37 reach the service", async () => {
  const seeds = await Promise.all(Array.from({ length: 50 }, (_, seed) => createCallerKey(`seed-${seed}`)));
  const probe = await start("endless", { CALLER_LIMITS: "tokensPerDay=1000000" });
  const messages = [{ role: "user", content: "hello" }];
  const left = (await chat(probe, 0, { max_tokens: 90 })).headers.get("x-ratelimit-remaining-tokens-day");
  const one = 1_000_000 - Number(left);
  // What is held is what is used: nothing becomes free while the others ask.
  whole = { usage: { prompt_tokens: one - 90, completion_tokens: 90 }, afterMs: 5 };
  const twins = await startTwoWorkers({
    ...variablesFor("endless"),
    CALLER_KEYS: seeds.map(({ line }) => line).join(","),
    CALLER_LIMITS: `tokensPerDay=${37 * one + 20}`,
  });
  try {
    for (const [seed, { key }] of seeds.entries()) {
      reached = 0;
      const ask = (index: number) =>
        fetch(`${twins.urls[(index + seed) % 2]}/v1/chat/completions`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify({ model: "gpt-4.1", messages, max_tokens: 90 }),
        }).then(async (response) => {
          await response.text();
          return response.status;
        });
      const statuses = await Promise.all(
        Array.from({ length: 200 }, (_, index) => ask(index + (index >> 3))),
      );
      expect([seed, reached, statuses.filter((status) => status === 200).length]).toEqual([seed, 37, 37]);
      expect(statuses.filter((status) => status === 429)).toHaveLength(163);
    }
  } finally {
    await twins.close();
  }
}, 180_000);

test("P2 F04 1,000 callers that leave at random: nothing stays held, and no less is charged than was delivered", async () => {
  const worker = await start("emulator", { CALLER_LIMITS: "tokensPerMonth=1000000000,streams=1000" });
  behind.reset();
  let state = 4711;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const leave = async () => {
    const left = new AbortController();
    const how = random();
    const pieces = Math.floor(random() * 60);
    const words = Array.from({ length: 1 + Math.floor(random() * 80) }, (_, at) => `word${at % 7}`).join(" ");
    const timer = how < 0.3 ? setTimeout(() => left.abort(), random() * 20) : undefined;
    const messages = [{ role: "user", content: `Echo: ${words}` }];
    try {
      const response = await chat(worker, 0, { messages, max_tokens: 200, stream: how < 0.9 }, left.signal);
      const reader = response.body!.getReader();
      for (let read = 0; !(await reader.read()).done; read += 1) {
        if (how >= 0.3 && how < 0.7 && read >= pieces) left.abort();
      }
    } catch {
      // left
    } finally {
      clearTimeout(timer);
    }
  };
  for (let begun = 0; begun < 1000; begun += 50) await Promise.all(Array.from({ length: 50 }, leave));
  // Long before the leases end.
  const { total } = await until(worker, 0, ({ held }) => held.tokens === 0, 10_000);
  const truth = behind.ledger.reduce((sum, one) => sum + one.promptTokens + one.completionTokens, 0);
  const charged = total.input_tokens + total.output_tokens;
  const gone = behind.ledger.filter(({ outcome }) => outcome === "cancelled").length;
  console.log(
    `disconnects in workerd: ${behind.ledger.length} reached the service, ${gone} were cancelled there, truth ${truth}, charged ${charged}`,
  );
  expect(total.requests).toBeLessThanOrEqual(1000);
  expect(charged).toBeGreaterThanOrEqual(truth * 0.97);
  expect(charged).toBeLessThanOrEqual(truth * 1.6);
}, 120_000);

test("F12 kill -9 in the middle of a stream: nothing is forgotten, nothing is free", async () => {
  const more = { CALLER_LIMITS: "tokensPerDay=700,streams=1" };
  const worker = await start("endless", more, folder);
  const response = await chat(worker, 0, { stream: true, max_tokens: 600 });
  const reader = response.body!.getReader();
  await reader.read();
  const { held } = await usageOf(worker, 0);
  expect(held.tokens).toBeGreaterThan(600);
  await worker.kill();
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toThrow();

  const again = await start("endless", more, folder);
  // It is still held: the call's lease has not ended, and nobody knows how it went on.
  expect((await usageOf(again, 0)).held).toEqual(held);
  reached = 0;
  const stream = await chat(again, 0, { stream: true, max_tokens: 10 });
  expect([stream.status, await stream.text()]).toEqual([429, expect.stringContaining("its limit")]);
  // The place frees with the lease, at the latest.
  expect(Number(stream.headers.get("retry-after"))).toBeLessThanOrEqual(LEASE_MS / 1000);
  const whole = await chat(again, 0, { max_tokens: 600 });
  expect([whole.status, await whole.text()]).toEqual([429, expect.stringContaining("its budget")]);
  expect(reached).toBe(0);
}, 60_000);
