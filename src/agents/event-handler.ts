/** Callbacks for the events of a run, as an alternative to a loop over them. */
import type { AgentThread } from "./agent-types.ts";
import { isObject } from "./assemble.ts";
import type { MessageDeltaChunk, ThreadMessage } from "./message-types.ts";
import type { ThreadRun } from "./run-types.ts";
import type { RunStep, RunStepDeltaChunk } from "./step-types.ts";
import { type AgentStreamEvent, type EventKind, kindOf } from "./stream-events.ts";

/**
 * Told the events of a run. The stream goes on when a callback is done, if it returns a promise; what it throws ends
 * the stream and is thrown to whoever waits for that.
 */
export interface AgentEventHandler {
  onMessageDelta?(delta: MessageDeltaChunk): unknown;
  onThreadMessage?(message: ThreadMessage): unknown;
  /** The run, with each of its states. Calls of functions that it requires are answered afterwards. */
  onThreadRun?(run: ThreadRun): unknown;
  onRunStep?(step: RunStep): unknown;
  onRunStepDelta?(delta: RunStepDeltaChunk): unknown;
  /** Why the stream failed: an `error` event, a cut, a deadline, an abort. It's thrown to the reader afterwards. */
  onError?(error: unknown): unknown;
  /** Once, when the last stream of the run has ended. */
  onDone?(): unknown;
  /** Any other event: `thread.created`, and what this package doesn't know. */
  onUnhandledEvent?(event: string, data: AgentThread | unknown): unknown;
}

const CALLBACKS = {
  run: "onThreadRun",
  step: "onRunStep",
  stepDelta: "onRunStepDelta",
  message: "onThreadMessage",
  messageDelta: "onMessageDelta",
} as const satisfies Partial<Record<EventKind, keyof AgentEventHandler>>;

/** @throws {TypeError} when it's no handler: an array of two, or a member that is no function. */
export function checkHandler(handler: AgentEventHandler | undefined): void {
  if (handler === undefined) return;
  const names = [...Object.values(CALLBACKS), "onError", "onDone", "onUnhandledEvent"] as const;
  const good = (name: keyof AgentEventHandler) => /^(undefined|function)$/.test(typeof handler[name]);
  if (!isObject(handler) || !names.every(good))
    throw new TypeError("eventHandler must be one object with callbacks.");
}

/** Tells a handler an event. */
export function tell(handler: AgentEventHandler, { event, data }: AgentStreamEvent): unknown {
  const kind = kindOf(event);
  if (kind === "done") return undefined;
  if (kind === "other" || kind === "thread") return handler.onUnhandledEvent?.(event, data);
  return handler[CALLBACKS[kind]]?.(data as never);
}
