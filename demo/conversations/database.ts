// Where conversations lie: in the browser's IndexedDB, or in memory where it lets a page store nothing. Both keep each
// message by itself, so that two tabs that write the same conversation add to it and never overwrite it.
import type { ChatTree, Message } from "latchkey/react";
import type { Conversation, Draft } from "./record.ts";

/** A conversation with all of it, as it is exported, deleted and brought back. */
export interface WholeConversation {
  readonly conversation: Conversation;
  readonly messages: ChatTree["messages"];
}

export interface Database {
  /** Whether it outlives the page. */
  readonly lasting: boolean;
  conversations(): Promise<readonly Conversation[]>;
  messages(id: string): Promise<ChatTree["messages"]>;
  /** Adds and replaces messages; all of it is stored, or nothing. */
  put(conversation: Conversation, messages: readonly Message[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** Every message's text, for the search: conversation and text. */
  texts(): Promise<readonly (readonly [conversation: string, text: string])[]>;
  drafts(): Promise<ReadonlyMap<string, Draft>>;
  putDraft(id: string, draft: Draft | null): Promise<void>;
}

export function memoryDatabase(): Database {
  const conversations = new Map<string, Conversation>();
  const messages = new Map<string, Record<string, Message>>();
  const drafts = new Map<string, Draft>();
  return {
    lasting: false,
    conversations: async () => [...conversations.values()],
    messages: async (id) => ({ ...messages.get(id) }),
    async put(conversation, added) {
      conversations.set(conversation.id, conversation);
      const entries = added.map((message) => [message.id, message]);
      messages.set(conversation.id, { ...messages.get(conversation.id), ...Object.fromEntries(entries) });
    },
    async remove(id) {
      conversations.delete(id);
      messages.delete(id);
      drafts.delete(id);
    },
    texts: async () =>
      [...messages].flatMap(([id, all]) => Object.values(all).map(({ text }) => [id, text] as const)),
    drafts: async () => new Map(drafts),
    async putDraft(id, draft) {
      if (draft) drafts.set(id, draft);
      else drafts.delete(id);
    },
  };
}
