// Batches: a file of requests that the emulator really asks itself, and two files with the answers and the errors.
// A batch moves on when it is looked at (state.ts); its lines run when it reaches `finalizing`.

import { type BatchLine, type BatchResult, type LineError, parseLines, runLines } from "./batch-lines.ts";
import { reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { addResult, fileText, findFile } from "./files.ts";
import { isObject, Refused, refuse } from "./json.ts";
import { metadata, object, text } from "./members.ts";
import { pageOf } from "./paging.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep, newId, nowSeconds, type Progress, stageOf, startProgress } from "./state.ts";

export interface Batch {
  readonly id: string;
  readonly endpoint: string;
  readonly inputFileId: string;
  readonly createdAt: number;
  readonly metadata: unknown;
  readonly progress: Progress;
  /** When each state was first seen, seconds. */
  readonly times: Map<string, number>;
  lines: readonly BatchLine[] | undefined;
  errors: readonly LineError[];
  /** Runs once, however many look at it meanwhile. */
  run: Promise<BatchResult> | undefined;
  outcome: { readonly counts: BatchResult["counts"]; outputId?: string; errorId?: string } | undefined;
  cancelledAtStage: number | undefined;
}

const MEMBERS: Members = {
  input_file_id: text,
  endpoint: text,
  completion_window: text,
  metadata,
  output_expires_after: object,
  // The official client adds it where it has a deployment.
  model: text,
};

const ENDPOINTS = ["/chat/completions", "/completions", "/embeddings", "/responses"];
const WINDOW_SECONDS = 24 * 60 * 60;

/** The same with and without the version that OpenAI has in it. */
export function plainEndpoint(endpoint: string): string {
  return endpoint.replace(/^\/(?:openai\/)?v1(?=\/)/, "");
}

export function createBatch(exchange: Exchange): Promise<Response> {
  return reading(
    exchange,
    () => readRequest(exchange),
    async (read) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const id = newId(exchange, "batch_");
      const batch: Batch = {
        id,
        ...read,
        createdAt: nowSeconds(exchange),
        progress: startProgress(exchange),
        times: new Map(),
        lines: undefined,
        errors: [],
        run: undefined,
        outcome: undefined,
        cancelledAtStage: undefined,
      };
      keep(exchange.state.batches, id, batch);
      return sendJson(exchange, await batchObject(exchange, batch));
    },
  );
}

function readRequest(exchange: Exchange): Pick<Batch, "endpoint" | "inputFileId" | "metadata"> {
  const body = readMembers(exchange.dialect, exchange.record.body, MEMBERS);
  const { input_file_id: inputFileId, endpoint, completion_window: window } = body;
  if (inputFileId === undefined) refuse("missing-parameter", "input_file_id", inputFileId, "a file's id");
  if (endpoint === undefined) refuse("missing-parameter", "endpoint", endpoint, "an endpoint");
  if (!ENDPOINTS.includes(plainEndpoint(endpoint as string))) {
    refuse(
      "invalid-value",
      "endpoint",
      endpoint,
      `one of ${ENDPOINTS.map((known) => `'/v1${known}'`).join(", ")}`,
    );
  }
  if (window === undefined) refuse("missing-parameter", "completion_window", window, "'24h'");
  if (window !== "24h") refuse("invalid-value", "completion_window", window, "'24h'");
  const file = findFile(exchange, inputFileId as string);
  if (file === undefined || file.purpose !== "batch") {
    throw new Refused({
      reason: "invalid-value",
      param: "input_file_id",
      message:
        file === undefined
          ? `Invalid 'input_file_id': no such file '${inputFileId}'.`
          : "Invalid 'input_file_id': the file's purpose must be 'batch'.",
    });
  }
  return {
    inputFileId: inputFileId as string,
    endpoint: endpoint as string,
    metadata: isObject(body.metadata) ? body.metadata : null,
  };
}

const STATES = ["validating", "in_progress", "finalizing", "completed"] as const;
const LAST = STATES.length - 1;

type Status = (typeof STATES)[number] | "failed" | "cancelling" | "cancelled";

/** Brings the batch as far as it should be by now, and says where that is. */
async function advance(exchange: Exchange, batch: Batch): Promise<Status> {
  const stage = stageOf(batch.progress, exchange.settings, LAST + 1);
  if (batch.cancelledAtStage !== undefined)
    return stage > batch.cancelledAtStage ? "cancelled" : "cancelling";
  if (stage === 0) return "validating";
  if (batch.lines === undefined && batch.errors.length === 0) validate(exchange, batch);
  if (batch.errors.length > 0) return "failed";
  if (stage >= 2) {
    batch.run ??= runLines(exchange, plainEndpoint(batch.endpoint), batch.lines ?? []);
    const { counts, output, errors } = await batch.run;
    batch.outcome ??= {
      counts,
      ...(output !== "" && { outputId: resultId(exchange, batch, "output", output) }),
      ...(errors !== "" && { errorId: resultId(exchange, batch, "error", errors) }),
    };
  }
  return STATES[Math.min(stage, LAST)] as Status;
}

function resultId(exchange: Exchange, { id }: Batch, kind: "output" | "error", lines: string): string {
  const part = kind === "output" ? 1 : 2;
  return addResult(exchange, `${id}_${kind}.jsonl`, "batch_output", lines, part).id;
}

function validate(exchange: Exchange, batch: Batch): void {
  const file = findFile(exchange, batch.inputFileId);
  const content = file === undefined ? undefined : fileText(file);
  if (content === undefined) {
    const code = file === undefined ? "file_not_found" : "emulator_not_kept";
    const message =
      file === undefined
        ? "The input file is no longer there."
        : "The input file is longer than the emulator keeps (`keepFileBytes`).";
    batch.errors = [{ code, message, param: "input_file_id", line: null }];
    return;
  }
  const { lines, errors } = parseLines(content, plainEndpoint(batch.endpoint));
  if (errors.length > 0) batch.errors = errors;
  else batch.lines = lines;
}

const TIMED: Partial<Record<Status, string>> = {
  in_progress: "in_progress_at",
  finalizing: "finalizing_at",
  completed: "completed_at",
  failed: "failed_at",
  cancelling: "cancelling_at",
  cancelled: "cancelled_at",
};

async function batchObject(
  exchange: Exchange,
  batch: Batch,
): Promise<{ id: string } & Record<string, unknown>> {
  const status = await advance(exchange, batch);
  // A state that passed unseen began no later than the one that is seen now.
  const reached = STATES.indexOf(status as (typeof STATES)[number]);
  const passed: readonly Status[] = reached < 0 ? [status] : STATES.slice(0, reached + 1);
  for (const state of passed) {
    const name = TIMED[state];
    if (name !== undefined && !batch.times.has(name)) batch.times.set(name, nowSeconds(exchange));
  }
  const time = (name: string): number | null => batch.times.get(name) ?? null;
  const { errors, outcome } = batch;
  const finished = status === "completed";
  return {
    id: batch.id,
    object: "batch",
    endpoint: batch.endpoint,
    errors: errors.length === 0 ? null : { object: "list", data: errors },
    input_file_id: batch.inputFileId,
    completion_window: "24h",
    status,
    output_file_id: finished ? (outcome?.outputId ?? null) : null,
    error_file_id: finished ? (outcome?.errorId ?? null) : null,
    created_at: batch.createdAt,
    in_progress_at: time("in_progress_at"),
    expires_at: batch.createdAt + WINDOW_SECONDS,
    finalizing_at: time("finalizing_at"),
    completed_at: time("completed_at"),
    failed_at: time("failed_at"),
    expired_at: null,
    cancelling_at: time("cancelling_at"),
    cancelled_at: time("cancelled_at"),
    request_counts: outcome?.counts ?? { total: batch.lines?.length ?? 0, completed: 0, failed: 0 },
    metadata: batch.metadata,
  };
}

export async function listBatches(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, url } = exchange;
  return reading(
    exchange,
    () => pageOf(url, [...state.batches.values()], { limit: 20, mostItems: 100, order: "desc" }),
    async (page) => {
      const data: unknown[] = [];
      for (const batch of page.data) data.push(await batchObject(exchange, batch));
      return sendJson(exchange, { ...page, data });
    },
  );
}

export function getBatch(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withBatch(exchange, values, async (batch) => {
    batch.progress.polls++;
    return sendJson(exchange, await batchObject(exchange, batch));
  });
}

export function cancelBatch(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withBatch(exchange, values, async (batch) => {
    const status = await advance(exchange, batch);
    if (status === "completed" || status === "failed") {
      const message = `Cannot cancel a batch with status '${status}'.`;
      return sendRefusal(exchange, { reason: "conflict", message });
    }
    batch.cancelledAtStage ??= stageOf(batch.progress, exchange.settings, LAST + 1);
    return sendJson(exchange, await batchObject(exchange, batch));
  });
}

async function withBatch(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (batch: Batch) => Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const batch = exchange.state.batches.get(id);
  if (batch !== undefined) return then(batch);
  return sendRefusal(exchange, { reason: "not-found", message: `No batch found with id '${id}'.` });
}
