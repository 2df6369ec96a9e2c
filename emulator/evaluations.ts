// Evaluations: created, listed, retrieved, changed. One runs by the clock and by being retrieved: `NotStarted`,
// `Running`, then `Completed` with its metrics among its properties, or `Failed`.

import { readDataset } from "./datasets.ts";
import { reading, stepIn } from "./enter.ts";
import { checkEvaluation, type Evaluation, systemData, typed, writable } from "./evaluation.ts";
import { type Evaluator, metricsOf, readRows } from "./evaluation-metrics.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { fileText, findFile } from "./files.ts";
import { isObject, type JsonObject, refuse } from "./json.ts";
import { linkedPageOf } from "./linked-page.ts";
import { object, text } from "./members.ts";
import { mergePatch } from "./merge-patch.ts";
import { createRandom, hashText, randomUuid } from "./random.ts";
import { parseBody, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep, stageOf, startProgress } from "./state.ts";

export function createEvaluation(exchange: Exchange): Promise<Response> {
  return reading(
    exchange,
    () => {
      const members = typed(writable(parseBody(exchange.record.body), "evaluation"));
      checkEvaluation(exchange, members);
      return members;
    },
    async (members) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const evaluation = openEvaluation(exchange, members);
      return sendJson(exchange, evaluationObject(exchange, evaluation), { status: 201 });
    },
  );
}

function openEvaluation(exchange: Exchange, members: JsonObject): Evaluation {
  const { state, scope, settings, sequence } = exchange;
  const id = randomUuid(createRandom(hashText(`evaluation ${sequence}`, settings.seed)));
  const now = settings.clock();
  return keep(state.evaluations, id, {
    id,
    scope,
    createdAt: now,
    changedAt: now,
    progress: startProgress(exchange),
    members,
    outcome: undefined,
  });
}

const RUN_AGENT = {
  runId: text,
  threadId: text,
  evaluators: object,
  samplingConfiguration: object,
  redactionConfiguration: object,
  appInsightsConnectionString: text,
};

/** Of 2025: a run of an agent is evaluated, and the results go to Application Insights alone. */
export function createAgentEvaluation(exchange: Exchange): Promise<Response> {
  return reading(
    exchange,
    () => {
      const body = readMembers(exchange.dialect, exchange.record.body, RUN_AGENT);
      for (const name of ["runId", "evaluators", "appInsightsConnectionString"]) {
        if (body[name] === undefined) refuse("missing-parameter", name, undefined, "a value");
      }
      return body.evaluators as JsonObject;
    },
    async (evaluators) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const { id } = openEvaluation(exchange, { evaluators });
      return sendJson(exchange, { id, status: "Running" }, { status: 201 });
    },
  );
}

const STATES = ["NotStarted", "Running", "Completed"] as const;

export function evaluationObject(exchange: Exchange, evaluation: Evaluation): JsonObject {
  const { id, members } = evaluation;
  const stage = stageOf(evaluation.progress, exchange.settings, STATES.length - 1);
  const isDone = stage === STATES.length - 1;
  if (isDone) evaluation.outcome ??= run(exchange, evaluation);
  const { outcome } = evaluation;
  const given = isObject(members.properties) ? members.properties : {};
  return {
    id,
    // Today's name of the id.
    ...(exchange.dialect.form === "project" && { name: id }),
    ...members,
    data: withoutSecret(members.data),
    systemData: systemData(evaluation),
    status: outcome?.status ?? STATES[stage],
    properties: { ...given, ...outcome?.properties },
  };
}

/** The connection string of Application Insights says how to write to it. */
export function withoutSecret(data: unknown): unknown {
  if (!isObject(data)) return data;
  const { connectionString: _, ...rest } = data;
  return rest;
}

function run(exchange: Exchange, { members }: Evaluation): Evaluation["outcome"] {
  const evaluators = Object.entries(members.evaluators as JsonObject).map(([name, value]): Evaluator => {
    const { id: evaluatorId = "", dataMapping = {} } = isObject(value) ? value : {};
    return { name, id: String(evaluatorId), dataMapping: dataMapping as Evaluator["dataMapping"] };
  });
  const lines = linesOf(exchange, members.data);
  const rows = lines === undefined ? undefined : readRows(lines);
  if (lines !== undefined && rows === undefined) {
    return failed("The dataset is not JSON Lines: each line must be one JSON object.");
  }
  const metrics = metricsOf(evaluators, rows, exchange.settings.seed);
  if (!metrics.ok) return failed(metrics.message);
  const values = Object.entries(metrics.values).map(([name, value]) => [name, String(value)]);
  return {
    status: "Completed",
    properties: { ...Object.fromEntries(values), row_count: String(rows?.length ?? 0) },
  };
}

function failed(message: string): Evaluation["outcome"] {
  return { status: "Failed", properties: { error: message } };
}

/** undefined where the data is not here. */
function linesOf(exchange: Exchange, data: unknown): string | undefined {
  if (!isObject(data) || data.type !== "dataset" || typeof data.id !== "string") return undefined;
  const file = findFile(exchange, data.id);
  if (file !== undefined) return fileText(file);
  const content = readDataset(exchange, data.id)?.content;
  return content === undefined ? undefined : new TextDecoder().decode(content.read(0, content.length));
}

export async function listEvaluations(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, scope, url } = exchange;
  return reading(
    exchange,
    () => {
      const all = [...state.evaluations.values()].filter((each) => each.scope === scope);
      return linkedPageOf(url, all.toReversed());
    },
    (page) => {
      const value = page.value.map((each) => evaluationObject(exchange, each));
      return sendJson(exchange, { ...page, value });
    },
  );
}

export function getEvaluation(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withEvaluation(exchange, values, (evaluation) => {
    evaluation.progress.polls++;
    return sendJson(exchange, evaluationObject(exchange, evaluation));
  });
}

export function updateEvaluation(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withEvaluation(exchange, values, (evaluation) =>
    reading(
      exchange,
      () => {
        const patch = writable(parseBody(exchange.record.body), "evaluation");
        const members = typed(mergePatch(evaluation.members, patch));
        checkEvaluation(exchange, members);
        return members;
      },
      (members) => {
        evaluation.members = members;
        evaluation.changedAt = exchange.settings.clock();
        return sendJson(exchange, evaluationObject(exchange, evaluation));
      },
    ),
  );
}

async function withEvaluation(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (evaluation: Evaluation) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const evaluation = exchange.state.evaluations.get(id);
  if (evaluation?.scope === exchange.scope) return then(evaluation);
  return sendRefusal(exchange, { reason: "not-found", message: `Evaluation '${id}' not found.` });
}
