// Legacy completions: one text in, one text out, whole and streaming. The words come from the same source as the
// chat's; the shape is text_completion's.

import {
  BLOCKED_RESULTS,
  type Choice,
  type Completion,
  complete,
  PROMPT_FILTER_RESULTS,
  SAFE_RESULTS,
  usageOf,
} from "./chat.ts";
import type { Dialect } from "./dialects.ts";
import { DONE_RECORD, dataRecord } from "./encode.ts";
import { enter, reading } from "./enter.ts";
import type { Exchange } from "./exchange.ts";
import { refuse } from "./json.ts";
import { bool, integer, number, object, text } from "./members.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { ChatRequest } from "./request.ts";
import type { RouteValues } from "./routes.ts";
import { type CompletionShape, sendCompletion } from "./send-completion.ts";
import type { StreamRecord } from "./stream.ts";
import { countTokens, tokenise } from "./tokens.ts";
import { readIncludeUsage, readStop } from "./validate.ts";

const elsewhere = (): void => {};
const MEMBERS: Members = {
  model: text,
  prompt: elsewhere,
  best_of: integer(0, 20),
  echo: bool,
  frequency_penalty: number(-2, 2),
  logit_bias: object,
  logprobs: integer(0, 5),
  max_tokens: integer(0),
  n: integer(1, 128),
  presence_penalty: number(-2, 2),
  seed: integer(Number.MIN_SAFE_INTEGER),
  stop: elsewhere,
  stream: bool,
  stream_options: elsewhere,
  suffix: text,
  temperature: number(0, 2),
  top_p: number(0, 1),
  user: text,
};

interface CompletionRequest {
  readonly model: string | undefined;
  readonly prompts: readonly string[];
  readonly echo: boolean;
  readonly logprobs: boolean;
  readonly chat: Omit<ChatRequest, "messages">;
}

export function createCompletion(exchange: Exchange, { deployment }: RouteValues): Promise<Response> {
  const { dialect, record, entry } = exchange;
  return reading(
    exchange,
    () => readRequest(dialect, record.body),
    async (read) => {
      entry.stream = read.chat.stream;
      const entered = await enter(exchange, deployment ?? read.model, "completions");
      if (!entered.ok) return entered.response;
      const { settings, sequence } = exchange;
      const context = { dialect, ...entered, seed: settings.seed, sequence, now: entry.startedAt };
      const spoken = read.prompts.map((prompt) => complete(asChat(read, prompt), context));
      const [first] = spoken;
      if (first === undefined) throw new Error("a completion request has at least one prompt");
      const completion: Completion = {
        ...first,
        id: first.id.replace("chatcmpl-", "cmpl-"),
        choices: spoken.flatMap(({ choices }) => choices),
        promptTokens: read.prompts.reduce((sum, prompt) => sum + countTokens(prompt), 0),
      };
      return sendCompletion(exchange, completion, shapeOf(read));
    },
  );
}

const DEFAULT_MAX_TOKENS = 16;
const DEFAULT_PROMPT = "<|endoftext|>";

function readRequest(dialect: Dialect, bodyText: string): CompletionRequest {
  const body = readMembers(dialect, bodyText, MEMBERS);
  const stream = body.stream === true;
  const n = (body.n as number | undefined) ?? 1;
  if (body.best_of !== undefined && (body.best_of as number) < n) {
    refuse("invalid-value", "best_of", body.best_of, "at least as many as 'n'");
  }
  return {
    model: body.model as string | undefined,
    prompts: readPrompts(body.prompt ?? DEFAULT_PROMPT),
    echo: body.echo === true,
    logprobs: body.logprobs !== undefined,
    chat: {
      model: undefined,
      stream,
      includeUsage: readIncludeUsage(body.stream_options, stream),
      n,
      maxTokens: (body.max_tokens as number | undefined) ?? DEFAULT_MAX_TOKENS,
      stop: readStop(body.stop, dialect),
      seed: body.seed as number | undefined,
      tools: [],
      toolChoice: "none",
      parallelToolCalls: false,
      responseFormat: { type: "text" },
    },
  };
}

const MAX_PROMPTS = 2_048;

function readPrompts(prompt: unknown): readonly string[] {
  const isTokens = (value: unknown): boolean =>
    Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item));
  const prompts = typeof prompt === "string" || isTokens(prompt) ? [prompt] : prompt;
  if (!Array.isArray(prompts)) refuse("invalid-type", "prompt", prompt, "a string or an array");
  if (prompts.length === 0 || prompts.length > MAX_PROMPTS) {
    refuse("invalid-value", "prompt", prompts.length, `1 to ${MAX_PROMPTS} prompts`);
  }
  return prompts.map((item: unknown, index) => {
    if (typeof item === "string") return item;
    // Tokens of a vocabulary that is not here: they are shown as numbers.
    if (isTokens(item)) return (item as number[]).join(" ");
    return refuse("invalid-type", `prompt[${index}]`, item, "a string or an array of tokens");
  });
}

function asChat({ chat }: CompletionRequest, prompt: string): ChatRequest {
  const message = {
    role: "user",
    text: prompt,
    images: [],
    audioParts: 0,
    toolCalls: [],
    toolCallId: undefined,
  };
  return { ...chat, messages: [message as ChatRequest["messages"][number]] };
}

function shapeOf(read: CompletionRequest): CompletionShape {
  return {
    body: (completion, dialect) => wholeBody(completion, dialect, read),
    records: (completion, dialect) => streamRecords(completion, dialect, read),
    chunksMayDiffer: false,
  };
}

/** A text model has neither tools nor refusals: what a scenario makes of those is text here. */
function* piecesOf(
  choice: Choice,
  index: number,
  { echo, prompts, chat }: CompletionRequest,
): Generator<string> {
  if (echo) yield* tokenise(prompts[Math.floor(index / chat.n)] ?? "");
  for (const part of choice.parts) yield* part.pieces;
}

function logprobsOf(pieces: readonly string[], offset: number): Record<string, unknown> {
  let at = offset;
  return {
    tokens: pieces,
    token_logprobs: pieces.map(() => LOGPROB),
    top_logprobs: pieces.map((piece) => ({ [piece]: LOGPROB })),
    text_offset: pieces.map((piece) => {
      at += piece.length;
      return at - piece.length;
    }),
  };
}

/** Nothing here is uncertain; the services never send 0 either. */
const LOGPROB = -0.000_1;

function finishOf({ finish }: Choice): string {
  return finish === "length" || finish === "content_filter" ? finish : "stop";
}

function headOf({ id, created, model }: Completion): Record<string, unknown> {
  return { id, object: "text_completion", created, model };
}

function wholeBody(completion: Completion, dialect: Dialect, read: CompletionRequest): string {
  const choices = completion.choices.map((choice, index) => {
    const pieces = [...piecesOf(choice, index, read)];
    return {
      text: pieces.join(""),
      index,
      finish_reason: finishOf(choice),
      logprobs: read.logprobs ? logprobsOf(pieces, 0) : null,
      ...(dialect.contentFilters && {
        content_filter_results: choice.finish === "content_filter" ? BLOCKED_RESULTS : SAFE_RESULTS,
      }),
    };
  });
  const { prompt_tokens, completion_tokens, total_tokens } = usageOf(completion);
  return JSON.stringify({
    ...headOf(completion),
    choices,
    ...(dialect.contentFilters && { prompt_filter_results: promptFilterResults(read) }),
    usage: { prompt_tokens, completion_tokens, total_tokens },
  });
}

function promptFilterResults({ prompts }: CompletionRequest): unknown[] {
  return prompts.map((_, prompt_index) => ({ ...PROMPT_FILTER_RESULTS[0], prompt_index }));
}

function* streamRecords(
  completion: Completion,
  dialect: Dialect,
  read: CompletionRequest,
): Generator<StreamRecord, void> {
  const head = headOf(completion);
  const usage = completion.includeUsage ? { usage: null } : {};
  const filtered = dialect.contentFilters ? { content_filter_results: SAFE_RESULTS } : {};
  const record = (kind: StreamRecord["kind"], body: unknown, tokens = 0): StreamRecord => ({
    kind,
    text: dataRecord(JSON.stringify(body)),
    tokens,
  });
  if (dialect.contentFilters) {
    yield record("filter", { ...head, choices: [], prompt_filter_results: promptFilterResults(read) });
  }
  for (const [index, choice] of completion.choices.entries()) {
    let offset = 0;
    for (const piece of piecesOf(choice, index, read)) {
      const logprobs = read.logprobs ? logprobsOf([piece], offset) : null;
      offset += piece.length;
      const choices = [{ text: piece, index, finish_reason: null, logprobs, ...filtered }];
      yield record("delta", { ...head, choices, ...usage }, 1);
    }
    const end = { text: "", index, finish_reason: finishOf(choice), logprobs: null };
    const results =
      choice.finish === "content_filter" && dialect.contentFilters
        ? { content_filter_results: BLOCKED_RESULTS }
        : filtered;
    yield record("finish", { ...head, choices: [{ ...end, ...results }], ...usage });
  }
  if (completion.includeUsage) {
    const { prompt_tokens, completion_tokens, total_tokens } = usageOf(completion);
    yield record("usage", {
      ...head,
      choices: [],
      usage: { prompt_tokens, completion_tokens, total_tokens },
    });
  }
  yield { kind: "done", text: DONE_RECORD, tokens: 0 };
}
