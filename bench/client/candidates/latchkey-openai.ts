import { AzureOpenAI } from "../../../src/openai/index.ts";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "latchkey/openai",
  connect(origin) {
    const client = new AzureOpenAI({ endpoint: origin, apiKey: KEY });
    return async (model, onText) => {
      const stream = await client.chat.completions.create({ model, messages: MESSAGES, stream: true });
      for await (const chunk of stream) {
        const text = chunk.choices[0]?.delta.content;
        if (text) onText(text);
      }
    };
  },
} satisfies ClientCandidate;
