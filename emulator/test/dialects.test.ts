import { describe, expect, test } from "vitest";
import { ask, chunksOf, contentOf, emulatorOf, FORMS, type Form, PATHS, recordsOf } from "./asking.ts";

const json = async (response: Response): Promise<unknown> => response.json();

describe("a stream", () => {
  test("of the OpenAI dialect, byte for byte", async () => {
    const response = await ask(emulatorOf(), {
      content: "echo Hi!",
      body: { stream_options: { include_usage: true } },
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(await response.text()).toMatchInlineSnapshot(`
      "data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}],"usage":null}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{"content":"!"},"logprobs":null,"finish_reason":null}],"usage":null}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}

      data: [DONE]

      "
    `);
  });

  test("of the inference dialect, byte for byte", async () => {
    const response = await ask(emulatorOf(), { form: "models", content: "echo Hi!" });
    expect(await response.text()).toMatchInlineSnapshot(`
      "data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","choices":[{"index":0,"delta":{"content":"!"},"finish_reason":null}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

      data: [DONE]

      "
    `);
  });

  test("of the Azure OpenAI dialect, byte for byte", async () => {
    const response = await ask(emulatorOf(), { form: "deployments", content: "echo Hi!" });
    expect(await response.text()).toMatchInlineSnapshot(`
      "data: {"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":false,"detected":false}}}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null,"content_filter_results":{}}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{"content":"!"},"logprobs":null,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}]}

      data: {"id":"chatcmpl-HFIwkDfL6AEFfdi2qZRQgRO6gZw7F","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4.1-2025-04-14","system_fingerprint":"fp_00170c685c","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop","content_filter_results":{}}]}

      data: [DONE]

      "
    `);
  });

  test.each(FORMS)("says the same as the whole answer: %s", async (form) => {
    const content = "a table of apples and pears";
    const chunks = chunksOf(await (await ask(emulatorOf(), { form, content })).text());
    const whole = (await json(await ask(emulatorOf(), { form, content, stream: false }))) as {
      choices: { message: { content: string }; finish_reason: string }[];
    };
    expect(contentOf(chunks)).toBe(whole.choices[0]?.message.content);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
    expect(new Set(chunks.map((chunk) => chunk.object)).has("chat.completion.chunk")).toBe(true);
  });

  test("with usage asked for carries null until the last chunk, which has no choices", async () => {
    const body = { stream_options: { include_usage: true } };
    const chunks = chunksOf(await (await ask(emulatorOf(), { form: "azure-v1", body })).text());
    const last = chunks.pop();
    expect(last?.choices).toEqual([]);
    expect(last?.usage?.total_tokens).toBe(
      (last?.usage?.prompt_tokens ?? 0) + (last?.usage?.completion_tokens ?? 0),
    );
    for (const chunk of chunks.slice(1)) expect(chunk.usage).toBeNull();
  });

  test("without usage asked for has no usage member at all", async () => {
    const chunks = chunksOf(await (await ask(emulatorOf())).text());
    for (const chunk of chunks) expect(chunk).not.toHaveProperty("usage");
  });

  test("of several choices lets them speak in turns", async () => {
    const chunks = chunksOf(await (await ask(emulatorOf(), { content: "why?", body: { n: 3 } })).text());
    expect(chunks.slice(0, 6).map((chunk) => chunk.choices[0]?.index)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(contentOf(chunks, 0)).not.toBe(contentOf(chunks, 1));
  });

  test("of a reasoning model thinks first", async () => {
    const chunks = chunksOf(await (await ask(emulatorOf(), { body: { model: "DeepSeek-R1" } })).text());
    const kinds = chunks.flatMap((chunk) => Object.keys(chunk.choices[0]?.delta ?? {}));
    expect(kinds.indexOf("reasoning_content")).toBeGreaterThan(0);
    expect(kinds.lastIndexOf("reasoning_content")).toBeLessThan(kinds.lastIndexOf("content"));
  });

  test("of tool calls names each call once and splits its arguments", async () => {
    const tool = (name: string): unknown => ({
      type: "function",
      function: {
        name,
        parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    });
    const body = { tools: [tool("get_weather"), tool("get_time")] };
    const content = "The weather and the time in Paris?";
    const chunks = chunksOf(await (await ask(emulatorOf(), { content, body })).text());
    const deltas = chunks.flatMap((chunk) => chunk.choices[0]?.delta?.tool_calls ?? []);
    expect(deltas.filter((delta) => delta.id !== undefined).map((delta) => delta.function.name)).toEqual([
      "get_weather",
      "get_time",
    ]);
    for (const index of [0, 1]) {
      const pieces = deltas.filter((delta) => delta.index === index).map((delta) => delta.function.arguments);
      expect(pieces.length).toBeGreaterThan(3);
      expect(JSON.parse(pieces.join(""))).toEqual({ city: "Paris" });
    }
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: "assistant", content: null });
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("tool_calls");
  });
});

describe("headers", () => {
  test("of Azure: request ids, region, what remains, and the caller's own id", async () => {
    const headers = { "x-ms-client-request-id": "caller-1" };
    const { headers: sent } = await ask(emulatorOf(), { form: "deployments", headers });
    expect(sent.get("apim-request-id")).toBe(sent.get("x-request-id"));
    expect(sent.get("x-ms-region")).not.toBeNull();
    expect(sent.get("x-ms-client-request-id")).toBe("caller-1");
    expect(Number(sent.get("x-ratelimit-remaining-tokens"))).toBeGreaterThan(0);
  });

  test.each(FORMS)("never allow another origin: %s", async (form) => {
    const { headers } = await ask(emulatorOf(), { form, headers: { origin: "https://page.test" } });
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });
});

describe("a refusal", () => {
  const unknownKey = { headers: { "api-key": "someone-else" } };
  const cases: [string, Form, Parameters<typeof ask>[1], number, unknown][] = [
    ["no key", "models", { headers: { "api-key": "" } }, 401, { error: { code: "401" } }],
    ["wrong key", "models", unknownKey, 401, { error: { code: "401" } }],
    ["wrong key", "serverless", unknownKey, 401, { status: 401, error: "Unauthorized" }],
    ["wrong key", "deployments", unknownKey, 401, { error: { code: "401" } }],
    [
      "wrong key",
      "openai",
      unknownKey,
      401,
      { error: { code: "invalid_api_key", type: "invalid_request_error", param: null } },
    ],
    [
      "no api-version",
      "models",
      { path: "/models/chat/completions" },
      400,
      { error: { code: "MissingApiVersionParameter" } },
    ],
    [
      "wrong api-version",
      "models",
      { path: "/models/chat/completions?api-version=1999-01-01" },
      400,
      { error: { code: "UnsupportedApiVersionValue" } },
    ],
    [
      "no api-version",
      "deployments",
      { path: "/openai/deployments/gpt-4.1/chat/completions" },
      404,
      { error: { code: "404", message: "Resource not found" } },
    ],
    [
      "wrong api-version",
      "azure-v1",
      { path: "/openai/v1/chat/completions?api-version=2024-10-21" },
      404,
      { error: { code: "404" } },
    ],
    [
      "unknown model",
      "models",
      { body: { model: "gpt-none" } },
      404,
      { error: { code: "DeploymentNotFound" } },
    ],
    [
      "unknown deployment",
      "deployments",
      { path: PATHS.deployments.replace("gpt-4.1", "gpt-none") },
      404,
      { error: { code: "DeploymentNotFound" } },
    ],
    [
      "path in a deployment",
      "deployments",
      { path: PATHS.deployments.replace("gpt-4.1", "..%2F..%2Fetc%2Fpasswd") },
      404,
      { error: { code: "DeploymentNotFound" } },
    ],
    [
      "unknown model",
      "azure-v1",
      { body: { model: "gpt-none" } },
      404,
      { error: { code: "DeploymentNotFound", type: "invalid_request_error" } },
    ],
    ["unknown model", "openai", { body: { model: "gpt-none" } }, 404, { error: { code: "model_not_found" } }],
    ["no model", "models", { body: { model: null } }, 400, { error: { code: "no_model_name" } }],
    [
      "no model",
      "openai",
      { body: { model: null } },
      400,
      { error: { message: "you must provide a model parameter" } },
    ],
    [
      "unknown path",
      "openai",
      { path: "/v1/nothing" },
      404,
      { error: { message: "Invalid URL (POST /v1/nothing)" } },
    ],
    ["unknown path", "models", { path: "/models/nothing" }, 404, { error: { code: "NotFound" } }],
    ["unknown path", "serverless", { path: "/nothing" }, 404, { status: 404, error: "Not Found" }],
    ["unknown path", "deployments", { path: "/openai/nothing" }, 404, { error: { code: "404" } }],
    ["wrong method", "openai", { path: "/v1/models" }, 405, { error: { code: "method_not_supported" } }],
  ];
  test.each(cases)("%s, %s", async (_name, form, question, status, body) => {
    const response = await ask(emulatorOf(), { form, ...question });
    expect(response.status).toBe(status);
    expect(await json(response)).toMatchObject(body as object);
    if (form === "models" || form === "serverless")
      expect(response.headers.get("x-ms-error-code")).not.toBeNull();
  });

  test("repeats no key", async () => {
    for (const form of FORMS) {
      const response = await ask(emulatorOf(), { form, headers: { "api-key": "canary-key" } });
      expect(await response.text()).not.toContain("canary-key");
    }
  });
});

describe("a key", () => {
  test("comes as api-key or as a bearer token", async () => {
    const emulator = emulatorOf({ keys: ["k1", "k2"] });
    expect((await ask(emulator, { headers: { "api-key": "k2" } })).status).toBe(200);
    const bearer = requestWithout({ authorization: "Bearer k1" });
    expect((await emulator.fetch(bearer)).status).toBe(200);
    expect((await emulator.fetch(requestWithout({ authorization: "Basic k1" }))).status).toBe(401);
  });

  function requestWithout(headers: Record<string, string>): Request {
    const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] });
    return new Request(`http://emulator.test${PATHS.openai}`, { method: "POST", headers, body });
  }
});

describe("models and info", () => {
  const get = (path: string): Promise<Response> =>
    emulatorOf().fetch(`http://emulator.test${path}`, { headers: { "api-key": "emulator-key" } });

  test.each(["/models/info", "/info"])("%s describes the first deployment", async (path) => {
    const response = await get(`${path}?api-version=2024-05-01-preview`);
    expect(await json(response)).toEqual({
      model_name: "gpt-5-mini-2025-08-07",
      model_type: "chat-completion",
      model_provider_name: "OpenAI",
    });
  });

  test("the list has the deployments and one model a scenario", async () => {
    const { object, data } = (await json(await get("/v1/models"))) as {
      object: string;
      data: { id: string }[];
    };
    expect(object).toBe("list");
    const ids = data.map((model) => model.id);
    expect(ids.slice(0, 4)).toEqual(["gpt-5-mini", "gpt-4.1", "Phi-4", "DeepSeek-R1"]);
    expect(ids).toContain("fault-stall");
  });

  test("one model, and one that is not there", async () => {
    expect(await json(await get("/v1/models/Phi-4"))).toMatchObject({
      id: "Phi-4",
      object: "model",
      owned_by: "Microsoft",
    });
    expect((await get("/v1/models/nothing")).status).toBe(404);
  });
});

describe("the inference stream", () => {
  test.each(["models", "serverless"] as const)(
    "is strict: LF only, one data line a record: %s",
    async (form) => {
      const text = await (await ask(emulatorOf(), { form, content: "show me all your markdown" })).text();
      expect(text).not.toContain("\r");
      expect(recordsOf(text).length).toBeGreaterThan(100);
    },
  );
});
