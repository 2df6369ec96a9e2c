/** `/batches`: many requests in one file, answered within a day. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { type CursorPageParams, list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";

export interface BatchCreateParams {
  /** A file of purpose `batch`: a line of JSON for each request. */
  input_file_id: string;
  /** Azure OpenAI: `/chat/completions`; OpenAI: `/v1/chat/completions`, `/v1/embeddings`, `/v1/responses`, … */
  endpoint: string;
  completion_window: "24h";
  metadata?: Record<string, string> | null;
  output_expires_after?: { anchor: "created_at"; seconds: number };
}

export type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled";

export interface BatchError {
  code?: string;
  message?: string;
  param?: string | null;
  line?: number | null;
}

export interface Batch {
  id: string;
  object: "batch";
  endpoint: string;
  errors?: { object?: string; data?: BatchError[] } | null;
  input_file_id: string;
  completion_window: string;
  status: BatchStatus;
  output_file_id?: string | null;
  error_file_id?: string | null;
  created_at: number;
  in_progress_at?: number | null;
  expires_at?: number | null;
  finalizing_at?: number | null;
  completed_at?: number | null;
  failed_at?: number | null;
  expired_at?: number | null;
  cancelling_at?: number | null;
  cancelled_at?: number | null;
  request_counts?: { total: number; completed: number; failed: number };
  metadata?: Record<string, string> | null;
}

export interface Batches {
  create(body: BatchCreateParams, options?: RequestOptions): ApiPromise<Batch>;
  retrieve(batchId: string, options?: RequestOptions): ApiPromise<Batch>;
  /** Lists batches: `for await` gives each one, `await` the first page. */
  list(query?: CursorPageParams | null, options?: RequestOptions): PagePromise<Batch>;
  /** Asks for an end: the batch is `cancelling`, then `cancelled`. */
  cancel(batchId: string, options?: RequestOptions): ApiPromise<Batch>;
}

export const batches = (call: Call): Batches => ({
  create: (body, options) => call("POST", "/batches", options, { body }),
  retrieve: (id, options) => call("GET", path`/batches/${id}`, options),
  list: (query, options) => list(call, "/batches", query, options),
  cancel: (id, options) => call("POST", path`/batches/${id}/cancel`, options),
});
