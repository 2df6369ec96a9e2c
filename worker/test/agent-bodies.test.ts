// What may be said to agents and of whom: objects by their owner, models and connections by the configuration, and
// tools that would use the operator's identity, network or data not at all until they are named there.
import { describe, expect, test } from "vitest";
import { FORM_TYPE, formBody } from "./object-service.ts";
import {
  CONNECTION,
  idOf,
  OPERATORS_AGENT,
  P,
  type ProjectService,
  post,
  projectRig,
  projectService,
} from "./project-service.ts";
import { CALLER_KEY, errorOf, OTHER_KEY, type Rig } from "./setup.ts";

const other = { authorization: `Bearer ${OTHER_KEY}` };
const upload = (rig: Rig, headers: Record<string, string> = {}) =>
  rig.fetch(`${P}/files`, {
    method: "POST",
    headers: { "content-type": FORM_TYPE, ...headers },
    body: formBody([
      { name: "file", value: "text", filename: "a.txt" },
      { name: "purpose", value: "assistants" },
      { name: "filename", value: "a.txt" },
    ]),
  });

async function makeAll(rig: Rig, headers: Record<string, string> = {}) {
  return {
    file: await idOf(await upload(rig, headers)),
    agent: await idOf(await post(rig, `${P}/assistants`, { model: "gpt-5-mini" }, headers)),
    thread: await idOf(await post(rig, `${P}/threads`, {}, headers)),
    store: await idOf(await post(rig, `${P}/vector_stores`, {}, headers)),
    named: await idOf(
      await post(
        rig,
        `${P}/agents`,
        { name: "mine", definition: { kind: "prompt", model: "gpt-5-mini" } },
        headers,
      ),
    ),
  };
}
type Ids = Awaited<ReturnType<typeof makeAll>>;

describe("objects that a body names", () => {
  const user = (more: object) => ({ role: "user", content: "c", ...more });
  const rows: [string, (theirs: Ids, mine: Ids) => [string, object]][] = [
    ["assistant_id of a run", (t, m) => [`/threads/${m.thread}/runs`, { assistant_id: t.agent }]],
    ["assistant_id of thread and run", (t) => ["/threads/runs", { assistant_id: t.agent }]],
    [
      "a message's attachment",
      (t, m) => [
        `/threads/${m.thread}/messages`,
        user({ attachments: [{ file_id: t.file, tools: [{ type: "file_search" }] }] }),
      ],
    ],
    [
      "a message's picture",
      (t, m) => [
        `/threads/${m.thread}/messages`,
        { role: "user", content: [{ type: "image_file", image_file: { file_id: t.file } }] },
      ],
    ],
    [
      "an additional message's attachment",
      (t, m) => [
        `/threads/${m.thread}/runs`,
        {
          assistant_id: m.agent,
          additional_messages: [
            user({ attachments: [{ file_id: t.file, tools: [{ type: "code_interpreter" }] }] }),
          ],
        },
      ],
    ],
    [
      "a new thread's message",
      (t) => [
        "/threads",
        { messages: [user({ attachments: [{ file_id: t.file, tools: [{ type: "file_search" }] }] })] },
      ],
    ],
    [
      "the thread of thread and run",
      (t, m) => [
        "/threads/runs",
        { assistant_id: m.agent, thread: { tool_resources: { code_interpreter: { file_ids: [t.file] } } } },
      ],
    ],
    [
      "code interpreter files of an agent",
      (t) => [
        "/assistants",
        { model: "gpt-5-mini", tool_resources: { code_interpreter: { file_ids: [t.file] } } },
      ],
    ],
    [
      "a vector store of an agent",
      (t) => [
        "/assistants",
        { model: "gpt-5-mini", tool_resources: { file_search: { vector_store_ids: [t.store] } } },
      ],
    ],
    [
      "files of an agent's new vector store",
      (t) => [
        "/assistants",
        { model: "gpt-5-mini", tool_resources: { file_search: { vector_stores: [{ file_ids: [t.file] }] } } },
      ],
    ],
    [
      "a vector store of a changed thread",
      (t, m) => [
        `/threads/${m.thread}`,
        { tool_resources: { file_search: { vector_store_ids: [t.store] } } },
      ],
    ],
    [
      "a vector store of thread and run",
      (t, m) => [
        "/threads/runs",
        { assistant_id: m.agent, tool_resources: { file_search: { vector_store_ids: [t.store] } } },
      ],
    ],
    ["files of a vector store", (t) => ["/vector_stores", { file_ids: [t.file] }]],
    ["a file of a vector store", (t, m) => [`/vector_stores/${m.store}/files`, { file_id: t.file }]],
    [
      "files of a batch",
      (t, m) => [`/vector_stores/${m.store}/file_batches`, { file_ids: [m.file, t.file] }],
    ],
    [
      "a connected agent",
      (t) => [
        "/assistants",
        {
          model: "gpt-5-mini",
          tools: [{ type: "connected_agent", connected_agent: { id: t.agent, name: "n", description: "d" } }],
        },
      ],
    ],
    [
      "a named agent of a response",
      (t) => ["/openai/v1/responses", { input: "i", agent: { type: "agent_reference", name: t.named } }],
    ],
  ];
  for (const [name, request] of rows) {
    test(`F18 ${name}: its owner may, another caller gets 404 and the service is not asked`, async () => {
      const service = projectService();
      const rig = await projectRig(service);
      const ids = await makeAll(rig);
      const theirs = { ...(await makeAllBut(rig)), ...{} };
      service.seen.length = 0;
      // The other caller's own objects where the row needs them, ours where it must not have them.
      const [path, body] = request(ids, theirs);
      const refused = await post(rig, P + path, body, other);
      expect([refused.status, (await errorOf(refused)).code]).toEqual([404, "not_found"]);
      expect(service.seen).toHaveLength(0);
      const [own, owned] = request(ids, ids);
      expect((await post(rig, P + own, owned)).status).toBe(200);
    });
  }

  /** What the other caller has; its named agent must have another name. */
  async function makeAllBut(rig: Rig): Promise<Ids> {
    return {
      file: await idOf(await upload(rig, other)),
      agent: await idOf(await post(rig, `${P}/assistants`, { model: "gpt-5-mini" }, other)),
      thread: await idOf(await post(rig, `${P}/threads`, {}, other)),
      store: await idOf(await post(rig, `${P}/vector_stores`, {}, other)),
      named: "none",
    };
  }

  test("words of the caller that look like ids are only words", async () => {
    const rig = await projectRig(projectService());
    const metadata = { file_id: "assistant_9", assistant_id: "x" };
    expect(
      (await post(rig, `${P}/threads`, { metadata, messages: [{ role: "user", content: "c", metadata }] }))
        .status,
    ).toBe(200);
    const parameters = { type: "object", properties: {}, default: { file_id: "x", vector_store_ids: ["y"] } };
    const tools = [{ type: "function", function: { name: "f", parameters } }];
    expect((await post(rig, `${P}/assistants`, { model: "gpt-5-mini", tools })).status).toBe(200);
  });

  test("F18 what is made in one project is not there in the other", async () => {
    const service = projectService();
    const rig = await projectRig(service);
    const { thread } = await makeAll(rig);
    const ERA =
      "/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub";
    expect((await rig.fetch(`${ERA}/threads/${thread}`)).status).toBe(404);
    expect((await rig.fetch(`${P}/threads/${thread}`)).status).toBe(200);
  });

  test("F18 lists hold the caller's own, newest first, page by page and backwards", async () => {
    const service = projectService();
    const rig = await projectRig(service, { limits: { listed: 2 }, project: { agents: [] } });
    const ids: string[] = [];
    for (const name of ["a", "b", "c"])
      ids.push(await idOf(await post(rig, `${P}/assistants`, { model: "gpt-5-mini", name })));
    await post(rig, `${P}/assistants`, { model: "gpt-5-mini" }, other);
    const page = async (query: string) => {
      const answer = (await (await rig.fetch(`${P}/assistants?${query}`)).json()) as {
        data: { id: string }[];
        has_more: boolean;
      };
      return [answer.data.map(({ id }) => ids.indexOf(id)).join(""), answer.has_more];
    };
    expect(await page("")).toEqual(["21", true]);
    expect(await page(`after=${ids[1]}`)).toEqual(["0", false]);
    expect(await page(`before=${ids[0]}`)).toEqual(["21", false]);
    expect(await page("order=asc&limit=1")).toEqual(["0", true]);
    expect(
      service.seen.filter(({ method, path }) => method === "GET" && path === "/assistants"),
    ).toHaveLength(0);
  });
});

describe("the operator's agents", () => {
  const operators = {
    id: OPERATORS_AGENT,
    object: "assistant",
    name: "desk",
    model: "dep-canary",
    instructions: "order-canary",
    tools: [{ type: "bing_grounding", bing_grounding: { connections: [{ connection_id: CONNECTION }] } }],
  };
  const answering = (service: { path: string }) =>
    service.path === `/assistants/${OPERATORS_AGENT}` ? operators : undefined;

  test("H10 can be run and read without their orders, and not be changed", async () => {
    const service = projectService(answering);
    const rig = await projectRig(service);
    const read = await (await rig.fetch(`${P}/assistants/${OPERATORS_AGENT}`)).text();
    expect(JSON.parse(read)).toMatchObject({
      name: "desk",
      model: "gpt-5-mini",
      instructions: "",
      tools: [],
    });
    expect(read).not.toContain("canary");
    const list = await (await rig.fetch(`${P}/assistants`)).text();
    expect(JSON.parse(list).data.map(({ id }: { id: string }) => id)).toEqual([OPERATORS_AGENT]);
    expect(list).not.toContain("canary");
    expect(
      JSON.parse(await (await rig.fetch(`${P}/assistants?after=${OPERATORS_AGENT}`)).text()).data,
    ).toEqual([]);
    service.seen.length = 0;
    const change = await post(rig, `${P}/assistants/${OPERATORS_AGENT}`, { instructions: "mine" });
    expect([change.status, (await errorOf(change)).code]).toEqual([403, "agent_fixed"]);
    expect((await rig.fetch(`${P}/assistants/${OPERATORS_AGENT}`, { method: "DELETE" })).status).toBe(403);
    expect(service.seen).toHaveLength(0);
  });

  test("F18 only by the callers that may", async () => {
    const service = projectService(answering);
    const { callerKeys = [] } = await import("./setup.ts").then(({ configInput }) => configInput());
    const keys = callerKeys.map((key) => (key.name === "other" ? { ...key, agents: [] } : key));
    const rig = await projectRig(service, { callerKeys: keys });
    expect((await rig.fetch(`${P}/assistants/${OPERATORS_AGENT}`, { headers: other })).status).toBe(404);
    expect((await post(rig, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT }, other)).status).toBe(404);
    expect((await post(rig, `${P}/threads/runs`, { assistant_id: OPERATORS_AGENT })).status).toBe(200);
    expect(JSON.parse(await (await rig.fetch(`${P}/assistants`, { headers: other })).text()).data).toEqual(
      [],
    );
  });

  test("F18 a vector store of the operator's may be searched, not changed", async () => {
    const service = projectService();
    const rig = await projectRig(service, { vectorStores: ["vs_operator"] });
    const tool_resources = { file_search: { vector_store_ids: ["vs_operator"] } };
    expect((await post(rig, `${P}/assistants`, { model: "gpt-5-mini", tool_resources })).status).toBe(200);
    expect((await rig.fetch(`${P}/vector_stores/vs_operator`)).status).toBe(404);
    expect((await rig.fetch(`${P}/vector_stores/vs_operator`, { method: "DELETE" })).status).toBe(404);
    expect((await post(rig, `${P}/vector_stores/vs_operator/files`, {})).status).toBe(404);
  });
});

describe("models", () => {
  test("a name becomes the project's deployment, and comes back as the name", async () => {
    const service = projectService();
    const rig = await projectRig(service);
    const answer = await (await post(rig, `${P}/assistants`, { model: "gpt-5-mini" })).json();
    expect(JSON.parse(service.seen[0]!.body).model).toBe("dep-canary");
    expect(answer).toMatchObject({ model: "gpt-5-mini" });
    await post(rig, `${P}/agents`, { name: "n", definition: { kind: "prompt", model: "via-openai" } });
    expect(JSON.parse(service.seen.at(-1)!.body).definition).toEqual({ kind: "prompt", model: "dep-2" });
  });

  test("F08 one that the project lacks, the caller may not use, or nobody knows, is refused", async () => {
    const service = projectService();
    const { callerKeys = [] } = await import("./setup.ts").then(({ configInput }) => configInput());
    const rig = await projectRig(service, {
      callerKeys: callerKeys.map((key) => ({ ...key, models: ["gpt-5-mini"] })),
    });
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    for (const [model, status] of [
      ["mini", 404],
      ["dep-canary", 404],
      ["constructor", 404],
      ["via-openai", 403],
    ] as const) {
      const rows: [string, object][] = [
        ["/assistants", { model }],
        [`/assistants/${OPERATORS_AGENT}`, { model }],
        [`/threads/${thread}/runs`, { assistant_id: OPERATORS_AGENT, model }],
        ["/threads/runs", { assistant_id: OPERATORS_AGENT, model }],
        ["/agents", { name: "n", definition: { kind: "prompt", model } }],
        ["/openai/v1/responses", { model, input: "i" }],
      ];
      for (const [path, body] of rows) {
        expect([path, model, (await post(rig, P + path, body)).status]).toEqual([path, model, status]);
      }
    }
    expect(service.seen.filter(({ path }) => path !== "/threads")).toHaveLength(0);
  });
});

describe("G08 tools that would use what is the operator's", () => {
  const spec = (url: string, more: object = {}) => ({
    openapi: "3.0.0",
    info: {},
    paths: {},
    servers: [{ url }],
    ...more,
  });
  const openapi = (given: object, auth: object = { type: "anonymous" }) => ({
    type: "openapi",
    openapi: { name: "n", spec: given, auth },
  });
  const queue = (url: string) => ({
    type: "storage_queue",
    storage_queue: { queue_service_endpoint: url, queue_name: "q" },
  });
  const azureFunction = (url: string) => ({
    type: "azure_function",
    azure_function: {
      function: { name: "f", parameters: {} },
      input_binding: queue(url),
      output_binding: queue(url),
    },
  });
  const tools: Record<string, object> = {
    bing: { type: "bing_grounding", bing_grounding: { connections: [{ connection_id: CONNECTION }] } },
    "bing today": {
      type: "bing_grounding",
      bing_grounding: { search_configurations: [{ connection_id: CONNECTION }] },
    },
    "bing custom": {
      type: "bing_custom_search",
      bing_custom_search: { search_configurations: [{ connection_id: CONNECTION, instance_name: "i" }] },
    },
    sharepoint: {
      type: "sharepoint_grounding",
      sharepoint_grounding: { connections: [{ connection_id: CONNECTION }] },
    },
    fabric: { type: "fabric_aiskill", fabric_aiskill: { connections: [{ connection_id: CONNECTION }] } },
    search: { type: "azure_ai_search" },
    mcp: { type: "mcp", server_label: "l", server_url: "https://mcp.example.com/" },
    openapi: openapi(spec("https://api.example.com")),
    "openapi by connection": openapi(spec("https://api.example.com"), {
      type: "connection",
      security_scheme: { connection_id: CONNECTION },
    }),
    "openapi by identity": openapi(spec("https://api.example.com"), {
      type: "managed_identity",
      security_scheme: { audience: "https://management.azure.com" },
    }),
    function: azureFunction("https://store.queue.example.com"),
    "deep research": { type: "deep_research", deep_research: {} },
    browser: { type: "browser_automation", browser_automation: { connection: { id: CONNECTION } } },
  };
  const send = (rig: Rig, tool: object, more: object = {}) =>
    post(rig, `${P}/assistants`, { model: "gpt-5-mini", tools: [tool], ...more });

  for (const [name, tool] of Object.entries(tools)) {
    test(`${name}: off until it is configured, in agents, runs and named agents`, async () => {
      const service = projectService();
      const rig = await projectRig(service);
      const thread = await idOf(await post(rig, `${P}/threads`, {}));
      service.seen.length = 0;
      const rows: [string, object][] = [
        ["/assistants", { model: "gpt-5-mini", tools: [tool] }],
        [`/assistants/${OPERATORS_AGENT}`, { tools: [tool] }],
        [`/threads/${thread}/runs`, { assistant_id: OPERATORS_AGENT, tools: [tool] }],
        ["/threads/runs", { assistant_id: OPERATORS_AGENT, tools: [tool] }],
        ["/agents", { name: "n", definition: { kind: "prompt", model: "gpt-5-mini", tools: [tool] } }],
      ];
      for (const [path, body] of rows) {
        const response = await post(rig, P + path, body);
        expect([path, response.status]).toEqual([path, 400]);
        expect((await errorOf(response)).param).toMatch(/tools/);
      }
      expect(service.seen).toHaveLength(0);
    });
  }

  test("connections go by their configured names, and as the service's ids", async () => {
    const service = projectService();
    const rig = await projectRig(service, { project: { connections: { bing: CONNECTION } } });
    const named = (connection_id: string) => ({
      type: "bing_grounding",
      bing_grounding: { connections: [{ connection_id }] },
    });
    const answer = await (await send(rig, named("bing"))).text();
    expect(service.seen[0]!.body).toContain(`"connection_id":"${CONNECTION}"`);
    expect(answer).not.toContain("canary");
    expect(JSON.parse(answer).tools[0].bing_grounding.connections).toEqual([{ connection_id: "bing" }]);
    expect((await send(rig, named(CONNECTION))).status).toBe(200);
    const tool_resources = {
      azure_ai_search: { indexes: [{ index_connection_id: "bing", index_name: "i" }] },
    };
    expect((await send(rig, { type: "azure_ai_search" }, { tool_resources })).status).toBe(200);
    service.seen.length = 0;
    for (const id of ["other", `${CONNECTION}/..`, "", "constructor"]) {
      expect([id, (await send(rig, named(id))).status]).toEqual([id, 400]);
    }
    const foreign = { azure_ai_search: { indexes: [{ index_connection_id: "other", index_name: "i" }] } };
    expect((await send(rig, { type: "azure_ai_search" }, { tool_resources: foreign })).status).toBe(400);
    expect(service.seen).toHaveLength(0);
  });

  test("addresses only of configured hosts, wherever a description hides them", async () => {
    const service = projectService();
    const rig = await projectRig(service, {
      openApiHosts: ["api.example.com"],
      mcpHosts: ["mcp.example.com"],
      queueHosts: ["store.queue.example.com"],
      serverTools: ["mcp", "azure_function"],
    });
    for (const good of [tools.openapi!, tools.mcp!, tools.function!])
      expect((await send(rig, good)).status).toBe(200);
    service.seen.length = 0;
    const good = "https://api.example.com";
    const bad: object[] = [
      openapi(spec("https://evil.example")),
      openapi(spec("http://api.example.com")),
      openapi(spec("https://{host}")),
      openapi(spec("https://api.example.com@evil.example")),
      openapi(spec("//evil.example")),
      openapi({ openapi: "3.0.0", paths: {} }),
      openapi({ swagger: "2.0", host: "evil.example", servers: [{ url: good }] }),
      openapi(spec(good, { paths: { "/": { servers: [{ url: "https://evil.example" }] } } })),
      openapi(spec(good, { paths: { "/": { get: { servers: [{ url: "https://evil.example" }] } } } })),
      openapi(spec(good, { paths: { "/": { $ref: "https://evil.example/x.json" } } })),
      openapi(
        spec(good, {
          paths: {
            "/": {
              get: { responses: { 200: { links: { l: { server: { url: "https://evil.example" } } } } } },
            },
          },
        }),
      ),
      openapi(spec(good, { servers: [{ url: good }, { url: "https://169.254.169.254" }] })),
      { ...(tools.mcp as object), server_url: "https://evil.example/" },
      { ...(tools.mcp as object), server_url: "https://mcp.example.com:8443/" },
      { ...(tools.mcp as object), headers: { authorization: "x" } },
      azureFunction("https://evil.queue.example.com"),
      azureFunction("http://store.queue.example.com"),
    ];
    for (const tool of bad)
      expect([JSON.stringify(tool), (await send(rig, tool)).status]).toEqual([JSON.stringify(tool), 400]);
    expect(service.seen).toHaveLength(0);
  });

  test("headers and approvals of MCP servers only where there are such", async () => {
    const mcp = [{ server_label: "l", headers: { authorization: "Bearer mine" }, require_approval: "never" }];
    const service = projectService();
    const off = await projectRig(service);
    const on = await projectRig(service, { serverTools: ["mcp"], mcpHosts: ["mcp.example.com"] });
    for (const [rig, status] of [
      [off, 400],
      [on, 200],
    ] as const) {
      const thread = await idOf(await post(rig, `${P}/threads`, {}));
      const run = { assistant_id: OPERATORS_AGENT, tool_resources: { mcp } };
      expect((await post(rig, `${P}/threads/${thread}/runs`, run)).status).toBe(status);
      const approvals = { tool_approvals: [{ tool_call_id: "c", approve: true }] };
      const path = `${P}/threads/${thread}/runs/run_1/submit_tool_outputs`;
      expect((await post(rig, path, approvals)).status).toBe(status);
    }
  });

  test("data of the operator's by its name only", async () => {
    const service = projectService();
    const rig = await projectRig(service, { dataAssets: ["azureml://a"] });
    const { store, thread } = await makeAll(rig);
    service.seen.length = 0;
    const rows = (uri: string): [string, object][] => {
      const source = { uri, type: "uri_asset" };
      return [
        ["/vector_stores", { configuration: { data_sources: [source] } }],
        [`/vector_stores/${store}/files`, { data_source: source }],
        [`/vector_stores/${store}/file_batches`, { data_sources: [source] }],
        [
          `/threads/${thread}/messages`,
          { role: "user", content: "c", attachments: [{ data_source: source, tools: [] }] },
        ],
        [
          "/assistants",
          { model: "gpt-5-mini", tool_resources: { code_interpreter: { data_sources: [source] } } },
        ],
        [
          "/threads",
          {
            tool_resources: {
              file_search: { vector_stores: [{ name: "n", configuration: { data_sources: [source] } }] },
            },
          },
        ],
        ["/evaluations/runs:run", { data: { type: "dataset", id: uri }, evaluators: {} }],
      ];
    };
    for (const [path, body] of rows("azureml://b"))
      expect([path, (await post(rig, P + path, body)).status]).toEqual([path, 400]);
    expect(service.seen).toHaveLength(0);
    for (const [path, body] of rows("azureml://a"))
      expect([path, (await post(rig, P + path, body)).status < 300]).toEqual([path, true]);
  });

  test("evaluations: the service's own evaluators, plain settings, models by name, no telemetry of the operator's", async () => {
    const service = projectService();
    const rig = await projectRig(service, { dataAssets: ["d"] });
    const data = { type: "dataset", id: "d" };
    const id = "azureai://built-in/evaluators/relevance";
    const send = (body: object) => post(rig, `${P}/evaluations/runs:run`, body);
    for (const body of [
      {
        data: { type: "app_insights", resourceId: CONNECTION, query: "traces", serviceName: "s" },
        evaluators: {},
      },
      { data: { resourceId: CONNECTION, query: "traces", serviceName: "s" }, evaluators: {} },
      { data: { id: "d", resourceId: CONNECTION }, evaluators: {} },
      { data: { id: "other" }, evaluators: {} },
      { data, evaluators: { r: { id: "azureml://workspaces/evil" } } },
      {
        data,
        evaluators: { r: { id, initParams: { model_config: { azure_endpoint: "https://evil.example" } } } },
      },
      { data, evaluators: { r: { id, initParams: { endpoint: "https://evil.example" } } } },
      { data, evaluators: { r: { id, initParams: { deployment_name: "dep-canary" } } } },
    ]) {
      expect([JSON.stringify(body), (await send(body)).status]).toEqual([
        JSON.stringify(body),
        expect.toSatisfy((s: number) => s === 400 || s === 404),
      ]);
    }
    expect(service.seen).toHaveLength(0);
    expect(
      (
        await send({
          data,
          evaluators: {
            r: {
              id,
              initParams: { deployment_name: "gpt-5-mini", threshold: 3 },
              dataMapping: { query: ["$", "{data.query}"].join("") },
            },
          },
        })
      ).status,
    ).toBe(201);
    expect(JSON.parse(service.seen[0]!.body).evaluators.r.initParams).toEqual({
      deployment_name: "dep-canary",
      threshold: 3,
    });
    // azure-ai-projects 1.0.0b10 for Python sends no type.
    expect((await send({ data: { id: "d" }, evaluators: { r: { id } } })).status).toBe(201);
    expect(JSON.parse(service.seen[1]!.body).data).toEqual({ id: "d" });
  });
});

test("a merge patch of an evaluation, and of nothing else", async () => {
  const service = projectService();
  const rig = await projectRig(service, { dataAssets: ["d"] });
  const made = await post(rig, `${P}/evaluations/runs:run`, {
    data: { type: "dataset", id: "d" },
    evaluators: {},
  });
  const path = `${P}/evaluations/runs/${await idOf(made)}`;
  const patch = (body: unknown, type = "application/merge-patch+json") =>
    rig.fetch(path, { method: "PATCH", headers: { "content-type": type }, body: JSON.stringify(body) });
  expect((await patch({ displayName: "n" })).status).toBe(200);
  expect(service.seen.at(-1)).toMatchObject({ method: "PATCH", body: '{"displayName":"n"}' });
  expect(service.seen.at(-1)!.headers["content-type"]).toBe("application/merge-patch+json");
  for (const body of [{ data: { type: "dataset", id: "x" } }, { evaluators: {} }, { status: "Completed" }]) {
    expect((await patch(body)).status).toBe(400);
  }
  const other = await rig.fetch(`${P}/threads`, {
    method: "POST",
    headers: { "content-type": "application/merge-patch+json" },
    body: "{}",
  });
  expect(other.status).toBe(415);
});

describe("bounds", () => {
  test("F09 I02 numbers and lists past their bounds are refused before anything is sent", async () => {
    const service = projectService();
    const rig = await projectRig(service);
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    service.seen.length = 0;
    const run = (more: object): [string, object] => [
      `/threads/${thread}/runs`,
      { assistant_id: OPERATORS_AGENT, ...more },
    ];
    const rows: [string, object][] = [
      run({ max_completion_tokens: 1e9 }),
      run({ max_completion_tokens: -1 }),
      run({ max_completion_tokens: "9" }),
      run({ temperature: 3 }),
      run({ additional_messages: Array(2000).fill({ role: "user", content: "c" }) }),
      run({ tools: Array(200).fill({ type: "code_interpreter" }) }),
      run({ stream: "true" }),
      [
        "/assistants",
        { model: "gpt-5-mini", metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [n, "v"])) },
      ],
      ["/assistants", { model: "gpt-5-mini", instructions: "i".repeat(300_000) }],
      ["/vector_stores", { file_ids: Array(10_001).fill("assistant_1") }],
      ["/vector_stores", { expires_after: { anchor: "last_active_at", days: 1000 } }],
      [`/threads/${thread}/messages`, { role: "system", content: "c" }],
      [
        `/threads/${thread}/messages`,
        { role: "user", content: [{ type: "image_url", image_url: { url: "https://evil.example/a.png" } }] },
      ],
      ["/agents", { name: "../x", definition: { kind: "prompt", model: "gpt-5-mini" } }],
      ["/agents", { name: "n", definition: { kind: "hosted", image: "evil", model: "gpt-5-mini" } }],
    ];
    for (const [path, body] of rows)
      expect([path, (await post(rig, P + path, body)).status]).toEqual([path, 400]);
    expect(service.seen).toHaveLength(0);
  });

  test("G09 of the query only what is documented passes, checked", async () => {
    const service = projectService();
    const rig = await projectRig(service);
    const thread = await idOf(await post(rig, `${P}/threads`, {}));
    const include = "step_details.tool_calls[*].file_search.results[*].content";
    const good = `limit=5&order=asc&after=msg_1&run_id=run_1&x=y&api-version=z`;
    expect((await rig.fetch(`${P}/threads/${thread}/messages?${good}`)).status).toBe(200);
    expect(service.seen.at(-1)!.query).toBe("?limit=5&order=asc&after=msg_1&run_id=run_1&api-version=v1");
    expect(
      (
        await rig.fetch(
          `${P}/threads/${thread}/runs/run_1/steps?include%5B%5D=${encodeURIComponent(include)}`,
        )
      ).status,
    ).toBe(200);
    expect(new URLSearchParams(service.seen.at(-1)!.query).get("include[]")).toBe(include);
    await rig.fetch(`${P}/threads/${thread}/messages?runId=run_1`);
    expect(service.seen.at(-1)!.query).toBe("?run_id=run_1&api-version=v1");
    service.seen.length = 0;
    for (const bad of ["limit=0", "limit=1000", "order=up", "after=../x", "run_id=a/b", "limit=1&limit=2"]) {
      expect([bad, (await rig.fetch(`${P}/threads/${thread}/messages?${bad}`)).status]).toEqual([bad, 400]);
    }
    expect(service.seen).toHaveLength(0);
  });
});

describe("names of today's agents", () => {
  const make = (rig: Rig, name: string, headers = {}) =>
    post(
      rig,
      `${P}/agents/${name}/versions`,
      { definition: { kind: "prompt", model: "gpt-5-mini" } },
      headers,
    );
  const claimed = (service: ProjectService) => service.seen.filter(({ method }) => method === "POST").length;

  test("F18 belong to who takes them first, also when two come at once", async () => {
    const service = projectService();
    const rig = await projectRig(service);
    const both = await Promise.all([make(rig, "desk"), make(rig, "desk", other)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(claimed(service)).toBe(1);
    const mine = both[0]!.status === 200;
    const winner = mine ? {} : other;
    const loser = mine ? other : {};
    expect((await make(rig, "desk", winner)).status).toBe(200);
    expect((await rig.fetch(`${P}/agents/desk`, { headers: loser as Record<string, string> })).status).toBe(
      404,
    );
    expect((await make(rig, "desk", loser)).status).toBe(409);
    const deleted = await rig.fetch(`${P}/agents/desk`, {
      method: "DELETE",
      headers: winner as Record<string, string>,
    });
    expect(deleted.status).toBe(200);
    expect((await make(rig, "desk", loser)).status).toBe(200);
  });

  test("one that the operator has made beside the proxy is taken", async () => {
    const service = projectService(({ method, path }) =>
      method === "GET" && path === "/agents/ops" ? { name: "ops" } : undefined,
    );
    const rig = await projectRig(service);
    expect((await make(rig, "ops")).status).toBe(409);
    expect(claimed(service)).toBe(0);
    expect((await rig.fetch(`${P}/agents/ops`)).status).toBe(404);
    expect(CALLER_KEY).not.toBe(OTHER_KEY);
  });
});
