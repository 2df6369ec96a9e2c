// Request + answer -> completion: tokens cut to the budget, stop sequences, finish reasons, usage; and the completion
// as one whole JSON body. stream.ts writes the same completion as records.

import { type Answer, answerRequest } from "./answer.ts";
import type { Dialect } from "./dialects.ts";
import type { Deployment } from "./options.ts";
import { createRandom, hashText, randomId } from "./random.ts";
import type { ChatRequest } from "./request.ts";
import { countPrompt, tokenise } from "./tokens.ts";

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

export interface TextPart {
  readonly kind: "reasoning_content" | "content" | "refusal";
  /** One piece is one token and one chunk. An iterable, so that a flood needs no memory. */
  readonly pieces: Iterable<string>;
  readonly tokens: number;
}

export interface ToolPart {
  readonly kind: "tool_call";
  readonly id: string;
  readonly name: string;
  readonly pieces: readonly string[];
  readonly tokens: number;
}

export type Part = TextPart | ToolPart;

export interface Choice {
  readonly parts: readonly Part[];
  readonly finish: FinishReason;
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: number };
  readonly completion_tokens_details: {
    readonly reasoning_tokens: number;
    readonly audio_tokens: number;
    readonly accepted_prediction_tokens: number;
    readonly rejected_prediction_tokens: number;
    /** The inference dialect's own. */
    readonly total_tokens?: number;
  };
}

export interface Completion {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly fingerprint: string;
  readonly choices: readonly Choice[];
  readonly promptTokens: number;
  readonly includeUsage: boolean;
  /** Azure's asynchronous filter: results in records of their own instead of on each content chunk. */
  readonly asyncFilter: boolean;
  /** The responses API can say that it failed; elsewhere this changes nothing. */
  readonly failed?: boolean;
}

export interface CompletionContext {
  readonly dialect: Dialect;
  readonly deployment: Required<Deployment>;
  readonly seed: number;
  /** Position of the request in this emulator's life; makes ids unique and repeatable. */
  readonly sequence: number;
  readonly now: number;
}

export function complete(request: ChatRequest, context: CompletionContext): Completion {
  const { deployment } = context;
  const ids = createRandom(hashText(`completion ${context.sequence}`, context.seed));
  const seed = hashText(deployment.name, hashText(String(request.seed ?? ""), context.seed));
  const choices: Choice[] = [];
  for (let index = 0; index < request.n; index++) {
    const random = createRandom(hashText(conversation(request), hashText(String(index), seed)));
    choices.push(toChoice(answerRequest(request, deployment, random, ids), request));
  }
  return {
    id: `chatcmpl-${randomId(ids, 29)}`,
    created: Math.floor(context.now / 1000),
    model: deployment.model,
    fingerprint: `fp_${hashText(deployment.name, context.seed).toString(16).padStart(10, "0")}`,
    choices,
    promptTokens: countPrompt(request),
    includeUsage: request.includeUsage,
    asyncFilter: false,
  };
}

function conversation(request: ChatRequest): string {
  return request.messages.map((message) => `${message.role}\n${message.text}`).join("\n\n");
}

/** Spends the token budget part by part; what does not fit is not said, and the finish reason tells so. */
function toChoice(answer: Answer, request: ChatRequest): Choice {
  const stopped = cutAtStop(answer, request.stop);
  let left = request.maxTokens ?? Number.POSITIVE_INFINITY;
  let cut = false;
  const parts: Part[] = [];
  const spend = (text: string): readonly string[] => {
    const pieces = tokenise(text);
    const kept = pieces.length > left ? pieces.slice(0, left) : pieces;
    cut ||= kept.length < pieces.length;
    left -= kept.length;
    return kept;
  };
  for (const kind of ["reasoning_content", "content", "refusal"] as const) {
    const text = stopped[kind];
    if (text === undefined || cut) continue;
    const pieces = spend(text);
    parts.push({ kind, pieces, tokens: pieces.length });
  }
  for (const call of stopped.toolCalls) {
    if (cut) break;
    const pieces = spend(call.arguments);
    parts.push({ kind: "tool_call", id: call.id, name: call.name, pieces, tokens: pieces.length });
  }
  const finish = cut ? "length" : stopped.toolCalls.length > 0 ? "tool_calls" : "stop";
  return { parts, finish };
}

function cutAtStop(answer: Answer, stop: readonly string[]): Answer {
  if (answer.content === undefined || stop.length === 0) return answer;
  const { content } = answer;
  const at = stop.map((sequence) => content.indexOf(sequence)).filter((index) => index >= 0);
  return at.length === 0 ? answer : { ...answer, content: content.slice(0, Math.min(...at)) };
}

export function usageOf(completion: Completion, dialect?: Dialect): Usage {
  let completionTokens = 0;
  let reasoningTokens = 0;
  for (const { parts } of completion.choices) {
    for (const part of parts) {
      completionTokens += part.tokens;
      if (part.kind === "reasoning_content") reasoningTokens += part.tokens;
    }
  }
  return {
    prompt_tokens: completion.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: completion.promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
      ...(dialect?.name === "inference" && { total_tokens: completionTokens }),
    },
  };
}

const SAFE = { filtered: false, severity: "safe" } as const;
export const SAFE_RESULTS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE } as const;
export const BLOCKED_RESULTS = { ...SAFE_RESULTS, violence: { filtered: true, severity: "medium" } } as const;
export const PROMPT_FILTER_RESULTS = [
  {
    prompt_index: 0,
    content_filter_results: { ...SAFE_RESULTS, jailbreak: { filtered: false, detected: false } },
  },
] as const;

export function completionBody(completion: Completion, dialect: Dialect): string {
  const { id, created, model, fingerprint } = completion;
  const openai = dialect.name !== "inference";
  const choices = completion.choices.map(({ parts, finish }, index) => ({
    index,
    message: {
      role: "assistant",
      content: textOf(parts, "content") ?? null,
      ...(openai && { refusal: textOf(parts, "refusal") ?? null }),
      ...optional("reasoning_content", textOf(parts, "reasoning_content")),
      ...optional("tool_calls", toolCallsOf(parts)),
    },
    finish_reason: finish,
    ...(openai && { logprobs: null }),
    ...(dialect.contentFilters && {
      content_filter_results: finish === "content_filter" ? BLOCKED_RESULTS : SAFE_RESULTS,
    }),
  }));
  return JSON.stringify({
    id,
    object: "chat.completion",
    created,
    model,
    choices,
    ...(dialect.contentFilters && { prompt_filter_results: PROMPT_FILTER_RESULTS }),
    usage: usageOf(completion, dialect),
    ...(openai && { system_fingerprint: fingerprint }),
  });
}

function optional<T>(name: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [name]: value };
}

function textOf(parts: readonly Part[], kind: TextPart["kind"]): string | undefined {
  const part = parts.find((candidate) => candidate.kind === kind);
  return part === undefined ? undefined : [...part.pieces].join("");
}

function toolCallsOf(parts: readonly Part[]): unknown[] | undefined {
  const calls = parts.filter((part) => part.kind === "tool_call");
  if (calls.length === 0) return undefined;
  return calls.map(({ id, name, pieces }) => ({
    id,
    type: "function",
    function: { name, arguments: pieces.join("") },
  }));
}
