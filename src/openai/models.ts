/** `/models`: what a service has. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";

export interface Model {
  id: string;
  object: "model";
  created?: number;
  owned_by?: string;
  /** Azure OpenAI with a dated api-version: all members below. */
  created_at?: number;
  status?: string;
  model?: string;
  fine_tune?: string;
  capabilities?: {
    fine_tune?: boolean;
    inference?: boolean;
    completion?: boolean;
    chat_completion?: boolean;
    embeddings?: boolean;
  };
  lifecycle_status?: string;
  deprecation?: { fine_tune?: number; inference?: number };
}

export interface Models {
  /** Lists models. Azure OpenAI lists base models, not deployments. One page holds all. */
  list(options?: RequestOptions): PagePromise<Model>;
  retrieve(model: string, options?: RequestOptions): ApiPromise<Model>;
}

export const models = (call: Call): Models => ({
  list: (options) => list(call, "/models", undefined, options, true),
  retrieve: (model, options) => call("GET", path`/models/${model}`, options),
});
