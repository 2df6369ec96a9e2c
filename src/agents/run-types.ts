/** Runs, in the wire's form. */
import type { Metadata, ResponseFormat, ThreadCreateParams } from "./agent-types.ts";
import type { MessageCreateParams } from "./message-types.ts";
import type { ToolDefinition, ToolResources } from "./tool-types.ts";

/** More of a step than is sent without being asked for. */
export type RunStepIncludable = "step_details.tool_calls[*].file_search.results[*].content" | (string & {});

export type ToolChoice =
  | "none"
  | "auto"
  | {
      type:
        | "function"
        | "code_interpreter"
        | "file_search"
        | "bing_grounding"
        | "fabric_aiskill"
        | "fabric_dataagent"
        | "sharepoint_grounding"
        | "azure_ai_search"
        | "connected_agent"
        | (string & {});
      function?: { name: string };
    };

export interface TruncationStrategy {
  type: "auto" | "last_messages";
  last_messages?: number | null;
}

/** What a run may lay over its agent. `null` leaves it as the agent has it. */
interface RunOverrides {
  /** The id of the agent that runs. */
  assistant_id: string;
  model?: string | null;
  instructions?: string | null;
  tools?: ToolDefinition[] | null;
  tool_resources?: ToolResources | null;
  temperature?: number | null;
  top_p?: number | null;
  max_prompt_tokens?: number | null;
  max_completion_tokens?: number | null;
  truncation_strategy?: TruncationStrategy | null;
  tool_choice?: ToolChoice | null;
  response_format?: ResponseFormat | null;
  parallel_tool_calls?: boolean;
  metadata?: Metadata | null;
}

export interface RunCreateParams extends RunOverrides {
  additional_instructions?: string | null;
  additional_messages?: MessageCreateParams[] | null;
}

export interface ThreadAndRunCreateParams extends RunOverrides {
  /** The thread to make. Default: an empty one. */
  thread?: ThreadCreateParams;
}

export interface RunUpdateParams {
  metadata?: Metadata | null;
}

/** A call of a function that waits for its output. */
export interface RequiredFunctionCall {
  id: string;
  type: "function";
  /** `arguments` is JSON, as the model wrote it. */
  function: { name: string; arguments: string };
}
/** A call of an MCP server that waits for approval. Preview. */
export interface RequiredMcpCall {
  id: string;
  type: "mcp";
  name?: string;
  arguments?: string;
  server_label?: string;
}
export type RequiredAction =
  | { type: "submit_tool_outputs"; submit_tool_outputs: { tool_calls: RequiredFunctionCall[] } }
  | { type: "submit_tool_approval"; submit_tool_approval: { tool_calls: RequiredMcpCall[] } };

export interface ToolOutput {
  tool_call_id?: string;
  output?: string;
}

export interface ToolOutputsParams {
  tool_outputs?: ToolOutput[];
  /** For calls of MCP servers. Preview. */
  tool_approvals?: { tool_call_id: string; approve: boolean; headers?: Record<string, string> }[];
}

export type RunStatus =
  | "queued"
  | "in_progress"
  | "requires_action"
  | "cancelling"
  | "cancelled"
  | "failed"
  | "completed"
  | "incomplete"
  | "expired";

export interface RunUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export interface ThreadRun {
  id: string;
  object: "thread.run";
  thread_id: string;
  assistant_id: string;
  status: RunStatus;
  /** What the run waits for, with the status `requires_action`. */
  required_action?: RequiredAction | null;
  /** Why it failed. */
  last_error: { code: string; message: string } | null;
  model: string;
  instructions: string;
  tools: ToolDefinition[];
  created_at: number;
  expires_at: number | null;
  started_at: number | null;
  completed_at: number | null;
  cancelled_at: number | null;
  failed_at: number | null;
  incomplete_details: { reason: "max_completion_tokens" | "max_prompt_tokens" | (string & {}) } | null;
  /** Once the run has ended. */
  usage: RunUsage | null;
  temperature?: number | null;
  top_p?: number | null;
  max_prompt_tokens: number | null;
  max_completion_tokens: number | null;
  truncation_strategy: TruncationStrategy | null;
  tool_choice: ToolChoice | null;
  response_format: ResponseFormat | null;
  metadata: Metadata | null;
  tool_resources?: ToolResources | null;
  parallel_tool_calls: boolean;
}
