// Runs a conversation with an agent in one thread: one run at a time into the pure state of chat-state.ts, with what its
// steps did and what it cites beside. What events mean is the client's, and run-view.ts's.

import type { AgentRunResult, AgentRunStream } from "latchkey/projects";
import { createFrameBatch, type FrameBatch, nextFrame } from "latchkey/react";
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { describeFailure, type Failure } from "../failure.ts";
import { t } from "../i18n.ts";
import type { AgentService, AttachedFile } from "./agent-service.ts";
import { type ChatAction, type ChatState, chatReducer, emptyChat, isAnswering } from "./chat-state.ts";
import { type Citation, citationsOf, type StepView, stepsOf } from "./run-view.ts";

export interface RunDetails {
  readonly steps: readonly StepView[];
  readonly citations: readonly Citation[];
}

export interface ChosenAgent {
  readonly id: string;
  readonly name: string;
}

export interface AgentChat {
  readonly state: ChatState;
  readonly answering: boolean;
  /** By attempt. */
  readonly details: ReadonlyMap<number, RunDetails>;
  /** Files by the turn that they came with. */
  readonly files: ReadonlyMap<number, readonly AttachedFile[]>;
  send(prompt: string, files: readonly AttachedFile[], agent: ChosenAgent): void;
  retry(agent: ChosenAgent): void;
  stop(): void;
  clear(): void;
}

/** What lasts as long as the thread. */
interface Thread {
  id: string | null;
  /** A message that the thread hasn't got yet. */
  unsent: { readonly text: string; readonly files: readonly AttachedFile[] } | null;
  /** A run that is being called off: until it has ended the thread takes nothing. */
  ending: Promise<void>;
}

interface Running {
  readonly attempt: number;
  readonly agentId: string;
  readonly abort: AbortController;
  readonly batch: FrameBatch;
  /** Whether the service may have begun a run. */
  asked: boolean;
  runId: string | null;
  over: boolean;
}

const newThread = (): Thread => ({ id: null, unsent: null, ending: Promise.resolve() });

export function useAgentChat(service: AgentService): AgentChat {
  const [state, dispatch] = useReducer(chatReducer, emptyChat);
  const [details, setDetails] = useState<ReadonlyMap<number, RunDetails>>(new Map());
  const [files, setFiles] = useState<ReadonlyMap<number, readonly AttachedFile[]>>(new Map());
  const thread = useRef(newThread());
  const running = useRef<Running | null>(null);
  const nextAttempt = useRef(1);

  const start = useCallback(
    (attempt: number, agentId: string) => {
      const show = (result: AgentRunStream["snapshot"]) =>
        setDetails((known) =>
          new Map(known).set(attempt, { steps: stepsOf(result), citations: citationsOf(result) }),
        );
      running.current = startRun(service, thread.current, attempt, agentId, dispatch, show);
    },
    [service],
  );

  const stop = useCallback(() => {
    const run = running.current;
    if (!run) return;
    callOff(service, thread.current, run);
    dispatch({ type: "end", attempt: run.attempt, phase: "stopped", failure: null });
  }, [service]);

  // Leaving the page ends the service's work too.
  useEffect(
    () => () => {
      if (running.current) callOff(service, thread.current, running.current);
    },
    [service],
  );

  return {
    state,
    answering: isAnswering(state),
    details,
    files,
    send: useCallback(
      (prompt, attached, agent) => {
        const attempt = nextAttempt.current++;
        thread.current.unsent = { text: prompt, files: attached };
        if (attached.length > 0) setFiles((known) => new Map(known).set(attempt, attached));
        dispatch({ type: "send", prompt, model: agent.name, attempt });
        start(attempt, agent.id);
      },
      [start],
    ),
    retry: useCallback(
      (agent) => {
        const attempt = nextAttempt.current++;
        dispatch({ type: "retry", model: agent.name, attempt });
        start(attempt, agent.id);
      },
      [start],
    ),
    stop,
    clear: useCallback(() => {
      stop();
      thread.current = newThread();
      running.current = null;
      setDetails(new Map());
      setFiles(new Map());
      dispatch({ type: "clear" });
    }, [stop]),
  };
}

/** Stops reading at once, and the service's work as soon as it can be named. */
function callOff(service: AgentService, thread: Thread, run: Running): void {
  const { abort, batch, over } = run;
  if (abort.signal.aborted) return;
  abort.abort();
  batch.stop();
  if (!over) free(service, thread, run);
}

/** Ends what the service may still be at, for until then the thread takes no message. */
function free(service: AgentService, thread: Thread, { asked, runId }: Running): void {
  const { id } = thread;
  if (id === null || !asked) return;
  // A run that has ended meanwhile can't be cancelled, and needn't be.
  thread.ending = service.cancelRun(id, runId).catch(() => {});
}

/** States in which a run holds its thread. */
const HOLDING = /^(queued|in_progress|requires_action|cancelling)$/;

function startRun(
  service: AgentService,
  thread: Thread,
  attempt: number,
  agentId: string,
  dispatch: (action: ChatAction) => void,
  show: (result: AgentRunStream["snapshot"]) => void,
): Running {
  const sentAt = performance.now();
  const abort = new AbortController();
  const { signal } = abort;
  let firstTextAt: number | null = null;
  const batch = createFrameBatch((delta) => {
    dispatch({ type: "text", attempt, ...delta, elapsedMs: (firstTextAt ?? performance.now()) - sentAt });
  }, nextFrame);
  const run: Running = { attempt, agentId, abort, batch, asked: false, runId: null, over: false };

  async function follow(): Promise<AgentRunResult> {
    await thread.ending;
    thread.id ??= await service.createThread(signal);
    if (thread.unsent) await service.addMessage(thread.id, thread.unsent.text, thread.unsent.files, signal);
    thread.unsent = null;
    run.asked = true;
    const stream = await service.run(thread.id, agentId, signal);
    for await (const { event, data } of stream) {
      if (event === "thread.message.delta") {
        const text = (data.delta.content ?? []).flatMap((part) =>
          part.type === "text" ? [part.text?.value ?? ""] : [],
        );
        if (text.length === 0) continue;
        firstTextAt ??= performance.now();
        batch.add({ text: text.join(""), reasoning: "" });
      } else if (event.startsWith("thread.run")) {
        run.runId = stream.snapshot.run?.id ?? null;
        show(stream.snapshot);
      }
    }
    show(stream.snapshot);
    return stream.final();
  }

  follow().then(
    async ({ run: { status, usage, last_error, incomplete_details } }) => {
      run.over = true;
      if (HOLDING.test(status)) free(service, thread, run);
      await batch.drained();
      if (usage)
        dispatch({
          type: "usage",
          attempt,
          usage: { prompt: usage.prompt_tokens, completion: usage.completion_tokens },
        });
      if (incomplete_details) dispatch({ type: "finish-reason", attempt, reason: "length" });
      const failure = failureOf(status, last_error?.message);
      const phase = failure ? "failed" : status === "cancelled" ? "stopped" : "done";
      dispatch({ type: "end", attempt, phase, failure });
    },
    async (error: unknown) => {
      // Whoever aborted has said how the attempt ended.
      if (signal.aborted) return;
      run.over = true;
      free(service, thread, run);
      await batch.drained();
      const failure = describeFailure(error, firstTextAt !== null);
      dispatch({ type: "end", attempt, phase: failure.cut ? "cut" : "failed", failure });
    },
  );
  return run;
}

/** A run that ended otherwise than by an answer, in words. */
export function failureOf(status: string, detail = ""): Failure | null {
  const words: Readonly<Record<string, readonly [string, string]>> = {
    failed: [t("The run failed."), t("Try again; if it stays, choose another model for the agent.")],
    expired: [t("The run took longer than the service allows."), t("Try again.")],
    requires_action: [
      t("The agent called a function that this page does not have."),
      t("Use an agent made here, or run it where its functions are."),
    ],
  };
  const found = words[status];
  return found ? { title: found[0], advice: found[1], detail, cut: false } : null;
}
