import type { SizeCandidate } from "../programs.ts";

export default {
  name: "@azure/ai-agents",
  packages: ["@azure/ai-agents"],
  programs: {
    agents: `import { AgentsClient } from "@azure/ai-agents";
const credential = { getToken: async () => ({ token: prompt("token"), expiresOnTimestamp: Infinity }) };
const client = new AgentsClient(location.origin, credential);
for await (const { event, data } of await client.runs.create("thread_1", "asst_1").stream()) {
  if (event === "thread.message.delta") console.log(data.delta.content);
}`,
  },
} satisfies SizeCandidate;
