/** `/files`: what agents work on, and what they write. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions, UploadOptions } from "../http/caller.ts";
import { download } from "../http/download.ts";
import { MalformedResponseError } from "../http/errors.ts";
import { list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { formBody, StreamingFile, toStreamingFile, type Uploadable } from "../http/upload.ts";
import type { Deletion } from "./agent-types.ts";
import type { AgentFile, AgentFileUploadParams } from "./file-types.ts";
import { startAndWait, type WaitOptions } from "./wait.ts";

/** Waiting for an upload, and how much of it has gone out. */
export interface UploadAndPollOptions
  extends WaitOptions<AgentFile>,
    Pick<UploadOptions, "onUploadProgress"> {}

export interface FileOperations {
  /** Lists files; the service gives all of them at once. */
  listFiles(query?: { purpose?: string } | null, options?: RequestOptions): PagePromise<AgentFile>;
  /**
   * Uploads a file: a `File`, a `Blob`, bytes or a stream; of a path, see `fileFromPath` in `latchkey/file-system`. A stream
   * goes once, anything else is sent again when a try fails.
   *
   * @throws {TypeError} when the file is known to have 0 bytes, which the service refuses, or is no file.
   *
   * @example
   * ```ts
   * import { AgentsClient } from "latchkey/projects";
   *
   * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
   * const file = new File(["# Prices"], "prices.md");
   * const { id } = await agents.uploadFile({ file, purpose: "assistants" });
   * console.log(id);
   * ```
   */
  uploadFile(body: AgentFileUploadParams, options?: UploadOptions): ApiPromise<AgentFile>;
  /**
   * Uploads a file and waits while it's `uploaded`, `pending` or `running`; what became of it, its `status` says. Asks every
   * second, for 30 min at most.
   *
   * @throws {TimeoutError} when it takes longer, and what {@link uploadFile} throws.
   */
  uploadFileAndPoll(body: AgentFileUploadParams, options?: UploadAndPollOptions): Promise<AgentFile>;
  getFile(fileId: string, options?: RequestOptions): ApiPromise<AgentFile>;
  deleteFile(fileId: string, options?: RequestOptions): ApiPromise<Deletion>;
  /**
   * What is in the file, as a `Response`: its `body` streams, and fails when it's cut off, so a file is whole or an error.
   * `arrayBuffer()`, `blob()` and `text()` hold it in memory, up to `maxResponseBytes`.
   */
  getFileContent(fileId: string, options?: RequestOptions): ApiPromise<Response>;
  /**
   * Writes what is in the file to a stream, as that of `FileSystemFileHandle.createWritable()`. When it can't come whole,
   * the stream is aborted. Onto a disk: `saveFile` of `latchkey/file-system`.
   */
  saveFile(
    fileId: string,
    destination: WritableStream<Uint8Array<ArrayBuffer>>,
    options?: RequestOptions,
  ): Promise<void>;
}

/** The operations of files alone, for {@link connectAgents}. */
export const fileOperations = (call: Call): FileOperations => {
  const uploadFile: FileOperations["uploadFile"] = (body, options) =>
    call("POST", "/files", options, { body: uploaded(body), encode: formBody });
  const getFile: FileOperations["getFile"] = (id, options) => call("GET", path`/files/${id}`, options);
  const getFileContent: FileOperations["getFileContent"] = (id, options) =>
    call("GET", path`/files/${id}/content`, options, {
      accept: "application/octet-stream",
      read: async (sent) => download(sent),
    });
  return {
    listFiles: (query, options) => list(call, "/files", query, options, true),
    uploadFile,
    async uploadFileAndPoll(body, { onUploadProgress, ...options } = {}) {
      return startAndWait(
        (each) => uploadFile(body, { ...each, onUploadProgress }),
        ({ id }, each) => getFile(id, each),
        ({ status }) => /^(uploaded|pending|running)$/.test(status ?? ""),
        options,
        { status: "processed" },
      );
    },
    getFile,
    deleteFile: (id, options) => call("DELETE", path`/files/${id}`, options),
    getFileContent,
    async saveFile(id, destination, options) {
      const { body } = await getFileContent(id, options);
      if (!body) throw new MalformedResponseError("The service sent a file without content.");
      try {
        await (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeTo(destination);
      } catch (error) {
        // A destination that can't be written to at all leaves the connection open.
        body.cancel().catch(() => {});
        throw error;
      }
    },
  };
};

/** The parts of the form in the wire's order, with the file by the name that was given. */
function uploaded({ file, purpose, filename }: AgentFileUploadParams): AgentFileUploadParams {
  if (typeof file !== "object" || file === null)
    throw new TypeError("A file must be a File, a Blob, bytes or a stream; of a path, see fileFromPath.");
  const { size, byteLength } = file as { size?: unknown; byteLength?: unknown };
  if (size === 0 || byteLength === 0) throw new TypeError("The file has 0 bytes, which the service refuses.");
  if (filename === undefined) return { file, purpose };
  const name = filename.split(/[\\/]/).pop()!;
  if (!name) throw new TypeError("filename must be the name of a file.");
  return { file: renamed(file, name), purpose, filename: name };
}

function renamed(file: Uploadable, name: string): Uploadable {
  if (file instanceof StreamingFile) return toStreamingFile(file.data, name, withSize(file));
  if (file instanceof Blob) return new File([file], name, { type: file.type });
  if (file instanceof ArrayBuffer || ArrayBuffer.isView(file)) return new File([file], name);
  return toStreamingFile(file as StreamingFile["data"], name);
}

function withSize({ type, size }: StreamingFile): { type: string; size?: number } {
  return { type, ...(size !== undefined && { size }) };
}
