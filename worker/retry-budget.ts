// How many second tries there may be: a part of the calls, so that a service in trouble is not asked twice by everybody.

export interface RetryBudget {
  /** A call has come. */
  earn(): void;
  /** Takes one second try; false when there is none. */
  spend(): boolean;
  left(): number;
}

/** `ratio` second tries per call, saved up to `most`. A new one is full. */
export function createRetryBudget(ratio = 0.1, most = 10): RetryBudget {
  // In thousandths: a tenth added ten times must be one.
  const share = Math.round(ratio * 1000);
  let saved = most * 1000;
  return {
    earn: () => {
      saved = Math.min(saved + share, most * 1000);
    },
    spend: () => {
      if (saved < 1000) return false;
      saved -= 1000;
      return true;
    },
    left: () => saved / 1000,
  };
}
