/** `/indexes`: the search indexes of a project endpoint, in versions. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import type { PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { linkedList } from "./linked-list.ts";
import { mergePatch, readNothing } from "./merge-patch.ts";

/** Which fields of an index hold what. */
export interface FieldMapping {
  contentFields: string[];
  filepathField?: string;
  titleField?: string;
  urlField?: string;
  vectorFields?: string[];
  metadataFields?: string[];
}

export type IndexParams = { description?: string; tags?: Record<string, string> } & (
  | { type: "AzureSearch"; connectionName: string; indexName: string; fieldMapping?: FieldMapping }
  | { type: "ManagedAzureSearch"; vectorStoreId: string }
  | {
      type: "CosmosDBNoSqlVectorStore";
      connectionName: string;
      databaseName: string;
      containerName: string;
      embeddingConfiguration: { modelDeploymentName: string; embeddingField: string };
      fieldMapping: FieldMapping;
    }
);

export type IndexVersion = IndexParams & { id?: string; name: string; version: string };

export interface Indexes {
  /** Lists the latest version of each: `for await` gives each one, `await` the first page. */
  list(options?: RequestOptions): PagePromise<IndexVersion>;
  listVersions(name: string, options?: RequestOptions): PagePromise<IndexVersion>;
  get(name: string, version: string, options?: RequestOptions): ApiPromise<IndexVersion>;
  createOrUpdate(
    name: string,
    version: string,
    body: IndexParams,
    options?: RequestOptions,
  ): ApiPromise<IndexVersion>;
  /** A version that isn't there is no error. */
  delete(name: string, version: string, options?: RequestOptions): ApiPromise<undefined>;
}

export const indexes = (call: Call): Indexes => ({
  list: (options) => linkedList(call, "/indexes", null, options),
  listVersions: (name, options) => linkedList(call, path`/indexes/${name}/versions`, null, options),
  get: (name, version, options) => call("GET", path`/indexes/${name}/versions/${version}`, options),
  createOrUpdate: (name, version, body, options) =>
    call("PATCH", path`/indexes/${name}/versions/${version}`, options, { body, encode: mergePatch }),
  delete: (name, version, options) =>
    call("DELETE", path`/indexes/${name}/versions/${version}`, options, { read: readNothing }),
});
