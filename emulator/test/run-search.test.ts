import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { type Agents, agentsOf, BASES, textOf } from "./agents-calling.ts";
import { emulatorOf } from "./asking.ts";
import { fileOf, formOf, type Json } from "./calling.ts";

const HANDBOOK = `Opening hours. The office opens at nine in the morning and closes at six in the evening.

Holidays. Every employee has thirty days of holidays in a year. Unused days are lost in March.

Parking. Bicycles may be parked in the yard, cars behind the house.`;

async function uploaded(emulator: Emulator): Promise<string> {
  const response = await emulator.fetch("http://emulator.test/api/projects/p/files?api-version=v1", {
    method: "POST",
    headers: { authorization: "Bearer emulator-key" },
    body: formOf({ purpose: "assistants", file: fileOf(HANDBOOK, "handbook.md") }),
  });
  const file = (await response.json()) as Json;
  if (response.status !== 200) throw new Error(JSON.stringify(file));
  return file.id;
}

const tools = [{ type: "file_search" }];

interface Searching {
  readonly agents: Agents;
  readonly fileId: string;
  readonly storeId: string;
}

async function searching(): Promise<Searching> {
  const emulator = emulatorOf();
  const agents = agentsOf(emulator);
  const fileId = await uploaded(emulator);
  const { id: storeId } = await agents.ok("/vector_stores", {
    json: { name: "handbook", file_ids: [fileId] },
  });
  return { agents, fileId, storeId };
}

async function run(agents: Agents, path: string, body: Record<string, unknown>): Promise<Json> {
  const made = await agents.ok(`${path}/runs`, { json: body });
  const done = (await agents.watch(made)).at(-1);
  const { data: messages } = await agents.ok(`${path}/messages?limit=1`);
  const { data: steps } = await agents.ok(`${path}/runs/${made.id}/steps?order=asc`);
  return { ...done, path: `${path}/runs/${made.id}`, message: messages[0], steps };
}

const INCLUDE = "include[]=step_details.tool_calls[*].file_search.results[*].content";

describe("a run that searches files", () => {
  test("quotes them, marks the places and shows what it found", async () => {
    const { agents, fileId, storeId } = await searching();
    const tool_resources = { file_search: { vector_store_ids: [storeId] } };
    const { id: assistant_id } = await agents.agent({ tools, tool_resources });
    const { id } = await agents.thread("How many days of holidays does an employee have?");
    const { message, steps, path, status } = await run(agents, `/threads/${id}`, { assistant_id });
    expect(status).toBe("completed");
    const text = textOf(message);
    expect(text).toContain("thirty days of holidays");
    const { annotations } = message.content[0].text;
    expect(annotations.length).toBeGreaterThan(0);
    for (const annotation of annotations) {
      expect(annotation).toMatchObject({ type: "file_citation", file_citation: { file_id: fileId } });
      expect(text.slice(annotation.start_index, annotation.end_index)).toBe(annotation.text);
      expect(HANDBOOK).toContain(annotation.file_citation.quote);
    }
    expect(steps).toMatchObject([
      { type: "tool_calls", status: "completed", step_details: { tool_calls: [{ type: "file_search" }] } },
      { type: "message_creation" },
    ]);
    const [result] = steps[0].step_details.tool_calls[0].file_search.results;
    expect(result).toMatchObject({ file_id: fileId, file_name: "handbook.md", score: expect.any(Number) });
    expect(result.content).toBeUndefined();
    const shown = (await agents.ok(`${path}/steps?order=asc&${INCLUDE}`)).data[0];
    expect(shown.step_details.tool_calls[0].file_search.results[0].content[0].text).toContain("holidays");
    expect(await agents.ok(`${path}/steps/${shown.id}?${INCLUDE}`)).toEqual(shown);
    expect((await agents.refused(`${path}/steps?include[]=all`)).status).toBe(400);
  });

  test("streams the marks with the text that they belong to", async () => {
    const { agents, storeId } = await searching();
    const tool_resources = { file_search: { vector_store_ids: [storeId] } };
    const { id: assistant_id } = await agents.agent({ tools, tool_resources });
    const thread = { messages: [{ role: "user", content: "When does the office open?" }] };
    const events = await agents.events(`/threads/runs?${INCLUDE}`, { assistant_id, thread });
    const searched = events.find(({ name }) => name === "thread.run.step.completed")?.data;
    expect(searched.step_details.tool_calls[0].file_search.results[0].content).toHaveLength(1);
    const marked = events
      .filter(({ name }) => name === "thread.message.delta")
      .map(({ data }) => data.delta.content[0].text)
      .filter(({ annotations }) => annotations !== undefined);
    expect(marked.length).toBeGreaterThan(0);
    for (const [index, { value, annotations }] of marked.entries()) {
      expect(annotations).toMatchObject([{ index, type: "file_citation", text: value }]);
    }
  });

  test.each([
    [
      "its own resources",
      (store: string) => ({ tool_resources: { file_search: { vector_store_ids: [store] } } }),
    ],
    [
      "a store made for it",
      (_store: string, file: string) => ({
        tool_resources: { file_search: { vector_stores: [{ file_ids: [file] }] } },
      }),
    ],
    ["an attachment", (_store: string, file: string) => ({ attach: file })],
  ])("finds what the thread has by %s", async (_name, how) => {
    const { agents, fileId, storeId } = await searching();
    const { id: assistant_id } = await agents.agent({ tools });
    const { tool_resources, attach } = how(storeId, fileId) as Json;
    const attachments = attach === undefined ? [] : [{ file_id: attach, tools }];
    const messages = [{ role: "user", content: "Where may bicycles be parked?", attachments }];
    const thread = await agents.ok("/threads", { json: { messages, tool_resources } });
    const read = await agents.ok(`/threads/${thread.id}`);
    expect(read.tool_resources.file_search.vector_store_ids).toHaveLength(1);
    const { message } = await run(agents, `/threads/${thread.id}`, { assistant_id });
    expect(textOf(message)).toContain("Bicycles may be parked in the yard");
  });

  test("finds what several messages have brought, in one store", async () => {
    const { agents, fileId } = await searching();
    const { id: assistant_id } = await agents.agent({ tools });
    const attached = (content: string): Json => ({
      role: "user",
      content,
      attachments: [{ file_id: fileId, tools }],
    });
    const messages = [attached("first"), attached("When does the office open?")];
    const thread = await agents.ok("/threads", { json: { messages } });
    expect(thread.tool_resources.file_search.vector_store_ids).toHaveLength(1);
    const { message } = await run(agents, `/threads/${thread.id}`, { assistant_id });
    expect(textOf(message)).toContain("opens at nine");
  });

  test("searches a store of the run's own and one of its thread", async () => {
    const { agents, fileId, storeId } = await searching();
    const { id: assistant_id } = await agents.agent({ tools });
    const made = { file_search: { vector_stores: [{ name: "x", file_ids: [fileId] }] } };
    const messages = [{ role: "user", content: "Where may bicycles be parked?" }];
    const json = { assistant_id, tool_resources: made, thread: { messages, tool_resources: made } };
    const started = await agents.ok("/threads/runs", { json });
    const thread = await agents.ok(`/threads/${started.thread_id}`);
    const ids = [started, thread].map(({ tool_resources }) => tool_resources.file_search.vector_store_ids[0]);
    expect(new Set([...ids, storeId]).size).toBe(3);
    await agents.watch(started);
    const { data } = await agents.ok(`/threads/${thread.id}/messages?limit=1`);
    expect(textOf(data[0])).toContain("Bicycles may be parked in the yard");
  });

  const silent: [string, string, Record<string, unknown>, number][] = [
    ["an echo", "echo holidays", {}, 0],
    ["no tool choice", "How many holidays?", { tool_choice: "none" }, 0],
    ["another tool", "How many holidays?", { tools: [{ type: "code_interpreter" }] }, 0],
    ["another subject", "qwertz?", {}, 1],
  ];
  test.each(silent)("answers without the files: %s", async (_name, question, body, searches) => {
    const { agents, storeId } = await searching();
    const tool_resources = { file_search: { vector_store_ids: [storeId] } };
    const { id: assistant_id } = await agents.agent({ tools, tool_resources });
    const { id } = await agents.thread(question);
    const { message, steps } = await run(agents, `/threads/${id}`, { assistant_id, ...body });
    expect(message.content[0].text.annotations).toEqual([]);
    expect(steps).toHaveLength(searches + 1);
  });

  test("searches when it must, and says what it has found", async () => {
    const { agents, storeId } = await searching();
    const tool_resources = { file_search: { vector_store_ids: [storeId] } };
    const { id: assistant_id } = await agents.agent({ tools, tool_resources });
    const { id } = await agents.thread("Say what is in the documents");
    const { steps } = await run(agents, `/threads/${id}`, {
      assistant_id,
      tool_choice: { type: "file_search" },
    });
    expect(steps[0].step_details.tool_calls[0].type).toBe("file_search");
  });
});

describe.each(BASES)("files at the base %s", (base) => {
  test("are not those of another project", async () => {
    const emulator = emulatorOf();
    const mine = agentsOf(emulator, base);
    const fileId = await uploaded(emulator);
    const content = "x";
    const attachments = [{ file_id: fileId, tools }];
    const { id } = await mine.thread("hello");
    const json = { role: "user", content, attachments };
    const response = await mine.ask(`/threads/${id}/messages`, { json });
    expect(response.status).toBe(base === "current" ? 200 : 404);
  });
});

describe("today's agents", () => {
  const definition = { kind: "prompt", model: "gpt-4.1", instructions: "Answer as JSON." };

  async function respond(emulator: Emulator, body: Record<string, unknown>): Promise<Response> {
    return emulator.fetch("http://emulator.test/api/projects/p/openai/v1/responses", {
      method: "POST",
      headers: { authorization: "Bearer emulator-key", "content-type": "application/json" },
      body: JSON.stringify({ input: "echo hello", ...body }),
    });
  }

  test.each(["agent", "agent_reference"])("answer by their name in `%s`", async (member) => {
    const emulator = emulatorOf();
    const { ok } = agentsOf(emulator);
    await ok("/agents", { json: { name: "helper", definition } });
    const reference = { type: "agent_reference", name: "helper" };
    const response = await respond(emulator, { [member]: reference });
    const body = (await response.json()) as Json;
    expect([response.status, body.model]).toEqual([200, "gpt-4.1-2025-04-14"]);
    expect(body).toMatchObject({ instructions: "Answer as JSON.", agent: reference });
    expect(JSON.parse(body.output.at(-1).content[0].text)).toMatchObject({ answer: "hello" });
  });

  test("are refused by a name that nobody has, and elsewhere", async () => {
    const emulator = emulatorOf();
    const agent = { type: "agent_reference", name: "nobody" };
    expect((await respond(emulator, { agent })).status).toBe(404);
    expect((await respond(emulator, { agent: { type: "agent_reference" } })).status).toBe(400);
    const elsewhere = await emulator.fetch("http://emulator.test/v1/responses", {
      method: "POST",
      headers: { "api-key": "emulator-key", "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-4.1", input: "x", agent }),
    });
    expect(elsewhere.status).toBe(400);
  });
});
