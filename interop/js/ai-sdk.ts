// The AI SDK (`ai`) with its providers for OpenAI and for Azure.
import assert from "node:assert/strict";
import { createAzure } from "@ai-sdk/azure";
import { createOpenAI } from "@ai-sdk/openai";
import {
  APICallError,
  type EmbeddingModel,
  embedMany,
  generateText,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  Output,
  streamText,
  tool,
  uploadFile,
} from "ai";
import { type Client, type Outcome, versionOf } from "./client.ts";
import {
  arePieces,
  areVectors,
  CITY_SCHEMA,
  EMBEDDING_MODEL,
  FILE,
  isCity,
  isClosedUpstream,
  isText,
  isUsage,
  KEY,
  longQuestion,
  MODEL,
  newMark,
  PDF,
  QUESTION,
  STORY,
  TEXTS,
  thrownBy,
  UNKNOWN_MODEL,
  URL_OF_WORKER,
  WEATHER,
  WEATHER_QUESTION,
  WEATHER_RESULT,
} from "./place.ts";

const ai = versionOf("ai");
const openai = createOpenAI({ baseURL: `${URL_OF_WORKER}/v1`, apiKey: KEY });
const azure = createAzure({ baseURL: `${URL_OF_WORKER}/openai/v1`, apiKey: KEY });
const deployments = createAzure({
  baseURL: `${URL_OF_WORKER}/openai`,
  apiKey: KEY,
  apiVersion: "2025-03-01-preview",
  useDeploymentBasedUrls: true,
});

const noAgents = { absent: "no agents of the service: agents of the AI SDK run on the caller's side" };
const noFiles = { absent: "the provider uploads no files" };

/** `models`: by the responses API, which is the providers' default, and by chat completions. */
function clientOf(
  name: string,
  folder: string,
  models: readonly ((model: string) => LanguageModel)[],
  embedding: EmbeddingModel,
  files: Outcome,
): Client {
  const each = (check: (model: LanguageModel) => Promise<void>) => async () => {
    for (const model of models) await check(model(MODEL));
  };
  return {
    name: `${name} (ai ${ai})`,
    folder,
    checks: {
      chat: each(chat),
      stream: each(stream),
      tools: each(tools),
      embeddings: async () => areVectors((await embedMany({ model: embedding, values: TEXTS })).embeddings),
      files,
      agents: noAgents,
      error: async () => {
        for (const model of models) {
          const error = await thrownBy(generateText({ model: model(UNKNOWN_MODEL), prompt: QUESTION }));
          assert.ok(APICallError.isInstance(error), `APICallError and not ${error}`);
          assert.equal(error.statusCode, 404);
          assert.match(error.responseBody ?? "", /"model_not_found"|"DeploymentNotFound"/);
        }
      },
      abort: each(abort),
    },
  };
}

export const clients: readonly Client[] = [
  clientOf(
    "@ai-sdk/openai",
    "@ai-sdk/openai",
    [openai, openai.chat],
    openai.embedding(EMBEDDING_MODEL),
    async () => {
      const { providerReference } = await uploadFile({
        api: openai,
        data: new TextEncoder().encode(FILE.text),
        filename: FILE.name,
        providerOptions: { openai: { purpose: "fine-tune" } },
      });
      assert.match(String(providerReference.openai), /^file-/);
      return "the SDK uploads and has no other operation of files";
    },
  ),
  clientOf("@ai-sdk/azure", "@ai-sdk/azure", [azure, azure.chat], azure.embedding(EMBEDDING_MODEL), noFiles),
  clientOf(
    "@ai-sdk/azure by deployment",
    "@ai-sdk/azure",
    [deployments.chat],
    deployments.embedding(EMBEDDING_MODEL),
    noFiles,
  ),
];

async function chat(model: LanguageModel): Promise<void> {
  const { text, totalUsage } = await generateText({ model, prompt: QUESTION });
  isText(text);
  isUsage(totalUsage.totalTokens);
  const pdf = { type: "file" as const, filename: "a.pdf", mediaType: "application/pdf", data: PDF };
  const content = [{ type: "text" as const, text: QUESTION }, pdf];
  isText((await generateText({ model, messages: [{ role: "user", content }] })).text);
  const schema = jsonSchema<{ name: string }>(CITY_SCHEMA);
  isCity((await generateText({ model, prompt: QUESTION, output: Output.object({ schema }) })).output);
}

async function stream(model: LanguageModel): Promise<void> {
  const result = streamText({ model, prompt: STORY });
  const pieces: string[] = [];
  for await (const piece of result.textStream) pieces.push(piece);
  arePieces(pieces);
  assert.equal(await result.finishReason, "stop");
  isUsage((await result.totalUsage).totalTokens);
}

async function tools(model: LanguageModel): Promise<void> {
  const cities: string[] = [];
  const weather = tool({
    description: WEATHER.description,
    inputSchema: jsonSchema<{ city: string }>({ ...WEATHER.parameters, additionalProperties: false }),
    execute: async ({ city }) => {
      cities.push(city);
      return WEATHER_RESULT;
    },
  });
  const { text } = await generateText({
    model,
    prompt: WEATHER_QUESTION,
    tools: { [WEATHER.name]: weather },
    stopWhen: isStepCount(3),
  });
  assert.equal(cities.length, 1);
  assert.match(cities[0]!, /Paris/);
  isText(text);
}

async function abort(model: LanguageModel): Promise<void> {
  const mark = newMark();
  const controller = new AbortController();
  const result = streamText({ model, prompt: longQuestion(mark), abortSignal: controller.signal });
  for await (const _ of result.textStream) {
    controller.abort();
    break;
  }
  await isClosedUpstream(mark);
}
