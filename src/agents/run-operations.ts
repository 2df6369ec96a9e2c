/** Runs of a thread, whole or as they go on, and their steps. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import type { AgentListParams } from "./agent-types.ts";
import { type KnownTools, knownTools } from "./known-tools.ts";
import { processRun } from "./process-run.ts";
import { type ToolAnswerOptions, withTools } from "./required-calls.ts";
import type { AgentRunStream } from "./run-stream.ts";
import type {
  RunCreateParams,
  RunStepIncludable,
  RunUpdateParams,
  ThreadAndRunCreateParams,
  ThreadRun,
  ToolOutputsParams,
} from "./run-types.ts";
import type { RunStep, RunStepListParams } from "./step-types.ts";
import { type RunStreamOptions, streamOperations } from "./stream-operations.ts";
import type { WaitOptions } from "./wait.ts";

export interface IncludeOptions extends RequestOptions {
  /** More of the steps than is sent without being asked for. */
  include?: RunStepIncludable[] | undefined;
}

export interface ProcessRunOptions extends WaitOptions<ThreadRun>, ToolAnswerOptions {
  /** More of the steps than is sent without being asked for. */
  include?: RunStepIncludable[] | undefined;
}

export interface RunOperations {
  createRun(threadId: string, body: RunCreateParams, options?: IncludeOptions): ApiPromise<ThreadRun>;
  /**
   * Makes a run and waits until it has come to an end; to which, its `status` says. Calls of functions are answered by the
   * tool set on the way; after `maxErrorRounds` rounds with errors the run is cancelled. A run that requires action and
   * calls nothing is cancelled, too, and given back as it was before. Asks every second, for an hour at most.
   *
   * @throws {TimeoutError} when it takes longer, and what the requests throw; `partial` is the run as it was last seen, to
   *   be polled or cancelled.
   * @throws {TypeError} when functions are called and no tool set is known, as for an agent that another program made: give
   *   `toolSet`, or call `enableAutoFunctionCalls` before. The run waits on, under the id in the message.
   *
   * @example
   * ```ts
   * import { AgentsClient } from "latchkey/projects";
   *
   * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
   * const run = await agents.createAndProcessRun(
   *   "thread_1",
   *   { assistant_id: "asst_1" },
   *   { timeoutMs: 120_000, onProgress: ({ status }) => console.log(status) },
   * );
   * console.log(run.status, run.last_error?.message);
   * ```
   */
  createAndProcessRun(
    threadId: string,
    body: RunCreateParams,
    options?: ProcessRunOptions,
  ): Promise<ThreadRun>;
  /**
   * Makes a run and streams its events. Calls of functions are answered by the tool set, and the stream goes on.
   *
   * @example
   * ```ts
   * import { AgentsClient, textOfDelta } from "latchkey/projects";
   *
   * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
   * const stream = await agents.createStream("thread_1", { assistant_id: "asst_1" });
   * for await (const { event, data } of stream) {
   *   if (event === "thread.message.delta") console.log(textOfDelta(data));
   * }
   * const { run, messages } = await stream.final();
   * console.log(run.status, messages.length);
   * ```
   */
  createStream(
    threadId: string,
    body: RunCreateParams,
    options?: RunStreamOptions,
  ): ApiPromise<AgentRunStream>;
  /** Makes a thread and a run of it at once. */
  createThreadAndRun(body: ThreadAndRunCreateParams, options?: RequestOptions): ApiPromise<ThreadRun>;
  /** The same as a stream, as {@link createStream}. */
  createThreadAndRunStream(
    body: ThreadAndRunCreateParams,
    options?: Omit<RunStreamOptions, "include">,
  ): ApiPromise<AgentRunStream>;
  /** Lists runs, newest first: `for await` gives each one, `await` the first page. */
  listRuns(
    threadId: string,
    query?: AgentListParams | null,
    options?: RequestOptions,
  ): PagePromise<ThreadRun>;
  getRun(threadId: string, runId: string, options?: RequestOptions): ApiPromise<ThreadRun>;
  updateRun(
    threadId: string,
    runId: string,
    body: RunUpdateParams,
    options?: RequestOptions,
  ): ApiPromise<ThreadRun>;
  /** Asks the service to end a run; it's `cancelling` first. */
  cancelRun(threadId: string, runId: string, options?: RequestOptions): ApiPromise<ThreadRun>;
  /** Answers the calls that a run waits for; all of them, in one request. */
  submitToolOutputsToRun(
    threadId: string,
    runId: string,
    body: ToolOutputsParams,
    options?: RequestOptions,
  ): ApiPromise<ThreadRun>;
  /** Answers the calls that a run waits for, and streams how it goes on, as {@link createStream}. */
  submitToolOutputsToStream(
    threadId: string,
    runId: string,
    body: ToolOutputsParams,
    options?: Omit<RunStreamOptions, "include">,
  ): ApiPromise<AgentRunStream>;
  /** Lists steps, newest first: `for await` gives each one, `await` the first page. */
  listRunSteps(
    threadId: string,
    runId: string,
    query?: RunStepListParams | null,
    options?: RequestOptions,
  ): PagePromise<RunStep>;
  getRunStep(threadId: string, runId: string, stepId: string, options?: IncludeOptions): ApiPromise<RunStep>;
}

/** The operations of runs alone, for {@link connectAgents}. */
export const runOperations = (call: Call, known: KnownTools = knownTools()): RunOperations => {
  const getRun: RunOperations["getRun"] = (id, run, options) =>
    call("GET", path`/threads/${id}/runs/${run}`, options);
  const cancelRun: RunOperations["cancelRun"] = (id, run, options) =>
    call("POST", path`/threads/${id}/runs/${run}/cancel`, options);
  const createRun: RunOperations["createRun"] = (id, body, { include, ...options } = {}) =>
    call("POST", path`/threads/${id}/runs`, options, {
      body: { ...body, stream: false },
      query: { include },
    });
  const submit: RunOperations["submitToolOutputsToRun"] = (id, run, body, options) =>
    call("POST", path`/threads/${id}/runs/${run}/submit_tool_outputs`, options, {
      body: { ...body, stream: false },
    });
  return {
    createRun,
    async createAndProcessRun(id, body, { toolSet, include, ...options } = {}) {
      return processRun(
        {
          create: (each) => createRun(id, withTools(body, toolSet), { ...each, include }),
          get: (run, each) => getRun(id, run.id, each),
          cancel: (run, each) => cancelRun(id, run.id, each),
          submit: (run, tool_outputs, each) => submit(id, run.id, { tool_outputs }, each),
          toolSet: ({ assistant_id }) => toolSet ?? known.of(assistant_id),
          trace: call.trace,
          live: call.live,
        },
        options,
      );
    },
    createThreadAndRun: (body, options) =>
      call("POST", "/threads/runs", options, { body: { ...body, stream: false } }),
    listRuns: (id, query, options) => list(call, path`/threads/${id}/runs`, query, options),
    getRun,
    updateRun: (id, run, body, options) => call("POST", path`/threads/${id}/runs/${run}`, options, { body }),
    cancelRun,
    submitToolOutputsToRun: submit,
    listRunSteps: (id, run, query, options) =>
      list(call, path`/threads/${id}/runs/${run}/steps`, query, options),
    getRunStep: (id, run, step, { include, ...options } = {}) =>
      call("GET", path`/threads/${id}/runs/${run}/steps/${step}`, options, { query: { include } }),
    ...streamOperations(call, known),
  };
};
