// One answer: its stream into the conversation, a bounded piece per frame. Loaded with the first message.
import { ask } from "./ask.ts";
import { type ChatAction, type ChatState, historyOf } from "./chat-state.ts";
import type { Connection } from "./connection.ts";
import { describeFailure } from "./failure.ts";
import { createFrameBatch, nextFrame } from "./frame-batch.ts";
import type { Run } from "./use-chat.ts";

export async function answer(
  run: Run,
  sentAt: number,
  connection: Connection,
  state: ChatState,
  dispatch: (action: ChatAction) => void,
): Promise<void> {
  const { attempt, model, abort } = run;
  const { signal } = abort;
  if (signal.aborted) return;
  let firstTextAt: number | null = null;
  const batch = createFrameBatch((delta) => {
    dispatch({ type: "text", attempt, ...delta, elapsedMs: (firstTextAt ?? performance.now()) - sentAt });
  }, nextFrame);
  run.stop = batch.stop;
  try {
    await ask(
      connection,
      { model, messages: historyOf(state), signal },
      {
        onText(text, reasoning) {
          firstTextAt ??= performance.now();
          batch.add({ text, reasoning });
        },
        onUsage: (usage) => dispatch({ type: "usage", attempt, usage }),
        onFinishReason: (reason) => dispatch({ type: "finish-reason", attempt, reason }),
      },
    );
    await batch.drained();
    dispatch({ type: "end", attempt, phase: "done", failure: null });
  } catch (error) {
    // Whoever aborted has said how the attempt ended.
    if (signal.aborted) return;
    await batch.drained();
    const failure = describeFailure(error, firstTextAt !== null);
    dispatch({ type: "end", attempt, phase: failure.cut ? "cut" : "failed", failure });
  }
}
