import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  emptyChat,
  statusOf,
} from "../../src/react/chat-machine.ts";
import type { AssistantMessage, ChatTree, Message, UserMessage } from "../../src/react/message.ts";
import {
  childrenOf,
  emptyTree,
  mergeTrees,
  pathOf,
  siblingsOf,
  soundTree,
  usageOf,
} from "../../src/react/tree.ts";
import { answerOf, questionOf } from "./messages.ts";

const ask = (n: number, parentId: string | null = null): ChatAction => ({
  type: "ask",
  question: questionOf(`q${n}`, parentId),
  answer: answerOf(`a${n}`, `q${n}`),
  run: `r${n}`,
});
const text = (run: string, piece: string, elapsedMs = 120): ChatAction => ({
  type: "update",
  run,
  update: { text: piece, elapsedMs },
});
const end = (run: string, phase: "done" | "stopped" | "cut" | "failed" = "done"): ChatAction => ({
  type: "end",
  run,
  phase,
  failure: phase === "failed" || phase === "cut" ? { title: "No.", advice: "Try.", detail: "" } : null,
  durationMs: 500,
});
const run = (...actions: ChatAction[]): ChatState => actions.reduce(chatReducer, emptyChat);
const answer = (state: ChatState, id: string) => state.tree.messages[id] as AssistantMessage;

describe("chatReducer", () => {
  test("takes an answer from waiting over streaming to done", () => {
    expect(statusOf(run(ask(1)))).toBe("waiting");
    const streaming = run(ask(1), text("r1", "Hel", 120), text("r1", "lo", 400));
    expect(answer(streaming, "a1")).toMatchObject({ phase: "streaming", text: "Hello", firstTokenMs: 120 });
    expect(statusOf(streaming)).toBe("streaming");
    const done = chatReducer(streaming, end("r1"));
    expect(answer(done, "a1")).toMatchObject({ phase: "done", durationMs: 500 });
    expect(statusOf(done)).toBe("ready");
    expect(statusOf(run(ask(1), end("r1", "failed")))).toBe("failed");
  });

  test("keeps both branches of an edited question, each with what followed", () => {
    const first = run(ask(1), end("r1"), ask(2, "a1"), end("r2"));
    const edited = chatReducer(chatReducer(first, ask(3, null)), end("r3"));
    expect(pathOf(edited.tree).map(({ id }) => id)).toEqual(["q3", "a3"]);
    expect(siblingsOf(edited.children, edited.tree.messages.q3 as Message)).toEqual({
      ids: ["q1", "q3"],
      index: 1,
    });
    const back = chatReducer(edited, { type: "switch", id: "q1" });
    expect(pathOf(back.tree).map(({ id }) => id)).toEqual(["q1", "a1", "q2", "a2"]);
  });

  test("adds the rest of an answer to its text, its usage to its usage", () => {
    const usage = { prompt: 3, completion: 5, reasoning: 1, cached: 0 };
    const cut = run(
      ask(1),
      text("r1", "one "),
      { type: "update", run: "r1", update: { usage, finishReason: "length" } },
      end("r1"),
    );
    const going = chatReducer(cut, { type: "continue", id: "a1", run: "r2" });
    expect(answer(going, "a1")).toMatchObject({ phase: "waiting", text: "one ", finishReason: null });
    const late = chatReducer(going, text("r1", "late"));
    expect(late).toBe(going);
    const whole = [
      text("r2", "two"),
      { type: "update", run: "r2", update: { usage, finishReason: "stop" } } as const,
      end("r2"),
    ].reduce(chatReducer, going);
    expect(answer(whole, "a1")).toMatchObject({
      text: "one two",
      phase: "done",
      finishReason: "stop",
      usage: { prompt: 6, completion: 10, reasoning: 2, cached: 0 },
      durationMs: 1000,
      firstTokenMs: 120,
    });
    expect(chatReducer(whole, { type: "continue", id: "a1", run: "r3" })).toBe(whole);
  });

  test("puts the result of a tool in place of its call", () => {
    const call = { id: "c1", name: "time", arguments: "{}", result: null, failed: false };
    const begun = run(ask(1), { type: "update", run: "r1", update: { toolCall: call } });
    expect(statusOf(begun)).toBe("streaming");
    const ended = chatReducer(begun, {
      type: "update",
      run: "r1",
      update: { toolCall: { ...call, result: "noon" } },
    });
    expect(answer(ended, "a1").toolCalls).toEqual([{ ...call, result: "noon" }]);
  });

  test("names a filter once, however often the service does", () => {
    const filtered = [{ category: "violence", severity: "high" }];
    const update: ChatAction = { type: "update", run: "r1", update: { filtered } };
    expect(answer(run(ask(1), update, update), "a1").filtered).toEqual(filtered);
  });

  test("has one answer at a time", () => {
    const state = run(ask(1));
    expect(chatReducer(state, ask(2))).toBe(state);
    expect(chatReducer(state, { type: "answer", answer: answerOf("a2", "q1"), run: "r2" })).toBe(state);
  });

  test.each([
    ["a question after a question", { ...ask(2), question: questionOf("q2", "q1") }],
    ["a question after nothing that is there", { ...ask(2), question: questionOf("q2", "gone") }],
    ["an answer to another question", { ...ask(2), answer: answerOf("a2", "q1") }],
    ["an id that is taken", { ...ask(2), question: questionOf("q1", null) }],
    ["an answer in the beginning", { type: "answer", answer: answerOf("a2", ""), run: "r2" }],
    ["a switch to nothing", { type: "switch", id: "gone" }],
    ["a switch into a prototype", { type: "switch", id: "toString" }],
  ] as [string, ChatAction][])("leaves the state as it is for %s", (_, action) => {
    const state = run(ask(1), end("r1", "failed"));
    expect(chatReducer(state, action)).toBe(state);
  });
});

describe("mergeTrees", () => {
  const here: ChatTree = run(ask(1), text("r1", "long text"), end("r1")).tree;
  const withText = (text: string, phase: AssistantMessage["phase"]): ChatTree => ({
    ...here,
    messages: { ...here.messages, a1: { ...(here.messages.a1 as AssistantMessage), text, phase } },
  });

  test("takes what is further and keeps what is further here", () => {
    expect(mergeTrees(here, withText("long", "streaming"))).toBe(here);
    expect(mergeTrees(withText("long", "cut"), here).messages.a1).toBe(here.messages.a1);
    expect(mergeTrees(withText("long text", "cut"), here).messages.a1).toBe(here.messages.a1);
  });

  test("does not touch the answer that is on its way here", () => {
    const mine = withText("lo", "streaming");
    expect(mergeTrees(mine, here, "a1")).toBe(mine);
  });

  test("shows what the other tab added at the end of the shown path", () => {
    const there = run(ask(1), text("r1", "long text"), end("r1"), ask(2, "a1"), end("r2")).tree;
    const merged = mergeTrees(here, there);
    expect(merged.leaf).toBe("a2");
    expect(Object.keys(merged.messages).sort()).toEqual(["a1", "a2", "q1", "q2"]);
  });

  test("keeps the shown path when the other tab went on elsewhere", () => {
    const mine = run(ask(1), text("r1", "long text"), end("r1"), ask(3, "a1"), end("r3")).tree;
    const there = run(ask(1), text("r1", "long text"), end("r1"), ask(4, "a1"), end("r4")).tree;
    const merged = mergeTrees(mine, there);
    expect(merged.leaf).toBe("a3");
    expect(pathOf({ ...merged, leaf: "a4" }).map(({ id }) => id)).toEqual(["q1", "a1", "q4", "a4"]);
  });
});

describe("soundTree", () => {
  test("leaves out circles, orphans and answers without a question, and ends", () => {
    const messages = {
      q1: questionOf("q1", null),
      a1: answerOf("a1", "q1"),
      a9: answerOf("a9", ""),
      q7: questionOf("q7", "a8"),
      a8: answerOf("a8", "q7"),
      q5: questionOf("q5", "gone"),
      other: questionOf("not-its-key", "a1"),
    };
    expect(soundTree({ messages, leaf: "q7" })).toEqual({
      messages: { q1: messages.q1, a1: messages.a1 },
      leaf: "a1",
    });
    expect(soundTree({ messages: {}, leaf: "x" })).toEqual(emptyTree);
  });
});

/** What anyone may do in any order, with names that often fit and sometimes do not. */
const names = fc.nat({ max: 12 });
const anyAction: fc.Arbitrary<(state: ChatState, n: number) => ChatAction> = fc.oneof(
  fc.tuple(names).map(([at]) => (state: ChatState, n: number): ChatAction => {
    const answers = Object.values(state.tree.messages).filter(({ role }) => role === "assistant");
    const parent = answers[at % (answers.length + 1)]?.id ?? null;
    return {
      type: "ask",
      question: questionOf(`q${n}`, parent),
      answer: answerOf(`a${n}`, `q${n}`),
      run: `r${n}`,
    };
  }),
  names.map((at) => (state: ChatState, n: number): ChatAction => {
    const questions = Object.values(state.tree.messages).filter(({ role }) => role === "user");
    const id = questions[at % (questions.length || 1)]?.id ?? "none";
    return { type: "answer", answer: answerOf(`a${n}`, id), run: `r${n}` };
  }),
  names.map((at) => (state: ChatState, n: number): ChatAction => {
    const all = Object.keys(state.tree.messages);
    return { type: "continue", id: all[at % (all.length || 1)] ?? "none", run: `r${n}` };
  }),
  fc.tuple(names, fc.boolean(), fc.string({ maxLength: 4 })).map(
    ([back, current, piece]) =>
      (state: ChatState, n: number): ChatAction =>
        text(current ? (state.run?.id ?? "none") : `r${Math.max(0, n - back)}`, piece),
  ),
  fc.tuple(names, fc.boolean(), fc.constantFrom("done", "stopped", "cut", "failed")).map(
    ([back, current, phase]) =>
      (state: ChatState, n: number): ChatAction =>
        end(current ? (state.run?.id ?? "none") : `r${Math.max(0, n - back)}`, phase as "done"),
  ),
  names.map((at) => (state: ChatState): ChatAction => {
    const all = Object.keys(state.tree.messages);
    return { type: "switch", id: all[at % (all.length || 1)] ?? "none" };
  }),
);
const manySteps = fc.array(anyAction, { maxLength: 60 });

function expectConsistent(state: ChatState): void {
  const { tree, children, run: going } = state;
  const path = pathOf(tree);
  expect(path.at(-1)?.id ?? null).toBe(tree.leaf);
  expect(path[0]?.parentId ?? null).toBe(null);
  for (const [index, message] of path.entries()) {
    expect(message.role).toBe(index % 2 === 0 ? "user" : "assistant");
    if (index > 0) expect(message.parentId).toBe(path[index - 1]?.id);
    expect(siblingsOf(children, message).ids[siblingsOf(children, message).index]).toBe(message.id);
  }
  expect({ ...children }).toEqual({ ...childrenOf(tree.messages) });
  const unfinished = Object.values(tree.messages).filter(
    (message) => message.role === "assistant" && /waiting|streaming/.test(message.phase),
  );
  expect(unfinished.map(({ id }) => id)).toEqual(going ? [going.messageId] : []);
  expect(/waiting|streaming/.test(statusOf(state))).toBe(going !== null);
  expect(soundTree(tree).messages).toEqual(tree.messages);
}

describe("whatever is done, in whatever order", () => {
  test("path, children, run and status stay consistent, and no branch is lost", () => {
    fc.assert(
      fc.property(manySteps, (steps) => {
        let state = emptyChat;
        for (const [n, step] of steps.entries()) {
          const before = state;
          state = chatReducer(state, step(state, n));
          for (const [id, message] of Object.entries(before.tree.messages)) {
            const after = state.tree.messages[id];
            expect(after?.parentId).toBe(message.parentId);
            expect((after as UserMessage).text.startsWith(message.text)).toBe(true);
          }
        }
        expectConsistent(state);
      }),
      { numRuns: 300 },
    );
  });

  test("what comes of a run lands in its own message and nowhere else", () => {
    fc.assert(
      fc.property(manySteps, (steps) => {
        let state = emptyChat;
        const owner = new Map<string, string>();
        const expected = new Map<string, string>();
        for (const [n, step] of steps.entries()) {
          const action = step(state, n);
          const before = state;
          state = chatReducer(state, action);
          if (state.run && state.run.id !== before.run?.id) owner.set(state.run.id, state.run.messageId);
          if (action.type === "update" && before.run?.id === action.run) {
            const id = owner.get(action.run) as string;
            expected.set(id, (expected.get(id) ?? "") + (action.update.text ?? ""));
          }
          if (action.type === "update" && before.run?.id !== action.run) expect(state).toBe(before);
        }
        for (const message of Object.values(state.tree.messages)) {
          if (message.role === "assistant") expect(message.text).toBe(expected.get(message.id) ?? "");
        }
      }),
      { numRuns: 300 },
    );
  });

  test("two who go on apart and tell each other have the same messages", () => {
    fc.assert(
      fc.property(manySteps, manySteps, manySteps, (common, mine, theirs) => {
        const go = (start: ChatState, steps: typeof common, from: number) =>
          steps.reduce((state, step, n) => chatReducer(state, step(state, from + n)), start);
        const base = go(emptyChat, common, 0);
        const one = go(base, mine, 1000);
        const other = go(base, theirs, 2000);
        const here = mergeTrees(one.tree, other.tree);
        const there = mergeTrees(other.tree, one.tree);
        expect(Object.keys(here.messages).sort()).toEqual(Object.keys(there.messages).sort());
        for (const id of [...Object.keys(one.tree.messages), ...Object.keys(other.tree.messages)]) {
          expect(Object.keys(here.messages)).toContain(id);
          const versions = [one, other].map(({ tree }) => tree.messages[id]?.text.length ?? 0);
          expect(here.messages[id]?.text.length).toBe(Math.max(...versions));
        }
        expect(usageOf(here)).toEqual(usageOf(there));
      }),
      { numRuns: 100 },
    );
  });
});

describe("Trees that somebody made up", () => {
  const named = (parent: string | null, id: string) =>
    ({ messages: { [id]: questionOf(id, parent) }, leaf: id }) as const;

  test("an id that is the name of a prototype is a message like any other", () => {
    const tree = {
      messages: { ["__proto__"]: questionOf("__proto__", null), a: answerOf("a", "__proto__") },
      leaf: "a",
    };
    const sound = soundTree(tree);
    expect(Object.keys(sound.messages).sort()).toEqual(["__proto__", "a"]);
    expect(pathOf(sound).map(({ id }) => id)).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(sound.messages)).toBe(Object.prototype);
    const merged = mergeTrees(named(null, "q"), tree);
    expect(Object.keys(merged.messages).sort()).toEqual(["__proto__", "a", "q"]);
    expect(Object.getPrototypeOf(merged.messages)).toBe(Object.prototype);
  });

  test("a message that another tree hangs elsewhere stays where it is", () => {
    const here = {
      messages: {
        q: questionOf("q", null),
        a: answerOf("a", "q", { text: "mine" }),
        r: questionOf("r", "a"),
        b: answerOf("b", "r"),
      },
      leaf: "b",
    };
    const there = { messages: { a: answerOf("a", "r", { text: "a circle, and longer" }) }, leaf: null };
    expect(mergeTrees(here, there)).toBe(here);
  });
});
