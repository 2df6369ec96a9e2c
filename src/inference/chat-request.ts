/** A chat call -> its body: defaults merged, shorthands spelled out, forms checked. Pure. */
import type {
  ChatMessage,
  JsonSchemaFormat,
  ResponseFormat,
  ToolChoice,
  ToolDefinition,
} from "../chat/types.ts";

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
export interface RawRequest {
  messages?: never;
  body: Record<string, unknown> | string | Uint8Array<ArrayBuffer>;
  /** Whether the answer streams; for an object its own `stream` says so. */
  stream?: boolean | null | undefined;
}

/** What each default may be. */
const FORMS: Record<keyof ChatDefaults, string> = {
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

/** Parts a client's options: defaults of the body here, options of the client there. */
export function pickDefaults<T extends ChatDefaults>(
  options: T,
): { defaults: ChatDefaults; rest: Omit<T, keyof ChatDefaults> } {
  if (typeof options !== "object" || options === null) throw new TypeError("options must be an object.");
  const entries = Object.entries(options);
  const isDefault = ([name]: [string, unknown]) => Object.hasOwn(FORMS, name);
  const defaults = Object.fromEntries(entries.filter(isDefault)) as ChatDefaults;
  check(defaults);
  const rest = Object.fromEntries(entries.filter((entry) => !isDefault(entry))) as Omit<
    T,
    keyof ChatDefaults
  >;
  return { defaults, rest };
}

/** Whether a call's answer streams. */
export function isStreaming(request: ChatRequest | RawRequest): boolean {
  if ("body" in request && isPlain(request.body)) return (request.stream ?? request.body.stream) === true;
  return request.stream === true;
}

/** The body of a call and the headers that go with it. It's text from here on, so that every retry sends the same. */
export function chatBody(
  request: ChatRequest | RawRequest,
  defaults: ChatDefaults,
): { body: string | Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  if (typeof request !== "object" || request === null) throw new TypeError("request must be an object.");
  if ("body" in request && request.body !== undefined) {
    const { body } = request;
    if (typeof body === "string") return { body, headers: {} };
    // A copy, for the caller may use the array again before a retry.
    if (body instanceof Uint8Array) return { body: body.slice(), headers: {} };
    if (!isPlain(body)) throw new TypeError("body must be an object, text or bytes.");
    return { body: JSON.stringify(body), headers: {} };
  }
  const { messages } = request as ChatRequest;
  if (!Array.isArray(messages) || messages.length === 0)
    throw new TypeError("messages must be a list of at least one message.");
  const merged = { ...given(defaults), ...given(request) };
  check(merged as ChatDefaults);
  if (typeof ((merged as ChatRequest).stream ?? false) !== "boolean")
    throw new TypeError("stream must be a boolean.");
  const { model_extras, response_format, ...body } = merged as ChatDefaults & Record<string, unknown>;
  if (response_format) body.response_format = spellOut(response_format);
  if (!model_extras || Object.keys(model_extras).length === 0)
    return { body: JSON.stringify(body), headers: {} };
  // The wire's rule: extras come last, so they can overwrite, and the service must not refuse them.
  return {
    body: JSON.stringify({ ...body, ...model_extras }),
    headers: { "extra-parameters": "pass-through" },
  };
}

/** The members that have a value; made so that a key `__proto__` is a member like any other. */
function given(members: object): object {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  );
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

function check(members: ChatDefaults): void {
  for (const [name, form] of Object.entries(FORMS)) {
    const value: unknown = members[name as keyof ChatDefaults];
    if (value === null || value === undefined) continue;
    const is = Array.isArray(value) ? "list" : typeof value;
    if (!form.includes(is) || (is === "number" && !Number.isFinite(value)))
      throw new TypeError(`${name} must be a ${form}.`);
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
