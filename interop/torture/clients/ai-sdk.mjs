/** Vercel's AI SDK with its provider for Azure, on the chat API. */
import { createAzure } from "@ai-sdk/azure";
import { streamText } from "ai";
import { LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }) {
  const azure = createAzure({ baseURL: `${origin}/openai`, apiKey: key });
  const result = streamText({
    model: azure.chat("gpt-test"),
    prompt,
    abortSignal: signal,
    // Its default prints them; they come as parts of the stream too.
    onError() {},
  });
  const toolCalls = [];
  for await (const part of result.fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta" && (await onText(part.text)) === LEAVE) return {};
    if (part.type === "tool-call")
      toolCalls.push({ name: part.toolName, arguments: JSON.stringify(part.input) });
  }
  if (signal.aborted) return {};
  return {
    finishReason: await result.finishReason,
    totalTokens: (await result.totalUsage).totalTokens,
    toolCalls,
  };
}
