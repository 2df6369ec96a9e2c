import type { SizeCandidate } from "../programs.ts";

export default {
  name: "latchkey",
  programs: {
    chat: `import { ChatCompletionsClient } from "latchkey";
const client = new ChatCompletionsClient(location.origin + "/models", { key: prompt("key") });
const stream = await client.complete({ messages: [{ role: "user", content: "Hi" }], stream: true });
for await (const text of stream.text()) console.log(text);`,
    embeddings: `import { EmbeddingsClient } from "latchkey";
const client = new EmbeddingsClient(location.origin + "/models", { key: prompt("key") });
console.log(await client.embed({ input: ["Hi"] }));`,
    agents: `import { AgentsClient } from "latchkey/projects";
const client = new AgentsClient(location.origin, async () => prompt("token"));
const stream = await client.createStream("thread_1", { assistant_id: "asst_1" });
for await (const text of stream.text()) console.log(text);`,
  },
} satisfies SizeCandidate;
