/** Asking again and again until something is done: at an interval, until a deadline or an abort. */

import { abortable } from "./credential.ts";
import { AbortError, MalformedResponseError, TimeoutError } from "./errors.ts";
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

const MAX_MS = 0x7fffffff;

/**
 * Asks until `done`, and gives the last answer. Each question has its own retries.
 *
 * @throws {MalformedResponseError} for a state that names no status, unless there is a default for it, and what `ask` throws.
 */
export async function poll<T extends { status?: string | null }>(
  ask: (options: { signal: AbortSignal | undefined }) => PromiseLike<T>,
  done: (state: T) => boolean,
  { intervalMs, timeoutMs, signal, onProgress }: PollOptions<T>,
  defaults: { intervalMs: number; timeoutMs: number; status?: string },
): Promise<T> {
  const interval = intervalMs ?? defaults.intervalMs;
  const longest = timeoutMs ?? defaults.timeoutMs;
  // Beyond 2^31-1 a timer fires at once.
  if (!(interval >= 0 && interval <= MAX_MS && longest > 0)) {
    throw new TypeError(`intervalMs must be 0 to ${MAX_MS} milliseconds, timeoutMs above 0.`);
  }
  const controller = new AbortController();
  const abort = () => controller.abort(new AbortError(signal?.reason));
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  const late = () => controller.abort(new TimeoutError("total", longest));
  const timer = longest <= MAX_MS ? setTimeout(late, longest) : undefined;
  try {
    for (;;) {
      const state = await abortable(Promise.resolve(ask({ signal: controller.signal })), controller.signal);
      const status = state.status ?? defaults.status;
      if (typeof status !== "string" || !status)
        throw new MalformedResponseError("The service answered with a state without status.");
      onProgress?.(state);
      if (done(state)) return state;
      await pause(interval, controller.signal);
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
