// The files of a vector store, one at a time and in batches.

import { reading } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { Refused, refuse } from "./json.ts";
import { list, object, oneOf, text } from "./members.ts";
import { pageOf } from "./paging.ts";
import { readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep, newId, nowSeconds } from "./state.ts";
import {
  addToStore,
  batchObject,
  type FileBatch,
  filesOf,
  isExpired,
  statusOf,
  storeFileObject,
  type VectorStore,
  type VectorStoreFile,
} from "./vector-store.ts";
import {
  type DataSource,
  fileOfSource,
  readAttributes,
  readChunking,
  readDataSource,
  readDataSources,
  readFileId,
  readFileIds,
} from "./vector-store-request.ts";
import { withStore } from "./vector-stores.ts";

export function createStoreFile(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withStore(exchange, values, (store) =>
    reading(
      exchange,
      () => {
        checkAlive(exchange, store);
        const isAgents = exchange.dialect.name === "agents";
        const body = readMembers(exchange.dialect, exchange.record.body, {
          file_id: text,
          // One client says it in the plural, and means one.
          ...(isAgents ? { data_source: object, data_sources: list } : { attributes: object }),
          chunking_strategy: object,
        });
        const sources = readDataSources(body.data_sources, "data_sources");
        const source =
          body.data_source === undefined ? sources[0] : readDataSource(body.data_source, "data_source");
        if (body.file_id === undefined && source === undefined) {
          refuse("missing-parameter", "file_id", undefined, "a file's id");
        }
        return {
          fileId: body.file_id === undefined ? undefined : readFileId(exchange, body.file_id, "file_id"),
          source,
          chunking: readChunking(body.chunking_strategy),
          attributes: readAttributes(body.attributes),
        };
      },
      ({ fileId, source, chunking, attributes }) => {
        const id = fileId ?? fileOfSource(exchange, source as DataSource, 0);
        const file = addToStore(exchange, store, id, chunking, attributes);
        return sendJson(exchange, storeFileObject(exchange, store.id, file));
      },
    ),
  );
}

function checkAlive(exchange: Exchange, store: VectorStore): void {
  if (!isExpired(exchange, store)) return;
  throw new Refused({
    reason: "invalid-value",
    param: "vector_store_id",
    code: "vector_store_expired",
    message: `Vector store '${store.id}' has expired.`,
  });
}

export function listStoreFiles(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withStore(exchange, values, (store) => sendFiles(exchange, store.id, filesOf(exchange, store)));
}

const filters = oneOf("in_progress", "completed", "failed", "cancelled");

function sendFiles(
  exchange: Exchange,
  storeId: string,
  files: readonly VectorStoreFile[],
): Promise<Response> {
  return reading(
    exchange,
    () => {
      const filter = exchange.url.searchParams.get("filter");
      if (filter !== null) filters(filter, "filter");
      const asked = files.filter((file) => filter === null || statusOf(exchange, file) === filter);
      return pageOf(exchange.url, asked, { limit: 20, mostItems: 100, order: "desc" });
    },
    (page) => {
      const data = page.data.map((file) => storeFileObject(exchange, storeId, file));
      return sendJson(exchange, { ...page, data });
    },
  );
}

export function getStoreFile(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withFile(exchange, values, (store, file) => {
    file.progress.polls++;
    return sendJson(exchange, storeFileObject(exchange, store.id, file));
  });
}

export function updateStoreFile(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withFile(exchange, values, (store, file) =>
    reading(
      exchange,
      () => {
        const body = readMembers(exchange.dialect, exchange.record.body, { attributes: object });
        return readAttributes(body.attributes);
      },
      (attributes) => {
        file.attributes = attributes;
        return sendJson(exchange, storeFileObject(exchange, store.id, file));
      },
    ),
  );
}

/** The file itself stays. */
export function deleteStoreFile(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withFile(exchange, values, (store, { id }) => {
    store.files.delete(id);
    return sendJson(exchange, { id, object: "vector_store.file.deleted", deleted: true });
  });
}

function withFile(
  exchange: Exchange,
  values: RouteValues,
  then: (store: VectorStore, file: VectorStoreFile) => Response | Promise<Response>,
): Promise<Response> {
  return withStore(exchange, values, (store) => {
    const file = filesOf(exchange, store).find(({ id }) => id === values.item);
    if (file !== undefined) return then(store, file);
    const message = `No file found with id '${values.item}' in vector store '${store.id}'.`;
    return sendRefusal(exchange, { reason: "not-found", param: "file_id", message });
  });
}

export function createFileBatch(exchange: Exchange, values: RouteValues): Promise<Response> {
  const { state, scope, dialect, record } = exchange;
  return withStore(exchange, values, (store) =>
    reading(
      exchange,
      () => {
        checkAlive(exchange, store);
        const isAgents = dialect.name === "agents";
        const body = readMembers(dialect, record.body, {
          file_ids: list,
          ...(isAgents ? { data_sources: list } : { attributes: object }),
          chunking_strategy: object,
        });
        const fileIds = readFileIds(exchange, body.file_ids);
        const sources = readDataSources(body.data_sources, "data_sources");
        if (fileIds.length + sources.length === 0) {
          refuse("missing-parameter", "file_ids", undefined, "the ids of files");
        }
        const attributes = readAttributes(body.attributes);
        return { fileIds, sources, chunking: readChunking(body.chunking_strategy), attributes };
      },
      ({ fileIds, sources, chunking, attributes }) => {
        const made = sources.map((source, index) => fileOfSource(exchange, source, index));
        const batch: FileBatch = {
          id: newId(exchange, "vsfb_"),
          scope,
          storeId: store.id,
          createdAt: nowSeconds(exchange),
          files: [...fileIds, ...made].map((id) => addToStore(exchange, store, id, chunking, attributes)),
          cancelled: false,
        };
        keep(state.fileBatches, batch.id, batch);
        return sendJson(exchange, batchObject(exchange, batch));
      },
    ),
  );
}

export function getFileBatch(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withBatch(exchange, values, (batch) => {
    for (const file of batch.files) file.progress.polls++;
    return sendJson(exchange, batchObject(exchange, batch));
  });
}

/** What has ended stays as it ended. */
export function cancelFileBatch(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withBatch(exchange, values, (batch) => {
    const busy = batch.files.filter((file) => statusOf(exchange, file) === "in_progress");
    for (const file of busy) file.cancelled = true;
    if (busy.length > 0) batch.cancelled = true;
    return sendJson(exchange, batchObject(exchange, batch));
  });
}

export function listBatchFiles(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withBatch(exchange, values, ({ storeId, files }) => sendFiles(exchange, storeId, files));
}

function withBatch(
  exchange: Exchange,
  values: RouteValues,
  then: (batch: FileBatch) => Response | Promise<Response>,
): Promise<Response> {
  return withStore(exchange, values, (store) => {
    const batch = exchange.state.fileBatches.get(values.item ?? "");
    if (batch?.storeId === store.id) return then(batch);
    const message = `No vector store file batch found with id '${values.item}'.`;
    return sendRefusal(exchange, { reason: "not-found", param: "batch_id", message });
  });
}
