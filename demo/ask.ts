// Asks the model one question over the package's client and tells what comes, part by part. Loaded with the first
// message (see later-parts.ts): the page shows and lists models without it.
import { ChatCompletionsClient } from "latchkey";
import type { ChatMessage, TokenUsage } from "./chat-state.ts";
import type { Connection } from "./connection.ts";

export interface Question {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly signal: AbortSignal;
}

export interface Listener {
  onText(text: string, reasoning: string): void;
  onUsage(usage: TokenUsage): void;
  onFinishReason(reason: string): void;
}

/** What has already arrived is read in microtasks, in which the page can neither paint nor react. */
const MAX_READING_MS = 20;

/** Resolves when the answer is whole; rejects with the client's error, also when it is aborted. */
export async function ask(connection: Connection, question: Question, listener: Listener): Promise<void> {
  const client = clientOf(connection);
  const { model, messages, signal } = question;
  const stream = await client.complete(
    { model, messages: [...messages], stream: true, stream_options: { include_usage: true } },
    { signal },
  );
  let pausedAt = performance.now();
  for await (const chunk of stream) {
    if (performance.now() - pausedAt > MAX_READING_MS) {
      await nextTask();
      pausedAt = performance.now();
    }
    if (chunk.usage) {
      const { prompt_tokens: prompt, completion_tokens: completion } = chunk.usage;
      listener.onUsage({ prompt, completion });
    }
    const choice = chunk.choices[0];
    if (!choice) continue;
    const text = choice.delta.content ?? choice.delta.refusal ?? "";
    const reasoning = choice.delta.reasoning_content ?? "";
    if (text !== "" || reasoning !== "") listener.onText(text, reasoning);
    if (choice.finish_reason) listener.onFinishReason(choice.finish_reason);
  }
}

const clients = new WeakMap<Connection, ChatCompletionsClient>();

/** One client for the page, because a client keeps its session until it ends. */
function clientOf(connection: Connection): ChatCompletionsClient {
  let client = clients.get(connection);
  if (!client) {
    client = new ChatCompletionsClient(`${connection.workerUrl}/models`, connection.session);
    clients.set(connection, client);
  }
  return client;
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
