/** The calls of one step: some at work at once, told as they begin and end. */
import type { AnswerDelta, ModelCall, WholeAnswer } from "./answer.ts";
import { type AnyTool, answerCall, type CallOutcome, type CallSettings } from "./tool.ts";

/** What a run tells while it works; `step` counts from 1. */
export type ToolEvent =
  | { type: "step-start"; step: number }
  | (AnswerDelta & { step: number })
  /** The model has answered. */
  | { type: "step-end"; step: number; answer: WholeAnswer; calls: ModelCall[] }
  | ({ type: "tool-start"; step: number } & ModelCall)
  | ({ type: "tool-end"; step: number; ms: number } & ToolCallResult);

/** A call and what became of it. */
export type ToolCallResult = ModelCall & CallOutcome;

/** Answers the calls of a step, some at once, into `outcomes` in the order of the calls. */
export async function* answerCalls(
  calls: ModelCall[],
  tools: ReadonlyMap<string, AnyTool>,
  settings: CallSettings & { maxParallel: number },
  step: number,
  outcomes: ToolCallResult[],
): AsyncGenerator<ToolEvent, void> {
  const queue: ToolEvent[] = [];
  let wake = () => {};
  const tell = (event: ToolEvent) => {
    queue.push(event);
    wake();
  };
  const rest = calls.entries();
  const worker = async () => {
    for (const [index, call] of rest) {
      const start = Date.now();
      tell({ type: "tool-start", step, ...call });
      const outcome = { ...call, ...(await answerCall(call, tools, settings)) };
      outcomes[index] = outcome;
      tell({ type: "tool-end", step, ms: Date.now() - start, ...outcome });
    }
  };
  const workers = Array.from({ length: Math.min(settings.maxParallel, calls.length) }, worker);
  let over = false;
  const all = Promise.all(workers).finally(() => {
    over = true;
    wake();
  });
  // Awaited at the end; a run that is left before has nobody to tell.
  all.catch(() => {});
  for (;;) {
    for (let event = queue.shift(); event; event = queue.shift()) yield event;
    if (over) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await all;
}
