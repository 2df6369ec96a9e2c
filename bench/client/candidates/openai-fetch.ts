import { OpenAIClient } from "openai-fetch";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "openai-fetch",
  packages: ["openai-fetch"],
  connect(origin) {
    const client = new OpenAIClient({ apiKey: KEY, baseUrl: `${origin}/v1` });
    return async (model, onText) => {
      for await (const chunk of await client.streamChatCompletion({ model, messages: MESSAGES })) {
        const text = chunk.choices[0]?.delta.content;
        if (text) onText(text);
      }
    };
  },
} satisfies ClientCandidate;
