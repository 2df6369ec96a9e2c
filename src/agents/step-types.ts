/** The steps of a run, in the wire's form, whole and as deltas. */
import type { AgentListParams, Metadata } from "./agent-types.ts";
import type { RunStepIncludable, RunUsage } from "./run-types.ts";
import type { FileSearchRankingOptions } from "./tool-types.ts";

export interface RunStepListParams extends AgentListParams {
  include?: RunStepIncludable[];
}

export interface FileSearchResult {
  file_id: string;
  file_name: string;
  score: number;
  /** Only when it's included. */
  content?: { type: "text"; text: string }[];
}
export type CodeInterpreterOutput =
  | { type: "logs"; logs: string }
  | { type: "image"; image: { file_id: string } };

interface StepCall<Type extends string> {
  id: string;
  type: Type;
}
export interface CodeInterpreterStepCall extends StepCall<"code_interpreter"> {
  code_interpreter: { input: string; outputs: CodeInterpreterOutput[] };
}
export interface FileSearchStepCall extends StepCall<"file_search"> {
  file_search: { ranking_options?: FileSearchRankingOptions; results: FileSearchResult[] };
}
export interface FunctionStepCall extends StepCall<"function"> {
  function: { name: string; arguments: string; output?: string | null };
}
/** What the other tools tell of themselves: texts under the tool's own name. */
export interface HostedStepCall
  extends StepCall<
    | "bing_grounding"
    | "bing_custom_search"
    | "azure_ai_search"
    | "sharepoint_grounding"
    | "fabric_aiskill"
    | "fabric_dataagent"
    | "openapi"
    | "azure_function"
    | "connected_agent"
    | "mcp"
  > {
  [member: string]: unknown;
}
export type RunStepCall = CodeInterpreterStepCall | FileSearchStepCall | FunctionStepCall | HostedStepCall;

export type RunStepDetails =
  | { type: "message_creation"; message_creation: { message_id: string } }
  | { type: "tool_calls"; tool_calls: RunStepCall[] };

export interface RunStep {
  id: string;
  object: "thread.run.step";
  type: "message_creation" | "tool_calls";
  assistant_id: string;
  thread_id: string;
  run_id: string;
  status: "in_progress" | "cancelled" | "failed" | "completed" | "expired";
  step_details: RunStepDetails;
  last_error: { code: "server_error" | "rate_limit_exceeded" | (string & {}); message: string } | null;
  created_at: number;
  expired_at: number | null;
  completed_at: number | null;
  cancelled_at: number | null;
  failed_at: number | null;
  usage?: RunUsage | null;
  metadata: Metadata | null;
}

/** A call as it streams; which members it has depends on its type. */
export interface RunStepDeltaCall {
  index: number;
  id?: string;
  type: RunStepCall["type"];
  function?: { name?: string; arguments?: string; output?: string | null };
  code_interpreter?: {
    input?: string;
    outputs?: (
      | { index: number; type: "logs"; logs?: string }
      | { index: number; type: "image"; image?: { file_id?: string } }
    )[];
  };
  file_search?: { ranking_options?: FileSearchRankingOptions; results?: FileSearchResult[] };
  [member: string]: unknown;
}

/** What is added to a step. */
export interface RunStepDeltaChunk {
  /** The step's. */
  id: string;
  object: "thread.run.step.delta";
  delta: {
    step_details?:
      | { type: "message_creation"; message_creation?: { message_id?: string } }
      | { type: "tool_calls"; tool_calls?: RunStepDeltaCall[] };
  };
}
