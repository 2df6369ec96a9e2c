/** `/files`: what is uploaded for batches, fine-tuning and assistants, and what those write. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions, UploadOptions } from "../http/caller.ts";
import { download } from "../http/download.ts";
import { type CursorPageParams, list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { type PollOptions, poll } from "../http/poll.ts";
import { readWith } from "../http/response.ts";
import type { Sent } from "../http/send.ts";
import { formBody, type Uploadable } from "../http/upload.ts";

export type FilePurpose =
  | "assistants"
  | "batch"
  | "fine-tune"
  | "vision"
  | "user_data"
  | "evals"
  | (string & {});

export interface FileCreateParams {
  /** The file; its name goes along. */
  file: Uploadable;
  purpose: FilePurpose;
  /** v1: when the file goes by itself. `seconds` is 3600 (an hour) to 2592000 (30 days). */
  expires_after?: { anchor: "created_at"; seconds: number };
}

export interface FileListParams extends CursorPageParams {
  purpose?: string;
  order?: "asc" | "desc";
}

export interface FileObject {
  id: string;
  object: "file";
  bytes: number | null;
  created_at: number;
  expires_at?: number | null;
  filename: string;
  purpose: FilePurpose | "assistants_output" | "batch_output" | "fine-tune-results";
  status: "uploaded" | "pending" | "running" | "processed" | "error" | "deleting" | "deleted";
  status_details?: string | null;
}

/** The answer to a deletion. */
export interface Deleted {
  id: string;
  object: string;
  deleted: boolean;
}

/** How to wait for a file; `pollInterval` and `maxWait` are npm `openai`'s names of `intervalMs` and `timeoutMs`. */
export interface FileWaitOptions extends PollOptions<FileObject> {
  pollInterval?: number;
  maxWait?: number;
}

export interface Files {
  /**
   * Uploads a file. A `File`, `Blob` or bytes are sent again when a try fails; a stream goes once, and is never held in
   * memory.
   *
   * @example
   * ```ts
   * import { AzureOpenAI } from "latchkey/openai";
   *
   * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
   * const file = await client.files.create(
   *   { file: new File(["{}\n"], "lines.jsonl"), purpose: "batch" },
   *   { onUploadProgress: ({ percent }) => console.log(percent) },
   * );
   * console.log(file.id);
   * ```
   */
  create(body: FileCreateParams, options?: UploadOptions): ApiPromise<FileObject>;
  /** Lists files: `for await` gives each one, `await` the first page. */
  list(query?: FileListParams | null, options?: RequestOptions): PagePromise<FileObject>;
  retrieve(fileId: string, options?: RequestOptions): ApiPromise<FileObject>;
  delete(fileId: string, options?: RequestOptions): ApiPromise<Deleted>;
  /**
   * What is in the file, as a `Response` to save: its `body` streams, and fails when it's cut off, so a file is whole or
   * an error. `arrayBuffer()`, `blob()` and `text()` hold it in memory, up to `maxResponseBytes`.
   */
  content(fileId: string, options?: RequestOptions): ApiPromise<Response>;
  /**
   * Waits until a file is processed, failed or deleted; which of them, its `status` says. Default: asks every 5 s, for
   * 30 min.
   *
   * @throws {TimeoutError} when it takes longer.
   */
  waitForProcessing(fileId: string, options?: FileWaitOptions): Promise<FileObject>;
}

export const files = (call: Call): Files => ({
  create: (body, options) => call("POST", "/files", options, { body, encode: formBody }),
  list: (query, options) => list(call, "/files", query, options),
  retrieve: (id, options) => call("GET", path`/files/${id}`, options),
  delete: (id, options) => call("DELETE", path`/files/${id}`, options, { read: readDeleted(id, "file") }),
  content: (id, options) =>
    call("GET", path`/files/${id}/content`, options, { accept: "application/binary", read: readDownload }),
  async waitForProcessing(id, { pollInterval, maxWait, ...options } = {}) {
    const ask = (more: RequestOptions) => call<FileObject>("GET", path`/files/${id}`, more);
    const done = ({ status }: FileObject) => /^(processed|error|deleted)$/.test(status);
    const defaults = { intervalMs: pollInterval ?? 5000, timeoutMs: maxWait ?? 1_800_000 };
    return poll(ask, done, options, defaults);
  },
});

export async function readDownload(sent: Sent): Promise<Response> {
  return download(sent);
}

/** Services of a dated api-version say no more than 204. */
export function readDeleted(id: string, object: string): (sent: Sent) => Promise<Deleted> {
  return async (sent) => {
    if (sent.response.status !== 204) return readWith<Deleted>("id")(sent);
    sent.settle({});
    return { id, object, deleted: true };
  };
}
