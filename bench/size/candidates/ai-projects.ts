import type { SizeCandidate } from "../programs.ts";

const CLIENT = `import { AIProjectClient } from "@azure/ai-projects";
const credential = { getToken: async () => ({ token: prompt("token"), expiresOnTimestamp: Infinity }) };
const client = new AIProjectClient(location.origin, credential).getOpenAIClient();`;

/** Brings the client of openai along. */
export default {
  name: "@azure/ai-projects",
  packages: ["@azure/ai-projects"],
  programs: {
    chat: `${CLIENT}
const stream = await client.chat.completions.create({ model: "m", messages: [{ role: "user", content: "Hi" }], stream: true });
for await (const chunk of stream) console.log(chunk.choices[0]?.delta.content);`,
    embeddings: `${CLIENT}
console.log(await client.embeddings.create({ model: "m", input: ["Hi"] }));`,
    agents: `${CLIENT}
const stream = await client.responses.create({ input: "Hi", stream: true }, { body: { agent: { name: "a", type: "agent_reference" } } });
for await (const event of stream) if (event.type === "response.output_text.delta") console.log(event.delta);`,
  },
} satisfies SizeCandidate;
