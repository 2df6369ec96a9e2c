// A message of a thread: read from a request, kept, as the wire has it, and what it means to the model.

import { checkFile } from "./agent-tools.ts";
import { storesOf } from "./agents.ts";
import type { Exchange } from "./exchange.ts";
import { findFile } from "./files.ts";
import { isObject, type JsonObject, refuse, refuseDeep } from "./json.ts";
import { elsewhere, list, metadata, oneOf } from "./members.ts";
import { DETAILS, readImageSource } from "./messages.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { ChatMessage } from "./request.ts";
import { keep, newId, nowSeconds } from "./state.ts";
import type { Thread } from "./threads.ts";
import { createVectorStoreOf } from "./vector-search.ts";
import { addToStore, findStore } from "./vector-store.ts";
import { type DataSource, fileOfSource, readDataSource } from "./vector-store-request.ts";

export type MessageStatus = "in_progress" | "incomplete" | "completed";

export interface ThreadMessage {
  readonly id: string;
  readonly threadId: string;
  readonly createdAt: number;
  readonly role: "user" | "assistant";
  readonly assistantId: string | null;
  readonly runId: string | null;
  readonly attachments: readonly unknown[];
  metadata: unknown;
  status: MessageStatus;
  content: readonly JsonObject[];
  /** When it was completed or found to be incomplete. */
  endedAt: number | null;
  reason: string | null;
}

export interface NewMessage {
  readonly role: "user" | "assistant";
  readonly content: readonly JsonObject[];
  readonly attachments: readonly JsonObject[];
  readonly metadata: unknown;
}

const MEMBERS: Members = {
  role: oneOf("user", "assistant"),
  content: elsewhere,
  attachments: list,
  metadata,
};
const MOST_CHARACTERS = 256_000;

/** `at` is what the names of its members begin with. */
export function readNewMessage(exchange: Exchange, value: unknown, at = ""): NewMessage {
  if (!isObject(value)) refuse("invalid-type", at.replace(/\.$/, "") || "body", value, "an object");
  refuseDeep(value);
  const body = readMembers(exchange.dialect, JSON.stringify(value), MEMBERS);
  if (body.role === undefined) refuse("missing-parameter", `${at}role`, undefined, "a role");
  return {
    role: body.role as NewMessage["role"],
    content: readContent(exchange, body.content, `${at}content`),
    attachments: readAttachments(exchange, (body.attachments ?? []) as unknown[], `${at}attachments`),
    metadata: body.metadata ?? {},
  };
}

function readContent(exchange: Exchange, value: unknown, name: string): readonly JsonObject[] {
  if (value === undefined) refuse("missing-parameter", name, value, "a string or an array");
  if (typeof value === "string") {
    if (value.trim() === "") refuse("invalid-value", name, "", "a text that is not empty");
    return [textContent(value, name)];
  }
  if (!Array.isArray(value)) refuse("invalid-type", name, value, "a string or an array of blocks");
  if (value.length === 0) refuse("invalid-value", name, value, "at least one block");
  return value.map((block: unknown, index) => readBlock(exchange, block, `${name}[${index}]`));
}

function textContent(value: string, name: string): JsonObject {
  if (value.length > MOST_CHARACTERS) {
    refuse("invalid-value", name, value.length, `at most ${MOST_CHARACTERS} characters`);
  }
  return { type: "text", text: { value, annotations: [] } };
}

function readBlock(exchange: Exchange, block: unknown, name: string): JsonObject {
  if (!isObject(block)) refuse("invalid-type", name, block, "an object");
  const { type } = block;
  switch (type) {
    case "text":
      if (typeof block.text !== "string") refuse("missing-parameter", `${name}.text`, block.text, "a string");
      return textContent(block.text, `${name}.text`);
    case "image_file": {
      const given = block.image_file;
      if (!isObject(given) || typeof given.file_id !== "string") {
        refuse("missing-parameter", `${name}.image_file.file_id`, given, "a file's id");
      }
      checkFile(exchange, given.file_id, `${name}.image_file.file_id`);
      return { type, image_file: { ...given, detail: readDetail(given, `${name}.image_file`) } };
    }
    case "image_url": {
      const given = block.image_url;
      if (!isObject(given) || typeof given.url !== "string") {
        refuse("missing-parameter", `${name}.image_url.url`, given, "a URL");
      }
      readImageSource(given.url, `${name}.image_url.url`);
      return { type, image_url: { ...given, detail: readDetail(given, `${name}.image_url`) } };
    }
    default:
      return refuse("invalid-value", `${name}.type`, type, "'text', 'image_file' or 'image_url'");
  }
}

function readDetail({ detail }: JsonObject, name: string): string {
  const given = detail ?? "auto";
  if (!DETAILS.includes(given)) refuse("invalid-value", `${name}.detail`, given, "'auto', 'low' or 'high'");
  return given as string;
}

function readAttachments(exchange: Exchange, given: readonly unknown[], at: string): readonly JsonObject[] {
  return given.map((attachment, index) => {
    const name = `${at}[${index}]`;
    if (!isObject(attachment)) refuse("invalid-type", name, attachment, "an object");
    const { file_id: fileId, data_source: source, tools } = attachment;
    if (typeof fileId === "string") checkFile(exchange, fileId, `${name}.file_id`);
    else if (source === undefined) refuse("missing-parameter", `${name}.file_id`, fileId, "a file's id");
    else readDataSource(source, `${name}.data_source`);
    if (!Array.isArray(tools) || tools.length === 0) {
      refuse("missing-parameter", `${name}.tools`, tools, "at least one tool");
    }
    for (const [place, tool] of tools.entries()) {
      const type = isObject(tool) ? tool.type : tool;
      oneOf("code_interpreter", "file_search")(type, `${name}.tools[${place}].type`);
    }
    return attachment;
  });
}

/** `part` tells several messages of one request apart. */
export function addMessage(exchange: Exchange, thread: Thread, given: NewMessage, part = 0): ThreadMessage {
  const id = newId(exchange, "msg_", part);
  const searched = given.attachments
    .filter(({ tools }) => (tools as JsonObject[]).some(({ type }) => type === "file_search"))
    .map(({ file_id: fileId, data_source: source }) =>
      typeof fileId === "string"
        ? fileId
        : fileOfSource(exchange, source as DataSource, exchange.state.files.size),
    );
  attachFiles(exchange, thread, searched);
  const now = nowSeconds(exchange);
  return keep(thread.messages, id, {
    id,
    threadId: thread.id,
    createdAt: now,
    ...given,
    assistantId: null,
    runId: null,
    status: "completed",
    endedAt: now,
    reason: null,
  });
}

/** As it is, or as it was before it had been said. */
export function messageObject(
  message: ThreadMessage,
  status: MessageStatus = message.status,
): JsonObject & { id: string } {
  const { id, threadId, createdAt, role, assistantId, runId, attachments, content, endedAt } = message;
  const incomplete = status === "incomplete";
  return {
    id,
    object: "thread.message",
    created_at: createdAt,
    thread_id: threadId,
    status,
    incomplete_details: incomplete ? { reason: message.reason } : null,
    completed_at: status === "completed" ? endedAt : null,
    incomplete_at: incomplete ? endedAt : null,
    role,
    content: status === "in_progress" ? [] : content,
    assistant_id: assistantId,
    run_id: runId,
    attachments,
    metadata: message.metadata,
  };
}

/** Files that a message brings along are searched by every run from now on: in the thread's store, made where it has none. */
function attachFiles(exchange: Exchange, thread: Thread, fileIds: readonly string[]): void {
  if (fileIds.length === 0) return;
  const known = storesOf(thread.resources)[0];
  const store = known === undefined ? undefined : findStore(exchange, known);
  if (store !== undefined) {
    for (const id of fileIds) addToStore(exchange, store, id, undefined);
    return;
  }
  const id = createVectorStoreOf(exchange, { fileIds }, exchange.state.vectorStores.size);
  thread.resources = { ...thread.resources, file_search: { vector_store_ids: [id] } };
}

/** Images are counted and measured, as in chat; attachments are not part of what is said. */
export function chatMessage(exchange: Exchange, { role, content }: ThreadMessage): ChatMessage {
  const texts: string[] = [];
  const images: ChatMessage["images"][number][] = [];
  for (const block of content) {
    const { type, text: said, image_url: linked, image_file: stored } = block as Record<string, JsonObject>;
    if (isObject(said)) texts.push(said.value as string);
    if (isObject(linked)) {
      const detail = linked.detail as ChatMessage["images"][number]["detail"];
      images.push({ detail, source: readImageSource(linked.url as string, String(type)) });
    }
    if (isObject(stored)) {
      const file = findFile(exchange, stored.file_id as string);
      const extension = /\.(\w+)$/.exec(file?.filename ?? "")?.[1]?.toLowerCase() ?? "png";
      const mediaType = `image/${extension === "jpg" ? "jpeg" : extension}`;
      const detail = stored.detail as ChatMessage["images"][number]["detail"];
      images.push({ detail, source: { kind: "data", mediaType, bytes: file?.length ?? 0 } });
    }
  }
  return { role, text: texts.join("\n"), images, audioParts: 0, toolCalls: [], toolCallId: undefined };
}
