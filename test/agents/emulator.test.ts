// The client against the emulator, end to end, at both bases of the agents service.
import { createEmulator } from "latchkey/emulator";
import {
  AgentsClient,
  codeInterpreterTool,
  fileCitations,
  fileSearchTool,
  functionTool,
  lastMessageByRole,
  messageText,
  NotFoundError,
  ToolSet,
} from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { drain, failureOf } from "../service.ts";

const BASES = [
  ["today's", "/api/projects/p", "v1"],
  [
    "that of connection strings",
    "/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/p",
    "2024-12-01-preview",
  ],
] as const;
const FAST = { intervalMs: 5, timeoutMs: 20_000 };

describe.each(BASES)("%s base", (_, base, apiVersion) => {
  const emulator = createEmulator({ paceMs: 0, stageMs: 0 });
  const agents = new AgentsClient(`https://emulator.example${base}`, async () => "emulator-key", {
    fetch: emulator.fetch,
    apiVersion,
    maxRetries: 0,
  });
  const asked = async (content: string) =>
    agents.createThread({ messages: [{ role: "user", content }], metadata: { a: "b" } });

  test("agents: made, listed, changed, deleted", async () => {
    const { id } = await agents.createAgent({
      model: "gpt-4.1",
      name: "one",
      tools: codeInterpreterTool().definitions,
    });
    await agents.createAgent({ model: "gpt-4.1", name: "two" });
    const names: (string | null)[] = [];
    for await (const { name } of agents.listAgents({ limit: 1 })) names.push(name);
    expect(names).toEqual(["two", "one"]);
    expect(await agents.updateAgent(id, { instructions: "Be brief." })).toMatchObject({
      id,
      name: "one",
      instructions: "Be brief.",
    });
    expect(await agents.deleteAgent(id)).toEqual({ id, object: "assistant.deleted", deleted: true });
    expect(await failureOf(agents.getAgent(id))).toBeInstanceOf(NotFoundError);
  });

  test("a thread, a run, its message and its steps", async () => {
    const agent = await agents.createAgent({ model: "gpt-4.1" });
    const thread = await asked("Echo: hello there");
    const states: string[] = [];
    const run = await agents.createAndProcessRun(
      thread.id,
      { assistant_id: agent.id },
      { ...FAST, onProgress: ({ status }) => states.push(status) },
    );
    expect(run.status).toBe("completed");
    expect(states.at(-1)).toBe("completed");
    const { data } = await agents.listMessages(thread.id, { run_id: run.id });
    expect(data).toHaveLength(1);
    expect(messageText(lastMessageByRole(data, "assistant")!)).toContain("hello there");
    const steps = (await agents.listRunSteps(thread.id, run.id)).data;
    expect(steps).toMatchObject([{ type: "message_creation", status: "completed" }]);
    expect(await agents.getRunStep(thread.id, run.id, steps[0]!.id)).toMatchObject({ id: steps[0]!.id });
    const [message] = data;
    expect(await agents.updateMessage(thread.id, message!.id, { metadata: { seen: "yes" } })).toMatchObject({
      metadata: { seen: "yes" },
    });
    expect((await agents.listRuns(thread.id)).data).toMatchObject([{ id: run.id }]);
    expect((await agents.deleteThread(thread.id)).deleted).toBe(true);
  });

  test("the same as a stream: what is put together is what the service keeps", async () => {
    const agent = await agents.createAgent({ model: "gpt-4.1" });
    const thread = await asked("Echo: hello there");
    const stream = await agents.createStream(thread.id, { assistant_id: agent.id });
    const text = (await drain(stream.text())).items.join("");
    const { run, messages, steps } = await stream.final();
    expect(run.status).toBe("completed");
    expect(text).toBe(messageText(messages[0]!));
    expect(messages).toEqual((await agents.listMessages(thread.id, { run_id: run.id })).data);
    expect(steps.map(({ id }) => id)).toEqual(
      (await agents.listRunSteps(thread.id, run.id, { order: "asc" })).data.map(({ id }) => id),
    );
  });

  test("functions are called, whole and streamed", async () => {
    const calls: unknown[] = [];
    const weather = functionTool({
      name: "get_weather",
      description: "The weather in a city.",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      execute: (args) => {
        calls.push(args);
        return { sky: "clear", degrees: 21 };
      },
    });
    const toolSet = new ToolSet(weather);
    const agent = await agents.createAgent({ model: "gpt-4.1" }, { toolSet });
    const thread = await asked("What is the weather in Paris?");
    const run = await agents.createAndProcessRun(thread.id, { assistant_id: agent.id }, FAST);
    expect(run.status).toBe("completed");
    expect(calls).toHaveLength(1);
    const other = await asked("What is the weather in Paris?");
    const stream = await agents.createStream(other.id, { assistant_id: agent.id });
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items.filter(({ event }) => event === "done")).toHaveLength(2);
    const { run: streamed, steps, messages } = await stream.final();
    expect(streamed.status).toBe("completed");
    expect(steps.map(({ type }) => type)).toEqual(["tool_calls", "message_creation"]);
    expect(steps[0]).toMatchObject({
      status: "completed",
      step_details: {
        tool_calls: [{ function: { name: "get_weather", output: '{"sky":"clear","degrees":21}' } }],
      },
    });
    expect(messageText(messages.at(-1)!)).toBeTruthy();
    expect(calls).toHaveLength(2);
  });

  test("a thread and its run at once, as a stream", async () => {
    const agent = await agents.createAgent({ model: "gpt-4.1" });
    const thread = { messages: [{ role: "user" as const, content: "Echo: at once" }] };
    const stream = await agents.createThreadAndRunStream({ assistant_id: agent.id, thread });
    const result = await stream.untilDone();
    expect(result.thread?.id).toBe(result.run.thread_id);
    expect(messageText(result.messages[0]!)).toContain("at once");
    const run = await agents.createThreadAndRun({ assistant_id: agent.id, thread });
    expect(run.object).toBe("thread.run");
  });

  test("a file, a vector store, a search with citations", async () => {
    const file = new File(["# Prices\n\nA quokka plush costs 42 euros.\n"], "prices.md", {
      type: "text/markdown",
    });
    const uploaded = await agents.uploadFileAndPoll({ file, purpose: "assistants" }, FAST);
    expect(uploaded).toMatchObject({ filename: "prices.md", status: "processed" });
    const files: string[] = [];
    for await (const { id } of agents.listFiles()) files.push(id);
    expect(files).toContain(uploaded.id);
    expect(await (await agents.getFileContent(uploaded.id)).text()).toContain("quokka");
    const store = await agents.createVectorStoreAndPoll({ name: "prices", file_ids: [uploaded.id] }, FAST);
    expect(store).toMatchObject({ status: "completed", file_counts: { completed: 1 } });
    const toolSet = new ToolSet(fileSearchTool({ vector_store_ids: [store.id] }));
    const agent = await agents.createAgent({ model: "gpt-4.1" }, { toolSet });
    const thread = await asked("How much does a quokka plush cost?");
    const run = await agents.createAndProcessRun(thread.id, { assistant_id: agent.id }, FAST);
    expect(run.status).toBe("completed");
    const { data } = await agents.listMessages(thread.id, { run_id: run.id });
    expect(fileCitations(lastMessageByRole(data, "assistant")!)).toMatchObject([
      { file_citation: { file_id: uploaded.id } },
    ]);
  });

  test("batches and files of a store", async () => {
    const upload = (name: string) =>
      agents.uploadFile({ file: new File([`About ${name}.`], `${name}.txt`), purpose: "assistants" });
    const [one, two] = [await upload("one"), await upload("two")];
    const store = await agents.createVectorStore({ name: "s" });
    const batch = await agents.createVectorStoreFileBatchAndPoll(store.id, { file_ids: [one.id] }, FAST);
    expect(batch).toMatchObject({ status: "completed", file_counts: { total: 1 } });
    const put = await agents.createVectorStoreFileAndPoll(store.id, { file_id: two.id }, FAST);
    expect(put.status).toBe("completed");
    const ids: string[] = [];
    for await (const { id } of agents.listVectorStoreFiles(store.id, { limit: 1 })) ids.push(id);
    expect(ids.sort()).toEqual([one.id, two.id].sort());
    const inBatch = await agents.listVectorStoreFileBatchFiles(store.id, batch.id);
    expect(inBatch.data).toMatchObject([{ id: one.id }]);
    expect((await agents.deleteVectorStoreFile(store.id, two.id)).deleted).toBe(true);
    expect((await agents.modifyVectorStore(store.id, { name: "t" })).name).toBe("t");
    expect((await agents.deleteVectorStore(store.id)).deleted).toBe(true);
    expect((await agents.deleteFile(one.id)).deleted).toBe(true);
  });
});
