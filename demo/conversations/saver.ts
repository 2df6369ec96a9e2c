// Stores a conversation as it changes: what is new at once, a growing answer now and then, and only what changed.
import type { ChatSettings, ChatTree, Message } from "latchkey/react";
import type { Library } from "./library.ts";
import { isUnfinished } from "./record.ts";

export interface Saver {
  changed(tree: ChatTree): void;
  /** These came from elsewhere and are stored there already. */
  known(messages: readonly Message[]): void;
  /** Somebody removed it. It stays removed unless something new is said here; then everything is stored again. */
  forget(): void;
  flush(): void;
  /** Nothing is stored any more. */
  close(): void;
}

/** How often a growing answer is stored. */
const GROWING_MS = 700;
/** Every store copies the whole answer, so a huge one is stored more rarely. */
const MS_PER_MEGABYTE = 10_000;

export function createSaver(
  library: Library,
  id: string,
  initial: ChatTree,
  settings: () => ChatSettings,
): Saver {
  const saved = new Map(Object.entries(initial.messages));
  let { leaf } = initial;
  let latest = initial;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let forgotten = false;
  let closed = false;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (closed) return;
    const all = Object.values(latest.messages);
    let messages = all.filter((message) => saved.get(message.id) !== message);
    if (messages.length === 0 && (forgotten || leaf === latest.leaf)) return;
    if (forgotten) messages = all;
    forgotten = false;
    for (const message of messages) saved.set(message.id, message);
    leaf = latest.leaf;
    void library.save(id, latest, messages, settings());
  }

  return {
    changed(tree) {
      const before = latest;
      latest = tree;
      const last = tree.leaf === null ? undefined : tree.messages[tree.leaf];
      const begins = before.leaf !== tree.leaf;
      if (begins || !last || !isUnfinished(last)) flush();
      else timer ??= setTimeout(flush, GROWING_MS + (last.text.length / 1e6) * MS_PER_MEGABYTE);
    },
    known(messages) {
      for (const message of messages) saved.set(message.id, message);
    },
    forget() {
      forgotten = true;
    },
    flush,
    close() {
      closed = true;
    },
  };
}
