import type { SizeCandidate } from "../programs.ts";

/** Functions in place of a class: only what is called is bundled. */
export default {
  name: "latchkey, connected functions",
  programs: {
    chat: `import { chat, connectAzureOpenAI } from "latchkey/openai";
const call = connectAzureOpenAI({ endpoint: location.origin, apiKey: prompt("key") });
const stream = await chat(call).completions.create({ model: "m", messages: [{ role: "user", content: "Hi" }], stream: true });
for await (const text of stream.text()) console.log(text);`,
    agents: `import { connectAgents, streamOperations } from "latchkey/projects";
const call = connectAgents(location.origin, async () => prompt("token"));
const stream = await streamOperations(call).createStream("thread_1", { assistant_id: "asst_1" });
for await (const text of stream.text()) console.log(text);`,
  },
} satisfies SizeCandidate;
