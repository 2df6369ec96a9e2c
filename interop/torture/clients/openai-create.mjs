/** npm `openai`: the chunks, put together by the caller's own loop as its README shows. For two versions. */
import { LEAVE } from "../scenario.ts";

/** @param {{ AzureOpenAI: Function }} sdk */
export const asking = (sdk) =>
  async function ask({ origin, key, prompt, signal, onText }) {
    const client = new sdk.AzureOpenAI({ endpoint: origin, apiKey: key, apiVersion: "2024-10-21" });
    const stream = await client.chat.completions.create(
      { model: "gpt-test", messages: [{ role: "user", content: prompt }], stream: true },
      { signal },
    );
    const answer = {};
    for await (const chunk of stream) {
      const choice = chunk.choices[0];
      if (choice?.finish_reason) answer.finishReason = choice.finish_reason;
      if (chunk.usage) answer.totalTokens = chunk.usage.total_tokens;
      const text = choice?.delta?.content;
      if (text && (await onText(text)) === LEAVE) return answer;
    }
    return answer;
  };
