import { describe, expect, test } from "vitest";
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  emptyChat,
  historyOf,
  isAnswering,
  lastAttempt,
} from "../agents/chat-state.ts";
import { blocksOf } from "../markdown/blocks.ts";

const run = (...actions: ChatAction[]): ChatState => actions.reduce(chatReducer, emptyChat);
const send = (attempt: number, prompt = `question ${attempt}`): ChatAction => ({
  type: "send",
  prompt,
  model: "gpt-5-mini",
  attempt,
});
const retry = (attempt: number, model = "gpt-5-mini"): ChatAction => ({ type: "retry", model, attempt });
const text = (attempt: number, piece: string, elapsedMs = 120): ChatAction => ({
  type: "text",
  attempt,
  text: piece,
  reasoning: "",
  elapsedMs,
});
const end = (attempt: number, phase: "done" | "stopped" | "cut" | "failed" = "done"): ChatAction => ({
  type: "end",
  attempt,
  phase,
  failure: null,
});

describe("chatReducer", () => {
  test("takes an answer from waiting over streaming to done", () => {
    expect(lastAttempt(run(send(1)))?.phase).toBe("waiting");
    const streaming = run(send(1), text(1, "Hel", 120), text(1, "lo", 400));
    expect(lastAttempt(streaming)).toMatchObject({ phase: "streaming", text: "Hello", firstTokenMs: 120 });
    expect(isAnswering(streaming)).toBe(true);
    const done = run(send(1), text(1, "Hello"), end(1));
    expect(lastAttempt(done)?.phase).toBe("done");
    expect(isAnswering(done)).toBe(false);
  });

  test("keeps the text and its blocks together", () => {
    const attempt = lastAttempt(run(send(1), text(1, "# a\n\n"), text(1, "b")));
    expect(attempt?.text).toBe("# a\n\nb");
    expect(attempt && blocksOf(attempt.blocks).map((block) => block.text)).toEqual(["# a", "b"]);
  });

  test("keeps a partial answer readable when it is tried again", () => {
    const state = run(send(1), text(1, "partial"), end(1, "cut"), retry(2), text(2, "whole"), end(2));
    expect(state.turns).toHaveLength(1);
    expect(state.turns[0]?.attempts.map(({ text: shown, phase }) => [shown, phase])).toEqual([
      ["partial", "cut"],
      ["whole", "done"],
    ]);
  });

  test("lets late pieces of an old attempt change nothing", () => {
    const state = run(send(1), text(1, "one"), end(1, "stopped"), send(2));
    for (const late of [text(1, " late"), end(1, "done"), text(7, "never sent")]) {
      expect(chatReducer(state, late)).toBe(state);
    }
    const stopped = run(send(1), end(1, "stopped"));
    expect(chatReducer(stopped, text(1, "after stop"))).toBe(stopped);
  });

  test("has one answer at a time", () => {
    const state = run(send(1));
    expect(chatReducer(state, send(2))).toBe(state);
    expect(chatReducer(state, retry(2))).toBe(state);
  });

  test("records usage and why the answer ended", () => {
    const state = run(
      send(1),
      text(1, "x"),
      { type: "finish-reason", attempt: 1, reason: "length" },
      { type: "usage", attempt: 1, usage: { prompt: 3, completion: 5 } },
      end(1),
    );
    expect(lastAttempt(state)).toMatchObject({
      finishReason: "length",
      usage: { prompt: 3, completion: 5 },
    });
  });

  test("forgets everything on a new chat", () => {
    expect(run(send(1), end(1), { type: "clear" })).toEqual(emptyChat);
    expect(chatReducer(run(send(1), { type: "clear" }), text(1, "late"))).toEqual(emptyChat);
  });
});

describe("historyOf", () => {
  test("sends every question with its last answer, then the new question", () => {
    const state = run(send(1), text(1, "bad"), end(1, "cut"), retry(2), text(2, "good"), end(2), send(3));
    expect(historyOf(state)).toEqual([
      { role: "user", content: "question 1" },
      { role: "assistant", content: "good" },
      { role: "user", content: "question 3" },
    ]);
  });

  test("leaves out a question that got no answer", () => {
    const state = run(send(1), end(1, "failed"), send(2));
    expect(historyOf(state)).toEqual([{ role: "user", content: "question 2" }]);
  });

  test("does not send a partial answer to be continued when it is tried again", () => {
    const state = run(send(1), text(1, "partial"), end(1, "cut"), retry(2));
    expect(historyOf(state)).toEqual([{ role: "user", content: "question 1" }]);
  });
});
