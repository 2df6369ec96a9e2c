import { AzureKeyCredential } from "@azure/core-auth";
import { createSseStream } from "@azure/core-sse";
import createClient from "@azure-rest/ai-inference";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "@azure-rest/ai-inference + core-sse",
  packages: ["@azure-rest/ai-inference", "@azure/core-auth", "@azure/core-sse"],
  connect(origin) {
    const client = createClient(`${origin}/models`, new AzureKeyCredential(KEY), {
      allowInsecureConnection: true,
    });
    return async (model, onText) => {
      const body = { model, messages: MESSAGES, stream: true };
      const response = await client.path("/chat/completions").post({ body }).asNodeStream();
      if (response.status !== "200" || response.body === undefined) throw new Error(response.status);
      for await (const { data } of createSseStream(response.body)) {
        if (data === "[DONE]") return;
        const text = JSON.parse(data).choices[0]?.delta?.content;
        if (text) onText(text);
      }
    };
  },
} satisfies ClientCandidate;
