import type { SizeCandidate } from "../programs.ts";

const SERVICE = '{ apiKey: prompt("key"), baseURL: location.origin + "/openai/v1/", model: "m" }';

export default {
  name: "xsai",
  packages: ["@xsai/stream-text", "@xsai/embed"],
  programs: {
    chat: `import { streamText } from "@xsai/stream-text";
const { textStream } = streamText({ ...${SERVICE}, messages: [{ role: "user", content: "Hi" }] });
for await (const text of textStream) console.log(text);`,
    embeddings: `import { embed } from "@xsai/embed";
console.log(await embed({ ...${SERVICE}, input: "Hi" }));`,
  },
} satisfies SizeCandidate;
