/** `/datasets`: data of a project endpoint, in versions, and the way to the storage that it lies in. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { hide } from "../http/errors.ts";
import type { PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { readObject, readWhole } from "../http/response.ts";
import type { Sent } from "../http/send.ts";
import { linkedList } from "./linked-list.ts";
import { mergePatch, readNothing } from "./merge-patch.ts";

export interface DatasetVersionParams {
  type: "uri_file" | "uri_folder";
  dataUri: string;
  /** The connection of the storage. */
  connectionName?: string;
  description?: string;
  tags?: Record<string, string>;
}

export interface DatasetVersion extends DatasetVersionParams {
  /** What evaluations name. */
  id?: string;
  name: string;
  version: string;
  isReference?: boolean;
}

export interface PendingUploadParams {
  pendingUploadType?: "BlobReference";
  pendingUploadId?: string;
  connectionName?: string;
}

/** Where data lies. `sasUri` is a secret, which neither `JSON.stringify` nor a console shows. */
export interface BlobReference {
  blobUri: string;
  storageAccountArmId: string;
  credential: { type: "SAS"; readonly sasUri: string };
}

export interface PendingUpload {
  blobReference: BlobReference;
  pendingUploadId: string;
  pendingUploadType: "BlobReference";
  version?: string;
}

export interface DatasetCredential {
  blobReference: BlobReference;
}

export interface Datasets {
  /** Lists the latest version of each: `for await` gives each one, `await` the first page. */
  list(options?: RequestOptions): PagePromise<DatasetVersion>;
  listVersions(name: string, options?: RequestOptions): PagePromise<DatasetVersion>;
  get(name: string, version: string, options?: RequestOptions): ApiPromise<DatasetVersion>;
  createOrUpdate(
    name: string,
    version: string,
    body: DatasetVersionParams,
    options?: RequestOptions,
  ): ApiPromise<DatasetVersion>;
  /** A version that isn't there is no error. */
  delete(name: string, version: string, options?: RequestOptions): ApiPromise<undefined>;
  /**
   * Where to upload the data of a version to, before it's made by {@link createOrUpdate}. `blobUri` and `sasUri` are
   * those of a container: the name of the blob goes behind the path.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const { blobUri, credential } = (await client.datasets.pendingUpload("answers", "1")).blobReference;
   * const blob = new URL(credential.sasUri);
   * blob.pathname += "/answers.jsonl";
   * const body = JSON.stringify({ query: "Which capital has France?", response: "Paris." });
   * await fetch(blob, { method: "PUT", headers: { "x-ms-blob-type": "BlockBlob" }, body });
   * const dataUri = `${blobUri}/answers.jsonl`;
   * const { id } = await client.datasets.createOrUpdate("answers", "1", { type: "uri_file", dataUri });
   * console.log(id);
   * ```
   */
  pendingUpload(
    name: string,
    version: string,
    body?: PendingUploadParams,
    options?: RequestOptions,
  ): ApiPromise<PendingUpload>;
  /** Where to read the data of a version. */
  getCredentials(name: string, version: string, options?: RequestOptions): ApiPromise<DatasetCredential>;
}

export const datasets = (call: Call): Datasets => ({
  list: (options) => linkedList(call, "/datasets", null, options),
  listVersions: (name, options) => linkedList(call, path`/datasets/${name}/versions`, null, options),
  get: (name, version, options) => call("GET", path`/datasets/${name}/versions/${version}`, options),
  createOrUpdate: (name, version, body, options) =>
    call("PATCH", path`/datasets/${name}/versions/${version}`, options, { body, encode: mergePatch }),
  delete: (name, version, options) =>
    call("DELETE", path`/datasets/${name}/versions/${version}`, options, { read: readNothing }),
  pendingUpload: (name, version, more, options) =>
    call<PendingUpload>("POST", path`/datasets/${name}/versions/${version}/startPendingUpload`, options, {
      body: { pendingUploadType: "BlobReference", ...more },
      read: readReference,
    }),
  getCredentials: (name, version, options) =>
    call("POST", path`/datasets/${name}/versions/${version}/credentials`, options, { read: readReference }),
});

function readReference<T extends DatasetCredential>(sent: Sent): Promise<T> {
  return readWhole(sent, async () => {
    const answer = await readObject<T>(sent);
    const { sasUri, ...credential } = answer.blobReference?.credential ?? {};
    hide(credential, "sasUri", sasUri);
    Object.assign(answer.blobReference ?? {}, { credential });
    return answer;
  });
}
