// The `messages` member: roles, content parts, and the rule that a tool message answers a tool call before it.

import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import type { ChatMessage, ImagePart, ToolCall } from "./request.ts";

type Role = ChatMessage["role"];
const ROLES: readonly string[] = ["system", "developer", "user", "assistant", "tool"] satisfies Role[];

export function readMessages(value: unknown): readonly ChatMessage[] {
  if (value === undefined) refuse("missing-parameter", "messages", value, "an array");
  if (!Array.isArray(value)) refuse("invalid-type", "messages", value, "an array of objects");
  if (value.length === 0) {
    throw new Refused({
      reason: "invalid-value",
      param: "messages",
      input: [],
      message:
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    });
  }
  const awaited = new Set<string>();
  return value.map((item: unknown, index) => {
    const message = readMessage(item, `messages[${index}]`);
    for (const call of message.toolCalls) awaited.add(call.id);
    if (message.role === "tool" && !awaited.has(message.toolCallId ?? "")) {
      throw new Refused({
        reason: "invalid-value",
        param: `messages[${index}].role`,
        message:
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
      });
    }
    return message;
  });
}

function readMessage(item: unknown, name: string): ChatMessage {
  if (!isObject(item)) refuse("invalid-type", name, item, "an object");
  const { role } = item;
  if (role === undefined) refuse("missing-parameter", `${name}.role`, role, "a role");
  if (typeof role !== "string" || !ROLES.includes(role)) {
    refuse("invalid-value", `${name}.role`, role, `one of ${ROLES.map((known) => `'${known}'`).join(", ")}`);
  }
  const toolCalls = role === "assistant" ? readToolCalls(item.tool_calls, `${name}.tool_calls`) : [];
  const parts = readContent(item, role as Role, toolCalls.length > 0, name);
  if (role === "tool" && typeof item.tool_call_id !== "string") {
    refuse("missing-parameter", `${name}.tool_call_id`, item.tool_call_id, "a string");
  }
  return {
    role: role as Role,
    ...parts,
    toolCalls,
    toolCallId: typeof item.tool_call_id === "string" ? item.tool_call_id : undefined,
  };
}

interface Content {
  readonly text: string;
  readonly images: readonly ImagePart[];
  readonly audioParts: number;
}

function readContent(message: JsonObject, role: Role, hasToolCalls: boolean, name: string): Content {
  const { content } = message;
  if (typeof content === "string") return { text: content, images: [], audioParts: 0 };
  if (content === undefined || content === null) {
    // An assistant may have refused or called tools instead of speaking; a tool may have nothing to say.
    const mayBeSilent =
      role === "tool" || (role === "assistant" && (hasToolCalls || message.refusal !== undefined));
    if (!mayBeSilent) refuse("missing-parameter", `${name}.content`, content, "a string or an array");
    return { text: "", images: [], audioParts: 0 };
  }
  if (!Array.isArray(content))
    refuse("invalid-type", `${name}.content`, content, "a string or an array of parts");
  if (content.length === 0) refuse("invalid-value", `${name}.content`, content, "at least one part");
  const texts: string[] = [];
  const images: ImagePart[] = [];
  let audioParts = 0;
  content.forEach((part: unknown, index) => {
    const at = `${name}.content[${index}]`;
    if (!isObject(part)) refuse("invalid-type", at, part, "an object");
    if (part.type === "text") {
      if (typeof part.text !== "string") refuse("missing-parameter", `${at}.text`, part.text, "a string");
      texts.push(part.text);
    } else if (part.type === "refusal" && role === "assistant") {
      texts.push(typeof part.refusal === "string" ? part.refusal : "");
    } else if (part.type === "image_url" && role === "user") {
      images.push(readImage(part.image_url, `${at}.image_url`));
    } else if ((part.type === "input_audio" || part.type === "audio_url") && role === "user") {
      audioParts++;
    } else if (part.type === "file" && role === "user") {
      // As in the Responses API: a file is taken, and not read.
      if (!isObject(part.file)) refuse("missing-parameter", `${at}.file`, part.file, "an object");
    } else {
      const known = role === "user" ? "'text', 'image_url', 'input_audio', 'audio_url' or 'file'" : "'text'";
      refuse("invalid-value", `${at}.type`, part.type, known);
    }
  });
  return { text: texts.join("\n"), images, audioParts };
}

export const DETAILS: readonly unknown[] = ["auto", "low", "high"];

function readImage(value: unknown, name: string): ImagePart {
  if (!isObject(value) || typeof value.url !== "string") {
    refuse("missing-parameter", `${name}.url`, value, "a URL");
  }
  const detail = value.detail ?? "auto";
  if (!DETAILS.includes(detail)) refuse("invalid-value", `${name}.detail`, detail, "'auto', 'low' or 'high'");
  return { detail: detail as ImagePart["detail"], source: readImageSource(value.url, `${name}.url`) };
}

export function readImageSource(url: string, name: string): ImagePart["source"] {
  // Only the head of a data URL is looked at: the rest may be megabytes of base64.
  const head = /^data:([\w.+/-]+);base64,/.exec(url.slice(0, 200));
  if (head !== null) {
    const padding = url.endsWith("==") ? 2 : url.endsWith("=") ? 1 : 0;
    const bytes = Math.max(0, Math.floor(((url.length - head[0].length) * 3) / 4) - padding);
    return { kind: "data", mediaType: head[1] ?? "", bytes };
  }
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return { kind: "remote", host: new URL(url).host };
  return refuse("invalid-value", name, url, "an http(s) URL or a base64 data URL");
}

function readToolCalls(value: unknown, name: string): readonly ToolCall[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) refuse("invalid-type", name, value, "an array");
  return value.map((call: unknown, index) => {
    const at = `${name}[${index}]`;
    const given = isObject(call) ? call.function : undefined;
    if (!isObject(call) || typeof call.id !== "string")
      refuse("missing-parameter", `${at}.id`, call, "a string");
    if (!isObject(given) || typeof given.name !== "string" || typeof given.arguments !== "string") {
      refuse("missing-parameter", `${at}.function`, given, "a name and arguments");
    }
    return { id: call.id, name: given.name, arguments: given.arguments };
  });
}
