import type { SizeCandidate } from "../programs.ts";

const CLIENT = `import { createAzure } from "@ai-sdk/azure";
const azure = createAzure({ baseURL: location.origin + "/openai", apiKey: prompt("key") });`;

export default {
  name: "ai + @ai-sdk/azure",
  packages: ["ai", "@ai-sdk/azure"],
  programs: {
    chat: `${CLIENT}
import { streamText } from "ai";
for await (const text of streamText({ model: azure.chat("m"), prompt: "Hi" }).textStream) console.log(text);`,
    embeddings: `${CLIENT}
import { embed } from "ai";
console.log(await embed({ model: azure.textEmbeddingModel("m"), value: "Hi" }));`,
  },
} satisfies SizeCandidate;
