/** Ours: the client with the names of npm `openai`. */
import { AzureOpenAI } from "../../../src/openai/index.ts";
import { type Answer, type Ask, LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }: Ask): Promise<Answer> {
  const client = new AzureOpenAI({ endpoint: origin, apiKey: key, apiVersion: "2024-10-21" });
  const stream = await client.chat.completions.create(
    { model: "gpt-test", messages: [{ role: "user", content: prompt }], stream: true },
    { signal },
  );
  for await (const { choices } of stream) {
    const text = choices[0]?.delta.content;
    if (text && (await onText(text)) === LEAVE) return {};
  }
  const { choices, usage } = await stream.final();
  const { finish_reason, message } = choices[0]!;
  return {
    finishReason: finish_reason,
    totalTokens: usage?.total_tokens,
    toolCalls: message.tool_calls?.map((call) => call.function),
  };
}
