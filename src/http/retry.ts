/**
 * Whether and when to try again. Pure: outcome, clock and chance go in, a verdict comes out.
 * Before the first byte of an answer only; nothing here is asked once an answer has begun.
 */

/** First wait, doubled each time, with full jitter. */
const BASE_MS = 500;
const CAP_MS = 8000;
/** On top of a wait the service asked for, up to this share more, so that its callers don't return as one. */
const JITTER = 0.25;
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** How an attempt ended, and what bounds the next one. */
export interface Attempt {
  /** Retries done so far. */
  retries: number;
  maxRetries: number;
  /** The status answered, or `undefined` when no answer came. */
  status: number | undefined;
  headers: Headers | undefined;
  /** Longest wait the caller accepts, and what is left until the call's deadline, in milliseconds. */
  maxDelayMs: number;
  leftMs: number;
  now: number;
  /** In [0, 1). */
  random: number;
}

/** Try again after `waitMs`, or stop; `retryAfterMs` is what the service asked for, either way. */
export interface Verdict {
  waitMs: number | undefined;
  retryAfterMs: number | undefined;
}

/** Judges one attempt. */
export function judge(attempt: Attempt): Verdict {
  const { status, headers, random } = attempt;
  const retryAfterMs = headers && retryAfter(headers, attempt.now);
  const wish = headers?.get("x-should-retry");
  const may = wish === "true" || (wish !== "false" && (status === undefined || RETRIED.has(status)));
  const waitMs =
    retryAfterMs === undefined
      ? random * Math.min(CAP_MS, BASE_MS * 2 ** attempt.retries)
      : retryAfterMs + JITTER * random * Math.max(retryAfterMs, BASE_MS);
  const bounded = (retryAfterMs ?? 0) <= attempt.maxDelayMs && waitMs < attempt.leftMs;
  return {
    waitMs: may && bounded && attempt.retries < attempt.maxRetries ? waitMs : undefined,
    retryAfterMs,
  };
}

/** The wait a service asks for: milliseconds headers first, then seconds or a date. `undefined` when none is valid. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const ms = number(headers.get(name));
    if (ms !== undefined) return ms;
  }
  const text = headers.get("retry-after");
  if (!text) return undefined;
  const seconds = number(text);
  if (seconds !== undefined) return seconds * 1000;
  // Only what looks like an HTTP date: Date.parse takes "-1" or "12x" for dates in some engines.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function number(text: string | null): number | undefined {
  return text && /^\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

/**
 * A client's allowance of retries: one for each ten calls, ten at most saved up. When a service fails every call,
 * the client then sends it at most 1.1 times as many requests as calls.
 */
export class RetryBudget {
  #tokens = 10;

  /** Counts a call. */
  earn(): void {
    this.#tokens = Math.min(10, this.#tokens + 0.1);
  }

  /** Takes one retry, if there is one. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
