/** What a run that requires action is answered: by which tool set, and when it's enough. */
import type { Call } from "../http/caller.ts";
import { AbortError, MalformedResponseError } from "../http/errors.ts";
import { checkToolSet } from "./known-tools.ts";
import type { RequiredFunctionCall, ThreadRun, ToolOutput } from "./run-types.ts";
import { isFailure, type ToolSet } from "./tool-set.ts";
import type { ToolDefinition } from "./tool-types.ts";

/** How calls of functions are answered while a run goes on. */
export interface ToolAnswerOptions {
  /**
   * The tools of the run: its definitions are sent in place of the agent's own (not its resources; and nothing, when the
   * body has `tools`), and its functions are called. Default: the set that the agent was made or changed with by this
   * client, else that of `enableAutoFunctionCalls`; of those nothing is sent.
   */
  toolSet?: ToolSet | undefined;
  /** Rounds with an error that are told to the model; after the next one the run is cancelled. Default 10. */
  maxErrorRounds?: number | undefined;
  /** How long a function may take, in milliseconds; then the model is told so. Default 60 000. */
  toolTimeoutMs?: number | undefined;
  /** Most functions at work at once. Default 8. */
  maxParallel?: number | undefined;
}

/** Answers calls; `tooMany` when errors have come for the last time. */
export type Answerer = (
  toolSet: ToolSet,
  calls: RequiredFunctionCall[],
  signal: AbortSignal,
) => Promise<{ outputs: ToolOutput[]; tooMany: boolean }>;

/** Counts the rounds of one run. */
export function answerer(
  { maxErrorRounds = 10, toolTimeoutMs, maxParallel }: ToolAnswerOptions,
  { trace, live }: Pick<Call, "trace" | "live">,
): Answerer {
  if (!(Number.isSafeInteger(maxErrorRounds) && maxErrorRounds >= 0))
    throw new TypeError("maxErrorRounds must be a whole number.");
  let failed = 0;
  return async (toolSet, calls, signal) => {
    const controller = new AbortController();
    const close = (reason: unknown) => controller.abort(new AbortError(reason));
    live?.add(close);
    const outputs = await toolSet
      .execute(calls, {
        signal: AbortSignal.any([signal, controller.signal]),
        toolTimeoutMs,
        maxParallel,
        trace: trace?.(),
      })
      .finally(() => live?.delete(close));
    const tooMany = outputs.some(isFailure) && ++failed > maxErrorRounds;
    return { outputs, tooMany };
  };
}

/** The calls that a run waits for: `undefined` when it waits for something else, or not at all. */
export function requiredCalls({ status, required_action }: ThreadRun): RequiredFunctionCall[] | undefined {
  if (status !== "requires_action" || required_action?.type !== "submit_tool_outputs") return undefined;
  const calls = required_action.submit_tool_outputs?.tool_calls;
  return Array.isArray(calls) ? calls : [];
}

/**
 * Those that a function of this program answers.
 *
 * @throws {MalformedResponseError} for one without an id or a name: the run could never go on.
 */
export function functionCalls(calls: readonly RequiredFunctionCall[] | undefined): RequiredFunctionCall[] {
  const functions = (calls ?? []).filter((call) => call?.type === "function");
  if (functions.every(({ id, function: called }) => id && typeof called?.name === "string")) return functions;
  throw new MalformedResponseError("The run waits for calls without id or name.");
}

/** The definitions of a tool set for a run; `null` leaves the agent its own. */
export function withTools<B extends { tools?: ToolDefinition[] | null }>(
  body: B,
  toolSet: ToolSet | undefined,
): B {
  checkToolSet(toolSet);
  return body.tools === undefined && toolSet ? { ...body, tools: toolSet.definitions } : body;
}
