// Agents by connection string: the rows of test/agents, and the same calls on @azure/ai-projects 1.0.0-beta.3, where they
// were before they had a package of their own.
import { AIProjectsClient as Official } from "azure-ai-projects-1beta";
import { type AgentsClient, AIProjectClient } from "../../../src/projects/index.ts";
import { ROWS } from "../../../test/agents/rows.ts";
import { CONNECTION_STRING } from "../../../test/projects/recorder.ts";
import { AZURE_PIPELINE, group } from "../group.ts";
import { credential } from "../recorder.ts";

type Agents = Official["agents"];

const PAGE = { limit: 5, order: "asc", after: "a", before: "b" } as const;
const metadata = { team: "a&b" };
const OUTPUTS = [{ type: "function", toolCallId: "call_1", output: "42" }] as const;
const upload = (c: Agents, fileName: string) =>
  c.uploadFile(new Blob(["# Prices"]).stream() as never, "assistants", { fileName });

/** The same as the row of that name. */
const THEIRS: Record<string, (client: Agents) => PromiseLike<unknown>> = {
  createAgent: (c) =>
    c.createAgent("m", { name: "n", description: null, tools: [{ type: "code_interpreter" }], metadata }),
  listAgents: (c) => c.listAgents(PAGE),
  getAgent: (c) => c.getAgent("asst/1"),
  updateAgent: (c) => c.updateAgent("asst_1", { instructions: "Be brief.", temperature: 0 }),
  deleteAgent: (c) => c.deleteAgent("asst_1"),
  createThread: (c) => c.createThread({ messages: [{ role: "user", content: "Hi" }], metadata }),
  getThread: (c) => c.getThread("t"),
  updateThread: (c) => c.updateThread("t", { metadata: null }),
  deleteThread: (c) => c.deleteThread("t"),
  createMessage: (c) =>
    c.createMessage("t", {
      role: "user",
      content: "Hi",
      attachments: [{ fileId: "file_1", tools: [{ type: "file_search" }] }],
    }),
  listMessages: (c) => c.listMessages("t", { runId: "r", ...PAGE }),
  updateMessage: (c) => c.updateMessage("t", "m", { metadata }),
  createRun: async (c) => c.createRun("t", "a", { maxPromptTokens: null }),
  createStream: (c) => c.createRun("t", "a", { parallelToolCalls: false }).stream(),
  createThreadAndRun: async (c) =>
    c.createThreadAndRun("a", {
      thread: { messages: [{ role: "user", content: "Hi" }] },
      toolResources: { fileSearch: { vectorStoreIds: ["vs"] } },
    }),
  createThreadAndRunStream: (c) => c.createThreadAndRun("a").stream(),
  listRuns: (c) => c.listRuns("t", PAGE),
  getRun: (c) => c.getRun("t", "r"),
  updateRun: (c) => c.updateRun("t", "r", { metadata }),
  cancelRun: (c) => c.cancelRun("t", "r"),
  submitToolOutputsToRun: async (c) => c.submitToolOutputsToRun("t", "r", [...OUTPUTS]),
  submitToolOutputsToStream: (c) => c.submitToolOutputsToRun("t", "r", [...OUTPUTS]).stream(),
  listRunSteps: (c) => c.listRunSteps("t", "r", PAGE),
  getRunStep: (c) => c.getRunStep("t", "r", "s"),
  listFiles: (c) => c.listFiles({ purpose: "assistants" }),
  uploadFile: (c) => upload(c, "prices.md"),
  uploadFileAndPoll: (c) => upload(c, "list.md"),
  getFile: (c) => c.getFile("f"),
  deleteFile: (c) => c.deleteFile("f"),
  getFileContent: async (c) => c.getFileContent("f").asNodeStream(),
  listVectorStores: (c) => c.listVectorStores(PAGE as object),
  createVectorStore: async (c) =>
    c.createVectorStore({ name: "n", fileIds: ["f"], chunkingStrategy: { type: "auto" } }).poll(),
  createVectorStoreAndPoll: (c) => c.createVectorStoreAndPoll().pollUntilDone(),
  getVectorStore: (c) => c.getVectorStore("v"),
  modifyVectorStore: (c) => c.modifyVectorStore("v", { expiresAfter: { anchor: "last_active_at", days: 1 } }),
  deleteVectorStore: (c) => c.deleteVectorStore("v"),
  listVectorStoreFiles: (c) => c.listVectorStoreFiles("v", { filter: "failed", ...PAGE } as object),
  createVectorStoreFile: async (c) =>
    c
      .createVectorStoreFile("v", { dataSources: [{ uri: "azureml://x", type: "uri_asset" }] } as never)
      .poll(),
  createVectorStoreFileAndPoll: async (c) => c.createVectorStoreFileAndPoll("v", { fileId: "f" }).poll(),
  getVectorStoreFile: (c) => c.getVectorStoreFile("v", "f"),
  deleteVectorStoreFile: (c) => c.deleteVectorStoreFile("v", "f"),
  createVectorStoreFileBatch: async (c) => c.createVectorStoreFileBatch("v", { fileIds: ["f", "g"] }).poll(),
  createVectorStoreFileBatchAndPoll: async (c) =>
    c.createVectorStoreFileBatchAndPoll("v", { fileIds: ["f"] }).poll(),
  getVectorStoreFileBatch: (c) => c.getVectorStoreFileBatch("v", "b"),
  cancelVectorStoreFileBatch: (c) => c.cancelVectorStoreFileBatch("v", "b"),
  listVectorStoreFileBatchFiles: (c) =>
    c.listVectorStoreFileBatchFiles("v", "b", { filter: "completed", ...PAGE }),
};

const ABSENT: Record<string, string> = {
  listThreads: "came with today's service; a service of the era answers 404",
  getMessage: "its client of the era has none",
  createAndProcessRun: "it's `createRun`, then `getRun` until the run is done",
  saveFile: "it's `getFileContent`, and what is done with it",
};

const EVERYWHERE = {
  ...AZURE_PIPELINE,
  "query api-version": "the version of Python's clients, which the document is about",
  "header authorization":
    "the scope of Python's clients, which the document is about: the service's own, and not that of the control plane",
};
const INCLUDE = { "query include[]": "its client of the era has no `include`; Python's has" };
const NULL = "`null` takes a value away, which it can't";
const LOST = "its list of messages sends each of them as `run_id`";
const SOURCE = "one file has one source: `data_source`, as Python's clients and today's service have it";
const FILTER = { "query filter": "its client of the era has none; the service does" };

/** Where the two differ, and why. */
const BECAUSE: Record<string, Record<string, string>> = {
  createAgent: { "body.description": NULL },
  updateThread: { "body.metadata": NULL },
  createMessage: { "body.attachments": "it sends `fileId` as it is, which the service doesn't know" },
  listMessages: {
    "query run_id": LOST,
    "query limit": LOST,
    "query order": LOST,
    "query after": LOST,
    "query before": LOST,
  },
  listFiles: { "query purpose": "it checks the purpose and doesn't send it" },
  createRun: INCLUDE,
  createStream: {
    ...INCLUDE,
    "body.parallel_tool_calls": "its client of the era doesn't know the member; the service does",
  },
  listRunSteps: INCLUDE,
  getRunStep: INCLUDE,
  uploadFile: { "form file": "the type of the file goes along" },
  uploadFileAndPoll: {
    "form file": "the type of the file goes along",
    "form filename": "a name that was given is a part of its own, too, as document 004 has it",
  },
  getFileContent: { "header accept": "asks for bytes, which is what comes" },
  createVectorStoreFile: { "body.data_source": SOURCE, "body.data_sources": SOURCE },
  listVectorStoreFiles: FILTER,
};

export const eraAgents = group({
  title: "Agents by connection string",
  ours: "`AIProjectClient.fromConnectionString(…).agents`",
  sdk: "azure-ai-projects-1beta",
  theirs: "`AIProjectsClient.agents`",
  clients: ({ fetch, pipeline }) => ({
    // The rows are called on a client of agents: the same operations.
    ours: AIProjectClient.fromConnectionString(CONNECTION_STRING, credential, { maxRetries: 0, fetch })
      .agents as unknown as AgentsClient,
    theirs: Official.fromConnectionString(CONNECTION_STRING, credential, pipeline as object).agents,
  }),
  everywhere: EVERYWHERE,
  rows: Object.entries(ROWS).map(([name, { call, answer }]) => ({
    name,
    ours: call,
    theirs: THEIRS[name],
    absent: ABSENT[name],
    answer,
    because: BECAUSE[name],
  })),
});
