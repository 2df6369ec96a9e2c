// What is stored of a conversation beside its messages, and what is stored of an answer that has not ended.
import type { AssistantMessage, Attachment, ChatSettings, ChatTree, Message } from "latchkey/react";
import { pathOf } from "latchkey/react";
import { t } from "../i18n.ts";

export interface Conversation {
  readonly id: string;
  readonly title: string;
  /** A person gave the title, so it no longer follows the first question. */
  readonly named: boolean;
  /** By the clock, for show. */
  readonly createdAt: number;
  /** Higher than that of every change before it, whatever the clock does: the order of the list. */
  readonly changedAt: number;
  readonly leaf: string | null;
  readonly settings: ChatSettings | null;
}

/** A message that is not sent yet. */
export interface Draft {
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

export const emptyDraft: Draft = { text: "", attachments: [] };

const MAX_TITLE_CHARS = 60;

/** The first line of the first question. */
export function titleOf(tree: ChatTree): string {
  const first = pathOf(tree)[0];
  if (first?.role !== "user") return t("New chat");
  const line = first.text.trim().split("\n", 1)[0]?.trim() ?? "";
  if (line === "") return first.attachments[0]?.name ?? t("New chat");
  // By characters, not halves of them; no more of a long line is looked at than can be needed.
  const chars = Array.from(line.slice(0, 2 * MAX_TITLE_CHARS + 2));
  return chars.length > MAX_TITLE_CHARS ? `${chars.slice(0, MAX_TITLE_CHARS).join("").trimEnd()}…` : line;
}

export function isUnfinished(message: Message): message is AssistantMessage {
  return message.role === "assistant" && (message.phase === "waiting" || message.phase === "streaming");
}

/**
 * An answer that nobody reads on. It is stored like this from its first word: should the page go away, this is what is
 * true, and an answer that ends replaces it.
 */
export function interrupted(message: Message): Message {
  if (!isUnfinished(message)) return message;
  const failure = {
    title: t("This answer was interrupted."),
    advice: t("The page was closed or lost its connection before the end. What arrived is kept."),
    detail: "",
  };
  return { ...message, phase: message.text === "" ? "failed" : "cut", failure };
}
