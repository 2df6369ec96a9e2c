/** Makers of the tools that the service runs by itself: definitions and resources in the wire's form. */
import type {
  AISearchIndex,
  AzureFunction,
  BingSearchConfiguration,
  CodeInterpreterResource,
  ConnectedAgent,
  FileSearchResource,
  FileSearchToolDefinition,
  McpResource,
  McpToolDefinition,
  OpenApiFunction,
  ToolDefinition,
  ToolResources,
} from "./tool-types.ts";

/** A tool that the service runs: `definitions` go to `tools`, `resources` to `tool_resources`. */
export interface HostedAgentTool<D extends ToolDefinition = ToolDefinition> {
  /** One at least, all of one type. */
  definitions: D[];
  resources?: ToolResources;
  execute?: never;
}

/**
 * Lets the agent write and run Python.
 *
 * @throws {TypeError} for both `file_ids` and `data_sources`, and for more than 20 files.
 */
export function codeInterpreterTool(
  resource: CodeInterpreterResource = {},
): HostedAgentTool<{ type: "code_interpreter" }> {
  const { file_ids, data_sources } = resource;
  if (file_ids && data_sources) throw new TypeError("Give file_ids or data_sources, not both.");
  atMost(20, { file_ids });
  return hosted(
    [{ type: "code_interpreter" }],
    file_ids || data_sources ? { code_interpreter: resource } : {},
  );
}

/**
 * Lets the agent search a vector store.
 *
 * @param details how many results, and how they are ranked.
 * @throws {TypeError} for more than one store.
 */
export function fileSearchTool(
  resource: FileSearchResource = {},
  details?: FileSearchToolDefinition["file_search"],
): HostedAgentTool<FileSearchToolDefinition> {
  const { vector_store_ids, vector_stores } = resource;
  atMost(1, { vector_store_ids, vector_stores });
  return hosted(
    [{ type: "file_search", ...(details && { file_search: details }) }],
    vector_store_ids || vector_stores ? { file_search: resource } : {},
  );
}

/**
 * Lets the agent search the web by Bing, by today's `search_configurations`. For a connection-string project give the
 * definition itself: `{ definitions: [{ type: "bing_grounding", bing_grounding: { connections: [{ connection_id }] } }] }`.
 *
 * @param configurations ids of connections, or more about each search.
 */
export function bingGroundingTool(
  ...configurations: (string | BingSearchConfiguration)[]
): HostedAgentTool<Extract<ToolDefinition, { type: "bing_grounding" }>> {
  const search_configurations = configurations.map((given) =>
    typeof given === "string" ? { connection_id: given } : given,
  );
  atLeastOne(search_configurations);
  return hosted([{ type: "bing_grounding", bing_grounding: { search_configurations } }]);
}

/** Lets the agent search an index of Azure AI Search. */
export function azureAISearchTool(index: AISearchIndex): HostedAgentTool<{ type: "azure_ai_search" }> {
  return hosted([{ type: "azure_ai_search" }], { azure_ai_search: { indexes: [index] } });
}

/** Lets the agent call HTTP APIs that are described by OpenAPI documents. */
export function openApiTool(
  ...apis: OpenApiFunction[]
): HostedAgentTool<Extract<ToolDefinition, { type: "openapi" }>> {
  atLeastOne(apis);
  return hosted(apis.map((openapi) => ({ type: "openapi", openapi })));
}

/** Lets the agent call functions of Azure Functions by storage queues. */
export function azureFunctionTool(
  ...functions: AzureFunction[]
): HostedAgentTool<Extract<ToolDefinition, { type: "azure_function" }>> {
  atLeastOne(functions);
  return hosted(functions.map((azure_function) => ({ type: "azure_function", azure_function })));
}

/** Lets the agent search SharePoint. */
export function sharepointTool(
  ...connectionIds: string[]
): HostedAgentTool<Extract<ToolDefinition, { type: "sharepoint_grounding" }>> {
  return hosted([{ type: "sharepoint_grounding", sharepoint_grounding: connections(connectionIds) }]);
}

/**
 * Lets the agent ask Microsoft Fabric.
 *
 * @param options `era: true` uses `fabric_aiskill`, the name in projects of connection strings.
 */
export function fabricTool(
  connectionIds: string | readonly string[],
  { era = false }: { era?: boolean } = {},
): HostedAgentTool<Extract<ToolDefinition, { type: "fabric_dataagent" | "fabric_aiskill" }>> {
  const body = connections([connectionIds].flat());
  return hosted([
    era
      ? { type: "fabric_aiskill", fabric_aiskill: body }
      : { type: "fabric_dataagent", fabric_dataagent: body },
  ]);
}

/** Lets the agent ask other agents. */
export function connectedAgentTool(
  ...agents: ConnectedAgent[]
): HostedAgentTool<Extract<ToolDefinition, { type: "connected_agent" }>> {
  atLeastOne(agents);
  return hosted(agents.map((connected_agent) => ({ type: "connected_agent", connected_agent })));
}

/**
 * Lets the agent call the tools of MCP servers (preview). Headers and approval are resources, which go with a run:
 * `createRun(threadId, { assistant_id, tool_resources: tool.resources })`.
 */
export function mcpTool(
  ...servers: (Omit<McpToolDefinition, "type"> & Omit<McpResource, "server_label">)[]
): HostedAgentTool<McpToolDefinition> {
  atLeastOne(servers);
  const resources = servers.flatMap(({ server_label, headers, require_approval }) =>
    headers || require_approval
      ? [{ server_label, ...(headers && { headers }), ...(require_approval && { require_approval }) }]
      : [],
  );
  return hosted(
    servers.map(({ headers: _, require_approval: __, ...server }) => ({ type: "mcp", ...server })),
    resources.length ? { mcp: resources } : {},
  );
}

/**
 * @throws {TypeError} when `tool_resources` has something for a tool that isn't among `tools`: the service would take it,
 *   and never use it.
 */
export function checkResources(
  tools: readonly { type: string }[] | null | undefined,
  resources: ToolResources | null | undefined,
): void {
  for (const type of ["code_interpreter", "file_search"] as const) {
    if (resources?.[type] && !tools?.some((tool) => tool.type === type))
      throw new TypeError(`tool_resources has ${type}, but tools has no tool of that type.`);
  }
}

function hosted<D extends ToolDefinition>(
  definitions: D[],
  resources: ToolResources = {},
): HostedAgentTool<D> {
  return { definitions, resources };
}

function connections(ids: readonly string[]) {
  atLeastOne(ids);
  return { connections: ids.map((connection_id) => ({ connection_id })) };
}

function atLeastOne(given: readonly unknown[]): void {
  if (given.length === 0) throw new TypeError("A tool needs something to work with: give at least one.");
}

function atMost(most: number, given: Record<string, unknown[] | undefined>): void {
  for (const [name, list] of Object.entries(given)) {
    if (list && list.length > most) throw new TypeError(`${name} takes ${most} at most.`);
  }
}
