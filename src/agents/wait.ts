/** Starting something that takes the service a while, and asking until it has ended. */
import type { RequestOptions } from "../http/caller.ts";
import { hide, LatchkeyError } from "../http/errors.ts";
import { type PollOptions, poll } from "../http/poll.ts";

/**
 * How to wait for what a call began. `timeoutMs` is the longest wait from the call on, then {@link TimeoutError}; an abort
 * ends the waiting, not the work. Errors have the last state that was seen as their `partial`.
 */
export type WaitOptions<T> = Omit<RequestOptions, keyof PollOptions<T> | "timeout"> & PollOptions<T>;

/** Options of each request, once those of the waiting are taken out. */
export type EachRequest = Omit<RequestOptions, "timeoutMs">;

/** Starts, then asks while `busy`; nothing is asked when the first state is final. `next` gives the state after one. */
export async function startAndWait<T extends object>(
  start: (options: EachRequest) => PromiseLike<T>,
  next: (state: T, options: EachRequest) => PromiseLike<T>,
  busy: (state: T) => boolean,
  { intervalMs, timeoutMs, signal, onProgress, ...rest }: WaitOptions<T> = {},
  { longestMs = 1_800_000, ...more }: { longestMs?: number; status?: string } = {},
): Promise<T> {
  let state: T | undefined;
  const ask = async (inner: { signal: AbortSignal | undefined }): Promise<T> => {
    const each = { ...rest, ...inner };
    state = await (state ? next(state, each) : start(each));
    return state;
  };
  const defaults = { intervalMs: 1000, timeoutMs: longestMs, ...more };
  try {
    return await poll(ask, (now) => !busy(now), { intervalMs, timeoutMs, signal, onProgress }, defaults);
  } catch (error) {
    if (state && LatchkeyError.is(error) && error.partial === undefined) hide(error, "partial", state);
    throw error;
  }
}
