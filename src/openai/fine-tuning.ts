/** `/fine_tuning/jobs`: training a model on the caller's own examples. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { type CursorPageParams, list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";

export interface FineTuningJobCreateParams {
  model: string;
  /** A file of purpose `fine-tune`. */
  training_file: string;
  validation_file?: string | null;
  /** Becomes part of the model's name. */
  suffix?: string | null;
  seed?: number | null;
  hyperparameters?: {
    n_epochs?: "auto" | number;
    batch_size?: "auto" | number;
    learning_rate_multiplier?: "auto" | number;
  };
  method?: Record<string, unknown>;
  integrations?: Record<string, unknown>[] | null;
  metadata?: Record<string, string> | null;
}

export interface FineTuningJob {
  id: string;
  object: "fine_tuning.job";
  created_at: number;
  finished_at: number | null;
  model: string;
  fine_tuned_model: string | null;
  organization_id?: string;
  result_files?: string[];
  status:
    | "validating_files"
    | "queued"
    | "pending"
    | "running"
    | "paused"
    | "succeeded"
    | "failed"
    | "cancelled";
  trained_tokens?: number | null;
  training_file: string;
  validation_file?: string | null;
  hyperparameters?: FineTuningJobCreateParams["hyperparameters"];
  /** Why it failed; `null` or without members unless it did. */
  error?: { code?: string; message?: string; param?: string | null } | null;
  seed?: number;
  estimated_finish?: number | null;
  integrations?: Record<string, unknown>[] | null;
  method?: Record<string, unknown>;
  metadata?: Record<string, string> | null;
}

export interface FineTuningJobEvent {
  id: string;
  object: "fine_tuning.job.event";
  created_at: number;
  level: "info" | "warn" | "error";
  message: string;
  type?: "message" | "metrics";
  data?: unknown;
}

export interface FineTuningJobCheckpoint {
  id: string;
  object: "fine_tuning.job.checkpoint";
  created_at: number;
  fine_tuned_model_checkpoint: string;
  step_number: number;
  metrics: {
    step?: number;
    train_loss?: number;
    train_mean_token_accuracy?: number;
    valid_loss?: number;
    valid_mean_token_accuracy?: number;
    full_valid_loss?: number;
    full_valid_mean_token_accuracy?: number;
  };
  fine_tuning_job_id: string;
}

export interface FineTuningJobs {
  create(body: FineTuningJobCreateParams, options?: RequestOptions): ApiPromise<FineTuningJob>;
  retrieve(jobId: string, options?: RequestOptions): ApiPromise<FineTuningJob>;
  /** Lists jobs: `for await` gives each one, `await` the first page. */
  list(
    query?: (CursorPageParams & { metadata?: Record<string, string> | null }) | null,
    options?: RequestOptions,
  ): PagePromise<FineTuningJob>;
  cancel(jobId: string, options?: RequestOptions): ApiPromise<FineTuningJob>;
  /** What happened to a job so far. */
  listEvents(
    jobId: string,
    query?: CursorPageParams | null,
    options?: RequestOptions,
  ): PagePromise<FineTuningJobEvent>;
  checkpoints: {
    /** The states of the model that can be used, one for each of the last epochs. */
    list(
      jobId: string,
      query?: CursorPageParams | null,
      options?: RequestOptions,
    ): PagePromise<FineTuningJobCheckpoint>;
  };
}

export interface FineTuning {
  jobs: FineTuningJobs;
}

export const fineTuning = (call: Call): FineTuning => ({
  jobs: {
    create: (body, options) => call("POST", "/fine_tuning/jobs", options, { body }),
    retrieve: (id, options) => call("GET", path`/fine_tuning/jobs/${id}`, options),
    list: (query, options) => list(call, "/fine_tuning/jobs", query, options),
    cancel: (id, options) => call("POST", path`/fine_tuning/jobs/${id}/cancel`, options),
    listEvents: (id, query, options) => list(call, path`/fine_tuning/jobs/${id}/events`, query, options),
    checkpoints: {
      list: (id, query, options) => list(call, path`/fine_tuning/jobs/${id}/checkpoints`, query, options),
    },
  },
});
