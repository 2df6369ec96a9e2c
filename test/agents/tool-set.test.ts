// Tools in the wire's form, sets of them, and how calls are answered.
import {
  azureAISearchTool,
  azureFunctionTool,
  bingGroundingTool,
  codeInterpreterTool,
  connectedAgentTool,
  fabricTool,
  fileSearchTool,
  functionTool,
  mcpTool,
  openApiTool,
  type RequiredFunctionCall,
  sharepointTool,
  ToolSet,
} from "latchkey/projects";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { recorder } from "../openai/recorder.ts";
import { json, sleep, thrownBy } from "../service.ts";
import { agentsOf, functionCall } from "./agents-service.ts";

const call = (name: string, args: unknown = {}, id?: string) =>
  functionCall(name, args, id) as RequiredFunctionCall;
const queue = {
  type: "storage_queue",
  storage_queue: { queue_service_endpoint: "https://q.example", queue_name: "q" },
} as const;
const azureFunction = {
  function: { name: "f", parameters: {} },
  input_binding: queue,
  output_binding: queue,
};
const api = { name: "weather", spec: { openapi: "3.1.0" }, auth: { type: "anonymous" } } as const;
const other = { id: "asst_2", name: "stocks", description: "Prices of stocks." };
const source = { uri: "azureml://x", type: "uri_asset" } as const;

describe("makers", () => {
  test.each([
    ["code interpreter", codeInterpreterTool(), [{ type: "code_interpreter" }], {}],
    [
      "code interpreter with files",
      codeInterpreterTool({ file_ids: ["f"] }),
      [{ type: "code_interpreter" }],
      { code_interpreter: { file_ids: ["f"] } },
    ],
    [
      "file search",
      fileSearchTool({ vector_store_ids: ["vs"] }, { max_num_results: 3 }),
      [{ type: "file_search", file_search: { max_num_results: 3 } }],
      { file_search: { vector_store_ids: ["vs"] } },
    ],
    [
      "Bing",
      bingGroundingTool("conn", { connection_id: "two", count: 1 }),
      [
        {
          type: "bing_grounding",
          bing_grounding: {
            search_configurations: [{ connection_id: "conn" }, { connection_id: "two", count: 1 }],
          },
        },
      ],
      {},
    ],
    [
      "AI Search",
      azureAISearchTool({ index_connection_id: "conn", index_name: "i", query_type: "simple" }),
      [{ type: "azure_ai_search" }],
      {
        azure_ai_search: {
          indexes: [{ index_connection_id: "conn", index_name: "i", query_type: "simple" }],
        },
      },
    ],
    ["OpenAPI", openApiTool(api), [{ type: "openapi", openapi: api }], {}],
    [
      "Azure Function",
      azureFunctionTool(azureFunction),
      [{ type: "azure_function", azure_function: azureFunction }],
      {},
    ],
    [
      "SharePoint",
      sharepointTool("conn"),
      [{ type: "sharepoint_grounding", sharepoint_grounding: { connections: [{ connection_id: "conn" }] } }],
      {},
    ],
    [
      "Fabric",
      fabricTool("conn"),
      [{ type: "fabric_dataagent", fabric_dataagent: { connections: [{ connection_id: "conn" }] } }],
      {},
    ],
    [
      "Fabric of the connection-string era",
      fabricTool(["conn"], { era: true }),
      [{ type: "fabric_aiskill", fabric_aiskill: { connections: [{ connection_id: "conn" }] } }],
      {},
    ],
    [
      "other agents",
      connectedAgentTool(other, { ...other, id: "asst_3" }),
      [
        { type: "connected_agent", connected_agent: other },
        { type: "connected_agent", connected_agent: { ...other, id: "asst_3" } },
      ],
      {},
    ],
    [
      "MCP",
      mcpTool(
        {
          server_label: "a",
          server_url: "https://a.example",
          allowed_tools: ["t"],
          require_approval: "never",
        },
        { server_label: "b", server_url: "https://b.example" },
      ),
      [
        { type: "mcp", server_label: "a", server_url: "https://a.example", allowed_tools: ["t"] },
        { type: "mcp", server_label: "b", server_url: "https://b.example" },
      ],
      { mcp: [{ server_label: "a", require_approval: "never" }] },
    ],
  ])("%s", (_, tool, definitions, resources) => {
    expect(tool).toEqual({ definitions, resources });
    const set = new ToolSet(tool);
    expect(set.definitions).toEqual(definitions);
    expect(set.resources).toEqual(resources);
  });

  test.each([
    ["files and data", () => codeInterpreterTool({ file_ids: [], data_sources: [source] })],
    ["21 files", () => codeInterpreterTool({ file_ids: Array<string>(21).fill("f") })],
    ["two stores", () => fileSearchTool({ vector_store_ids: ["a", "b"] })],
    ["no connection", () => bingGroundingTool()],
    ["no connection", () => sharepointTool()],
    ["no connection", () => fabricTool([])],
    ["no agent", () => connectedAgentTool()],
    ["no API", () => openApiTool()],
    ["no function", () => azureFunctionTool()],
    ["no server", () => mcpTool()],
  ])("%s: refused", (_, make) => {
    expect(make).toThrow(TypeError);
  });
});

const add = functionTool({
  name: "add",
  description: "Adds.",
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => ({ sum: a + b }),
});

describe("a set", () => {
  test("has functions and hosted tools, definitions and resources together", () => {
    const set = new ToolSet([add, codeInterpreterTool({ file_ids: ["f"] })]).add(
      fileSearchTool({ vector_store_ids: ["vs"] }),
    );
    expect(set.definitions).toMatchObject([
      { type: "function", function: { name: "add", description: "Adds.", parameters: { type: "object" } } },
      { type: "code_interpreter" },
      { type: "file_search" },
    ]);
    expect(set.resources).toEqual({
      code_interpreter: { file_ids: ["f"] },
      file_search: { vector_store_ids: ["vs"] },
    });
  });

  test.each([
    ["a second of one type", [codeInterpreterTool(), codeInterpreterTool()], /type code_interpreter already/],
    ["a second function of one name", [add, add], /named add already/],
    ["a name that the wire doesn't take", [functionTool({ name: "a b", execute: () => 1 })], /tool name/],
    ["something else", [{ type: "file_search" }], /must be a function/],
    ["nothing", [null], /must be a function/],
  ])("%s is refused", (_, tools, words) => {
    expect(() => new ToolSet(tools as [])).toThrow(TypeError);
    expect(() => new ToolSet(tools as [])).toThrow(words);
  });

  test.each<[string, RequiredFunctionCall, string]>([
    ["an object", call("add", { a: 1, b: 2 }), '{"sum":3}'],
    ["text", call("say"), "Hi"],
    ["nothing", call("quiet"), "done"],
    [
      "no such function",
      call("sub"),
      '{"error":"The function sub failed: There is no such tool. There are: add, say, quiet, throws, hangs."}',
    ],
    ["no JSON", call("add", "{a"), '{"error":"The function add failed: The arguments are not JSON."}'],
    ["no object", call("say", "1"), '{"error":"The function say failed: The arguments are not an object."}'],
    ["a fault", call("throws"), '{"error":"The function throws failed: no luck"}'],
    ["no end", call("hangs"), '{"error":"The function hangs failed: The tool took longer than 20 ms."}'],
  ])("answers with %s", async (_, asked, output) => {
    const set = new ToolSet([
      add,
      functionTool({ name: "say", execute: () => "Hi" }),
      functionTool({ name: "quiet", execute: () => undefined }),
      functionTool({
        name: "throws",
        execute() {
          throw new Error("no luck");
        },
      }),
      functionTool({ name: "hangs", timeoutMs: 20, execute: () => new Promise(() => {}) }),
    ]);
    expect(await set.execute([asked])).toEqual([{ tool_call_id: asked.id, output }]);
  });

  test("arguments that the schema refuses are told to the model, not to the function", async () => {
    const [answer] = await new ToolSet(add).execute([call("add", { a: "1", b: 2 })]);
    const { error } = JSON.parse(answer!.output!) as { error: string };
    expect(error).toMatch(/^The function add failed: The arguments are wrong\. a: /);
  });

  test("some at once, in the order of the calls, and functions only", async () => {
    let most = 0;
    let now = 0;
    const wait = functionTool({
      name: "wait",
      async execute(args) {
        most = Math.max(most, ++now);
        await sleep((args as { ms: number }).ms);
        now--;
        return `${(args as { ms: number }).ms}`;
      },
    });
    const calls = [30, 5, 10].map((ms) => call("wait", { ms }, `call_${ms}`));
    const foreign = { id: "c", type: "azure_function" } as unknown as RequiredFunctionCall;
    const outputs = await new ToolSet(wait).execute([...calls, foreign], { maxParallel: 2 });
    expect(outputs.map(({ output }) => output)).toEqual(["30", "5", "10"]);
    expect(most).toBe(2);
  });

  test("nothing thrown is a failure, too", async () => {
    const name = "rejects";
    const set = new ToolSet(functionTool({ name, execute: () => Promise.reject() }));
    expect(await set.execute([call(name)])).toEqual([
      { tool_call_id: "call_rejects", output: '{"error":"The function rejects failed: the tool failed."}' },
    ]);
  });

  test.each([
    ["undefined", undefined, "done"],
    ["null", null, "null"],
    ["a symbol", Symbol("x"), "done"],
    ["a big number", 1n, '{"error":"The function odd failed: Do not know how to serialize a BigInt"}'],
  ])("%s as a result", async (_, result, output) => {
    const set = new ToolSet(functionTool({ name: "odd", execute: () => result }));
    expect((await set.execute([call("odd")]))[0]!.output).toBe(output);
  });

  test("a result that goes in a circle", async () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const [answer] = await new ToolSet(functionTool({ name: "odd", execute: () => circle })).execute([
      call("odd"),
    ]);
    expect(Object.keys(JSON.parse(answer!.output!))).toEqual(["error"]);
  });

  test("an abort is thrown, and told to nobody", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    expect(await thrownBy(new ToolSet(add).execute([call("add")], { signal }))).toBe(signal.reason);
  });

  test("each run of a function is observed", async () => {
    const seen: unknown[] = [];
    const trace = Object.assign(() => undefined, {
      tool: (tool: object) => {
        seen.push(tool);
        return { end: (outcome: object) => seen.push(outcome) };
      },
    });
    await new ToolSet(add).execute([call("add", { a: 1, b: 2 })], { trace });
    expect(seen).toEqual([
      { callId: "call_add", name: "add", description: "Adds.", arguments: '{"a":1,"b":2}' },
      { output: '{"sum":3}' },
    ]);
  });

  test.each([{ toolTimeoutMs: 0 }, { maxParallel: 0 }])("%j is refused", async (options) => {
    expect(await thrownBy(new ToolSet(add).execute([], options))).toBeInstanceOf(TypeError);
  });
});

describe("an agent's tools", () => {
  const sent = async (make: (client: ReturnType<typeof agentsOf>) => PromiseLike<unknown>) => {
    const service = recorder(() => json({ id: "asst_1" }));
    await make(agentsOf(service));
    return service.seen[0]!.body;
  };
  const toolSet = new ToolSet(codeInterpreterTool({ file_ids: ["f"] }));

  test("definitions and resources of a set are sent, with making and with changing", async () => {
    const tools = { tools: toolSet.definitions, tool_resources: toolSet.resources };
    expect(await sent((c) => c.createAgent({ model: "m" }, { toolSet }))).toEqual({ model: "m", ...tools });
    expect(await sent((c) => c.updateAgent("a", { name: "n" }, { toolSet }))).toEqual({
      name: "n",
      ...tools,
    });
  });

  test("a set without resources sends none, and the body's own win", async () => {
    expect(
      await sent((c) => c.createAgent({ model: "m" }, { toolSet: new ToolSet(codeInterpreterTool()) })),
    ).toEqual({ model: "m", tools: [{ type: "code_interpreter" }] });
    const body = { model: "m", tools: [{ type: "file_search" as const }], tool_resources: null };
    expect(await sent((c) => c.createAgent(body, { toolSet }))).toEqual(body);
  });

  test("resources without their tool are refused before anything is sent", () => {
    const service = recorder();
    const client = agentsOf(service);
    const tool_resources = { file_search: { vector_store_ids: ["vs"] } };
    expect(() => client.createAgent({ model: "m", tool_resources })).toThrow(/file_search/);
    expect(() => client.updateAgent("a", { tools: [{ type: "code_interpreter" }], tool_resources })).toThrow(
      TypeError,
    );
    expect(service.seen).toEqual([]);
  });

  test("a list of tools is no tool set", async () => {
    const client = agentsOf(recorder());
    const list = [codeInterpreterTool()] as unknown as ToolSet;
    expect(() => client.createAgent({ model: "m" }, { toolSet: list })).toThrow("toolSet must be a ToolSet.");
    expect(() => client.enableAutoFunctionCalls(list)).toThrow(TypeError);
    expect(() => client.createStream("t", { assistant_id: "a" }, { toolSet: list })).toThrow(TypeError);
    const processed = client.createAndProcessRun("t", { assistant_id: "a" }, { toolSet: list });
    expect(await thrownBy(processed)).toBeInstanceOf(TypeError);
  });

  test("a change of the resources alone is no mistake", async () => {
    const tool_resources = { file_search: { vector_store_ids: ["vs"] } };
    expect(await sent((c) => c.updateAgent("a", { tool_resources }))).toEqual({ tool_resources });
  });
});
