// What a stream of a run cost: usage from the run itself, or from its steps where the run doesn't say; the name of the
// run's last event is how it finished. `done` ends the stream, an event `error` says that it failed.
import { createParser } from "latchkey/sse";
import { type Meter, readUsage, type Usage } from "./meter.ts";

const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const TAIL_CHARS = 8;
const ABOUT_RUN = /^thread\.run\.(?!step)/;
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const RUN = /^thread\.run\.(completed|incomplete|failed|cancelled|expired|requires_action)$/;

export function createRunMeter(): Meter {
  let bytes = 0;
  let events = 0;
  let deltas = 0;
  let done = false;
  let error = false;
  let tooLarge = false;
  let finish: string | undefined;
  let ofRun: Usage | undefined;
  let ofSteps: Usage | undefined;
  let runId: string | undefined;
  let tail = "";

  const parser = createParser({
    maxEventBytes: MAX_EVENT_BYTES,
    onEvent({ data, event }) {
      events += 1;
      if (runId === undefined && ABOUT_RUN.test(event)) runId = idIn(data);
      if (event === "done" || data === "[DONE]") done = true;
      else if (event === "error") error = true;
      else if (event === "thread.message.delta") deltas += 1;
      else if (event === "thread.run.step.completed") ofSteps = sum(ofSteps, usageIn(data));
      else if (RUN.test(event)) {
        finish = RUN.exec(event)![1];
        ofRun = usageIn(data) ?? ofRun;
      }
    },
  });

  return {
    feed(piece) {
      if (piece.byteLength === 0) return;
      bytes += piece.byteLength;
      try {
        if (!tooLarge) parser.feed(piece);
      } catch {
        tooLarge = true; // bytes are still counted
      }
      tail = (tail + String.fromCharCode(...piece.subarray(-TAIL_CHARS))).slice(-TAIL_CHARS);
    },
    isComplete: () => done,
    isDone: () => done,
    isBetweenEvents: () => bytes === 0 || /(?:\r\n|\n|\r){2}$/.test(tail),
    hasError: () => error,
    responseId: () => runId,
    totals: () => ({
      bytes,
      events,
      finish_reason: finish,
      usage: ofRun ?? ofSteps ?? { completion_tokens: deltas, estimated: true },
    }),
  };
}

function idIn(data: string): string | undefined {
  try {
    const { id } = Object(JSON.parse(data)) as { id?: unknown };
    return typeof id === "string" && RUN_ID.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

function usageIn(data: string): Usage | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null
      ? readUsage(value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function sum(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const members = ["prompt_tokens", "completion_tokens", "total_tokens"] as const;
  return Object.fromEntries(members.map((member) => [member, (one[member] ?? 0) + (other[member] ?? 0)]));
}
