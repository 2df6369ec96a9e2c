// The operations of the agents service: how each is called, and what it must send.
import type { AgentsClient } from "latchkey/projects";
import { eventStream, json } from "../service.ts";
import { DONE, run, sse } from "./agents-service.ts";

export interface Row {
  call(client: AgentsClient): PromiseLike<unknown>;
  sends: `${"GET" | "POST" | "DELETE"} ${string}`;
  query?: string;
  body?: unknown;
  accept?: string;
  answer?(): Response;
}

const list = () => json({ object: "list", data: [], first_id: null, last_id: null, has_more: false });
const streamed = () => eventStream(sse("thread.run.completed", run("completed")) + DONE);
const completed = () => json(run("completed"));
const FILE = () => new File(["# Prices"], "prices.md", { type: "text/markdown" });
const PART = ["file", "prices.md", "text/markdown", "# Prices"];
const RESULTS = "step_details.tool_calls[*].file_search.results[*].content";
const INCLUDE = "include%5B%5D=step_details.tool_calls%5B*%5D.file_search.results%5B*%5D.content";
const PAGE = { limit: 5, order: "asc", after: "a", before: "b" } as const;
const PAGED = "limit=5&order=asc&after=a&before=b";
const OUTPUTS = { tool_outputs: [{ tool_call_id: "call_1", output: "42" }] };
const metadata = { team: "a&b" };

export const ROWS: Record<string, Row> = {
  createAgent: {
    call: (c) =>
      c.createAgent({
        model: "m",
        name: "n",
        description: null,
        tools: [{ type: "code_interpreter" }],
        metadata,
      }),
    sends: "POST /assistants",
    body: { model: "m", name: "n", description: null, tools: [{ type: "code_interpreter" }], metadata },
  },
  listAgents: { call: (c) => c.listAgents(PAGE), sends: "GET /assistants", query: PAGED, answer: list },
  getAgent: { call: (c) => c.getAgent("asst/1"), sends: "GET /assistants/asst%2F1" },
  updateAgent: {
    call: (c) => c.updateAgent("asst_1", { instructions: "Be brief.", temperature: 0 }),
    sends: "POST /assistants/asst_1",
    body: { instructions: "Be brief.", temperature: 0 },
  },
  deleteAgent: { call: (c) => c.deleteAgent("asst_1"), sends: "DELETE /assistants/asst_1" },
  createThread: {
    call: (c) => c.createThread({ messages: [{ role: "user", content: "Hi" }], metadata }),
    sends: "POST /threads",
    body: { messages: [{ role: "user", content: "Hi" }], metadata },
  },
  getThread: { call: (c) => c.getThread("t"), sends: "GET /threads/t" },
  updateThread: {
    call: (c) => c.updateThread("t", { metadata: null }),
    sends: "POST /threads/t",
    body: { metadata: null },
  },
  deleteThread: { call: (c) => c.deleteThread("t"), sends: "DELETE /threads/t" },
  listThreads: { call: (c) => c.listThreads(PAGE), sends: "GET /threads", query: PAGED, answer: list },
  createMessage: {
    call: (c) =>
      c.createMessage("t", {
        role: "user",
        content: "Hi",
        attachments: [{ file_id: "file_1", tools: [{ type: "file_search" }] }],
      }),
    sends: "POST /threads/t/messages",
    body: {
      role: "user",
      content: "Hi",
      attachments: [{ file_id: "file_1", tools: [{ type: "file_search" }] }],
    },
  },
  listMessages: {
    call: (c) => c.listMessages("t", { run_id: "r", ...PAGE }),
    sends: "GET /threads/t/messages",
    query: `run_id=r&${PAGED}`,
    answer: list,
  },
  getMessage: { call: (c) => c.getMessage("t", "m"), sends: "GET /threads/t/messages/m" },
  updateMessage: {
    call: (c) => c.updateMessage("t", "m", { metadata }),
    sends: "POST /threads/t/messages/m",
    body: { metadata },
  },
  createRun: {
    call: (c) => c.createRun("t", { assistant_id: "a", max_prompt_tokens: null }, { include: [RESULTS] }),
    sends: "POST /threads/t/runs",
    query: INCLUDE,
    body: { assistant_id: "a", max_prompt_tokens: null, stream: false },
  },
  createAndProcessRun: {
    call: (c) => c.createAndProcessRun("t", { assistant_id: "a" }, { include: [RESULTS] }),
    sends: "POST /threads/t/runs",
    query: INCLUDE,
    body: { assistant_id: "a", stream: false },
    answer: completed,
  },
  createStream: {
    call: (c) =>
      c.createStream("t", { assistant_id: "a", parallel_tool_calls: false }, { include: [RESULTS] }),
    sends: "POST /threads/t/runs",
    query: INCLUDE,
    body: { assistant_id: "a", parallel_tool_calls: false, stream: true },
    answer: streamed,
  },
  createThreadAndRun: {
    call: (c) =>
      c.createThreadAndRun({
        assistant_id: "a",
        thread: { messages: [{ role: "user", content: "Hi" }] },
        tool_resources: { file_search: { vector_store_ids: ["vs"] } },
      }),
    sends: "POST /threads/runs",
    body: {
      assistant_id: "a",
      thread: { messages: [{ role: "user", content: "Hi" }] },
      tool_resources: { file_search: { vector_store_ids: ["vs"] } },
      stream: false,
    },
  },
  createThreadAndRunStream: {
    call: (c) => c.createThreadAndRunStream({ assistant_id: "a" }),
    sends: "POST /threads/runs",
    body: { assistant_id: "a", stream: true },
    answer: streamed,
  },
  listRuns: { call: (c) => c.listRuns("t", PAGE), sends: "GET /threads/t/runs", query: PAGED, answer: list },
  getRun: { call: (c) => c.getRun("t", "r"), sends: "GET /threads/t/runs/r" },
  updateRun: {
    call: (c) => c.updateRun("t", "r", { metadata }),
    sends: "POST /threads/t/runs/r",
    body: { metadata },
  },
  cancelRun: { call: (c) => c.cancelRun("t", "r"), sends: "POST /threads/t/runs/r/cancel" },
  submitToolOutputsToRun: {
    call: (c) => c.submitToolOutputsToRun("t", "r", OUTPUTS),
    sends: "POST /threads/t/runs/r/submit_tool_outputs",
    body: { ...OUTPUTS, stream: false },
  },
  submitToolOutputsToStream: {
    call: (c) => c.submitToolOutputsToStream("t", "r", OUTPUTS),
    sends: "POST /threads/t/runs/r/submit_tool_outputs",
    body: { ...OUTPUTS, stream: true },
    answer: streamed,
  },
  listRunSteps: {
    call: (c) => c.listRunSteps("t", "r", { include: [RESULTS], ...PAGE }),
    sends: "GET /threads/t/runs/r/steps",
    query: `${INCLUDE}&${PAGED}`,
    answer: list,
  },
  getRunStep: {
    call: (c) => c.getRunStep("t", "r", "s", { include: [RESULTS] }),
    sends: "GET /threads/t/runs/r/steps/s",
    query: INCLUDE,
  },
  listFiles: {
    call: (c) => c.listFiles({ purpose: "assistants" }),
    sends: "GET /files",
    query: "purpose=assistants",
    answer: () => json({ object: "list", data: [] }),
  },
  uploadFile: {
    call: (c) => c.uploadFile({ file: FILE(), purpose: "assistants" }),
    sends: "POST /files",
    body: [PART, ["purpose", "assistants"]],
  },
  uploadFileAndPoll: {
    call: (c) => c.uploadFileAndPoll({ file: FILE(), purpose: "assistants", filename: "list.md" }),
    sends: "POST /files",
    body: [
      ["file", "list.md", "text/markdown", "# Prices"],
      ["purpose", "assistants"],
      ["filename", "list.md"],
    ],
    answer: () => json({ id: "file_1", object: "file", status: "processed" }),
  },
  getFile: { call: (c) => c.getFile("f"), sends: "GET /files/f" },
  deleteFile: { call: (c) => c.deleteFile("f"), sends: "DELETE /files/f" },
  getFileContent: {
    call: (c) => c.getFileContent("f"),
    sends: "GET /files/f/content",
    accept: "application/octet-stream",
    answer: () => new Response("bytes"),
  },
  saveFile: {
    call: (c) => c.saveFile("f", new WritableStream()),
    sends: "GET /files/f/content",
    accept: "application/octet-stream",
    answer: () => new Response("bytes"),
  },
  listVectorStores: {
    call: (c) => c.listVectorStores(PAGE),
    sends: "GET /vector_stores",
    query: PAGED,
    answer: list,
  },
  createVectorStore: {
    call: (c) => c.createVectorStore({ name: "n", file_ids: ["f"], chunking_strategy: { type: "auto" } }),
    sends: "POST /vector_stores",
    body: { name: "n", file_ids: ["f"], chunking_strategy: { type: "auto" } },
  },
  createVectorStoreAndPoll: {
    call: (c) => c.createVectorStoreAndPoll(),
    sends: "POST /vector_stores",
    body: {},
    answer: () => json({ id: "vs", status: "completed" }),
  },
  getVectorStore: { call: (c) => c.getVectorStore("v"), sends: "GET /vector_stores/v" },
  modifyVectorStore: {
    call: (c) => c.modifyVectorStore("v", { expires_after: { anchor: "last_active_at", days: 1 } }),
    sends: "POST /vector_stores/v",
    body: { expires_after: { anchor: "last_active_at", days: 1 } },
  },
  deleteVectorStore: { call: (c) => c.deleteVectorStore("v"), sends: "DELETE /vector_stores/v" },
  listVectorStoreFiles: {
    call: (c) => c.listVectorStoreFiles("v", { filter: "failed", ...PAGE }),
    sends: "GET /vector_stores/v/files",
    query: `filter=failed&${PAGED}`,
    answer: list,
  },
  createVectorStoreFile: {
    call: (c) => c.createVectorStoreFile("v", { data_source: { uri: "azureml://x", type: "uri_asset" } }),
    sends: "POST /vector_stores/v/files",
    body: { data_source: { uri: "azureml://x", type: "uri_asset" } },
  },
  createVectorStoreFileAndPoll: {
    call: (c) => c.createVectorStoreFileAndPoll("v", { file_id: "f" }),
    sends: "POST /vector_stores/v/files",
    body: { file_id: "f" },
    answer: () => json({ id: "f", status: "failed" }),
  },
  getVectorStoreFile: { call: (c) => c.getVectorStoreFile("v", "f"), sends: "GET /vector_stores/v/files/f" },
  deleteVectorStoreFile: {
    call: (c) => c.deleteVectorStoreFile("v", "f"),
    sends: "DELETE /vector_stores/v/files/f",
  },
  createVectorStoreFileBatch: {
    call: (c) => c.createVectorStoreFileBatch("v", { file_ids: ["f", "g"] }),
    sends: "POST /vector_stores/v/file_batches",
    body: { file_ids: ["f", "g"] },
  },
  createVectorStoreFileBatchAndPoll: {
    call: (c) => c.createVectorStoreFileBatchAndPoll("v", { file_ids: ["f"] }),
    sends: "POST /vector_stores/v/file_batches",
    body: { file_ids: ["f"] },
    answer: () => json({ id: "b", status: "cancelled" }),
  },
  getVectorStoreFileBatch: {
    call: (c) => c.getVectorStoreFileBatch("v", "b"),
    sends: "GET /vector_stores/v/file_batches/b",
  },
  cancelVectorStoreFileBatch: {
    call: (c) => c.cancelVectorStoreFileBatch("v", "b"),
    sends: "POST /vector_stores/v/file_batches/b/cancel",
  },
  listVectorStoreFileBatchFiles: {
    call: (c) => c.listVectorStoreFileBatchFiles("v", "b", { filter: "completed", ...PAGE }),
    sends: "GET /vector_stores/v/file_batches/b/files",
    query: `filter=completed&${PAGED}`,
    answer: list,
  },
};
