// The client against the emulator: every family of operations does its work, in both URL styles.

import { createEmulator } from "latchkey/emulator";
import { AzureOpenAI, type AzureOpenAIOptions, NotFoundError, OpenAI } from "latchkey/openai";
import { describe, expect, test } from "vitest";
import { drain, failureOf } from "../service.ts";

const STYLES: [string, Partial<AzureOpenAIOptions>][] = [
  ["deployment URLs", { apiVersion: "2025-03-01-preview" }],
  ["/openai/v1", {}],
];

describe.each(STYLES)("%s", (_, style) => {
  const { fetch } = createEmulator();
  const client = new AzureOpenAI({
    endpoint: "https://emulator.example",
    apiKey: "emulator-key",
    maxRetries: 0,
    fetch,
    ...style,
  });
  const messages = [{ role: "user" as const, content: "What is 2 + 2?" }];

  test("chat, whole and streamed", async () => {
    const completion = await client.chat.completions.create({ model: "gpt-5-mini", messages });
    expect(completion.choices[0]?.message.content).toBeTruthy();
    expect(completion.requestId).toBeTruthy();
    const stream = await client.chat.completions.create({ model: "gpt-5-mini", messages, stream: true });
    const text = (await drain(stream.text())).items.join("");
    expect(text).toBe((await stream.final()).choices[0]?.message.content);
  });

  test("completions, whole and streamed", async () => {
    const ask = { model: "gpt-35-turbo-instruct", prompt: "Once upon" };
    expect((await client.completions.create(ask)).choices[0]?.text).toBeTruthy();
    const stream = await client.completions.create({ ...ask, stream: true });
    expect((await stream.final()).choices[0]?.finish_reason).toBeTruthy();
  });

  test("embeddings", async () => {
    const { data } = await client.embeddings.create({
      model: "text-embedding-3-small",
      input: ["a cat", "a dog"],
      dimensions: 256,
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([256, 256]);
    expect(Math.hypot(...data[0]!.embedding)).toBeCloseTo(1, 4);
  });

  test("speech is heard again", async () => {
    const input = "The quick brown fox";
    const ask = { model: "tts-1", voice: "alloy", input, response_format: "wav" } as const;
    const speech = await client.audio.speech.create(ask);
    const file = new File([await speech.arrayBuffer()], "fox.wav", { type: "audio/wav" });
    const { text } = await client.audio.transcriptions.create({ model: "whisper", file });
    expect(text).toContain("fox");
    const verbose = await client.audio.transcriptions.create({
      model: "whisper",
      file,
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
    });
    expect(verbose.words?.length).toBeGreaterThan(0);
    expect(verbose.segments?.length).toBeGreaterThan(0);
    const srt = await client.audio.transcriptions.create({ model: "whisper", file, response_format: "srt" });
    expect(srt).toMatch(/^1\n00:00:00,\d{3} --> /);
    expect((await client.audio.translations.create({ model: "whisper", file })).text).toBeTruthy();
    const stream = await client.audio.transcriptions.create({
      model: "gpt-4o-transcribe",
      file,
      stream: true,
    });
    expect((await stream.final()).text).toContain("fox");
  });

  test("images", async () => {
    const { data } = await client.images.generate({
      model: "dall-e-3",
      prompt: "A cat",
      response_format: "b64_json",
    });
    const bytes = Buffer.from(data?.[0]?.b64_json ?? "", "base64");
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    const stream = await client.images.generate({
      model: "gpt-image-1",
      prompt: "A cat",
      stream: true,
      partial_images: 2,
    });
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items.map(({ type }) => type)).toEqual([
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
    const image = new File([bytes], "cat.png", { type: "image/png" });
    const edited = await client.images.edit({ model: "gpt-image-1", prompt: "Red", image });
    expect(edited.data?.[0]?.b64_json).toBeTruthy();
  });

  test("a file goes up, is listed, comes down and goes", async () => {
    const progress: number[] = [];
    const file = await client.files.create(
      { file: new File(['{"a":1}\n'], "lines.jsonl"), purpose: "batch" },
      { onUploadProgress: ({ percent }) => progress.push(percent) },
    );
    expect(progress.at(-1)).toBe(1);
    const ready = await client.files.waitForProcessing(file.id, { intervalMs: 5, timeoutMs: 10_000 });
    expect(ready.status).toBe("processed");
    const { items } = await drain(client.files.list({ purpose: "batch" }));
    expect(items.map(({ id }) => id)).toContain(file.id);
    expect(await (await client.files.content(file.id)).text()).toBe('{"a":1}\n');
    expect((await client.files.delete(file.id)).deleted).toBe(true);
    expect(await failureOf(client.files.retrieve(file.id))).toBeInstanceOf(NotFoundError);
  });

  test("models", async () => {
    const { items } = await drain(client.models.list());
    const first = items[0]!;
    expect((await client.models.retrieve(first.id)).id).toBe(first.id);
  });

  test("responses: whole, streamed, stored, listed, deleted", async () => {
    const response = await client.responses.create({ model: "gpt-5-mini", input: "Hello" });
    expect(response.output_text).toBeTruthy();
    expect((await client.responses.retrieve(response.id)).output_text).toBe(response.output_text);
    const { items: input } = await drain(client.responses.inputItems.list(response.id));
    expect(input[0]).toMatchObject({ type: "message", role: "user" });
    expect((await client.responses.delete(response.id)).deleted).toBe(true);
    expect(await failureOf(client.responses.retrieve(response.id))).toBeInstanceOf(NotFoundError);

    const stream = await client.responses.create({ model: "gpt-5-mini", input: "Hello", stream: true });
    const { items, error } = await drain(stream);
    expect(error).toBeUndefined();
    expect(items.at(-1)?.type).toBe("response.completed");
    const text = items
      .map((event) => (event.type === "response.output_text.delta" ? event.delta : ""))
      .join("");
    expect((await stream.final()).output_text).toBe(text);
  });

  test("a response in the background", async () => {
    const ask = { model: "gpt-5-mini", input: "Hello", background: true };
    const { id, status } = await client.responses.create(ask);
    expect(["queued", "in_progress"]).toContain(status);
    const done = await client.responses.poll(id, { intervalMs: 5, timeoutMs: 10_000 });
    expect(done.status).toBe("completed");
  });

  test("conversations", async () => {
    const items = [{ role: "user" as const, content: "Hello" }];
    const { id } = await client.conversations.create({ items, metadata: { a: "b" } });
    expect((await client.conversations.retrieve(id)).metadata).toEqual({ a: "b" });
    const added = await client.conversations.items.create(id, { items });
    const item = added.data[0] as { id: string };
    expect(await client.conversations.items.retrieve(item.id, { conversation_id: id })).toMatchObject(item);
    expect((await drain(client.conversations.items.list(id))).items).toHaveLength(2);
    await client.conversations.items.delete(item.id, { conversation_id: id });
    await client.conversations.update(id, { metadata: { c: "d" } });
    expect((await client.conversations.delete(id)).deleted).toBe(true);
  });

  test("an unknown deployment and a wrong value are typed, with what to change", async () => {
    const unknown = await failureOf(client.chat.completions.create({ model: "nope", messages }));
    expect(unknown).toMatchObject({ name: "NotFoundError", code: "DeploymentNotFound" });
    const wrong = await failureOf(
      client.chat.completions.create({ model: "gpt-5-mini", messages, reasoning_effort: "enormous" }),
    );
    expect(wrong).toMatchObject({ name: "BadRequestError", param: "reasoning_effort" });
    const image = await failureOf(
      client.images.generate({ model: "dall-e-3", prompt: "A cat", size: "1x1" }),
    );
    expect(image.kind).toBe("api");
  });
});

describe("v1", () => {
  const { fetch } = createEmulator();
  const options = { baseURL: "https://emulator.example/v1", apiKey: "emulator-key", maxRetries: 0, fetch };
  const client = new OpenAI(options);

  test("a batch runs, and its output comes down", async () => {
    const line = {
      custom_id: "1",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model: "gpt-5-mini", messages: [{ role: "user", content: "Hi" }] },
    };
    const file = await client.files.create({
      file: new File([`${JSON.stringify(line)}\n`], "lines.jsonl"),
      purpose: "batch",
    });
    let batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    for (let tries = 0; batch.status !== "completed" && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      batch = await client.batches.retrieve(batch.id);
    }
    expect(batch.status).toBe("completed");
    const output = await (await client.files.content(batch.output_file_id ?? "")).text();
    expect(JSON.parse(output.split("\n")[0] ?? "")).toMatchObject({ custom_id: "1" });
    expect((await drain(client.batches.list())).items).toHaveLength(1);
  });

  test("a fine-tuning job has events, and can be cancelled", async () => {
    const example = {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
      ],
    };
    const lines = Array.from({ length: 10 }, () => `${JSON.stringify(example)}\n`);
    const file = await client.files.create({ file: new File(lines, "train.jsonl"), purpose: "fine-tune" });
    const job = await client.fineTuning.jobs.create({ model: "gpt-4.1", training_file: file.id });
    expect((await client.fineTuning.jobs.retrieve(job.id)).id).toBe(job.id);
    const { items } = await drain(client.fineTuning.jobs.listEvents(job.id));
    expect(items.length).toBeGreaterThan(0);
    expect(Array.isArray((await client.fineTuning.jobs.checkpoints.list(job.id)).data)).toBe(true);
    expect((await client.fineTuning.jobs.cancel(job.id)).status).toBe("cancelled");
    expect((await drain(client.fineTuning.jobs.list())).items).toHaveLength(1);
  });
});
