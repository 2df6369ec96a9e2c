/** A chat call -> its body: what it may say, and its shorthands spelled out. Pure. */
import type {
  ChatMessage,
  JsonSchemaFormat,
  ResponseFormat,
  ToolChoice,
  ToolDefinition,
} from "../chat/types.ts";
import { type EncodedBody, encodeBody, isPlain, type RawBody } from "./request-body.ts";

/** Body members that a client may set once for all its calls. */
export interface ChatDefaults {
  /** -2 to 2; above 0 makes repeating a token less likely the more often it came. Service default 0. */
  frequency_penalty?: number | null | undefined;
  /** -2 to 2; above 0 makes repeating any token that came less likely. Service default 0. */
  presence_penalty?: number | null | undefined;
  /** 0 to 1 (to 2 for Azure OpenAI): how daring the choice of tokens is. */
  temperature?: number | null | undefined;
  /** 0 to 1: share of probability that tokens are chosen from. */
  top_p?: number | null | undefined;
  /** Most tokens to answer with. */
  max_tokens?: number | null | undefined;
  /** `"text"`, `"json_object"`, a schema by its name, or the wire's own object. */
  response_format?: "text" | "json_object" | ResponseFormat | JsonSchemaFormat | null | undefined;
  /** Texts that end the answer. */
  stop?: string | string[] | null | undefined;
  tools?: ToolDefinition[] | null | undefined;
  tool_choice?: ToolChoice | null | undefined;
  /** Asks for the same answer to the same request, as far as the model can. */
  seed?: number | null | undefined;
  /** The model or deployment, where an endpoint has several. */
  model?: string | null | undefined;
  /** Members for the root of the body that the API doesn't know but the model may. */
  model_extras?: Record<string, unknown> | null | undefined;
}

/** A chat call. */
export interface ChatRequest extends ChatDefaults {
  messages: ChatMessage[];
  stream?: boolean | null | undefined;
  /** Azure OpenAI and OpenAI: `include_usage` asks for a last chunk with the usage. */
  stream_options?: { include_usage?: boolean } | null | undefined;
  /** Azure OpenAI and OpenAI: most tokens to answer with, reasoning included. */
  max_completion_tokens?: number | null | undefined;
  reasoning_effort?: string | null | undefined;
  parallel_tool_calls?: boolean | null | undefined;
  modalities?: ("text" | "audio")[] | null | undefined;
  n?: number | null | undefined;
  user?: string | null | undefined;
}

/** A body that is sent as it is. */
export interface RawRequest extends RawBody {
  messages?: never;
  /** Whether the answer streams; for an object its own `stream` says so. */
  stream?: boolean | null | undefined;
}

/** What each default may be. */
export const CHAT_FORMS: Record<keyof ChatDefaults, string> = {
  frequency_penalty: "number",
  presence_penalty: "number",
  temperature: "number",
  top_p: "number",
  max_tokens: "number",
  response_format: "string or object",
  stop: "string or list",
  tools: "list",
  tool_choice: "string or object",
  seed: "number",
  model: "string",
  model_extras: "object",
};

/** Whether a call's answer streams. */
export function isStreaming(request: ChatRequest | RawRequest): boolean {
  if ("body" in request && isPlain(request.body)) return (request.stream ?? request.body.stream) === true;
  return request.stream === true;
}

/** The body of a call and the headers that go with it. */
export function chatBody(request: ChatRequest | RawRequest, defaults: ChatDefaults): EncodedBody {
  return encodeBody(request, defaults, CHAT_FORMS, (members) => {
    const { messages, response_format, stream = false } = members as unknown as ChatRequest;
    if (!Array.isArray(messages) || messages.length === 0)
      throw new TypeError("messages must be a list of at least one message.");
    if (typeof stream !== "boolean") throw new TypeError("stream must be a boolean.");
    if (response_format) members.response_format = spellOut(response_format);
  });
}

/** Spells out the shorthands of `response_format`. */
function spellOut(format: NonNullable<ChatDefaults["response_format"]>): ResponseFormat {
  if (format === "text" || format === "json_object") return { type: format };
  if (typeof format === "object" && "type" in format) return format;
  if (typeof format === "object" && typeof format.name === "string" && isPlain(format.schema)) {
    return { type: "json_schema", json_schema: format };
  }
  throw new TypeError(
    'response_format must be "text", "json_object", an object with type, or a schema with name and schema.',
  );
}
