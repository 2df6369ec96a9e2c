// Calls as spans: their names, attributes, status and end, by both sets of conventions.
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { EmbeddingsClient } from "latchkey";
import { AzureOpenAI, OpenAI } from "latchkey/openai";
import { describe, expect, test } from "vitest";
import {
  body,
  COMPLETION,
  chunk,
  clientOf,
  DONE,
  ENDPOINT,
  eventStream,
  failureOf,
  finishes,
  json,
  KEY,
  MESSAGES,
  record,
  says,
  service,
  sleep,
} from "../service.ts";
import { recorded } from "./recorder.ts";

const REQUEST = {
  messages: MESSAGES,
  model: "gpt-5-mini",
  max_tokens: 100,
  temperature: 0.5,
  top_p: 0.9,
  frequency_penalty: 0.1,
  presence_penalty: 0.2,
  seed: 7,
  stop: ["END"],
};

describe("a chat", () => {
  test("by conventions 1.41", async () => {
    const { telemetry, span } = await recorded();
    const client = clientOf(service(json(COMPLETION, 200, { "x-request-id": "r" })), {
      trace: telemetry.trace,
    });
    await client.complete({ ...REQUEST, response_format: { type: "json_object" } });
    expect(span().name).toBe("chat gpt-5-mini");
    expect(span().kind).toBe(SpanKind.CLIENT);
    expect(span().status.code).toBe(SpanStatusCode.UNSET);
    expect(span().instrumentationScope).toMatchObject({
      name: "latchkey",
      schemaUrl: "https://opentelemetry.io/schemas/1.41.0",
    });
    expect(span().attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "azure.ai.inference",
      "gen_ai.request.model": "gpt-5-mini",
      "server.address": "service.example",
      "server.port": 443,
      "azure.resource_provider.namespace": "Microsoft.CognitiveServices",
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.top_p": 0.9,
      "gen_ai.request.frequency_penalty": 0.1,
      "gen_ai.request.presence_penalty": 0.2,
      "gen_ai.request.seed": 7,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.request.stop_sequences": ["END"],
      "gen_ai.output.type": "json",
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.model": "gpt-5-mini",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 1,
      "gen_ai.usage.output_tokens": 2,
      "azure.service.request.id": "r",
    });
    expect(span().events).toEqual([]);
  });

  test("by conventions 1.30, as the Azure SDKs of that time", async () => {
    const { telemetry, span } = await recorded({ conventions: "1.30" });
    await clientOf(service(json(COMPLETION, 200, { "x-request-id": "r" })), {
      trace: telemetry.trace,
    }).complete(REQUEST);
    expect(span().name).toBe("chat gpt-5-mini");
    expect(span().instrumentationScope.schemaUrl).toBe("https://opentelemetry.io/schemas/1.30.0");
    expect(span().attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.system": "az.ai.inference",
      "gen_ai.request.model": "gpt-5-mini",
      "server.address": "service.example",
      "az.namespace": "Microsoft.CognitiveServices",
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.top_p": 0.9,
      "gen_ai.request.frequency_penalty": 0.1,
      "gen_ai.request.presence_penalty": 0.2,
      "gen_ai.request.seed": 7,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.request.stop_sequences": ["END"],
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.model": "gpt-5-mini",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 1,
      "gen_ai.usage.output_tokens": 2,
      "az.service_request_id": "r",
    });
    expect(span().events.map(({ name }) => name)).toEqual(["gen_ai.user.message", "gen_ai.choice"]);
  });

  test("that streams ends with its stream, with usage and the time to the first chunk", async () => {
    const { telemetry, span, spans } = await recorded();
    const usage = { prompt_tokens: 5, completion_tokens: 6, prompt_tokens_details: { cached_tokens: 3 } };
    const records = says("a") + says("b") + finishes() + record(chunk({}, {}, { choices: [], usage })) + DONE;
    const client = clientOf(service(eventStream(records)), { trace: telemetry.trace });
    const stream = await client.complete({ ...REQUEST, stream: true });
    await sleep(20);
    expect(spans()).toHaveLength(0);
    await stream.final();
    expect(span().attributes).toMatchObject({
      "gen_ai.request.stream": true,
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 5,
      "gen_ai.usage.output_tokens": 6,
      "gen_ai.usage.cache_read.input_tokens": 3,
    });
    const first = Number(span().attributes["gen_ai.response.time_to_first_chunk"]);
    expect(first).toBeGreaterThanOrEqual(0.018);
    expect(first).toBeLessThan(5);
    expect(span().status.code).toBe(SpanStatusCode.UNSET);
  });

  test("that is left has no error; one that is aborted, cut or late has", async () => {
    const ways = {
      left: undefined,
      aborted: "AbortError",
      cut: "StreamTruncatedError",
      late: "TimeoutError",
    };
    for (const [way, type] of Object.entries(ways)) {
      const { telemetry, span } = await recorded();
      const content = way === "cut" ? body([says("a")]) : body([says("a")], "open");
      const stream = await clientOf(service(eventStream(content)), {
        trace: telemetry.trace,
        idleTimeoutMs: 50,
      }).complete({ ...REQUEST, stream: true });
      if (way === "left") for await (const _ of stream) break;
      else {
        const whole = failureOf(stream.final());
        if (way === "aborted") stream.abort("canary-reason");
        await whole;
      }
      expect(span().attributes["error.type"]).toBe(type);
      expect(span().status).toEqual({ code: type ? SpanStatusCode.ERROR : SpanStatusCode.UNSET });
      expect(span().events).toEqual([]);
    }
  });

  test.for([
    [json({ error: { message: "m", code: "c" } }, 429), "429"],
    [json({ error: { message: "m" } }), "ApiError"],
    [() => Promise.reject(new Error("x")), "ConnectionError"],
    [new Response("<html>", { headers: { "content-type": "text/html" } }), "MalformedResponseError"],
  ] as const)("that fails says why in a word: %#", async ([answer, type]) => {
    const { telemetry, span } = await recorded();
    await failureOf(clientOf(service(answer), { trace: telemetry.trace }).complete(REQUEST));
    expect(span().attributes["error.type"]).toBe(type);
    expect(span().status).toEqual({ code: SpanStatusCode.ERROR });
  });

  test("counts its retries in one span", async () => {
    const { telemetry, span } = await recorded();
    const target = service(json({}, 503, { "retry-after-ms": "0" }), json(COMPLETION));
    await clientOf(target, { trace: telemetry.trace, maxRetries: 1 }).complete(REQUEST);
    expect(span().attributes["http.request.resend_count"]).toBe(1);
  });
});

describe("other operations", () => {
  test("embeddings", async () => {
    const { telemetry, span } = await recorded();
    const { fetch } = service(json({ data: [], model: "e", usage: { prompt_tokens: 4, total_tokens: 4 } }));
    const client = new EmbeddingsClient(ENDPOINT, KEY, { fetch, model: "e", trace: telemetry.trace });
    await client.embed({ input: ["x"], dimensions: 8, encoding_format: "base64" });
    expect(span().name).toBe("embeddings e");
    expect(span().attributes).toMatchObject({
      "gen_ai.operation.name": "embeddings",
      "gen_ai.embeddings.dimension.count": 8,
      "gen_ai.request.encoding_formats": ["base64"],
      "gen_ai.usage.input_tokens": 4,
    });
  });

  test("a response of Azure OpenAI, whole", async () => {
    const { telemetry, span } = await recorded();
    const response = {
      id: "resp_1",
      object: "response",
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      model: "gpt-5-mini",
      output: [],
      usage: { input_tokens: 1, output_tokens: 2, output_tokens_details: { reasoning_tokens: 1 } },
    };
    const { fetch } = service(json(response));
    const { trace } = telemetry;
    const client = new AzureOpenAI({ endpoint: "https://resource.example", apiKey: KEY, fetch, trace });
    await client.responses.create({
      model: "gpt-5-mini",
      input: "x",
      max_output_tokens: 9,
      conversation: "conv_1",
    } as never);
    expect(span().name).toBe("chat gpt-5-mini");
    expect(span().attributes).toMatchObject({
      "gen_ai.provider.name": "azure.ai.openai",
      "gen_ai.request.max_tokens": 9,
      "gen_ai.conversation.id": "conv_1",
      "gen_ai.response.finish_reasons": ["max_output_tokens"],
      "gen_ai.usage.reasoning.output_tokens": 1,
    });
  });

  test("a deployment in the path is the model; OpenAI has no namespace of Azure", async () => {
    const { telemetry, spans } = await recorded();
    const { fetch } = service(() => json(COMPLETION));
    const { trace } = telemetry;
    const options = { apiKey: KEY, fetch, trace };
    const azure = new AzureOpenAI({
      ...options,
      endpoint: "https://r.example",
      apiVersion: "2024-10-21",
      deployment: "d 1",
    });
    await azure.chat.completions.create({ messages: MESSAGES } as never);
    await new OpenAI(options).chat.completions.create({ model: "m", messages: MESSAGES });
    expect(spans().map(({ name }) => name)).toEqual(["chat d 1", "chat m"]);
    expect(spans()[1]?.attributes).toMatchObject({ "gen_ai.provider.name": "openai" });
    expect(spans()[1]?.attributes).not.toHaveProperty("azure.resource_provider.namespace");
  });

  test("files, models and raw requests leave none", async () => {
    const { telemetry, spans } = await recorded();
    const { fetch } = service(() => json({ id: "f", object: "file", data: [] }));
    const { trace } = telemetry;
    const client = new OpenAI({ apiKey: KEY, fetch, trace });
    await client.files.retrieve("f");
    await client.models.list();
    await clientOf({ fetch }, { trace }).sendRequest({
      url: "/chat/completions",
      method: "POST",
      body: "{}",
    });
    expect(spans()).toEqual([]);
  });
});

describe("trace context", () => {
  const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

  test("is not sent unless asked for", async () => {
    const { telemetry } = await recorded();
    const target = service(json(COMPLETION));
    await clientOf(target, { trace: telemetry.trace }).complete(REQUEST);
    expect(target.arrivals[0]?.headers.has("traceparent")).toBe(false);
  });

  test("names the call's own span, the same for every attempt", async () => {
    const { telemetry, span } = await recorded({ propagate: true });
    const target = service(json({}, 503, { "retry-after-ms": "0" }), json(COMPLETION));
    await clientOf(target, { trace: telemetry.trace, maxRetries: 1 }).complete(REQUEST);
    const { traceId, spanId } = span().spanContext();
    const sent = target.arrivals.map(({ headers }) => headers.get("traceparent"));
    expect(sent).toEqual(Array(2).fill(`00-${traceId}-${spanId}-01`));
  });

  test("never leaves the client's origin", async () => {
    const { telemetry } = await recorded({ propagate: true });
    const target = service(() => json({}));
    const client = clientOf(target, { trace: telemetry.trace });
    const active = trace.setSpanContext(context.active(), parent);
    const manager = {
      active: () => active,
      with: (_: unknown, work: () => unknown) => work(),
      bind: <T>(_: unknown, target: T) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager as never);
    try {
      for (const url of [
        "/x",
        `${ENDPOINT}/y`,
        "https://service.example:8443/z",
        "https://foreign.example/z",
      ])
        await client.sendRequest({ url });
    } finally {
      context.disable();
    }
    const sent = target.arrivals.map(({ headers }) => headers.get("traceparent"));
    const expected = `00-${parent.traceId}-${parent.spanId}-01`;
    expect(sent).toEqual([expected, expected, null, null]);
  });
});

test("after shutdown calls go on without a span", async () => {
  const { telemetry, spans } = await recorded();
  await telemetry.shutdown();
  await telemetry.shutdown();
  await clientOf(service(json(COMPLETION)), { trace: telemetry.trace }).complete(REQUEST);
  expect(spans()).toEqual([]);
});
