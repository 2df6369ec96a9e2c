// How a check asks a server.
import { type ChatCompletionCreateParams, OpenAI } from "../../src/openai/index.ts";
import type { Server } from "./server.ts";

type Messages = ChatCompletionCreateParams["messages"];

export const clientOf = ({ baseURL, key }: Server, apiKey = key) =>
  new OpenAI({ baseURL, apiKey, maxRetries: 0 });

/** A question as the check of that name asks it. */
export function ask({ model, members }: Server, check: string, content: string) {
  const messages: Messages = [{ role: "user", content }];
  // A random model says the same each time, too.
  return { model, messages, max_tokens: 200, seed: 3, model_extras: members[check] ?? null };
}
