/** The events of a run that streams, by their names. */
import type { AgentThread } from "./agent-types.ts";
import type { MessageDeltaChunk, ThreadMessage } from "./message-types.ts";
import type { ThreadRun } from "./run-types.ts";
import type { RunStep, RunStepDeltaChunk } from "./step-types.ts";

/** Only where the thread is made by the same call. */
export interface ThreadEvent {
  event: "thread.created";
  data: AgentThread;
}
export interface RunEvent {
  event:
    | "thread.run.created"
    | "thread.run.queued"
    | "thread.run.in_progress"
    | "thread.run.requires_action"
    | "thread.run.completed"
    | "thread.run.incomplete"
    | "thread.run.failed"
    | "thread.run.cancelling"
    | "thread.run.cancelled"
    | "thread.run.expired";
  data: ThreadRun;
}
export interface RunStepEvent {
  event:
    | "thread.run.step.created"
    | "thread.run.step.in_progress"
    | "thread.run.step.completed"
    | "thread.run.step.failed"
    | "thread.run.step.cancelled"
    | "thread.run.step.expired";
  data: RunStep;
}
export interface RunStepDeltaEvent {
  event: "thread.run.step.delta";
  data: RunStepDeltaChunk;
}
export interface ThreadMessageEvent {
  event:
    | "thread.message.created"
    | "thread.message.in_progress"
    | "thread.message.completed"
    | "thread.message.incomplete";
  data: ThreadMessage;
}
export interface MessageDeltaEvent {
  event: "thread.message.delta";
  data: MessageDeltaChunk;
}
/** The end of one stream; a run with calls of functions has one for each of its streams. */
export interface DoneEvent {
  event: "done";
  data: "[DONE]";
}
/**
 * An event that this package doesn't know yet, kept as it came: parsed if it's JSON, else its text. Its name is
 * whatever the service sent; the pattern only keeps the known names apart from it.
 */
export interface UnknownAgentEvent {
  event: `(unknown) ${string}`;
  data: unknown;
}

/** Events of a streamed run: `event` tells which. An `error` event is no value, it's thrown as {@link ApiError}. */
export type AgentStreamEvent =
  | ThreadEvent
  | RunEvent
  | RunStepEvent
  | RunStepDeltaEvent
  | ThreadMessageEvent
  | MessageDeltaEvent
  | DoneEvent
  | UnknownAgentEvent;

/** What {@link AgentStreamEvent}s come to. */
export type EventKind =
  | "thread"
  | "run"
  | "step"
  | "stepDelta"
  | "message"
  | "messageDelta"
  | "done"
  | "other";

/** The kind of an event, by its name alone. */
export function kindOf(event: string): EventKind {
  if (event === "thread.created") return "thread";
  const [, kind, state] = /^thread\.(run\.step|run|message)\.(\w+)$/.exec(event) ?? [];
  if (kind === "run") return "run";
  if (kind === "run.step") return state === "delta" ? "stepDelta" : "step";
  if (kind === "message") return state === "delta" ? "messageDelta" : "message";
  return event === "done" ? "done" : "other";
}
