/** The calls whose answer is a stream of a run, and how one stream leads to the next. */
import type { Call, RequestOptions } from "../http/caller.ts";
import { path } from "../http/path.ts";
import { OutputError } from "../tools/errors.ts";
import type { AgentRunState } from "./assemble.ts";
import { type AgentEventHandler, checkHandler } from "./event-handler.ts";
import { type KnownTools, knownTools } from "./known-tools.ts";
import {
  answerer,
  functionCalls,
  requiredCalls,
  type ToolAnswerOptions,
  withTools,
} from "./required-calls.ts";
import type { RunOperations } from "./run-operations.ts";
import { AgentRunStream, type GoOn, type RunEvents, readRunEvents } from "./run-stream.ts";
import type { RunStepIncludable, ThreadRun } from "./run-types.ts";
import type { ToolDefinition } from "./tool-types.ts";

/** Options of a streamed run. `timeoutMs` and the other deadlines are those of each of its streams. */
export interface RunStreamOptions extends RequestOptions, ToolAnswerOptions {
  /** Told the events as they're read; see {@link AgentRunStream.untilDone}. */
  eventHandler?: AgentEventHandler | undefined;
  /** Most rounds of calls that are answered; then the run is cancelled, and an {@link OutputError} is thrown. Default 25. */
  maxSteps?: number | undefined;
  /** More of the steps than is sent without being asked for. */
  include?: RunStepIncludable[] | undefined;
}

/** The operations whose answer is the stream of a run. */
export type StreamOperations = Pick<
  RunOperations,
  "createStream" | "createThreadAndRunStream" | "submitToolOutputsToStream"
>;

/** The streams of runs alone, for {@link connectAgents}: the smallest program that talks to an agent. */
export function streamOperations(call: Call, known: KnownTools = knownTools()): StreamOperations {
  /** One request with `stream: true`; `read` makes something of its stream. */
  function open<T extends object>(
    to: string,
    body: object,
    options: RequestOptions,
    state: AgentRunState,
    read: (events: RunEvents) => T,
    query?: object,
  ) {
    return call<T>("POST", to, options, {
      body: { ...body, stream: true },
      query,
      stream: true,
      read: async (sent) => read(await readRunEvents(sent, state)),
    });
  }

  function stream(to: string, body: { tools?: ToolDefinition[] | null }, given: RunStreamOptions = {}) {
    const {
      eventHandler,
      maxSteps = 25,
      include,
      toolSet,
      maxErrorRounds,
      toolTimeoutMs,
      maxParallel,
      ...options
    } = given;
    checkHandler(eventHandler);
    if (!(Number.isSafeInteger(maxSteps) && maxSteps > 0))
      throw new TypeError("maxSteps must be a whole number above 0.");
    const answer = answerer({ maxErrorRounds, toolTimeoutMs, maxParallel }, call);
    let steps = 0;
    const goOn: GoOn = async (run, state, signal) => {
      const calls = functionCalls(requiredCalls(run));
      const tools = toolSet ?? known.of(run.assistant_id);
      if (!tools || calls.length === 0) return undefined;
      const each = { ...options, signal };
      const cancel = () =>
        call<ThreadRun>("POST", path`/threads/${run.thread_id}/runs/${run.id}/cancel`, each);
      if (++steps > maxSteps) {
        await cancel();
        throw new OutputError("steps", { partial: state });
      }
      const { outputs, tooMany } = await answer(tools, calls, signal);
      if (tooMany) return cancel();
      const next = path`/threads/${run.thread_id}/runs/${run.id}/submit_tool_outputs`;
      return open(next, { tool_outputs: outputs }, each, state, (events) => events);
    };
    const state: AgentRunState = { run: undefined, thread: undefined, messages: [], steps: [] };
    const { signal } = options;
    const make = (events: RunEvents) => new AgentRunStream(events, { goOn, signal, eventHandler });
    return open(to, body, options, state, make, { include });
  }

  return {
    createStream: (id, body, options) =>
      stream(path`/threads/${id}/runs`, withTools(body, options?.toolSet), options),
    createThreadAndRunStream: (body, options) =>
      stream("/threads/runs", withTools(body, options?.toolSet), options),
    submitToolOutputsToStream: (id, run, body, options) =>
      stream(path`/threads/${id}/runs/${run}/submit_tool_outputs`, body as object, options),
  };
}
