// Budgets of runs: they work on after their answer, so what is held for one moves to its name, and is charged once,
// when somebody reads how it ended, or when nobody does.
import { describe, expect, test } from "vitest";
import { createMemoryLedger } from "../ledger-memory.ts";
import { P, post, projectRig, projectService } from "./project-service.ts";
import { eventStream, jsonAnswer, type Rig } from "./setup.ts";

const NOON = Date.parse("2026-11-21T12:00:00Z");
const HOUR = 3_600_000;
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const event = (name: string, data: unknown) =>
  `event: ${name}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const run = (status: string, more: object = {}) => ({
  id: "run_1",
  object: "thread.run",
  thread_id: "thread_new",
  assistant_id: "asst_1",
  model: "dep-canary",
  status,
  ...more,
});
const said = (value: string) =>
  event("thread.message.delta", {
    id: "msg_1",
    object: "thread.message.delta",
    delta: { content: [{ index: 0, type: "text", text: { value } }] },
  });
const DONE = event("done", "[DONE]");

/** A project whose run is at `status`, and whose streams are `stream`. */
async function rigOf(given: { status: object; stream?: string; budget?: number }) {
  const state = { now: NOON, ...given };
  const service = projectService(({ method, path, body }) => {
    if (body.includes('"stream":true')) return eventStream(state.stream ?? "");
    const isRun = /\/runs(\/run_1(\/\w+)?)?$/.test(path);
    return isRun && (method === "POST" || method === "GET") ? jsonAnswer(state.status) : undefined;
  });
  const now = () => state.now;
  const ledger = createMemoryLedger({ now, warn: () => {} });
  const perCaller = { tokensPerDay: given.budget ?? 100_000, requestsPerMinute: 1000 };
  const rig = await projectRig(service, { perCaller }, { ledger, now });
  const agent = await (await post(rig, `${P}/assistants`, { model: "gpt-5-mini" })).json();
  const begin = (more: object = {}) =>
    post(rig, `${P}/threads/runs`, { assistant_id: (agent as { id: string }).id, ...more });
  return { rig, state, service, begin };
}

async function usageOf(rig: Rig) {
  await rig.settled();
  const answer = (await (await rig.fetch("/usage")).json()) as {
    total: { requests: number; input_tokens: number; output_tokens: number };
    held: { tokens: number };
  };
  const { requests, input_tokens, output_tokens } = answer.total;
  return { requests, used: [input_tokens, output_tokens], held: answer.held.tokens };
}

const path = `${P}/threads/thread_new/runs/run_1`;

describe("a run that is polled", () => {
  test("is held until its end is read, and charged once however often it is", async () => {
    const { rig, state, service, begin } = await rigOf({ status: run("queued") });
    expect((await begin({ max_completion_tokens: 1000 })).status).toBe(200);
    const held = await usageOf(rig);
    expect(held.used).toEqual([0, 0]);
    expect(held.held).toBeGreaterThan(1000);
    expect(held.held).toBeLessThan(1100);
    state.status = run("in_progress");
    expect((await rig.fetch(path)).status).toBe(200);
    expect((await usageOf(rig)).held).toBe(held.held);
    state.status = run("completed", { usage });
    for (const _ of [1, 2, 3]) expect((await rig.fetch(path)).status).toBe(200);
    expect(await usageOf(rig)).toEqual({ requests: 1, used: [10, 5], held: 0 });
    expect(service.seen.some(({ body }) => body.includes('"max_completion_tokens":1000'))).toBe(true);
  });

  test("F02 without a bound it gets the default", async () => {
    const { service, begin } = await rigOf({ status: run("queued") });
    await begin();
    expect(service.seen.at(-1)!.body).toContain('"max_completion_tokens":4096');
  });

  test("that nobody reads is charged as held when its hour is over, and corrected by who reads it later", async () => {
    const { rig, state, begin } = await rigOf({ status: run("queued") });
    await begin({ max_completion_tokens: 1000 });
    const { held } = await usageOf(rig);
    state.now += HOUR + 1;
    const lost = await usageOf(rig);
    expect([lost.used[0]! + lost.used[1]!, lost.held]).toEqual([held, 0]);
    state.status = run("completed", { usage });
    await rig.fetch(path);
    expect(await usageOf(rig)).toEqual({ requests: 1, used: [10, 5], held: 0 });
  });

  test("counts in the minute as one request, wherever it is held", async () => {
    const { rig, begin } = await rigOf({ status: run("queued") });
    const before = Number((await begin()).headers.get("x-ratelimit-remaining-requests"));
    await rig.settled();
    const after = Number((await begin()).headers.get("x-ratelimit-remaining-requests"));
    expect(before - after).toBe(1);
  });
});

test("a run is held at the dearest model there, and charged at the price of the one that it ran on", async () => {
  const service = projectService(({ method, path: at }) =>
    /\/runs(\/run_1)?$/.test(at)
      ? jsonAnswer(run(method === "POST" ? "queued" : "completed", method === "POST" ? {} : { usage }))
      : undefined,
  );
  const models = {
    "gpt-5-mini": { upstream: "default", price: { input: 1, output: 2 } },
    "via-openai": { upstream: "openai", price: { input: 100, output: 200 } },
  };
  const rig = await projectRig(
    service,
    { models, perCaller: { moneyPerDay: 10 } },
    { ledger: createMemoryLedger({ warn: () => {} }) },
  );
  const agent = await (await post(rig, `${P}/assistants`, { model: "gpt-5-mini" })).json();
  const assistant_id = (agent as { id: string }).id;
  const begun = await post(rig, `${P}/threads/runs`, { assistant_id, max_completion_tokens: 1000 });
  expect(Number(begun.headers.get("x-ratelimit-remaining-money-day"))).toBeLessThan(10 - 0.2);
  await rig.settled();
  await rig.fetch(path);
  await rig.settled();
  const told = (await (await rig.fetch("/usage")).json()) as { total: { money: number } };
  expect(told.total.money).toBeCloseTo((10 * 1 + 5 * 2) / 1e6, 6);
});

describe("a run that is streamed", () => {
  test("is charged by its usage when it ends", async () => {
    const stream = event("thread.run.created", run("queued")) + said("a") + said("b");
    const end = event("thread.run.completed", run("completed", { usage })) + DONE;
    const { rig, begin } = await rigOf({ status: run("completed", { usage }), stream: stream + end });
    await (await begin({ stream: true })).text();
    expect(await usageOf(rig)).toEqual({ requests: 1, used: [10, 5], held: 0 });
    await rig.fetch(path);
    expect(await usageOf(rig)).toEqual({ requests: 1, used: [10, 5], held: 0 });
  });

  test("that waits for a tool is held, and charged by the stream that ends it", async () => {
    const required =
      event("thread.run.created", run("queued")) +
      event("thread.run.requires_action", run("requires_action")) +
      DONE;
    const { rig, state, begin } = await rigOf({ status: run("queued"), stream: required });
    await (await begin({ stream: true })).text();
    expect((await usageOf(rig)).used).toEqual([0, 0]);
    expect((await usageOf(rig)).held).toBeGreaterThan(4000);
    state.stream =
      event("thread.run.in_progress", run("in_progress")) +
      said("a") +
      event("thread.run.completed", run("completed", { usage })) +
      DONE;
    const submitted = await post(rig, `${path}/submit_tool_outputs`, {
      stream: true,
      tool_outputs: [{ tool_call_id: "call_1", output: "1" }],
    });
    expect(submitted.status).toBe(200);
    await submitted.text();
    expect(await usageOf(rig)).toEqual({ requests: 1, used: [10, 5], held: 0 });
  });

  test("whose budget ends inside it: an error and done, the run is told to stop, and stays held until its end is read", async () => {
    const words = Array.from({ length: 100 }, () => said("x")).join("");
    const stream = event("thread.run.created", run("queued")) + words;
    const { rig, state, service, begin } = await rigOf({ status: run("in_progress"), stream, budget: 60 });
    const text = await (await begin({ stream: true, max_completion_tokens: 500 })).text();
    const passed = text.match(/event: thread\.message\.delta/g)!.length;
    expect(passed).toBeGreaterThan(16);
    expect(passed).toBeLessThan(60);
    expect(text).toMatch(/event: error\ndata: .*budget_ended.*\n\nevent: done\ndata: \[DONE\]\n\n$/);
    expect(await usageOf(rig)).toMatchObject({ used: [0, 0], held: 60 });
    // It would go on at the service.
    expect(service.seen.at(-1)).toMatchObject({
      method: "POST",
      path: "/threads/thread_new/runs/run_1/cancel",
      body: "",
    });
    state.status = run("completed", { usage: { prompt_tokens: 10, completion_tokens: passed } });
    await rig.fetch(path);
    expect(await usageOf(rig)).toMatchObject({ used: [10, passed], held: 0 });
    expect(rig.log.find(({ stream: one }) => one)).toMatchObject({ budget_ended: true });
  });
});
