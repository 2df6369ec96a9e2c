// The body of a response request -> a chat request with what came before it, and the settings that the response
// object repeats. Throws Refused.

import type { Exchange } from "./exchange.ts";
import { type Item, readItems, toMessages } from "./items.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { bool, integer, list, metadata, notEmulated, number, object, oneOf, text } from "./members.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from "./request.ts";
import { readAgent } from "./response-agent.ts";
import { checkSchema, FUNCTION_NAME } from "./validate.ts";

const elsewhere = (): void => {};

const MEMBERS: Members = {
  model: text,
  input: elsewhere,
  instructions: text,
  previous_response_id: text,
  conversation: elsewhere,
  tools: list,
  tool_choice: elsewhere,
  parallel_tool_calls: bool,
  text: object,
  reasoning: object,
  max_output_tokens: integer(16),
  max_tool_calls: integer(1),
  temperature: number(0, 2),
  top_p: number(0, 1),
  top_logprobs: integer(0, 20),
  truncation: oneOf("auto", "disabled"),
  include: list,
  store: bool,
  background: bool,
  stream: bool,
  stream_options: object,
  metadata,
  user: text,
  safety_identifier: text,
  prompt_cache_key: text,
  prompt_cache_retention: text,
  service_tier: text,
  prompt: notEmulated,
};

/** On a project's surface an agent can be named, under either of two names, instead of a model. */
const WITH_AN_AGENT: Members = { ...MEMBERS, agent: object, agent_reference: object };

const INCLUDES = [
  "file_search_call.results",
  "web_search_call.results",
  "web_search_call.action.sources",
  "message.input_image.image_url",
  "computer_call_output.output.image_url",
  "code_interpreter_call.outputs",
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
];

export interface ResponseRequest {
  readonly chat: ChatRequest;
  /** The items of this request alone. */
  readonly input: readonly Item[];
  /** What came before, by `previous_response_id` or `conversation`. */
  readonly earlier: readonly Item[];
  readonly conversationId: string | undefined;
  readonly background: boolean;
  readonly store: boolean;
  readonly summary: boolean;
  readonly logprobs: boolean;
  readonly encryptedReasoning: boolean;
  /** Members that the response object repeats. */
  readonly settings: JsonObject;
}

export function readResponseRequest(exchange: Exchange): ResponseRequest {
  const known = exchange.dialect.form === "project-v1" ? WITH_AN_AGENT : MEMBERS;
  const body = readMembers(exchange.dialect, exchange.record.body, known);
  const agent = readAgent(exchange, body);
  if (agent !== undefined) Object.assign(body, agent.members);
  const { conversationId, earlier } = readEarlier(exchange, body);
  if (body.input === undefined && earlier === undefined) {
    refuse("missing-parameter", "input", undefined, "a string or an array");
  }
  const input = body.input === undefined ? [] : readItems(exchange, body.input, "input");
  const background = body.background === true;
  if (background && body.store === false) {
    refuse("invalid-value", "store", false, "true, because 'background' is");
  }
  const includes = (body.include ?? []) as unknown[];
  for (const [index, include] of includes.entries()) oneOf(...INCLUDES)(include, `include[${index}]`);
  const tools = readTools(body.tools);
  const { format, echoed } = readFormat(body.text);
  const reasoning = readReasoning(body.reasoning);
  const messages = toMessages([...(earlier ?? []), ...input]);
  const system = { role: "system", text: body.instructions, images: [], audioParts: 0, toolCalls: [] };
  return {
    chat: {
      model: body.model as string | undefined,
      messages:
        body.instructions === undefined
          ? messages
          : [{ ...system, toolCallId: undefined } as ChatRequest["messages"][number], ...messages],
      stream: body.stream === true,
      includeUsage: true,
      n: 1,
      maxTokens: body.max_output_tokens as number | undefined,
      stop: [],
      seed: undefined,
      tools: tools.map(({ tool }) => tool),
      toolChoice: readToolChoice(body.tool_choice, tools),
      parallelToolCalls: body.parallel_tool_calls !== false,
      responseFormat: format,
    },
    input,
    earlier: earlier ?? [],
    conversationId,
    background,
    store: body.store !== false,
    summary: reasoning.summary !== null,
    logprobs: includes.includes("message.output_text.logprobs"),
    encryptedReasoning: includes.includes("reasoning.encrypted_content"),
    settings: {
      background,
      ...(conversationId !== undefined && { conversation: { id: conversationId } }),
      ...(agent !== undefined && { agent: agent.echo, agent_reference: agent.echo }),
      instructions: body.instructions ?? null,
      max_output_tokens: body.max_output_tokens ?? null,
      max_tool_calls: body.max_tool_calls ?? null,
      metadata: body.metadata ?? {},
      parallel_tool_calls: body.parallel_tool_calls !== false,
      previous_response_id: body.previous_response_id ?? null,
      ...(body.prompt_cache_key !== undefined && { prompt_cache_key: body.prompt_cache_key }),
      reasoning,
      ...(body.safety_identifier !== undefined && { safety_identifier: body.safety_identifier }),
      service_tier: "default",
      store: body.store !== false,
      temperature: body.temperature ?? 1,
      text: {
        format: echoed,
        verbosity: (isObject(body.text) ? body.text.verbosity : undefined) ?? "medium",
      },
      tool_choice: body.tool_choice ?? "auto",
      tools: tools.map(({ echo }) => echo),
      top_logprobs: body.top_logprobs ?? 0,
      top_p: body.top_p ?? 1,
      truncation: body.truncation ?? "disabled",
      ...(body.user !== undefined && { user: body.user }),
    },
  };
}

function readEarlier(
  { state }: Exchange,
  { previous_response_id: previousId, conversation: given }: JsonObject,
): { readonly conversationId: string | undefined; readonly earlier: readonly Item[] | undefined } {
  if (previousId !== undefined && given !== undefined) {
    throw new Refused({
      reason: "invalid-value",
      param: "conversation",
      message: "Mutually exclusive parameters: 'conversation' and 'previous_response_id'.",
      code: "mutually_exclusive_parameters",
    });
  }
  if (previousId !== undefined) {
    const previous = state.responses.get(previousId as string);
    if (previous !== undefined) {
      return {
        conversationId: undefined,
        earlier: [...previous.earlier, ...previous.input, ...previous.output],
      };
    }
    throw new Refused({
      reason: "invalid-value",
      param: "previous_response_id",
      message: `Previous response with id '${String(previousId)}' not found.`,
      code: "previous_response_not_found",
    });
  }
  if (given === undefined) return { conversationId: undefined, earlier: undefined };
  const id = isObject(given) ? given.id : given;
  text(id, "conversation");
  const found = state.conversations.get(id as string);
  if (found !== undefined) return { conversationId: found.id, earlier: [...found.items] };
  throw new Refused({ reason: "not-found", message: `Conversation with id '${String(id)}' not found.` });
}

interface ReadTool {
  readonly tool: Tool;
  readonly echo: JsonObject;
}

function readTools(value: unknown): readonly ReadTool[] {
  return ((value ?? []) as unknown[]).map((tool, index) => {
    const at = `tools[${index}]`;
    if (!isObject(tool)) refuse("invalid-type", at, tool, "an object");
    const { type, name, description, parameters, strict = true } = tool;
    if (type === undefined) refuse("missing-parameter", `${at}.type`, type, "a tool's type");
    if (type !== "function") {
      text(type, `${at}.type`);
      throw new Refused({
        reason: "unsupported-parameter",
        param: `${at}.type`,
        input: type,
        message: `The emulator calls tools of type 'function' only, not '${String(type)}': it runs no hosted tools.`,
      });
    }
    if (name === undefined) refuse("missing-parameter", `${at}.name`, name, "a name");
    if (typeof name !== "string" || !FUNCTION_NAME.test(name)) {
      refuse("invalid-value", `${at}.name`, name, "a name of letters, digits, _ and -");
    }
    if (parameters !== null) checkSchema(parameters, `${at}.parameters`);
    const said = typeof description === "string" ? description : "";
    return {
      tool: { name, description: said, parameters: parameters ?? { type: "object", properties: {} } },
      echo: { type, name, description: description ?? null, parameters: parameters ?? null, strict },
    };
  });
}

function readToolChoice(value: unknown, tools: readonly ReadTool[]): ToolChoice {
  if (value === undefined) return tools.length > 0 ? "auto" : "none";
  if (value === "auto" || value === "none") return tools.length > 0 ? value : "none";
  if (value !== "required" && !isObject(value)) {
    refuse("invalid-value", "tool_choice", value, "'none', 'auto', 'required' or an object");
  }
  if (value === "required") {
    if (tools.length === 0) refuse("invalid-value", "tool_choice", value, "tools to choose from");
    return value;
  }
  if (value.type !== "function") {
    refuse("invalid-value", "tool_choice.type", value.type, "'function', the only type emulated");
  }
  const { name } = value;
  if (typeof name !== "string" || !tools.some(({ tool }) => tool.name === name)) {
    throw new Refused({
      reason: "invalid-value",
      param: "tool_choice",
      message: `Tool choice 'function' not found in 'tools' parameter.`,
    });
  }
  return { name };
}

function readFormat(value: unknown): { readonly format: ResponseFormat; readonly echoed: JsonObject } {
  const given = isObject(value) ? (value.format ?? { type: "text" }) : { type: "text" };
  if (isObject(value) && value.verbosity !== undefined && value.verbosity !== null) {
    oneOf("low", "medium", "high")(value.verbosity, "text.verbosity");
  }
  if (!isObject(given)) refuse("invalid-type", "text.format", given, "an object");
  switch (given.type) {
    case "text":
    case "json_object":
      return { format: { type: given.type }, echoed: { type: given.type } };
    case "json_schema": {
      const { name, schema, strict = false, description } = given;
      if (typeof name !== "string" || !FUNCTION_NAME.test(name)) {
        refuse("missing-parameter", "text.format.name", name, "a name of letters, digits, _ and -");
      }
      if (!isObject(schema)) refuse("missing-parameter", "text.format.schema", schema, "an object");
      checkSchema(schema, "text.format.schema");
      const echoed = {
        type: "json_schema",
        name,
        ...(description !== undefined && { description }),
        schema,
        strict,
      };
      return { format: { type: "json_schema", schema }, echoed };
    }
    default:
      return refuse(
        "invalid-value",
        "text.format.type",
        given.type,
        "'text', 'json_object' or 'json_schema'",
      );
  }
}

function readReasoning(value: unknown): { readonly effort: unknown; readonly summary: unknown } {
  if (!isObject(value)) return { effort: null, summary: null };
  const { effort = null, summary = value.generate_summary ?? null } = value;
  if (effort !== null) oneOf("none", "minimal", "low", "medium", "high", "xhigh")(effort, "reasoning.effort");
  if (summary !== null) oneOf("auto", "concise", "detailed")(summary, "reasoning.summary");
  return { effort, summary };
}
