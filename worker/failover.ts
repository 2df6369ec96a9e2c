// One call, and where it goes when a place fails: another place, before the first byte of an answer and never after it.
// Each place is asked once at most. The rules of what may be asked again are one table.
import type { CallEnd } from "./breaker.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { choosePlace, type Health, type Place, soonest } from "./upstream-choice.ts";

/**
 * `unsent`: no byte of the call arrived. `busy`: refused before anything was done. `failed`: 5xx. `broken`: the
 * connection ended, nobody knows when. `timeout`: no answer in time, so it may still be worked on. `answered`: an answer,
 * if only a 4xx. `left`: the caller has gone.
 */
export type Failure = "unsent" | "busy" | "failed" | "broken" | "timeout" | "answered" | "left";

export function failureOf({ reason, seen }: Refusal): Failure {
  switch (reason) {
    case "caller_gone":
      return "left";
    case "upstream_unreachable":
      return seen?.unsent === true ? "unsent" : "broken";
    case "token_refused":
    case "token_unavailable":
      return "unsent";
    case "upstream_timeout":
      return "timeout";
    case "upstream_rate_limited":
      return "busy";
    case "upstream_failed":
    case "upstream_unavailable":
      return "failed";
    default:
      // What we refused ourselves says nothing of the service.
      return reason.startsWith("upstream_") || reason === "range_not_satisfiable" ? "answered" : "left";
  }
}

const CALL_END: Readonly<Record<Failure, CallEnd>> = {
  unsent: "failed",
  busy: "busy",
  failed: "failed",
  broken: "failed",
  timeout: "failed",
  answered: "answered",
  left: "unknown",
};

export interface CallRules {
  /** Can the body be sent a second time? A form has been read by then. */
  readonly repeatable: boolean;
  /** Would a second call make an object a second time? */
  readonly creates: boolean;
  /** May a call be repeated that was sent and not answered in time? It may be billed twice. */
  readonly afterTimeout: boolean;
}

/** May the same call go to another place after this? Pure. */
export function mayMoveOn(failure: Failure, { repeatable, creates, afterTimeout }: CallRules): boolean {
  if (!repeatable) return false;
  if (failure === "unsent" || failure === "busy") return true;
  if (creates) return false;
  return failure === "failed" || failure === "broken" || (failure === "timeout" && afterTimeout);
}

export interface FailoverOptions<P extends Place> extends CallRules {
  /** Those of the call, from `placesFor`. */
  readonly places: readonly P[];
  /** For all attempts together, until headers have come. */
  readonly totalMs: number;
  /** For one attempt. */
  readonly attemptMs: number;
  readonly health: Health;
  /** Whose call it is: one caller's failures alone are not the service's. */
  readonly caller?: string;
  readonly budget: RetryBudget;
  readonly now: () => number;
  readonly random: () => number;
}

/** Calls one place after the other until one gives an answer or a refusal that is final. */
export async function callPlaces<P extends Place, A extends { readonly ok: true }>(
  attempt: (place: P, withinMs: number) => Promise<A | Refusal>,
  options: FailoverOptions<P>,
): Promise<{ readonly result: A | Refusal; readonly place: P | undefined; readonly attempts: number }> {
  const { places, totalMs, attemptMs, health, caller, budget, now, random } = options;
  const until = now() + totalMs;
  const tried = new Set<P>();
  let attempts = 0;
  let last: { refusal: Refusal; place: P } | undefined;
  budget.earn();
  for (;;) {
    const leftMs = until - now();
    const withinMs = Math.min(attemptMs, leftMs);
    const isReady = (one: P) => !tried.has(one) && health.look(one).waitMs === 0;
    const place = leftMs > 0 ? choosePlace(places, isReady, random) : undefined;
    // Of a second try: also the budget must allow it.
    if (place === undefined || (last !== undefined && !budget.spend())) break;
    tried.add(place);
    const call = health.begin(place, withinMs, caller);
    if (call === undefined) continue; // somebody else has just become its probe
    attempts += 1;
    let result: A | Refusal;
    try {
      result = await attempt(place, withinMs);
    } catch (bug) {
      call.end("unknown", now());
      throw bug;
    }
    if (result.ok) {
      call.end("answered", now());
      return { result, place, attempts };
    }
    const failure = failureOf(result);
    call.end(CALL_END[failure], now(), result.seen?.rest_ms);
    last = { refusal: result, place };
    if (!mayMoveOn(failure, options)) return { result, place, attempts };
  }
  const result =
    last !== undefined && places.length === 1 ? last.refusal : nothingLeft(options, last?.refusal);
  return { result, place: last?.place, attempts };
}

/** Every place rests, was tried, or is out of reach in time. What is told of the wait is true of the soonest one. */
function nothingLeft<P extends Place>(
  { places, health }: FailoverOptions<P>,
  last: Refusal | undefined,
): Refusal {
  const { why, waitMs } = soonest(places, health);
  // One that failed once is not resting yet, and still not to be asked again at once.
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const headers = { "retry-after": String(seconds) };
  return refuse(why === "busy" ? "upstream_rate_limited" : "upstreams_resting", { headers }, last?.seen);
}

/** Names that runtimes give to a connection that was never made. What they do not name may have been sent. */
const NEVER_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket)$/;

/** Did this error of a fetch end the call before anything was sent? */
export function isUnsent(cause: unknown): boolean {
  for (let error = cause, depth = 0; depth < 4 && typeof error === "object" && error !== null; depth += 1) {
    const { code, cause: inner } = error as { code?: unknown; cause?: unknown };
    if (typeof code === "string" && NEVER_CONNECTED.test(code)) return true;
    error = inner;
  }
  return false;
}
