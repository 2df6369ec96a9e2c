// The operations of OpenAI and Azure OpenAI: how each is called, and what it must send. Of both clients: npm `openai` has
// the same names.
import type { AzureOpenAI } from "latchkey/openai";
import { COMPLETION, eventStream, json, record } from "../service.ts";
import { named } from "./recorder.ts";

type Client = AzureOpenAI;

export interface Row {
  call(client: Client): PromiseLike<unknown>;
  sends: `${"GET" | "POST" | "DELETE"} ${string}`;
  query?: string;
  body?: unknown;
  accept?: string;
  answer?(): Response;
}

const MESSAGES = [{ role: "user" as const, content: "Hi" }];
const SPEECH = { model: "tts-1", voice: "alloy", input: "Hi" } as const;
const wav = () => new File(["RIFF"], "talk.wav", { type: "audio/wav" });
const WAV = ["file", "talk.wav", "audio/wav", "RIFF"];
const png = (name = "a.png") => new File(["PNG"], name, { type: "image/png" });
const list = () => json({ object: "list", data: [], has_more: false });
/** What makes an answer of any whole operation. */
export const whole = (more = {}): Response =>
  json({ id: "x", object: "x", output: [], data: [], choices: [], text: "", ...more });
const sound = () => new Response("sound", { headers: { "content-type": "application/octet-stream" } });
const plain = () => new Response("Hi", { headers: { "content-type": "text/plain" } });
const streamed = (text: string) => () => eventStream(text);
const completed = { type: "response.completed", sequence_number: 0, response: { status: "completed" } };
const deployments = (name: string) => `/deployments/${name}` as const;

export const ROWS: Record<string, Row[]> = {
  "chat.completions.create": [
    {
      call: (c) =>
        c.chat.completions.create({ model: "gpt/5", messages: MESSAGES, seed: 0, stop: null, tools: [] }),
      sends: `POST ${deployments("gpt%2F5")}/chat/completions`,
      body: { model: "gpt/5", messages: MESSAGES, seed: 0, stop: null, tools: [] },
      answer: () => json(COMPLETION),
    },
    {
      call: (c) => c.chat.completions.create({ model: "m", messages: MESSAGES, stream: true }),
      sends: `POST ${deployments("m")}/chat/completions`,
      body: { model: "m", messages: MESSAGES, stream: true },
      answer: streamed("data: [DONE]\n\n"),
    },
  ],
  "completions.create": [
    {
      call: (c) => c.completions.create({ model: "m", prompt: ["a", "b"], n: 2 }),
      sends: `POST ${deployments("m")}/completions`,
      body: { model: "m", prompt: ["a", "b"], n: 2 },
    },
  ],
  "embeddings.create": [
    {
      call: (c) => c.embeddings.create({ model: "m", input: ["a"], dimensions: 8 }),
      sends: `POST ${deployments("m")}/embeddings`,
      body: { model: "m", input: ["a"], dimensions: 8, encoding_format: "base64" },
      answer: () => json({ data: [] }),
    },
    {
      call: (c) => c.embeddings.create({ model: "m", input: "a", encoding_format: "float" }),
      sends: `POST ${deployments("m")}/embeddings`,
      body: { model: "m", input: "a", encoding_format: "float" },
      answer: () => json({ data: [] }),
    },
  ],
  "audio.transcriptions.create": [
    {
      call: (c) =>
        c.audio.transcriptions.create({
          model: "whisper",
          file: wav(),
          response_format: "verbose_json",
          timestamp_granularities: ["word", "segment"],
          temperature: 0,
          chunking_strategy: { type: "server_vad", threshold: 0.5 },
        }),
      sends: `POST ${deployments("whisper")}/audio/transcriptions`,
      body: [
        ["model", "whisper"],
        WAV,
        ["response_format", "verbose_json"],
        ["timestamp_granularities[]", "word"],
        ["timestamp_granularities[]", "segment"],
        ["temperature", "0"],
        ["chunking_strategy[type]", "server_vad"],
        ["chunking_strategy[threshold]", "0.5"],
      ],
    },
    {
      call: (c) => c.audio.transcriptions.create({ model: "w", file: wav(), response_format: "srt" }),
      sends: `POST ${deployments("w")}/audio/transcriptions`,
      body: [["model", "w"], WAV, ["response_format", "srt"]],
      answer: plain,
    },
    {
      call: (c) => c.audio.transcriptions.create({ model: "w", file: wav(), stream: true }),
      sends: `POST ${deployments("w")}/audio/transcriptions`,
      body: [["model", "w"], WAV, ["stream", "true"]],
      answer: streamed(record({ type: "transcript.text.done", text: "" })),
    },
  ],
  "audio.translations.create": [
    {
      call: (c) => c.audio.translations.create({ model: "w", file: wav(), prompt: "names" }),
      sends: `POST ${deployments("w")}/audio/translations`,
      body: [["model", "w"], WAV, ["prompt", "names"]],
    },
  ],
  "audio.speech.create": [
    {
      call: (c) => c.audio.speech.create(SPEECH),
      sends: `POST ${deployments("tts-1")}/audio/speech`,
      body: SPEECH,
      accept: "application/octet-stream",
      answer: sound,
    },
    {
      call: (c) => c.audio.speech.create({ ...SPEECH, stream_format: "sse" }),
      sends: `POST ${deployments("tts-1")}/audio/speech`,
      body: { ...SPEECH, stream_format: "sse" },
      accept: "text/event-stream",
      answer: streamed(record({ type: "speech.audio.done" })),
    },
  ],
  "images.generate": [
    {
      call: (c) => c.images.generate({ model: "dall-e-3", prompt: "A cat", n: 1, style: "vivid" }),
      sends: `POST ${deployments("dall-e-3")}/images/generations`,
      body: { model: "dall-e-3", prompt: "A cat", n: 1, style: "vivid" },
    },
    {
      call: (c) => c.images.generate({ model: "i", prompt: "A cat", stream: true, partial_images: 2 }),
      sends: `POST ${deployments("i")}/images/generations`,
      body: { model: "i", prompt: "A cat", stream: true, partial_images: 2 },
      answer: streamed(record({ type: "image_generation.completed", b64_json: "" })),
    },
  ],
  "images.edit": [
    {
      call: (c) => c.images.edit({ model: "i", prompt: "Red", image: png(), mask: png("mask.png") }),
      sends: `POST ${deployments("i")}/images/edits`,
      body: [
        ["model", "i"],
        ["prompt", "Red"],
        ["image", "a.png", "image/png", "PNG"],
        ["mask", "mask.png", "image/png", "PNG"],
      ],
    },
    {
      call: (c) => c.images.edit({ model: "i", prompt: "Both", image: [png(), png("b.png")] }),
      sends: `POST ${deployments("i")}/images/edits`,
      body: [
        ["model", "i"],
        ["prompt", "Both"],
        ["image[]", "a.png", "image/png", "PNG"],
        ["image[]", "b.png", "image/png", "PNG"],
      ],
    },
  ],
  "files.create": [
    {
      call: (c) =>
        c.files.create({
          file: new File(["{}\n"], "lines.jsonl"),
          purpose: "batch",
          expires_after: { anchor: "created_at", seconds: 3600 },
        }),
      sends: "POST /files",
      body: [
        ["file", "lines.jsonl", "application/octet-stream", "{}\n"],
        ["purpose", "batch"],
        ["expires_after[anchor]", "created_at"],
        ["expires_after[seconds]", "3600"],
      ],
    },
  ],
  "files.list": [
    {
      call: (c) => c.files.list({ purpose: "batch", limit: 2, order: "asc", after: "file-1" }),
      sends: "GET /files",
      query: "purpose=batch&limit=2&order=asc&after=file-1",
      answer: list,
    },
    { call: (c) => c.files.list(), sends: "GET /files", answer: list },
  ],
  "files.retrieve": [{ call: (c) => c.files.retrieve("file-1"), sends: "GET /files/file-1" }],
  "files.delete": [{ call: (c) => c.files.delete("file-1"), sends: "DELETE /files/file-1" }],
  "files.content": [
    {
      call: (c) => c.files.content("file-1"),
      sends: "GET /files/file-1/content",
      accept: "application/binary",
      answer: sound,
    },
  ],
  "files.waitForProcessing": [
    {
      call: (c) => c.files.waitForProcessing("file-1"),
      sends: "GET /files/file-1",
      answer: () => whole({ status: "processed" }),
    },
  ],
  "batches.create": [
    {
      call: (c) =>
        c.batches.create({
          input_file_id: "file-1",
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
        }),
      sends: "POST /batches",
      body: { input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" },
    },
  ],
  "batches.retrieve": [{ call: (c) => c.batches.retrieve("batch_1"), sends: "GET /batches/batch_1" }],
  "batches.list": [
    { call: (c) => c.batches.list({ limit: 5 }), sends: "GET /batches", query: "limit=5", answer: list },
  ],
  "batches.cancel": [{ call: (c) => c.batches.cancel("batch_1"), sends: "POST /batches/batch_1/cancel" }],
  "fineTuning.jobs.create": [
    {
      call: (c) =>
        c.fineTuning.jobs.create({ model: "m", training_file: "file-1", hyperparameters: { n_epochs: 2 } }),
      sends: "POST /fine_tuning/jobs",
      body: { model: "m", training_file: "file-1", hyperparameters: { n_epochs: 2 } },
    },
  ],
  "fineTuning.jobs.retrieve": [
    { call: (c) => c.fineTuning.jobs.retrieve("ftjob-1"), sends: "GET /fine_tuning/jobs/ftjob-1" },
  ],
  "fineTuning.jobs.list": [
    {
      call: (c) => c.fineTuning.jobs.list({ metadata: { team: "a&b" } }),
      sends: "GET /fine_tuning/jobs",
      query: "metadata%5Bteam%5D=a%26b",
      answer: list,
    },
  ],
  "fineTuning.jobs.cancel": [
    { call: (c) => c.fineTuning.jobs.cancel("ftjob-1"), sends: "POST /fine_tuning/jobs/ftjob-1/cancel" },
  ],
  "fineTuning.jobs.listEvents": [
    {
      call: (c) => c.fineTuning.jobs.listEvents("ftjob-1", { limit: 1 }),
      sends: "GET /fine_tuning/jobs/ftjob-1/events",
      query: "limit=1",
      answer: list,
    },
  ],
  "fineTuning.jobs.checkpoints.list": [
    {
      call: (c) => c.fineTuning.jobs.checkpoints.list("ftjob-1", { after: "ftckpt-1" }),
      sends: "GET /fine_tuning/jobs/ftjob-1/checkpoints",
      query: "after=ftckpt-1",
      answer: list,
    },
  ],
  "models.list": [{ call: (c) => c.models.list(), sends: "GET /models", answer: list }],
  "models.retrieve": [
    {
      call: (c) => c.models.retrieve("ft:gpt/1"),
      sends: "GET /models/ft%3Agpt%2F1",
    },
  ],
  "responses.create": [
    {
      call: (c) => c.responses.create({ model: "m", input: "Hi", background: true }),
      sends: "POST /responses",
      body: { model: "m", input: "Hi", background: true },
    },
    {
      call: (c) => c.responses.create({ model: "m", input: "Hi", stream: true }),
      sends: "POST /responses",
      body: { model: "m", input: "Hi", stream: true },
      answer: streamed(named(completed)),
    },
  ],
  "responses.retrieve": [
    {
      call: (c) => c.responses.retrieve("resp_1", { include: ["reasoning.encrypted_content"] }),
      sends: "GET /responses/resp_1",
      query: "include%5B%5D=reasoning.encrypted_content",
    },
    {
      call: (c) => c.responses.retrieve("resp_1", { stream: true, starting_after: 7 }),
      sends: "GET /responses/resp_1",
      query: "stream=true&starting_after=7",
      answer: streamed(named(completed)),
    },
  ],
  "responses.cancel": [{ call: (c) => c.responses.cancel("resp_1"), sends: "POST /responses/resp_1/cancel" }],
  "responses.delete": [
    {
      call: (c) => c.responses.delete("resp_1"),
      sends: "DELETE /responses/resp_1",
    },
  ],
  "responses.inputItems.list": [
    {
      call: (c) => c.responses.inputItems.list("resp_1", { order: "asc", before: "msg_2" }),
      sends: "GET /responses/resp_1/input_items",
      query: "order=asc&before=msg_2",
      answer: list,
    },
  ],
  "responses.poll": [
    {
      call: (c) => c.responses.poll("resp_1"),
      sends: "GET /responses/resp_1",
      answer: () => whole({ status: "completed" }),
    },
  ],
  "conversations.create": [
    { call: (c) => c.conversations.create(), sends: "POST /conversations", body: {} },
    {
      call: (c) => c.conversations.create({ metadata: { a: "b" } }),
      sends: "POST /conversations",
      body: { metadata: { a: "b" } },
    },
  ],
  "conversations.retrieve": [
    { call: (c) => c.conversations.retrieve("conv_1"), sends: "GET /conversations/conv_1" },
  ],
  "conversations.update": [
    {
      call: (c) => c.conversations.update("conv_1", { metadata: { a: "b" } }),
      sends: "POST /conversations/conv_1",
      body: { metadata: { a: "b" } },
    },
  ],
  "conversations.delete": [
    { call: (c) => c.conversations.delete("conv_1"), sends: "DELETE /conversations/conv_1" },
  ],
  "conversations.items.create": [
    {
      call: (c) =>
        c.conversations.items.create("conv_1", {
          items: [{ role: "user", content: "Hi" }],
          include: ["message.output_text.logprobs"],
        }),
      sends: "POST /conversations/conv_1/items",
      query: "include%5B%5D=message.output_text.logprobs",
      body: { items: [{ role: "user", content: "Hi" }] },
    },
  ],
  "conversations.items.retrieve": [
    {
      call: (c) => c.conversations.items.retrieve("msg_1", { conversation_id: "conv_1" }),
      sends: "GET /conversations/conv_1/items/msg_1",
    },
  ],
  "conversations.items.list": [
    {
      call: (c) => c.conversations.items.list("conv_1", { limit: 3 }),
      sends: "GET /conversations/conv_1/items",
      query: "limit=3",
      answer: () => json({ object: "list", data: [], has_more: false, last_id: "" }),
    },
  ],
  "conversations.items.delete": [
    {
      call: (c) => c.conversations.items.delete("msg_1", { conversation_id: "conv_1" }),
      sends: "DELETE /conversations/conv_1/items/msg_1",
    },
  ],
};
