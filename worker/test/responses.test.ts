// The Responses API through the proxy: what a request may say, how its streams end, and that an id may be used as
// soon as it has been read.
import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../proxy.ts";
import { objectService } from "./object-service.ts";
import { answering, createRig, errorOf, eventStream, jsonAnswer } from "./setup.ts";

const JSON_TYPE = { "content-type": "application/json" };

async function rigWith(change: Partial<ConfigInput> = {}) {
  const service = objectService();
  const rig = await createRig({ objectsUpstream: "openai", ...change }, { fetch: service.fetch });
  const create = (body: Record<string, unknown>) =>
    rig.fetch("/v1/responses", {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ model: "via-openai", input: "i", ...body }),
    });
  return { rig, service, create };
}

const part = (one: object) => ({ input: [{ role: "user", content: [one] }] });

/** The last frame of an answer that the upstream has not ended. */
const TOLD = /\n\ndata: \{"error":\{[^\n]*"code":"stream_truncated"[^\n]*\n\n$/;

describe("G08 what would run or be fetched at the service", () => {
  const refused: [string, Record<string, unknown>, string][] = [
    [
      "an image by address",
      part({ type: "input_image", image_url: "https://evil.example/x.png" }),
      "input.0.content.0.image_url",
    ],
    [
      "a file by address",
      part({ type: "input_file", file_url: "https://evil.example/x.pdf" }),
      "input.0.content.0.file_url",
    ],
    [
      "a file by address of http",
      part({ type: "input_file", file_url: "http://files.example.com/x.pdf" }),
      "input.0.content.0.file_url",
    ],
    [
      "a file by address in the place of its bytes",
      part({ type: "input_file", file_data: "https://evil.example/x.pdf" }),
      "input.0.content.0.file_data",
    ],
    [
      "an MCP server",
      { tools: [{ type: "mcp", server_label: "l", server_url: "https://evil.example" }] },
      "tools.0.type",
    ],
    ["web search", { tools: [{ type: "web_search" }] }, "tools.0.type"],
    ["a computer", { tools: [{ type: "computer_use_preview" }] }, "tools.0.type"],
    [
      "a code interpreter",
      { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
      "tools.0.type",
    ],
    ["file search", { tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] }, "tools.0.type"],
    ["image generation", { tools: [{ type: "image_generation" }] }, "tools.0.type"],
    [
      "an address in a function",
      { tools: [{ type: "function", name: "f", server_url: "https://evil.example" }] },
      "tools.0.server_url",
    ],
    ["a stored prompt", { prompt: { id: "pmpt_1" } }, "prompt"],
    ["a tier", { service_tier: "priority" }, "service_tier"],
    [
      "a computer's output",
      { input: [{ type: "computer_call_output", call_id: "c", output: {} }] },
      "input.0.type",
    ],
    ["an unknown item", { input: [{ type: "mcp_call" }] }, "input.0.type"],
    ["an unknown member", { input: [{ role: "user", content: "c", api_base: "x" }] }, "input.0.api_base"],
    ["a tool by choice", { tool_choice: { type: "web_search" } }, "tool_choice.type"],
    ["a huge limit", { max_output_tokens: 1e9 }, "max_output_tokens"],
  ];
  for (const [name, body, param] of refused) {
    test(`${name} is refused by name`, async () => {
      const { create, service } = await rigWith({ fileHosts: ["files.example.com"] });
      const response = await create(body);
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ param });
      expect(service.seen).toHaveLength(0);
    });
  }

  test("passes where the configuration names it, and no further", async () => {
    const { create, service } = await rigWith({
      imageHosts: ["images.example.com"],
      fileHosts: ["files.example.com"],
      mcpHosts: ["mcp.example.com"],
      vectorStores: ["vs_ours"],
      serverTools: ["web_search", "mcp", "file_search", "code_interpreter"],
    });
    const good = [
      part({ type: "input_image", image_url: "https://images.example.com/x.png" }),
      part({ type: "input_file", file_url: "https://files.example.com/x.pdf" }),
      { tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } },
      { tools: [{ type: "mcp", server_label: "l", server_url: "https://mcp.example.com/sse" }] },
      { tools: [{ type: "file_search", vector_store_ids: ["vs_ours"] }] },
      { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
    ];
    for (const body of good) expect([body, (await create(body)).status]).toEqual([body, 200]);
    service.seen.length = 0;
    const bad = [
      { tools: [{ type: "mcp", server_label: "l", server_url: "https://evil.example/sse" }] },
      { tools: [{ type: "mcp", server_label: "l", connector_id: "connector_x" }] },
      { tools: [{ type: "mcp", server_label: "l" }] },
      { tools: [{ type: "file_search", vector_store_ids: ["vs_theirs"] }] },
      { tools: [{ type: "code_interpreter", container: "cntr_theirs" }] },
      { tools: [{ type: "image_generation" }] },
    ];
    for (const body of bad) expect([body, (await create(body)).status]).toEqual([body, 400]);
    // A file inside a container must be the caller's, like any other.
    const container = { type: "auto", file_ids: ["file-of-somebody"] };
    expect((await create({ tools: [{ type: "code_interpreter", container }] })).status).toBe(404);
    expect(service.seen).toHaveLength(0);
  });

  test("chat searches data only where the configuration says", async () => {
    const source = (endpoint: string) => [
      {
        type: "azure_search",
        parameters: {
          endpoint,
          index_name: "i",
          authentication: { type: "system_assigned_managed_identity" },
        },
      },
    ];
    const upstream = answering(() => jsonAnswer({ choices: [] }));
    const rig = await createRig({ dataSourceHosts: ["search.example.com"] }, { fetch: upstream.fetch });
    const ask = (data_sources: unknown) => rig.chat({ model: "via-azure", data_sources });
    expect((await ask(source("https://search.example.com"))).status).toBe(200);
    expect((await ask(source("https://evil.example"))).status).toBe(400);
    const dependency = { type: "endpoint", endpoint: "https://evil.example/embeddings" };
    const [one] = source("https://search.example.com");
    const nested = [{ ...one, parameters: { ...one!.parameters, embedding_dependency: dependency } }];
    expect((await ask(nested)).status).toBe(400);
    expect(upstream.requests).toHaveLength(1);
  });
});

test("what is documented passes, rebuilt", async () => {
  const { create, service } = await rigWith();
  const body = {
    input: [
      { type: "message", role: "developer", content: "d" },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "t" },
          { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
          { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
        ],
      },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "s" }],
        encrypted_content: "e",
      },
      { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "{}", status: "completed" },
      { type: "function_call_output", call_id: "c", output: "o" },
      { type: "custom_tool_call", call_id: "c2", name: "g", input: "i" },
      { type: "custom_tool_call_output", call_id: "c2", output: "o" },
    ],
    instructions: "n",
    tools: [
      {
        type: "function",
        name: "f",
        description: "d",
        parameters: { type: "object", properties: { endpoint: {} } },
        strict: true,
      },
      { type: "custom", name: "g", format: { type: "grammar", syntax: "lark", definition: "x" } },
    ],
    tool_choice: { type: "function", name: "f" },
    text: {
      format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true },
      verbosity: "low",
    },
    reasoning: { effort: "low", summary: "auto" },
    max_output_tokens: 100,
    include: ["reasoning.encrypted_content"],
    metadata: { a: "b", file_id: "no reference" },
    truncation: "auto",
    parallel_tool_calls: false,
    store: true,
  };
  expect((await create(body)).status).toBe(200);
  // Not the ids of items: they might be another caller's.
  const sent = JSON.stringify({ model: "gpt-4.1", ...body })
    .replace(/"id":"(rs|fc)_1",?/g, "")
    .replaceAll(",}", "}");
  expect(JSON.parse(service.seen[0]!.body)).toEqual(JSON.parse(sent));
});

test("an answer's items may be put back as they came, without what they cite", async () => {
  const { create, service } = await rigWith();
  const cited = { type: "file_citation", file_id: "file-of-the-operator", index: 0 };
  const item = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: "a", annotations: [cited], logprobs: [] }],
  };
  expect((await create({ input: [item] })).status).toBe(200);
  expect(JSON.parse(service.seen[0]!.body).input).toEqual([
    { ...item, id: undefined, content: [{ type: "output_text", text: "a", annotations: [] }] },
  ]);
});

const event = (type: string, more: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const usage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };
const created = event("response.created", { response: { id: "resp_s", object: "response" } });
const delta = event("response.output_text.delta", { delta: "a" });

describe("streams", () => {
  const run = async (text: string | ReadableStream<Uint8Array>, body: Record<string, unknown> = {}) => {
    const upstream = answering(({ url }) =>
      url.endsWith("/responses") ? eventStream(text) : jsonAnswer({ id: "resp_s", object: "response" }),
    );
    const rig = await createRig({}, { fetch: upstream.fetch });
    const response = await rig.fetch("/v1/responses", {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ model: "via-openai", input: "i", stream: true, ...body }),
    });
    return { rig, response, upstream };
  };

  for (const end of ["completed", "incomplete", "failed"]) {
    test(`B26 response.${end} is an end, and its usage is counted once`, async () => {
      const last = event(`response.${end}`, {
        response: { id: "resp_s", usage, error: end === "failed" ? { code: "c" } : null },
      });
      const { rig, response } = await run(created + delta + last);
      expect(await response.text()).toBe(created + delta + last);
      await rig.settled();
      expect(rig.log).toMatchObject([
        {
          outcome: "complete",
          finish_reason: end,
          usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
          remembered: 1,
          events: 3,
        },
      ]);
    });
  }

  test("without its last event a frame says so, and usage is an estimate", async () => {
    const { rig, response } = await run(created + delta + delta);
    expect(await response.text()).toMatch(TOLD);
    await rig.settled();
    expect(rig.log).toMatchObject([
      { outcome: "truncated", usage: { completion_tokens: 2, estimated: true } },
    ]);
  });

  test("text that looks like an end is none", async () => {
    const fake = event("response.output_text.delta", { delta: '{"type":"response.completed"}' });
    const nested = event("response.output_item.done", { item: { type: "response.completed", usage } });
    const { rig, response } = await run(created + fake + nested);
    expect(await response.text()).toMatch(TOLD);
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "truncated" }]);
  });

  test("A28 an error event is an honest end, but no success", async () => {
    for (const last of [event("error", { code: "c", message: "m" }), 'data: {"error":{"code":"c"}}\n\n']) {
      const { rig, response } = await run(created + last);
      await response.text();
      await rig.settled();
      expect(rig.log).toMatchObject([{ outcome: "upstream_error" }]);
    }
  });

  test("an id may be used as soon as it has been read, and not by others", async () => {
    let open!: ReadableStreamDefaultController<Uint8Array>;
    const text = new ReadableStream<Uint8Array>({
      start(controller) {
        open = controller;
        controller.enqueue(new TextEncoder().encode(created));
      },
    });
    const { rig, response } = await run(text);
    const reader = response.body!.getReader();
    await reader.read();
    expect((await rig.fetch("/v1/responses/resp_s")).status).toBe(200);
    expect((await rig.fetch("/v1/responses/resp_other")).status).toBe(404);
    open.enqueue(new TextEncoder().encode(event("response.completed", { response: { id: "resp_s" } })));
    open.close();
    while (!(await reader.read()).done);
  });

  test("what is not stored is not remembered", async () => {
    const { rig, response } = await run(
      created + event("response.completed", { response: { id: "resp_s" } }),
      { store: false },
    );
    await response.text();
    await rig.settled();
    expect(rig.log[0]).not.toHaveProperty("remembered");
    expect((await rig.fetch("/v1/responses/resp_s")).status).toBe(404);
  });

  test("a stored response may be streamed again, from where it was", async () => {
    const last = event("response.completed", { response: { id: "resp_s", usage } });
    const { rig, response, upstream } = await run(created + last);
    await response.text();
    upstream.requests.length = 0;
    await rig.fetch(
      "/v1/responses/resp_s?stream=true&starting_after=3&include[]=reasoning.encrypted_content&x=y",
    );
    expect(upstream.requests[0]!.url).toBe(
      "https://openai.example.com/v1/responses/resp_s?include%5B%5D=reasoning.encrypted_content&stream=true&starting_after=3",
    );
    expect((await rig.fetch("/v1/responses/resp_s?include[]=everything")).status).toBe(400);
  });
});

test("a failed response is an answer, not a failed call", async () => {
  const upstream = answering(() =>
    jsonAnswer({
      id: "resp_1",
      object: "response",
      status: "failed",
      error: { code: "server_error", message: "m" },
    }),
  );
  const rig = await createRig({}, { fetch: upstream.fetch });
  const response = await rig.fetch("/v1/responses", {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ model: "via-openai", input: "i" }),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ status: "failed" });
});

test("images stream until the service closes, and both are counted", async () => {
  const image = (more: object = {}) => event("image_generation.completed", { b64_json: "AAAA", ...more });
  const text = event("image_generation.partial_image", { b64_json: "AA" }) + image() + image({ usage });
  const upstream = answering(() => eventStream(text));
  const rig = await createRig({}, { fetch: upstream.fetch });
  const response = await rig.fetch("/v1/images/generations", {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ model: "via-openai", prompt: "p", stream: true, partial_images: 1 }),
  });
  expect(await response.text()).toBe(text);
  await rig.settled();
  expect(rig.log).toMatchObject([{ outcome: "complete", events: 3, usage: { total_tokens: 7 } }]);
});

test("embeddings and images are metered, and nothing of them is logged", async () => {
  const canary = "content-canary";
  const upstream = answering(() =>
    jsonAnswer({
      object: "list",
      data: [{ b64_json: canary }],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    }),
  );
  const rig = await createRig({}, { fetch: upstream.fetch });
  const send = (path: string, body: object) =>
    rig.fetch(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
  await send("/v1/embeddings", {
    model: "via-openai",
    input: canary,
    encoding_format: "base64",
    dimensions: 8,
  });
  await send("/models/embeddings", {
    model: "gpt-5-mini",
    input: [canary],
    encoding_format: "ubinary",
    input_type: "query",
  });
  await send("/models/images/embeddings", { model: "gpt-5-mini", input: [{ image: "AAAA", text: canary }] });
  await send("/v1/images/generations", { model: "via-openai", prompt: canary });
  for (const entry of rig.log) expect(entry).toMatchObject({ usage: { prompt_tokens: 5, total_tokens: 5 } });
  expect(rig.log).toHaveLength(4);
  expect(JSON.stringify(rig.log)).not.toContain(canary);
  const remote = { model: "gpt-5-mini", input: [{ image: "https://evil.example/a.png" }] };
  expect((await send("/models/images/embeddings", remote)).status).toBe(400);
});
