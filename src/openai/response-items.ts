/**
 * What goes into a response and comes out of it, item by item, under the wire's names. Contract: `/responses` and
 * `/conversations` of Azure OpenAI v1 and of OpenAI. A service sends what is newer than these types too; it's kept.
 */

/**
 * Stands for a type that this package doesn't know yet. The text is whatever the service sent; the pattern only keeps the
 * known types apart from it, so that a comparison with one of them narrows. Compare it as `String(type)`.
 */
export type UnknownType = `(unknown) ${string}`;

export interface UnknownItem {
  type: UnknownType;
  id?: string;
  [member: string]: unknown;
}

export type ItemStatus = "in_progress" | "completed" | "incomplete";

export type Annotation =
  | { type: "url_citation"; start_index: number; end_index: number; url: string; title: string }
  | { type: "file_citation"; file_id: string; filename?: string; index: number }
  | {
      type: "container_file_citation";
      container_id: string;
      file_id: string;
      filename: string;
      start_index: number;
      end_index: number;
    }
  | { type: "file_path"; file_id: string; index: number };

export interface OutputText {
  type: "output_text";
  text: string;
  annotations: Annotation[];
  logprobs?: unknown[];
}
export interface OutputRefusal {
  type: "refusal";
  refusal: string;
}
export interface ReasoningText {
  type: "reasoning_text";
  text: string;
}
export interface SummaryText {
  type: "summary_text";
  text: string;
}
export type OutputContent = OutputText | OutputRefusal;

export interface OutputMessage {
  type: "message";
  id: string;
  role: "assistant";
  status: ItemStatus;
  content: OutputContent[];
}
/** The model calls a function. `arguments` is JSON as the model wrote it, so it may be wrong JSON. */
export interface FunctionCall {
  type: "function_call";
  id?: string;
  call_id: string;
  name: string;
  arguments: string;
  status?: ItemStatus;
}
export interface FunctionCallOutput {
  type: "function_call_output";
  id?: string;
  call_id: string;
  output: string | InputContent[];
  status?: ItemStatus;
}
export interface CustomToolCall {
  type: "custom_tool_call";
  id?: string;
  call_id: string;
  name: string;
  input: string;
}
export interface CustomToolCallOutput {
  type: "custom_tool_call_output";
  id?: string;
  call_id: string;
  output: string | InputContent[];
}
export interface ReasoningItem {
  type: "reasoning";
  id: string;
  summary: SummaryText[];
  content?: ReasoningText[];
  encrypted_content?: string | null;
  status?: ItemStatus;
}
export interface FileSearchCall {
  type: "file_search_call";
  id: string;
  queries: string[];
  status: "in_progress" | "searching" | "completed" | "incomplete" | "failed";
  results?:
    | { file_id?: string; filename?: string; score?: number; text?: string; attributes?: object | null }[]
    | null;
}
export interface WebSearchCall {
  type: "web_search_call";
  id: string;
  status: "in_progress" | "searching" | "completed" | "failed";
  action?: Record<string, unknown>;
}
export interface CodeInterpreterCall {
  type: "code_interpreter_call";
  id: string;
  code: string | null;
  container_id: string;
  status: "in_progress" | "interpreting" | "completed" | "incomplete" | "failed";
  outputs: ({ type: "logs"; logs: string } | { type: "image"; url: string })[] | null;
}
export interface ImageGenerationCall {
  type: "image_generation_call";
  id: string;
  status: "in_progress" | "generating" | "completed" | "failed";
  /** Base64. */
  result: string | null;
}
export interface ComputerCall {
  type: "computer_call";
  id: string;
  call_id: string;
  action: Record<string, unknown>;
  pending_safety_checks: { id: string; code?: string | null; message?: string | null }[];
  status: ItemStatus;
}
export interface LocalShellCall {
  type: "local_shell_call";
  id: string;
  call_id: string;
  action: Record<string, unknown>;
  status: ItemStatus;
}
export interface McpListTools {
  type: "mcp_list_tools";
  id: string;
  server_label: string;
  tools: { name: string; description?: string | null; input_schema: unknown; annotations?: unknown }[];
  error?: string | null;
}
export interface McpCall {
  type: "mcp_call";
  id: string;
  server_label: string;
  name: string;
  arguments: string;
  output?: string | null;
  error?: string | null;
}
export interface McpApprovalRequest {
  type: "mcp_approval_request";
  id: string;
  server_label: string;
  name: string;
  arguments: string;
}

/** What a response consists of. */
export type ResponseOutputItem =
  | OutputMessage
  | FunctionCall
  | FunctionCallOutput
  | CustomToolCall
  | ReasoningItem
  | FileSearchCall
  | WebSearchCall
  | CodeInterpreterCall
  | ImageGenerationCall
  | ComputerCall
  | LocalShellCall
  | McpListTools
  | McpCall
  | McpApprovalRequest
  | UnknownItem;

export type InputContent =
  | { type: "input_text"; text: string }
  | {
      type: "input_image";
      /** An https or `data:` URL. */
      image_url?: string | null;
      file_id?: string | null;
      detail?: "auto" | "low" | "high";
    }
  | {
      type: "input_file";
      file_id?: string | null;
      filename?: string;
      /** A `data:` URL. */
      file_data?: string;
      file_url?: string;
    }
  | { type: "input_audio"; input_audio: { data: string; format: "mp3" | "wav" } };

/** A message to the model; what the assistant said earlier is `output_text` or an {@link OutputMessage}. */
export interface InputMessage {
  type?: "message";
  id?: string;
  role: "user" | "assistant" | "system" | "developer";
  content: string | (InputContent | OutputContent)[];
  status?: ItemStatus;
}

export type ResponseInputItem =
  | InputMessage
  | Exclude<ResponseOutputItem, UnknownItem>
  | CustomToolCallOutput
  | { type: "computer_call_output"; call_id: string; output: Record<string, unknown>; id?: string }
  | { type: "local_shell_call_output"; id: string; output: string }
  | { type: "mcp_approval_response"; approval_request_id: string; approve: boolean; reason?: string | null }
  | { type: "item_reference"; id: string };

/** An item as a service lists it: of a response's input, or of a conversation. */
export type ResponseItem =
  | (Omit<InputMessage, "id" | "type"> & { type: "message"; id: string })
  | Exclude<ResponseOutputItem, OutputMessage>
  | CustomToolCallOutput;
