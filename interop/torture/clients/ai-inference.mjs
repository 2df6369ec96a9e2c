/** Azure's client of the model inference API with its reader of event streams, as its README puts them together. */

import { AzureKeyCredential } from "@azure/core-auth";
import { createSseStream } from "@azure/core-sse";
import createClient from "@azure-rest/ai-inference";
import { LEAVE } from "../scenario.ts";

export async function ask({ origin, key, prompt, signal, onText }) {
  const client = createClient(`${origin}/models`, new AzureKeyCredential(key), {
    allowInsecureConnection: true,
  });
  const response = await client
    .path("/chat/completions")
    .post({
      body: { model: "gpt-test", messages: [{ role: "user", content: prompt }], stream: true },
      abortSignal: signal,
    })
    .asNodeStream();
  if (response.status !== "200") {
    // Nobody reads on; without this the body would hold its connection.
    response.body?.destroy();
    throw new Error(`Failed to get chat completions, http operation failed with ${response.status} code`);
  }
  const answer = {};
  for await (const event of createSseStream(response.body)) {
    if (event.data === "[DONE]") return answer;
    for (const choice of JSON.parse(event.data).choices) {
      if (choice.finish_reason) answer.finishReason = choice.finish_reason;
      const text = choice.delta?.content;
      if (text && (await onText(text)) === LEAVE) return answer;
    }
    const { usage } = JSON.parse(event.data);
    if (usage) answer.totalTokens = usage.total_tokens;
  }
  return answer;
}
