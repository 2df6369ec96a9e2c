/**
 * Gathers deltas and hands them on once per animation frame, at most so many characters at a time, so a fast or huge
 * answer costs one bounded render per frame however it was cut into chunks. How many is found out as it goes: pieces
 * grow while frames come in time and shrink when they don't. The scheduler is passed in.
 */

export interface Delta {
  readonly text: string;
  readonly reasoning: string;
}

export interface FrameBatch {
  add(delta: Delta): void;
  /** Resolves when everything added has been handed on. */
  drained(): Promise<void>;
  /** Hands on one last bounded piece at once and drops the rest: the reader asked to stop. */
  stop(): void;
}

/** Runs a task at the next frame, with the time in milliseconds and whether nobody sees it; returns how to call it off. */
export type FrameScheduler = (task: (time: number, hidden?: boolean) => void) => () => void;

/** More than a second of any model's answer. */
export const FIRST_CHARS_PER_FRAME = 4_096;
export const MIN_CHARS_PER_FRAME = 2_048;
export const MAX_CHARS_PER_FRAME = 32_768;
/** A next frame within this time leaves room for more; one later than that means the last piece was too much. */
const FAST_FRAME_MS = 50;
const SLOW_FRAME_MS = 100;
/** A hidden tab's timers come once a second, later once a minute, and nobody waits for its paint. */
export const HIDDEN_CHARS_PER_FRAME = 1_000_000;
/** Frames do not come in a hidden tab, and the answer should be there when the reader returns. */
const HIDDEN_TAB_FRAME_MS = 250;

/** Where there are no frames, as in Node, about as often as they would come. */
const NO_FRAME_MS = 16;

/** The next animation frame; a timer in a hidden tab and where there are no frames. */
export const nextFrame: FrameScheduler = (task) => {
  const run = () => {
    cancel();
    const { document } = globalThis as { document?: { readonly hidden?: boolean } };
    task(performance.now(), document?.hidden === true);
  };
  const hasFrames = typeof requestAnimationFrame === "function";
  const frame = hasFrames ? requestAnimationFrame(run) : 0;
  const timer = setTimeout(run, hasFrames ? HIDDEN_TAB_FRAME_MS : NO_FRAME_MS);
  const cancel = () => {
    if (hasFrames) cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
  return cancel;
};

export function createFrameBatch(handOn: (delta: Delta) => void, schedule: FrameScheduler): FrameBatch {
  let text = "";
  let reasoning = "";
  let cancel: (() => void) | null = null;
  let waiting: (() => void)[] = [];
  let charsPerFrame = FIRST_CHARS_PER_FRAME;
  /** When the last piece was handed on, while more waits. */
  let lastFrameAt: number | null = null;

  const isEmpty = () => text === "" && reasoning === "";

  function handOnPiece(chars: number): void {
    const piece = { text: text.slice(0, chars), reasoning: reasoning.slice(0, chars) };
    text = text.slice(piece.text.length);
    reasoning = reasoning.slice(piece.reasoning.length);
    handOn(piece);
  }

  function adapt(time: number): void {
    if (lastFrameAt === null) return;
    const frameMs = time - lastFrameAt;
    if (frameMs < FAST_FRAME_MS) charsPerFrame = Math.min(MAX_CHARS_PER_FRAME, charsPerFrame * 2);
    else if (frameMs > SLOW_FRAME_MS) charsPerFrame = Math.max(MIN_CHARS_PER_FRAME, charsPerFrame / 2);
  }

  function frame(time: number, hidden = false): void {
    cancel = null;
    if (!hidden) adapt(time);
    if (!isEmpty()) handOnPiece(hidden ? HIDDEN_CHARS_PER_FRAME : charsPerFrame);
    if (!isEmpty()) {
      lastFrameAt = hidden ? null : time;
      cancel = schedule(frame);
      return;
    }
    lastFrameAt = null;
    settle();
  }

  function settle(): void {
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  return {
    add(delta) {
      text += delta.text;
      reasoning += delta.reasoning;
      if (!isEmpty()) cancel ??= schedule(frame);
    },
    drained() {
      if (isEmpty()) return Promise.resolve();
      return new Promise((resolve) => waiting.push(resolve));
    },
    stop() {
      cancel?.();
      cancel = null;
      if (!isEmpty()) handOnPiece(charsPerFrame);
      text = "";
      reasoning = "";
      settle();
    },
  };
}
