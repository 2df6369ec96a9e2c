// What a passing answer cost: reads events for usage, finish reason and the end mark. It keeps numbers
// and words of the protocol, never content, and it never stands in the way of the bytes.
import { createParser } from "latchkey/sse";

export interface Usage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
  /** True when the upstream sent no usage: completion_tokens is then the count of content deltas. */
  readonly estimated?: true;
}

export interface Meter {
  feed(bytes: Uint8Array): void;
  /** Did the upstream say that it has finished: [DONE], or for servers that send none, every choice's finish reason? */
  isComplete(): boolean;
  /** Was [DONE] seen: can nothing more come? */
  isDone(): boolean;
  /** Is the last byte the end of an event? Only then may a frame of ours follow. */
  isBetweenEvents(): boolean;
  /** Did the stream itself carry an error? */
  hasError(): boolean;
  totals(): { bytes: number; events: number; finish_reason: string | undefined; usage: Usage };
}

/** After a line or event beyond this only [DONE] is still looked for; everything is passed on. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
/** Enough of the last bytes to see [DONE] in, however it came in pieces. */
const TAIL_BYTES = 24;
/** Choices told apart at most: an upstream must not fill the memory with numbers. */
const MAX_CHOICES = 1024;

// Inside JSON text an unescaped "usage" can only be a member: within a string its quotes are escaped.
// So most events are told apart by a search, and only the few that matter are parsed.
const USAGE = /"usage"\s*:\s*\{/;
const FINISH = /"finish_reason"\s*:\s*"/;
const ERROR = /"error"\s*:\s*["{]/;
const DELTA = /"(?:content|reasoning_content|refusal|arguments)"\s*:\s*"[^"]/;
const decoder = new TextDecoder(); // a character that the end of a piece cuts is none of those looked for
const DONE_LINE = /(?:^|[\r\n])data: ?\[DONE\][\r\n]/;

/** `endsWithoutDone`: the upstream is known to send no [DONE], so every event is parsed for its choices. */
export function createMeter(endsWithoutDone = false): Meter {
  let bytes = 0;
  let events = 0;
  let deltas = 0;
  let done = false;
  let error = false;
  let failed = false;
  let finish: string | undefined;
  let usage: Usage | undefined;
  let tail = "";
  /** Choices seen, by index: has it finished? */
  const choices = new Map<number, boolean>();

  const parser = createParser({
    maxEventBytes: MAX_EVENT_BYTES,
    onEvent({ data, event }) {
      events += 1;
      if (data === "[DONE]") {
        done = true;
        return;
      }
      // A content filter's result may hold a member "error" too; only one at the top is the stream's.
      if (event === "error" || (ERROR.test(data) && parseObject(data).error != null)) error = true;
      if (DELTA.test(data)) deltas += 1;
      if (endsWithoutDone || FINISH.test(data)) readChoices(parseObject(data).choices);
      if (USAGE.test(data)) usage = readUsage(parseObject(data)) ?? usage;
    },
  });

  // A finish reason deeper down is somebody's content.
  function readChoices(list: unknown): void {
    for (const choice of Array.isArray(list) ? list : []) {
      const { index, finish_reason: reason } = Object(choice) as Record<string, unknown>;
      const at = Number.isSafeInteger(index) ? Math.min(index as number, MAX_CHOICES) : 0;
      const finished = typeof reason === "string" && reason !== "";
      choices.set(at, finished || choices.get(at) === true);
      if (finished && /^[a-z_]{1,32}$/.test(reason)) finish = reason;
    }
  }

  return {
    feed(piece) {
      if (piece.byteLength === 0) return;
      bytes += piece.byteLength;
      try {
        if (!failed) parser.feed(piece);
      } catch {
        failed = true; // an event past the limit: bytes are still counted, tokens become an estimate
      }
      if (failed) done ||= DONE_LINE.test(tail + decoder.decode(piece));
      tail = (tail + String.fromCharCode(...piece.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
    },
    // Of choices inside an event that was too large nothing is known: no reason to break an answer off.
    isComplete: () =>
      done || (endsWithoutDone && (failed || (choices.size > 0 && [...choices.values()].every(Boolean)))),
    isDone: () => done,
    isBetweenEvents: () => bytes === 0 || /(\n\n|\r\r|\r\n\r\n)$/.test(tail),
    hasError: () => error,
    totals: () => ({
      bytes,
      events,
      finish_reason: finish,
      usage: usage ?? { completion_tokens: deltas, estimated: true },
    }),
  };
}

/** The three numbers of a `usage` member in a chunk or a whole answer; undefined when none of them is valid. */
export function readUsage(answer: Record<string, unknown>): Usage | undefined {
  const { usage } = answer;
  if (typeof usage !== "object" || usage === null) return undefined;
  const numbers = ["prompt_tokens", "completion_tokens", "total_tokens"].flatMap((member) => {
    const count = (usage as Record<string, unknown>)[member];
    return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? [[member, count]] : [];
  });
  return numbers.length === 0 ? undefined : Object.fromEntries(numbers);
}

function parseObject(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // the caller's parser will complain about it; the meter only counts
  }
}
