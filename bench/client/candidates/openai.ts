import { AzureOpenAI } from "openai";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "openai, AzureOpenAI",
  packages: ["openai"],
  connect(origin) {
    const client = new AzureOpenAI({ endpoint: origin, apiKey: KEY, apiVersion: "2024-10-21" });
    return async (model, onText) => {
      const stream = await client.chat.completions.create({ model, messages: MESSAGES, stream: true });
      for await (const chunk of stream) {
        const text = chunk.choices[0]?.delta.content;
        if (text) onText(text);
      }
    };
  },
} satisfies ClientCandidate;
