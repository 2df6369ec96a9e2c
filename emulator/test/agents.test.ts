import { describe, expect, test } from "vitest";
import { type Agents, agentsOf, BASES, textOf, weather } from "./agents-calling.ts";
import { emulatorOf } from "./asking.ts";
import type { Json } from "./calling.ts";

const agents = (): Agents => agentsOf(emulatorOf());

describe.each(BASES)("who may ask, at the base %s", (base) => {
  const given: [string, Record<string, string>, number][] = [
    ["a token", {}, 200],
    ["a key", { authorization: "", "api-key": "emulator-key" }, 401],
    ["a wrong token", { authorization: "Bearer nobody" }, 401],
    ["nothing", { authorization: "" }, 401],
  ];
  test.each(given)("%s", async (_name, headers, status) => {
    const response = await agentsOf(emulatorOf(), base).ask("/assistants", { headers });
    expect(response.status).toBe(status);
    if (status === 200) return;
    expect(await response.json()).toEqual({
      error: {
        message: expect.stringContaining("Access token"),
        type: null,
        param: null,
        code: "Unauthorized",
      },
    });
  });

  const versions: [string, string, number][] = [
    ["2024-12-01-preview", "era", 200],
    ["2024-07-01-preview", "era", 200],
    ["v1", "era", 400],
    ["v1", "current", 200],
    ["2025-05-15-preview", "current", 200],
    ["2024-12-01-preview", "current", 400],
    ["", "era", 400],
    ["", "current", 400],
  ];
  test.each(versions.filter(([, of]) => of === base))("api-version '%s'", async (version, _of, status) => {
    const response = await agentsOf(emulatorOf(), base).ask(`/assistants?api-version=${version}`);
    expect(response.status).toBe(status);
    if (status === 400) {
      const code = version === "" ? "MissingApiVersionParameter" : "UnsupportedApiVersionValue";
      expect(await response.json()).toMatchObject({ error: { code, type: "invalid_request_error" } });
    }
  });

  test("ids of the request", async () => {
    const headers = { "x-ms-client-request-id": "11111111-1111-4111-8111-111111111111" };
    const response = await agentsOf(emulatorOf(), base).ask("/assistants", { headers });
    expect(response.headers.get("x-ms-client-request-id")).toBe(headers["x-ms-client-request-id"]);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("paths that are not there", () => {
  const paths: [string, string, Record<string, unknown>][] = [
    [
      "GET",
      "/api/projects/p/nothing",
      { error: { message: "Resource not found", type: "invalid_request_error" } },
    ],
    ["GET", "/agents/v1.0/nothing", { error: { message: "Resource not found" } }],
    ["GET", "/raisvc/v1.0/nothing", { error: { code: "NotFound" } }],
    ["GET", "/subscriptions/s/nothing", { error: { code: "NotFound" } }],
    ["GET", "/api/projects/p/openai/v1/nothing", { error: { code: "404" } }],
    ["PUT", "/api/projects/p/assistants", { error: { message: "Method not allowed" } }],
  ];
  test.each(paths)("%s %s", async (method, path, body) => {
    const response = await emulatorOf().fetch(`http://emulator.test${path}?api-version=v1`, { method });
    expect(response.status).toBe(method === "PUT" ? 405 : 404);
    expect(await response.json()).toMatchObject(body);
  });
});

test("a project's OpenAI surface takes tokens only and answers as OpenAI's v1", async () => {
  const emulator = emulatorOf();
  const ask = (headers: Record<string, string>): Promise<Response> =>
    emulator.fetch("http://emulator.test/api/projects/p/openai/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "gpt-4.1", input: "echo hello" }),
    });
  expect((await ask({ "api-key": "emulator-key" })).status).toBe(401);
  const answered = await ask({ authorization: "Bearer emulator-key" });
  expect(answered.status).toBe(200);
  expect(((await answered.json()) as Json).output.at(-1).content[0].text).toBe("hello");
});

describe("an agent", () => {
  test.each(BASES)("is created, changed, listed and deleted at the base %s", async (base) => {
    const { ok, refused } = agentsOf(emulatorOf(), base);
    const json = {
      model: "gpt-4.1",
      name: "helper",
      description: "helps",
      instructions: "Be kind.",
      tools: [weather, { type: "code_interpreter" }],
      temperature: 0.5,
      response_format: { type: "json_object" },
      metadata: { a: "b" },
    };
    const created = await ok("/assistants", { json });
    expect(created).toMatchObject({ ...json, object: "assistant", created_at: 1_750_000_000, top_p: 1 });
    const path = `/assistants/${created.id}`;
    expect(await ok(path)).toEqual(created);
    const changed = await ok(path, { json: { name: null, instructions: "Be brief." } });
    expect(changed).toEqual({ ...created, name: null, instructions: "Be brief." });
    expect((await ok("/assistants")).data).toEqual([changed]);
    expect(await ok(path, { method: "DELETE" })).toEqual({
      id: created.id,
      object: "assistant.deleted",
      deleted: true,
    });
    const { status, error } = await refused(path);
    expect([status, error.message]).toEqual([404, `No assistant found with id '${created.id}'.`]);
  });

  const bad: [string, Record<string, unknown>, string | null][] = [
    ["no model", { model: undefined }, "model"],
    ["a long name", { name: "x".repeat(257) }, "name"],
    ["an unknown member", { nobody: 1 }, "nobody"],
    ["a temperature too high", { temperature: 2.1 }, "temperature"],
    ["an unknown tool", { tools: [{ type: "magic" }] }, "tools[0].type"],
    ["a function without a name", { tools: [{ type: "function", function: {} }] }, "tools[0].function.name"],
    [
      "a function with spaces",
      { tools: [{ type: "function", function: { name: "a b" } }] },
      "tools[0].function.name",
    ],
    ["too many tools", { tools: Array(129).fill({ type: "code_interpreter" }) }, "tools"],
    [
      "a search without connections",
      { tools: [{ type: "bing_grounding", bing_grounding: {} }] },
      "tools[0].bing_grounding.search_configurations",
    ],
    [
      "a connection without an id",
      { tools: [{ type: "sharepoint_grounding", sharepoint_grounding: { connections: [{}] } }] },
      "tools[0].sharepoint_grounding.connections[0].connection_id",
    ],
    [
      "an openapi tool without a spec",
      { tools: [{ type: "openapi", openapi: { name: "x", auth: { type: "anonymous" } } }] },
      "tools[0].openapi.spec",
    ],
    [
      "a connected agent without a description",
      { tools: [{ type: "connected_agent", connected_agent: { id: "asst_x", name: "x" } }] },
      "tools[0].connected_agent.description",
    ],
    [
      "an MCP server without an address",
      { tools: [{ type: "mcp", server_label: "x" }] },
      "tools[0].server_url",
    ],
    [
      "an Azure function without bindings",
      { tools: [{ type: "azure_function", azure_function: { function: { name: "x" } } }] },
      "tools[0].azure_function.input_binding",
    ],
    [
      "too many results",
      { tools: [{ type: "file_search", file_search: { max_num_results: 51 } }] },
      "tools[0].file_search.max_num_results",
    ],
    [
      "seventeen pairs",
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, "x"])) },
      "metadata",
    ],
    ["a long key", { metadata: { ["k".repeat(65)]: "x" } }, "metadata"],
    ["a long value", { metadata: { k: "x".repeat(513) } }, "metadata.k"],
    ["a number as a value", { metadata: { k: 1 } }, "metadata.k"],
    ["an unknown format", { response_format: { type: "xml" } }, "response_format.type"],
    [
      "a schema without a name",
      { response_format: { type: "json_schema", json_schema: {} } },
      "response_format.json_schema.name",
    ],
    [
      "two vector stores",
      { tool_resources: { file_search: { vector_store_ids: ["vs_a", "vs_b"] } } },
      "tool_resources.file_search.vector_store_ids",
    ],
  ];
  test.each(bad)("is refused with %s", async (_name, more, param) => {
    const { status, error } = await agents().refused("/assistants", { json: { model: "gpt-4.1", ...more } });
    expect([status, error.param]).toEqual([400, param]);
    expect(error.type).toBe("invalid_request_error");
  });

  test("may not name files and stores that are not there", async () => {
    const { refused } = agents();
    for (const tool_resources of [
      { code_interpreter: { file_ids: ["file-nobody"] } },
      { file_search: { vector_store_ids: ["vs_nobody"] } },
    ]) {
      expect((await refused("/assistants", { json: { model: "gpt-4.1", tool_resources } })).status).toBe(404);
    }
  });

  test("and everything else may not be endlessly deep", async () => {
    const { ask, agent, thread } = agents();
    const { id: assistant_id } = await agent();
    const { id } = await thread("hello");
    const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    const bodies: [string, string][] = [
      [
        "/assistants",
        `{"model":"gpt-4.1","tools":[{"type":"openapi","openapi":{"name":"x","auth":{"type":"anonymous"},"spec":${deep}}}]}`,
      ],
      ["/assistants", `{"model":"gpt-4.1","tool_resources":{"azure_ai_search":${deep}}}`],
      ["/threads", `{"tool_resources":{"azure_ai_search":${deep}}}`],
      [`/threads/${id}`, `{"tool_resources":{"azure_ai_search":${deep}}}`],
      [`/threads/${id}/messages`, `{"role":"user","content":[{"type":"text","text":"x","more":${deep}}]}`],
      [
        `/threads/${id}/runs`,
        `{"assistant_id":"${assistant_id}","tools":[{"type":"function","function":{"name":"x","more":${deep}}}]}`,
      ],
      ["/threads/runs", `{"assistant_id":"${assistant_id}","thread":${deep}}`],
    ];
    for (const [path, body] of bodies) {
      const response = await ask(path, { method: "POST", body });
      expect([path, response.status]).toEqual([path, 400]);
      expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    }
  });

  test("keeps tools of every kind", async () => {
    const tools = [
      { type: "code_interpreter" },
      {
        type: "file_search",
        file_search: { max_num_results: 5, ranking_options: { ranker: "auto", score_threshold: 0.1 } },
      },
      { type: "bing_grounding", bing_grounding: { connections: [{ connection_id: "c" }] } },
      {
        type: "bing_grounding",
        bing_grounding: { search_configurations: [{ connection_id: "c", count: 3 }] },
      },
      { type: "azure_ai_search" },
      { type: "openapi", openapi: { name: "x", spec: { openapi: "3.1.0" }, auth: { type: "anonymous" } } },
      {
        type: "azure_function",
        azure_function: { function: { name: "x", parameters: {} }, input_binding: {}, output_binding: {} },
      },
      { type: "sharepoint_grounding", sharepoint_grounding: { connections: [{ connection_id: "c" }] } },
      { type: "fabric_aiskill", fabric_aiskill: { connections: [{ connection_id: "c" }] } },
      { type: "connected_agent", connected_agent: { id: "asst_x", name: "x", description: "y" } },
      { type: "mcp", server_label: "x", server_url: "https://mcp.example.invalid" },
    ];
    expect((await agents().agent({ tools })).tools).toEqual(tools);
  });
});

describe("a thread", () => {
  test.each(BASES)("is created, changed, listed and deleted at the base %s", async (base) => {
    const { ask, ok, refused } = agentsOf(emulatorOf(), base);
    const plain = JSON.parse(await (await ask("/threads", { method: "POST" })).text());
    expect(plain).toMatchObject({ object: "thread", metadata: {}, tool_resources: {} });
    const json = { messages: [{ role: "user", content: "hello" }], metadata: { a: "b" } };
    const created = await ok("/threads", { json });
    const path = `/threads/${created.id}`;
    expect((await ok(`${path}/messages`)).data).toMatchObject([{ role: "user", status: "completed" }]);
    expect(await ok(path, { json: { metadata: { c: "d" } } })).toEqual({ ...created, metadata: { c: "d" } });
    expect(await ok(path, { json: { metadata: null } })).toEqual({ ...created, metadata: {} });
    expect((await ok("/threads")).data.map(({ id }: Json) => id)).toEqual([created.id, plain.id]);
    expect(await ok(path, { method: "DELETE" })).toMatchObject({ object: "thread.deleted", deleted: true });
    for (const gone of [path, `${path}/messages`, `${path}/runs`]) {
      const { status, error } = await refused(gone);
      expect([status, error.message]).toEqual([404, `No thread found with id '${created.id}'.`]);
    }
  });

  test("belongs to its project", async () => {
    const emulator = emulatorOf();
    const [mine, era, theirs] = [
      agentsOf(emulator),
      agentsOf(emulator, "era"),
      agentsOf(emulator, "current", "/api/projects/q"),
    ];
    const thread = await mine.thread("hello");
    const agent = await mine.agent();
    for (const other of [era, theirs]) {
      expect((await other.refused(`/threads/${thread.id}`)).status).toBe(404);
      expect((await other.refused(`/assistants/${agent.id}`)).status).toBe(404);
      expect((await other.ok("/threads")).data).toEqual([]);
      expect((await other.ok("/assistants")).data).toEqual([]);
      const own = await other.thread("hello");
      const json = { assistant_id: agent.id };
      expect((await other.refused(`/threads/${own.id}/runs`, { json })).status).toBe(404);
    }
  });
});

describe("a message", () => {
  const contents: [string, unknown, unknown][] = [
    ["a text", "hello", [{ type: "text", text: { value: "hello", annotations: [] } }]],
    [
      "a block",
      [{ type: "text", text: "hello" }],
      [{ type: "text", text: { value: "hello", annotations: [] } }],
    ],
    [
      "a link",
      [{ type: "image_url", image_url: { url: "https://example.com/a.png" } }],
      [{ type: "image_url", image_url: { url: "https://example.com/a.png", detail: "auto" } }],
    ],
  ];
  test.each(contents)("of %s", async (_name, content, kept) => {
    const { ok, thread } = agents();
    const { id } = await thread();
    const created = await ok(`/threads/${id}/messages`, {
      json: { role: "user", content, metadata: { a: "b" } },
    });
    expect(created).toMatchObject({ object: "thread.message", thread_id: id, role: "user", content: kept });
    const path = `/threads/${id}/messages/${created.id}`;
    expect(await ok(path)).toEqual(created);
    expect(await ok(path, { json: { metadata: { c: "d" } } })).toEqual({ ...created, metadata: { c: "d" } });
  });

  const bad: [string, Record<string, unknown>, string, number][] = [
    ["no role", { content: "x" }, "role", 400],
    ["another role", { role: "system", content: "x" }, "role", 400],
    ["no content", { role: "user" }, "content", 400],
    ["an empty text", { role: "user", content: " " }, "content", 400],
    ["no blocks", { role: "user", content: [] }, "content", 400],
    ["a long text", { role: "user", content: "x".repeat(256_001) }, "content", 400],
    ["an unknown block", { role: "user", content: [{ type: "video" }] }, "content[0].type", 400],
    ["a block without text", { role: "user", content: [{ type: "text" }] }, "content[0].text", 400],
    [
      "a file that is not there",
      { role: "user", content: [{ type: "image_file", image_file: { file_id: "file-x" } }] },
      "content[0].image_file.file_id",
      404,
    ],
    [
      "an attachment without tools",
      { role: "user", content: "x", attachments: [{ data_source: { uri: "x", type: "id_asset" } }] },
      "attachments[0].tools",
      400,
    ],
    [
      "an attachment for another tool",
      {
        role: "user",
        content: "x",
        attachments: [{ data_source: { uri: "x", type: "id_asset" }, tools: [{ type: "function" }] }],
      },
      "attachments[0].tools[0].type",
      400,
    ],
  ];
  test.each(bad)("is refused with %s", async (_name, json, param, status) => {
    const { refused, thread } = agents();
    const { id } = await thread();
    const answer = await refused(`/threads/${id}/messages`, { json });
    expect([answer.status, answer.error.param]).toEqual([status, param]);
  });

  test("is listed in pages", async () => {
    const { ok, thread, refused } = agents();
    const { id } = await thread("a", "b", "c", "d", "e");
    const path = `/threads/${id}/messages`;
    const texts = async (query: string): Promise<string> =>
      (await ok(`${path}?${query}`)).data.map(textOf).join("");
    expect(await texts("order=asc")).toBe("abcde");
    expect(await texts("")).toBe("edcba");
    const first = await ok(`${path}?limit=2`);
    expect(first).toMatchObject({ object: "list", has_more: true });
    expect(await texts(`limit=2&after=${first.last_id}`)).toBe("cb");
    expect(await texts(`limit=2&before=${first.last_id}`)).toBe("e");
    for (const query of ["limit=0", "limit=101", "limit=x", "order=up", "after=msg_nobody"]) {
      expect((await refused(`${path}?${query}`)).status, query).toBe(400);
    }
  });
});
