/** Server-sent events of a run -> typed events, and the end of one stream told from a cut. */
import { MalformedResponseError, StreamTruncatedError, streamError } from "../http/errors.ts";
import { type Decoder, SKIP } from "../http/event-stream.ts";
import { parseLoosely } from "../http/response.ts";
import type { Sent } from "../http/send.ts";
import { type AgentRunState, addEvent, isObject } from "./assemble.ts";
import type { ThreadRun } from "./run-types.ts";
import type { RunStep } from "./step-types.ts";
import { type AgentStreamEvent, kindOf } from "./stream-events.ts";

/** How a run may have ended without its stream saying `done`. */
const AT_REST = /^(requires_action|completed|incomplete|failed|cancelled|expired)$/;

/**
 * Gives the events of one stream their meaning. `[DONE]` or an event named `done` is its end; with the client's
 * `streamEnd` at `"finish_reason"` a clean end is one, too, when the run is at rest, at `"eof"` any clean end.
 */
export function decodeRun(
  state: AgentRunState,
  { call: { streamEnd }, secrets }: Sent,
): Decoder<AgentStreamEvent, AgentRunState> {
  let ended = false;
  /** Whether this stream has told of the run: the one before it has, too, but that is no news. */
  let told = false;
  return {
    result: state,
    get ended() {
      return ended;
    },
    decode({ event, data }, cut) {
      if (data === "[DONE]" || event === "done") {
        if (!told) throw new MalformedResponseError("The stream ended without a run.");
        ended = true;
        return { event: "done", data: "[DONE]" };
      }
      if (!data && event !== "error") return SKIP;
      const value = parseLoosely(data);
      // Without its blank line an event may be half of one.
      if (cut && typeof value === "string") throw new StreamTruncatedError();
      // A run that failed has an error of its own: that one is its state.
      const named = event.startsWith("thread.");
      if (event === "error" || (!named && (Object(value) as { error?: unknown }).error))
        throw streamError(value, secrets);
      const name = event === "message" ? nameOf(value) : event;
      const kind = kindOf(name);
      if (kind === "other") return { event: name as "(unknown) ", data: value };
      if (!isObject(value) || (kind === "run" && !isRun(value)))
        throw new MalformedResponseError("The service sent an event that isn't one.");
      told ||= kind === "run";
      if (kind === "step") mendStep(value);
      addEvent(state, name, value);
      return { event: name, data: value } as AgentStreamEvent;
    },
    complete: () =>
      told && (streamEnd === "eof" || (streamEnd === "finish_reason" && AT_REST.test(state.run!.status))),
  };
}

/** Whether it's a run that can go on: by these it's answered, polled and cancelled. */
function isRun({ id, thread_id, status }: Partial<Record<keyof ThreadRun, unknown>>): boolean {
  return [id, thread_id, status].every((member) => member && typeof member === "string");
}

/** The name of an event that came without: of a whole run in place of a stream, or from a server that leaves them out. */
function nameOf(value: unknown): string {
  const { object, status } = Object(value) as { object?: unknown; status?: unknown };
  if (typeof object !== "string" || !object.startsWith("thread")) return "message";
  if (object.endsWith(".delta")) return object;
  return `${object}.${object === "thread" || typeof status !== "string" ? "created" : status}`;
}

/** The service names a step's `expired_at` `expires_at` in some events. */
function mendStep(step: Partial<RunStep> & { expires_at?: number | null }): void {
  if (!("expires_at" in step)) return;
  step.expired_at ??= step.expires_at ?? null;
  delete step.expires_at;
}
