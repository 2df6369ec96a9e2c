// Body text -> ChatRequest, or the first refusal the service would give, thrown. Pure: no clock, no headers but one
// value. Which members exist differs by dialect; what they must look like is one table.

import type { Dialect } from "./dialects.ts";
import { isDeeperThan, isObject, Refused, refuse } from "./json.ts";
import { bool, INFERENCE_MEMBERS, OPENAI_MEMBERS, object, text } from "./members.ts";
import { readMessages } from "./messages.ts";
import { readMembers } from "./read-members.ts";
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from "./request.ts";

/** Throws Refused. */
export function readChatRequest(
  dialect: Dialect,
  bodyText: string,
  extraParameters: string | null,
): ChatRequest {
  const known = dialect.name === "inference" ? INFERENCE_MEMBERS : OPENAI_MEMBERS;
  const body = readMembers(dialect, bodyText, known, extraParameters, OPENAI_MEMBERS);
  const tools = readTools(body.tools);
  const stream = body.stream === true;
  const request: ChatRequest = {
    model: body.model as string | undefined,
    messages: readMessages(body.messages),
    stream,
    includeUsage: readIncludeUsage(body.stream_options, stream),
    n: (body.n as number | undefined) ?? 1,
    maxTokens: (body.max_completion_tokens ?? body.max_tokens) as number | undefined,
    stop: readStop(body.stop, dialect),
    seed: body.seed as number | undefined,
    tools,
    toolChoice: readToolChoice(body.tool_choice, tools),
    parallelToolCalls: body.parallel_tool_calls !== false,
    responseFormat: readResponseFormat(body.response_format),
  };
  if (
    dialect.name !== "inference" &&
    request.responseFormat.type === "json_object" &&
    !request.messages.some((message) => /json/i.test(message.text))
  ) {
    throw new Refused({
      reason: "invalid-value",
      param: "messages",
      message:
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    });
  }
  return request;
}

export function readIncludeUsage(value: unknown, stream: boolean): boolean {
  if (value === undefined) return false;
  if (!isObject(value)) refuse("invalid-type", "stream_options", value, "an object");
  if (!stream) {
    throw new Refused({
      reason: "invalid-value",
      param: "stream_options",
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    });
  }
  const { include_usage: include = false } = value;
  bool(include, "stream_options.include_usage");
  return include === true;
}

export function readStop(value: unknown, dialect: Dialect): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === "string") return value === "" ? [] : [value];
  if (!Array.isArray(value)) refuse("invalid-type", "stop", value, "a string or an array of strings");
  if (value.length === 0) refuse("invalid-value", "stop", value, "at least one string");
  if (dialect.name !== "inference" && value.length > 4)
    refuse("invalid-value", "stop", value, "at most 4 strings");
  value.forEach((item, index) => {
    text(item, `stop[${index}]`);
  });
  return (value as string[]).filter((item) => item !== "");
}

export const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

function readTools(value: unknown): readonly Tool[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) refuse("invalid-type", "tools", value, "an array");
  if (value.length === 0) refuse("invalid-value", "tools", value, "at least one tool");
  if (value.length > 128) refuse("invalid-value", "tools", value.length, "at most 128 tools");
  return value.map((tool: unknown, index) => {
    const name = `tools[${index}]`;
    if (!isObject(tool)) refuse("invalid-type", name, tool, "an object");
    if (tool.type !== "function") refuse("invalid-value", `${name}.type`, tool.type, "'function'");
    const given = tool.function;
    if (!isObject(given)) refuse("missing-parameter", `${name}.function`, given, "an object");
    if (typeof given.name !== "string")
      refuse("missing-parameter", `${name}.function.name`, given.name, "a string");
    if (!FUNCTION_NAME.test(given.name)) {
      refuse("invalid-value", `${name}.function.name`, given.name, "a name of letters, digits, _ and -");
    }
    checkSchema(given.parameters, `${name}.function.parameters`);
    return {
      name: given.name,
      description: typeof given.description === "string" ? given.description : "",
      parameters: given.parameters ?? { type: "object", properties: {} },
    };
  });
}

/** Far past what a service takes; deeper ones could only exhaust a stack. */
const MAX_SCHEMA_DEPTH = 100;

export function checkSchema(value: unknown, name: string): void {
  if (value === undefined) return;
  object(value, name);
  if (isDeeperThan(MAX_SCHEMA_DEPTH, value))
    refuse("invalid-value", name, value, `at most ${MAX_SCHEMA_DEPTH} levels`);
}

function readToolChoice(value: unknown, tools: readonly Tool[]): ToolChoice {
  if (value === undefined) return tools.length > 0 ? "auto" : "none";
  if (tools.length === 0 && value !== "none") {
    throw new Refused({
      reason: "invalid-value",
      param: "tool_choice",
      message: "'tool_choice' is only allowed when 'tools' are specified.",
    });
  }
  if (value === "auto" || value === "none" || value === "required") return value;
  if (!isObject(value))
    refuse("invalid-value", "tool_choice", value, "'none', 'auto', 'required' or an object");
  const name = isObject(value.function) ? value.function.name : undefined;
  if (value.type !== "function" || typeof name !== "string") {
    refuse("invalid-value", "tool_choice", value, "a function's name");
  }
  if (!tools.some((tool) => tool.name === name)) {
    refuse("invalid-value", "tool_choice.function.name", name, "the name of one of the tools");
  }
  return { name };
}

function readResponseFormat(value: unknown): ResponseFormat {
  if (value === undefined) return { type: "text" };
  if (!isObject(value)) refuse("invalid-type", "response_format", value, "an object");
  switch (value.type) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "json_object" };
    case "json_schema": {
      const given = value.json_schema;
      if (!isObject(given)) refuse("missing-parameter", "response_format.json_schema", given, "an object");
      if (typeof given.name !== "string" || !FUNCTION_NAME.test(given.name)) {
        refuse(
          "missing-parameter",
          "response_format.json_schema.name",
          given.name,
          "a name of letters, digits, _ and -",
        );
      }
      checkSchema(given.schema, "response_format.json_schema.schema");
      return { type: "json_schema", schema: given.schema ?? { type: "object" } };
    }
    default:
      return refuse(
        "invalid-value",
        "response_format.type",
        value.type,
        "'text', 'json_object' or 'json_schema'",
      );
  }
}
