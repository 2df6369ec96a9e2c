// A run as its event stream, in the service's order. The stream takes the run along: what it tells has happened. A
// reader who leaves stops the telling, not the run, which then goes on by the clock (run.ts).

import { namedRecord } from "./encode.ts";
import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { Run, RunStatus, Step, StepStatus } from "./run.ts";
import { begin, end, finish } from "./run-life.ts";
import { runObject, type StepView, stepObject } from "./run-objects.ts";
import type { StreamRecord } from "./stream.ts";
import { type MessageStatus, messageObject } from "./thread-message.ts";
import { type Thread, threadObject } from "./threads.ts";
import { tokenise } from "./tokens.ts";

export interface RunEvent {
  readonly event: string;
  readonly data: JsonObject;
  /** Completion tokens that it carries. */
  readonly tokens?: number;
}

export interface Telling {
  readonly exchange: Exchange;
  readonly thread: Thread;
  readonly run: Run;
  /** The step whose outputs have just come; undefined when the run has just been made. */
  readonly submitted?: Step | undefined;
  /** Whether the thread was made together with the run. */
  readonly withThread?: boolean;
}

const DONE = "event: done\ndata: [DONE]\n\n";

export function* runRecords(telling: Telling): Generator<StreamRecord, void> {
  for (const { event, data, tokens = 0 } of runEvents(telling)) {
    yield { kind: "delta", text: namedRecord(event, JSON.stringify(data)), tokens };
  }
  yield { kind: "done", text: DONE, tokens: 0 };
}

export function* runEvents(telling: Telling): Generator<RunEvent, void> {
  const { exchange, thread, run, submitted, withThread = false } = telling;
  if (withThread) yield { event: "thread.created", data: threadObject(thread) };
  if (submitted !== undefined) yield stepEvent(run, submitted, "completed");
  if (run.legs === 0) yield runEvent(run, "created", "queued");
  yield runEvent(run, "queued");
  begin(exchange, thread, run);
  exchange.entry.promptTokens = (run.leg?.steps ?? []).reduce(
    (sum, { usage }) => sum + usage.prompt_tokens,
    0,
  );
  if (isStopped(run)) return yield* stopped(telling);
  yield runEvent(run, "in_progress");
  const { leg } = run;
  const steps = run.steps.slice(run.steps.length - (leg?.steps.length ?? 0));
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    yield stepEvent(run, step, "created", { status: "in_progress", empty: true });
    yield stepEvent(run, step, "in_progress", { status: "in_progress", empty: true });
    for (const event of tellingOf(thread, step)) {
      if (isStopped(run)) return yield* stopped(telling);
      if (event.event === "thread.message.delta") step.told++;
      yield event;
    }
    if (isStopped(run)) return yield* stopped(telling);
    if (isLast) finish(exchange, thread, run);
    if (run.status !== "requires_action") yield* closing(telling, step);
  }
  finish(exchange, thread, run);
  yield runEvent(run, run.status);
}

/** Somebody else has ended it, or is about to. */
function isStopped({ status }: Run): boolean {
  return status === "cancelling" || status === "cancelled" || status === "expired";
}

function* stopped(telling: Telling): Generator<RunEvent, void> {
  const { exchange, thread, run } = telling;
  if (run.status === "cancelling") {
    yield runEvent(run, "cancelling");
    end(exchange, thread, run, "cancelled");
  }
  const last = run.steps.at(-1);
  if (last !== undefined && last.status === run.status) yield* closing(telling, last);
  yield runEvent(run, run.status);
}

/** The message first, then the step that made it. */
function* closing({ thread, run }: Telling, step: Step): Generator<RunEvent, void> {
  const message = step.plan.type === "message" ? thread.messages.get(step.plan.messageId) : undefined;
  if (message !== undefined) {
    const status: MessageStatus = message.status;
    yield { event: `thread.message.${status}`, data: messageObject(message) };
  }
  yield stepEvent(run, step, step.status);
}

function runEvent(run: Run, name: RunStatus | "created", status: RunStatus = name as RunStatus): RunEvent {
  return { event: `thread.run.${name}`, data: runObject(run, status) };
}

function stepEvent(run: Run, step: Step, name: StepStatus | "created", view: StepView = {}): RunEvent {
  const withContent = run.settings.includesResults;
  return { event: `thread.run.step.${name}`, data: stepObject(run, step, { withContent, ...view }) };
}

function* tellingOf(thread: Thread, step: Step): Generator<RunEvent, void> {
  const { id, plan } = step;
  if (plan.type === "message") {
    const message = thread.messages.get(plan.messageId);
    // The thread may have been deleted, or the message pushed out, while it was being told.
    if (message === undefined) return;
    for (const name of ["created", "in_progress"]) {
      yield { event: `thread.message.${name}`, data: messageObject(message, "in_progress") };
    }
    let annotations = 0;
    for (const { text, annotation } of plan.pieces) {
      const marks = annotation === undefined ? undefined : [{ index: annotations++, ...annotation }];
      const said = { value: text, ...(marks !== undefined && { annotations: marks }) };
      // The declared types have a role in it, the service sends none.
      const delta = { content: [{ index: 0, type: "text", text: said }] };
      yield {
        event: "thread.message.delta",
        data: { id: plan.messageId, object: "thread.message.delta", delta },
        tokens: 1,
      };
    }
    return;
  }
  const deltas = plan.type === "hosted" ? plan.hosted.deltas.map((one) => [one]) : functionDeltas(plan.calls);
  for (const tool_calls of deltas) {
    const delta = { step_details: { type: "tool_calls", tool_calls } };
    // Each call opens with a delta that says what is called; the written words follow.
    const opens = tool_calls.some((call) => isObject(call.function) && call.function.arguments === "");
    const data = { id, object: "thread.run.step.delta", delta };
    yield { event: "thread.run.step.delta", data, tokens: opens ? 0 : 1 };
  }
}

type Calls = readonly { readonly id: string; readonly name: string; readonly arguments: string }[];

function functionDeltas(calls: Calls): readonly JsonObject[][] {
  return calls.flatMap(({ id, name, arguments: given }, index) => [
    [{ index, id, type: "function", function: { name, arguments: "", output: null } }],
    ...tokenise(given).map((piece) => [{ index, type: "function", function: { arguments: piece } }]),
  ]);
}
