/** A response as a whole, and what it's asked for, under the wire's names. Contract: Azure OpenAI v1, OpenAI. */
import type { ContentFilterResults } from "../chat/content-filter.ts";
import type { ResponseInputItem, ResponseOutputItem } from "./response-items.ts";

/** A function that the model may call; flat here, unlike in chats. */
export interface ResponseFunctionTool {
  type: "function";
  name: string;
  description?: string | null;
  parameters: Record<string, unknown> | null;
  strict: boolean | null;
}

export type ResponseTool =
  | ResponseFunctionTool
  | {
      type: "file_search";
      vector_store_ids: string[];
      max_num_results?: number;
      filters?: Record<string, unknown> | null;
      ranking_options?: Record<string, unknown>;
    }
  | {
      type: "web_search" | "web_search_preview";
      user_location?: Record<string, unknown> | null;
      search_context_size?: "low" | "medium" | "high";
      filters?: Record<string, unknown> | null;
    }
  | { type: "code_interpreter"; container: string | { type: "auto"; file_ids?: string[] } }
  | { type: "image_generation"; [member: string]: unknown }
  | {
      type: "mcp";
      server_label: string;
      server_url?: string;
      headers?: Record<string, string> | null;
      allowed_tools?: string[] | Record<string, unknown> | null;
      require_approval?: "always" | "never" | Record<string, unknown> | null;
      server_description?: string;
      authorization?: string;
      connector_id?: string;
    }
  | {
      type: "computer_use_preview";
      display_height: number;
      display_width: number;
      environment: "windows" | "mac" | "linux" | "ubuntu" | "browser";
    }
  | { type: "custom"; name: string; description?: string; format?: Record<string, unknown> }
  | { type: "local_shell" };

export type ResponseToolChoice =
  | "none"
  | "auto"
  | "required"
  | { type: "function" | "custom"; name: string }
  | { type: "mcp"; server_label: string; name?: string | null }
  | { type: "allowed_tools"; mode: "auto" | "required"; tools: Record<string, unknown>[] }
  | {
      type:
        | "file_search"
        | "web_search_preview"
        | "computer_use_preview"
        | "code_interpreter"
        | "image_generation";
    };

export interface ResponseTextConfig {
  format?:
    | { type: "text" }
    | { type: "json_object" }
    | {
        type: "json_schema";
        name: string;
        schema: Record<string, unknown>;
        description?: string;
        strict?: boolean | null;
      };
  verbosity?: "low" | "medium" | "high" | null;
}

/** What a response may hold beside what it always does. */
export type ResponseIncludable =
  | "file_search_call.results"
  | "web_search_call.results"
  | "web_search_call.action.sources"
  | "message.input_image.image_url"
  | "computer_call_output.output.image_url"
  | "code_interpreter_call.outputs"
  | "reasoning.encrypted_content"
  | "message.output_text.logprobs";

export interface ResponseReasoning {
  effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | (string & {}) | null;
  summary?: "auto" | "concise" | "detailed" | null;
}

export interface ResponseCreateParamsBase {
  /** The model; for Azure OpenAI the deployment. */
  model?: string;
  input?: string | ResponseInputItem[];
  /** Replaces those of the response before. */
  instructions?: string | null;
  /** Goes on from there. Not with `conversation`. */
  previous_response_id?: string | null;
  /** Reads from the conversation, and writes to it. */
  conversation?: string | { id: string } | null;
  tools?: ResponseTool[];
  tool_choice?: ResponseToolChoice;
  parallel_tool_calls?: boolean | null;
  text?: ResponseTextConfig;
  reasoning?: ResponseReasoning | null;
  /** At least 16. */
  max_output_tokens?: number | null;
  max_tool_calls?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  top_logprobs?: number | null;
  truncation?: "auto" | "disabled" | null;
  include?: ResponseIncludable[] | null;
  /** Service default true. */
  store?: boolean | null;
  /** Answers at once with a response that is `queued`; wait for it with `responses.poll()`. */
  background?: boolean | null;
  stream_options?: { include_obfuscation?: boolean } | null;
  metadata?: Record<string, string> | null;
  user?: string;
  safety_identifier?: string;
  prompt_cache_key?: string;
  service_tier?: string | null;
  prompt?: { id: string; version?: string | null; variables?: Record<string, unknown> | null } | null;
  /** The agent that answers, on an Azure AI project's endpoint. Default: its latest version. */
  agent_reference?: AgentReference;
  /** The same under the name that the service had for it first. */
  agent?: AgentReference;
}
/** An agent of an Azure AI project, by its name. */
export interface AgentReference {
  type: "agent_reference";
  name: string;
  version?: string;
}
export interface ResponseCreateParamsNonStreaming extends ResponseCreateParamsBase {
  stream?: false | null;
}
export interface ResponseCreateParamsStreaming extends ResponseCreateParamsBase {
  stream: true;
}
export type ResponseCreateParams = ResponseCreateParamsNonStreaming | ResponseCreateParamsStreaming;

export type ResponseStatus = "completed" | "failed" | "in_progress" | "cancelled" | "queued" | "incomplete";

export interface ResponseUsage {
  input_tokens: number;
  input_tokens_details?: { cached_tokens: number };
  output_tokens: number;
  output_tokens_details?: { reasoning_tokens: number };
  total_tokens: number;
}

/** A response. Whether the model came to an end, `status` says: one that failed is an answer too, and no error here. */
export interface ModelResponse {
  id: string;
  object: "response";
  created_at: number;
  completed_at?: number | null;
  status?: ResponseStatus;
  /** Why the status is `failed`. */
  error: { code: string; message: string } | null;
  /** Why the status is `incomplete`. */
  incomplete_details: { reason?: "max_output_tokens" | "content_filter" } | null;
  instructions?: string | ResponseInputItem[] | null;
  model: string;
  output: ResponseOutputItem[];
  /** All text of the output in one piece; put together here, not sent. */
  output_text: string;
  parallel_tool_calls?: boolean;
  previous_response_id?: string | null;
  conversation?: { id: string } | null;
  reasoning?: ResponseReasoning | null;
  temperature?: number | null;
  top_p?: number | null;
  text?: ResponseTextConfig;
  tool_choice?: ResponseToolChoice;
  tools?: ResponseTool[];
  truncation?: "auto" | "disabled" | null;
  max_output_tokens?: number | null;
  usage?: ResponseUsage | null;
  metadata?: Record<string, string> | null;
  background?: boolean | null;
  store?: boolean | null;
  service_tier?: string | null;
  user?: string | null;
  /** Azure OpenAI: verdicts on the prompt and on the output. */
  content_filters?:
    | { blocked?: boolean; source_type?: string; content_filter_results?: ContentFilterResults }[]
    | null;
}
