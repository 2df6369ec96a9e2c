// Whole and streamed chat through the proxy, in every dialect and to every kind of upstream.
import { describe, expect, test } from "vitest";
import { answering, CALLER_KEY, createRig, eventStream, jsonAnswer, UPSTREAM_KEY } from "./setup.ts";

const paths = [
  "/models/chat/completions",
  "/v1/chat/completions",
  "/openai/v1/chat/completions",
  "/openai/deployments/{d}/chat/completions",
];

describe("chat", () => {
  for (const path of paths) {
    for (const model of ["gpt-5-mini", "via-azure", "via-openai"]) {
      test(`${path} reaches ${model}, streamed and whole`, async () => {
        const rig = await createRig();
        const route = { path: path.replace("{d}", model) };
        const streamed = await rig.chat(
          { model, stream: true, stream_options: { include_usage: true } },
          route,
        );
        expect(streamed.status).toBe(200);
        expect(streamed.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
        const text = await streamed.text();
        expect(text).toMatch(/data: \[DONE\]\n\n$/);

        const whole = await rig.chat({ model }, route);
        expect(whole.status).toBe(200);
        expect(await whole.json()).toMatchObject({ choices: [{ message: { role: "assistant" } }] });

        await rig.settled();
        expect(rig.log).toHaveLength(2);
        expect(rig.log[0]).toMatchObject({
          route: path,
          model,
          status: 200,
          outcome: "complete",
          finish_reason: "stop",
          stream: true,
          caller_kind: "key",
        });
        expect(rig.log[0]!.bytes).toBe(new TextEncoder().encode(text).byteLength);
        expect(rig.log[0]!.usage!.total_tokens).toBeGreaterThan(0);
        expect(rig.log[1]).toMatchObject({ stream: false, outcome: "complete" });
        expect(rig.log[1]!.usage!.total_tokens).toBeGreaterThan(0);
      });
    }
  }

  test("the upstream gets the deployment, our key, one query, and members it may not know as extras", async () => {
    const seen: Record<string, { url: string; headers: Record<string, string>; body: unknown }> = {};
    const upstream = answering(async (request) => {
      const { hostname } = new URL(request.url);
      const headers = Object.fromEntries(request.headers);
      seen[hostname] = { url: request.url, headers, body: await request.json() };
      return jsonAnswer({ choices: [] });
    });
    const rig = await createRig({}, { fetch: upstream.fetch });
    const body = { max_completion_tokens: 5, temperature: null };
    for (const model of ["mini", "via-azure", "via-openai"]) {
      expect((await rig.chat({ model, ...body })).status).toBe(200);
    }
    const messages = [{ role: "user", content: "Say hello" }];
    expect(seen["upstream.example.com"]).toMatchObject({
      url: "https://upstream.example.com/models/chat/completions?api-version=2024-05-01-preview",
      body: { model: "gpt-5-mini", messages, max_completion_tokens: 5 },
      headers: {
        "api-key": UPSTREAM_KEY,
        authorization: `Bearer ${UPSTREAM_KEY}`,
        "extra-parameters": "pass-through",
      },
    });
    expect(seen["azure.example.com"]).toMatchObject({
      url: "https://azure.example.com/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
      headers: { "api-key": UPSTREAM_KEY },
    });
    expect(seen["azure.example.com"]!.body).toEqual({ messages, max_completion_tokens: 5 });
    expect(seen["azure.example.com"]!.headers).not.toHaveProperty("authorization");
    expect(seen["openai.example.com"]).toMatchObject({
      url: "https://openai.example.com/v1/chat/completions",
      headers: { authorization: `Bearer ${UPSTREAM_KEY}` },
    });
    for (const absent of ["api-key", "extra-parameters"]) {
      expect(seen["openai.example.com"]!.headers).not.toHaveProperty(absent);
    }
  });

  test("G02 G20 only listed headers reach the upstream, and none of the caller's credentials", async () => {
    const upstream = answering(() => jsonAnswer({ choices: [] }));
    const rig = await createRig({}, { fetch: upstream.fetch });
    await rig.chat(
      {},
      {
        headers: {
          cookie: "c=1",
          "x-custom": "1",
          "openai-organization": "org",
          "proxy-authorization": "Basic x",
          "x-forwarded-for": "1.2.3.4",
          te: "trailers",
          "extra-parameters": "drop",
          "x-ms-client-request-id": "my-id-1",
          "idempotency-key": "k",
        },
      },
    );
    const headers = Object.fromEntries(upstream.requests[0]!.headers);
    expect(Object.keys(headers).sort()).toEqual([
      "accept",
      "accept-encoding",
      "api-key",
      "authorization",
      "content-type",
      "user-agent",
      "x-latchkey-hop",
      "x-ms-client-request-id",
    ]);
    expect(headers["accept-encoding"]).toBe("identity");
    expect(headers["x-ms-client-request-id"]).toBe("my-id-1");
    expect(JSON.stringify(headers)).not.toContain(CALLER_KEY);
  });

  for (const id of ["x".repeat(10_000), `$\u007bjndi:ldap://x}`, "a b", "a,b"]) {
    test(`G22 a client request id of ${id.slice(0, 20)} is replaced`, async () => {
      const upstream = answering(() => jsonAnswer({ choices: [] }));
      const rig = await createRig({}, { fetch: upstream.fetch });
      const response = await rig.chat({}, { headers: { "x-ms-client-request-id": id, "x-request-id": id } });
      const requestId = response.headers.get("x-request-id")!;
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(upstream.requests[0]!.headers.get("x-ms-client-request-id")).toBe(requestId);
      expect(rig.log[0]!.request_id).toBe(requestId);
    });
  }

  test("B17 B18 B19 D15 only listed headers come back", async () => {
    const noise = {
      "set-cookie": "s=1",
      server: "x",
      "x-ms-region": "r",
      "apim-request-id": "a",
      "openai-organization": "o",
      "x-ratelimit-remaining-tokens": "1",
      "strict-transport-security": "max-age=1",
      "access-control-allow-origin": "*",
      "access-control-allow-credentials": "true",
      "x-request-id": "theirs",
      "cache-control": "public",
    };
    for (const stream of [true, false]) {
      const answer = () =>
        stream ? eventStream("data: [DONE]\n\n", noise) : jsonAnswer({ choices: [] }, { headers: noise });
      const rig = await createRig({}, { fetch: answering(answer).fetch });
      const response = await rig.chat({ stream }, { headers: { origin: "https://app.example.com" } });
      const headers = Object.fromEntries(response.headers);
      expect(Object.keys(headers).sort()).toEqual([
        "access-control-allow-origin",
        "access-control-expose-headers",
        "cache-control",
        "content-type",
        "referrer-policy",
        "server-timing",
        "vary",
        "x-content-type-options",
        "x-request-id",
      ]);
      expect(headers).toMatchObject({
        "access-control-allow-origin": "https://app.example.com",
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
      });
      expect(headers["x-request-id"]).not.toBe("theirs");
    }
  });

  test("G09 the caller's query changes nothing", async () => {
    const upstream = answering(() => jsonAnswer({ choices: [] }));
    const rig = await createRig({}, { fetch: upstream.fetch });
    await rig.chat(
      {},
      { path: "/models/chat/completions?api-version=x&api-version=y&api-key=z&url=https://evil" },
    );
    expect(upstream.requests[0]!.url).toBe(
      "https://upstream.example.com/models/chat/completions?api-version=2024-05-01-preview",
    );
  });

  test("F10 usage is estimated when the caller did not ask for it, and no usage chunk is added", async () => {
    const rig = await createRig();
    const text = await (await rig.chat({ stream: true })).text();
    expect(text).not.toContain('"usage":{');
    await rig.settled();
    expect(rig.log[0]!.usage).toMatchObject({ estimated: true });
    expect(rig.log[0]!.usage!.completion_tokens).toBeGreaterThan(0);
  });

  test("B26 usage on the chunk with the finish reason is counted once", async () => {
    const chunk = (more: object) => `data: ${JSON.stringify({ choices: [], ...more })}\n\n`;
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    const body = `${chunk({ choices: [{ delta: { content: "a" }, finish_reason: "stop" }], usage })}data: [DONE]\n\n`;
    const rig = await createRig({}, { fetch: answering(() => eventStream(body)).fetch });
    await (await rig.chat({ stream: true })).text();
    await rig.settled();
    expect(rig.log[0]).toMatchObject({ usage, finish_reason: "stop", events: 2, outcome: "complete" });
  });

  test("the one model of a proxy needs no name in the model inference dialect", async () => {
    const rig = await createRig({ models: { "gpt-5-mini": { upstream: "default" } } });
    expect((await rig.chat({ model: undefined })).status).toBe(200);
    const several = await createRig();
    expect((await several.chat({ model: undefined })).status).toBe(400);
  });

  test("the model list tells what the operator says that a model can do and costs, and no more", async () => {
    const rig = await createRig({
      models: {
        told: {
          upstream: "default",
          capabilities: ["chat", "images"],
          price: { input: 0.25, cachedInput: 0.025, output: 2 },
        },
        silent: { upstream: "default" },
      },
    });
    const listed = (await (await rig.fetch("/v1/models")).json()) as { data: Record<string, unknown>[] };
    expect(listed.data[0]).toMatchObject({
      id: "told",
      capabilities: ["chat", "images"],
      price: { input: 0.25, cached_input: 0.025, output: 2, per_call: 0 },
    });
    expect(Object.keys(listed.data[1]!).sort()).toEqual(["created", "id", "object", "owned_by"]);
    expect(await (await rig.fetch("/v1/models/told")).json()).toEqual(listed.data[0]);
  });

  test("the model list and the model's description are the configuration's", async () => {
    const rig = await createRig({
      models: { "gpt-5-mini": { upstream: "default" }, "a/b": { upstream: "openai" } },
    });
    const listed = await rig.fetch("/v1/models");
    expect(await listed.json()).toEqual({
      object: "list",
      data: ["gpt-5-mini", "a/b"].map((id) => ({ id, object: "model", created: 0, owned_by: "latchkey" })),
    });
    expect(await (await rig.fetch("/openai/v1/models")).json()).toMatchObject({ object: "list" });
    expect(await (await rig.fetch("/models/info?api-version=x")).json()).toEqual({
      model_name: "gpt-5-mini",
      model_type: "chat-completion",
      model_provider_name: "latchkey",
    });
    expect(rig.emulator.requests).toHaveLength(0);
    const vectors = await createRig({ models: { e: { upstream: "default", type: "embeddings" } } });
    expect(await (await vectors.fetch("/models/info")).json()).toMatchObject({ model_type: "embeddings" });
  });
});
