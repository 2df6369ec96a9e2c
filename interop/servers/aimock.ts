// aimock, an OpenAI-compatible server of npm: it answers from fixtures, which are here what the checks ask for.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { LLMock } from "@copilotkit/aimock";
import { type Server, versionOf } from "./server.ts";

const KEY = "test-key";
const TEXT = "✓ ü € 😀 naïve";

export async function startAimock(): Promise<Server> {
  // It doesn't tell that a client went away; the socket of its last answer does.
  let response: ServerResponse | undefined;
  const note = (message: unknown) => {
    ({ response } = message as { response: ServerResponse });
  };
  subscribe("http.server.request.start", note);
  // One character a chunk: each is a record of its own.
  const mock = new LLMock({
    port: 0,
    host: "127.0.0.1",
    chunkSize: 1,
    logLevel: "silent",
    auth: { apiKeys: [KEY] },
  });
  mock.onMessage("Say hello.", { content: "Hello from a fixture." });
  mock.onMessage("Say all characters.", { content: TEXT });
  mock.onMessage("Say one word.", { content: "One", finishReason: "length" });
  mock.onMessage("Which time is it?", { toolCalls: [{ name: "now", arguments: '{"zone":"UTC"}' }] });
  mock.onMessage("Which colour?", { content: '{"colour":"red"}' });
  mock.onMessage("Think.", { content: "Done.", reasoning: "First this, then that." });
  mock.onMessage("Count for ever.", { content: "1, 2, 3, ".repeat(200) }, { latency: 20 });
  mock.onMessage(/word word/, {
    error: {
      message: "This model's maximum context length is 8 tokens.",
      type: "invalid_request_error",
      code: "context_length_exceeded",
    },
    status: 400,
  });
  mock.onEmbedding(/./, { embedding: [0.5, -0.25, 0.125] });
  await mock.start();
  return {
    client: "@copilotkit/aimock",
    version: versionOf("@copilotkit/aimock"),
    baseURL: `${mock.url}/v1`,
    key: KEY,
    model: "gpt-4o",
    members: {},
    text: TEXT,
    absent: { "own members": "it has none" },
    async idle() {
      return Boolean(response?.closed && !response.writableFinished);
    },
    async stop() {
      unsubscribe("http.server.request.start", note);
      await mock.stop();
    },
  };
}
