// The life of a run: queued, in progress, waiting for tool outputs or ended. How far it has come is computed when
// somebody looks (state.ts), or told as it happens by the stream that it was created with (run-events.ts). Both take
// the same three steps, begin, finish and end, each of which changes nothing when it has already been taken.

import type { Exchange } from "./exchange.ts";
import {
  type FinalStatus,
  faultOf,
  isFinal,
  type Run,
  type RunStatus,
  type Step,
  saidPieces,
} from "./run.ts";
import { planLeg } from "./run-leg.ts";
import { contentOf } from "./run-words.ts";
import { keep, nowSeconds, stageOf, startProgress } from "./state.ts";
import type { ThreadMessage } from "./thread-message.ts";
import type { Thread } from "./threads.ts";

/** Brings the run as far as it should be by now. */
export function advance(exchange: Exchange, thread: Thread, run: Run): RunStatus {
  if (isFinal(run.status)) return run.status;
  const stage = stageOf(run.progress, exchange.settings, 2);
  const { stuckAt, expiresAt } = faultOf(run);
  const late = nowSeconds(exchange) >= run.expiresAt;
  if (run.status === "cancelling") {
    if ((stage >= 1 && stuckAt !== "cancelling") || late) end(exchange, thread, run, "cancelled");
    return run.status;
  }
  if (run.status === "requires_action") {
    if (late || (stage >= 1 && expiresAt === "requires_action")) end(exchange, thread, run, "expired");
    return run.status;
  }
  if (stage >= 1 && stuckAt !== "queued") begin(exchange, thread, run);
  if (stage >= 2 && run.status === "in_progress" && stuckAt !== "in_progress") finish(exchange, thread, run);
  if (late && !isFinal(run.status)) end(exchange, thread, run, "expired");
  return run.status;
}

export function advanceRuns(exchange: Exchange, thread: Thread): void {
  for (const run of thread.runs.values()) advance(exchange, thread, run);
}

export function activeRun(exchange: Exchange, thread: Thread): Run | undefined {
  return [...thread.runs.values()].find((run) => !isFinal(advance(exchange, thread, run)));
}

/** From queued to in progress: the leg is planned, its last step is open, those before it are done. */
export function begin(exchange: Exchange, thread: Thread, run: Run): void {
  if (run.status !== "queued") return;
  const now = nowSeconds(exchange);
  run.status = "in_progress";
  run.startedAt ??= now;
  const leg = planLeg(exchange, thread, run);
  run.leg = leg;
  run.legs++;
  for (const plan of leg.steps) {
    const isLast = plan === leg.steps.at(-1);
    run.steps.push({
      id: plan.stepId,
      createdAt: now,
      plan,
      status: isLast ? "in_progress" : "completed",
      endedAt: isLast ? null : now,
      outputs: new Map(),
      told: 0,
    });
    if (plan.type === "message")
      keep(thread.messages, plan.messageId, openedMessage(run, plan.messageId, now));
  }
}

function openedMessage(run: Run, id: string, now: number): ThreadMessage {
  return {
    id,
    threadId: run.threadId,
    createdAt: now,
    role: "assistant",
    assistantId: run.settings.assistantId,
    runId: run.id,
    attachments: [],
    metadata: {},
    status: "in_progress",
    content: [],
    endedAt: null,
    reason: null,
  };
}

/** From in progress to what the leg leads to. */
export function finish(exchange: Exchange, thread: Thread, run: Run): void {
  const { leg } = run;
  if (run.status !== "in_progress" || leg === undefined) return;
  if (faultOf(run).expiresAt === "in_progress") {
    end(exchange, thread, run, "expired");
  } else if (leg.end === "requires_action") {
    run.status = "requires_action";
    run.progress = startProgress(exchange);
  } else {
    run.error = leg.error ?? null;
    run.incompleteReason = leg.incompleteReason ?? null;
    end(exchange, thread, run, leg.end);
  }
}

const MESSAGE_REASONS: Readonly<Record<FinalStatus, string>> = {
  completed: "",
  incomplete: "max_tokens",
  failed: "run_failed",
  cancelled: "run_cancelled",
  expired: "run_expired",
};

/** Nothing of the run stays open. */
export function end(exchange: Exchange, thread: Thread, run: Run, status: FinalStatus): void {
  if (isFinal(run.status)) return;
  const now = nowSeconds(exchange);
  run.status = status;
  run.endedAt = now;
  for (const step of run.steps) {
    if (step.status !== "in_progress") continue;
    step.status = status === "incomplete" ? "completed" : status;
    step.endedAt = now;
    const message = step.plan.type === "message" ? thread.messages.get(step.plan.messageId) : undefined;
    if (message !== undefined) endMessage(message, step, run, now);
  }
}

function endMessage(message: ThreadMessage, step: Step, run: Run, now: number): void {
  const status = run.status as FinalStatus;
  message.status = status === "completed" ? "completed" : "incomplete";
  message.endedAt = now;
  const filtered = run.incompleteReason === "content_filter";
  message.reason = filtered ? "content_filter" : MESSAGE_REASONS[status];
  const pieces = saidPieces(step);
  message.content = pieces.length > 0 ? [contentOf(pieces)] : [];
}

/** From requires_action back into the queue. Every call has its output. */
export function submit(exchange: Exchange, run: Run, outputs: ReadonlyMap<string, string>): Step | undefined {
  const step = run.steps.at(-1);
  if (step !== undefined) {
    for (const [id, output] of outputs) step.outputs.set(id, output);
    step.status = "completed";
    step.endedAt = nowSeconds(exchange);
  }
  run.status = "queued";
  run.progress = startProgress(exchange);
  return step;
}
