/**
 * A model's answer, of chat completions or of responses, whole or streamed -> one form, and its text while it comes.
 * Knows clients by what they return only, so that any of them fits.
 */
import { Assembler } from "../chat/assemble.ts";
import type { AssistantMessage, ChatCompletions, ChatCompletionsChunk } from "../chat/types.ts";
import { abortable } from "../http/credential.ts";
import { apiError, LatchkeyError, MalformedResponseError, StreamTruncatedError } from "../http/errors.ts";

/** Reasons to end early, as chat completions and as responses say them. */
const CUT: Record<string, "length" | "content_filter" | undefined> = {
  length: "length",
  max_output_tokens: "length",
  content_filter: "content_filter",
};

/** One item of a response's output; which members it has depends on its type. */
export interface ResponseItem {
  type: string;
  content?: { type: string; text?: string; refusal?: string }[] | null;
  call_id?: string;
  name?: string;
  arguments?: string;
}

/** As much of a response (`/responses`) as is needed here. */
export interface ResponseAnswer {
  id: string;
  output: ResponseItem[];
  status?: string;
  error?: object | null;
  incomplete_details?: { reason?: string } | null;
  usage?: object | null;
}

/** A whole answer of either kind. Members that a client adds don't matter. */
export type WholeAnswer = ChatCompletions | ResponseAnswer;

/** A call as the model wrote it; `arguments` may be wrong JSON. */
export interface ModelCall {
  callId: string;
  name: string;
  arguments: string;
}

/** What an answer comes down to. */
export interface Answer {
  whole: WholeAnswer;
  text: string;
  refusal: string | undefined;
  /** Why it ended before its end. */
  cut: "length" | "content_filter" | undefined;
  calls: ModelCall[];
  usage: object | undefined;
  /** What goes back to the model in the next request. */
  said: object[];
}

/** A piece of an answer that streams. */
export interface AnswerDelta {
  type: "text-delta" | "reasoning-delta";
  delta: string;
}

interface ResponseEvent {
  type: string;
  delta?: string;
  response?: ResponseAnswer;
}

/**
 * Reads an answer, or the promise of one: what `map` makes of the pieces as they come, `undefined` left out; then the
 * whole. Leaving it, or the signal, closes the stream, also one that comes too late.
 */
export async function* readAnswer<T>(
  promised: unknown,
  signal: AbortSignal,
  map: (delta: AnswerDelta) => T | undefined,
): AsyncGenerator<T, Answer> {
  const coming = Promise.resolve(promised);
  const source = await abortable(coming, signal).catch((error) => {
    coming.then((late) => isStream(late) && leave(late[Symbol.asyncIterator]())).catch(() => {});
    throw error;
  });
  if (!isStream(source)) return toAnswer(source as WholeAnswer);
  const assembler = new Assembler();
  let response: ResponseAnswer | undefined;
  const iterator = source[Symbol.asyncIterator]();
  let open = true;
  try {
    for (;;) {
      // Raced against the signal: a foreign client's stream may not know it.
      const { done, value } = await abortable(iterator.next(), signal);
      open = !done;
      if (done) break;
      for (const delta of deltas(value, assembler)) {
        const mapped = map(delta);
        if (mapped !== undefined) yield mapped;
      }
      if (isEvent(value) && /^response\.(completed|incomplete|failed)$/.test(value.type))
        response = value.response;
    }
  } finally {
    if (open) leave(iterator);
  }
  // Our own chat streams fail when they're cut; of others only the reason to finish tells.
  if (response || assembler.finished || "snapshot" in source) return toAnswer(response ?? assembler.result);
  throw new StreamTruncatedError("The stream ended before its terminal signal: the answer is not whole.");
}

/** Not awaited, and its failure is nobody's: the answer is over. */
function leave(iterator: AsyncIterator<unknown>): void {
  Promise.resolve(iterator.return?.()).catch(() => {});
}

/** The pieces in one event of either kind. */
function deltas(event: ChatCompletionsChunk | ResponseEvent, assembler: Assembler): AnswerDelta[] {
  if (!isEvent(event)) {
    assembler.add(event);
    const { content, reasoning_content } = event.choices.find(({ index }) => !index)?.delta ?? {};
    return [
      ...(reasoning_content ? [{ type: "reasoning-delta" as const, delta: reasoning_content }] : []),
      ...(content ? [{ type: "text-delta" as const, delta: content }] : []),
    ];
  }
  const { type, delta = "" } = event;
  if (type === "error") throw apiError({ status: undefined, body: { error: event } });
  if (type === "response.output_text.delta") return [{ type: "text-delta", delta }];
  return /^response\.reasoning(_summary)?_text\.delta$/.test(type)
    ? [{ type: "reasoning-delta", delta }]
    : [];
}

function isEvent(event: object): event is ResponseEvent {
  return "type" in event;
}

function isStream(source: unknown): source is AsyncIterable<ChatCompletionsChunk | ResponseEvent> {
  return typeof source === "object" && source !== null && Symbol.asyncIterator in source;
}

/**
 * Brings a whole answer into the one form.
 *
 * @throws {ApiError} when a response says that it failed.
 * @throws {MalformedResponseError} when it is no answer.
 */
export function toAnswer(whole: WholeAnswer): Answer {
  const { choices, output } = Object(whole) as Partial<ChatCompletions & ResponseAnswer>;
  try {
    if (choices?.[0]?.message) return chatAnswer(whole as ChatCompletions);
    if (Array.isArray(output)) return responseAnswer(whole as ResponseAnswer);
  } catch (error) {
    // Any other stumbled over a member of another form.
    if (LatchkeyError.is(error)) throw error;
  }
  throw new MalformedResponseError("The answer is neither a chat completion nor a response.");
}

function chatAnswer(whole: ChatCompletions): Answer {
  const { message, finish_reason } = whole.choices[0]!;
  const { content, refusal, tool_calls } = message;
  // Built anew: services refuse some of what they send, as reasoning and citations.
  const said: AssistantMessage = { role: "assistant", content };
  if (tool_calls?.length) said.tool_calls = tool_calls;
  if (refusal) said.refusal = refusal;
  return {
    whole,
    text: content ?? "",
    refusal: refusal || undefined,
    cut: CUT[finish_reason ?? ""],
    calls: (tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => ({
      callId: id,
      name,
      arguments: json,
    })),
    usage: whole.usage,
    said: [said],
  };
}

function responseAnswer(whole: ResponseAnswer): Answer {
  const { output, status, error, incomplete_details, usage } = whole;
  if (status === "failed") throw apiError({ status: undefined, body: { error } });
  if (/^(queued|in_progress|cancelled)$/.test(status ?? "")) {
    throw new MalformedResponseError(
      `The response is ${status}, not an answer; poll it, or ask without background.`,
    );
  }
  const parts = output.flatMap(({ type, content }) => (type === "message" ? (content ?? []) : []));
  return {
    whole,
    text: parts.map(({ text = "" }) => text).join(""),
    refusal: parts.map(({ refusal = "" }) => refusal).join("") || undefined,
    // Whatever the reason, an incomplete answer is no whole one.
    cut: CUT[incomplete_details?.reason ?? ""] ?? (status === "incomplete" ? "length" : undefined),
    calls: output.flatMap(({ type, call_id = "", name = "", arguments: json = "" }) =>
      type === "function_call" ? [{ callId: call_id, name, arguments: json }] : [],
    ),
    usage: usage ?? undefined,
    said: output,
  };
}
