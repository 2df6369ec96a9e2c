// Agents of a project endpoint: the rows of test/agents, and the same calls on @azure/ai-agents.
import { AgentsClient as Official } from "@azure/ai-agents";
import { AgentsClient } from "../../../src/projects/index.ts";
import { ROWS } from "../../../test/agents/rows.ts";
import { AZURE_PIPELINE, group } from "../group.ts";
import { credential } from "../recorder.ts";

const PROJECT = "https://account.example/api/projects/p";
const PAGE = { limit: 5, order: "asc", after: "a", before: "b" } as const;
const metadata = { team: "a&b" };
const include: ["step_details.tool_calls[*].file_search.results[*].content"] = [
  "step_details.tool_calls[*].file_search.results[*].content",
];
const OUTPUTS = [{ type: "function", toolCallId: "call_1", output: "42" }] as const;
const first = (items: AsyncIterable<unknown>) => items[Symbol.asyncIterator]().next();
const upload = (c: Official, fileName: string) =>
  // Its types ask for streams, its code takes blobs.
  c.files.upload(new Blob(["# Prices"]) as unknown as ReadableStream, "assistants", { fileName });

/** The same as the row of that name. */
const THEIRS: Record<string, (client: Official) => PromiseLike<unknown>> = {
  createAgent: (c) =>
    c.createAgent("m", { name: "n", description: null, tools: [{ type: "code_interpreter" }], metadata }),
  listAgents: (c) => first(c.listAgents(PAGE)),
  getAgent: (c) => c.getAgent("asst/1"),
  updateAgent: (c) => c.updateAgent("asst_1", { instructions: "Be brief.", temperature: 0 }),
  deleteAgent: (c) => c.deleteAgent("asst_1"),
  createThread: (c) => c.threads.create({ messages: [{ role: "user", content: "Hi" }], metadata }),
  getThread: (c) => c.threads.get("t"),
  updateThread: (c) => c.threads.update("t", { metadata: null }),
  deleteThread: (c) => c.threads.delete("t"),
  listThreads: (c) => first(c.threads.list(PAGE)),
  createMessage: (c) =>
    c.messages.create("t", "user", "Hi", {
      attachments: [{ fileId: "file_1", tools: [{ type: "file_search" }] }],
    }),
  listMessages: (c) => first(c.messages.list("t", { runId: "r", ...PAGE })),
  getMessage: (c) => c.messages.get("t", "m"),
  updateMessage: (c) => c.messages.update("t", "m", { metadata }),
  createRun: async (c) => c.runs.create("t", "a", { maxPromptTokens: null, include }),
  createAndProcessRun: async (c) => c.runs.createAndPoll("t", "a", { include }).pollUntilDone(),
  createStream: (c) => c.runs.create("t", "a", { parallelToolCalls: false, include }).stream(),
  createThreadAndRun: async (c) =>
    c.runs.createThreadAndRun("a", {
      thread: { messages: [{ role: "user", content: "Hi" }] },
      toolResources: { fileSearch: { vectorStoreIds: ["vs"] } },
    }),
  createThreadAndRunStream: (c) => c.runs.createThreadAndRun("a").stream(),
  listRuns: (c) => first(c.runs.list("t", PAGE)),
  getRun: (c) => c.runs.get("t", "r"),
  updateRun: (c) => c.runs.update("t", "r", { metadata }),
  cancelRun: (c) => c.runs.cancel("t", "r"),
  submitToolOutputsToRun: async (c) => c.runs.submitToolOutputs("t", "r", [...OUTPUTS]),
  submitToolOutputsToStream: (c) => c.runs.submitToolOutputs("t", "r", [...OUTPUTS]).stream(),
  listRunSteps: (c) => first(c.runSteps.list("t", "r", { include, ...PAGE })),
  getRunStep: (c) => c.runSteps.get("t", "r", "s", { include }),
  listFiles: (c) => c.files.list({ purpose: "assistants" }),
  uploadFile: (c) => upload(c, "prices.md"),
  uploadFileAndPoll: (c) => upload(c, "list.md"),
  getFile: (c) => c.files.get("f"),
  deleteFile: (c) => c.files.delete("f"),
  getFileContent: async (c) => c.files.getContent("f"),
  listVectorStores: (c) => first(c.vectorStores.list(PAGE)),
  createVectorStore: (c) =>
    c.vectorStores.create({ name: "n", fileIds: ["f"], chunkingStrategy: { type: "auto" } }),
  createVectorStoreAndPoll: (c) => c.vectorStores.createAndPoll().pollUntilDone(),
  getVectorStore: (c) => c.vectorStores.get("v"),
  modifyVectorStore: (c) =>
    c.vectorStores.update("v", { expiresAfter: { anchor: "last_active_at", days: 1 } }),
  deleteVectorStore: (c) => c.vectorStores.delete("v"),
  listVectorStoreFiles: (c) => first(c.vectorStoreFiles.list("v", { filter: "failed", ...PAGE })),
  createVectorStoreFile: (c) =>
    c.vectorStoreFiles.create("v", {
      dataSource: { assetIdentifier: "azureml://x", assetType: "uri_asset" as never },
    }),
  createVectorStoreFileAndPoll: async (c) => c.vectorStoreFiles.createAndPoll("v", { fileId: "f" }).poll(),
  getVectorStoreFile: (c) => c.vectorStoreFiles.get("v", "f"),
  deleteVectorStoreFile: (c) => c.vectorStoreFiles.delete("v", "f"),
  createVectorStoreFileBatch: (c) => c.vectorStoreFileBatches.create("v", { fileIds: ["f", "g"] }),
  createVectorStoreFileBatchAndPoll: async (c) =>
    c.vectorStoreFileBatches.createAndPoll("v", { fileIds: ["f"] }).poll(),
  getVectorStoreFileBatch: (c) => c.vectorStoreFileBatches.get("v", "b"),
  cancelVectorStoreFileBatch: (c) => c.vectorStoreFileBatches.cancel("v", "b"),
  listVectorStoreFileBatchFiles: (c) =>
    first(c.vectorStoreFileBatches.list("v", "b", { filter: "completed", ...PAGE })),
};

const NOT_STREAMED = { "body.stream": "says `stream: false`, as the document does, where it's left out" };
const INCLUDE_NAME = "the query is named `include[]`, as the wire wants it; theirs encodes the name twice";
const INCLUDE = { "query include[]": INCLUDE_NAME, "query include%5B%5D": INCLUDE_NAME };
const TYPED = { "form file": "the type of the file goes along" };

/** Where the two differ, and why. */
const BECAUSE: Record<string, Record<string, string>> = {
  createRun: { ...INCLUDE, ...NOT_STREAMED },
  createAndProcessRun: { ...INCLUDE, ...NOT_STREAMED },
  createStream: INCLUDE,
  createThreadAndRun: NOT_STREAMED,
  listRunSteps: INCLUDE,
  getRunStep: INCLUDE,
  uploadFile: TYPED,
  uploadFileAndPoll: {
    ...TYPED,
    "form filename": "a name that was given is a part of its own, too, as document 004 has it",
  },
};

const ABSENT: Record<string, string> = { saveFile: "it's `getFileContent`, and what is done with it" };

export const agents = group({
  title: "Agents of a project endpoint",
  ours: "`AgentsClient`",
  sdk: "@azure/ai-agents",
  theirs: "`AgentsClient`",
  clients: (target) => ({
    ours: new AgentsClient(PROJECT, credential, { maxRetries: 0, fetch: target.fetch }),
    theirs: new Official(PROJECT, credential, target.pipeline),
  }),
  everywhere: AZURE_PIPELINE,
  rows: Object.entries(ROWS).map(([name, { call, answer }]) => ({
    name,
    ours: call,
    theirs: THEIRS[name],
    absent: ABSENT[name],
    answer,
    because: BECAUSE[name],
  })),
});
