/** A model's answer while it comes -> updates of a message. What a chunk means to a reader is decided here. */
import type { ContentFilterResults } from "../chat/content-filter.ts";
import type { Citation } from "../chat/data-sources.ts";
import type { ChatCompletions, ChatCompletionsChunk, Usage } from "../chat/types.ts";
import { type AnyTool, runTools, type ToolEvent } from "../tools/index.ts";
import type { AnswerUpdate } from "./chat-machine.ts";
import type { AnswerCitation, AnswerUsage, FilteredContent } from "./message.ts";

/** What a chat asks with: a `ChatCompletionsClient`, or anything with this method. */
export interface ChatClient {
  complete(
    request: { messages: never; stream: true },
    options?: { signal?: AbortSignal },
  ): PromiseLike<AsyncIterable<ChatCompletionsChunk>>;
}

export interface Question {
  readonly client: ChatClient;
  /** The body, `messages` among its members. */
  readonly request: Readonly<Record<string, unknown>> & { readonly messages: readonly unknown[] };
  /** With none the model is simply asked. */
  readonly tools: readonly AnyTool[];
  readonly signal: AbortSignal;
}

/** What has already arrived is read in microtasks, in which a page can neither paint nor react. */
const MAX_READING_MS = 20;

/** Tells every update; resolves when the answer is whole, rejects with the client's error. */
export async function readAnswer(question: Question, tell: (update: AnswerUpdate) => void): Promise<void> {
  const pause = pauses();
  question.signal.throwIfAborted();
  if (question.tools.length > 0) return readRun(question, tell, pause);
  const { client, request, signal } = question;
  const stream = await client.complete({ ...request, stream: true } as never, { signal });
  const { requestId } = stream as { requestId?: unknown };
  if (typeof requestId === "string") tell({ requestId });
  for await (const chunk of stream) {
    await pause();
    const update = updateOf(chunk);
    if (update) tell(update);
  }
}

async function readRun(
  { client, request, tools, signal }: Question,
  tell: (update: AnswerUpdate) => void,
  pause: () => Promise<void> | undefined,
): Promise<void> {
  const run = runTools(client, { ...request, tools, stream: true } as never, { signal });
  let hasText = false;
  let step = 1;
  for await (const event of run) {
    await pause();
    if (event.type === "text-delta") {
      // Each step is a message of its own.
      const gap = hasText && event.step > step ? "\n\n" : "";
      [hasText, step] = [true, event.step];
      tell({ text: gap + event.delta });
    } else {
      const update = updateOfEvent(event);
      if (update) tell(update);
    }
  }
}

function updateOfEvent(event: ToolEvent): AnswerUpdate | undefined {
  switch (event.type) {
    case "reasoning-delta":
      return { reasoning: event.delta };
    case "tool-start":
    case "tool-end": {
      const { callId: id, name, arguments: json } = event;
      const ended = event.type === "tool-end";
      const result = ended ? event.output : null;
      return { toolCall: { id, name, arguments: json, result, failed: ended && event.error !== undefined } };
    }
    case "step-end":
      return updateOfWhole(event.answer as ChatCompletions);
    default:
      return undefined;
  }
}

/** What is not told by deltas. */
function updateOfWhole({ choices, usage, prompt_filter_results }: ChatCompletions): AnswerUpdate {
  const [choice] = choices;
  const { refusal, context } = choice?.message ?? {};
  const filtered = [...filteredPrompt(prompt_filter_results), ...filteredIn(choice?.content_filter_results)];
  return {
    ...(refusal && { refusal }),
    ...(choice?.finish_reason && { finishReason: choice.finish_reason }),
    ...(usage && { usage: usageFrom(usage) }),
    ...(context?.citations && { citations: citationsFrom(context.citations) }),
    ...(filtered.length > 0 && { filtered }),
  };
}

function updateOf(chunk: ChatCompletionsChunk): AnswerUpdate | undefined {
  const { usage, prompt_filter_results } = chunk;
  const choice = chunk.choices?.find(({ index }) => !index);
  const { content, refusal, reasoning_content: reasoning, context } = choice?.delta ?? {};
  const filtered = [...filteredPrompt(prompt_filter_results), ...filteredIn(choice?.content_filter_results)];
  const update: AnswerUpdate = {
    ...(content && { text: content }),
    ...(reasoning && { reasoning }),
    ...(refusal && { refusal }),
    ...(choice?.finish_reason && { finishReason: choice.finish_reason }),
    ...(usage && { usage: usageFrom(usage) }),
    ...(context?.citations && { citations: citationsFrom(context.citations) }),
    ...(filtered.length > 0 && { filtered }),
  };
  return Object.keys(update).length > 0 ? update : undefined;
}

function usageFrom(usage: Usage): AnswerUsage {
  return {
    prompt: count(usage.prompt_tokens),
    completion: count(usage.completion_tokens),
    reasoning: count(usage.completion_tokens_details?.reasoning_tokens),
    cached: count(usage.prompt_tokens_details?.cached_tokens),
  };
}

function count(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

function citationsFrom(citations: readonly Citation[]): AnswerCitation[] {
  if (!Array.isArray(citations)) return [];
  return citations.map(({ title, url, filepath, content }: Citation) => ({
    title: String(title || filepath || url || ""),
    url: typeof url === "string" ? url : null,
    content: typeof content === "string" ? content : "",
  }));
}

function filteredPrompt(results: ChatCompletions["prompt_filter_results"]): FilteredContent[] {
  if (!Array.isArray(results)) return [];
  return results.flatMap((result) => filteredIn(Object(result).content_filter_results));
}

/** The filters that stopped something; the many that had nothing to say are left out. */
export function filteredIn(results: ContentFilterResults | undefined): FilteredContent[] {
  return Object.entries(Object(results)).flatMap(([category, verdict]) => {
    const { filtered, severity } = Object(verdict) as { filtered?: unknown; severity?: unknown };
    return filtered === true ? [{ category, severity: typeof severity === "string" ? severity : null }] : [];
  });
}

/** Lets the runtime do something else when reading has gone on for long. */
function pauses(): () => Promise<void> | undefined {
  let pausedAt = performance.now();
  return () => {
    if (performance.now() - pausedAt <= MAX_READING_MS) return undefined;
    return nextTask().then(() => {
      pausedAt = performance.now();
    });
  };
}

/** Unlike a timer this is not slowed down in a hidden tab. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
