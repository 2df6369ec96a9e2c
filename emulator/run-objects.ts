// Runs and steps as the wire has them, as they are now or as they were at an earlier status: a stream tells what
// happened one after the other, however far the run has come meanwhile.

import type { JsonObject } from "./json.ts";
import {
  awaitedCalls,
  faultOf,
  isFinal,
  type Run,
  type RunStatus,
  type Step,
  type StepStatus,
  usageOfRun,
  usageOfStep,
} from "./run.ts";
import { withoutContent } from "./run-tools.ts";

export function runObject(run: Run, status: RunStatus = run.status): JsonObject & { id: string } {
  const { settings, endedAt } = run;
  const at = (...wanted: readonly RunStatus[]): number | null => (wanted.includes(status) ? endedAt : null);
  const ended = isFinal(status);
  return {
    id: run.id,
    object: "thread.run",
    created_at: run.createdAt,
    thread_id: run.threadId,
    assistant_id: settings.assistantId,
    status,
    required_action: status === "requires_action" ? requiredAction(run) : null,
    last_error: status === "failed" ? run.error : null,
    expires_at: ended && status !== "expired" ? null : run.expiresAt,
    started_at: status === "queued" && run.legs === 0 ? null : run.startedAt,
    completed_at: at("completed", "incomplete"),
    cancelled_at: at("cancelled"),
    failed_at: at("failed"),
    incomplete_details: status === "incomplete" ? { reason: run.incompleteReason } : null,
    model: settings.model,
    instructions: settings.instructions,
    tools: settings.tools,
    metadata: run.metadata,
    usage: ended ? usageOfRun(run) : null,
    ...settings.echoed,
  };
}

function requiredAction(run: Run): JsonObject {
  const tool_calls = awaitedCalls(run).map(({ id, name, arguments: given }) => ({
    id,
    type: "function",
    function: { name, arguments: given },
  }));
  return { type: "submit_tool_outputs", submit_tool_outputs: { tool_calls } };
}

export interface StepView {
  readonly status?: StepStatus;
  /** Whether results of file searches show what they have found. */
  readonly withContent?: boolean;
  /** Just opened: its calls are not told yet. */
  readonly empty?: boolean;
}

export function stepObject(run: Run, step: Step, view: StepView = {}): JsonObject & { id: string } {
  const { id, createdAt, plan, endedAt } = step;
  const { status = step.status } = view;
  const at = (wanted: StepStatus): number | null => (status === wanted ? endedAt : null);
  const failed = status === "failed" && run.error !== null;
  const error = { code: stepErrorCode(run), message: run.error?.message ?? "" };
  return {
    id,
    object: "thread.run.step",
    created_at: createdAt,
    run_id: run.id,
    assistant_id: run.settings.assistantId,
    thread_id: run.threadId,
    type: plan.type === "message" ? "message_creation" : "tool_calls",
    status,
    step_details: detailsOf(step, view),
    last_error: failed ? error : null,
    completed_at: at("completed"),
    cancelled_at: at("cancelled"),
    failed_at: at("failed"),
    [faultOf(run).misnamedExpiry ? "expires_at" : "expired_at"]: at("expired"),
    metadata: {},
    usage: status === "in_progress" ? null : usageOfStep(step),
  };
}

/** Steps know two codes only. */
function stepErrorCode({ error }: Run): string {
  return error?.code === "rate_limit_exceeded" ? error.code : "server_error";
}

function detailsOf({ plan, outputs }: Step, { withContent, empty }: StepView): JsonObject {
  if (plan.type === "message") {
    return { type: "message_creation", message_creation: { message_id: plan.messageId } };
  }
  if (empty) return { type: "tool_calls", tool_calls: [] };
  if (plan.type === "hosted") {
    const { call } = plan.hosted;
    return { type: "tool_calls", tool_calls: [withContent ? call : withoutContent(call)] };
  }
  const tool_calls = plan.calls.map(({ id, name, arguments: given }) => ({
    id,
    type: "function",
    function: { name, arguments: given, output: outputs.get(id) ?? null },
  }));
  return { type: "tool_calls", tool_calls };
}
