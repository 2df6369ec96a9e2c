import type { SizeCandidate } from "../programs.ts";

const READ = (use: string) => `
let rest = "";
const decoder = new TextDecoder();
for await (const piece of response.body) {
  const lines = (rest + decoder.decode(piece, { stream: true })).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
    if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
    const value = JSON.parse(line.slice(6));
    ${use}
  }
}`;

const ask = (path: string, body: string) => `
const response = await fetch(location.origin + "${path}", {
  method: "POST",
  headers: { "api-key": prompt("key"), "content-type": "application/json" },
  body: JSON.stringify(${body}),
});
if (!response.ok) throw new Error(await response.text());`;

/** The floor: no retries, no deadlines, no types, and nothing for what a service does on a bad day. */
export default {
  name: "bare fetch",
  programs: {
    chat: `${ask("/openai/v1/chat/completions", '{ model: "m", messages: [{ role: "user", content: "Hi" }], stream: true }')}
${READ("const text = value.choices?.[0]?.delta?.content; if (text) console.log(text);")}`,
    embeddings: `${ask("/openai/v1/embeddings", '{ model: "m", input: ["Hi"] }')}
console.log(await response.json());`,
    agents: `${ask("/threads/thread_1/runs?api-version=v1", '{ assistant_id: "asst_1", stream: true }')}
${READ("for (const part of value.delta?.content ?? []) if (part.text) console.log(part.text.value);")}`,
  },
} satisfies SizeCandidate;
