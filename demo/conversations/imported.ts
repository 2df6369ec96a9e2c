// A file that claims to hold conversations -> conversations, or a sentence that says why not. Nothing in it is trusted:
// what does not have the form is refused whole, and what could reach out of the page is not of the form.
import { type Message, soundTree } from "latchkey/react";
import * as v from "valibot";
import { t } from "../i18n.ts";
import type { WholeConversation } from "./database.ts";
import { FORMAT, VERSION } from "./exported.ts";
import { interrupted } from "./record.ts";

export const MAX_FILE_BYTES = 50 * 1024 * 1024;
export const MAX_CONVERSATIONS = 1_000;
export const MAX_MESSAGES = 20_000;

export type Imported =
  | { readonly ok: true; readonly wholes: readonly WholeConversation[] }
  | { readonly ok: false; readonly reason: string };

const id = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));
const text = v.string();
const time = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.finite(), v.minValue(0));
const nothing = <S extends v.GenericSchema>(schema: S) => v.nullable(schema);

const attachment = v.pipe(
  v.object({
    id: text,
    kind: v.picklist(["image", "audio", "file"]),
    name: text,
    mediaType: text,
    size: count,
    data: text,
  }),
  // An address here would be asked for when the message is shown.
  v.check(({ kind, data }) => kind === "file" || /^data:(image|audio)\//.test(data)),
);

const question = v.object({
  id,
  parentId: nothing(id),
  role: v.literal("user"),
  text,
  attachments: v.array(attachment),
  createdAt: time,
});

const answer = v.object({
  id,
  parentId: id,
  role: v.literal("assistant"),
  model: text,
  createdAt: time,
  phase: v.picklist(["waiting", "streaming", "done", "stopped", "cut", "failed"]),
  text,
  reasoning: text,
  refusal: text,
  toolCalls: v.array(
    v.object({ id: text, name: text, arguments: text, result: nothing(text), failed: v.boolean() }),
  ),
  citations: v.array(v.object({ title: text, url: nothing(text), content: text })),
  filtered: v.array(v.object({ category: text, severity: nothing(text) })),
  usage: nothing(v.object({ prompt: count, completion: count, reasoning: count, cached: count })),
  finishReason: nothing(text),
  firstTokenMs: nothing(count),
  reasoningMs: nothing(count),
  durationMs: nothing(count),
  requestId: nothing(text),
  budget: nothing(v.record(text, text)),
  failure: nothing(v.object({ title: text, advice: text, detail: text })),
});

const settings = v.object({
  model: text,
  systemPrompt: text,
  temperature: nothing(v.pipe(v.number(), v.finite())),
  maxTokens: nothing(v.pipe(v.number(), v.integer(), v.minValue(1))),
  jsonSchema: text,
  tools: v.array(text),
});

const file = v.object({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  conversations: v.array(
    v.object({
      conversation: v.object({
        id,
        title: v.pipe(text, v.minLength(1), v.maxLength(300)),
        named: v.boolean(),
        createdAt: time,
        changedAt: time,
        leaf: nothing(id),
        settings: nothing(settings),
      }),
      messages: v.array(v.variant("role", [question, answer])),
    }),
  ),
});

export async function readExport(given: File): Promise<Imported> {
  if (given.size > MAX_FILE_BYTES) {
    return refused(t("The file is larger than {limit} MB.", { limit: MAX_FILE_BYTES / 1024 / 1024 }));
  }
  let json: unknown;
  try {
    json = JSON.parse(await given.text());
  } catch {
    return refused(t("The file is not JSON. Choose one that was exported here."));
  }
  return parseExport(json);
}

export function parseExport(json: unknown): Imported {
  const { format, version } = Object(json) as { format?: unknown; version?: unknown };
  if (format !== FORMAT) {
    return refused(
      t("The file does not hold conversations of this page. Choose one that was exported here."),
    );
  }
  if (version !== VERSION) return refused(t("The file comes from a newer version of this page."));
  const parsed = v.safeParse(file, json, { abortEarly: true });
  if (!parsed.success) {
    const place = v.getDotPath(parsed.issues[0]) ?? "";
    return refused(t("The file is damaged at {place}.", { place }));
  }
  const { conversations } = parsed.output;
  const messages = conversations.reduce((sum, { messages: all }) => sum + all.length, 0);
  if (conversations.length > MAX_CONVERSATIONS || messages > MAX_MESSAGES) {
    return refused(
      t("The file holds more than {conversations} conversations or {messages} messages.", {
        conversations: MAX_CONVERSATIONS,
        messages: MAX_MESSAGES,
      }),
    );
  }
  return {
    ok: true,
    wholes: conversations.map(({ conversation, messages: all }) => {
      const byId = Object.fromEntries(
        all.map((message): [string, Message] => [message.id, interrupted(message)]),
      );
      const tree = soundTree({ messages: byId, leaf: conversation.leaf });
      return { conversation: { ...conversation, leaf: tree.leaf }, messages: tree.messages };
    }),
  };
}

function refused(reason: string): Imported {
  return { ok: false, reason };
}
