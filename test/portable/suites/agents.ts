// Agents against the emulator: their objects, runs whole and streamed, functions, files that are searched, and faults.
// A project of its own for each test, at the base of today or, where it says so, at that of connection strings.
import {
  codeInterpreterTool,
  fileCitations,
  fileSearchTool,
  functionTool,
  lastMessageByRole,
  messageText,
  NotFoundError,
  ToolSet,
  textOfDelta,
} from "latchkey/projects";
import { all, drain, readBroken } from "../bodies.ts";
import { agentsAt, scenario } from "../clients.ts";
import { contains, equal, fails, has, ok } from "../expect.ts";
import { type Service, Suite } from "../harness.ts";

export const agents: Suite = new Suite("agents");

const FAST = { intervalMs: 5, timeoutMs: 10_000 };

async function begun(service: Service, content: string, options: { era?: boolean; toolSet?: ToolSet } = {}) {
  const { era = false, toolSet } = options;
  const client = agentsAt(service, { era });
  const { id } = await client.createAgent({ model: "gpt-4.1" }, toolSet === undefined ? {} : { toolSet });
  const thread = await client.createThread({ messages: [{ role: "user", content }] });
  return { client, threadId: thread.id, body: { assistant_id: id } };
}

for (const era of [false, true]) {
  const at = era ? "connection string" : "endpoint";

  agents.both(`agents by ${at}: made, listed, changed, deleted`, async (service) => {
    const client = agentsAt(service, { era });
    const tools = codeInterpreterTool().definitions;
    const { id } = await client.createAgent({ model: "gpt-4.1", name: "one", tools });
    await client.createAgent({ model: "gpt-4.1", name: "two" });
    equal(
      (await all(client.listAgents({ limit: 1 }))).map(({ name }) => name),
      ["two", "one"],
    );
    has(await client.updateAgent(id, { instructions: "Be brief." }), { id, instructions: "Be brief." });
    equal((await client.deleteAgent(id)).deleted, true);
    await fails(client.getAgent(id), { name: NotFoundError.name });
  });

  agents.both(`a run by ${at}, its message and its steps`, async (service) => {
    const { client, threadId, body } = await begun(service, "Echo: hello there", { era });
    const run = await client.createAndProcessRun(threadId, body, FAST);
    equal(run.status, "completed");
    const { data } = await client.listMessages(threadId, { run_id: run.id });
    contains(messageText(lastMessageByRole(data, "assistant")!), "hello there");
    const steps = (await client.listRunSteps(threadId, run.id)).data;
    has(steps, [{ type: "message_creation", status: "completed" }]);
    has((await client.listRuns(threadId)).data, [{ id: run.id }]);
  });

  agents.both(`a run by ${at} as a stream is what the service keeps`, async (service) => {
    const { client, threadId, body } = await begun(service, "Echo: hello there", { era });
    const stream = await client.createStream(threadId, body);
    const text = (await all(stream.text())).join("");
    const { run, messages } = await stream.final();
    equal(run.status, "completed");
    equal(messageText(messages[0]!), text);
    equal(messages, (await client.listMessages(threadId, { run_id: run.id })).data);
  });
}

agents.both("threads: made, changed, deleted", async (service) => {
  const client = agentsAt(service);
  const { id } = await client.createThread({ metadata: { a: "b" } });
  equal((await client.getThread(id)).metadata, { a: "b" });
  equal((await client.updateThread(id, { metadata: { c: "d" } })).metadata, { c: "d" });
  equal((await client.deleteThread(id)).deleted, true);
  await fails(client.getThread(id), { status: 404 });
});

agents.both("messages: made, listed page by page in both orders, changed", async (service) => {
  const client = agentsAt(service);
  const { id } = await client.createThread();
  for (const content of ["one", "two", "three"]) await client.createMessage(id, { role: "user", content });
  const texts = async (order: "asc" | "desc") =>
    (await all(client.listMessages(id, { order, limit: 2 }))).map((message) => messageText(message));
  equal(await texts("asc"), ["one", "two", "three"]);
  equal(await texts("desc"), ["three", "two", "one"]);
  const { data } = await client.listMessages(id);
  const changed = await client.updateMessage(id, data[0]!.id, { metadata: { seen: "yes" } });
  equal(changed.metadata, { seen: "yes" });
});

agents.both("a thread and its run at once, whole and streamed", async (service) => {
  const client = agentsAt(service);
  const agent = await client.createAgent({ model: "gpt-4.1" });
  const thread = { messages: [{ role: "user" as const, content: "Echo: at once" }] };
  equal((await client.createThreadAndRun({ assistant_id: agent.id, thread })).object, "thread.run");
  const stream = await client.createThreadAndRunStream({ assistant_id: agent.id, thread });
  const result = await stream.untilDone();
  equal(result.thread?.id, result.run.thread_id);
  contains(messageText(result.messages[0]!), "at once");
});

agents.both("events in their order, with the text's pieces", async (service) => {
  const { client, threadId, body } = await begun(service, "Echo: in order");
  const events = await all(client.createStream(threadId, body));
  const names = events.map(({ event }) => event).filter((name, index, list) => name !== list[index - 1]);
  equal(names[0], "thread.run.created");
  equal(names.at(-1), "done");
  ok(names.indexOf("thread.message.delta") < names.indexOf("thread.message.completed"));
  const text = events.map(({ event, data }) => (event === "thread.message.delta" ? textOfDelta(data) : ""));
  contains(text.join(""), "in order");
});

const weather = (execute: (args: unknown) => unknown) =>
  functionTool({
    name: "get_weather",
    description: "The weather in a city.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    execute,
  });

agents.both("functions are called by a run", async (service) => {
  const calls: unknown[] = [];
  const toolSet = new ToolSet(weather((args) => void calls.push(args)));
  const { client, threadId, body } = await begun(service, "What is the weather in Paris?", { toolSet });
  const run = await client.createAndProcessRun(threadId, body, FAST);
  equal(run.status, "completed");
  equal(calls, [{ city: "Paris" }]);
});

agents.both("functions are called on the way of a stream, and one loop sees all", async (service) => {
  const toolSet = new ToolSet(weather(() => ({ sky: "clear" })));
  const { client, threadId, body } = await begun(service, "What is the weather in Paris?", { toolSet });
  const stream = await client.createStream(threadId, body);
  const events = await all(stream);
  equal(events.filter(({ event }) => event === "done").length, 2);
  const { run, steps } = await stream.final();
  equal(run.status, "completed");
  equal(
    steps.map(({ type }) => type),
    ["tool_calls", "message_creation"],
  );
  has(steps[0]?.step_details, { tool_calls: [{ function: { output: '{"sky":"clear"}' } }] });
});

agents.both("a function that throws is told to the model, and the run goes on", async (service) => {
  const toolSet = new ToolSet(
    weather(() => {
      throw new Error("no network");
    }),
  );
  const { client, threadId, body } = await begun(service, "What is the weather in Paris?", { toolSet });
  const { run, steps } = await (await client.createStream(threadId, body)).final();
  equal(run.status, "completed");
  contains(JSON.stringify(steps[0]), "no network");
});

agents.both("without a tool set the caller answers the calls", async (service) => {
  const client = agentsAt(service);
  const tools = new ToolSet(weather(() => "")).definitions;
  const agent = await client.createAgent({ model: "gpt-4.1", tools });
  const thread = await client.createThread({ messages: [{ role: "user", content: "Weather in Paris?" }] });
  const { run } = await (await client.createStream(thread.id, { assistant_id: agent.id })).final();
  equal(run.status, "requires_action");
  const action = run.required_action;
  ok(action?.type === "submit_tool_outputs");
  const tool_outputs = action.submit_tool_outputs.tool_calls.map(({ id }) => ({
    tool_call_id: id,
    output: "sunny",
  }));
  const going = await client.submitToolOutputsToStream(thread.id, run.id, { tool_outputs });
  equal((await going.final()).run.status, "completed");
});

agents.both(
  "a file, a vector store, and a search with citations",
  async (service) => {
    const client = agentsAt(service);
    const file = new File(["# Prices\n\nA quokka plush costs 42 euros.\n"], "prices.md", {
      type: "text/markdown",
    });
    const uploaded = await client.uploadFileAndPoll({ file, purpose: "assistants" }, FAST);
    has(uploaded, { filename: "prices.md", status: "processed" });
    contains(await (await client.getFileContent(uploaded.id)).text(), "quokka");
    const store = await client.createVectorStoreAndPoll({ name: "prices", file_ids: [uploaded.id] }, FAST);
    has(store, { status: "completed", file_counts: { completed: 1 } });
    const toolSet = new ToolSet(fileSearchTool({ vector_store_ids: [store.id] }));
    const agent = await client.createAgent({ model: "gpt-4.1" }, { toolSet });
    const thread = await client.createThread({
      messages: [{ role: "user", content: "How much does a quokka plush cost?" }],
    });
    const run = await client.createAndProcessRun(thread.id, { assistant_id: agent.id }, FAST);
    const { data } = await client.listMessages(thread.id, { run_id: run.id });
    has(fileCitations(lastMessageByRole(data, "assistant")!), [{ file_citation: { file_id: uploaded.id } }]);
  },
  "forms",
);

agents.both(
  "files of a vector store, and batches of them",
  async (service) => {
    const client = agentsAt(service);
    const upload = (name: string) =>
      client.uploadFile({ file: new File([`About ${name}.`], `${name}.txt`), purpose: "assistants" });
    const [one, two] = [await upload("one"), await upload("two")];
    const store = await client.createVectorStore({ name: "s" });
    const batch = await client.createVectorStoreFileBatchAndPoll(store.id, { file_ids: [one.id] }, FAST);
    has(batch, { status: "completed", file_counts: { total: 1 } });
    const put = await client.createVectorStoreFileAndPoll(store.id, { file_id: two.id }, FAST);
    equal(put.status, "completed");
    const listed = (await all(client.listVectorStoreFiles(store.id, { limit: 1 }))).map(({ id }) => id);
    equal(listed.sort(), [one.id, two.id].sort());
    equal((await client.deleteVectorStoreFile(store.id, two.id)).deleted, true);
    equal((await client.modifyVectorStore(store.id, { name: "t" })).name, "t");
    equal((await client.deleteVectorStore(store.id)).deleted, true);
  },
  "forms",
);

agents.both("two projects don't see each other's agents", async (service) => {
  const one = agentsAt({ ...service, name: `${service.name}-one` });
  const other = agentsAt({ ...service, name: `${service.name}-other` });
  const { id } = await one.createAgent({ model: "gpt-4.1" });
  await fails(other.getAgent(id), { status: 404 });
});

agents.both("a run is cancelled", async (service) => {
  const { client, threadId, body } = await begun(service, "Hello");
  const run = await client.createRun(threadId, body, scenario("run-stuck"));
  contains((await client.cancelRun(threadId, run.id)).status, /^cancell/);
});

const ENDS: [string, object][] = [
  ["run-failed", { status: "failed", last_error: { code: "rate_limit_exceeded" } }],
  ["run-incomplete", { status: "incomplete", incomplete_details: { reason: "max_completion_tokens" } }],
  ["run-expired", { status: "expired" }],
];
for (const [text, expected] of ENDS) {
  agents.both(`${text} is an answer, whole and streamed`, async (service) => {
    const { client, threadId, body } = await begun(service, "Tell me a story");
    has(await client.createAndProcessRun(threadId, body, { ...FAST, ...scenario(text) }), expected);
    const stream = await client.createStream(threadId, body, scenario(text));
    has((await stream.final()).run, expected);
  });
}

for (const text of ["cut;after=7", "cut-before-done", "half-event", "reset"]) {
  agents.both(`a stream with ${text} is truncated, and its run is found again`, async (service) => {
    const { client, threadId, body } = await begun(service, "Tell me a story");
    const { error, lost } = await readBroken(client.createStream(threadId, body, scenario(text)), text);
    if (lost) return;
    has(error, { kind: "truncated" });
    const { run } = (error as { partial: { run: { id: string } } }).partial;
    has(await client.getRun(threadId, run.id), { id: run.id, object: "thread.run" });
  });
}

for (const text of ["byte-per-write;bytes=50", "crlf", "bom", "done-open", "step-expires-at"]) {
  agents.both(`a stream with ${text} makes no difference`, async (service) => {
    const { client, threadId, body } = await begun(service, "Tell me a story");
    const stream = await client.createStream(threadId, body, scenario(text));
    equal((await stream.final()).run.status, "completed");
  });
}

agents.both("a run that is stuck ends at its deadline, whole and streamed", async (service) => {
  const { client, threadId, body } = await begun(service, "Hello");
  const options = { intervalMs: 5, timeoutMs: 150, ...scenario("run-stuck") };
  await fails(client.createAndProcessRun(threadId, body, options), { kind: "timeout", deadline: "total" });
  const other = await begun({ ...service, name: `${service.name}-2` }, "Hello");
  const stream = await other.client.createStream(other.threadId, other.body, {
    idleTimeoutMs: 150,
    ...scenario("run-stuck"),
  });
  has((await drain(stream)).error, { kind: "timeout", deadline: "idle" });
});

agents.both("functions that are called again and again end at maxSteps", async (service) => {
  const toolSet = new ToolSet(weather(() => "clear"));
  const { client, threadId, body } = await begun(service, "What is the weather in Paris?", { toolSet });
  const stream = await client.createStream(threadId, body, {
    maxSteps: 2,
    ...scenario("run-rounds;count=5"),
  });
  await fails(stream.final(), { kind: "output", reason: "steps" });
});

agents.both("unknown ids are what the service says", async (service) => {
  const client = agentsAt(service);
  const calls = [() => client.getRun("t", "r"), () => client.getFile("f"), () => client.getVectorStore("v")];
  for (const call of calls) await fails(call, { kind: "api", status: 404 });
});
