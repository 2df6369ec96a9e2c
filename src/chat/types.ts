/**
 * The wire's shapes of chat completions, under the wire's names. What a service may leave out is optional; what it
 * adds stays readable. Contract: Azure AI model inference 2024-05-01-preview, Azure OpenAI 2025-03-01-preview, v1.
 */

import type { ContentFilterOffsets, ContentFilterResults, PromptFilterResult } from "./content-filter.ts";
import type { MessageContext } from "./data-sources.ts";

export type FinishReason =
  | "stop"
  | "length"
  | "content_filter"
  | "tool_calls"
  | "function_call"
  | (string & {});

/** A call of a tool. `arguments` is JSON as the model wrote it, so it may be wrong JSON. */
export interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export interface TextPart {
  type: "text";
  text: string;
}
/** `url` is an https or a `data:` URL. */
export interface ImageUrlPart {
  type: "image_url";
  image_url: { url: string; detail?: "auto" | "low" | "high" };
}
/** `data` is base64. */
export interface InputAudioPart {
  type: "input_audio";
  input_audio: { data: string; format: "wav" | "mp3" | (string & {}) };
}
export interface AudioUrlPart {
  type: "audio_url";
  audio_url: { url: string };
}
export type ContentPart = TextPart | ImageUrlPart | InputAudioPart | AudioUrlPart;

export interface SystemMessage {
  role: "system" | "developer";
  content: string | TextPart[];
  name?: string;
}
export interface UserMessage {
  role: "user";
  content: string | ContentPart[];
  name?: string;
}
export interface AssistantMessage {
  role: "assistant";
  content?: string | null | TextPart[];
  tool_calls?: ToolCall[];
  refusal?: string | null;
  audio?: { id: string } | null;
  name?: string;
}
export interface ToolMessage {
  role: "tool";
  tool_call_id: string;
  content?: string | TextPart[];
}
export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface ToolDefinition {
  type: "function";
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}
export type ToolChoice = "auto" | "none" | "required" | { type: "function"; function: { name: string } };

/** A schema the answer must follow; `complete` also takes it bare as `response_format`. */
export interface JsonSchemaFormat {
  name: string;
  schema: Record<string, unknown>;
  description?: string;
  strict?: boolean;
}
export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | { type: "json_schema"; json_schema: JsonSchemaFormat };

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; audio_tokens?: number };
  completion_tokens_details?: {
    reasoning_tokens?: number;
    audio_tokens?: number;
    accepted_prediction_tokens?: number;
    rejected_prediction_tokens?: number;
  };
}

/** Log probabilities, token by token. */
export interface Logprobs {
  content?: unknown[] | null;
  refusal?: unknown[] | null;
}

/** The model's message. Members that a service adds, as `annotations`, are there too. */
export interface ResponseMessage {
  role: "assistant" | (string & {});
  content: string | null;
  tool_calls?: ToolCall[];
  refusal?: string | null;
  reasoning_content?: string;
  audio?: { id?: string; expires_at?: number; data?: string; format?: string; transcript?: string } | null;
  /** Azure OpenAI with `data_sources`: what was found, and what the answer cites. */
  context?: MessageContext;
  [member: string]: unknown;
}

export interface ChatChoice {
  index: number;
  finish_reason: FinishReason | null;
  message: ResponseMessage;
  logprobs?: Logprobs | null;
  content_filter_results?: ContentFilterResults;
}

/** A whole answer, as the service sent it or as a stream was assembled. */
export interface ChatCompletions {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: ChatChoice[];
  usage?: Usage;
  prompt_filter_results?: PromptFilterResult[];
  system_fingerprint?: string | null;
  [member: string]: unknown;
}

export interface ToolCallDelta {
  index?: number;
  id?: string;
  type?: "function";
  function?: { name?: string; arguments?: string };
}

export interface ChatDelta {
  role?: string;
  content?: string | null;
  refusal?: string | null;
  reasoning_content?: string | null;
  tool_calls?: ToolCallDelta[];
  audio?: ResponseMessage["audio"];
  context?: MessageContext;
  [member: string]: unknown;
}

export interface ChatChunkChoice {
  index: number;
  finish_reason: FinishReason | null;
  /** Empty where the service sent none, as in the chunks of an asynchronous content filter. */
  delta: ChatDelta;
  logprobs?: Logprobs | null;
  content_filter_results?: ContentFilterResults;
  /** Azure's asynchronous filter: which part of the text `content_filter_results` is about. */
  content_filter_offsets?: ContentFilterOffsets;
}

/** One record of a stream. `choices` is empty in Azure's first record and in the one with `usage`. */
export interface ChatCompletionsChunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: ChatChunkChoice[];
  usage?: Usage | null;
  prompt_filter_results?: PromptFilterResult[];
  [member: string]: unknown;
}
