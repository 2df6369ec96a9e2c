// Runs the conversation: one stream at a time into the pure state of chat-state.ts, a bounded piece per frame.
// What the parts of an answer mean is the client's; what the state becomes is the reducer's.
import { useCallback, useEffect, useReducer, useRef } from "react";
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  emptyChat,
  historyOf,
  isAnswering,
  lastAttempt,
} from "./chat-state.ts";
import type { Connection } from "./connection.ts";
import type { Failure } from "./failure.ts";
import { createFrameBatch, type FrameBatch, nextFrame } from "./frame-batch.ts";
import { loadAsk, loadFailure } from "./later-parts.ts";

export interface Chat {
  readonly state: ChatState;
  readonly answering: boolean;
  send(prompt: string, model: string): void;
  retry(model: string): void;
  stop(): void;
  clear(): void;
}

interface Run {
  readonly attempt: number;
  readonly abort: AbortController;
  readonly batch: FrameBatch;
}

export function useChat(connection: Connection): Chat {
  const [state, dispatch] = useReducer(chatReducer, emptyChat);
  const running = useRef<Run | null>(null);
  const nextAttempt = useRef(1);

  // The request goes out once the state holds the new attempt, so what is sent is what is shown.
  const attempt = lastAttempt(state);
  const waitingFor = attempt?.phase === "waiting" ? attempt : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt starts one request, nothing else does
  useEffect(() => {
    if (!waitingFor || running.current?.attempt === waitingFor.id) return;
    running.current = startRun(connection, state, waitingFor.id, waitingFor.model, dispatch);
  }, [waitingFor?.id]);

  // Leaving the page's tree ends the upstream's work too.
  useEffect(() => () => running.current?.abort.abort(), []);

  const stop = useCallback(() => {
    const run = running.current;
    if (!run) return;
    run.abort.abort();
    run.batch.stop();
    dispatch({ type: "end", attempt: run.attempt, phase: "stopped", failure: null });
  }, []);

  return {
    state,
    answering: isAnswering(state),
    send: useCallback((prompt, model) => {
      dispatch({ type: "send", prompt, model, attempt: nextAttempt.current++ });
    }, []),
    retry: useCallback((model) => {
      dispatch({ type: "retry", model, attempt: nextAttempt.current++ });
    }, []),
    stop,
    clear: useCallback(() => {
      stop();
      dispatch({ type: "clear" });
    }, [stop]),
  };
}

function startRun(
  connection: Connection,
  state: ChatState,
  attempt: number,
  model: string,
  dispatch: (action: ChatAction) => void,
): Run {
  const sentAt = performance.now();
  const abort = new AbortController();
  let firstTextAt: number | null = null;
  const batch = createFrameBatch((delta) => {
    dispatch({ type: "text", attempt, ...delta, elapsedMs: (firstTextAt ?? performance.now()) - sentAt });
  }, nextFrame);

  async function run(): Promise<void> {
    const { ask } = await loadAsk();
    const question = { model, messages: historyOf(state), signal: abort.signal };
    await ask(connection, question, {
      onText(text, reasoning) {
        firstTextAt ??= performance.now();
        batch.add({ text, reasoning });
      },
      onUsage: (usage) => dispatch({ type: "usage", attempt, usage }),
      onFinishReason: (reason) => dispatch({ type: "finish-reason", attempt, reason }),
    });
  }

  run().then(
    async () => {
      await batch.drained();
      dispatch({ type: "end", attempt, phase: "done", failure: null });
    },
    async (error: unknown) => {
      // Whoever aborted has said how the attempt ended.
      if (abort.signal.aborted) return;
      await batch.drained();
      const failure = await explain(error, firstTextAt !== null);
      dispatch({ type: "end", attempt, phase: failure.cut ? "cut" : "failed", failure });
    },
  );
  return { attempt, abort, batch };
}

async function explain(error: unknown, hasText: boolean): Promise<Failure> {
  try {
    const { describeFailure } = await loadFailure();
    return describeFailure(error, hasText);
  } catch {
    return {
      title: "A part of this page could not be loaded.",
      advice: "Check that you are online, then reload the page.",
      detail: "",
      cut: false,
    };
  }
}
