/** The tools of agents in the wire's form: definitions (discriminated by `type`) and resources. */
import type { JsonSchema } from "../tools/schema.ts";

/** A function in a definition. */
export interface FunctionDefinition {
  name: string;
  description?: string | null;
  /** The arguments as a JSON schema. */
  parameters?: Record<string, unknown> | JsonSchema;
  strict?: boolean | null;
}
export interface FunctionToolDefinition {
  type: "function";
  function: FunctionDefinition;
}
export interface CodeInterpreterToolDefinition {
  type: "code_interpreter";
}
export interface FileSearchRankingOptions {
  ranker: string;
  score_threshold: number;
}
export interface FileSearchToolDefinition {
  type: "file_search";
  file_search?: { max_num_results?: number; ranking_options?: FileSearchRankingOptions };
}
export interface ToolConnection {
  connection_id: string;
}
export interface BingSearchConfiguration extends ToolConnection {
  market?: string;
  set_lang?: string;
  /** Results for each query. Default of the service: 5. */
  count?: number;
  freshness?: string;
}
/** `search_configurations` is today's form, `connections` that of the connection-string era. */
export interface BingGroundingToolDefinition {
  type: "bing_grounding";
  bing_grounding: { search_configurations: BingSearchConfiguration[] } | { connections: ToolConnection[] };
}
export interface BingCustomSearchToolDefinition {
  type: "bing_custom_search";
  bing_custom_search: {
    search_configurations: (BingSearchConfiguration & { instance_name: string })[];
  };
}
export interface AzureAISearchToolDefinition {
  type: "azure_ai_search";
}
export type OpenApiAuth =
  | { type: "anonymous" }
  | { type: "connection"; security_scheme: { connection_id: string } }
  | { type: "managed_identity"; security_scheme: { audience: string } };
export interface OpenApiFunction {
  name: string;
  description?: string;
  /** The OpenAPI document. */
  spec: unknown;
  auth: OpenApiAuth;
  default_params?: string[];
  /** What the service found in the document; not to be sent. */
  functions?: FunctionDefinition[];
}
export interface OpenApiToolDefinition {
  type: "openapi";
  openapi: OpenApiFunction;
}
export interface AzureFunctionBinding {
  type: "storage_queue";
  storage_queue: { queue_service_endpoint: string; queue_name: string };
}
export interface AzureFunction {
  function: FunctionDefinition;
  input_binding: AzureFunctionBinding;
  output_binding: AzureFunctionBinding;
}
export interface AzureFunctionToolDefinition {
  type: "azure_function";
  azure_function: AzureFunction;
}
export interface SharepointToolDefinition {
  type: "sharepoint_grounding";
  sharepoint_grounding: { connections: ToolConnection[] };
}
/** `fabric_aiskill` is the name of the connection-string era, `fabric_dataagent` today's. */
export type FabricToolDefinition =
  | { type: "fabric_dataagent"; fabric_dataagent: { connections: ToolConnection[] } }
  | { type: "fabric_aiskill"; fabric_aiskill: { connections: ToolConnection[] } };
export interface ConnectedAgent {
  /** The other agent's id. */
  id: string;
  /** By which the model calls it: letters and underscores. */
  name: string;
  /** When to call it. */
  description: string;
}
export interface ConnectedAgentToolDefinition {
  type: "connected_agent";
  connected_agent: ConnectedAgent;
}
/** Preview. */
export interface McpToolDefinition {
  type: "mcp";
  server_label: string;
  server_url: string;
  allowed_tools?: string[];
}
/** A tool whose members this package doesn't know, as those in preview; `(unknown)` stands for any other name. */
export interface OtherToolDefinition {
  type:
    | "deep_research"
    | "browser_automation"
    | "computer_use_preview"
    | "image_generation"
    | `(unknown) ${string}`;
  [member: string]: unknown;
}

/** What an agent may use. */
export type ToolDefinition =
  | FunctionToolDefinition
  | CodeInterpreterToolDefinition
  | FileSearchToolDefinition
  | BingGroundingToolDefinition
  | BingCustomSearchToolDefinition
  | AzureAISearchToolDefinition
  | OpenApiToolDefinition
  | AzureFunctionToolDefinition
  | SharepointToolDefinition
  | FabricToolDefinition
  | ConnectedAgentToolDefinition
  | McpToolDefinition
  | OtherToolDefinition;

/** Data in Azure that wasn't uploaded as a file. */
export interface VectorStoreDataSource {
  uri: string;
  type: "uri_asset" | "id_asset";
}
export interface VectorStoreConfiguration {
  data_sources: VectorStoreDataSource[];
}
export interface CodeInterpreterResource {
  /** 20 at most. */
  file_ids?: string[];
  data_sources?: VectorStoreDataSource[];
}
export interface FileSearchResource {
  /** One at most. */
  vector_store_ids?: string[];
  /** One at most. */
  vector_stores?: { name: string; configuration: VectorStoreConfiguration }[];
}
export interface AISearchIndex {
  index_connection_id?: string;
  index_name?: string;
  query_type?: "simple" | "semantic" | "vector" | "vector_simple_hybrid" | "vector_semantic_hybrid";
  /** Default of the service: 5. */
  top_k?: number;
  filter?: string;
  index_asset_id?: string;
}
/** Preview. */
export interface McpResource {
  server_label: string;
  /** Sent to the server with each of its calls; they may hold its key. */
  headers?: Record<string, string>;
  require_approval?: "always" | "never" | object;
}

/** What the tools work on. */
export interface ToolResources {
  code_interpreter?: CodeInterpreterResource;
  file_search?: FileSearchResource;
  /** One index at most. */
  azure_ai_search?: { indexes?: AISearchIndex[] };
  mcp?: McpResource[];
}
