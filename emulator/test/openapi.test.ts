// Every body that the emulator sends and accepts, against the services' published specifications.

import { describe, expect, test } from "vitest";
import type { Emulator } from "../index.ts";
import { ask, chunksOf, emulatorOf } from "./asking.ts";
import {
  batchLine,
  type Call,
  call,
  eventsOf,
  fileOf,
  formOf,
  type Json,
  ok,
  refused,
  SURFACES,
  type Surface,
  trainingLines,
  upload,
} from "./calling.ts";
import { expectValid, type Source } from "./openapi.ts";

const tool = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};
const flatTool = { type: "function", strict: true, ...tool.function };
const messages = [{ role: "user", content: "the weather in Paris?" }];

/** A body both sides of which the specification knows. */
async function exchanged(
  emulator: Emulator,
  path: string,
  how: Call,
  [request, response]: readonly [string, string],
  source: Source = "openai",
): Promise<Json> {
  expectValid(source, request, how.json);
  const body = await ok(emulator, path, how);
  expectValid(source, response, body);
  return body;
}

describe("chat completions", () => {
  const json = { model: "gpt-4.1", messages, tools: [tool], stream_options: { include_usage: true } };

  test.each([
    ["openai", "openai", "CreateChatCompletionResponse", "CreateChatCompletionStreamResponse"],
    [
      "azure-v1",
      "azure-openai-v1",
      "AzureCreateChatCompletionResponse",
      "AzureCreateChatCompletionStreamResponse",
    ],
    ["deployments", "azure-openai", "createChatCompletionResponse", "createChatCompletionStreamResponse"],
  ] as const)("of %s", async (form, source, whole, chunk) => {
    const emulator = emulatorOf();
    for (const content of ["echo one two", "the weather in Paris?"]) {
      const { stream_options: _, ...plain } = json;
      const question = {
        form,
        content,
        stream: false,
        body: { ...plain, messages: [{ role: "user", content }] },
      };
      expectValid("openai", "CreateChatCompletionRequest", question.body);
      expectValid(source, whole, await (await ask(emulator, question)).json());
      const streamed = await ask(emulator, {
        ...question,
        stream: true,
        body: { ...json, messages: question.body.messages },
      });
      for (const each of chunksOf(await streamed.text())) {
        // Azure's record of the prompt's filter results is not in its own specification.
        if (each.object !== "") expectValid(source, chunk, each);
      }
    }
  });

  test("of the inference dialect", async () => {
    const body = { model: "gpt-4.1", messages };
    expectValid("inference", "ChatCompletionsOptions", body);
    const response = await ask(emulatorOf(), { form: "models", stream: false, body });
    expectValid("inference", "ChatCompletions", await response.json());
  });
});

describe("embeddings", () => {
  test.each(SURFACES)("on %s", async (on) => {
    for (const input of ["a text", ["a", "b"], [1, 2, 3], [[1, 2], [3]]]) {
      const json = { model: "text-embedding-3-small", input, dimensions: 8 };
      await exchanged(emulatorOf(), "/embeddings", { on, json }, [
        "CreateEmbeddingRequest",
        "CreateEmbeddingResponse",
      ]);
    }
  });

  test("of texts and images on the inference dialect", async () => {
    const emulator = emulatorOf();
    const ask2 = async (path: string, body: unknown): Promise<Json> => {
      const response = await emulator.fetch(
        `http://emulator.test/models${path}?api-version=2024-05-01-preview`,
        {
          method: "POST",
          headers: { "api-key": "emulator-key", "content-type": "application/json" },
          body: JSON.stringify(body),
        },
      );
      expect(response.status).toBe(200);
      return response.json();
    };
    const texts = { model: "Cohere-embed-v3", input: ["a"], encoding_format: "int8", input_type: "query" };
    expectValid("inference", "EmbeddingsOptions", texts);
    expectValid("inference", "EmbeddingsResult", await ask2("/embeddings", texts));
    const images = { model: "Cohere-embed-v3", input: [{ image: "data:image/png;base64,AAAA", text: "x" }] };
    expectValid("inference", "ImageEmbeddingsOptions", images);
    expectValid("inference", "EmbeddingsResult", await ask2("/images/embeddings", images));
  });

  test("model info", async () => {
    const response = await emulatorOf().fetch(
      "http://emulator.test/models/info?api-version=2024-05-01-preview",
      {
        headers: { "api-key": "emulator-key" },
      },
    );
    expectValid("inference", "ModelInfo", await response.json());
  });
});

test.each(SURFACES)("completions on %s", async (on) => {
  const json = { model: "gpt-35-turbo-instruct", prompt: "echo one two", logprobs: 2, n: 2 };
  const body = await exchanged(emulatorOf(), "/completions", { on, json }, [
    "CreateCompletionRequest",
    "CreateCompletionResponse",
  ]);
  if (on === "deployments") expectValid("azure-openai", "createCompletionResponse", body);
  const streamed = await call(emulatorOf(), "/completions", { on, json: { ...json, stream: true } });
  const events = eventsOf(await streamed.text());
  expect(events.pop()?.data).toBe("[DONE]");
  for (const { data } of events) {
    // As in chat, a finish reason is null until the end.
    for (const choice of data.choices) choice.finish_reason ??= "stop";
    expectValid("openai", "CreateCompletionResponse", data);
  }
});

describe("audio", () => {
  const speak = async (emulator: Emulator, on: Surface): Promise<File> => {
    const json = { model: "tts-1", input: "One. Two words.", voice: "nova", response_format: "wav" };
    expectValid("openai", "CreateSpeechRequest", json);
    const response = await call(emulator, "/audio/speech", { on, json });
    return fileOf(new Uint8Array(await response.arrayBuffer()), "speech.wav");
  };

  test.each(SURFACES)("transcriptions and translations on %s", async (on) => {
    const emulator = emulatorOf();
    const file = await speak(emulator, on);
    for (const [path, kind] of [
      ["/audio/transcriptions", "CreateTranscriptionResponse"],
      ["/audio/translations", "CreateTranslationResponse"],
    ] as const) {
      const plain = await ok(emulator, path, { on, form: formOf({ file, model: "whisper" }) });
      expectValid("openai", `${kind}Json`, plain);
      const form = formOf({ file, model: "whisper", response_format: "verbose_json" });
      const verbose = await ok(emulator, path, { on, form });
      expectValid("openai", `${kind}VerboseJson`, verbose);
      if (on === "deployments") expectValid("azure-openai", "audioVerboseResponse", verbose);
    }
  });

  test("events", async () => {
    const emulator = emulatorOf();
    const form = formOf({
      file: await speak(emulator, "openai"),
      model: "gpt-4o-transcribe",
      stream: "true",
      "include[]": "logprobs",
    });
    const heard = eventsOf(await (await call(emulator, "/audio/transcriptions", { form })).text());
    for (const { data } of heard) expectValid("openai", "CreateTranscriptionResponseStreamEvent", data);
    const json = { model: "gpt-4o-mini-tts", input: "Hello", voice: "coral", stream_format: "sse" };
    const said = eventsOf(await (await call(emulator, "/audio/speech", { json })).text());
    for (const { data } of said) expectValid("openai", "CreateSpeechResponseStreamEvent", data);
  });
});

describe("images", () => {
  test.each(SURFACES)("on %s", async (on) => {
    for (const json of [
      { model: "dall-e-3", prompt: "a boat", size: "1024x1024" },
      { model: "dall-e-3", prompt: "a boat", response_format: "b64_json", size: "1024x1024" },
      { model: "gpt-image-1", prompt: "a boat", background: "transparent", quality: "low" },
    ]) {
      const body = await exchanged(emulatorOf(), "/images/generations", { on, json }, [
        "CreateImageRequest",
        "ImagesResponse",
      ]);
      if (on === "deployments" && json.model === "dall-e-3") {
        expectValid("azure-openai", "imageGenerationsRequest", json);
        expectValid("azure-openai", "generateImagesResponse", body);
      }
    }
  });

  test("events and edits", async () => {
    const emulator = emulatorOf();
    const json = { model: "gpt-image-1", prompt: "a boat", stream: true, partial_images: 2 };
    const drawn = eventsOf(await (await call(emulator, "/images/generations", { json })).text());
    for (const { data } of drawn) expectValid("openai", "ImageGenStreamEvent", data);
    const image = fileOf(
      Uint8Array.from(atob(drawn.at(-1)?.data.b64_json), (c) => c.charCodeAt(0)),
      "boat.png",
    );
    const fields = { model: "gpt-image-1", prompt: "a red boat", "image[]": image };
    expectValid("openai", "ImagesResponse", await ok(emulator, "/images/edits", { form: formOf(fields) }));
    const form = formOf({ ...fields, stream: "true", partial_images: "1" });
    const edited = eventsOf(await (await call(emulator, "/images/edits", { form })).text());
    for (const { data } of edited) expectValid("openai", "ImageEditStreamEvent", data);
  });

  test("a blocked prompt on Azure", async () => {
    const json = { model: "dall-e-3", prompt: "x" };
    const how = { on: "deployments", json, scenario: "content-filter" } as const;
    expectValid("azure-openai", "dalleErrorResponse", {
      error: (await refused(emulatorOf(), "/images/generations", how)).error,
    });
  });
});

describe("files, batches and jobs", () => {
  test.each(SURFACES)("on %s", async (on) => {
    const emulator = emulatorOf();
    const azure = on !== "openai";
    const [source, file, files]: [Source, string, string] = azure
      ? ["azure-openai-v1", "AzureOpenAIFile", "AzureListFilesResponse"]
      : ["openai", "OpenAIFile", "ListFilesResponse"];
    const line = batchLine("a", { model: "gpt-4.1", messages });
    const input = await upload(emulator, line, "batch", on);
    const training = await upload(emulator, trainingLines, "fine-tune", on);
    expectValid(source, file, input);
    expectValid(source, file, await ok(emulator, `/files/${training.id}`, { on }));
    expectValid(source, files, await ok(emulator, "/files", { on }));

    const job = { model: "gpt-4.1", training_file: training.id, hyperparameters: { n_epochs: 2 } };
    expectValid("openai", "CreateFineTuningJobRequest", job);
    const created = await ok(emulator, "/fine_tuning/jobs", { on, json: job });
    for (let state = 0; state < 5; state++) {
      const now = await ok(emulator, `/fine_tuning/jobs/${created.id}`, { on });
      expectValid("openai", "FineTuningJob", now);
      if (azure) expectValid("azure-openai-v1", "OpenAI.FineTuningJob", { ...now, metadata: {} });
    }
    expectValid(
      "openai",
      "ListPaginatedFineTuningJobsResponse",
      await ok(emulator, "/fine_tuning/jobs", { on }),
    );
    const events = await ok(emulator, `/fine_tuning/jobs/${created.id}/events`, { on });
    expectValid("openai", "ListFineTuningJobEventsResponse", events);
    const checkpoints = await ok(emulator, `/fine_tuning/jobs/${created.id}/checkpoints`, { on });
    expectValid("openai", "ListFineTuningJobCheckpointsResponse", checkpoints);
    expect(checkpoints.data).toHaveLength(2);
    if (azure) {
      expectValid("azure-openai-v1", "OpenAI.ListFineTuningJobEventsResponse", events);
      expectValid("azure-openai-v1", "OpenAI.ListFineTuningJobCheckpointsResponse", checkpoints);
    }

    const batch = { input_file_id: input.id, endpoint: "/v1/chat/completions", completion_window: "24h" };
    expectValid("openai", "CreateBatchRequest", batch);
    const { id } = await ok(emulator, "/batches", { on, json: batch });
    for (let state = 0; state < 5; state++) {
      const now = await ok(emulator, `/batches/${id}`, { on });
      // The service writes null where its specification leaves a member out.
      expectValid(
        "openai",
        "Batch",
        Object.fromEntries(Object.entries(now).filter(([, value]) => value !== null)),
      );
    }
    const outputId = (await ok(emulator, `/batches/${id}`, { on })).output_file_id;
    const output = await (await call(emulator, `/files/${outputId}/content`, { on })).text();
    expectValid("openai", "CreateChatCompletionResponse", JSON.parse(output).response.body);
    const deleted = await call(emulator, `/files/${input.id}`, { on, method: "DELETE" });
    if (on === "deployments") expect(deleted.status).toBe(204);
    else expectValid("openai", "DeleteFileResponse", await deleted.json());
  });
});

describe("models", () => {
  test.each(["openai", "azure-v1"] as const)("on %s", async (on) => {
    const list = await ok(emulatorOf(), "/models", { on });
    expectValid("openai", "ListModelsResponse", list);
    const model = await ok(emulatorOf(), `/models/${list.data[0].id}`, { on });
    expectValid("openai", "Model", model);
    expectValid("azure-openai-v1", "OpenAI.Model", model);
  });
});

describe("responses and conversations", () => {
  const requests: [string, Record<string, unknown>, string | undefined][] = [
    ["a text", { input: "echo one two" }, undefined],
    ["items", { input: [{ role: "user", content: [{ type: "input_text", text: "hi" }] }] }, undefined],
    ["a function call", { input: "the weather in Paris?", tools: [flatTool] }, undefined],
    [
      "reasoning",
      { model: "gpt-5-mini", input: "why?", reasoning: { effort: "low", summary: "auto" } },
      undefined,
    ],
    ["a refusal", { input: "x" }, "refusal"],
    ["a failure", { input: "tell me about bridges" }, "response-failed"],
    ["a blocked answer", { input: "tell me about bridges" }, "content-filter-completion"],
    ["a cut answer", { input: "tell me about bridges", max_output_tokens: 16 }, undefined],
    [
      "a structure",
      {
        input: "x",
        text: { format: { type: "json_schema", name: "a", schema: { type: "object" }, strict: true } },
        include: ["message.output_text.logprobs"],
      },
      undefined,
    ],
  ];

  test.each(requests)("%s", async (_name, request, scenario) => {
    const emulator = emulatorOf();
    const json = { model: "gpt-4.1", metadata: { a: "b" }, ...request };
    expectValid("openai", "CreateResponse", json);
    const how = { json, ...(scenario !== undefined && { scenario }) };
    expectValid("openai", "Response", await ok(emulator, "/responses", how));
    const streamed = await call(emulator, "/responses", { ...how, json: { ...json, stream: true } });
    const events = eventsOf(await streamed.text());
    for (const { name, data } of events) {
      expect(name).toBe(data.type);
      expectValid("openai", "ResponseStreamEvent", data);
    }
    const id = events.at(-1)?.data.response.id;
    const { data } = await ok(emulator, `/responses/${id}/input_items`);
    expectValid("openai", "ResponseItemList", {
      object: "list",
      data,
      has_more: false,
      first_id: "a",
      last_id: "b",
    });
  });

  test("conversations", async () => {
    const emulator = emulatorOf();
    const json = { items: [{ type: "message", role: "user", content: "hello" }], metadata: { a: "b" } };
    expectValid("openai", "CreateConversationBody", json);
    const conversation = await ok(emulator, "/conversations", { json });
    expectValid("openai", "ConversationResource", conversation);
    const path = `/conversations/${conversation.id}`;
    await ok(emulator, "/responses", {
      json: { model: "gpt-4.1", input: "echo hi", conversation: conversation.id },
    });
    const items = await ok(emulator, `${path}/items`);
    expect(items.data).toHaveLength(3);
    expectValid("openai", "ConversationItemList", items);
    expectValid("openai", "ConversationItem", await ok(emulator, `${path}/items/${items.data[0].id}`));
    expectValid("openai", "UpdateConversationBody", { metadata: { c: "d" } });
    expectValid(
      "openai",
      "ConversationResource",
      await ok(emulator, path, { json: { metadata: { c: "d" } } }),
    );
    expectValid("openai", "DeletedConversationResource", await ok(emulator, path, { method: "DELETE" }));
  });
});

test.each(SURFACES)("refusals on %s", async (on) => {
  const emulator = emulatorOf();
  for (const [path, json] of [
    ["/embeddings", { model: "text-embedding-3-small" }],
    ["/responses", { model: "nobody", input: "x" }],
    ["/responses/resp_nobody", undefined],
    ["/files/file-nobody", undefined],
  ] as const) {
    const { status, error } = await refused(emulator, path, { on, ...(json !== undefined && { json }) });
    expect([400, 404]).toContain(status);
    if (on === "openai") expectValid("openai", "ErrorResponse", { error });
    else expect(error).toMatchObject({ message: expect.any(String) });
  }
});
