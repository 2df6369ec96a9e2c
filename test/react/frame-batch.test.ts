import { describe, expect, test, vi } from "vitest";
import {
  createFrameBatch,
  type Delta,
  FIRST_CHARS_PER_FRAME,
  MAX_CHARS_PER_FRAME,
  MIN_CHARS_PER_FRAME,
  nextFrame,
} from "../../src/react/frame-batch.ts";

/** Frames by hand: `frame()` runs what was scheduled. */
function byHand() {
  const handed: Delta[] = [];
  let scheduled: ((time: number) => void)[] = [];
  let time = 0;
  const batch = createFrameBatch(
    (delta) => handed.push(delta),
    (task) => {
      scheduled.push(task);
      return () => {
        scheduled = scheduled.filter((other) => other !== task);
      };
    },
  );
  const frame = (afterMs = 16) => {
    time += afterMs;
    const due = scheduled;
    scheduled = [];
    for (const task of due) task(time);
  };
  return { batch, handed, frame, waiting: () => scheduled.length };
}

const delta = (text: string, reasoning = ""): Delta => ({ text, reasoning });

describe("createFrameBatch", () => {
  test("hands on all deltas of a frame at once", () => {
    const { batch, handed, frame, waiting } = byHand();
    for (const text of ["a", "b", "c"]) batch.add(delta(text, text.toUpperCase()));
    expect(waiting()).toBe(1);
    expect(handed).toEqual([]);
    frame();
    expect(handed).toEqual([delta("abc", "ABC")]);
    expect(waiting()).toBe(0);
  });

  test("bounds what one frame gets and loses nothing", async () => {
    const { batch, handed, frame, waiting } = byHand();
    const text = Array.from({ length: 10 * MAX_CHARS_PER_FRAME }, (_, index) => index % 10).join("");
    batch.add(delta(text));
    const drained = batch.drained();
    while (waiting() > 0) frame();
    await drained;
    expect(handed.map((piece) => piece.text).join("")).toBe(text);
    expect(handed[0]?.text.length).toBe(FIRST_CHARS_PER_FRAME);
    expect(Math.max(...handed.map((piece) => piece.text.length))).toBe(MAX_CHARS_PER_FRAME);
  });

  test("hands on less at a time when frames come late", () => {
    const { batch, handed, frame } = byHand();
    batch.add(delta("x".repeat(MAX_CHARS_PER_FRAME)));
    for (let count = 0; count < 4; count += 1) frame(120);
    expect(handed.map((piece) => piece.text.length)).toEqual([
      FIRST_CHARS_PER_FRAME,
      MIN_CHARS_PER_FRAME,
      MIN_CHARS_PER_FRAME,
      MIN_CHARS_PER_FRAME,
    ]);
  });

  test("is drained at once when nothing waits", async () => {
    await byHand().batch.drained();
  });

  test("shows what had arrived when it is stopped, and nothing after", async () => {
    const { batch, handed, frame, waiting } = byHand();
    batch.add(delta("seen"));
    const drained = batch.drained();
    batch.stop();
    await drained;
    expect(handed).toEqual([delta("seen")]);
    frame();
    expect(handed).toHaveLength(1);
    expect(waiting()).toBe(0);
  });
});

test("in a hidden tab, whose timers are rare, what has come is handed on at once", async () => {
  vi.stubGlobal("document", { hidden: true });
  const handed: Delta[] = [];
  const batch = createFrameBatch((piece) => handed.push(piece), nextFrame);
  const text = "word ".repeat(MAX_CHARS_PER_FRAME);
  batch.add(delta(text));
  await batch.drained();
  vi.unstubAllGlobals();
  expect(handed).toEqual([delta(text)]);
});
