// What is shown of a server that speaks as OpenAI does. A check throws an Error that says what was expected and what came.
import assert from "node:assert/strict";
import { ChatCompletionsClient } from "../../src/index.ts";
import { AuthenticationError, AzureOpenAI, BadRequestError } from "../../src/openai/index.ts";
import { aborted } from "./abort.ts";
import { ask, clientOf } from "./ask.ts";
import { throughProxy } from "./proxy.ts";
import type { Server } from "./server.ts";

const ZONES = ["UTC", "CET"];
const TOOL = {
  type: "function" as const,
  function: {
    name: "now",
    description: "The time",
    parameters: {
      type: "object",
      properties: { zone: { enum: ZONES } },
      required: ["zone"],
      additionalProperties: false,
    },
  },
};
const COLOUR = {
  type: "json_schema" as const,
  json_schema: {
    name: "colour",
    strict: true,
    schema: {
      type: "object",
      properties: { colour: { enum: ["red", "blue"] } },
      required: ["colour"],
      additionalProperties: false,
    },
  },
};

async function chat(server: Server): Promise<void> {
  const { choices, usage } = await clientOf(server).chat.completions.create(
    ask(server, "chat", "Say hello."),
  );
  assert.match(choices[0]?.message.content ?? "", /^Hello/);
  assert.equal(choices[0]?.finish_reason, "stop");
  assert.ok(usage && usage.total_tokens > 0 && usage.total_tokens >= usage.completion_tokens);
}

async function stream(server: Server): Promise<void> {
  const chunks = await clientOf(server).chat.completions.create({
    ...ask(server, "stream", "Say hello."),
    stream: true,
    stream_options: { include_usage: true },
  });
  let pieces = 0;
  for await (const { choices } of chunks) if (choices[0]?.delta.content) pieces += 1;
  const { choices, usage } = await chunks.final();
  assert.ok(pieces > 1, `${pieces} pieces of text came`);
  assert.match(choices[0]?.message.content ?? "", /^Hello/);
  assert.equal(choices[0]?.finish_reason, "stop");
  assert.ok(usage && usage.total_tokens > 0, "no usage came");
}

async function length(server: Server): Promise<void> {
  const request = { ...ask(server, "length", "Say one word."), max_tokens: 3 };
  const client = clientOf(server);
  const whole = await client.chat.completions.create(request);
  assert.equal(whole.choices[0]?.finish_reason, "length");
  const chunks = await client.chat.completions.create({ ...request, stream: true });
  assert.equal((await chunks.final()).choices[0]?.finish_reason, "length");
}

async function characters(server: Server): Promise<void> {
  const request = ask(server, "utf-8", "Say all characters.");
  const client = clientOf(server);
  const whole = await client.chat.completions.create(request);
  assert.equal(whole.choices[0]?.message.content, server.text);
  const pieces: string[] = [];
  for await (const { choices } of await client.chat.completions.create({ ...request, stream: true }))
    pieces.push(choices[0]?.delta.content ?? "");
  assert.equal(pieces.join(""), server.text);
}

async function tools(server: Server): Promise<void> {
  const request = {
    ...ask(server, "tools", "Which time is it?"),
    tools: [TOOL],
    tool_choice: "required" as const,
  };
  const client = clientOf(server);
  const whole = await client.chat.completions.create(request);
  const streamed = await (await client.chat.completions.create({ ...request, stream: true })).final();
  for (const { choices } of [whole, streamed]) {
    const [call] = choices[0]?.message.tool_calls ?? [];
    assert.ok(call?.type === "function" && call.id, "no call of a function came");
    assert.equal(call.function.name, "now");
    const { zone } = JSON.parse(call.function.arguments) as { zone: string };
    assert.ok(ZONES.includes(zone), `the zone is ${zone}`);
  }
}

async function structured(server: Server): Promise<void> {
  const { choices } = await clientOf(server).chat.completions.create({
    ...ask(server, "structured", "Which colour?"),
    response_format: COLOUR,
  });
  const { colour } = JSON.parse(choices[0]?.message.content ?? "") as { colour: string };
  assert.ok(["red", "blue"].includes(colour), `the colour is ${colour}`);
}

async function reasoning(server: Server): Promise<void> {
  const request = ask(server, "reasoning", "Think.");
  const chunks = await clientOf(server).chat.completions.create({ ...request, stream: true });
  const { choices } = await chunks.final();
  assert.equal(choices[0]?.message.content, "Done.");
  assert.equal(choices[0]?.message.reasoning_content?.trim(), "First this, then that.");
}

async function responses(server: Server): Promise<void> {
  const request = { model: server.model, input: "Say hello.", max_output_tokens: 20, temperature: 0 };
  const client = clientOf(server);
  const whole = await client.responses.create(request);
  assert.ok(whole.id && whole.output_text, "no text came");
  const events = await client.responses.create({ ...request, stream: true });
  let text = "";
  for await (const event of events) if (event.type === "response.output_text.delta") text += event.delta;
  assert.ok(text, "no text streamed");
  assert.equal((await events.final()).status, "completed");
}

async function embeddings(server: Server): Promise<void> {
  const client = clientOf(server);
  const request = { model: server.model, input: ["a cat", "a mat"] };
  // Asked for as base64, which the client makes numbers of; and as numbers.
  const packed = await client.embeddings.create(request);
  const plain = await client.embeddings.create({ ...request, encoding_format: "float" });
  assert.equal(packed.data.length, 2);
  for (const [index, { embedding }] of packed.data.entries()) {
    const wanted = plain.data[index]?.embedding as number[];
    assert.equal(embedding.length, wanted.length);
    for (const [at, value] of (embedding as number[]).entries())
      assert.ok(Math.abs(value - wanted[at]!) < 1e-6, `${value} is not ${wanted[at]}`);
  }
}

/** What only this server says stays in the answer, whole and put together. */
async function ownMembers(server: Server): Promise<void> {
  const name = server.ownMember ?? "";
  const request = ask(server, "chat", "Say hello.");
  const client = clientOf(server);
  const whole = await client.chat.completions.create(request);
  assert.ok(name in whole, `${name} is not in the answer`);
  const chunks = await client.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  let told = 0;
  for await (const chunk of chunks) if (name in chunk) told += 1;
  assert.ok(told, `${name} is in no chunk`);
}

/** The client of the model inference API: other paths and headers, the same answers. */
async function inference(server: Server): Promise<void> {
  const { baseURL, key, model, text, members } = server;
  const client = new ChatCompletionsClient(baseURL, key, { model, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Say all characters." }];
  const request = { messages, model_extras: members["utf-8"] ?? null };
  const whole = await client.complete(request);
  assert.equal(whole.choices[0]?.message.content, text);
  const streamed = await (await client.complete({ ...request, stream: true })).final();
  assert.equal(streamed.choices[0]?.message.content, text);
}

async function azure(server: Server): Promise<void> {
  const endpoint = server.baseURL.replace(/\/v1$/, "");
  const client = new AzureOpenAI({ endpoint, apiVersion: "2024-10-21", apiKey: server.key, maxRetries: 0 });
  const request = ask(server, "utf-8", "Say all characters.");
  const whole = await client.chat.completions.create(request);
  assert.equal(whole.choices[0]?.message.content, server.text);
  const { data } = await client.embeddings.create({ model: server.model, input: ["a"] });
  assert.ok(data[0]?.embedding.length, "no vector came");
}

async function models(server: Server): Promise<void> {
  const ids: string[] = [];
  for await (const { id } of clientOf(server).models.list()) ids.push(id);
  assert.ok(ids.includes(server.model), `the models are ${ids.join(", ")}`);
}

async function files(server: Server): Promise<void> {
  const client = clientOf(server);
  const file = new File(['{"a":"ü"}\n'], "lines.jsonl", { type: "application/jsonl" });
  const { id } = await client.files.create({ file, purpose: "batch" });
  assert.equal((await client.files.retrieve(id)).filename, "lines.jsonl");
  assert.equal(await (await client.files.content(id)).text(), '{"a":"ü"}\n');
  const ids: string[] = [];
  for await (const one of client.files.list()) ids.push(one.id);
  assert.ok(ids.includes(id), "the file is not in the list");
  assert.equal((await client.files.delete(id)).deleted, true);
}

async function wrongKey(server: Server): Promise<void> {
  const work = clientOf(server, "another-key").chat.completions.create(ask(server, "error", "Say hello."));
  await assert.rejects(work, (error) => error instanceof AuthenticationError && error.status === 401);
}

async function tooLong(server: Server): Promise<void> {
  const request = ask(server, "too long", "word ".repeat(5000));
  for (const stream of [false, true]) {
    const work = (async () => {
      await clientOf(server).chat.completions.create({ ...request, stream } as typeof request);
    })();
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof BadRequestError, String(error));
      assert.match(error.message, /context/);
      return true;
    });
  }
}

/** In the order of the table's columns. */
export const CHECKS: Readonly<Record<string, (server: Server) => Promise<void>>> = {
  chat,
  stream,
  tools,
  embeddings,
  files,
  error: wrongKey,
  abort: (server) => aborted(server),
  length,
  "utf-8": characters,
  structured,
  reasoning,
  responses,
  inference,
  azure,
  "own members": ownMembers,
  models,
  "too long": tooLong,
  proxy: throughProxy,
};
