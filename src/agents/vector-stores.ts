/** `/vector_stores`: files that can be searched. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import type { AgentListParams, Deletion } from "./agent-types.ts";
import type {
  VectorStore,
  VectorStoreCreateParams,
  VectorStoreFile,
  VectorStoreFileBatch,
  VectorStoreFileBatchCreateParams,
  VectorStoreFileCreateParams,
  VectorStoreFileListParams,
  VectorStoreUpdateParams,
} from "./file-types.ts";
import { startAndWait, type WaitOptions } from "./wait.ts";

export interface VectorStoreOperations {
  /** Lists stores, newest first: `for await` gives each one, `await` the first page. */
  listVectorStores(query?: AgentListParams | null, options?: RequestOptions): PagePromise<VectorStore>;
  /** Makes a store; without a body an empty one. */
  createVectorStore(body?: VectorStoreCreateParams | null, options?: RequestOptions): ApiPromise<VectorStore>;
  /**
   * Makes a store and waits while it's `in_progress`; what became of it, its `status` and `file_counts` say. Asks every
   * second, for 30 min at most.
   *
   * @throws {TimeoutError} when it takes longer; `partial` is the store as it was last seen.
   *
   * @example
   * ```ts
   * import { AgentsClient, fileSearchTool, ToolSet } from "latchkey/projects";
   *
   * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
   * const store = await agents.createVectorStoreAndPoll(
   *   { name: "prices", file_ids: ["file-1"] },
   *   { onProgress: ({ file_counts }) => console.log(file_counts.completed) },
   * );
   * const toolSet = new ToolSet(fileSearchTool({ vector_store_ids: [store.id] }));
   * await agents.createAgent({ model: "gpt-4.1" }, { toolSet });
   * ```
   */
  createVectorStoreAndPoll(
    body?: VectorStoreCreateParams | null,
    options?: WaitOptions<VectorStore>,
  ): Promise<VectorStore>;
  getVectorStore(storeId: string, options?: RequestOptions): ApiPromise<VectorStore>;
  modifyVectorStore(
    storeId: string,
    body: VectorStoreUpdateParams,
    options?: RequestOptions,
  ): ApiPromise<VectorStore>;
  /** Deletes a store; its files stay. */
  deleteVectorStore(storeId: string, options?: RequestOptions): ApiPromise<Deletion>;
  /** Lists the files of a store, newest first: `for await` gives each one, `await` the first page. */
  listVectorStoreFiles(
    storeId: string,
    query?: VectorStoreFileListParams | null,
    options?: RequestOptions,
  ): PagePromise<VectorStoreFile>;
  /** Puts a file into a store. */
  createVectorStoreFile(
    storeId: string,
    body: VectorStoreFileCreateParams,
    options?: RequestOptions,
  ): ApiPromise<VectorStoreFile>;
  /** The same, and waits as {@link createVectorStoreAndPoll} does. */
  createVectorStoreFileAndPoll(
    storeId: string,
    body: VectorStoreFileCreateParams,
    options?: WaitOptions<VectorStoreFile>,
  ): Promise<VectorStoreFile>;
  getVectorStoreFile(storeId: string, fileId: string, options?: RequestOptions): ApiPromise<VectorStoreFile>;
  /** Takes a file out of a store; the file stays. */
  deleteVectorStoreFile(storeId: string, fileId: string, options?: RequestOptions): ApiPromise<Deletion>;
  /** Puts many files into a store. */
  createVectorStoreFileBatch(
    storeId: string,
    body: VectorStoreFileBatchCreateParams,
    options?: RequestOptions,
  ): ApiPromise<VectorStoreFileBatch>;
  /** The same, and waits as {@link createVectorStoreAndPoll} does. */
  createVectorStoreFileBatchAndPoll(
    storeId: string,
    body: VectorStoreFileBatchCreateParams,
    options?: WaitOptions<VectorStoreFileBatch>,
  ): Promise<VectorStoreFileBatch>;
  getVectorStoreFileBatch(
    storeId: string,
    batchId: string,
    options?: RequestOptions,
  ): ApiPromise<VectorStoreFileBatch>;
  /** Ends a batch as soon as may be; what is in the store stays. */
  cancelVectorStoreFileBatch(
    storeId: string,
    batchId: string,
    options?: RequestOptions,
  ): ApiPromise<VectorStoreFileBatch>;
  /** Lists the files of a batch, newest first: `for await` gives each one, `await` the first page. */
  listVectorStoreFileBatchFiles(
    storeId: string,
    batchId: string,
    query?: VectorStoreFileListParams | null,
    options?: RequestOptions,
  ): PagePromise<VectorStoreFile>;
}

/** The operations of vector stores alone, for {@link connectAgents}. */
export const vectorStoreOperations = (call: Call): VectorStoreOperations => {
  const stores: Pick<
    VectorStoreOperations,
    | "createVectorStore"
    | "getVectorStore"
    | "createVectorStoreFile"
    | "getVectorStoreFile"
    | "createVectorStoreFileBatch"
    | "getVectorStoreFileBatch"
  > = {
    createVectorStore: (body, options) => call("POST", "/vector_stores", options, { body: body ?? {} }),
    getVectorStore: (id, options) => call("GET", path`/vector_stores/${id}`, options),
    createVectorStoreFile: (id, body, options) =>
      call("POST", path`/vector_stores/${id}/files`, options, { body }),
    getVectorStoreFile: (id, file, options) => call("GET", path`/vector_stores/${id}/files/${file}`, options),
    createVectorStoreFileBatch: (id, body, options) =>
      call("POST", path`/vector_stores/${id}/file_batches`, options, { body }),
    getVectorStoreFileBatch: (id, batch, options) =>
      call("GET", path`/vector_stores/${id}/file_batches/${batch}`, options),
  };
  return {
    ...stores,
    listVectorStores: (query, options) => list(call, "/vector_stores", query, options),
    createVectorStoreAndPoll: (body, options) =>
      startAndWait(
        (each) => stores.createVectorStore(body, each),
        ({ id }, each) => stores.getVectorStore(id, each),
        busy,
        options,
      ),
    modifyVectorStore: (id, body, options) => call("POST", path`/vector_stores/${id}`, options, { body }),
    deleteVectorStore: (id, options) => call("DELETE", path`/vector_stores/${id}`, options),
    listVectorStoreFiles: (id, query, options) =>
      list(call, path`/vector_stores/${id}/files`, query, options),
    createVectorStoreFileAndPoll: (id, body, options) =>
      startAndWait(
        (each) => stores.createVectorStoreFile(id, body, each),
        (file, each) => stores.getVectorStoreFile(id, file.id, each),
        busy,
        options,
      ),
    deleteVectorStoreFile: (id, file, options) =>
      call("DELETE", path`/vector_stores/${id}/files/${file}`, options),
    createVectorStoreFileBatchAndPoll: (id, body, options) =>
      startAndWait(
        (each) => stores.createVectorStoreFileBatch(id, body, each),
        (batch, each) => stores.getVectorStoreFileBatch(id, batch.id, each),
        busy,
        options,
      ),
    cancelVectorStoreFileBatch: (id, batch, options) =>
      call("POST", path`/vector_stores/${id}/file_batches/${batch}/cancel`, options),
    listVectorStoreFileBatchFiles: (id, batch, query, options) =>
      list(call, path`/vector_stores/${id}/file_batches/${batch}/files`, query, options),
  };
};

function busy({ status }: { status: string }): boolean {
  return status === "in_progress";
}
