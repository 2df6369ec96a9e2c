// The circuit breaker of one place where a model runs. Closed: calls pass and their ends are counted. Open: it rests.
// Half-open: the rest is over and one call, the probe, finds out. It learns only from calls that are made anyway. Time
// and chance are passed in; nothing here sets a timer.

export interface BreakerOptions {
  /** Opens when this many calls of the last `windowMs` failed. Default 5. */
  readonly failures: number;
  /** And when they are at least this part of all calls in it. Default 0.5. */
  readonly ratio: number;
  /** Default 30 s. */
  readonly windowMs: number;
  /** The first rest, doubled by each probe that fails. Default 5 s. */
  readonly restMs: number;
  /** The longest rest that is not the service's own wish. Default 60 s. */
  readonly longestRestMs: number;
  /** For how long one probe keeps other calls away; then the next is a probe, too. Default 10 s. */
  readonly probeMs: number;
}

export const BREAKER: BreakerOptions = {
  failures: 5,
  ratio: 0.5,
  windowMs: 30_000,
  restMs: 5000,
  longestRestMs: 60_000,
  probeMs: 10_000,
};

/** A service's own wish is followed this far; beyond it a probe an hour costs nothing. */
const LONGEST_WISH_MS = 3_600_000;
/** Isolates that were told the same wait must not come back at the same moment. */
const JITTER = 0.1;
const LONGEST_JITTER_MS = 1000;
/** What callers are told while a probe is on its way. */
const PROBE_WAIT_MS = 1000;
const BUCKETS = 10;

/**
 * `answered`: the service did its work, also with a 4xx. `failed`: 5xx, a connection that broke, a deadline. `busy`: 429.
 * `unknown`: the call ended for another reason, such as the caller leaving.
 */
export type CallEnd = "answered" | "failed" | "busy" | "unknown";

/** A call under way. Only its first end counts. */
export interface Attempt {
  readonly isProbe: boolean;
  end(how: CallEnd, now: number, restMs?: number): void;
}

export interface BreakerState {
  readonly state: "closed" | "open" | "half-open";
  /** Why it rests or has rested. */
  readonly why: "busy" | "failing" | undefined;
  /** Milliseconds until it may be called. 0: now. */
  readonly waitMs: number;
  /** Of the window. */
  readonly calls: number;
  readonly failed: number;
}

export interface Breaker {
  look(now: number): BreakerState;
  /** Undefined: it may not be called now. A probe that has not ended after `leaseMs` is waited for no longer, for callers vanish. */
  begin(now: number, leaseMs: number, caller?: string): Attempt | undefined;
}

interface Tally {
  calls: number;
  failed: number;
}

interface Bucket extends Tally {
  readonly from: number;
  readonly callers: Map<string, Tally>;
}

/** Told apart in one bucket; the others are one. */
const MAX_CALLERS = 100;

function tallyOf(callers: Map<string, Tally>, caller: string): Tally {
  const name = callers.has(caller) || callers.size < MAX_CALLERS ? caller : "";
  const tally = callers.get(name) ?? { calls: 0, failed: 0 };
  callers.set(name, tally);
  return tally;
}

export function createBreaker(options: BreakerOptions, random: () => number): Breaker {
  const { failures, ratio, windowMs, restMs, longestRestMs, probeMs } = options;
  let buckets: Bucket[] = [];
  /** The rest that is on, or was on until a probe says that it is over. */
  let rest: { from: number; until: number; readonly why: "busy" | "failing" } | undefined;
  let rests = 0;
  let probe: { readonly until: number } | undefined;
  /** Ends of calls that began before the last opening say nothing of the time after it. */
  let era = 0;

  /** A clock that goes back makes no rest longer than it was meant to be. */
  function follow(now: number): void {
    if (rest !== undefined && now < rest.from) {
      rest = { ...rest, from: now, until: now + (rest.until - rest.from) };
    }
    buckets = buckets.filter(({ from }) => from <= now && from > now - windowMs);
  }

  function count(now: number, failed: boolean, caller: string): void {
    const from = now - (now % Math.max(1, Math.floor(windowMs / BUCKETS)));
    const bucket = buckets.find((one) => one.from === from) ?? {
      from,
      calls: 0,
      failed: 0,
      callers: new Map(),
    };
    if (bucket.calls === 0) buckets.push(bucket);
    for (const tally of [bucket, tallyOf(bucket.callers, caller)]) {
      tally.calls += 1;
      if (failed) tally.failed += 1;
    }
  }

  const sum = (what: keyof Tally) => buckets.reduce((total, bucket) => total + bucket[what], 0);

  /**
   * Failures, but of one caller no more than are not enough, as long as others are answered: some requests make a
   * healthy service fail, and whoever sends them must not take it from everybody.
   */
  function failuresToBlame(): number {
    const all = new Map<string, Tally>();
    for (const [caller, { calls, failed }] of buckets.flatMap(({ callers }) => [...callers])) {
      const { calls: before, failed: failedBefore } = all.get(caller) ?? { calls: 0, failed: 0 };
      all.set(caller, { calls: before + calls, failed: failedBefore + failed });
    }
    const well = [...all].filter(([, { calls, failed }]) => failed < calls).map(([caller]) => caller);
    return [...all].reduce((total, [caller, { failed }]) => {
      const othersAreWell = well.length > (well.includes(caller) ? 1 : 0);
      return total + (othersAreWell ? Math.min(failed, failures - 1) : failed);
    }, 0);
  }

  function isFailing(): boolean {
    const failed = failuresToBlame();
    return failed >= failures && failed >= ratio * (failed + sum("calls") - sum("failed"));
  }

  function open(now: number, ms: number, why: "busy" | "failing"): void {
    const until = now + Math.ceil(ms + random() * Math.min(ms * JITTER, LONGEST_JITTER_MS));
    if (rest === undefined || until > rest.until) rest = { from: now, until, why };
    era += 1;
    buckets = [];
  }

  function fail(now: number): void {
    open(now, Math.min(restMs * 2 ** rests, longestRestMs), "failing");
    rests = Math.min(rests + 1, 30);
  }

  function stateOf(now: number): BreakerState["state"] {
    if (rest === undefined) return "closed";
    return now < rest.until ? "open" : "half-open";
  }

  return {
    look(now) {
      follow(now);
      const state = stateOf(now);
      const probing = state === "half-open" && probe !== undefined && now < probe.until;
      const waitMs =
        state === "open" ? rest!.until - now : probing ? Math.min(probe!.until - now, PROBE_WAIT_MS) : 0;
      return { state, why: rest?.why, waitMs, calls: sum("calls"), failed: sum("failed") };
    },

    begin(now, leaseMs, caller = "") {
      if (this.look(now).waitMs > 0) return undefined;
      // An answer may take minutes: whoever asks for a long one must not keep everybody waiting for it.
      const mine = rest === undefined ? undefined : { until: now + Math.min(leaseMs, probeMs) };
      if (mine !== undefined) probe = mine;
      const began = era;
      let over = false;
      return {
        isProbe: mine !== undefined,
        end(how, at, wishMs) {
          if (over) return;
          over = true;
          follow(at);
          if (probe === mine) probe = undefined;
          if (how === "busy") {
            return open(at, Math.min(wishMs ?? restMs, LONGEST_WISH_MS), "busy");
          }
          if (how === "unknown" || began !== era) return;
          if (mine !== undefined && rest !== undefined) {
            if (how === "failed") return fail(at);
            rest = undefined;
            rests = 0;
            probe = undefined;
            return count(at, false, caller);
          }
          if (rest !== undefined) return;
          count(at, how === "failed", caller);
          if (how === "failed" && isFailing()) fail(at);
        },
      };
    },
  };
}
