import { ChatCompletionsClient } from "../../../src/index.ts";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "latchkey",
  connect(origin) {
    const client = new ChatCompletionsClient(`${origin}/models`, { key: KEY });
    return async (model, onText) => {
      const stream = await client.complete({ model, messages: MESSAGES, stream: true });
      for await (const text of stream.text()) onText(text);
    };
  },
} satisfies ClientCandidate;
