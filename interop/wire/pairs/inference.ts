// The model inference API: our three clients, and @azure-rest/ai-inference, which is one client of paths.
import TheirClient from "@azure-rest/ai-inference";
import { ChatCompletionsClient, EmbeddingsClient, ImageEmbeddingsClient } from "../../../src/index.ts";
import { COMPLETION, eventStream, json } from "../../../test/service.ts";
import { AZURE_PIPELINE, type Group, group, type Row } from "../group.ts";
import { credential, type Target } from "../recorder.ts";

const ENDPOINT = "https://resource.services.ai.azure.com/models";
/** A serverless endpoint: another scope of tokens. */
const SERVERLESS = "https://phi.region.models.ai.azure.com";

type Theirs = ReturnType<typeof TheirClient>;
interface Ours {
  chat: ChatCompletionsClient;
  texts: EmbeddingsClient;
  pictures: ImageEmbeddingsClient;
}

const messages = [
  { role: "system" as const, content: "Be brief." },
  {
    role: "user" as const,
    content: [
      { type: "text" as const, text: "What is it? ✓" },
      {
        type: "image_url" as const,
        image_url: { url: "data:image/png;base64,AA==", detail: "low" as const },
      },
    ],
  },
];
const tools = [
  {
    type: "function" as const,
    function: { name: "now", description: "The time", parameters: { type: "object", properties: {} } },
  },
];
const everything = {
  messages,
  model: "Phi-4",
  frequency_penalty: 0.5,
  presence_penalty: -0.5,
  temperature: 0,
  top_p: 0.9,
  max_tokens: 10,
  seed: 0,
  stop: ["\n"],
  tools,
  tool_choice: "auto" as const,
  response_format: {
    type: "json_schema" as const,
    json_schema: { name: "answer", schema: { type: "object" }, strict: true },
  },
};
const PASS = { "extra-parameters": "pass-through" as const };
const picture = { image: "data:image/png;base64,AA==", text: "A cat" };
const vectors = () => json({ id: "e", model: "m", data: [], usage: { prompt_tokens: 1, total_tokens: 1 } });
const completion = () => json(COMPLETION);

const rows: Row<Ours, Theirs>[] = [
  {
    name: "complete: every member",
    ours: ({ chat }) => chat.complete(everything),
    theirs: (c) => c.path("/chat/completions").post({ body: everything }),
    answer: completion,
  },
  {
    name: "complete: streamed",
    ours: ({ chat }) => chat.complete({ messages, stream: true }),
    theirs: (c) =>
      c
        .path("/chat/completions")
        .post({ body: { messages, stream: true } })
        .asNodeStream(),
    answer: () => eventStream("data: [DONE]\n\n"),
  },
  {
    name: "complete: model_extras",
    ours: ({ chat }) => chat.complete({ messages, model_extras: { top_k: 5 } }),
    theirs: (c) =>
      c
        .path("/chat/completions")
        .post({ headers: PASS, body: { messages, top_k: 5 } as unknown as { messages: never } }),
    answer: completion,
  },
  {
    name: "complete: a body as it is",
    ours: ({ chat }) => chat.complete({ body: { messages, stream: false } }),
    theirs: (c) => c.path("/chat/completions").post({ body: { messages, stream: false } }),
    answer: completion,
  },
  {
    name: "embed: every member",
    ours: ({ texts }) =>
      texts.embed({
        input: ["a", "ü"],
        dimensions: 8,
        encoding_format: "base64",
        input_type: "query",
        model: "m",
      }),
    theirs: (c) =>
      c.path("/embeddings").post({
        body: {
          input: ["a", "ü"],
          dimensions: 8,
          encoding_format: "base64",
          input_type: "query",
          model: "m",
        },
      }),
    answer: vectors,
  },
  {
    name: "embed: model_extras",
    ours: ({ texts }) => texts.embed({ input: ["a"], model_extras: { truncate: "END" } }),
    theirs: (c) =>
      c
        .path("/embeddings")
        .post({ headers: PASS, body: { input: ["a"], truncate: "END" } as { input: string[] } }),
    answer: vectors,
  },
  {
    name: "embed: pictures",
    ours: ({ pictures }) => pictures.embed({ input: [picture], model: "m" }),
    theirs: (c) => c.path("/images/embeddings").post({ body: { input: [picture], model: "m" } }),
    answer: vectors,
  },
  {
    name: "getModelInfo",
    ours: ({ chat }) => chat.getModelInfo(),
    theirs: (c) => c.path("/info").get(),
    answer: () => json({ model_name: "m", model_type: "chat", model_provider_name: "p" }),
  },
];

const clientsOf =
  (endpoint: string, by: { key: string } | typeof credential) =>
  ({ fetch, pipeline }: Target): { ours: Ours; theirs: Theirs } => {
    const options = { maxRetries: 0, fetch };
    return {
      ours: {
        chat: new ChatCompletionsClient(endpoint, by, options),
        texts: new EmbeddingsClient(endpoint, by, options),
        pictures: new ImageEmbeddingsClient(endpoint, by, options),
      },
      theirs: TheirClient(endpoint, by, pipeline),
    };
  };

export const inference: Group[] = [
  group({
    title: "Model inference, with a key",
    ours: "`ChatCompletionsClient`, `EmbeddingsClient`, `ImageEmbeddingsClient`",
    sdk: "@azure-rest/ai-inference",
    theirs: "`ModelClient`",
    clients: clientsOf(ENDPOINT, { key: "test-key" }),
    everywhere: AZURE_PIPELINE,
    rows,
  }),
  group({
    title: "Model inference, with a token",
    ours: "the same at a serverless endpoint",
    sdk: "@azure-rest/ai-inference",
    theirs: "`ModelClient`",
    clients: clientsOf(SERVERLESS, credential),
    everywhere: AZURE_PIPELINE,
    rows,
  }),
];
