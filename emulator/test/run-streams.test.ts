import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { type Agents, agentsOf, BASES, namesOf, outputsFor, textOf, weather } from "./agents-calling.ts";
import { drain, emulatorOf } from "./asking.ts";
import { type Event, eventsOf, type Json } from "./calling.ts";

const SPOKEN = [
  "run.created",
  "run.queued",
  "run.in_progress",
  "run.step.created",
  "run.step.in_progress",
  "message.created",
  "message.in_progress",
  "message.delta",
  "message.completed",
  "run.step.completed",
  "run.completed",
  "done",
];

const said = (events: readonly Event[]): string =>
  events
    .filter(({ name }) => name === "thread.message.delta")
    .map(({ data }) => data.delta.content[0].text.value)
    .join("");

interface Prepared {
  readonly emulator: Emulator;
  readonly agents: Agents;
  readonly path: string;
  readonly json: Json;
}

async function prepared(question: string, of: Record<string, unknown> = {}): Promise<Prepared> {
  const emulator = emulatorOf();
  const agents = agentsOf(emulator);
  const { id: assistant_id } = await agents.agent(of);
  const { id } = await agents.thread(question);
  return { emulator, agents, path: `/threads/${id}`, json: { assistant_id } };
}

describe("the stream of a run", () => {
  test.each(BASES)("tells what happens in order, at the base %s", async (base) => {
    const agents = agentsOf(emulatorOf(), base);
    const { id: assistant_id } = await agents.agent();
    const { id } = await agents.thread("echo hello there, you");
    const events = await agents.events(`/threads/${id}/runs`, { assistant_id });
    expect(namesOf(events)).toEqual(SPOKEN);
    expect(said(events)).toBe("hello there, you");
    expect(events.at(-1)).toEqual({ name: "done", data: "[DONE]" });
    expect(
      events.filter(({ name }) => /^thread\.run\.\w+$/.test(name ?? "")).map(({ data }) => data.status),
    ).toEqual(["queued", "queued", "in_progress", "completed"]);
    const run = events.at(-2)?.data;
    expect(await agents.ok(`/threads/${id}/runs/${run.id}`)).toEqual(run);
    const message = events.find(({ name }) => name === "thread.message.completed")?.data;
    expect(await agents.ok(`/threads/${id}/messages/${message.id}`)).toEqual(message);
    const step = events.find(({ name }) => name === "thread.run.step.completed")?.data;
    expect(await agents.ok(`/threads/${id}/runs/${run.id}/steps/${step.id}`)).toEqual(step);
  });

  test("begins with the thread that is made for it", async () => {
    const agents = agentsOf(emulatorOf());
    const { id: assistant_id } = await agents.agent();
    const thread = { messages: [{ role: "user", content: "echo hi" }] };
    const events = await agents.events("/threads/runs", { assistant_id, thread });
    expect(namesOf(events)).toEqual(["created", ...SPOKEN]);
    expect(events[0]?.data).toMatchObject({ object: "thread", id: events[1]?.data.thread_id });
  });

  test("stops for functions, and goes on in a second stream", async () => {
    const { agents, path, json } = await prepared("the weather in Paris and London?", { tools: [weather] });
    const events = await agents.events(`${path}/runs`, json);
    expect(namesOf(events)).toEqual([...SPOKEN.slice(0, 5), "run.step.delta", "run.requires_action", "done"]);
    const waiting = events.at(-2)?.data;
    const calls: Record<number, string> = {};
    for (const { name, data } of events) {
      if (name !== "thread.run.step.delta") continue;
      const [call] = data.delta.step_details.tool_calls;
      calls[call.index] = (calls[call.index] ?? "") + call.function.arguments;
    }
    expect(Object.values(calls)).toEqual(
      waiting.required_action.submit_tool_outputs.tool_calls.map((call: Json) => call.function.arguments),
    );
    const tool_outputs = outputsFor(waiting, () => "sunny");
    const runPath = `${path}/runs/${waiting.id}`;
    const rest = await agents.events(`${runPath}/submit_tool_outputs`, { tool_outputs });
    expect(namesOf(rest)).toEqual(["run.step.completed", ...SPOKEN.slice(1)]);
    expect(rest[0]?.data.step_details.tool_calls[0].function.output).toBe("sunny");
    expect(said(rest)).toContain("sunny");
    expect((await agents.ok(runPath)).status).toBe("completed");
  });

  test("shows the code of a sum before the answer", async () => {
    const { agents, path, json } = await prepared("what is 6 * 7?", {
      tools: [{ type: "code_interpreter" }],
    });
    const events = await agents.events(`${path}/runs`, json);
    expect(namesOf(events)).toEqual([
      ...SPOKEN.slice(0, 5),
      "run.step.delta",
      "run.step.completed",
      ...SPOKEN.slice(3),
    ]);
    const deltas = events.filter(({ name }) => name === "thread.run.step.delta");
    const input = deltas
      .map(({ data }) => data.delta.step_details.tool_calls[0].code_interpreter.input ?? "")
      .join("");
    expect(input).toBe('print(f"{6 * 7:.12g}")');
    expect(deltas.at(-1)?.data.delta.step_details.tool_calls[0].code_interpreter.outputs).toEqual([
      { index: 0, type: "logs", logs: "42\n" },
    ]);
  });

  const ends: [string, Record<string, unknown>, string | undefined, string[]][] = [
    [
      "a failure",
      {},
      "run-failed;after=2",
      ["message.delta", "message.incomplete", "run.step.failed", "run.failed"],
    ],
    [
      "too few tokens",
      { max_completion_tokens: 2 },
      undefined,
      ["message.delta", "message.incomplete", "run.step.completed", "run.incomplete"],
    ],
    [
      "its time",
      {},
      "run-expired",
      ["message.delta", "message.incomplete", "run.step.expired", "run.expired"],
    ],
    ["no model", { model: "nobody" }, undefined, ["run.queued", "run.in_progress", "run.failed"]],
  ];
  test.each(ends)("ends for %s", async (_name, body, scenario, names) => {
    const { agents, path, json } = await prepared("tell me about bridges");
    const how = scenario === undefined ? {} : { scenario };
    const events = await agents.events(`${path}/runs`, { ...json, ...body }, how);
    expect(namesOf(events).slice(-names.length - 1)).toEqual([...names, "done"]);
  });

  const broken: [string, number][] = [
    ["cut;after=3", 3],
    ["cut;after=9", 9],
    ["cut-before-done", -1],
  ];
  test.each(broken)("may be %s, and the run goes on", async (scenario, records) => {
    const { agents, path, json } = await prepared("echo one two three four five");
    const events = await agents.events(`${path}/runs`, json, { scenario });
    const { id } = events[0]?.data ?? {};
    if (records > 0) expect(events).toHaveLength(records);
    else expect(events.at(-1)?.name).toBe("thread.run.completed");
    expect((await agents.watch(events[0]?.data)).at(-1)).toMatchObject({ id, status: "completed" });
    expect(textOf((await agents.ok(`${path}/messages?limit=1`)).data[0])).toBe("one two three four five");
  });

  test("may be cut by the name of the model, and its agent's later runs too", async () => {
    const { agents, path, json } = await prepared("echo one two three", { model: "fault-cut;after=6" });
    expect(await agents.events(`${path}/runs`, json)).toHaveLength(6);
  });

  test("may fall silent", async () => {
    const { agents, path, json } = await prepared("echo hi");
    const leaving = new AbortController();
    const response = await agents.ask(`${path}/runs`, {
      json: { ...json, stream: true },
      scenario: "run-stuck",
      signal: leaving.signal,
    });
    const reader = response.body?.getReader();
    for (let record = 0; record < 5; record++) await reader?.read();
    const silence = await Promise.race([
      reader?.read(),
      new Promise((resolve) => setTimeout(resolve, 50, "silence")),
    ]);
    expect(silence).toBe("silence");
    leaving.abort();
  });

  test("may carry an error", async () => {
    const { agents, path, json } = await prepared("echo hi");
    const events = await agents.events(`${path}/runs`, json, { scenario: "error-event;after=4" });
    expect(events.at(-1)).toMatchObject({ name: "error", data: { error: { code: "server_error" } } });
  });

  test("may be left, and the run goes on", async () => {
    const { agents, path, json, emulator } = await prepared("echo one two three four five");
    const response = await agents.ask(`${path}/runs`, { json: { ...json, stream: true } });
    const reader = response.body?.getReader();
    for (let record = 0; record < 8; record++) await reader?.read();
    await reader?.cancel();
    expect(emulator.ledger.at(-1)?.outcome).toBe("cancelled");
    const [run] = (await agents.ok(`${path}/runs`)).data;
    expect(run.status).toBe("in_progress");
    expect((await agents.watch(run)).at(-1).status).toBe("completed");
    expect(textOf((await agents.ok(`${path}/messages?limit=1`)).data[0])).toBe("one two three four five");
  });

  test("ends when somebody cancels the run", async () => {
    const { agents, path, json } = await prepared("echo one two three four five");
    const response = await agents.ask(`${path}/runs`, { json: { ...json, stream: true } });
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let record = 0; record < 9; record++) text += decoder.decode((await reader?.read())?.value);
    const [run] = (await agents.ok(`${path}/runs`)).data;
    await agents.ok(`${path}/runs/${run.id}/cancel`, { method: "POST" });
    reader?.releaseLock();
    const rest = await drain(response);
    for (const write of rest.writes) text += decoder.decode(write);
    const events = eventsOf(text);
    expect(namesOf(events).slice(-6)).toEqual([
      "message.delta",
      "run.cancelling",
      "message.incomplete",
      "run.step.cancelled",
      "run.cancelled",
      "done",
    ]);
    const [message] = (await agents.ok(`${path}/messages?limit=1`)).data;
    expect([message.status, textOf(message)]).toEqual(["incomplete", said(events)]);
    expect((await agents.ok(`${path}/runs/${run.id}`)).usage.completion_tokens).toBe(2);
  });

  test("is the same every time", async () => {
    const once = async (): Promise<Event[]> => {
      const { agents, path, json } = await prepared("tell me about bridges");
      return agents.events(`${path}/runs`, json);
    };
    expect(await once()).toEqual(await once());
  });

  test("is in the ledger", async () => {
    const { emulator, agents, path, json } = await prepared("echo one two three");
    await agents.events(`${path}/runs`, json);
    const entry = emulator.ledger.at(-1);
    expect(entry).toMatchObject({ dialect: "agents", model: "gpt-4.1", stream: true, outcome: "finished" });
    const [run] = (await agents.ok(`${path}/runs`)).data;
    expect(entry).toMatchObject({ completionTokens: 3, promptTokens: run.usage.prompt_tokens });
  });
});
