// The same calls through @azure/ai-agents 1.1.0, recorded at its HTTP seam: what it really sends, and where we differ.

import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { AgentsClient as Official } from "@azure/ai-agents";
import { describe, expect, test } from "vitest";
import { type Recorder, recorder, type Seen } from "../openai/recorder.ts";
import { agentsOf, PROJECT, TOKEN } from "./agents-service.ts";
import { ROWS, type Row } from "./rows.ts";

type HttpClient = NonNullable<NonNullable<ConstructorParameters<typeof Official>[2]>["httpClient"]>;

/** Lets the official client's requests arrive at a recorder. */
function through({ fetch }: Recorder): HttpClient {
  return {
    async sendRequest(request) {
      const { url, method, body } = request;
      // A form is a function that gives a stream of Node's.
      const given = typeof body === "function" ? (body as () => unknown)() : body;
      const isStream = given !== null && typeof given === "object" && Symbol.asyncIterator in given;
      const content = isStream
        ? await buffer(given as AsyncIterable<Uint8Array>)
        : (given as string | undefined);
      const headers = new Headers(request.headers.toJSON());
      const response = await fetch(url, { method, headers, body: content ?? null });
      const Headings = request.headers.constructor as new (raw: object) => typeof request.headers;
      const wantsStream = Boolean(request.streamResponseStatusCodes?.size);
      const text = await response.text();
      return {
        request,
        status: response.status,
        headers: new Headings(Object.fromEntries(response.headers)),
        ...(wantsStream ? { readableStreamBody: Readable.from([Buffer.from(text)]) } : { bodyAsText: text }),
      };
    },
  };
}

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
const OFFICIAL: Record<string, (client: Official) => PromiseLike<unknown>> = {
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

interface Difference {
  reason: string;
  /** What theirs would be without the difference. */
  query?(theirs: string): string;
  body?(theirs: unknown): unknown;
  /** There is nothing to compare with. */
  absent?: true;
}

/** Its template encodes the name of the query twice: `include%255B%255D`, which no service looks for. */
const INCLUDE: Difference = {
  reason: "the query is named include[], as the wire wants it",
  query: (theirs) => theirs.replace("%255B%255D", "%5B%5D"),
};
const NOT_STREAMED = "says stream: false, as the document does, where it's left out";
const notStreamed = (theirs: unknown) => ({ ...(theirs as object), stream: false });
/** A form's parts as `[name, filename, type, text]`. */
const typed = (theirs: unknown) =>
  (theirs as string[][]).map((part) =>
    part[0] === "file" ? [part[0], part[1], "text/markdown", part[3]] : part,
  );

/** Where the two differ, and why. */
const DIFFERENCES: Record<string, Difference> = {
  createRun: { ...INCLUDE, reason: `${INCLUDE.reason}; ${NOT_STREAMED}`, body: notStreamed },
  createAndProcessRun: { ...INCLUDE, reason: `${INCLUDE.reason}; ${NOT_STREAMED}`, body: notStreamed },
  createStream: INCLUDE,
  listRunSteps: INCLUDE,
  getRunStep: INCLUDE,
  createThreadAndRun: { reason: NOT_STREAMED, body: notStreamed },
  saveFile: { reason: "is getFileContent, and what is done with it", absent: true },
  uploadFile: { reason: "the type of the file goes along", body: typed },
  uploadFileAndPoll: {
    reason:
      "the type of the file goes along; a name that was given is a part of its own, too, as document 004 has it",
    body: (theirs) => [...typed(theirs), ["filename", "list.md"]],
  },
};

async function sent(row: Row, call: (service: Recorder) => PromiseLike<unknown>): Promise<Seen> {
  const service = recorder(row.answer);
  // What it makes of the answer is its own affair.
  await Promise.resolve(call(service)).catch(() => {});
  return service.seen[0]!;
}

test("every operation is compared, or said to be ours alone", () => {
  const absent = Object.keys(DIFFERENCES).filter((name) => DIFFERENCES[name]!.absent);
  expect([...Object.keys(OFFICIAL), ...absent].sort()).toEqual(Object.keys(ROWS).sort());
});

describe("the same as @azure/ai-agents", () => {
  const officialOf = (service: Recorder) =>
    new Official(
      PROJECT,
      { getToken: async () => ({ token: TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      { httpClient: through(service), retryOptions: { maxRetries: 0 } },
    );

  test.each(Object.entries(OFFICIAL))("%s", async (name, call) => {
    const row = ROWS[name]!;
    const ours = await sent(row, (service) => row.call(agentsOf(service)));
    const theirs = await sent(row, (service) => call(officialOf(service)));
    const sorted = (search: string) => [...new URLSearchParams(search)].sort();
    const { query = (theirs) => theirs, body = (theirs) => theirs }: Partial<Difference> =
      DIFFERENCES[name] ?? {};
    expect(ours).toMatchObject({ method: theirs.method, path: theirs.path });
    expect(sorted(ours.query)).toEqual(sorted(query(theirs.query)));
    expect(ours.body).toEqual(body(theirs.body));
    for (const header of ["accept", "authorization"])
      expect(ours.headers.get(header)).toBe(theirs.headers.get(header));
  });
});
