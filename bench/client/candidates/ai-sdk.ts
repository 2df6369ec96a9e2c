import { createAzure } from "@ai-sdk/azure";
import { streamText } from "ai";
import { type ClientCandidate, KEY, MESSAGES } from "../candidate.ts";

export default {
  name: "AI SDK, @ai-sdk/azure",
  packages: ["ai", "@ai-sdk/azure"],
  connect(origin) {
    const azure = createAzure({ baseURL: `${origin}/openai`, apiKey: KEY });
    return async (model, onText) => {
      for await (const text of streamText({ model: azure.chat(model), messages: MESSAGES }).textStream) {
        onText(text);
      }
    };
  },
} satisfies ClientCandidate;
