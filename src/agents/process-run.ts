/** A run from its beginning to its end, by asking for its state, with the calls of its functions answered on the way. */
import type { Call, RequestOptions } from "../http/caller.ts";
import { answerer, functionCalls, requiredCalls, type ToolAnswerOptions } from "./required-calls.ts";
import type { ThreadRun, ToolOutput } from "./run-types.ts";
import type { ToolSet } from "./tool-set.ts";
import { type EachRequest, startAndWait, type WaitOptions } from "./wait.ts";

/** The operations that a run needs, and what observes its functions. */
export interface RunParts extends Pick<Call, "trace" | "live"> {
  create(options: EachRequest): PromiseLike<ThreadRun>;
  get(run: ThreadRun, options: RequestOptions): PromiseLike<ThreadRun>;
  cancel(run: ThreadRun, options: RequestOptions): PromiseLike<ThreadRun>;
  submit(run: ThreadRun, outputs: ToolOutput[], options: RequestOptions): PromiseLike<ThreadRun>;
  /** The tool set of the run, if one is known. */
  toolSet(run: ThreadRun): ToolSet | undefined;
}

export type ProcessOptions = WaitOptions<ThreadRun> & Omit<ToolAnswerOptions, "toolSet">;

/** A run needs no more than the 10 minutes the service gives it, and calls of functions begin them anew. */
const LONGEST_MS = 3_600_000;

export async function processRun(
  { create, get, cancel, submit, toolSet, trace, live }: RunParts,
  { maxErrorRounds, toolTimeoutMs, maxParallel, onProgress, ...waiting }: ProcessOptions,
): Promise<ThreadRun> {
  const answer = answerer({ maxErrorRounds, toolTimeoutMs, maxParallel }, { trace, live });
  /** The run was cancelled from here: nothing more is asked. */
  let over = false;
  const seen = (run: ThreadRun) => {
    onProgress?.(run);
    return run;
  };

  async function next(before: ThreadRun, options: EachRequest): Promise<ThreadRun> {
    const run = seen(await get(before, options));
    const calls = requiredCalls(run);
    if (!calls) return run;
    if (calls.length === 0) {
      over = true;
      await cancel(run, options);
      return run;
    }
    const functions = functionCalls(calls);
    if (functions.length === 0) return run;
    const tools = toolSet(run);
    if (!tools)
      throw new TypeError(
        `The run ${run.id} calls functions, but no tool set is known for it: give toolSet, or call enableAutoFunctionCalls.`,
      );
    const { outputs, tooMany } = await answer(tools, functions, options.signal!);
    if (tooMany) {
      over = true;
      return seen(await cancel(run, options));
    }
    await submit(run, outputs, options);
    return run;
  }

  return startAndWait(
    async (options) => seen(await create(options)),
    next,
    ({ status }) => !over && /^(queued|in_progress|requires_action)$/.test(status),
    waiting,
    { longestMs: LONGEST_MS },
  );
}
