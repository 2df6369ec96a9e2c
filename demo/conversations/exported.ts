// Conversations as files: JSON that comes back whole, and Markdown to read elsewhere.
import { type Message, pathOf, soundTree } from "latchkey/react";
import { t } from "../i18n.ts";
import type { WholeConversation } from "./database.ts";
import { interrupted } from "./record.ts";

export const FORMAT = "latchkey-conversations";
export const VERSION = 1;

export function asJson(wholes: readonly WholeConversation[]): string {
  const conversations = wholes.map(({ conversation, messages }) => ({
    conversation,
    messages: Object.values(messages).map(interrupted),
  }));
  return JSON.stringify({ format: FORMAT, version: VERSION, conversations }, null, 1);
}

/** The path that is shown; other branches are in the JSON. */
export function asMarkdown({ conversation, messages }: WholeConversation): string {
  const path = pathOf(soundTree({ messages, leaf: conversation.leaf }));
  return `${[`# ${oneLine(conversation.title)}`, ...path.map(sectionOf)].join("\n\n")}\n`;
}

function sectionOf(message: Message): string {
  if (message.role === "user") {
    const names = message.attachments.map(
      ({ name }) => `*${t("Attached: {name}", { name: oneLine(name) })}*`,
    );
    return [`## ${t("You")}`, message.text, ...names].filter(Boolean).join("\n\n");
  }
  const sources = message.citations.map(
    ({ title, url }, index) => `${index + 1}. ${oneLine(title)}${url ? ` <${oneLine(url)}>` : ""}`,
  );
  return [
    `## ${oneLine(message.model)}`,
    message.text || message.refusal || `*${message.failure?.title ?? t("No answer.")}*`,
    sources.join("\n"),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A title as the name of a file, on every system. */
export function fileName(title: string, extension: string): string {
  const name = title
    .replace(/[\p{C}\\/:*?"<>|.]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  // By characters: half of one is no name.
  return `${Array.from(name).slice(0, 60).join("").trim() || "chat"}.${extension}`;
}

export function download(name: string, text: string, mediaType: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: mediaType }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the blob by the next task; the address would keep it for as long as the page lives.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
