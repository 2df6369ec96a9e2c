/** What is watched inside a page: its tasks, its frames, and how long a typed letter waits for the next frame. */
import type { Page } from "@playwright/test";

/** Browsers tell of tasks from this length on; 0 says that there was none. */
export interface Watched {
  readonly longestTaskMs: number;
  readonly longTasks: number;
  /** Frames that should have been there, at 60 a second, and weren't. */
  readonly droppedFrames: number;
  readonly frames: number;
  /** Of each letter. */
  readonly typingMs: readonly number[];
}

/** Answers every call of a model with what is streamed at an address, which {@link answerFrom} sets. */
export async function prepare(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const real = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const stream = Reflect.get(globalThis, "benchStream") as string | undefined;
      if (!stream || !url.includes("/chat/completions")) return real(input, init);
      const signal = init?.signal ?? (input instanceof Request ? input.signal : null);
      return real(stream, { signal });
    };
  });
}

export async function answerFrom(page: Page, url: string): Promise<void> {
  await page.evaluate((stream) => Reflect.set(globalThis, "benchStream", stream), url);
}

/** From now on; also from the very start of a page that is about to be opened, if it's given to addInitScript. */
export function watch(): void {
  const FRAME_MS = 1000 / 60;
  const seen = { longestTaskMs: 0, longTasks: 0, droppedFrames: 0, frames: 0, typingMs: [] as number[] };
  Reflect.set(globalThis, "benchSeen", seen);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      seen.longTasks += 1;
      seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
    }
  }).observe({ type: "longtask" });
  let last: number | undefined;
  const frame = (now: number): void => {
    seen.frames += 1;
    if (last !== undefined) seen.droppedFrames += Math.max(0, Math.round((now - last) / FRAME_MS) - 1);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  addEventListener(
    "keydown",
    ({ timeStamp }) => {
      // The second frame begins when the first, which shows the letter, is over.
      requestAnimationFrame(() => requestAnimationFrame((now) => seen.typingMs.push(now - timeStamp)));
    },
    { capture: true },
  );
}

export async function watched(page: Page): Promise<Watched> {
  return page.evaluate(() => Reflect.get(globalThis, "benchSeen") as Watched);
}
