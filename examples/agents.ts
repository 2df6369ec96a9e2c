// Makes an agent, asks it about a file and for a function of this program, and finds a run again whose stream has ended too early.
// In Node 22.18 or newer, which runs TypeScript as it is, and in Deno. Start something to talk to, then run it:
//   npx latchkey emulator
//   node examples/agents.ts http://127.0.0.1:8788/api/projects/demo emulator-key
//   deno run --allow-net examples/agents.ts http://127.0.0.1:8788/api/projects/demo emulator-key
// The address may as well be your worker's (https://…workers.dev/api/projects/<name>) with a key from
// `npx latchkey key <name>`. Azure itself takes no key: give the client a credential of @azure/identity in its place.
import {
  AIProjectClient,
  fileCitations,
  fileSearchTool,
  functionTool,
  LatchkeyError,
  messageText,
  type ThreadRun,
  ToolSet,
  textOfDelta,
} from "latchkey/projects";

const [endpoint, key] = process.argv.slice(2);
if (endpoint === undefined || key === undefined) throw new Error("usage: agents.ts <project endpoint> <key>");

const project = new AIProjectClient(endpoint, { key });
const { agents } = project;

// A file that the agent can search.
const file = new File(["# Prices\n\nA croissant costs 2 euro 40.\n"], "prices.md");
const { id: fileId } = await agents.uploadFile({ file, purpose: "assistants" });
const store = await agents.createVectorStoreAndPoll({ name: "prices", file_ids: [fileId] });
console.log(`searchable: ${store.file_counts.completed} of ${store.file_counts.total}`);

// A function that the agent can call; the client answers the calls by the tool set that the agent was made with.
const weather = functionTool({
  name: "get_weather",
  description: "The weather in a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  execute: ({ city }: { city: string }) => `Sunny in ${city}`,
});
const toolSet = new ToolSet([weather, fileSearchTool({ vector_store_ids: [store.id] })]);
const agent = await agents.createAgent({ model: "gpt-4.1", instructions: "Help customers." }, { toolSet });
const thread = await agents.createThread();

// Polled: the run is over when this is done; how it ended is its status.
await agents.createMessage(thread.id, { role: "user", content: "What does a croissant cost?" });
const run = await agents.createAndProcessRun(thread.id, { assistant_id: agent.id });
if (run.status !== "completed") throw new Error(`The run is ${run.status}: ${run.last_error?.code}`);
const [answer] = (await agents.listMessages(thread.id, { run_id: run.id })).data;
if (!answer) throw new Error("The run wrote no message.");
console.log(messageText(answer));
for (const { text, file_citation } of fileCitations(answer))
  console.log(`${text} is ${file_citation.file_id}`);

// Streamed: the call, its answer and what the agent makes of it come in one loop.
await agents.createMessage(thread.id, { role: "user", content: "What is the weather in Paris?" });
const stream = await agents.createStream(thread.id, { assistant_id: agent.id });
let text = "";
for await (const { event, data } of stream) {
  if (event === "thread.message.delta") text += textOfDelta(data);
  if (event === "thread.run.step.completed") console.log(`step: ${data.type}`);
}
console.log(text);

// A stream that ends too early, cut or left as here, ends the telling and not the run: its id finds it again.
await agents.createMessage(thread.id, { role: "user", content: "Write 100 words about bees." });
const left = await agents.createStream(thread.id, { assistant_id: agent.id });
try {
  for await (const _ of left.text()) left.abort();
} catch (error) {
  if (!LatchkeyError.is(error)) throw error;
  console.log(`caught: ${error.kind}`);
}
const { run: begun } = left.snapshot; // the error's `partial` has it, too
if (begun) console.log(`found again: ${(await ended(begun)).status}`);

// What was made stays until it's deleted.
await agents.deleteVectorStore(store.id);
await agents.deleteFile(fileId);
await agents.deleteThread(thread.id);
await agents.deleteAgent(agent.id);

/** Asks for a run until it's over, or waits for something that only this program can give. */
async function ended({ thread_id, id }: ThreadRun): Promise<ThreadRun> {
  for (;;) {
    const now = await agents.getRun(thread_id, id);
    if (!/^(queued|in_progress|cancelling)$/.test(now.status)) return now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
