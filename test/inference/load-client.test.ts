// The client for what an endpoint serves: the table of types, the info that is kept, and what is no client.
import {
  ChatCompletionsClient,
  EmbeddingsClient,
  ImageEmbeddingsClient,
  loadClient,
  NotFoundError,
} from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { describe, expect, test } from "vitest";
import { COMPLETION, ENDPOINT, failureOf, json, KEY, service, thrownBy } from "../service.ts";

const info = (model_type: unknown) => ({ model_name: "m", model_type, model_provider_name: "p" });

const TYPES = {
  ChatCompletionsClient: [
    "chat-completion",
    "chat_completion",
    "chat_completions",
    "chat",
    "completion",
    "chat-completions",
    "chat completion",
    "chat completions",
  ],
  EmbeddingsClient: [
    "embeddings",
    "embedding",
    "text_embedding",
    "text-embeddings",
    "text embedding",
    "text embeddings",
  ],
  ImageEmbeddingsClient: [
    "image_embeddings",
    "image_embedding",
    "image-embeddings",
    "image-embedding",
    "image embedding",
    "image embeddings",
  ],
};
const CLIENTS = { ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient };

describe.each(Object.entries(TYPES))("%s", (name, types) => {
  test.each(types)("for %s, and asks no second time", async (type) => {
    const target = service(() => json(info(type)));
    const client = await loadClient(ENDPOINT, KEY, { fetch: target.fetch });
    expect(client).toBeInstanceOf(CLIENTS[name as keyof typeof CLIENTS]);
    expect(await client.getModelInfo()).toEqual(info(type));
    expect(target.arrivals).toHaveLength(1);
    expect(target.arrivals[0]?.url.pathname).toBe("/models/info");
  });
});

test.each(["Chat", "chat ", "image_generation", "text_generation", "audio_generation", "constructor"])(
  "%j has no client, and the error names it",
  async (type) => {
    const { fetch } = service(() => json(info(type)));
    const error = await failureOf(loadClient(ENDPOINT, KEY, { fetch }));
    expect(error).toMatchObject({ kind: "malformed" });
    expect(error.message).toContain(type);
  },
);

test.each([undefined, null, ""])("%j is no type", async (type) => {
  const { fetch } = service(() => json(info(type)));
  expect((await failureOf(loadClient(ENDPOINT, KEY, { fetch }))).message).toMatch(/doesn't say/);
});

test("where the route isn't offered, the error says so", async () => {
  const { fetch } = service(() => json({ error: { code: "404", message: "Resource not found" } }, 404));
  const error = await failureOf(loadClient(ENDPOINT, KEY, { fetch }));
  expect(error).toBeInstanceOf(NotFoundError);
  expect(error.message).toMatch(/Resource not found.*\/info/);
});

test("options go to both: those of the client, and defaults of the body", async () => {
  const target = service(json(info("chat")), json(COMPLETION));
  const options = {
    fetch: target.fetch,
    apiVersion: "2025-04-01",
    headers: { "x-a": "1" },
    temperature: 0.5,
  };
  const client = await loadClient(ENDPOINT, KEY, options);
  if (!(client instanceof ChatCompletionsClient)) throw new Error("Not a chat client.");
  await client.complete({ messages: [{ role: "user", content: "Hi" }] });
  expect(target.arrivals.map(({ url, headers }) => [url.search, headers.get("x-a")])).toEqual([
    ["?api-version=2025-04-01", "1"],
    ["?api-version=2025-04-01", "1"],
  ]);
  expect(JSON.parse(target.arrivals[1]!.body)).toMatchObject({ temperature: 0.5 });
});

test("defaults that the client doesn't have are a TypeError", async () => {
  const { fetch } = service(() => json(info("embeddings")));
  expect(await thrownBy(loadClient(ENDPOINT, KEY, { fetch, temperature: 1 }))).toBeInstanceOf(TypeError);
});

test("from the emulator", async () => {
  const { fetch } = createEmulator();
  const client = await loadClient("https://emulator.example", "emulator-key", { fetch });
  expect(client).toBeInstanceOf(ChatCompletionsClient);
});
