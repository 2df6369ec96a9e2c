// The browser's IndexedDB, through `idb`. Messages are keyed by conversation and id; their texts lie apart, so that a
// search reads words and not the images beside them.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Message } from "latchkey/react";
import type { Database } from "./database.ts";
import type { Conversation, Draft } from "./record.ts";

type MessageKey = [conversation: string, message: string];

interface Schema extends DBSchema {
  conversations: { key: string; value: Conversation };
  messages: { key: MessageKey; value: Message };
  texts: { key: MessageKey; value: string };
  drafts: { key: string; value: Draft };
}

const NAME = "latchkey";
const VERSION = 1;

type Open = IDBPDatabase<Schema>;

/** Rejects where the browser lets the page store nothing, as some do in a private window. */
export async function openIndexedDatabase(): Promise<Database> {
  let db = await open();
  return databaseOf(async (work) => {
    try {
      return await work(db);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
      // Browsers close connections by themselves, as when a phone wakes up.
      db = await open();
      return work(db);
    }
  });
}

function open(): Promise<Open> {
  return openDB<Schema>(NAME, VERSION, {
    upgrade(created) {
      created.createObjectStore("conversations", { keyPath: "id" });
      created.createObjectStore("messages");
      created.createObjectStore("texts");
      created.createObjectStore("drafts");
    },
    // A tab with a newer page wants to change the stores: it must not wait for this one.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}

/** `use` has a connection that is open; what it is given may run twice. */
function databaseOf(use: <T>(work: (db: Open) => Promise<T>) => Promise<T>): Database {
  return {
    lasting: true,
    conversations: () => use((db) => db.getAll("conversations")),
    async messages(id) {
      const all = await use((db) => db.getAll("messages", rangeOf(id)));
      return Object.fromEntries(all.map((message) => [message.id, message]));
    },
    put: (conversation, messages) =>
      use(async (db) => {
        const written = db.transaction(["conversations", "messages", "texts"], "readwrite");
        const puts = messages.flatMap((message) => {
          const key: MessageKey = [conversation.id, message.id];
          return [
            written.objectStore("messages").put(message, key),
            written.objectStore("texts").put(message.text, key),
          ];
        });
        await Promise.all([...puts, written.objectStore("conversations").put(conversation), written.done]);
      }),
    remove: (id) =>
      use(async (db) => {
        const written = db.transaction(["conversations", "messages", "texts", "drafts"], "readwrite");
        await Promise.all([
          written.objectStore("conversations").delete(id),
          written.objectStore("messages").delete(rangeOf(id)),
          written.objectStore("texts").delete(rangeOf(id)),
          written.objectStore("drafts").delete(id),
          written.done,
        ]);
      }),
    texts: () =>
      use(async (db) => {
        const read = db.transaction("texts");
        const [keys, texts] = await Promise.all([read.store.getAllKeys(), read.store.getAll()]);
        return keys.map(([id], index) => [id, texts[index] ?? ""] as const);
      }),
    drafts: () =>
      use(async (db) => {
        const read = db.transaction("drafts");
        const [keys, drafts] = await Promise.all([read.store.getAllKeys(), read.store.getAll()]);
        return new Map(keys.map((key, index) => [key, drafts[index] as Draft]));
      }),
    putDraft: (id, draft) =>
      use(async (db) => {
        if (draft) await db.put("drafts", draft, id);
        else await db.delete("drafts", id);
      }),
  };
}

/** A list is greater than any text, so this ends after the last message of the conversation. */
function rangeOf(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id, ""], [id, []]);
}
