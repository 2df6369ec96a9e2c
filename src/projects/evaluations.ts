/** `/evaluations`: evaluations of datasets and of what an application has logged, once or by schedule. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { RequestOptions } from "../http/caller.ts";
import type { PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { elsewhere, type Project } from "./address.ts";
import type {
  AgentEvaluation,
  AgentEvaluationParams,
  Evaluation,
  EvaluationCreateParams,
  EvaluationSchedule,
  EvaluationScheduleParams,
  EvaluationUpdateParams,
} from "./evaluation-types.ts";
import { linkedList } from "./linked-list.ts";
import { mergePatch, readNothing } from "./merge-patch.ts";

export interface EvaluationListParams {
  /** How many. Default: all. */
  top?: number | undefined;
  /** How many of the first ones are left out. */
  skip?: number | undefined;
  /** Items of a page, at most. */
  maxpagesize?: number | undefined;
}

/**
 * `create`, `get` and `list` are there for connection strings and project endpoints; `update` and schedules for
 * connection strings, `createAgentEvaluation` for project endpoints. Elsewhere they throw a `TypeError`.
 */
export interface Evaluations {
  /**
   * Starts an evaluation. Its `status` says how far it is; ask {@link get} for it until it's neither `NotStarted` nor
   * `Running`.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const evaluation = await client.evaluations.create({
   *   data: { type: "dataset", id: "azureai://datasets/answers/versions/1" },
   *   evaluators: { relevance: { id: "azureai://built-in/evaluators/relevance" } },
   * });
   * console.log(evaluation.status);
   * ```
   */
  create(evaluation: EvaluationCreateParams, options?: RequestOptions): ApiPromise<Evaluation>;
  /** Evaluates a run of an agent. */
  createAgentEvaluation(body: AgentEvaluationParams, options?: RequestOptions): ApiPromise<AgentEvaluation>;
  /** @param id what some SDKs call the evaluation's name. */
  get(id: string, options?: RequestOptions): ApiPromise<Evaluation>;
  /** Lists evaluations: `for await` gives each one, `await` the first page. */
  list(query?: EvaluationListParams | null, options?: RequestOptions): PagePromise<Evaluation>;
  /** Changes what is given, by merge patch: `null` removes a member. */
  update(id: string, resource: EvaluationUpdateParams, options?: RequestOptions): ApiPromise<Evaluation>;
  createOrReplaceSchedule(
    name: string,
    resource: EvaluationScheduleParams,
    options?: RequestOptions,
  ): ApiPromise<EvaluationSchedule>;
  getSchedule(name: string, options?: RequestOptions): ApiPromise<EvaluationSchedule>;
  /** Lists schedules: `for await` gives each one, `await` the first page. */
  listSchedule(
    query?: EvaluationListParams | null,
    options?: RequestOptions,
  ): PagePromise<EvaluationSchedule>;
  disableSchedule(name: string, options?: RequestOptions): ApiPromise<undefined>;
}

export const evaluations = ({ evaluations: call, scope }: Project): Evaluations => {
  const needs = "id";
  const [era, current] = scope ? [call, elsewhere] : [elsewhere, call];
  return {
    create: (body, options) => call("POST", "/evaluations/runs:run", options, { body, needs }),
    createAgentEvaluation: (body, options) =>
      current("POST", "/evaluations/runs:runAgent", options, { body }),
    get: (id, options) => call("GET", path`/evaluations/runs/${id}`, options, { needs }),
    list: (query, options) => linkedList(call, "/evaluations/runs", query, options),
    update: (id, body, options) =>
      era("PATCH", path`/evaluations/runs/${id}`, options, { body, needs, encode: mergePatch }),
    createOrReplaceSchedule: (name, body, options) =>
      era("PUT", path`/evaluations/schedules/${name}`, options, { body }),
    getSchedule: (name, options) => era("GET", path`/evaluations/schedules/${name}`, options),
    listSchedule: (query, options) => linkedList(era, "/evaluations/schedules", query, options),
    disableSchedule: (name, options) =>
      era("PATCH", path`/evaluations/schedules/${name}/disable`, options, { read: readNothing }),
  };
};
