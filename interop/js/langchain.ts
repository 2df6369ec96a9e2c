// @langchain/openai: its chat models and embeddings, for OpenAI and for Azure.
import assert from "node:assert/strict";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { AzureChatOpenAI, AzureOpenAIEmbeddings, ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import type { Client } from "./client.ts";
import {
  arePieces,
  areVectors,
  CITY_SCHEMA,
  EMBEDDING_MODEL,
  hasMembers,
  isCity,
  isClosedUpstream,
  isText,
  isUsage,
  KEY,
  longQuestion,
  MODEL,
  newMark,
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

type ChatModel = ChatOpenAI | AzureChatOpenAI;
const configuration = { baseURL: `${URL_OF_WORKER}/v1` };
const azure = {
  azureOpenAIEndpoint: URL_OF_WORKER,
  azureOpenAIApiKey: KEY,
  azureOpenAIApiVersion: "2025-03-01-preview",
};

const families = [
  {
    name: "@langchain/openai (ChatOpenAI)",
    chat: (model: string): ChatModel => new ChatOpenAI({ model, apiKey: KEY, configuration }),
    embeddings: () => new OpenAIEmbeddings({ model: EMBEDDING_MODEL, apiKey: KEY, configuration }),
    code: "model_not_found",
  },
  {
    name: "@langchain/openai (AzureChatOpenAI)",
    chat: (model: string): ChatModel =>
      new AzureChatOpenAI({ ...azure, model, azureOpenAIApiDeploymentName: model }),
    // Its embeddings know no azureOpenAIEndpoint.
    embeddings: () =>
      new AzureOpenAIEmbeddings({
        ...azure,
        azureOpenAIBasePath: `${URL_OF_WORKER}/openai/deployments`,
        azureOpenAIApiDeploymentName: EMBEDDING_MODEL,
      }),
    code: "DeploymentNotFound",
  },
] as const;

const noObjects = { absent: "models and embeddings only" };

export const clients: readonly Client[] = families.map(({ name, chat, embeddings, code }) => ({
  name,
  folder: "@langchain/openai",
  checks: {
    async chat() {
      const { text, usage_metadata: usage } = await chat(MODEL).invoke(QUESTION);
      isText(text);
      isUsage((usage as { total_tokens: number } | undefined)?.total_tokens);
      isCity(await chat(MODEL).withStructuredOutput(CITY_SCHEMA, { method: "jsonSchema" }).invoke(QUESTION));
    },
    async stream() {
      const pieces: string[] = [];
      for await (const { text } of await chat(MODEL).stream(STORY)) if (text !== "") pieces.push(text);
      arePieces(pieces);
    },
    async tools() {
      const model = chat(MODEL).bindTools([{ type: "function", function: WEATHER }]);
      const question = new HumanMessage(WEATHER_QUESTION);
      const answer = await model.invoke([question]);
      const [call] = answer.tool_calls ?? [];
      assert.match(String(call?.args.city), /Paris/);
      const result = new ToolMessage({ content: WEATHER_RESULT, tool_call_id: call!.id! });
      isText((await model.invoke([question, answer, result])).text);
    },
    embeddings: async () => areVectors(await embeddings().embedDocuments(TEXTS)),
    files: noObjects,
    agents: noObjects,
    async error() {
      const error = await thrownBy(chat(UNKNOWN_MODEL).invoke(QUESTION));
      assert.equal((error as Error).constructor.name, "NotFoundError");
      hasMembers(error, { status: 404, code, lc_error_code: "MODEL_NOT_FOUND" });
    },
    async abort() {
      const mark = newMark();
      const controller = new AbortController();
      const stream = await chat(MODEL).stream(longQuestion(mark), { signal: controller.signal });
      const reading = (async () => {
        for await (const _ of stream) controller.abort();
      })();
      await assert.rejects(reading);
      await isClosedUpstream(mark);
    },
  },
}));
