// npm `openai` through the bundled worker in real workerd, with the emulator behind it: code that somebody already
// has keeps working when only its address and its key change. Both dialects; every family of operations.
import { createEmulator } from "latchkey/emulator";
import OpenAI, { AzureOpenAI, toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmulatorServer, serveEmulator } from "../../emulator/serve.ts";
import { createCallerKey } from "../keys.ts";
import { startWorker, type Worker } from "./workerd.ts";

const ORIGIN = "http://127.0.0.1:5173";
const MODELS =
  "gpt-5-mini,gpt-4.1,text-embedding-3-small,whisper,gpt-4o-transcribe,tts-1,dall-e-3,gpt-image-1,gpt-35-turbo-instruct";
const CANARY = "said-canary-4711";

let emulator: EmulatorServer;
let worker: Worker;
let azureWorker: Worker;
let keys: [string, string];

beforeAll(async () => {
  const made = [await createCallerKey("one"), await createCallerKey("two")] as const;
  keys = [made[0].key, made[1].key];
  emulator = await serveEmulator(createEmulator(), { port: 0 });
  const variables = {
    UPSTREAM_KEY: "emulator-key",
    MODELS,
    ALLOWED_ORIGINS: ORIGIN,
    SESSION_SECRET: "session-secret-canary-0123456789abcdef",
    CALLER_KEYS: made.map(({ line }) => line).join(","),
  };
  [worker, azureWorker] = await Promise.all([
    startWorker({ ...variables, UPSTREAM_KIND: "openai", UPSTREAM_URL: `${emulator.url}/v1` }),
    startWorker({
      ...variables,
      UPSTREAM_KIND: "azure-openai",
      UPSTREAM_URL: emulator.url,
      UPSTREAM_API_VERSION: "2025-03-01-preview",
    }),
  ]);
}, 30_000);

afterAll(async () => {
  await Promise.allSettled([worker?.close(), azureWorker?.close(), emulator?.close()]);
});

const openai = (key = keys[0], defaultHeaders: Record<string, string> = {}) =>
  new OpenAI({ baseURL: `${worker.url}/v1`, apiKey: key, defaultHeaders, maxRetries: 0 });
const azure = (key = keys[0]) =>
  new AzureOpenAI({
    endpoint: azureWorker.url,
    apiKey: key,
    apiVersion: "2025-03-01-preview",
    maxRetries: 0,
  });

for (const [name, connect] of [
  ["OpenAI", openai],
  ["AzureOpenAI", azure],
] as const) {
  describe(name, () => {
    test("embeddings, decoded by the package", async () => {
      const { data, usage } = await connect().embeddings.create({
        model: "text-embedding-3-small",
        input: ["a cat", "a dog"],
      });
      expect(data.map(({ embedding }) => embedding.length)).toEqual([1536, 1536]);
      expect(usage.total_tokens).toBeGreaterThan(0);
    });

    test("legacy completions, streamed", async () => {
      const stream = await connect().completions.create({
        model: "gpt-35-turbo-instruct",
        prompt: "Say hello",
        stream: true,
      });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.text ?? "";
      expect(text.length).toBeGreaterThan(0);
    });

    test("speech, and its transcription and translation", async () => {
      const client = connect();
      const speech = await client.audio.speech.create({
        model: "tts-1",
        input: `hello ${CANARY}`,
        voice: "alloy",
        response_format: "wav",
      });
      const wav = new Uint8Array(await speech.arrayBuffer());
      expect(Buffer.from(wav.subarray(0, 4)).toString()).toBe("RIFF");
      const file = await toFile(wav, "speech.wav", { type: "audio/wav" });
      // The package writes the fields in the order of this object: the file goes first.
      const heard = await client.audio.transcriptions.create({ file, model: "whisper" });
      expect(heard.text).toContain("hello");
      const vtt = await client.audio.transcriptions.create({
        model: "whisper",
        response_format: "vtt",
        file,
      });
      expect(vtt).toContain("WEBVTT");
      const translated = await client.audio.translations.create({ file, model: "whisper" });
      expect(translated.text.length).toBeGreaterThan(0);
    });

    test("images, made and edited", async () => {
      const client = connect();
      const made = await client.images.generate({ model: "gpt-image-1", prompt: "a red square" });
      const png = Buffer.from(made.data![0]!.b64_json!, "base64");
      expect(png.subarray(1, 4).toString()).toBe("PNG");
      const image = await toFile(png, "square.png", { type: "image/png" });
      const edited = await client.images.edit({ model: "gpt-image-1", image, prompt: "blue" });
      expect(edited.data![0]!.b64_json!.length).toBeGreaterThan(0);
    });

    test("F18 files: created, listed, read and deleted by their owner alone", async () => {
      const client = connect();
      const stranger = connect(keys[1]);
      const content = `{"messages":[{"role":"user","content":"${CANARY}"}]}\n`.repeat(20);
      const file = await client.files.create({
        file: await toFile(Buffer.from(content), "lines.jsonl"),
        purpose: "fine-tune",
      });
      expect(file.filename).toBe("lines.jsonl");
      expect(await (await client.files.content(file.id)).text()).toBe(content);
      const listed: string[] = [];
      for await (const one of client.files.list()) listed.push(one.id);
      expect(listed).toContain(file.id);
      expect((await stranger.files.list()).data).toEqual([]);
      for (const attempt of [
        () => stranger.files.retrieve(file.id),
        () => stranger.files.content(file.id),
        () => stranger.files.delete(file.id),
        () => stranger.fineTuning.jobs.create({ model: "gpt-4.1", training_file: file.id }),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ status: 404 });
      }
      expect((await client.files.delete(file.id)).deleted).toBe(true);
      await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
    });

    test("responses: whole, streamed, continued, and nobody else's", async () => {
      const client = connect();
      const first = await client.responses.create({ model: "gpt-5-mini", input: "Say hello" });
      expect(first.output_text.length).toBeGreaterThan(0);
      const stream = await client.responses.create({
        model: "gpt-5-mini",
        input: "And again",
        previous_response_id: first.id,
        stream: true,
      });
      let id = "";
      let last = "";
      for await (const event of stream) {
        if (event.type === "response.created") id = event.response.id;
        last = event.type;
      }
      expect(last).toBe("response.completed");
      expect((await client.responses.retrieve(id)).status).toBe("completed");
      expect((await client.responses.inputItems.list(id)).data.length).toBeGreaterThan(0);
      const stranger = connect(keys[1]);
      await expect(stranger.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
      const theft = { model: "gpt-5-mini", input: "x", previous_response_id: id };
      await expect(stranger.responses.create(theft)).rejects.toMatchObject({ status: 404 });
      await client.responses.delete(id);
      await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    });

    test("models are those of the proxy", async () => {
      const { data } = await connect().models.list();
      expect(data.map(({ id }) => id)).toEqual(MODELS.split(","));
      expect((await connect().models.retrieve("whisper")).id).toBe("whisper");
    });
  });
}

test("a batch through the package: its lines are checked, its output is its caller's", async () => {
  const client = openai();
  const line = (model: string) =>
    JSON.stringify({
      custom_id: "1",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model, messages: [{ role: "user", content: "Say hello" }] },
    });
  const upload = async (text: string) =>
    client.files.create({ file: await toFile(Buffer.from(text), "batch.jsonl"), purpose: "batch" });
  const create = (input_file_id: string) =>
    client.batches.create({ input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h" });
  const bad = await upload(line("gpt-of-somebody"));
  await expect(create(bad.id)).rejects.toMatchObject({ status: 400, code: "invalid_batch_line" });
  const good = await upload(line("gpt-5-mini"));
  let batch = await create(good.id);
  for (let i = 0; i < 50 && batch.output_file_id == null; i += 1) {
    batch = await client.batches.retrieve(batch.id);
  }
  expect((await client.batches.list()).data.map(({ id }) => id)).toEqual([batch.id]);
  await expect(openai(keys[1]).batches.retrieve(batch.id)).rejects.toMatchObject({ status: 404 });
  if (batch.output_file_id != null) {
    expect(await (await client.files.content(batch.output_file_id)).text()).toContain('"custom_id":"1"');
    await expect(openai(keys[1]).files.content(batch.output_file_id)).rejects.toMatchObject({ status: 404 });
  }
});

test("conversations through the package", async () => {
  const client = openai();
  const conversation = await client.conversations.create({ items: [{ role: "user", content: "hello" }] });
  const answer = await client.responses.create({
    model: "gpt-5-mini",
    input: "Say hello",
    conversation: conversation.id,
  });
  expect(answer.status).toBe("completed");
  expect((await client.conversations.items.list(conversation.id)).data.length).toBeGreaterThan(1);
  await expect(openai(keys[1]).conversations.retrieve(conversation.id)).rejects.toMatchObject({
    status: 404,
  });
  expect((await client.conversations.delete(conversation.id)).deleted).toBe(true);
});

test("a page's session owns what it made, also after it was renewed", async () => {
  const open = async (previous?: string) => {
    const headers = { origin: ORIGIN, ...(previous && { authorization: `Bearer ${previous}` }) };
    const response = await fetch(`${worker.url}/session`, { method: "POST", headers });
    return ((await response.json()) as { token: string }).token;
  };
  const page = (token: string) => openai(token, { origin: ORIGIN });
  const token = await open();
  const { id } = await page(token).responses.create({ model: "gpt-5-mini", input: "Say hello" });
  const renewed = await open(token);
  expect((await page(renewed).responses.retrieve(id)).id).toBe(id);
  await expect(page(await open()).responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

test("P4 nothing that was said, and no key, is in what the workers wrote", () => {
  const output = [...worker.output, ...azureWorker.output].join("\n");
  for (const canary of [CANARY, "emulator-key", ...keys, "Say hello", "red square", "lines.jsonl", "RIFF"]) {
    expect(output).not.toContain(canary);
  }
  expect(output).toContain('"route":"/v1/files/{file}"');
});
