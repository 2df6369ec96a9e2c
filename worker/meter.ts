// What a passing answer cost: reads events for usage, finish reason and the end mark. It keeps numbers
// and words of the protocol, never content, and it never stands in the way of the bytes.
import { createParser } from "latchkey/sse";

/** One vocabulary for all services: what newer ones call input and output tokens is counted under these names, too. */
export interface Usage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
  /** Of the prompt, what the service had in its cache: often cheaper. */
  readonly cached_tokens?: number;
  /** Of audio, where that is what is billed. */
  readonly seconds?: number;
  /** True when the upstream sent no usage: completion_tokens is then the count of content deltas. */
  readonly estimated?: true;
}

export interface Meter {
  feed(bytes: Uint8Array): void;
  /** Did the upstream say that it has finished: [DONE], a last event, or for servers that send none, every finish reason? */
  isComplete(): boolean;
  /** Has it said so in a way after which nothing more can come? */
  isDone(): boolean;
  /** Is the last byte the end of an event? Only then may a frame of ours follow. */
  isBetweenEvents(): boolean;
  /** Did the stream itself carry an error? */
  hasError(): boolean;
  /** The id of the response, or the run, that the stream is about, once it has said so. */
  responseId(): string | undefined;
  totals(): { bytes: number; events: number; finish_reason: string | undefined; usage: Usage };
}

/** After a line or event beyond this only the end mark is still looked for; everything is passed on. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
/** Enough of the last bytes to see [DONE] in, however it came in pieces. */
const TAIL_BYTES = 24;
/** The same for the events that end typed streams. */
const MARK_CHARS = 80;
/** Choices told apart at most: an upstream must not fill the memory with numbers. */
const MAX_CHOICES = 1024;

// Inside JSON text an unescaped "usage" can only be a member: within a string its quotes are escaped.
// So most events are told apart by a search, and only the few that matter are parsed.
const USAGE = /"usage"\s*:\s*\{/;
const FINISH = /"finish_reason"\s*:\s*"/;
const ERROR = /"error"\s*:\s*["{]/;
/** Is there text in this event of chat or completions? */
export const DELTA = /"(?:content|reasoning_content|refusal|arguments|text)"\s*:\s*"[^"]/;
export const TYPED_DELTA = /"type"\s*:\s*"[a-z_.]{1,60}\.delta"/;
const FIRST = /"type"\s*:\s*"response\.(?:created|queued|in_progress)"/;
const RESPONSE_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const decoder = new TextDecoder(); // a character that the end of a piece cuts is none of those looked for
const BLANK_LINE = /(?:\n\n|\r\r|\r\n\r\n)$/;
/** Lines of comments between events: what follows is the beginning of an event all the same. */
const COMMENTS_AFTER = /(\n\n|\r\r|\r\n\r\n)(?::[^\r\n]*(?:\r\n|\n|\r))+$/;
const DONE_LINE = /(?:^|[\r\n])data: ?\[DONE\][\r\n]/;

/** What ends a stream: [DONE] for chat, for the others an event of this type. */
export type Ending = "chat" | keyof typeof LAST;
const LAST = {
  response: "response\\.(?:completed|failed|incomplete)",
  transcript: "transcript\\.text\\.done",
  speech: "speech\\.audio\\.done",
  image: "image_(?:generation|edit)\\.completed",
} as const;

/** `endsWithoutDone`: the upstream is known to send no [DONE] with chat, so every event is parsed for its choices. */
export function createMeter(endsWithoutDone = false, ends: Ending = "chat"): Meter {
  let bytes = 0;
  let events = 0;
  let deltas = 0;
  let done = false;
  let error = false;
  let failed = false;
  let finish: string | undefined;
  /** Has the event come that ends a typed stream? */
  let ended = false;
  let responseId: string | undefined;
  let usage: Usage | undefined;
  let tail = "\n\n"; // before the first event, as good as after one
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
      if (ends !== "chat") {
        onTyped(event, data);
        return;
      }
      // A content filter's result may hold a member "error" too; only one at the top is the stream's.
      if (event === "error" || (ERROR.test(data) && parseObject(data).error != null)) error = true;
      if (DELTA.test(data)) deltas += 1;
      if (endsWithoutDone || FINISH.test(data)) readChoices(parseObject(data).choices);
      if (USAGE.test(data)) usage = readUsage(parseObject(data)) ?? usage;
    },
  });

  const last = ends === "chat" ? undefined : new RegExp(`"type"\\s*:\\s*"${LAST[ends]}"`);
  const isLast = ends === "chat" ? undefined : new RegExp(`^${LAST[ends]}$`);
  const search = ends === "chat" ? undefined : createEndSearch(LAST[ends]);

  function onTyped(event: string, data: string): void {
    if (TYPED_DELTA.test(data)) deltas += 1;
    const matters = last!.test(data) || event === "error" || ERROR.test(data) || FIRST.test(data);
    if (!matters) return;
    // Text inside an event may look like a member of it only when escaped, but nested objects have types as well.
    const { type, error: problem, response, ...rest } = parseObject(data);
    if (event === "error" || type === "error" || (problem != null && type === undefined)) error = true;
    const about =
      typeof response === "object" && response !== null ? (response as Record<string, unknown>) : {};
    if (typeof about.id === "string" && RESPONSE_ID.test(about.id)) responseId ??= about.id;
    if (typeof type !== "string" || !isLast!.test(type)) return;
    ended = true;
    finish = type.split(".").at(-1);
    usage = readUsage(about) ?? readUsage(rest) ?? usage;
  }

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

  // Of choices inside an event that was too large nothing is known: no reason to break an answer off.
  const isComplete = () =>
    ends === "chat"
      ? done || (endsWithoutDone && (failed || (choices.size > 0 && [...choices.values()].every(Boolean))))
      : ended;

  return {
    feed(piece) {
      if (piece.byteLength === 0) return;
      bytes += piece.byteLength;
      try {
        if (!failed) parser.feed(piece);
      } catch {
        failed = true; // an event past the limit: bytes are still counted, tokens become an estimate
      }
      const text = failed || search !== undefined ? decoder.decode(piece) : "";
      if (failed) done ||= DONE_LINE.test(tail + text);
      // From the first piece on: the event that is too large may be the last one.
      const found = search?.(text) ?? false;
      if (failed) ended ||= found;
      tail = (tail + String.fromCharCode(...piece.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
      tail = tail.replace(COMMENTS_AFTER, "$1");
    },
    isComplete,
    // After an image another may come; after other last events nothing.
    isDone: () => (ends === "chat" || ends === "image" ? done && isComplete() : ended),
    isBetweenEvents: () => BLANK_LINE.test(tail),
    hasError: () => error,
    responseId: () => responseId,
    totals: () => ({
      bytes,
      events,
      finish_reason: finish,
      usage: usage ?? { completion_tokens: deltas, estimated: true },
    }),
  };
}

/** Looks for the beginning of an event of this type, and then for its end, in bytes that are not parsed. */
function createEndSearch(type: string): (text: string) => boolean {
  // At the beginning of a line, where no text inside JSON can be.
  const beginning = new RegExp(`[\\r\\n](?:event: ?${type}[\\r\\n]|data: ?\\{\\s*"type"\\s*:\\s*"${type}")`);
  let carried = "\n";
  let begun = false;
  let found = false;
  return (text) => {
    if (found) return true;
    carried += text;
    const match = begun ? null : beginning.exec(carried);
    if (match !== null) {
      begun = true;
      carried = carried.slice(match.index + match[0].length);
    }
    found = begun && /\n\n|\r\r|\r\n\r\n/.test(carried);
    carried = carried.slice(begun ? -3 : -MARK_CHARS);
    return found;
  };
}

const COUNTS: readonly (readonly [member: string, as: keyof Usage])[] = [
  ["prompt_tokens", "prompt_tokens"],
  ["input_tokens", "prompt_tokens"],
  ["completion_tokens", "completion_tokens"],
  ["output_tokens", "completion_tokens"],
  ["total_tokens", "total_tokens"],
];

/** The numbers of a `usage` member in a chunk or a whole answer; undefined when none of them is valid. */
export function readUsage(answer: Readonly<Record<string, unknown>>): Usage | undefined {
  if (typeof answer.usage !== "object" || answer.usage === null) return undefined;
  const usage = answer.usage as Record<string, unknown>;
  const counts = COUNTS.flatMap(([member, as]) => {
    const count = usage[member];
    return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? [[as, count]] : [];
  });
  const { seconds, prompt_tokens_details: ofPrompt, input_tokens_details: ofInput } = usage;
  const { cached_tokens: cached } = Object(ofPrompt ?? ofInput) as { cached_tokens?: unknown };
  if (Number.isSafeInteger(cached) && (cached as number) > 0)
    counts.push(["cached_tokens", cached as number]);
  if (typeof seconds === "number" && seconds >= 0 && seconds < 1e9) counts.push(["seconds", seconds]);
  return counts.length === 0 ? undefined : Object.fromEntries(counts);
}

function parseObject(data: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // the caller's parser will complain about it; the meter only counts
  }
}
