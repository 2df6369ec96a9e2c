// Budgets of batches: held at the sum of their lines, charged when the end of one is read, or as held.
import { expect, test } from "vitest";
import { createMemoryLedger } from "../ledger-memory.ts";
import { FORM_TYPE, formBody, objectService } from "./object-service.ts";
import { createRig, errorOf, jsonAnswer } from "./setup.ts";

const line = (inner: object) =>
  JSON.stringify({
    custom_id: "1",
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "gpt-4.1", messages: [{ role: "user", content: "hi" }], ...inner },
  });

async function rigOf(lines: string, tokensPerDay: number) {
  const state: { batch: object } = { batch: {} };
  const service = objectService(({ method, path }) =>
    method === "GET" && path.startsWith("/batches/") ? jsonAnswer(state.batch) : undefined,
  );
  const rig = await createRig(
    { objectsUpstream: "openai", perCaller: { tokensPerDay, tokensPerMinute: 100 } },
    { fetch: service.fetch, ledger: createMemoryLedger({ warn: () => {} }) },
  );
  const made = await rig.fetch("/v1/files", {
    method: "POST",
    body: formBody([
      { name: "purpose", value: "batch" },
      { name: "file", value: "x", filename: "a.jsonl" },
    ]),
    headers: { "content-type": FORM_TYPE },
  });
  const { id } = (await made.json()) as { id: string };
  service.contents.set(id, lines);
  const response = await rig.fetch("/v1/batches", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" }),
  });
  const usage = async () => {
    await rig.settled();
    return (await (await rig.fetch("/usage")).json()) as {
      total: { input_tokens: number; output_tokens: number };
      held: { tokens: number };
    };
  };
  return { rig, service, response, usage, state };
}

test("a batch is held at what its lines allow, and charged by the usage that it tells at its end", async () => {
  const lines = [line({ max_tokens: 300 }), line({ max_completion_tokens: 200, n: 2 })].join("\n");
  const { rig, response, usage, state } = await rigOf(lines, 10_000);
  expect(response.status).toBe(200);
  const { id } = (await response.json()) as { id: string };
  state.batch = { id, object: "batch", status: "in_progress" };
  await rig.fetch(`/v1/batches/${id}`);
  const { held } = await usage();
  expect(held.tokens).toBeGreaterThan(700);
  expect(held.tokens).toBeLessThan(800);
  state.batch = { id, object: "batch", status: "completed", usage: { input_tokens: 20, output_tokens: 40 } };
  for (const _ of [1, 2]) expect((await rig.fetch(`/v1/batches/${id}`)).status).toBe(200);
  expect(await usage()).toMatchObject({
    total: { input_tokens: 20, output_tokens: 40 },
    held: { tokens: 0 },
  });
});

test("one that fails before its lines are worked on costs nothing", async () => {
  const { rig, response, usage, state } = await rigOf(line({ max_tokens: 300 }), 10_000);
  const { id } = (await response.json()) as { id: string };
  state.batch = { id, object: "batch", status: "failed" };
  await rig.fetch(`/v1/batches/${id}`);
  expect(await usage()).toMatchObject({ total: { output_tokens: 0 }, held: { tokens: 0 } });
});

test("more than there is left is refused, and nothing is made", async () => {
  const { response, service } = await rigOf(line({ max_tokens: 300 }), 200);
  expect(response.status).toBe(429);
  expect(service.seen.map(({ method, path }) => `${method} ${path}`)).not.toContain("POST /batches");
});

test("F02 a line has to say how long its answer may get: nothing is written into it", async () => {
  const { response } = await rigOf(line({}), 10_000);
  expect(response.status).toBe(400);
  expect((await errorOf(response)).message).toMatch(/^Line 1 .* budget/);
});
