// What a fine-tuning job makes of its file: whether the examples are what they should be, how many steps they take,
// and what the job reports of each. The losses fall because a curve is drawn, not because anything is learned.

import type { Hyperparameters, Job, JobStatus } from "./fine-tuning.ts";
import { isObject, type JsonObject } from "./json.ts";
import { createRandom, hashText, randomId } from "./random.ts";
import { countTokens } from "./tokens.ts";

export interface Examples {
  readonly ok: true;
  readonly count: number;
  readonly tokens: number;
}

export type CheckedExamples = Examples | { readonly ok: false; readonly message: string };

const LEAST_EXAMPLES = 10;
const ROLES: readonly unknown[] = ["system", "developer", "user", "assistant", "tool", "function"];

export function checkExamples(content: string | undefined): CheckedExamples {
  const no = (message: string): CheckedExamples => ({ ok: false, message });
  if (content === undefined) return no("The file is not there, or longer than the emulator keeps.");
  let count = 0;
  let tokens = 0;
  for (const [index, line] of content.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    count++;
    const fault = faultOf(line);
    if (fault !== undefined) return no(`Invalid file format. Line ${index + 1}: ${fault}`);
    tokens += countTokens(line);
  }
  if (count < LEAST_EXAMPLES) {
    return no(`Training file has ${count} example(s), but must have at least ${LEAST_EXAMPLES} examples`);
  }
  return { ok: true, count, tokens };
}

function faultOf(line: string): string | undefined {
  let example: unknown;
  try {
    example = JSON.parse(line);
  } catch {
    return "it is not JSON.";
  }
  const messages = isObject(example) ? example.messages : undefined;
  if (!Array.isArray(messages) || messages.length === 0)
    return "'messages' must be a list that is not empty.";
  for (const message of messages) {
    if (!isObject(message) || !ROLES.includes(message.role))
      return "a message has no role, or an unknown one.";
  }
  const last: unknown = messages.at(-1);
  return isObject(last) && last.role === "assistant"
    ? undefined
    : "the last message must be the assistant's.";
}

export interface Training {
  readonly hyperparameters: Hyperparameters;
  readonly trainedTokens: number;
  readonly epochs: number;
  /** One for each step that is reported: at most ten an epoch. */
  readonly metrics: readonly { readonly step: number; readonly loss: number; readonly accuracy: number }[];
}

const AUTO = { n_epochs: 3, batch_size: 1, learning_rate_multiplier: 2 } as const;
const REPORTS_PER_EPOCH = 10;

export function trainingOf({ count, tokens }: Examples, asked: Hyperparameters): Training {
  const settled = <T extends keyof Hyperparameters>(name: T): number =>
    asked[name] === "auto" ? AUTO[name] : (asked[name] as number);
  const epochs = settled("n_epochs");
  const batch = settled("batch_size");
  const perEpoch = Math.ceil(count / batch);
  const steps = perEpoch * epochs;
  const every = Math.max(1, Math.ceil(perEpoch / REPORTS_PER_EPOCH));
  const metrics = [];
  for (let step = every; step <= steps; step += every) {
    const done = step / steps;
    metrics.push({ step, loss: round(2.5 * Math.exp(-3 * done) + 0.1), accuracy: round(0.5 + 0.45 * done) });
  }
  return {
    hyperparameters: {
      n_epochs: epochs,
      batch_size: batch,
      learning_rate_multiplier: settled("learning_rate_multiplier"),
    },
    trainedTokens: tokens * epochs,
    epochs,
    metrics,
  };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

type Listed = { id: string } & JsonObject;

const ORDER: readonly JobStatus[] = ["validating_files", "queued", "running", "succeeded"];

/** Oldest first; the same every time for the same state. */
export function eventsOf(job: Job, status: JobStatus): readonly Listed[] {
  const events: Listed[] = [];
  const say = (message: string, level = "info", data?: JsonObject): void => {
    const id = childId("ftevent-", job, events.length);
    const type = data === undefined ? "message" : "metrics";
    events.push({
      id,
      object: "fine_tuning.job.event",
      created_at: job.createdAt + events.length,
      level,
      message,
      type,
      data: data ?? {},
    });
  };
  // A job that ended early had got as far as its training tells.
  const reached =
    status === "failed"
      ? 0
      : status === "cancelled"
        ? job.training === undefined
          ? 0
          : 1
        : ORDER.indexOf(status);
  say(`Created fine-tuning job: ${job.id}`);
  say(`Validating training file: ${job.trainingFile}`);
  if (reached >= 1) say("Files validated, moving job to queued state");
  if (reached >= 2) say("Fine-tuning job started");
  if (reached >= 3) {
    for (const { step, loss, accuracy } of job.training?.metrics ?? []) {
      const data = { step, train_loss: loss, train_mean_token_accuracy: accuracy };
      say(`Step ${step}: training loss=${loss}`, "info", data);
    }
    say(`New fine-tuned model created: ${job.fineTunedModel}`);
    say("The job has successfully completed");
  }
  if (status === "failed") say(job.error?.message ?? "The job failed", "error");
  if (status === "cancelled") say("The job was cancelled", "warn");
  return events;
}

/** One for the end of each epoch, of the last three as the services keep them. */
export function checkpointsOf(job: Job, status: JobStatus): readonly Listed[] {
  const { training } = job;
  if (status !== "succeeded" || training === undefined) return [];
  const { epochs, metrics } = training;
  const numbers = Array.from({ length: epochs }, (_, index) => index + 1).slice(-3);
  return numbers.flatMap((epoch) => {
    const metric = metrics[Math.round((metrics.length * epoch) / epochs) - 1];
    if (metric === undefined) return [];
    const { step, loss, accuracy } = metric;
    const isLast = epoch === epochs;
    return [
      {
        id: childId("ftckpt_", job, epoch),
        object: "fine_tuning.job.checkpoint",
        created_at: job.createdAt + step,
        fine_tuned_model_checkpoint: `${job.fineTunedModel}${isLast ? "" : `:ckpt-step-${step}`}`,
        step_number: step,
        metrics: { step, train_loss: loss, train_mean_token_accuracy: accuracy },
        fine_tuning_job_id: job.id,
      },
    ];
  });
}

function childId(prefix: string, job: Job, number: number): string {
  return prefix + randomId(createRandom(hashText(`${prefix} ${job.id} ${number}`)), 24);
}
