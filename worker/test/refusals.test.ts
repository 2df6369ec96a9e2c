// Every way to be refused before the upstream is called: status, public code, inner reason, dialect shape.
import { describe, expect, test } from "vitest";
import type { refusals } from "../refusals.ts";
import { CALLER_KEY, createRig, errorOf, ORIGIN, type Rig } from "./setup.ts";

const JSON_TYPE = { "content-type": "application/json" };
const message = { role: "user", content: "hi" };

interface Row {
  name: string;
  send: (rig: Rig) => Promise<Response>;
  status: number;
  reason: keyof typeof refusals;
}

const chat = (body: Record<string, unknown>) => (rig: Rig) => rig.chat(body);
const withHeaders = (headers: Record<string, string | null>) => (rig: Rig) => rig.chat({}, { headers });
const post =
  (body: BodyInit, headers: Record<string, string> = JSON_TYPE) =>
  (rig: Rig) =>
    rig.fetch("/v1/chat/completions", { method: "POST", body, headers, duplex: "half" } as RequestInit & {
      headers: Record<string, string>;
    });

const rows: Row[] = [
  {
    name: "G23 too many headers",
    send: withHeaders(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x-${i}`, "1"]))),
    status: 431,
    reason: "headers_too_large",
  },
  {
    name: "G23 64 KiB of headers",
    send: withHeaders({ "x-a": "a".repeat(65_536) }),
    status: 431,
    reason: "headers_too_large",
  },
  {
    name: "G21 a request that has been here before",
    send: withHeaders({ "x-latchkey-hop": "1" }),
    status: 508,
    reason: "loop_detected",
  },
  {
    name: "D02 an origin that is not listed",
    send: withHeaders({ origin: "https://evil.example" }),
    status: 403,
    reason: "origin_not_allowed",
  },
  { name: "H06 /.env", send: (rig) => rig.fetch("/.env"), status: 404, reason: "route_unknown" },
  {
    name: "H06 /wrangler.toml",
    send: (rig) => rig.fetch("/wrangler.toml"),
    status: 404,
    reason: "route_unknown",
  },
  {
    name: "H06 /__debug",
    send: (rig) => rig.fetch("/__debug?debug=1"),
    status: 404,
    reason: "route_unknown",
  },
  { name: "a trailing slash", send: (rig) => rig.fetch("/v1/models/"), status: 404, reason: "route_unknown" },
  { name: "a doubled slash", send: (rig) => rig.fetch("//v1/models"), status: 404, reason: "route_unknown" },
  {
    name: "an encoded slash",
    send: (rig) => rig.fetch("/v1%2fmodels"),
    status: 404,
    reason: "route_unknown",
  },
  { name: "another case", send: (rig) => rig.fetch("/V1/models"), status: 404, reason: "route_unknown" },
  {
    name: "the pattern itself",
    send: (rig) => rig.fetch("/openai/deployments/{d}/chat/completions/x"),
    status: 404,
    reason: "route_unknown",
  },
  {
    name: "a deployment that is not UTF-8",
    send: (rig) => rig.chat({}, { path: "/openai/deployments/%ff/chat/completions" }),
    status: 404,
    reason: "route_unknown",
  },
  {
    name: "G13 GET on a POST route",
    send: (rig) => rig.fetch("/v1/chat/completions"),
    status: 405,
    reason: "method_not_allowed",
  },
  {
    name: "G13 HEAD",
    send: (rig) => rig.fetch("/v1/models", { method: "HEAD" }),
    status: 405,
    reason: "method_not_allowed",
  },
  {
    name: "G13 PROPFIND",
    send: (rig) => rig.fetch("/v1/models", { method: "PROPFIND" }),
    status: 405,
    reason: "method_not_allowed",
  },
  {
    name: "G13 an override header",
    send: (rig) => rig.fetch("/v1/chat/completions", { headers: { "x-http-method-override": "POST" } }),
    status: 405,
    reason: "method_not_allowed",
  },
  {
    name: "OPTIONS that is no preflight",
    send: (rig) => rig.fetch("/v1/models", { method: "OPTIONS" }),
    status: 405,
    reason: "method_not_allowed",
  },
  {
    name: "G17 a WebSocket upgrade",
    send: withHeaders({ upgrade: "websocket" }),
    status: 400,
    reason: "upgrade_refused",
  },
  {
    name: "no credential",
    send: withHeaders({ authorization: null }),
    status: 401,
    reason: "credential_missing",
  },
  {
    name: "another scheme",
    send: withHeaders({ authorization: `Basic ${CALLER_KEY}` }),
    status: 401,
    reason: "credential_malformed",
  },
  {
    name: "a bare credential",
    send: withHeaders({ authorization: CALLER_KEY }),
    status: 401,
    reason: "credential_malformed",
  },
  {
    name: "two joined credentials",
    send: withHeaders({ authorization: `Bearer ${CALLER_KEY}, Bearer ${CALLER_KEY}` }),
    status: 401,
    reason: "credential_malformed",
  },
  {
    name: "two different credentials",
    send: withHeaders({ "api-key": "lk_other" }),
    status: 401,
    reason: "credential_conflict",
  },
  {
    name: "E15 a huge credential",
    send: withHeaders({ authorization: `Bearer ${"a".repeat(9000)}` }),
    status: 401,
    reason: "credential_too_long",
  },
  {
    name: "an unknown key",
    send: withHeaders({ authorization: "Bearer lk_unknown" }),
    status: 401,
    reason: "key_unknown",
  },
  {
    name: "a valid key as prefix",
    send: withHeaders({ authorization: `Bearer ${CALLER_KEY}x` }),
    status: 401,
    reason: "key_unknown",
  },
  {
    name: "E17 a key in the query",
    send: (rig) => rig.fetch(`/v1/models?api-key=${CALLER_KEY}`, { headers: { authorization: null } }),
    status: 401,
    reason: "credential_missing",
  },
  {
    name: "E17 a key in another header",
    send: withHeaders({ authorization: null, "x-api-key": CALLER_KEY }),
    status: 401,
    reason: "credential_missing",
  },
  {
    name: "a session without a page",
    send: (rig) => rig.fetch("/session", { method: "POST" }),
    status: 403,
    reason: "origin_required",
  },
  { name: "an unknown model", send: chat({ model: "gpt-9" }), status: 404, reason: "model_unknown" },
  {
    name: "a model named like a member of every object",
    send: chat({ model: "constructor" }),
    status: 404,
    reason: "model_unknown",
  },
  { name: "no model", send: chat({ model: null }), status: 400, reason: "model_required" },
  {
    name: "G10 a deployment with a slash",
    send: (rig) => rig.chat({}, { path: "/openai/deployments/..%2f..%2fx/chat/completions" }),
    status: 404,
    reason: "model_unknown",
  },
  {
    name: "G15 another media type",
    send: post("{}", { "content-type": "text/plain" }),
    status: 415,
    reason: "media_type_refused",
  },
  {
    name: "G15 multipart",
    send: post("{}", { "content-type": "multipart/form-data; boundary=x" }),
    status: 415,
    reason: "media_type_refused",
  },
  {
    name: "G15 another charset",
    send: post("{}", { "content-type": "application/json; charset=utf-16" }),
    status: 415,
    reason: "media_type_refused",
  },
  {
    name: "G15 a compressed body",
    send: post("{}", { ...JSON_TYPE, "content-encoding": "gzip" }),
    status: 415,
    reason: "content_encoding_refused",
  },
  {
    name: "I01 a body too long by its length",
    send: post("{}", { ...JSON_TYPE, "content-length": "99999999" }),
    status: 413,
    reason: "body_too_large",
  },
  {
    name: "I01 a body too long by its bytes",
    send: post(" ".repeat(4 * 1024 * 1024 + 1)),
    status: 413,
    reason: "body_too_large",
  },
  { name: "an empty body", send: post(""), status: 400, reason: "body_not_json" },
  { name: "a body that is not JSON", send: post("{"), status: 400, reason: "body_not_json" },
  {
    name: "a body that is not UTF-8",
    send: post(new Uint8Array([0x22, 0xff, 0x22])),
    status: 400,
    reason: "body_not_json",
  },
  { name: "a body that is a list", send: post("[]"), status: 400, reason: "body_invalid" },
  { name: "no messages", send: chat({ messages: undefined }), status: 400, reason: "body_invalid" },
];

describe("refusals", () => {
  for (const { name, send, status, reason } of rows) {
    test(`${name}: ${status} ${reason}`, async () => {
      const rig = await createRig();
      const response = await send(rig);
      expect(response.status).toBe(status);
      expect(rig.log).toMatchObject([{ status, reason, outcome: "refused" }]);
      expect(rig.emulator.requests).toHaveLength(0);
      expect(response.headers.get("vary")).toBe("Origin");
      expect(response.headers.get("cache-control")).toBe("private, no-store");
      const text = await response.text();
      if (text !== "")
        expect(JSON.parse(text)).toMatchObject({ error: { request_id: rig.log[0]!.request_id } });
    });
  }

  test("405 says what is allowed", async () => {
    const rig = await createRig();
    expect((await rig.fetch("/v1/chat/completions")).headers.get("allow")).toBe("POST, OPTIONS");
  });

  test("G16 a body that trickles is given up, and the upstream is never called", async () => {
    const rig = await createRig({ deadlines: { bodyMs: 50 } });
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
      cancel: () => {
        cancelled = true;
      },
    });
    const response = await post(body)(rig);
    expect(response.status).toBe(408);
    expect(rig.log).toMatchObject([{ reason: "body_timeout" }]);
    expect(cancelled).toBe(true);
  });

  test("H13 every failed authentication reads the same", async () => {
    const rig = await createRig();
    const bodies = await Promise.all(
      ["Bearer lk_unknown", "Bearer a.b.c", "Basic x", `Bearer ${"a".repeat(9000)}`].map(
        async (authorization) => {
          const response = await rig.chat({}, { headers: { authorization } });
          expect(response.status).toBe(401);
          expect(response.headers.get("www-authenticate")).toBe("Bearer");
          const { request_id: _, ...error } = await errorOf(response);
          return error;
        },
      ),
    );
    for (const body of bodies) expect(body).toEqual(bodies[0]);
  });

  test("each dialect gets its own error shape", async () => {
    const rig = await createRig();
    const openai = await rig.chat({ model: "gpt-9" }, { path: "/v1/chat/completions" });
    expect(await errorOf(openai)).toMatchObject({
      type: "invalid_request_error",
      code: "model_not_found",
      param: "model",
      message: expect.any(String),
    });
    expect(openai.headers.get("x-ms-error-code")).toBeNull();
    const azure = await rig.chat({}, { path: "/openai/deployments/gpt-9/chat/completions" });
    expect(await errorOf(azure)).toMatchObject({ code: "DeploymentNotFound" });
    const inference = await rig.chat({ model: "gpt-9" });
    expect(inference.headers.get("x-ms-error-code")).toBe("unknown_model");
    expect(await errorOf(inference)).toMatchObject({ code: "unknown_model" });
  });

  test("callers may be limited to models", async () => {
    const { createCallerKey } = await import("../keys.ts");
    const { key, line } = await createCallerKey("narrow");
    const [name, sha256] = line.split(":") as [string, string];
    const rig = await createRig({ callerKeys: [{ name, sha256, models: ["mini"] }] });
    const headers = { authorization: `Bearer ${key}` };
    expect((await rig.chat({ model: "mini" }, { headers })).status).toBe(200);
    expect((await rig.chat({ model: undefined }, { headers })).status).toBe(200);
    expect((await rig.chat({ model: "gpt-5-mini" }, { headers })).status).toBe(403);
    expect(await (await rig.fetch("/v1/models", { headers })).json()).toMatchObject({
      data: [{ id: "mini" }],
    });
  });

  test("H12 a bug is a plain 500 with the request id, and only its class is logged", async () => {
    const canary = "canary-in-exception";
    const rig = await createRig(
      {},
      {
        addressOf: () => {
          throw new RangeError(canary, {
            cause: new Request("https://x.example", { headers: { a: canary } }),
          });
        },
      },
    );
    const response = await rig.fetch("/session", {
      method: "POST",
      headers: { origin: ORIGIN, authorization: null },
    });
    expect(response.status).toBe(500);
    expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    const text = await response.text();
    expect(text).not.toContain(canary);
    expect(JSON.parse(text).error).toEqual({
      code: "internal_error",
      message: expect.any(String),
      request_id: response.headers.get("x-request-id"),
    });
    expect(rig.log).toMatchObject([{ outcome: "failed", reason: "internal", failure: "RangeError" }]);
    expect(JSON.stringify(rig.log)).not.toContain(canary);
  });
});

const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) });
const tool = (more: object) => ({ tools: [{ type: "function", function: { name: "f", ...more } }] });

describe("G07 G08 F09 the body's allowlist", () => {
  const pdf = { file_data: "data:application/pdf;base64,AAAA" };
  const refused: [string, Record<string, unknown>, string][] = [
    ["api_base", { api_base: "https://evil" }, "api_base"],
    ["base_url", { base_url: "https://evil" }, "base_url"],
    ["azure_endpoint", { azure_endpoint: "https://evil" }, "azure_endpoint"],
    ["api_key", { api_key: "x" }, "api_key"],
    ["deployment_id", { deployment_id: "x" }, "deployment_id"],
    ["extra_body", { extra_body: { api_base: "x" } }, "extra_body"],
    [
      "data_sources",
      { data_sources: [{ type: "azure_search", parameters: { endpoint: "x" } }] },
      "data_sources",
    ],
    ["web search", { web_search_options: {} }, "web_search_options"],
    ["an MCP tool", { tools: [{ type: "mcp", server_url: "https://evil" }] }, "tools.0.type"],
    [
      "an address in a tool",
      { tools: [{ type: "function", function: { name: "f" }, api_base: "x" }] },
      "tools.0.api_base",
    ],
    ["an address in a function", tool({ endpoint: "x" }), "tools.0.function.endpoint"],
    ["a member of a message", { messages: [{ ...message, api_base: "x" }] }, "messages.0.api_base"],
    [
      "an image by address",
      {
        messages: [
          { role: "user", content: [{ type: "image_url", image_url: { url: "https://evil/x.png" } }] },
        ],
      },
      "messages.0.content.0.image_url.url",
    ],
    [
      "a file by address",
      { messages: [{ role: "user", content: [{ type: "file", file: { ...pdf, file_url: "x" } }] }] },
      "messages.0.content.0.file.file_url",
    ],
    [
      "a file by address in the place of its bytes",
      {
        messages: [
          { role: "user", content: [{ type: "file", file: { file_data: "https://evil.example/a.pdf" } }] },
        ],
      },
      "messages.0.content.0.file.file_data",
    ],
    [
      "audio by address in the place of its bytes",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "input_audio", input_audio: { data: "https://evil.example/a", format: "wav" } },
            ],
          },
        ],
      },
      "messages.0.content.0.input_audio.data",
    ],
    [
      "a file of the service by its id",
      { messages: [{ role: "user", content: [{ type: "file", file: { ...pdf, file_id: "file-1" } }] }] },
      "messages.0.content.0.file.file_id",
    ],
    [
      "audio by address",
      { messages: [{ role: "user", content: [{ type: "audio_url", audio_url: { url: "https://evil" } }] }] },
      "messages.0.content.0.audio_url.url",
    ],
    ["an unknown role", { messages: [{ role: "root", content: "x" }] }, "messages.0.role"],
    ["no content", { messages: [{ role: "user" }] }, "messages.0.content"],
    ["no messages at all", { messages: [] }, "messages"],
    ["too many messages", { messages: Array.from({ length: 1001 }, () => message) }, "messages"],
    [
      "too many parts",
      {
        messages: [
          { role: "user", content: Array.from({ length: 257 }, () => ({ type: "text", text: "" })) },
        ],
      },
      "messages.0.content",
    ],
    ["n: 128", { n: 128 }, "n"],
    ["n: 0", { n: 0 }, "n"],
    ["a negative limit", { max_tokens: -1 }, "max_tokens"],
    ["a huge limit", { max_completion_tokens: 1e9 }, "max_completion_tokens"],
    ["a limit as text", { max_tokens: "5" }, "max_tokens"],
    ["a fraction", { max_tokens: 1.5 }, "max_tokens"],
    ["temperature 3", { temperature: 3 }, "temperature"],
    ["stream as text", { stream: "yes" }, "stream"],
    ["store", { store: true }, "store"],
    ["service_tier", { service_tier: "priority" }, "service_tier"],
    ["best_of", { best_of: 20 }, "best_of"],
    ["129 tools", { tools: Array.from({ length: 129 }, () => tool({}).tools[0]) }, "tools"],
    ["a schema nested too deep", tool({ parameters: nested(100) }), "tools.0.function.parameters"],
    ["metadata with an object", { metadata: { a: { api_base: "x" } } }, "metadata.a"],
    [
      "an own __proto__",
      JSON.parse('{"__proto__":{"api_base":"x"}}') as Record<string, unknown>,
      "__proto__",
    ],
  ];
  for (const [name, body, param] of refused) {
    test(`${name} is refused by name`, async () => {
      const rig = await createRig();
      const text = JSON.stringify({ model: "mini", messages: [message], ...body }).replace(/}$/, () =>
        name === "an own __proto__" ? ',"__proto__":{"api_base":"x"}}' : "}",
      );
      const response = await post(text)(rig);
      expect(response.status).toBe(400);
      const error = await errorOf(response);
      expect(error).toMatchObject({ param });
      expect(error.message).toContain(`"${param}"`);
      expect(rig.emulator.requests).toHaveLength(0);
    });
  }

  test("what the services document passes, rebuilt", async () => {
    const upstreamBodies: unknown[] = [];
    const rig = await createRig(
      { imageHosts: ["images.example.com"], extraMembers: ["top_k"] },
      {
        fetch: async (_url, init) => {
          upstreamBodies.push(JSON.parse(init.body as string));
          return new Response('{"choices":[]}', { headers: JSON_TYPE });
        },
      },
    );
    const body = {
      messages: [
        { role: "system", content: "s" },
        { role: "developer", content: [{ type: "text", text: "d" }] },
        {
          role: "user",
          name: "n",
          content: [
            { type: "text", text: "t" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
            { type: "image_url", image_url: { url: "https://images.example.com/a.png" } },
            { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "c", content: "r" },
      ],
      temperature: 0.5,
      top_k: 4,
      stop: "x",
      tools: [
        {
          type: "function",
          function: {
            name: "f",
            description: "d",
            parameters: { properties: { endpoint: { type: "string" } } },
          },
        },
      ],
      tool_choice: { type: "function", function: { name: "f" } },
      response_format: {
        type: "json_schema",
        json_schema: { name: "n", schema: { type: "object" }, strict: true },
      },
      logit_bias: { "50256": -100 },
      metadata: { a: "b" },
    };
    expect((await rig.chat(body)).status).toBe(200);
    expect(upstreamBodies[0]).toEqual({ model: "gpt-5-mini", ...body });
  });

  test("an answer's message may be put back as it came", async () => {
    const bodies: { messages: unknown[] }[] = [];
    const rig = await createRig(
      {},
      {
        fetch: async (_url, init) => {
          bodies.push(JSON.parse(init.body as string));
          return new Response('{"choices":[]}', { headers: JSON_TYPE });
        },
      },
    );
    const answer = {
      role: "assistant",
      content: "a",
      refusal: null,
      annotations: [],
      audio: null,
      reasoning_content: "because",
    };
    expect((await rig.chat({ messages: [message, answer, message] })).status).toBe(200);
    expect(bodies[0]!.messages[1]).toEqual({ role: "assistant", content: "a" });
  });

  test("extra-parameters: drop takes unknown members away", async () => {
    const rig = await createRig();
    const response = await rig.chat({ top_k: 4 }, { headers: { "extra-parameters": "drop" } });
    expect(response.status).toBe(200);
    expect(rig.emulator.requests[0]!.body).not.toContain("top_k");
    expect((await rig.chat({ top_k: 4 }, { headers: { "extra-parameters": "pass-through" } })).status).toBe(
      400,
    );
  });
});
