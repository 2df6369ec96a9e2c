import type { SizeCandidate } from "../programs.ts";

const CLIENT = `import { AzureOpenAI } from "openai";
const client = new AzureOpenAI({ endpoint: location.origin, apiKey: prompt("key"), apiVersion: "2024-10-21", dangerouslyAllowBrowser: true });`;

/** Its runs of assistants are gone; agents are called by their name in a response. */
export default {
  name: "openai",
  packages: ["openai"],
  programs: {
    chat: `${CLIENT}
const stream = await client.chat.completions.create({ model: "m", messages: [{ role: "user", content: "Hi" }], stream: true });
for await (const chunk of stream) console.log(chunk.choices[0]?.delta.content);`,
    embeddings: `${CLIENT}
console.log(await client.embeddings.create({ model: "m", input: ["Hi"] }));`,
    agents: `${CLIENT}
const stream = await client.responses.create({ input: "Hi", agent_reference: { name: "a", type: "agent_reference" }, stream: true });
for await (const event of stream) if (event.type === "response.output_text.delta") console.log(event.delta);`,
  },
} satisfies SizeCandidate;
