/** Chunks -> the whole answer, one at a time. Pure; what a server sends is bounded and never trusted as a key. */
import { MalformedResponseError } from "../http/errors.ts";
import type {
  ChatChoice,
  ChatChunkChoice,
  ChatCompletions,
  ChatCompletionsChunk,
  ChatDelta,
  Logprobs,
  ResponseMessage,
  ToolCallDelta,
} from "./types.ts";

/** The contract allows `n` up to 128, and tools as many; an index beyond that is a fault or an attack. */
const MAX_INDEX = 127;

type Texts = Partial<Record<"content" | "refusal" | "reasoning_content", GrowingText>>;

/** Puts an answer together. `result` is one object that grows with each `add`. */
export class Assembler {
  readonly result: ChatCompletions = {
    id: "",
    object: "chat.completion",
    created: 0,
    model: "",
    choices: [],
  };
  /** By the index of their choice. */
  readonly #texts: Texts[] = [];

  /**
   * Adds a chunk, mending what the wire may leave out: `choices` and each `delta` are there afterwards.
   *
   * @throws {MalformedResponseError} for an index out of bounds, or a tool call that changes its name.
   */
  add(chunk: ChatCompletionsChunk): void {
    const { result } = this;
    // Azure's first chunk and those of its asynchronous filter have an empty id, model and date.
    result.id ||= chunk.id || "";
    result.model ||= chunk.model || "";
    result.created ||= chunk.created || 0;
    if (typeof chunk.usage === "object" && chunk.usage) result.usage = chunk.usage;
    if (chunk.prompt_filter_results) result.prompt_filter_results = chunk.prompt_filter_results;
    if (chunk.system_fingerprint) result.system_fingerprint = chunk.system_fingerprint as string;
    if (!Array.isArray(chunk.choices)) chunk.choices = [];
    // Not `for of`, as in `text()`: once for each chunk, and until the engine has compiled it, an iterator is dear.
    for (let at = 0; at < chunk.choices.length; at++)
      addChoice(result.choices, this.#texts, chunk.choices[at]!);
  }

  /** Takes out tool calls that were skipped by their neighbours' indices and never came. */
  finish(): void {
    for (const { message } of this.result.choices) {
      if (message.tool_calls)
        message.tool_calls = message.tool_calls.filter((call) => call.id || call.function.name);
    }
  }

  /** Whether every choice that began has finished. */
  get finished(): boolean {
    const { choices } = this.result;
    return choices.length > 0 && choices.every((choice) => choice.finish_reason);
  }
}

function addChoice(choices: ChatChoice[], texts: Texts[], choice: ChatChunkChoice): void {
  if (typeof choice !== "object" || !choice)
    throw new MalformedResponseError("A choice in the stream is no object.");
  choice.delta ??= {};
  const index = choice.index ?? 0;
  let target = choices[0];
  if (target?.index !== index) target = choices.find((other) => other.index === index);
  if (!target) {
    target = { index: checkIndex(index), finish_reason: null, message: { role: "assistant", content: null } };
    choices.push(target);
    choices.sort((one, other) => one.index - other.index);
  }
  texts[index] ??= {};
  addDelta(target.message, texts[index], choice.delta);
  const { finish_reason, content_filter_results, logprobs } = choice;
  if (finish_reason) target.finish_reason = finish_reason;
  if (content_filter_results) {
    target.content_filter_results ??= {};
    const verdicts = target.content_filter_results;
    for (const name in content_filter_results) {
      if (name !== "__proto__") verdicts[name] = content_filter_results[name]!;
    }
  }
  if (logprobs) {
    target.logprobs ??= {};
    addLogprobs(target.logprobs, logprobs);
  }
}

function addLogprobs(target: Logprobs, more: Logprobs): void {
  for (const key of ["content", "refusal"] as const) {
    target[key] ??= [];
    for (const entry of more[key] ?? []) target[key].push(entry);
  }
}

/**
 * A text that comes in pieces. Engines keep a sum of strings as a tree with some 50 bytes for each piece until somebody
 * reads it, ten times what a token weighs; so every 64 pieces become one.
 */
class GrowingText {
  #whole = "";
  #tail = "";
  #pieces: string[] = [];

  /** The text so far. */
  add(piece: string): string {
    this.#tail += piece;
    if (this.#pieces.push(piece) < 64) return this.#whole + this.#tail;
    this.#whole += this.#pieces.join("");
    this.#pieces = [];
    this.#tail = "";
    return this.#whole;
  }
}

function addDelta(message: ResponseMessage, texts: Texts, delta: ChatDelta): void {
  for (const key in delta) {
    const value = delta[key];
    if (value === null || value === undefined || key === "__proto__") continue;
    if (key === "content" || key === "refusal" || key === "reasoning_content") {
      texts[key] ??= new GrowingText();
      message[key] = texts[key].add(text(value));
    } else if (key === "tool_calls") addToolCalls(message, value);
    else if (key === "audio") message.audio = joinAudio(message.audio ?? {}, value as Audio);
    // `role`, and what a service adds (`context`, `annotations`): the last one counts.
    else message[key] = value;
  }
}

type Audio = NonNullable<ResponseMessage["audio"]>;

function joinAudio(audio: Audio, more: Audio): Audio {
  const joined = { ...audio, ...more };
  for (const key of ["data", "transcript"] as const)
    if (audio[key] && more[key]) joined[key] = audio[key] + more[key];
  return joined;
}

function addToolCalls(message: ResponseMessage, deltas: unknown): void {
  if (!Array.isArray(deltas) || deltas.some((delta) => typeof delta !== "object" || !delta)) {
    throw new MalformedResponseError("The stream has something else where tool calls belong.");
  }
  for (const delta of deltas) addToolCall(message, delta);
}

/** By `index` where there is one; else a new id begins a call, and an empty or missing one continues the last. */
function addToolCall(message: ResponseMessage, delta: ToolCallDelta): void {
  message.tool_calls ??= [];
  const calls = message.tool_calls;
  const last = calls.length - 1;
  const index = checkIndex(
    delta.index ?? (delta.id && delta.id !== calls[last]?.id ? last + 1 : Math.max(0, last)),
  );
  // Calls may come out of order, but a gap that is never filled would be a hole in the list.
  while (calls.length <= index)
    calls.push({ id: "", type: "function", function: { name: "", arguments: "" } });
  const call = calls[index]!;
  const { name, arguments: more } = delta.function ?? {};
  call.id ||= delta.id ?? "";
  call.function.name ||= name ?? "";
  if (name && name !== call.function.name)
    throw new MalformedResponseError("A tool call changes its name within the stream.");
  call.function.arguments += text(more ?? "");
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new MalformedResponseError("The stream has another type where text belongs.");
}

function checkIndex(index: number): number {
  if (Number.isInteger(index) && index >= 0 && index <= MAX_INDEX) return index;
  throw new MalformedResponseError(`An index in the stream is not within 0 to ${MAX_INDEX}.`);
}
