// Fine-tuning jobs: they check their file, wait, run and leave a model behind that can be called. Nothing is learned:
// the model speaks as its base does. A job moves on when it is looked at (state.ts).

import { findDeployment } from "./deployments.ts";
import { reading, stepIn, unknownModel } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { addResult, fileText, findFile } from "./files.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { integer, list, metadata, object, text } from "./members.ts";
import { derivedDeployment } from "./options.ts";
import { pageOf } from "./paging.ts";
import { hashText } from "./random.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep, newId, nowSeconds, type Progress, stageOf, startProgress } from "./state.ts";
import { checkExamples, checkpointsOf, eventsOf, type Training, trainingOf } from "./training.ts";

export interface Job {
  readonly id: string;
  readonly model: string;
  readonly trainingFile: string;
  readonly validationFile: string | null;
  readonly suffix: string | undefined;
  readonly seed: number;
  readonly metadata: unknown;
  readonly integrations: unknown;
  readonly hyperparameters: Hyperparameters;
  readonly createdAt: number;
  readonly progress: Progress;
  error: { readonly code: string; readonly message: string; readonly param: string } | null;
  training: Training | undefined;
  fineTunedModel: string | null;
  resultFile: string | undefined;
  cancelled: boolean;
  /** When it first was seen to have ended. */
  finishedAt: number | null;
}

export interface Hyperparameters {
  readonly n_epochs: number | "auto";
  readonly batch_size: number | "auto";
  readonly learning_rate_multiplier: number | "auto";
}

const MEMBERS: Members = {
  model: text,
  training_file: text,
  validation_file: text,
  suffix: text,
  seed: integer(0, 2_147_483_647),
  hyperparameters: object,
  method: object,
  integrations: list,
  metadata,
};

export function createJob(exchange: Exchange): Promise<Response> {
  const { dialect, state } = exchange;
  return reading(
    exchange,
    () => readRequest(exchange),
    async (read) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const base = findDeployment(exchange, read.model);
      if (base === undefined || !base.tasks.includes("chat")) {
        return sendRefusal(exchange, { ...unknownModel(dialect, read.model), param: "model" });
      }
      const id = newId(exchange, "ftjob-");
      const job: Job = {
        id,
        ...read,
        createdAt: nowSeconds(exchange),
        progress: startProgress(exchange),
        error: null,
        training: undefined,
        fineTunedModel: null,
        resultFile: undefined,
        cancelled: false,
        finishedAt: null,
      };
      keep(state.jobs, id, job);
      const status = dialect.form === "deployments" ? 201 : 200;
      return sendJson(exchange, jobObject(exchange, job), { status });
    },
  );
}

type JobRequest = Pick<
  Job,
  | "model"
  | "trainingFile"
  | "validationFile"
  | "suffix"
  | "seed"
  | "metadata"
  | "integrations"
  | "hyperparameters"
>;

const MAX_SUFFIX = 64;

function readRequest(exchange: Exchange): JobRequest {
  const body = readMembers(exchange.dialect, exchange.record.body, MEMBERS);
  const { model, training_file: trainingFile, validation_file: validationFile, suffix, seed } = body;
  if (model === undefined) refuse("missing-parameter", "model", model, "a model");
  if (trainingFile === undefined) refuse("missing-parameter", "training_file", trainingFile, "a file's id");
  for (const [name, id] of Object.entries({ training_file: trainingFile, validation_file: validationFile })) {
    if (id === undefined || findFile(exchange, id as string)?.purpose === "fine-tune") continue;
    throw new Refused({ reason: "invalid-value", param: name, message: `invalid ${name}: ${id}` });
  }
  if (suffix !== undefined && ((suffix as string).length > MAX_SUFFIX || suffix === "")) {
    refuse("invalid-value", "suffix", suffix, `1 to ${MAX_SUFFIX} characters`);
  }
  return {
    model: model as string,
    trainingFile: trainingFile as string,
    validationFile: (validationFile as string | undefined) ?? null,
    suffix: suffix as string | undefined,
    seed: (seed as number | undefined) ?? hashText(String(exchange.sequence), exchange.settings.seed) >>> 1,
    metadata: body.metadata ?? null,
    integrations: body.integrations ?? [],
    hyperparameters: readHyperparameters(body),
  };
}

/** They may stand on their own, as they once did, or inside the method. */
function readHyperparameters({ hyperparameters, method }: JsonObject): Hyperparameters {
  let given = isObject(hyperparameters) ? hyperparameters : {};
  if (isObject(method)) {
    if (method.type !== "supervised") {
      throw new Refused({
        reason: "unsupported-parameter",
        param: "method.type",
        message: "The emulator knows the method 'supervised' only.",
      });
    }
    const { supervised } = method;
    if (isObject(supervised) && isObject(supervised.hyperparameters)) given = supervised.hyperparameters;
  }
  const read = (name: keyof Hyperparameters, least: number, most: number): number | "auto" => {
    const value = given[name] ?? "auto";
    if (value === "auto") return value;
    if (typeof value === "number" && value >= least && value <= most) return value;
    return refuse("invalid-value", `hyperparameters.${name}`, value, `'auto' or ${least} to ${most}`);
  };
  return {
    n_epochs: read("n_epochs", 1, 50),
    batch_size: read("batch_size", 1, 256),
    learning_rate_multiplier: read("learning_rate_multiplier", Number.MIN_VALUE, Number.MAX_VALUE),
  };
}

const STATES = ["validating_files", "queued", "running", "succeeded"] as const;
const LAST = STATES.length - 1;
export type JobStatus = (typeof STATES)[number] | "failed" | "cancelled";

/** Brings the job as far as it should be by now, and says where that is. */
function advance(exchange: Exchange, job: Job): JobStatus {
  if (job.cancelled) return end(exchange, job, "cancelled");
  const stage = stageOf(job.progress, exchange.settings, LAST);
  if (stage === 0) return "validating_files";
  if (job.training === undefined && job.error === null) validate(exchange, job);
  if (job.error !== null || job.training === undefined) return end(exchange, job, "failed");
  if (stage === LAST && job.fineTunedModel === null) succeed(exchange, job, job.training);
  const status = STATES[stage] as JobStatus;
  return stage === LAST ? end(exchange, job, status) : status;
}

function end(exchange: Exchange, job: Job, status: JobStatus): JobStatus {
  job.finishedAt ??= nowSeconds(exchange);
  return status;
}

function validate(exchange: Exchange, job: Job): void {
  for (const [param, id] of [
    ["training_file", job.trainingFile],
    ["validation_file", job.validationFile],
  ] as const) {
    if (id === null) continue;
    const file = findFile(exchange, id);
    const checked = checkExamples(file === undefined ? undefined : fileText(file));
    if (!checked.ok) {
      const code = param === "training_file" ? "invalid_training_file" : "invalid_validation_file";
      job.error = { code, param, message: checked.message };
      return;
    }
    if (param === "training_file") job.training = trainingOf(checked, job.hyperparameters);
  }
}

function succeed(exchange: Exchange, job: Job, training: Training): void {
  const { dialect, state } = exchange;
  const tail = job.id.slice(-8);
  job.fineTunedModel =
    dialect.form === "openai"
      ? `ft:${job.model}:emulator:${job.suffix ?? ""}:${tail}`
      : `${job.model}.ft-${tail}${job.suffix === undefined ? "" : `-${job.suffix}`}`;
  const base = findDeployment(exchange, job.model);
  if (base !== undefined) {
    keep(state.tuned, job.fineTunedModel, derivedDeployment(base, job.fineTunedModel));
  }
  const rows = training.metrics.map(({ step, loss, accuracy }) => `${step},${loss},${accuracy}\n`);
  const results = `step,train_loss,train_mean_token_accuracy\n${rows.join("")}`;
  job.resultFile = addResult(exchange, "step_metrics.csv", "fine-tune-results", results, 1).id;
}

function jobObject(exchange: Exchange, job: Job): { id: string } & JsonObject {
  const status = advance(exchange, job);
  const { training } = job;
  const hyperparameters = training?.hyperparameters ?? job.hyperparameters;
  return {
    id: job.id,
    object: "fine_tuning.job",
    created_at: job.createdAt,
    finished_at: job.finishedAt,
    model: job.model,
    fine_tuned_model: job.fineTunedModel,
    organization_id: "org-emulator",
    result_files: job.resultFile === undefined ? [] : [job.resultFile],
    status,
    trained_tokens: status === "succeeded" ? (training?.trainedTokens ?? null) : null,
    training_file: job.trainingFile,
    validation_file: job.validationFile,
    hyperparameters,
    error: job.error,
    seed: job.seed,
    estimated_finish: null,
    integrations: job.integrations,
    method: { type: "supervised", supervised: { hyperparameters } },
    metadata: job.metadata,
  };
}

export async function listJobs(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, url } = exchange;
  return reading(
    exchange,
    () => pageOf(url, [...state.jobs.values()], { limit: 20, mostItems: 100, order: "desc" }),
    (page) => sendJson(exchange, { ...page, data: page.data.map((job) => jobObject(exchange, job)) }),
  );
}

export function getJob(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withJob(exchange, values, (job) => {
    job.progress.polls++;
    return sendJson(exchange, jobObject(exchange, job));
  });
}

export function cancelJob(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withJob(exchange, values, (job) => {
    const status = advance(exchange, job);
    if (status === "succeeded" || status === "failed" || status === "cancelled") {
      const message = `Job has already ended with status '${status}'.`;
      return sendRefusal(exchange, { reason: "invalid-value", message });
    }
    job.cancelled = true;
    return sendJson(exchange, jobObject(exchange, job));
  });
}

export function listEvents(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withJob(exchange, values, (job) => sendPage(exchange, eventsOf(job, advance(exchange, job))));
}

export function listCheckpoints(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withJob(exchange, values, (job) => sendPage(exchange, checkpointsOf(job, advance(exchange, job))));
}

function sendPage(exchange: Exchange, items: readonly ({ id: string } & JsonObject)[]): Promise<Response> {
  return reading(
    exchange,
    () => pageOf(exchange.url, items, { limit: 20, mostItems: 100, order: "desc" }),
    (page) => sendJson(exchange, page),
  );
}

async function withJob(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (job: Job) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const job = exchange.state.jobs.get(id);
  if (job !== undefined) return then(job);
  const message = `Could not find fine tune: ${id}`;
  return sendRefusal(exchange, { reason: "not-found", param: "fine_tune_id", message });
}
