/** Asking again and again until something is done: at an interval, until a deadline or an abort. */

import { AbortError, TimeoutError } from "./errors.ts";
import { pause } from "./send.ts";

/** How to wait for something that a service works on. */
export interface PollOptions<T> {
  /** Milliseconds between two questions. The default is the operation's. */
  intervalMs?: number | undefined;
  /** Longest wait in milliseconds, then {@link TimeoutError}. The default is the operation's. */
  timeoutMs?: number | undefined;
  /** Ends the waiting, not the work. */
  signal?: AbortSignal | undefined;
  /** Told each state that was seen, the last one included. */
  onProgress?: ((state: T) => void) | undefined;
}

/** Asks until `done`, and gives the last answer. Throws what `ask` throws; each question has its own retries. */
export async function poll<T>(
  ask: (options: { signal: AbortSignal | undefined }) => PromiseLike<T>,
  done: (state: T) => boolean,
  { intervalMs, timeoutMs, signal, onProgress }: PollOptions<T>,
  defaults: { intervalMs: number; timeoutMs: number },
): Promise<T> {
  const interval = intervalMs ?? defaults.intervalMs;
  const longest = timeoutMs ?? defaults.timeoutMs;
  if (!(interval >= 0 && longest > 0)) throw new TypeError("intervalMs and timeoutMs must be milliseconds.");
  const endsAt = Date.now() + longest;
  for (;;) {
    const state = await ask({ signal });
    onProgress?.(state);
    if (done(state)) return state;
    if (Date.now() + interval > endsAt) throw new TimeoutError("total", longest);
    await pause(interval, signal).catch((reason: unknown) => {
      throw new AbortError(reason);
    });
  }
}
