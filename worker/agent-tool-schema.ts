// Tools of agents, and what they work on. Functions run at the caller's; code and file search work on the caller's own
// files. Everything that would use the operator's connections, identity or network is off until it is configured.
import * as v from "valibot";
import type { Config } from "./config.ts";
import {
  asUnderstood,
  atMost,
  between,
  type Entries,
  free,
  isAllowedHost,
  objectId,
  shortText,
  textUpTo,
  whole,
} from "./schema-parts.ts";

export type ToolSettings = Pick<
  Config,
  "limits" | "upstreams" | "serverTools" | "mcpHosts" | "openApiHosts" | "queueHosts" | "dataAssets"
>;

const MAX_FILES = 10_000;
const MAX_CODE_FILES = 20;

export const files = (most: number) => atMost(most, "files", v.array(objectId));

const functionDefinition = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[\w-]{1,64}$/, "must be 1 to 64 letters, digits, dashes or underscores"),
  ),
  description: v.nullish(v.string()),
  parameters: free,
  strict: v.nullish(v.boolean()),
});

// The name of a connection, or its id at the service; which of them there are depends on the project.
const connection = textUpTo(1024);
const connections = atMost(1, "connection", v.array(v.strictObject({ connection_id: connection })));
const searches = (more: Entries) =>
  atMost(1, "configuration", v.array(v.strictObject({ connection_id: connection, ...more })));

/** Tools by connection, offered once any project has a connection to offer. */
function byConnection(): Readonly<Record<string, Entries>> {
  const paging = {
    market: v.nullish(shortText),
    set_lang: v.nullish(shortText),
    count: v.nullish(whole(1, 50)),
    freshness: v.nullish(shortText),
  };
  const only = v.strictObject({ connections });
  return {
    bing_grounding: {
      bing_grounding: v.strictObject({
        connections: v.nullish(connections),
        search_configurations: v.nullish(searches(paging)),
      }),
    },
    bing_custom_search: {
      bing_custom_search: v.strictObject({
        search_configurations: searches({ ...paging, instance_name: shortText }),
      }),
    },
    azure_ai_search: {},
    sharepoint_grounding: { sharepoint_grounding: only },
    fabric_aiskill: { fabric_aiskill: only },
    fabric_dataagent: { fabric_dataagent: only },
  };
}

export function agentTool(settings: ToolSettings): v.GenericSchema {
  const { serverTools, mcpHosts, queueHosts } = settings;
  const connected = [...settings.upstreams.values()].some((one) => one.connections.size > 0);
  const queue = v.strictObject({
    type: v.literal("storage_queue"),
    storage_queue: v.strictObject({
      queue_service_endpoint: hostIn(queueHosts, "must name a storage queue that is enabled here"),
      queue_name: shortText,
    }),
  });
  const known: Readonly<Record<string, Entries>> = {
    function: { function: functionDefinition },
    code_interpreter: {},
    file_search: {
      file_search: v.nullish(
        v.strictObject({
          max_num_results: v.nullish(whole(1, 50)),
          ranking_options: v.nullish(v.strictObject({ ranker: shortText, score_threshold: between(0, 1) })),
        }),
      ),
    },
    connected_agent: {
      connected_agent: v.strictObject({ id: objectId, name: shortText, description: v.nullish(v.string()) }),
    },
    openapi: { openapi: openApi(settings) },
    ...(connected ? byConnection() : {}),
    ...(serverTools.has("mcp")
      ? {
          mcp: {
            server_label: shortText,
            server_url: hostIn(mcpHosts, "must name an MCP server that is enabled here"),
            allowed_tools: v.nullish(atMost(256, "tools", v.array(shortText))),
          },
        }
      : {}),
    ...(serverTools.has("azure_function")
      ? {
          azure_function: {
            azure_function: v.strictObject({
              function: functionDefinition,
              input_binding: queue,
              output_binding: queue,
            }),
          },
        }
      : {}),
  };
  const types = Object.entries(known).map(
    ([type, entries]) => [type, v.strictObject({ type: v.literal(type), ...entries })] as const,
  );
  const schemas = new Map<unknown, v.GenericSchema>(types);
  const none = v.strictObject({
    type: v.pipe(
      v.string(),
      v.check(() => false, "is not a tool enabled here"),
    ),
  });
  return v.lazy((tool) => schemas.get(Object(tool).type) ?? none);
}

function hostIn(hosts: ReadonlySet<string>, message: string) {
  return v.pipe(
    v.string(),
    v.check((url) => isAllowedHost(url, hosts), message),
    v.transform(asUnderstood),
  );
}

/** What the service would call by itself: without a credential of the operator's, and at enabled hosts only. */
function openApi({ openApiHosts }: ToolSettings) {
  return v.strictObject({
    name: shortText,
    description: v.nullish(v.string()),
    spec: v.pipe(
      free as v.GenericSchema<unknown, Record<string, unknown>>,
      v.check(
        (spec) => isServedBy(spec, openApiHosts),
        "must name servers that are enabled here, and nothing else",
      ),
    ),
    auth: v.strictObject({
      type: v.picklist(["anonymous"], "must be anonymous: connections and identities are not lent here"),
    }),
    default_params: v.nullish(atMost(64, "names", v.array(shortText))),
  });
}

/** Addresses may stand at the top, at a path or at an operation, and references may lead out of the document. */
function isServedBy(spec: Record<string, unknown>, hosts: ReadonlySet<string>): boolean {
  const { servers, swagger, host, paths } = spec;
  if (swagger !== undefined || host !== undefined || !Array.isArray(servers) || servers.length === 0)
    return false;
  // A path is written behind its server's address, so one without its slash would write the host on.
  if (!Object.keys(Object(paths)).every((path) => /^\/(?![/\\])/.test(path))) return false;
  return addressesIn(spec).every(
    (url) => typeof url === "string" && !/[{}]/.test(url) && isAllowedHost(url, hosts),
  );
}

function addressesIn(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, one]): unknown[] => {
    if (member === "servers" && Array.isArray(one)) return one.map((server) => Object(server).url);
    // A server that stands alone is that of a link.
    if (member === "server" && typeof one === "object") return [Object(one).url];
    const leads = member === "$ref" || member === "operationRef" || member === "externalValue";
    if (leads && typeof one === "string") return one.startsWith("#") ? [] : [one, undefined];
    return addressesIn(one);
  });
}

const dataSource = ({ dataAssets }: ToolSettings) =>
  v.strictObject({
    uri: v.pipe(
      v.string(),
      v.check((uri) => dataAssets.has(uri), "must be data that is enabled here"),
    ),
    type: v.picklist(["uri_asset", "id_asset"]),
  });

export const dataSources = (settings: ToolSettings) =>
  atMost(100, "data sources", v.array(dataSource(settings)));
export const oneDataSource = dataSource;

export const storeConfiguration = (settings: ToolSettings) =>
  v.strictObject({ data_sources: dataSources(settings) });

/** Headers go to an enabled MCP server, and to no other: the service knows it by the label of its tool. */
export const mcpHeaders = v.nullish(atMost(32, "headers", v.record(shortText, textUpTo(8192))));
const mcpNames = v.strictObject({ tool_names: v.nullish(atMost(256, "tools", v.array(shortText))) });
const mcpResources = atMost(
  32,
  "servers",
  v.array(
    v.strictObject({
      server_label: shortText,
      headers: mcpHeaders,
      require_approval: v.nullish(
        v.union([
          v.picklist(["always", "never"]),
          v.strictObject({ always: v.nullish(mcpNames), never: v.nullish(mcpNames) }),
        ]),
      ),
    }),
  ),
);

const mcpEntries = ({ serverTools }: ToolSettings): Entries =>
  serverTools.has("mcp") ? { mcp: v.nullish(mcpResources) } : {};

export const toolResources = (settings: ToolSettings): v.GenericSchema =>
  v.strictObject({
    code_interpreter: v.nullish(
      v.strictObject({
        file_ids: v.nullish(files(MAX_CODE_FILES)),
        data_sources: v.nullish(dataSources(settings)),
      }),
    ),
    file_search: v.nullish(
      v.strictObject({
        vector_store_ids: v.nullish(atMost(1, "vector store", v.array(objectId))),
        vector_stores: v.nullish(
          atMost(
            1,
            "vector store",
            v.array(
              v.strictObject({
                name: v.nullish(shortText),
                configuration: v.nullish(storeConfiguration(settings)),
                file_ids: v.nullish(files(MAX_FILES)),
              }),
            ),
          ),
        ),
      }),
    ),
    ...mcpEntries(settings),
    azure_ai_search: v.nullish(
      v.strictObject({
        indexes: v.nullish(
          atMost(
            1,
            "index",
            v.array(
              v.strictObject({
                index_connection_id: connection,
                index_name: shortText,
                query_type: v.nullish(shortText),
                top_k: v.nullish(whole(1, 50)),
                filter: v.nullish(textUpTo(4096)),
              }),
            ),
          ),
        ),
      }),
    ),
  });
