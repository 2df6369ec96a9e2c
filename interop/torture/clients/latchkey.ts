/** Ours: the client of the model inference API. */
import { ChatCompletionsClient } from "../../../src/index.ts";
import { type Answer, type Ask, LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }: Ask): Promise<Answer> {
  const client = new ChatCompletionsClient(`${origin}/models`, { key });
  const stream = await client.complete(
    { model: "gpt-test", messages: [{ role: "user", content: prompt }], stream: true },
    { signal },
  );
  for await (const text of stream.text()) if ((await onText(text)) === LEAVE) return {};
  const { choices, usage } = await stream.final();
  const { finish_reason, message } = choices[0]!;
  return {
    finishReason: finish_reason,
    totalTokens: usage?.total_tokens,
    toolCalls: message.tool_calls?.map((call) => call.function),
  };
}
