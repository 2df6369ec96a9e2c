// Where the time of a request went, for the page's own developer tools: the `Server-Timing` header. Whole milliseconds
// of steps that are always the same; a refusal before anybody is known carries none.

/** `auth`: who calls, and may they. `request`: the body, read and checked. `queue`: limits and budget. `upstream`: until its headers. */
export type Step = "auth" | "request" | "queue" | "upstream";

export interface Timings {
  /** The time since the last mark, or the start, belongs to this step. Steps add up. */
  mark(step: Step): void;
  /** Undefined before the first mark. */
  header(): string | undefined;
}

export function createTimings(now: () => number, started: number): Timings {
  const spent = new Map<Step, number>();
  let last = started;
  return {
    mark(step) {
      const at = now();
      // A clock that goes back gives no negative time.
      spent.set(step, (spent.get(step) ?? 0) + Math.max(0, at - last));
      last = at;
    },
    header() {
      if (spent.size === 0) return undefined;
      return [...spent].map(([step, ms]) => `${step};dur=${Math.round(ms)}`).join(", ");
    },
  };
}
