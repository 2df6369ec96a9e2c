// All conversations of this browser: the list, what each holds, and drafts. It keeps what it could not store in memory,
// so that a full disk costs the next reload and not the conversation.
import { type ChatSettings, type ChatTree, type Message, mergeTrees, soundTree } from "latchkey/react";
import { type Channel, type News, openChannel } from "./channel.ts";
import { type Database, memoryDatabase, type WholeConversation } from "./database.ts";
import { openIndexedDatabase } from "./indexed-database.ts";
import { type Conversation, type Draft, emptyDraft, interrupted, titleOf } from "./record.ts";

export interface LibraryState {
  /** Newest change first. */
  readonly items: readonly Conversation[];
  /** Nothing outlives the page: the browser refused. */
  readonly inMemory: boolean;
  /** Why the newest change could not be stored. */
  readonly problem: "full" | "failed" | null;
}

export interface Library {
  state(): LibraryState;
  subscribe(listener: () => void): () => void;
  tree(id: string): Promise<ChatTree>;
  save(id: string, tree: ChatTree, changed: readonly Message[], settings: ChatSettings): Promise<void>;
  rename(id: string, title: string): Promise<void>;
  /** Gives back what brings it back. */
  remove(id: string): Promise<WholeConversation>;
  /** Adds conversations; one that is there gets what it lacks. */
  add(wholes: readonly WholeConversation[]): Promise<void>;
  whole(id: string): Promise<WholeConversation | null>;
  /** Ids of the conversations that have every word of the query, in title or text. */
  search(query: string): Promise<ReadonlySet<string>>;
  draft(id: string): Draft;
  saveDraft(id: string, draft: Draft): void;
  /** Tells of messages that came from elsewhere, and of the removal of the conversation. */
  follow(id: string, hear: (change: Change) => void): () => void;
}

export type Change = readonly Message[] | "removed here" | "removed elsewhere";

const OPENING_MS = 8_000;

let opened: Promise<Library> | undefined;

/** One for the page. */
export function openLibrary(): Promise<Library> {
  opened ??= inTime(openIndexedDatabase())
    .then(createLibrary)
    .catch(() => createLibrary(memoryDatabase()));
  return opened;
}

export async function createLibrary(database: Database): Promise<Library> {
  const items = new Map<string, Conversation>();
  for (const item of await database.conversations()) items.set(item.id, item);
  const drafts = new Map(await database.drafts());
  /** What the database would not take, by conversation. */
  const unstored = new Map<string, Map<string, Message>>();
  /** Conversations whose newest state the database did not take. */
  const refused = new Set<string>();
  const followers = new Map<string, Set<(change: Change) => void>>();
  const listeners = new Set<() => void>();
  let problem: LibraryState["problem"] = null;
  let state: LibraryState = snapshot();
  const channel: Channel = openChannel(hear);

  function snapshot(): LibraryState {
    const sorted = [...items.values()].sort((one, other) => other.changedAt - one.changedAt);
    return { items: sorted, inMemory: !database.lasting, problem };
  }

  function changed(): void {
    state = snapshot();
    for (const listener of listeners) listener();
  }

  function hear(news: News): void {
    const id = news.type === "changed" ? news.conversation.id : news.id;
    if (news.type === "changed") items.set(id, news.conversation);
    else forget(id);
    tellFollowers(id, news.type === "changed" ? news.messages : "removed elsewhere");
    changed();
  }

  function forget(id: string): void {
    items.delete(id);
    unstored.delete(id);
    refused.delete(id);
    drafts.delete(id);
    if (refused.size === 0) setProblem(null);
  }

  function tellFollowers(id: string, change: Change): void {
    for (const follower of followers.get(id) ?? []) follower(change);
  }

  /** After every other change, though the clock says otherwise. */
  function now(): number {
    return Math.max(Date.now(), (state.items[0]?.changedAt ?? 0) + 1);
  }

  async function store(conversation: Conversation, messages: readonly Message[]): Promise<void> {
    items.set(conversation.id, conversation);
    const waiting = unstored.get(conversation.id) ?? new Map<string, Message>();
    for (const message of messages) waiting.set(message.id, interrupted(message));
    unstored.set(conversation.id, waiting);
    changed();
    channel.tell({ type: "changed", conversation, messages });
    const batch = [...waiting.values()];
    try {
      await database.put(conversation, batch);
      // Newer versions may have come meanwhile.
      for (const message of batch) if (waiting.get(message.id) === message) waiting.delete(message.id);
      refused.delete(conversation.id);
      tryAgain();
    } catch (error) {
      if (items.has(conversation.id)) refused.add(conversation.id);
      setProblem(isFull(error) ? "full" : "failed");
    }
  }

  /** There may be room now for what was refused before. One at a time: each that is taken leads to the next. */
  function tryAgain(): void {
    const [id] = refused;
    const conversation = id === undefined ? undefined : items.get(id);
    if (conversation) void store(conversation, []);
    else setProblem(null);
  }

  function setProblem(next: LibraryState["problem"]): void {
    if (problem === next) return;
    problem = next;
    changed();
  }

  async function messagesOf(id: string): Promise<ChatTree["messages"]> {
    const stored = await database.messages(id).catch(() => ({}));
    return { ...stored, ...Object.fromEntries(unstored.get(id) ?? []) };
  }

  async function whole(id: string): Promise<WholeConversation | null> {
    const conversation = items.get(id);
    return conversation ? { conversation, messages: await messagesOf(id) } : null;
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async tree(id) {
      return soundTree({ messages: await messagesOf(id), leaf: items.get(id)?.leaf ?? null });
    },
    async save(id, tree, messages, settings) {
      const known = items.get(id);
      const named = known?.named === true;
      await store(
        {
          id,
          title: named ? known.title : titleOf(tree),
          named,
          createdAt: known?.createdAt ?? Date.now(),
          // Looking at another branch is no news.
          changedAt: messages.length === 0 ? (known?.changedAt ?? now()) : now(),
          leaf: tree.leaf,
          settings: messages.length === 0 ? (known?.settings ?? settings) : settings,
        },
        messages,
      );
    },
    async rename(id, title) {
      const known = items.get(id);
      if (known && title.trim() !== "") await store({ ...known, title: title.trim(), named: true }, []);
    },
    async remove(id) {
      const removed = await whole(id);
      if (!removed) throw new Error("there is no such conversation");
      forget(id);
      tellFollowers(id, "removed here");
      changed();
      channel.tell({ type: "removed", id });
      await database.remove(id).then(tryAgain, () => setProblem("failed"));
      return removed;
    },
    async add(wholes) {
      // The newest last: each comes before the one that was added before it.
      const sorted = wholes.toSorted(
        (one, other) => one.conversation.changedAt - other.conversation.changedAt,
      );
      for (const { conversation, messages } of sorted) {
        const here = { messages: await messagesOf(conversation.id), leaf: null };
        const merged = mergeTrees(here, { messages, leaf: conversation.leaf });
        const news = Object.values(merged.messages).filter((one) => here.messages[one.id] !== one);
        const known = items.get(conversation.id);
        await store(known ?? { ...conversation, changedAt: now() }, news);
        tellFollowers(conversation.id, news);
      }
    },
    whole,
    async search(query) {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);
      const texts = new Map([...items.values()].map(({ id, title }) => [id, title.toLowerCase()]));
      const add = (id: string, text: string) => {
        const before = texts.get(id);
        if (before !== undefined) texts.set(id, `${before}\n${text.toLowerCase()}`);
      };
      for (const [id, text] of await database.texts().catch(() => [])) add(id, text);
      for (const [id, messages] of unstored) for (const { text } of messages.values()) add(id, text);
      const found = [...texts].filter(([, text]) => words.every((word) => text.includes(word)));
      return new Set(found.map(([id]) => id));
    },
    draft: (id) => drafts.get(id) ?? emptyDraft,
    saveDraft(id, draft) {
      const isEmpty = draft.text === "" && draft.attachments.length === 0;
      if (isEmpty && !drafts.has(id)) return;
      if (isEmpty) drafts.delete(id);
      else drafts.set(id, draft);
      database.putDraft(id, isEmpty ? null : draft).then(
        () => {},
        (error: unknown) => setProblem(isFull(error) ? "full" : "failed"),
      );
    },
    follow(id, listener) {
      const all = followers.get(id) ?? new Set();
      followers.set(id, all.add(listener));
      return () => all.delete(listener);
    },
  };
}

/** Some browsers never answer, as behind a tab of old that does not let go; nobody can write until there is a store. */
function inTime<T>(opening: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the database did not open")), OPENING_MS);
    opening.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}
