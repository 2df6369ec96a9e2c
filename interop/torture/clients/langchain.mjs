/** LangChain's client of OpenAI. */
import { ChatOpenAI } from "@langchain/openai";
import { LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }) {
  const model = new ChatOpenAI({
    model: "gpt-test",
    apiKey: key,
    configuration: { baseURL: `${origin}/v1` },
  });
  let whole;
  for await (const chunk of await model.stream(prompt, { signal })) {
    whole = whole ? whole.concat(chunk) : chunk;
    if (chunk.text && (await onText(chunk.text)) === LEAVE) return {};
  }
  return {
    finishReason: whole?.response_metadata.finish_reason,
    totalTokens: whole?.usage_metadata?.total_tokens,
    toolCalls: whole?.tool_calls?.map((call) => ({
      name: call.name,
      arguments: JSON.stringify(call.args),
    })),
  };
}
