/** Messages of the wire, of any dialect -> messages of the conventions. For who records content only. Pure. */
import { listOf, type Members, membersOf } from "./subject.ts";

/** A message in the form of the conventions 1.41. */
export interface Message {
  role: string;
  parts: Members[];
  finish_reason?: unknown;
}

/** A message of a chat, an item of a response, or a message of an agent's thread. */
export function messageOf(value: unknown): Message {
  const item = membersOf(value);
  const { type, role, content, call_id: id } = item;
  if (type === "function_call") return { role: "assistant", parts: [callPart(item, item.call_id)] };
  if (type === "function_call_output")
    return { role: "tool", parts: [{ type: "tool_call_response", id, response: item.output }] };
  if (role === "tool") {
    const answer = { type: "tool_call_response", id: item.tool_call_id, response: content };
    return { role, parts: [answer] };
  }
  const thought = item.reasoning_content;
  const calls = listOf(item.tool_calls).map((call) =>
    callPart(membersOf(membersOf(call).function), membersOf(call).id),
  );
  return {
    role: typeof role === "string" ? role : "assistant",
    parts: [...(thought ? [{ type: "reasoning", content: thought }] : []), ...partsOf(content), ...calls],
  };
}

/** Messages of what was asked: a conversation, or one text. */
export function messagesOf(value: unknown): Message[] {
  return typeof value === "string"
    ? [{ role: "user", parts: partsOf(value) }]
    : listOf(value).map((item) => (typeof item === "string" ? textMessage(item) : messageOf(item)));
}

function textMessage(text: string): Message {
  return { role: "user", parts: partsOf(text) };
}

export function partsOf(content: unknown): Members[] {
  if (typeof content === "string") return [{ type: "text", content }];
  return listOf(content).map((value) => {
    const { type, text, refusal, image_url: image } = membersOf(value);
    if (text !== undefined) return { type: "text", content: membersOf(text).value ?? text };
    if (refusal !== undefined) return { type: "text", content: refusal };
    const url = membersOf(image).url ?? image;
    return typeof url === "string" ? picture(url) : { type };
  });
}

/** A picture inside the message is told but not repeated: a span is no place for megabytes. */
function picture(url: string): Members {
  const [, mime] = /^data:([^;,]*)/.exec(url) ?? [];
  return mime === undefined
    ? { type: "uri", modality: "image", uri: url }
    : { type: "blob", modality: "image", mime_type: mime };
}

function callPart({ name, arguments: given }: Members, id: unknown): Members {
  let args = given;
  try {
    args = JSON.parse(String(given));
  } catch {}
  return { type: "tool_call", id, name, arguments: args };
}
