import type { SizeCandidate } from "../programs.ts";

const CLIENT = `import createClient from "@azure-rest/ai-inference";
import { AzureKeyCredential } from "@azure/core-auth";
const client = createClient(location.origin + "/models", new AzureKeyCredential(prompt("key")));`;

export default {
  name: "@azure-rest/ai-inference + core-sse",
  packages: ["@azure-rest/ai-inference", "@azure/core-auth", "@azure/core-sse"],
  programs: {
    chat: `${CLIENT}
import { createSseStream } from "@azure/core-sse";
const body = { messages: [{ role: "user", content: "Hi" }], stream: true };
const response = await client.path("/chat/completions").post({ body }).asBrowserStream();
if (response.status !== "200") throw new Error(response.status);
for await (const { data } of createSseStream(response.body)) {
  if (data === "[DONE]") break;
  console.log(JSON.parse(data).choices[0]?.delta?.content);
}`,
    embeddings: `${CLIENT}
console.log((await client.path("/embeddings").post({ body: { input: ["Hi"] } })).body);`,
  },
} satisfies SizeCandidate;
