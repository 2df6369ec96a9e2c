// Items, the pieces of a conversation in the responses API: reading them from a request, and what they mean as chat
// messages. Only messages, function calls and their outputs, reasoning and references: the emulator runs no hosted
// tools, and says so where it is given their items.

import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { text } from "./members.ts";
import { DETAILS, readImageSource } from "./messages.ts";
import type { ChatMessage } from "./request.ts";
import { newId } from "./state.ts";

export type Item = JsonObject & { readonly id: string; readonly type: string };

const ROLES = ["user", "system", "developer", "assistant"];
const HOSTED =
  /^(?:file_search|web_search|computer|code_interpreter|image_generation|local_shell|shell|apply_patch|mcp|custom_tool)_/;

export function readItems(exchange: Exchange, value: unknown, name: string): readonly Item[] {
  if (typeof value === "string") {
    return [messageItem(newId(exchange, "msg_"), "user", [{ type: "input_text", text: value }])];
  }
  if (!Array.isArray(value)) refuse("invalid-type", name, value, "a string or an array of items");
  return value.map((item: unknown, index) => readItem(exchange, item, `${name}[${index}]`, index));
}

function messageItem(id: string, role: string, content: readonly unknown[]): Item {
  return { id, type: "message", status: "completed", role, content };
}

function readItem(exchange: Exchange, item: unknown, name: string, index: number): Item {
  if (!isObject(item)) refuse("invalid-type", name, item, "an object");
  const { type = "message" } = item;
  const id = (prefix: string): string =>
    typeof item.id === "string" && item.id !== "" ? item.id : newId(exchange, prefix, index);
  const needs = (member: string): void => {
    if (item[member] === undefined) refuse("missing-parameter", `${name}.${member}`, undefined, "a value");
  };
  switch (type) {
    case "message": {
      const { role } = item;
      if (role === undefined) refuse("missing-parameter", `${name}.role`, role, "a role");
      if (typeof role !== "string" || !ROLES.includes(role)) {
        refuse(
          "invalid-value",
          `${name}.role`,
          role,
          `one of ${ROLES.map((known) => `'${known}'`).join(", ")}`,
        );
      }
      return messageItem(id("msg_"), role, readContent(item.content, role, `${name}.content`));
    }
    case "function_call": {
      for (const member of ["call_id", "name", "arguments"]) {
        needs(member);
        text(item[member], `${name}.${member}`);
      }
      const { call_id, name: called, arguments: given } = item;
      return { id: id("fc_"), type, status: "completed", call_id, name: called, arguments: given };
    }
    case "function_call_output": {
      needs("call_id");
      needs("output");
      text(item.call_id, `${name}.call_id`);
      const output =
        typeof item.output === "string" ? item.output : readContent(item.output, "user", `${name}.output`);
      return { id: id("fco_"), type, status: "completed", call_id: item.call_id, output };
    }
    case "reasoning":
      return { ...item, id: id("rs_"), type, summary: Array.isArray(item.summary) ? item.summary : [] };
    case "item_reference":
      return findItem(exchange, item.id, `${name}.id`);
    default:
      if (typeof type === "string" && HOSTED.test(type)) {
        throw new Refused({
          reason: "unsupported-parameter",
          param: `${name}.type`,
          message: `The emulator runs no hosted tools: items of type '${type}' mean nothing to it.`,
        });
      }
      return refuse("invalid-value", `${name}.type`, type, "'message' or another item's type");
  }
}

const PARTS: Readonly<Record<string, readonly string[]>> = {
  assistant: ["output_text", "refusal", "input_text"],
  user: ["input_text", "input_image", "input_file"],
};

function readContent(content: unknown, role: string, name: string): readonly unknown[] {
  const isAssistant = role === "assistant";
  const textPart = (said: string): JsonObject =>
    isAssistant
      ? { type: "output_text", text: said, annotations: [], logprobs: [] }
      : { type: "input_text", text: said };
  if (typeof content === "string") return [textPart(content)];
  if (content === undefined) refuse("missing-parameter", name, content, "a string or an array of parts");
  if (!Array.isArray(content)) refuse("invalid-type", name, content, "a string or an array of parts");
  const known = PARTS[isAssistant ? "assistant" : "user"] as readonly string[];
  return content.map((part: unknown, index) => {
    const at = `${name}[${index}]`;
    if (!isObject(part)) refuse("invalid-type", at, part, "an object");
    const { type } = part;
    if (typeof type !== "string" || !known.includes(type)) {
      refuse("invalid-value", `${at}.type`, type, `one of ${known.map((one) => `'${one}'`).join(", ")}`);
    }
    switch (type) {
      case "input_text":
      case "output_text":
        if (typeof part.text !== "string") refuse("missing-parameter", `${at}.text`, part.text, "a string");
        return textPart(part.text);
      case "input_image":
        return readImagePart(part, at);
      case "refusal":
        if (typeof part.refusal !== "string") refuse("missing-parameter", `${at}.refusal`, part, "a string");
        return part;
      default:
        if (part.file_id === undefined && part.file_url === undefined && part.file_data === undefined) {
          refuse("missing-parameter", `${at}.file_id`, part.file_id, "a file");
        }
        return part;
    }
  });
}

function readImagePart(part: JsonObject, name: string): JsonObject {
  const { image_url: url, file_id: fileId, detail = "auto" } = part;
  if (typeof url === "string") readImageSource(url, `${name}.image_url`);
  else if (typeof fileId !== "string") refuse("missing-parameter", `${name}.image_url`, url, "a URL");
  if (!DETAILS.includes(detail)) refuse("invalid-value", `${name}.detail`, detail, "'auto', 'low' or 'high'");
  return { ...part, detail };
}

function findItem({ state }: Exchange, id: unknown, name: string): Item {
  const all = [
    ...[...state.responses.values()].flatMap(({ input, output }) => [...input, ...output]),
    ...[...state.conversations.values()].flatMap(({ items }) => items),
  ];
  const found = all.find((item) => item.id === id);
  if (found !== undefined) return found;
  throw new Refused({
    reason: "not-found",
    param: name,
    message: `Item with id '${String(id)}' not found. Items are not persisted when \`store\` is set to false.`,
  });
}

/** Throws Refused when a call has no output or an output no call: the service refuses both. */
export function toMessages(items: readonly Item[]): readonly ChatMessage[] {
  const calls = new Set<unknown>();
  const answered = new Set<unknown>();
  const messages = items.flatMap((item): ChatMessage[] => {
    switch (item.type) {
      case "message":
        return [contentMessage(item.role as ChatMessage["role"], item.content)];
      case "function_call": {
        calls.add(item.call_id);
        const call = {
          id: item.call_id as string,
          name: item.name as string,
          arguments: item.arguments as string,
        };
        return [{ ...EMPTY, role: "assistant", toolCalls: [call] }];
      }
      case "function_call_output": {
        if (!calls.has(item.call_id)) {
          const message = `No tool call found for function call output with call_id ${String(item.call_id)}.`;
          throw new Refused({ reason: "invalid-value", param: "input", message });
        }
        answered.add(item.call_id);
        const { output } = item;
        const said = typeof output === "string" ? output : contentMessage("tool", output).text;
        return [{ ...EMPTY, role: "tool", text: said, toolCallId: item.call_id as string }];
      }
      default:
        return [];
    }
  });
  for (const call of calls) {
    if (answered.has(call)) continue;
    const message = `No tool output found for function call ${String(call)}.`;
    throw new Refused({ reason: "invalid-value", param: "input", message });
  }
  return messages;
}

const EMPTY = { text: "", images: [], audioParts: 0, toolCalls: [], toolCallId: undefined } as const;

/** Files are mentioned, not read. */
function contentMessage(role: ChatMessage["role"], content: unknown): ChatMessage {
  const parts = (Array.isArray(content) ? content : []) as readonly JsonObject[];
  const texts: string[] = [];
  const images: ChatMessage["images"][number][] = [];
  for (const part of parts) {
    if (typeof part.text === "string") texts.push(part.text);
    else if (typeof part.refusal === "string") texts.push(part.refusal);
    else if (typeof part.image_url === "string") {
      const detail = part.detail as "auto" | "low" | "high";
      images.push({ detail, source: readImageSource(part.image_url, "image_url") });
    }
  }
  return { ...EMPTY, role, text: texts.join("\n"), images };
}
