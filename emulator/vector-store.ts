// A vector store: files that are to be searched, each on its way from `in_progress` to `completed` or `failed`, by the
// clock and by being looked at (state.ts). Nothing is indexed before it is asked for.

import { AUTO_CHUNKING, type Chunking } from "./chunks.ts";
import type { Exchange } from "./exchange.ts";
import { type Extraction, extractText } from "./extract-text.ts";
import { findFile, type StoredFile } from "./files.ts";
import type { JsonObject } from "./json.ts";
import { indexText, type PassageIndex } from "./passages.ts";
import { keep, newId, nowSeconds, type Progress, stageOf, startProgress } from "./state.ts";

export interface VectorStore {
  readonly id: string;
  readonly scope: string;
  readonly createdAt: number;
  name: string;
  metadata: unknown;
  expiresAfter: Expiry | undefined;
  lastActiveAt: number;
  /** By the id of the file, oldest first. */
  readonly files: Map<string, VectorStoreFile>;
}

export interface Expiry {
  readonly anchor: "last_active_at";
  readonly days: number;
}

export interface VectorStoreFile {
  readonly id: string;
  readonly createdAt: number;
  readonly progress: Progress;
  /** undefined where the service chooses. */
  readonly chunking: Chunking | undefined;
  attributes: JsonObject;
  cancelled: boolean;
  /** Known once it has been read. */
  outcome: FileOutcome | undefined;
}

type FileOutcome =
  | { readonly ok: true; readonly bytes: number }
  | Extract<Extraction, { readonly ok: false }>;

export type FileStatus = "in_progress" | "completed" | "failed" | "cancelled";

export interface FileBatch {
  readonly id: string;
  readonly scope: string;
  readonly storeId: string;
  readonly createdAt: number;
  readonly files: readonly VectorStoreFile[];
  cancelled: boolean;
}

export interface NewStore {
  readonly name?: string;
  readonly metadata?: unknown;
  readonly expiresAfter?: Expiry | undefined;
}

/** `part` tells several stores of one request apart. */
export function openStore(exchange: Exchange, store: NewStore, part = 0): VectorStore {
  const id = newId(exchange, "vs_", part);
  const now = nowSeconds(exchange);
  return keep(exchange.state.vectorStores, id, {
    id,
    scope: exchange.scope,
    createdAt: now,
    name: store.name ?? "",
    metadata: store.metadata ?? {},
    expiresAfter: store.expiresAfter,
    lastActiveAt: now,
    files: new Map(),
  });
}

/** Adding a file again begins again. */
export function addToStore(
  exchange: Exchange,
  store: VectorStore,
  id: string,
  chunking: Chunking | undefined,
  attributes: JsonObject = {},
): VectorStoreFile {
  const file: VectorStoreFile = {
    id,
    createdAt: nowSeconds(exchange),
    progress: startProgress(exchange),
    chunking,
    attributes,
    cancelled: false,
    outcome: undefined,
  };
  store.files.set(id, file);
  store.lastActiveAt = nowSeconds(exchange);
  return file;
}

export function findStore({ state, scope }: Exchange, id: string): VectorStore | undefined {
  const store = state.vectorStores.get(id);
  return store?.scope === scope ? store : undefined;
}

/** A file that was deleted is in no store any more. */
export function filesOf(exchange: Exchange, store: VectorStore): readonly VectorStoreFile[] {
  return [...store.files.values()].filter(({ id }) => findFile(exchange, id) !== undefined);
}

export function statusOf(exchange: Exchange, file: VectorStoreFile): FileStatus {
  if (file.cancelled) return "cancelled";
  if (stageOf(file.progress, exchange.settings, 1) === 0) return "in_progress";
  return outcomeOf(exchange, file).ok ? "completed" : "failed";
}

// What a vector of the service's embeddings takes: 256 numbers of four bytes.
const BYTES_PER_CHUNK = 1_024;

export function outcomeOf(exchange: Exchange, file: VectorStoreFile): FileOutcome {
  file.outcome ??= readOutcome(exchange, file);
  return file.outcome;
}

function readOutcome(exchange: Exchange, file: VectorStoreFile): FileOutcome {
  const stored = findFile(exchange, file.id);
  if (stored === undefined)
    return { ok: false, code: "server_error", message: "The file is no longer there." };
  const index = passagesOf(exchange, file, stored);
  if (!("chunks" in index)) return index;
  const textBytes = new TextEncoder().encode(index.text).byteLength;
  return { ok: true, bytes: textBytes + index.chunks.length * BYTES_PER_CHUNK };
}

/** Read again when it has been forgotten: what is kept ready is bounded by `searchIndexChars`. */
export function passagesOf(
  { state, settings }: Exchange,
  file: VectorStoreFile,
  stored: StoredFile,
): PassageIndex | Extract<Extraction, { readonly ok: false }> {
  const { passages } = state;
  const chunking = file.chunking ?? AUTO_CHUNKING;
  const key = `${file.id} ${chunking.max_chunk_size_tokens} ${chunking.chunk_overlap_tokens}`;
  const known = passages.get(key);
  // Put back at the end: what was not searched for longest is at the beginning.
  passages.delete(key);
  let index = known;
  if (index === undefined) {
    const extracted = extractText(stored, settings);
    if (!extracted.ok) return extracted;
    index = indexText(extracted.text, chunking);
  }
  passages.set(key, index);
  let chars = 0;
  for (const { text } of passages.values()) chars += text.length;
  for (const [oldest, { text }] of passages) {
    if (chars <= settings.searchIndexChars || oldest === key) break;
    passages.delete(oldest);
    chars -= text.length;
  }
  return index;
}

export function countsOf(exchange: Exchange, files: readonly VectorStoreFile[]): JsonObject {
  const counts = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: files.length };
  for (const file of files) counts[statusOf(exchange, file)]++;
  return counts;
}

const DAY_SECONDS = 24 * 60 * 60;

export function expiryOf({ expiresAfter, lastActiveAt }: VectorStore): number | undefined {
  return expiresAfter === undefined ? undefined : lastActiveAt + expiresAfter.days * DAY_SECONDS;
}

export function isExpired(exchange: Exchange, store: VectorStore): boolean {
  return (expiryOf(store) ?? Number.POSITIVE_INFINITY) <= nowSeconds(exchange);
}

export function storeObject(exchange: Exchange, store: VectorStore): JsonObject & { readonly id: string } {
  const files = filesOf(exchange, store);
  const counts = countsOf(exchange, files);
  const isBusy = (counts.in_progress as number) > 0;
  let bytes = 0;
  for (const file of files) if (statusOf(exchange, file) === "completed") bytes += usageOf(file);
  const expiresAt = expiryOf(store);
  return {
    id: store.id,
    object: "vector_store",
    created_at: store.createdAt,
    name: store.name,
    usage_bytes: bytes,
    file_counts: counts,
    status: isExpired(exchange, store) ? "expired" : isBusy ? "in_progress" : "completed",
    ...(store.expiresAfter !== undefined && { expires_after: store.expiresAfter }),
    expires_at: expiresAt ?? null,
    last_active_at: store.lastActiveAt,
    metadata: store.metadata,
  };
}

function usageOf({ outcome }: VectorStoreFile): number {
  return outcome?.ok === true ? outcome.bytes : 0;
}

export function storeFileObject(
  exchange: Exchange,
  storeId: string,
  file: VectorStoreFile,
): JsonObject & { readonly id: string } {
  const status = statusOf(exchange, file);
  const { outcome, chunking } = file;
  const error = status === "failed" && outcome?.ok === false ? outcome : undefined;
  return {
    id: file.id,
    object: "vector_store.file",
    usage_bytes: status === "completed" ? usageOf(file) : 0,
    created_at: file.createdAt,
    vector_store_id: storeId,
    status,
    last_error: error === undefined ? null : { code: error.code, message: error.message },
    chunking_strategy: { type: "static", static: chunking ?? AUTO_CHUNKING },
    // The agents service has none.
    ...(exchange.dialect.name !== "agents" && { attributes: file.attributes }),
  };
}

export function batchObject(exchange: Exchange, batch: FileBatch): JsonObject & { readonly id: string } {
  const counts = countsOf(exchange, batch.files);
  const isBusy = (counts.in_progress as number) > 0;
  return {
    id: batch.id,
    object: "vector_store.files_batch",
    created_at: batch.createdAt,
    vector_store_id: batch.storeId,
    status: batch.cancelled ? "cancelled" : isBusy ? "in_progress" : "completed",
    file_counts: counts,
  };
}
