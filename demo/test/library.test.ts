// The store of conversations, on an IndexedDB in memory (fake-indexeddb), and what it does when that fails.
import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import type { ChatSettings, ChatTree, Message } from "latchkey/react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { answerOf, questionOf } from "../../test/react/messages.ts";
import { type Database, memoryDatabase, type WholeConversation } from "../conversations/database.ts";
import { openIndexedDatabase } from "../conversations/indexed-database.ts";
import { createLibrary, type Library, openLibrary } from "../conversations/library.ts";
import { createSaver } from "../conversations/saver.ts";

const settings: ChatSettings = {
  model: "gpt-5-mini",
  systemPrompt: "",
  temperature: null,
  maxTokens: null,
  jsonSchema: "",
  tools: [],
};

function treeOf(...messages: Message[]): ChatTree {
  return {
    messages: Object.fromEntries(messages.map((message) => [message.id, message])),
    leaf: messages.at(-1)?.id ?? null,
  };
}

const talk = treeOf(
  questionOf("q1", null, "Where do otters sleep?\nReally."),
  answerOf("a1", "q1", { phase: "done", text: "Afloat." }),
);
const all = (tree: ChatTree) => Object.values(tree.messages);
const titles = (library: Library) => library.state().items.map(({ title }) => title);

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

describe.each([
  ["IndexedDB", openIndexedDatabase],
  ["memory", async () => memoryDatabase()],
] as [string, () => Promise<Database>][])("A library in %s", (_, open) => {
  test("keeps a conversation, names it by its first line, and finds it by its words", async () => {
    const database = await open();
    const library = await createLibrary(database);
    await library.save("c1", talk, all(talk), settings);
    const again = await createLibrary(database);
    expect(titles(again)).toEqual(["Where do otters sleep?"]);
    expect(await again.tree("c1")).toEqual(talk);
    expect(await again.tree("other")).toEqual({ messages: {}, leaf: null });
    expect([...(await again.search("AFLOAT otters"))]).toEqual(["c1"]);
    expect([...(await again.search("afloat beavers"))]).toEqual([]);
  });

  test("keeps a given name, and does not take looking at a branch for news", async () => {
    const library = await createLibrary(await open());
    await library.save("c1", talk, all(talk), settings);
    await library.save("c2", talk, all(talk), settings);
    await library.rename("c1", "  Otters ");
    await library.save("c1", talk, all(talk), settings);
    expect(titles(library)).toEqual(["Otters", "Where do otters sleep?"]);
    await library.save("c2", { ...talk, leaf: "q1" }, [], settings);
    expect(titles(library)).toEqual(["Otters", "Where do otters sleep?"]);
    await library.rename("c1", "  ");
    expect(titles(library)[0]).toBe("Otters");
  });

  test("removes a conversation with all of it, and brings it back", async () => {
    const database = await open();
    const library = await createLibrary(database);
    await library.save("c1", talk, all(talk), settings);
    const heard: unknown[] = [];
    library.follow("c1", (change) => heard.push(change));
    const whole = await library.remove("c1");
    expect(heard).toEqual(["removed here"]);
    expect(await database.messages("c1")).toEqual({});
    expect(await database.texts()).toEqual([]);
    await library.add([whole]);
    expect(await library.tree("c1")).toEqual(talk);
    expect(titles(library)).toEqual(["Where do otters sleep?"]);
  });

  test("takes in conversations in their order, and leaves what is there its name, branch and settings", async () => {
    const library = await createLibrary(await open());
    await library.save("known", talk, all(talk), settings);
    await library.rename("known", "Otters");
    const wholeOf = (id: string, changedAt: number): WholeConversation => ({
      conversation: { id, title: id, named: false, createdAt: 0, changedAt, leaf: "q1", settings: null },
      messages: talk.messages,
    });
    await library.add([wholeOf("new", 3), wholeOf("known", 2), wholeOf("old", 1)]);
    expect(library.state().items.map(({ id }) => id)).toEqual(["new", "old", "known"]);
    expect(library.state().items.at(-1)).toMatchObject({ title: "Otters", leaf: "a1", settings });
  });

  test("keeps the settings of whoever asked, not of whoever looks", async () => {
    const library = await createLibrary(await open());
    await library.save("c1", talk, all(talk), settings);
    await library.save("c1", { ...talk, leaf: "q1" }, [], { ...settings, model: "other" });
    expect(library.state().items[0]).toMatchObject({ leaf: "q1", settings });
  });

  test("keeps drafts until they are empty", async () => {
    const database = await open();
    const library = await createLibrary(database);
    library.saveDraft("new", { text: "half a", attachments: [] });
    await vi.waitFor(async () => expect((await createLibrary(database)).draft("new").text).toBe("half a"));
    library.saveDraft("new", { text: "", attachments: [] });
    await vi.waitFor(async () => expect((await createLibrary(database)).draft("new").text).toBe(""));
  });

  test("stores an answer on its way as interrupted, and replaces it when it ends", async () => {
    const database = await open();
    const library = await createLibrary(database);
    const growing = treeOf(
      questionOf("q1", null),
      answerOf("a1", "q1", { phase: "streaming", text: "Aflo" }),
    );
    await library.save("c1", growing, all(growing), settings);
    const { a1 } = (await library.tree("c1")).messages;
    expect(a1).toMatchObject({ phase: "cut", text: "Aflo" });
    await library.save("c1", talk, all(talk), settings);
    expect((await library.tree("c1")).messages.a1).toMatchObject({ phase: "done", text: "Afloat." });
  });

  test("keeps the order when the clock goes back", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 2_000 });
    const library = await createLibrary(await open());
    await library.save("old", talk, all(talk), settings);
    vi.setSystemTime(1_000);
    await library.save("new", talk, all(talk), settings);
    vi.useRealTimers();
    expect(library.state().items.map(({ id }) => id)).toEqual(["new", "old"]);
  });
});

describe("Two libraries, as two tabs", () => {
  test("hear of each other's changes and lose none", async () => {
    const [one, other] = [
      await createLibrary(await openIndexedDatabase()),
      await createLibrary(await openIndexedDatabase()),
    ];
    const heard: unknown[] = [];
    other.follow("c1", (change) => heard.push(change));
    await one.save("c1", talk, all(talk), settings);
    await vi.waitFor(() => expect(heard).toEqual([all(talk)]));
    expect(titles(other)).toEqual(["Where do otters sleep?"]);
    const mine = treeOf(...all(talk), questionOf("q2", "a1"));
    const theirs = treeOf(...all(talk), questionOf("q3", "a1"));
    await Promise.all([
      one.save("c1", mine, [mine.messages.q2 as Message], settings),
      other.save("c1", theirs, [theirs.messages.q3 as Message], settings),
    ]);
    expect(Object.keys((await one.tree("c1")).messages).sort()).toEqual(["a1", "q1", "q2", "q3"]);
    await other.remove("c1");
    await vi.waitFor(() => expect(titles(one)).toEqual([]));
  });
});

test("A browser that never opens its database gets one in memory", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.stubGlobal("indexedDB", { open: () => Object.assign(new EventTarget(), { result: undefined }) });
  vi.stubGlobal("IDBRequest", EventTarget);
  const opening = openLibrary();
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await opening).state().inMemory).toBe(true);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("A database that the browser closes, as when a phone wakes up, is opened again", async () => {
  const library = await createLibrary(await openIndexedDatabase());
  await library.save("c1", talk, all(talk), settings);
  // The page's connection gives way to this.
  await new Promise((resolve) => {
    indexedDB.deleteDatabase("latchkey").onsuccess = resolve;
  });
  await library.save("c2", talk, all(talk), settings);
  expect(library.state().problem).toBe(null);
  expect(Object.keys(await (await openIndexedDatabase()).messages("c2")).sort()).toEqual(["a1", "q1"]);
});

test("A database that a newer page has changed is left alone, and that is told", async () => {
  const library = await createLibrary(await openIndexedDatabase());
  await new Promise((resolve) => {
    indexedDB.open("latchkey", 99).onsuccess = resolve;
  });
  await library.save("c1", talk, all(talk), settings);
  expect(library.state().problem).toBe("failed");
  expect(await library.tree("c1")).toEqual(talk);
});

describe("A database that fails", () => {
  const failing = (error: unknown): Database & { fails: boolean } => {
    const memory = memoryDatabase();
    return {
      ...memory,
      fails: true,
      put(...args) {
        return this.fails ? Promise.reject(error) : memory.put(...args);
      },
    };
  };

  test("is told as full, keeps the conversation, and stores all of it when there is room", async () => {
    const database = failing(new DOMException("no room", "QuotaExceededError"));
    const library = await createLibrary(database);
    await library.save("c1", talk, all(talk), settings);
    expect(library.state().problem).toBe("full");
    expect(await library.tree("c1")).toEqual(talk);
    expect([...(await library.search("afloat"))]).toEqual(["c1"]);
    database.fails = false;
    await library.rename("c1", "Otters");
    expect(library.state().problem).toBe(null);
    expect(Object.keys(await database.messages("c1")).sort()).toEqual(["a1", "q1"]);
  });

  test("stays told until everything is stored, and what did not fit is stored when something is deleted", async () => {
    const memory = memoryDatabase();
    const full = new Set(["c1", "c2"]);
    const library = await createLibrary({
      ...memory,
      put: (conversation, messages) =>
        full.has(conversation.id)
          ? Promise.reject(new DOMException("no room", "QuotaExceededError"))
          : memory.put(conversation, messages),
    });
    for (const id of ["small", "c1", "c2"]) await library.save(id, talk, all(talk), settings);
    await library.rename("small", "Otters");
    expect(library.state().problem).toBe("full");
    full.clear();
    await library.remove("small");
    await vi.waitFor(() => expect(library.state().problem).toBe(null));
    for (const id of ["c1", "c2"]) {
      expect(Object.keys(await memory.messages(id)).sort()).toEqual(["a1", "q1"]);
    }
  });

  test("is nobody's concern any more once the conversation is removed", async () => {
    const database = failing(new DOMException("no room", "QuotaExceededError"));
    const library = await createLibrary(database);
    await library.save("c1", talk, all(talk), settings);
    await library.remove("c1");
    expect(library.state().problem).toBe(null);
  });

  test("is nobody's concern any more once another tab has removed the conversation", async () => {
    const library = await createLibrary(failing(new DOMException("no room", "QuotaExceededError")));
    const other = await createLibrary(memoryDatabase());
    await library.save("c1", talk, all(talk), settings);
    await vi.waitFor(() => expect(titles(other)).toHaveLength(1));
    await other.remove("c1");
    await vi.waitFor(() => expect(library.state().problem).toBe(null));
    expect(await library.tree("c1")).toEqual({ messages: {}, leaf: null });
  });

  test("is told as failed for any other reason", async () => {
    const library = await createLibrary(failing(new Error("broken")));
    await library.save("c1", talk, all(talk), settings);
    expect(library.state().problem).toBe("failed");
  });
});

describe("createSaver", () => {
  function saving() {
    const saved: [number, string[]][] = [];
    const library = {
      save: async (_id: string, tree: ChatTree, changed: readonly Message[]) => {
        saved.push([Object.keys(tree.messages).length, changed.map(({ id }) => id)]);
      },
    } as unknown as Library;
    return { saver: createSaver(library, "c1", treeOf(), () => settings), saved };
  }

  test("stores what is new at once, a growing answer now and then, and its end at once", () => {
    vi.useFakeTimers();
    const { saver, saved } = saving();
    const growing = (text: string, phase: "streaming" | "done" = "streaming") =>
      treeOf(talk.messages.q1 as Message, answerOf("a1", "q1", { phase, text }));
    saver.changed(growing("A"));
    expect(saved).toEqual([[2, ["q1", "a1"]]]);
    saver.changed(growing("Af"));
    saver.changed(growing("Afl"));
    expect(saved).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    expect(saved[1]).toEqual([2, ["a1"]]);
    saver.changed(growing("Aflo"));
    saver.changed(growing("Afloat.", "done"));
    expect(saved).toHaveLength(3);
    vi.advanceTimersByTime(60_000);
    expect(saved).toHaveLength(3);
    vi.useRealTimers();
  });

  test("stores nothing that is known or removed, and everything once it was forgotten", () => {
    const { saver, saved } = saving();
    saver.known(all(talk));
    saver.changed(talk);
    expect(saved).toEqual([[2, []]]);
    saver.forget();
    const more = treeOf(...all(talk), questionOf("q2", "a1"));
    saver.changed(more);
    expect(saved[1]).toEqual([3, ["q1", "a1", "q2"]]);
    saver.close();
    saver.changed(treeOf(questionOf("q9", null)));
    expect(saved).toHaveLength(2);
  });

  test("does not bring back what another tab removed by looking at it or leaving it", () => {
    const { saver, saved } = saving();
    saver.known(all(talk));
    saver.changed(talk);
    saver.forget();
    saver.flush();
    saver.changed({ ...talk, leaf: "q1" });
    const ended = answerOf("a2", "q1", { phase: "cut" });
    saver.known([ended]);
    saver.changed(treeOf(...all(talk), ended));
    expect(saved).toHaveLength(1);
  });
});
