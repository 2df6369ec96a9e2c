// What Azure adds to OpenAI's answers: the types, and that it's all there to read. And embeddings, decoded.
import type {
  AzureOpenAI,
  ChatCompletionCreateParamsNonStreaming,
  ContentFilterResults,
  MessageContext,
} from "latchkey/openai";
import OpenAI, { chat, connectAzureOpenAI, connectOpenAI, models } from "latchkey/openai";
import { describe, expect, expectTypeOf, test } from "vitest";
import { COMPLETION, chunk, DONE, drain, eventStream, failureOf, json, record } from "../service.ts";
import { azure, KEY, RESOURCE, recorder } from "./recorder.ts";

const MESSAGES = [{ role: "user" as const, content: "Hi" }];
const ASK = { model: "m", messages: MESSAGES };

describe("content filters", () => {
  const results: ContentFilterResults = {
    hate: { filtered: false, severity: "safe" },
    jailbreak: { filtered: false, detected: false },
    custom_blocklists: { filtered: true, details: [{ filtered: true, id: "list" }] },
    protected_material_code: { filtered: false, detected: true, citation: { URL: "u", license: "MIT" } },
  };

  test("on the prompt and on a choice", async () => {
    const choice = { ...COMPLETION.choices[0], content_filter_results: results };
    const answer = {
      ...COMPLETION,
      choices: [choice],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: results }],
    };
    const completion = await azure(recorder(() => json(answer))).chat.completions.create(ASK);
    const verdicts = completion.choices[0]?.content_filter_results;
    expectTypeOf(verdicts?.hate?.severity).toEqualTypeOf<"safe" | "low" | "medium" | "high" | undefined>();
    expect(verdicts?.protected_material_code?.citation?.license).toBe("MIT");
    expect(completion.prompt_filter_results?.[0]?.content_filter_results.jailbreak?.detected).toBe(false);
  });

  test("asynchronous ones come by themselves, with the part of the text that they are about", async () => {
    const offsets = { check_offset: 44, start_offset: 44, end_offset: 198 };
    const late = {
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [
        { index: 0, finish_reason: null, content_filter_results: results, content_filter_offsets: offsets },
      ],
    };
    const text =
      record({ ...late, choices: [], prompt_filter_results: [] }) +
      record(chunk({ content: "Hello" })) +
      record(chunk({}, { finish_reason: "stop" })) +
      record(late) +
      DONE;
    const stream = await azure(recorder(() => eventStream(text))).chat.completions.create({
      ...ASK,
      stream: true,
    });
    const { items } = await drain(stream);
    expect(items.at(-1)?.choices[0]).toMatchObject({ delta: {}, content_filter_offsets: offsets });
    const { choices } = await stream.final();
    expect(choices[0]).toMatchObject({ finish_reason: "stop", content_filter_results: results });
    expect(choices[0]?.message.content).toBe("Hello");
  });

  test("a blocked prompt is a typed error with the verdicts", async () => {
    const innererror = { code: "ResponsibleAIPolicyViolation", content_filter_result: results };
    const error = { code: "content_filter", message: "filtered", param: "prompt", innererror };
    const client = azure(recorder(() => json({ error }, 400)));
    const failure = await failureOf(client.chat.completions.create(ASK));
    expect(failure).toMatchObject({ name: "BadRequestError", code: "content_filter", param: "prompt" });
    expect((failure as unknown as { error: object }).error).toMatchObject({ innererror });
  });
});

test("on your data: the source goes out, the context comes back", async () => {
  const body: ChatCompletionCreateParamsNonStreaming = {
    ...ASK,
    data_sources: [
      {
        type: "azure_search",
        parameters: {
          endpoint: "https://search.example",
          index_name: "i",
          authentication: { type: "system_assigned_managed_identity" },
          query_type: "vector",
          embedding_dependency: { type: "deployment_name", deployment_name: "e" },
        },
      },
    ],
  };
  const context: MessageContext = { citations: [{ content: "c", url: "u" }], intent: "[]" };
  const choices = [
    { index: 0, finish_reason: "stop", message: { role: "assistant", content: "a", context } },
  ];
  const target = recorder(() => json({ ...COMPLETION, choices }));
  const completion = await azure(target).chat.completions.create(body);
  expect(target.seen[0]?.body).toEqual(body);
  expect(completion.choices[0]?.message.context?.citations?.[0]?.url).toBe("u");
});

describe("embeddings", () => {
  const answer = (embedding: unknown) =>
    azure(recorder(() => json({ object: "list", model: "m", data: [{ index: 0, embedding }] })));
  const base64 = Buffer.from(new Float32Array([1, -0.5, 3e-8]).buffer).toString("base64");
  const ask = { model: "m", input: "Hi" };

  test("come as base64, and are numbers", async () => {
    const { data } = await answer(base64).embeddings.create(ask);
    expect(data[0]?.embedding).toEqual([1, -0.5, Math.fround(3e-8)]);
    expect(Array.isArray(data[0]?.embedding)).toBe(true);
  });

  test("from a server that sends numbers all the same", async () => {
    expect((await answer([1, 2]).embeddings.create(ask)).data[0]?.embedding).toEqual([1, 2]);
  });

  test("stay as they are when the caller chose", async () => {
    const { data } = await answer(base64).embeddings.create({ ...ask, encoding_format: "base64" });
    expect(data[0]?.embedding).toBe(base64);
  });

  test.each(["!!", "AAA", "AAAAAAA="])("%j is malformed", async (text) => {
    expect(await failureOf(answer(text).embeddings.create(ask))).toMatchObject({ kind: "malformed" });
  });
});

describe("types of a chat", () => {
  const create = (client: AzureOpenAI) => client.chat.completions;

  test("stream decides what comes back", () => {
    const whole = (c: AzureOpenAI) => create(c).create(ASK);
    const streamed = (c: AzureOpenAI) => create(c).create({ ...ASK, stream: true });
    expectTypeOf<Awaited<ReturnType<typeof whole>>["choices"][0]["finish_reason"]>().toBeNullable();
    expectTypeOf<Awaited<ReturnType<typeof streamed>>>().toHaveProperty("text");
    // @ts-expect-error: messages are required
    void ((c: AzureOpenAI) => create(c).create({ model: "m" }));
    // @ts-expect-error: no such format
    void ((c: AzureOpenAI) => create(c).create({ ...ASK, response_format: { type: "yaml" } }));
  });
});

describe("without a client", () => {
  test("operations of a connection", async () => {
    const target = recorder(() => json(COMPLETION));
    const { completions } = chat(
      connectAzureOpenAI({ endpoint: RESOURCE, apiKey: KEY, fetch: target.fetch }),
    );
    expect((await completions.create(ASK)).id).toBe(COMPLETION.id);
    const list = models(connectOpenAI({ apiKey: KEY, fetch: recorder(() => json({ data: [] })).fetch }));
    expect((await list.list()).data).toEqual([]);
    expect(target.seen[0]?.path).toBe("/openai/v1/chat/completions");
  });

  test("the default export is OpenAI, as in npm openai", () => {
    expect(new OpenAI({ apiKey: KEY })).toBeInstanceOf(OpenAI);
  });
});
