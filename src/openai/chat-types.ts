/**
 * What a chat may be asked for, under the wire's names. Contract: `POST /chat/completions` of Azure OpenAI
 * 2025-03-01-preview and v1, and of OpenAI.
 */
import type { DataSource } from "../chat/data-sources.ts";
import type {
  AssistantMessage,
  ChatCompletions,
  ChatCompletionsChunk,
  ChatMessage,
  ResponseFormat,
  TextPart,
  ToolChoice,
  ToolDefinition,
} from "../chat/types.ts";

/** A whole answer. */
export type ChatCompletion = ChatCompletions;
/** One record of a streamed answer. */
export type ChatCompletionChunk = ChatCompletionsChunk;
export type ChatCompletionTool = ToolDefinition;
export type ChatCompletionToolChoiceOption = ToolChoice;

/** What an assistant said that was a refusal. */
export interface RefusalPart {
  type: "refusal";
  refusal: string;
}

/** The deprecated form of a tool's result. */
export interface FunctionMessage {
  role: "function";
  name: string;
  content: string | null;
}

export type ChatCompletionMessageParam =
  | ChatMessage
  | (Omit<AssistantMessage, "content"> & { content?: string | null | (TextPart | RefusalPart)[] })
  | FunctionMessage;

/** Members that Azure OpenAI adds to OpenAI's. */
export interface AzureChatMembers {
  /** The source to answer from: a list of one. */
  data_sources?: DataSource[];
  /** On whose behalf the call is, for Microsoft Defender. */
  user_security_context?: {
    application_name?: string;
    end_user_id?: string;
    end_user_tenant_id?: string;
    source_ip?: string;
  };
  /**
   * Members for the root of the body that the API doesn't know but the model may; laid over the others, and sent with
   * `extra-parameters: pass-through`.
   */
  model_extras?: Record<string, unknown> | null;
}

export interface ChatCompletionCreateParamsBase extends AzureChatMembers {
  messages: ChatCompletionMessageParam[];
  /** The model; for Azure OpenAI the deployment. */
  model: string;
  /** 0 to 2. Service default 1. */
  temperature?: number | null;
  /** 0 to 1. Service default 1. */
  top_p?: number | null;
  /** 1 to 128 answers. Service default 1. */
  n?: number | null;
  stream_options?: { include_usage?: boolean; include_obfuscation?: boolean } | null;
  /** One to four texts that end the answer. */
  stop?: string | string[] | null;
  /** Deprecated; reasoning models take `max_completion_tokens` only. */
  max_tokens?: number | null;
  /** Most tokens to answer with, reasoning included. */
  max_completion_tokens?: number | null;
  /** -2 to 2. Service default 0. */
  presence_penalty?: number | null;
  /** -2 to 2. Service default 0. */
  frequency_penalty?: number | null;
  /** By token: -100 (never) to 100 (always). */
  logit_bias?: Record<string, number> | null;
  logprobs?: boolean | null;
  /** 0 to 20; needs `logprobs`. */
  top_logprobs?: number | null;
  user?: string;
  /** Asks for the same answer to the same request, as far as the model can. */
  seed?: number | null;
  response_format?: ResponseFormat;
  tools?: ToolDefinition[];
  tool_choice?: ToolChoice;
  /** Service default true. */
  parallel_tool_calls?: boolean;
  /** Deprecated: `tools`. */
  functions?: { name: string; description?: string; parameters?: Record<string, unknown> }[];
  /** Deprecated: `tool_choice`. */
  function_call?: "none" | "auto" | { name: string };
  reasoning_effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | (string & {}) | null;
  modalities?: ("text" | "audio")[] | null;
  /** How to speak, with `modalities: ["text", "audio"]`. */
  audio?: {
    voice: string;
    format: "wav" | "mp3" | "flac" | "opus" | "pcm16";
  } | null;
  /** Text that the answer will mostly repeat, to make it faster. */
  prediction?: { type: "content"; content: string | TextPart[] } | null;
  store?: boolean | null;
  /** At most 16. */
  metadata?: Record<string, string> | null;
}

export interface ChatCompletionCreateParamsNonStreaming extends ChatCompletionCreateParamsBase {
  stream?: false | null;
}
export interface ChatCompletionCreateParamsStreaming extends ChatCompletionCreateParamsBase {
  stream: true;
}
export type ChatCompletionCreateParams =
  | ChatCompletionCreateParamsNonStreaming
  | ChatCompletionCreateParamsStreaming;
