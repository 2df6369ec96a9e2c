// npm `openai`, the line of today and the one before, and both of their classes.
import assert from "node:assert/strict";
import OpenAI7, { AzureOpenAI as AzureOpenAI7 } from "openai";
import OpenAI6, { AzureOpenAI as AzureOpenAI6 } from "openai-6";
import type { Client } from "./client.ts";
import {
  arePieces,
  areVectors,
  CITY_SCHEMA,
  EMBEDDING_MODEL,
  FILE,
  hasMembers,
  isCity,
  isClosedUpstream,
  isParis,
  isText,
  isUsage,
  KEY,
  longQuestion,
  MODEL,
  newMark,
  PROJECT_URL,
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

// The two lines have the same shape here; one type serves both.
type Connection = OpenAI7;
interface Line {
  readonly name: string;
  readonly folder: string;
  readonly connect: () => Connection;
  /** The assistants that the package still has, at a project of the worker. */
  readonly agents: () => Connection;
  readonly NotFound: new (...given: never[]) => Error;
  /** What the dialect calls a model that isn't there. */
  readonly code: string;
}

const azure = { endpoint: URL_OF_WORKER, apiKey: KEY, apiVersion: "2025-03-01-preview" };
const plain = { baseURL: `${URL_OF_WORKER}/v1`, apiKey: KEY };
const project = { baseURL: PROJECT_URL, apiKey: KEY };
/** A project takes tokens and no key, here as at the service. */
const azureProject = { baseURL: PROJECT_URL, azureADTokenProvider: async () => KEY, apiVersion: "v1" };

const lines: readonly Line[] = [
  {
    name: "openai (OpenAI)",
    folder: "openai",
    code: "model_not_found",
    connect: () => new OpenAI7(plain),
    agents: () => new OpenAI7(project),
    NotFound: OpenAI7.NotFoundError,
  },
  {
    name: "openai (AzureOpenAI)",
    folder: "openai",
    code: "DeploymentNotFound",
    connect: () => new AzureOpenAI7(azure),
    agents: () => new AzureOpenAI7(azureProject),
    NotFound: OpenAI7.NotFoundError,
  },
  {
    name: "openai (OpenAI)",
    folder: "openai-6",
    code: "model_not_found",
    connect: () => new OpenAI6(plain) as unknown as Connection,
    agents: () => new OpenAI6(project) as unknown as Connection,
    NotFound: OpenAI6.NotFoundError,
  },
  {
    name: "openai (AzureOpenAI)",
    folder: "openai-6",
    code: "DeploymentNotFound",
    connect: () => new AzureOpenAI6(azure) as unknown as Connection,
    agents: () => new AzureOpenAI6(azureProject) as unknown as Connection,
    NotFound: OpenAI6.NotFoundError,
  },
];

export const clients: readonly Client[] = lines.map(({ name, folder, connect, agents, NotFound, code }) => ({
  name,
  folder,
  checks: {
    chat: () => chat(connect()),
    stream: () => stream(connect()),
    tools: () => tools(connect()),
    embeddings: () => embeddings(connect()),
    files: () => files(connect()),
    async agents() {
      await conversation(connect());
      return assistants(agents());
    },
    error: async () => {
      const error = await thrownBy(
        connect().chat.completions.create({
          model: UNKNOWN_MODEL,
          messages: [{ role: "user", content: QUESTION }],
        }),
      );
      assert.ok(error instanceof NotFound, `NotFoundError and not ${error}`);
      hasMembers(error, { status: 404, code });
    },
    abort: () => abort(connect()),
  },
}));

async function chat(client: Connection): Promise<void> {
  const { choices, usage } = await client.chat.completions.create({
    model: MODEL,
    messages: [{ role: "user", content: QUESTION }],
  });
  isText(choices[0]?.message.content);
  isUsage(usage?.total_tokens);
  const { output_text, usage: used } = await client.responses.create({ model: MODEL, input: QUESTION });
  isText(output_text);
  isUsage(used?.total_tokens);
  const { choices: parsed } = await client.chat.completions.parse({
    model: MODEL,
    messages: [{ role: "user", content: QUESTION }],
    response_format: {
      type: "json_schema",
      json_schema: { name: "city", strict: true, schema: CITY_SCHEMA },
    },
  });
  isCity(JSON.parse(parsed[0]?.message.content ?? ""));
}

async function stream(client: Connection): Promise<void> {
  const helper = client.chat.completions.stream({
    model: MODEL,
    messages: [{ role: "user", content: STORY }],
    stream_options: { include_usage: true },
  });
  const pieces: string[] = [];
  helper.on("content", (piece) => void pieces.push(piece));
  const { choices, usage } = await helper.finalChatCompletion();
  arePieces(pieces);
  assert.equal(choices[0]?.message.content, pieces.join(""));
  assert.equal(choices[0]?.finish_reason, "stop");
  isUsage(usage?.total_tokens);

  const events = await client.responses.create({ model: MODEL, input: STORY, stream: true });
  const deltas: string[] = [];
  let last = "";
  for await (const event of events) {
    if (event.type === "response.output_text.delta") deltas.push(event.delta);
    last = event.type;
  }
  arePieces(deltas);
  assert.equal(last, "response.completed");
}

async function tools(client: Connection): Promise<void> {
  const runner = client.chat.completions.runTools({
    model: MODEL,
    messages: [{ role: "user", content: WEATHER_QUESTION }],
    tools: [
      {
        type: "function",
        function: {
          ...WEATHER,
          function: (args: string) => {
            asked = args;
            return WEATHER_RESULT;
          },
        },
      },
    ],
  });
  let asked = "";
  isText(await runner.finalContent());
  isParis(asked);
}

async function embeddings(client: Connection): Promise<void> {
  const { data, usage } = await client.embeddings.create({ model: EMBEDDING_MODEL, input: TEXTS });
  areVectors(data.map(({ embedding }) => embedding));
  isUsage(usage.total_tokens);
}

async function files(client: Connection): Promise<void> {
  const file = await client.files.create({ file: new File([FILE.text], FILE.name), purpose: "fine-tune" });
  assert.equal(file.filename, FILE.name);
  assert.equal(await (await client.files.content(file.id)).text(), FILE.text);
  const listed: string[] = [];
  for await (const one of client.files.list()) listed.push(one.id);
  assert.ok(listed.includes(file.id), "the file is in the list");
  assert.equal((await client.files.retrieve(file.id)).bytes, FILE.text.length);
  assert.equal((await client.files.delete(file.id)).deleted, true);
}

async function conversation(client: Connection): Promise<void> {
  const { id } = await client.conversations.create({ items: [{ role: "user", content: QUESTION }] });
  const { output_text } = await client.responses.create({
    model: MODEL,
    input: "And again",
    conversation: id,
  });
  isText(output_text);
  const items: string[] = [];
  for await (const { type } of client.conversations.items.list(id)) items.push(type);
  assert.ok(items.length >= 3, `${items.length} items in the conversation`);
  assert.equal((await client.conversations.delete(id)).deleted, true);
}

async function assistants(client: Connection): Promise<string> {
  const assistant = await client.beta.assistants.create({
    model: MODEL,
    name: "desk",
    instructions: "Be brief.",
  });
  const thread = await client.beta.threads.create({ messages: [{ role: "user", content: QUESTION }] });
  const run = await client.beta.threads.runs.createAndPoll(
    thread.id,
    { assistant_id: assistant.id },
    { pollIntervalMs: 50 },
  );
  assert.equal(run.status, "completed");
  const { data } = await client.beta.threads.messages.list(thread.id);
  assert.deepEqual(
    data.map(({ role }) => role),
    ["assistant", "user"],
  );
  assert.equal((await client.beta.threads.delete(thread.id)).deleted, true);
  assert.equal((await client.beta.assistants.delete(assistant.id)).deleted, true);
  return "conversations with responses; assistants and threads, with the address of the project as the base URL";
}

async function abort(client: Connection): Promise<void> {
  const mark = newMark();
  const pieces = await client.chat.completions.create({
    model: MODEL,
    messages: [{ role: "user", content: longQuestion(mark) }],
    stream: true,
  });
  for await (const _ of pieces) {
    pieces.controller.abort();
    break;
  }
  await isClosedUpstream(mark);
}
