import { ChatCompletionsClient } from "../../../src/index.ts";
import type { SseCandidate } from "../candidate.ts";

/** The whole client: deadlines, assembly of the answer, errors. Its request is answered in this process. */
export default {
  name: "latchkey, client",
  async readJson(body, use) {
    const answer = async () => new Response(body, { headers: { "content-type": "text/event-stream" } });
    const client = new ChatCompletionsClient(
      "http://127.0.0.1/models",
      { key: "test-key" },
      { fetch: answer, dangerouslyAllowBrowser: true },
    );
    const stream = await client.complete({ messages: [{ role: "user", content: "Hello" }], stream: true });
    for await (const chunk of stream) use(chunk);
  },
} satisfies SseCandidate;
