// The official client against the emulator, as code written for the services would call it: a second opinion on every
// shape, from people who have seen the real ones.

import OpenAI, { AzureOpenAI, NotFoundError, toFile } from "openai";
import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { emulatorOf } from "./asking.ts";
import { batchLine, trainingLines } from "./calling.ts";

function clientsOf(emulator: Emulator): readonly (readonly [string, OpenAI])[] {
  const { fetch } = emulator;
  const key = { apiKey: "emulator-key", maxRetries: 0 };
  return [
    ["OpenAI", new OpenAI({ ...key, baseURL: "http://emulator.test/v1", fetch })],
    ["Azure v1", new OpenAI({ ...key, baseURL: "http://emulator.test/openai/v1", fetch })],
    [
      "Azure",
      new AzureOpenAI({ ...key, endpoint: "http://emulator.test", apiVersion: "2025-03-01-preview", fetch }),
    ],
  ];
}

describe.each(["OpenAI", "Azure v1", "Azure"])("the official client of %s", (name) => {
  const client = (): OpenAI => {
    const found = clientsOf(emulatorOf()).find(([known]) => known === name)?.[1];
    if (found === undefined) throw new Error(name);
    return found;
  };

  test("decodes embeddings, which it asks for in base64", async () => {
    const { data, usage } = await client().embeddings.create({
      model: "text-embedding-3-small",
      input: ["a", "b"],
    });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([1536, 1536]);
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    expect(usage.prompt_tokens).toBe(2);
  });

  test("completes, whole and streaming", async () => {
    const body = { model: "gpt-35-turbo-instruct", prompt: "echo one two" };
    const whole = await client().completions.create(body);
    let said = "";
    for await (const { choices } of await client().completions.create({ ...body, stream: true })) {
      said += choices[0]?.text ?? "";
    }
    expect([whole.choices[0]?.text, said]).toEqual(["one two", "one two"]);
  });

  test("speaks and listens", async () => {
    const openai = client();
    const speech = await openai.audio.speech.create({
      model: "tts-1",
      voice: "nova",
      input: "Hello you.",
      response_format: "wav",
    });
    const file = await toFile(await speech.arrayBuffer(), "hello.wav");
    expect((await openai.audio.transcriptions.create({ model: "whisper", file })).text).toBe("Hello you.");
    const verbose = await openai.audio.transcriptions.create({
      model: "whisper",
      file,
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
    });
    expect([verbose.words?.length, verbose.segments?.length]).toEqual([2, 1]);
    expect(
      await openai.audio.transcriptions.create({ model: "whisper", file, response_format: "srt" }),
    ).toContain("-->");
    let heard = "";
    for await (const event of await openai.audio.transcriptions.create({
      model: "gpt-4o-transcribe",
      file,
      stream: true,
    })) {
      if (event.type === "transcript.text.delta") heard += event.delta;
    }
    expect(heard).toBe("Hello you.");
    expect((await openai.audio.translations.create({ model: "whisper", file })).text).toBe("Hello you.");
  });

  test("draws", async () => {
    const openai = client();
    const { data = [] } = await openai.images.generate({ model: "dall-e-3", prompt: "a boat" });
    expect(data[0]?.url).toContain("/_emulator/images/");
    const types: string[] = [];
    let drawn = "";
    for await (const event of await openai.images.generate({
      model: "gpt-image-1",
      prompt: "a boat",
      stream: true,
      partial_images: 1,
    })) {
      types.push(event.type);
      drawn = event.b64_json;
    }
    expect(types).toEqual(["image_generation.partial_image", "image_generation.completed"]);
    const image = await toFile(
      Uint8Array.from(atob(drawn), (c) => c.charCodeAt(0)),
      "boat.png",
      { type: "image/png" },
    );
    const edited = await openai.images.edit({ model: "gpt-image-1", prompt: "make it red", image: [image] });
    expect(edited.data?.[0]?.b64_json).not.toBe(drawn);
  });

  test("keeps files and runs batches", async () => {
    const openai = client();
    const url = name === "Azure" ? "/chat/completions" : "/v1/chat/completions";
    const line = batchLine("a", { model: "gpt-4.1", messages: [{ role: "user", content: "echo hi" }] }, url);
    const file = await openai.files.create({
      file: await toFile(new TextEncoder().encode(line), "a.jsonl"),
      purpose: "batch",
    });
    const ready = await openai.files.waitForProcessing(file.id, { pollInterval: 1 });
    expect(ready.status).toBe("processed");
    expect(await (await openai.files.content(file.id)).text()).toBe(line);
    let batch = await openai.batches.create({
      input_file_id: file.id,
      endpoint: url as "/v1/chat/completions",
      completion_window: "24h",
    });
    while (batch.status !== "completed") batch = await openai.batches.retrieve(batch.id);
    const output = await (await openai.files.content(batch.output_file_id ?? "")).text();
    expect(JSON.parse(output).response.body.choices[0].message.content).toBe("hi");
    const seen: string[] = [];
    for await (const { id } of openai.files.list({ limit: 1 })) seen.push(id);
    expect(seen).toHaveLength(2);
    await openai.files.delete(file.id);
    await expect(openai.files.retrieve(file.id)).rejects.toThrow(NotFoundError);
  });

  test("tunes a model and calls it", async () => {
    const openai = client();
    const file = await openai.files.create({
      file: await toFile(new TextEncoder().encode(trainingLines), "t.jsonl"),
      purpose: "fine-tune",
    });
    let job = await openai.fineTuning.jobs.create({ model: "gpt-4.1", training_file: file.id });
    while (job.status !== "succeeded") job = await openai.fineTuning.jobs.retrieve(job.id);
    const events: string[] = [];
    for await (const { message } of openai.fineTuning.jobs.listEvents(job.id, { limit: 5 }))
      events.push(message);
    expect(events.at(-1)).toContain("Created fine-tuning job");
    expect((await openai.fineTuning.jobs.checkpoints.list(job.id)).data).toHaveLength(3);
    const model = job.fine_tuned_model ?? "";
    const { choices } = await openai.chat.completions.create({
      model,
      messages: [{ role: "user", content: "echo hi" }],
    });
    expect(choices[0]?.message.content).toBe("hi");
  });

  test("responds: whole, streaming, in the background, in a conversation", async () => {
    const openai = client();
    const body = { model: "gpt-4.1", input: "echo one two" };
    expect((await openai.responses.create(body)).output_text).toBe("one two");
    const stream = openai.responses.stream(body);
    const types = new Set<string>();
    for await (const event of stream) types.add(event.type);
    expect((await stream.finalResponse()).output_text).toBe("one two");
    expect(types.size).toBe(9);
    let response = await openai.responses.create({ ...body, background: true });
    expect(response.status).toBe("queued");
    while (response.status !== "completed") response = await openai.responses.retrieve(response.id);
    const conversation = await openai.conversations.create({
      items: [{ role: "user", content: "my name is Ada" }],
    });
    const next = await openai.responses.create({
      model: "gpt-4.1",
      input: "what's my name?",
      conversation: conversation.id,
    });
    expect(next.output_text).toContain("Ada");
    const items: unknown[] = [];
    for await (const item of openai.conversations.items.list(conversation.id, { limit: 2 })) items.push(item);
    expect(items).toHaveLength(3);
    const inputs: unknown[] = [];
    for await (const item of openai.responses.inputItems.list(next.id)) inputs.push(item);
    expect(inputs).toHaveLength(2);
    await openai.responses.delete(next.id);
    await expect(openai.responses.retrieve(next.id)).rejects.toThrow(NotFoundError);
  });
});
