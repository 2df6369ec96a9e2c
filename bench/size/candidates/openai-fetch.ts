import type { SizeCandidate } from "../programs.ts";

const CLIENT = `import { OpenAIClient } from "openai-fetch";
const client = new OpenAIClient({ apiKey: prompt("key"), baseUrl: location.origin + "/openai/v1" });`;

export default {
  name: "openai-fetch",
  packages: ["openai-fetch"],
  programs: {
    chat: `${CLIENT}
const stream = await client.streamChatCompletion({ model: "m", messages: [{ role: "user", content: "Hi" }] });
for await (const chunk of stream) console.log(chunk.choices[0]?.delta.content);`,
    embeddings: `${CLIENT}
console.log(await client.createEmbeddings({ model: "m", input: ["Hi"] }));`,
  },
} satisfies SizeCandidate;
