/** Files and vector stores, in the wire's form. */
import type { Uploadable } from "../http/upload.ts";
import type { AgentListParams, Metadata } from "./agent-types.ts";
import type { VectorStoreConfiguration, VectorStoreDataSource } from "./tool-types.ts";

export type AgentFilePurpose =
  | "assistants"
  | "assistants_output"
  | "vision"
  | "batch"
  | "batch_output"
  | "fine-tune"
  | "fine-tune-results"
  | (string & {});

export interface AgentFileUploadParams {
  /** The file. A stream goes once, and is never held in memory. */
  file: Uploadable;
  purpose: AgentFilePurpose;
  /**
   * The name that the service should see. Default: the file's own, or `file` for a Blob, bytes or a stream, which have
   * none; file search knows what it reads by the name's ending. Of a path, the last part.
   */
  filename?: string;
}

export interface AgentFile {
  id: string;
  object: "file";
  bytes: number;
  filename: string;
  created_at: number;
  purpose: AgentFilePurpose;
  status?: "uploaded" | "pending" | "running" | "processed" | "error" | "deleting" | "deleted";
  status_details?: string;
}

/** How a file is cut into pieces that can be found. */
export type ChunkingStrategyParams =
  | { type: "auto" }
  | { type: "static"; static: { max_chunk_size_tokens: number; chunk_overlap_tokens: number } };

export interface ExpirationPolicy {
  anchor: "last_active_at";
  days: number;
}

export interface VectorStoreUpdateParams {
  name?: string | null;
  expires_after?: ExpirationPolicy | null;
  metadata?: Metadata | null;
}

export interface VectorStoreCreateParams extends VectorStoreUpdateParams {
  file_ids?: string[];
  configuration?: VectorStoreConfiguration;
  /** Only with `file_ids`. */
  chunking_strategy?: ChunkingStrategyParams;
}

export interface FileCounts {
  in_progress: number;
  completed: number;
  failed: number;
  cancelled: number;
  total: number;
}

export interface VectorStore {
  id: string;
  object: "vector_store";
  created_at: number;
  name: string | null;
  usage_bytes: number;
  file_counts: FileCounts;
  status: "expired" | "in_progress" | "completed";
  expires_after?: ExpirationPolicy | null;
  expires_at?: number | null;
  last_active_at: number | null;
  metadata: Metadata | null;
}

export interface VectorStoreFileCreateParams {
  file_id?: string;
  data_source?: VectorStoreDataSource;
  /** Only with `file_id`. */
  chunking_strategy?: ChunkingStrategyParams;
}

export interface VectorStoreFileBatchCreateParams {
  file_ids?: string[];
  data_sources?: VectorStoreDataSource[];
  /** Only with `file_ids`. */
  chunking_strategy?: ChunkingStrategyParams;
}

export interface VectorStoreFileListParams extends AgentListParams {
  /** Only files of this status. */
  filter?: "in_progress" | "completed" | "failed" | "cancelled";
}

export interface VectorStoreFile {
  id: string;
  object: "vector_store.file";
  usage_bytes: number;
  created_at: number;
  vector_store_id: string;
  status: "in_progress" | "completed" | "failed" | "cancelled";
  last_error: {
    code: "server_error" | "invalid_file" | "unsupported_file" | (string & {});
    message: string;
  } | null;
  chunking_strategy:
    | { type: "other" }
    | { type: "static"; static: { max_chunk_size_tokens: number; chunk_overlap_tokens: number } };
}

export interface VectorStoreFileBatch {
  id: string;
  object: "vector_store.files_batch";
  created_at: number;
  vector_store_id: string;
  status: "in_progress" | "completed" | "cancelled" | "failed";
  file_counts: FileCounts;
}
