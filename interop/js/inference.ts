// @azure-rest/ai-inference, with @azure/core-sse for its streams as its documentation says.
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { AzureKeyCredential } from "@azure/core-auth";
import { createSseStream } from "@azure/core-sse";
import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";
import type { Client } from "./client.ts";
import {
  arePieces,
  areVectors,
  credential,
  EMBEDDING_MODEL,
  isClosedUpstream,
  isParis,
  isText,
  isUsage,
  KEY,
  longQuestion,
  MODEL,
  newMark,
  QUESTION,
  STORY,
  TEXTS,
  UNKNOWN_MODEL,
  URL_OF_WORKER,
  WEATHER,
  WEATHER_QUESTION,
  WEATHER_RESULT,
} from "./place.ts";

const ENDPOINT = `${URL_OF_WORKER}/models`;
const client = ModelClient(ENDPOINT, new AzureKeyCredential(KEY));
const byToken = ModelClient(ENDPOINT, credential);
type Body = NonNullable<Parameters<ReturnType<typeof chatPath>["post"]>[0]>["body"] & object;
const chatPath = (from = client) => from.path("/chat/completions");

async function answer(body: Body, from = client) {
  const response = await chatPath(from).post({ body });
  if (isUnexpected(response)) throw new Error(`${response.status} ${JSON.stringify(response.body)}`);
  return response.body;
}

async function events(body: Body, abortSignal?: AbortSignal) {
  const response = await chatPath()
    .post({ body: { ...body, stream: true }, ...(abortSignal && { abortSignal }) })
    .asNodeStream();
  assert.equal(response.status, "200");
  return createSseStream(response.body as IncomingMessage);
}

const user = (content: string) => [{ role: "user", content }];
const noObjects = { absent: "the model inference API has chat and embeddings only" };

export const clients: readonly Client[] = [
  {
    name: "@azure-rest/ai-inference",
    folder: "@azure-rest/ai-inference",
    checks: {
      async chat() {
        for (const from of [client, byToken]) {
          const { choices, usage } = await answer(
            { model: MODEL, messages: user(QUESTION), max_tokens: 50 },
            from,
          );
          isText(choices[0]?.message.content);
          isUsage(usage.total_tokens);
        }
        const info = await client.path("/info").get({ queryParameters: { model: MODEL } } as object);
        assert.equal(info.status, "200");
      },
      async stream() {
        const pieces: string[] = [];
        let done = false;
        for await (const { data } of await events({ model: MODEL, messages: user(STORY) })) {
          done = data === "[DONE]";
          if (done) break;
          pieces.push(
            ...JSON.parse(data).choices.map(
              (choice: { delta?: { content?: string } }) => choice.delta?.content ?? "",
            ),
          );
        }
        arePieces(pieces.filter((piece) => piece !== ""));
        assert.ok(done, "[DONE] at the end");
      },
      async tools() {
        const tools = [{ type: "function" as const, function: WEATHER }];
        const messages = user(WEATHER_QUESTION);
        const { choices } = await answer({ model: MODEL, messages, tools });
        const message = choices[0]!.message;
        const [call] = message.tool_calls!;
        isParis(call!.function.arguments);
        const result = { role: "tool", content: WEATHER_RESULT, tool_call_id: call!.id };
        const after = await answer({
          model: MODEL,
          messages: [...messages, message, result] as never,
          tools,
        });
        isText(after.choices[0]?.message.content);
      },
      async embeddings() {
        const response = await client
          .path("/embeddings")
          .post({ body: { model: EMBEDDING_MODEL, input: TEXTS } });
        if (isUnexpected(response)) assert.fail(`${response.status} ${JSON.stringify(response.body)}`);
        areVectors(response.body.data.map(({ embedding }) => embedding as number[]));
        isUsage(response.body.usage.total_tokens);
      },
      files: noObjects,
      agents: noObjects,
      async error() {
        const response = await chatPath().post({ body: { model: UNKNOWN_MODEL, messages: user(QUESTION) } });
        assert.ok(isUnexpected(response), "isUnexpected() says so");
        assert.equal(response.status, "404");
        assert.equal(response.body.error.code, "unknown_model");
        return "the SDK throws nothing for a status: isUnexpected() and the error of the body are how it tells";
      },
      async abort() {
        const mark = newMark();
        const controller = new AbortController();
        const stream = await events({ model: MODEL, messages: user(longQuestion(mark)) }, controller.signal);
        const reading = (async () => {
          for await (const _ of stream) controller.abort();
        })();
        await assert.rejects(reading);
        await isClosedUpstream(mark);
      },
    },
  },
];
