// Runs the conversation: one answer at a time into the pure state of chat-state.ts; run.ts does it.
// What the parts of an answer mean is the client's; what the state becomes is the reducer's.
import { useCallback, useEffect, useReducer, useRef } from "react";
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  emptyChat,
  isAnswering,
  lastAttempt,
} from "./chat-state.ts";
import type { Connection } from "./connection.ts";
import { loadRun } from "./later-parts.ts";

export interface Chat {
  readonly state: ChatState;
  readonly answering: boolean;
  send(prompt: string, model: string): void;
  retry(model: string): void;
  stop(): void;
  clear(): void;
}

/** One answer on its way. */
export interface Run {
  readonly attempt: number;
  readonly model: string;
  readonly abort: AbortController;
  /** Shows what has come and drops the rest. */
  stop(): void;
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
    running.current = startRun(connection, state, waitingFor, dispatch);
  }, [waitingFor?.id]);

  // Leaving the page's tree ends the upstream's work too.
  useEffect(() => () => running.current?.abort.abort(), []);

  const stop = useCallback(() => {
    const run = running.current;
    if (!run) return;
    run.abort.abort();
    run.stop();
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
  { id: attempt, model }: { id: number; model: string },
  dispatch: (action: ChatAction) => void,
): Run {
  const run: Run = { attempt, model, abort: new AbortController(), stop: () => {} };
  const sentAt = performance.now();
  loadRun().then(
    ({ answer }) => answer(run, sentAt, connection, state, dispatch),
    () => {
      if (run.abort.signal.aborted) return;
      const failure = {
        title: "A part of this page could not be loaded.",
        advice: "Check that you are online, then reload the page.",
        detail: "",
        cut: false,
      };
      dispatch({ type: "end", attempt, phase: "failed", failure });
    },
  );
  return run;
}
