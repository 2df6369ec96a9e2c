/** npm `openai` 7: its helper that puts the answer together. */
import OpenAI from "openai";
import { LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }) {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey: key });
  const stream = client.chat.completions.stream(
    { model: "gpt-test", messages: [{ role: "user", content: prompt }] },
    { signal },
  );
  for await (const chunk of stream) {
    const text = chunk.choices[0]?.delta?.content;
    if (text && (await onText(text)) === LEAVE) return {};
  }
  const { choices, usage } = await stream.finalChatCompletion();
  return {
    finishReason: choices[0].finish_reason,
    totalTokens: usage?.total_tokens,
    toolCalls: choices[0].message.tool_calls?.map((call) => call.function),
  };
}
