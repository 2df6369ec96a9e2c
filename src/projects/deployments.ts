/** `/deployments`: the models of a project endpoint. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import type { PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { linkedList } from "./linked-list.ts";

export interface DeploymentListParams {
  modelPublisher?: string;
  modelName?: string;
  deploymentType?: "ModelDeployment" | (string & {});
}

export interface ModelDeployment {
  /** What calls name as their `model`. */
  name: string;
  type: "ModelDeployment" | (string & {});
  modelName?: string;
  modelVersion?: string;
  modelPublisher?: string;
  /** As `chat_completion`: `"true"`. */
  capabilities?: Record<string, string>;
  sku?: { capacity: number; family?: string; name: string; size?: string; tier?: string };
  connectionName?: string;
}

export interface Deployments {
  get(name: string, options?: RequestOptions): ApiPromise<ModelDeployment>;
  /** Lists deployments: `for await` gives each one, `await` the first page. */
  list(query?: DeploymentListParams | null, options?: RequestOptions): PagePromise<ModelDeployment>;
}

export const deployments = (call: Call): Deployments => ({
  get: (name, options) => call("GET", path`/deployments/${name}`, options),
  list: (query, options) => linkedList(call, "/deployments", query, options),
});
