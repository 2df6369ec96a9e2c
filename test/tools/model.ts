// Hand-made models for the tool tests: answers in turn, in either dialect, whole or as a stream, and what was asked.
import type { ChatCompletions, ChatCompletionsChunk, ChatDelta } from "latchkey";

export const SECRET = "canary-secret-90b1e4";

export interface Called {
  id: string;
  name: string;
  args: unknown;
}

const text = (args: unknown): string => (typeof args === "string" ? args : JSON.stringify(args));

export const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** A chat completion that says something, calls something, or both. */
export function says(content: string | null, ...calls: Called[]): ChatCompletions {
  const tool_calls = calls.map(({ id, name, args }) => ({
    id,
    type: "function" as const,
    function: { name, arguments: text(args) },
  }));
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "m",
    usage: { ...usage, prompt_tokens_details: { cached_tokens: 2 } },
    choices: [
      {
        index: 0,
        finish_reason: calls.length ? "tool_calls" : "stop",
        message: { role: "assistant", content, ...(calls.length ? { tool_calls } : {}) },
      },
    ],
  };
}

/** The same as chunks, text and arguments one character at a time. */
export async function* streamed(whole: ChatCompletions): AsyncGenerator<ChatCompletionsChunk> {
  const { choices, usage, ...rest } = whole;
  const { message, finish_reason } = choices[0]!;
  const chunk = (delta: ChatDelta, finish: string | null = null): ChatCompletionsChunk => ({
    ...rest,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  for (const char of message.content ?? "") yield chunk({ content: char });
  if (message.refusal) yield chunk({ refusal: message.refusal });
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    yield chunk({ tool_calls: [{ ...call, index, function: { name: call.function.name, arguments: "" } }] });
    for (const char of call.function.arguments)
      yield chunk({ tool_calls: [{ index, function: { arguments: char } }] });
  }
  if (finish_reason) yield chunk({}, finish_reason);
  yield { ...rest, choices: [], usage: usage ?? null };
}

/** A response that says something, calls something, or both. */
export const responds = (content: string | null, ...calls: Called[]) => ({
  id: `resp_${calls.length}`,
  object: "response",
  status: "completed",
  usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7, input_tokens_details: { cached_tokens: 1 } },
  output: [
    { type: "reasoning", id: "rs_1", summary: [] },
    ...(content === null
      ? []
      : [{ type: "message", role: "assistant", content: [{ type: "output_text", text: content }] }]),
    ...calls.map(({ id, name, args }) => ({
      type: "function_call",
      call_id: id,
      name,
      arguments: text(args),
    })),
  ],
});

/** The same as events. */
export async function* responding(response: ReturnType<typeof responds>): AsyncGenerator<object> {
  yield { type: "response.created", response: { ...response, output: [] } };
  yield { type: "response.reasoning_summary_text.delta", delta: "hm" };
  for (const item of response.output) {
    for (const part of "content" in item ? item.content : [])
      for (const char of part.text) yield { type: "response.output_text.delta", delta: char };
  }
  yield { type: "response.completed", response };
}

/** A client that answers in turn, the last answer for ever; one body per question is kept. */
export function model(...answers: unknown[]) {
  const asked: Record<string, never>[] = [];
  const options: { signal: AbortSignal; timeoutMs?: number }[] = [];
  const answer = async (request: object, given?: object): Promise<unknown> => {
    asked.push(structuredClone(request) as never);
    options.push(given as never);
    const next = answers[Math.min(asked.length, answers.length) - 1];
    return typeof next === "function" ? (next as () => unknown)() : next;
  };
  return {
    asked,
    options,
    complete: answer,
    chat: { completions: { create: answer } },
    responses: { create: answer },
  };
}
