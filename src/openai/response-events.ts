/**
 * Every event of a streamed response: one union, told apart by `type`. Contract: the stream events of Azure OpenAI v1
 * and of OpenAI. An event that is newer is {@link UnknownEvent}: it's delivered like the others.
 */
import type {
  Annotation,
  OutputContent,
  ReasoningText,
  ResponseOutputItem,
  SummaryText,
  UnknownType,
} from "./response-items.ts";
import type { ModelResponse } from "./response-types.ts";

interface Numbered {
  /** Rises from event to event; `starting_after` takes it. */
  sequence_number: number;
}
/** The events of an item: which one it is. */
interface OfItem extends Numbered {
  item_id: string;
  output_index: number;
}
/** The events of a part of an item. */
interface OfPart extends OfItem {
  content_index: number;
}
interface OfSummary extends OfItem {
  summary_index: number;
}

/** The response as a whole. The stream ends with `completed`, `failed` or `incomplete`. */
export interface LifecycleEvent extends Numbered {
  type:
    | "response.created"
    | "response.queued"
    | "response.in_progress"
    | "response.completed"
    | "response.failed"
    | "response.incomplete";
  response: ModelResponse;
}
export interface OutputItemEvent extends Numbered {
  type: "response.output_item.added" | "response.output_item.done";
  output_index: number;
  item: ResponseOutputItem;
}
export interface ContentPartEvent extends OfPart {
  type: "response.content_part.added" | "response.content_part.done";
  part: OutputContent | ReasoningText;
}
export interface OutputTextDeltaEvent extends OfPart {
  type: "response.output_text.delta";
  delta: string;
  logprobs?: unknown[];
}
export interface OutputTextDoneEvent extends OfPart {
  type: "response.output_text.done";
  text: string;
  logprobs?: unknown[];
}
export interface AnnotationAddedEvent extends OfPart {
  type: "response.output_text.annotation.added";
  annotation_index: number;
  annotation: Annotation;
}
export interface RefusalDeltaEvent extends OfPart {
  type: "response.refusal.delta";
  delta: string;
}
export interface RefusalDoneEvent extends OfPart {
  type: "response.refusal.done";
  refusal: string;
}
export interface ReasoningTextDeltaEvent extends OfPart {
  type: "response.reasoning_text.delta";
  delta: string;
}
export interface ReasoningTextDoneEvent extends OfPart {
  type: "response.reasoning_text.done";
  text: string;
}
export interface SummaryPartEvent extends OfSummary {
  type: "response.reasoning_summary_part.added" | "response.reasoning_summary_part.done";
  part: SummaryText;
}
export interface SummaryTextDeltaEvent extends OfSummary {
  type: "response.reasoning_summary_text.delta";
  delta: string;
}
export interface SummaryTextDoneEvent extends OfSummary {
  type: "response.reasoning_summary_text.done";
  text: string;
}
/** A piece of a call's arguments, or of what else an item is written to. */
export interface ItemDeltaEvent extends OfItem {
  type:
    | "response.function_call_arguments.delta"
    | "response.mcp_call_arguments.delta"
    | "response.custom_tool_call_input.delta"
    | "response.code_interpreter_call_code.delta";
  delta: string;
}
export interface FunctionCallArgumentsDoneEvent extends OfItem {
  type: "response.function_call_arguments.done";
  name?: string;
  arguments: string;
}
export interface McpCallArgumentsDoneEvent extends OfItem {
  type: "response.mcp_call_arguments.done";
  arguments: string;
}
export interface CustomToolCallInputDoneEvent extends OfItem {
  type: "response.custom_tool_call_input.done";
  input: string;
}
export interface CodeInterpreterCodeDoneEvent extends OfItem {
  type: "response.code_interpreter_call_code.done";
  code: string;
}
/** Where a tool of the service's own is. */
export interface ToolProgressEvent extends OfItem {
  type:
    | "response.file_search_call.in_progress"
    | "response.file_search_call.searching"
    | "response.file_search_call.completed"
    | "response.web_search_call.in_progress"
    | "response.web_search_call.searching"
    | "response.web_search_call.completed"
    | "response.code_interpreter_call.in_progress"
    | "response.code_interpreter_call.interpreting"
    | "response.code_interpreter_call.completed"
    | "response.image_generation_call.in_progress"
    | "response.image_generation_call.generating"
    | "response.image_generation_call.completed"
    | "response.mcp_call.in_progress"
    | "response.mcp_call.completed"
    | "response.mcp_call.failed"
    | "response.mcp_list_tools.in_progress"
    | "response.mcp_list_tools.completed"
    | "response.mcp_list_tools.failed";
}
export interface PartialImageEvent extends OfItem {
  type: "response.image_generation_call.partial_image";
  partial_image_index: number;
  partial_image_b64: string;
}
export interface AudioEvent extends Numbered {
  type: "response.audio.done" | "response.audio.transcript.done";
}
/** `delta` is base64 of sound, or a piece of the transcript. */
export interface AudioDeltaEvent extends Numbered {
  type: "response.audio.delta" | "response.audio.transcript.delta";
  delta: string;
}
/** An event that this package doesn't know yet. */
export interface UnknownEvent {
  type: UnknownType;
  sequence_number?: number;
  [member: string]: unknown;
}

/** Events of a streamed response. An `error` event is no value: it's thrown as {@link ApiError}. */
export type ResponseStreamEvent =
  | LifecycleEvent
  | OutputItemEvent
  | ContentPartEvent
  | OutputTextDeltaEvent
  | OutputTextDoneEvent
  | AnnotationAddedEvent
  | RefusalDeltaEvent
  | RefusalDoneEvent
  | ReasoningTextDeltaEvent
  | ReasoningTextDoneEvent
  | SummaryPartEvent
  | SummaryTextDeltaEvent
  | SummaryTextDoneEvent
  | ItemDeltaEvent
  | FunctionCallArgumentsDoneEvent
  | McpCallArgumentsDoneEvent
  | CustomToolCallInputDoneEvent
  | CodeInterpreterCodeDoneEvent
  | ToolProgressEvent
  | PartialImageEvent
  | AudioEvent
  | AudioDeltaEvent
  | UnknownEvent;
