// Our proxy with the server behind it.
import assert from "node:assert/strict";
import { BadRequestError, OpenAI } from "../../src/openai/index.ts";
import { createCallerKey, createProxy, defineConfig } from "../../worker/proxy.ts";
import { aborted } from "./abort.ts";
import { ask } from "./ask.ts";
import type { Server } from "./server.ts";

export async function throughProxy(server: Server): Promise<void> {
  const { key, line } = await createCallerKey("check");
  const [name = "", sha256 = ""] = line.split(":");
  const proxy = createProxy(
    defineConfig({
      upstreams: { main: { kind: "openai", url: server.baseURL, key: server.key } },
      models: { [server.model]: { upstream: "main" } },
      session: { secret: crypto.randomUUID() },
      callerKeys: [{ name, sha256 }],
      extraMembers: ["grammar", "ignore_eos"],
    }),
    { log: () => {} },
  );
  const client = new OpenAI({
    baseURL: "https://proxy.example/v1",
    apiKey: key,
    maxRetries: 0,
    fetch: async (input, init) => proxy.fetch(new Request(input, init)),
  });
  const request = ask(server, "proxy", "Say all characters.");
  const whole = await client.chat.completions.create(request);
  assert.equal(whole.choices[0]?.message.content, server.text);
  const streamed = await (await client.chat.completions.create({ ...request, stream: true })).final();
  assert.equal(streamed.choices[0]?.message.content, server.text);
  const { data } = await client.embeddings.create({ model: server.model, input: ["a"] });
  assert.ok(data[0]?.embedding.length, "no vector came");
  await assert.rejects(
    client.chat.completions.create(ask(server, "too long", "word ".repeat(5000))),
    (error) => error instanceof BadRequestError,
  );
  await aborted(server, client);
}
