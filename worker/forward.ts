// The one call to the upstream: a deadline for its headers, no redirect, no second try. What comes
// back is sorted here: a usable answer goes on, everything else becomes a refusal, and no body is left
// unread (an unread body holds one of the worker's few connections). Reading answers is answer.ts's business.
import { contentRange } from "./download.ts";
import { isUnsent } from "./failover.ts";
import { type Reason, type Refusal, refuse } from "./refusals.ts";
import { restOf } from "./rest-time.ts";
import type { UpstreamRequest } from "./upstream.ts";
import { readUpstreamError, type Service } from "./upstream-error.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Aborts one upstream call and remembers why: a deadline of ours or the caller leaving. */
export interface Cancel {
  readonly signal: AbortSignal;
  reason: "timeout" | "caller_gone" | "stop" | undefined;
  abort(reason: "timeout" | "caller_gone" | "stop"): void;
}

export function createCancel(callerSignal: AbortSignal | undefined): Cancel & { release(): void } {
  // An own controller: workerd ignores request.signal itself as the signal of a subrequest.
  const controller = new AbortController();
  const cancel = {
    signal: controller.signal,
    reason: undefined as Cancel["reason"],
    abort(reason: NonNullable<Cancel["reason"]>) {
      cancel.reason ??= reason;
      controller.abort();
    },
    release: () => callerSignal?.removeEventListener("abort", callerGone),
  };
  const callerGone = () => cancel.abort("caller_gone");
  if (callerSignal?.aborted) callerGone();
  else callerSignal?.addEventListener("abort", callerGone, { once: true });
  return cancel;
}

export interface ForwardOptions extends Service {
  /** For the upstream's headers, from the moment at which it has the whole request. */
  readonly headersMs: number;
  readonly cancel: Cancel;
  /** Is `fetch` the runtime's own? Then it minds its signal. Default false. */
  readonly native?: boolean;
  /** Statuses that are an answer and no failure. Default: 200 alone. */
  readonly usable?: readonly number[];
  /** Resolves when an upload has been handed on; an upload has deadlines of its own. */
  readonly sent?: Promise<void>;
}

/** Sends the call and waits for headers. A refusal here has already given the upstream's body up. */
export async function forward(
  fetch: Fetch,
  request: UpstreamRequest,
  { upstream, models, secrets = [], headersMs, cancel, native = false, usable = [200], sent }: ForwardOptions,
): Promise<{ ok: true; response: Response } | Refusal> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting = true;
  const startTimer = () => {
    if (waiting) timer = setTimeout(() => cancel.abort("timeout"), headersMs);
  };
  if (sent === undefined) startTimer();
  else sent.then(startTimer);
  let response: Response;
  try {
    const answer = fetch(request.url, { ...request.init, signal: cancel.signal });
    response = native ? await answer : await minding(answer, cancel.signal);
  } catch (cause) {
    if (cancel.reason === "timeout") return refuse("upstream_timeout");
    if (cancel.reason === "caller_gone") return refuse("caller_gone");
    // The class alone: messages of network errors name the upstream's address.
    return refuse(
      "upstream_unreachable",
      {},
      {
        failure: cause instanceof Error ? cause.name : typeof cause,
        ...(isUnsent(cause) ? { unsent: true } : {}),
      },
    );
  } finally {
    waiting = false;
    clearTimeout(timer);
  }

  if (usable.includes(response.status)) return { ok: true, response };
  return {
    ...(await refusalOf(response, { upstream, models, secrets })),
    seen: { upstream_status: response.status, ...restWish(response) },
  };
}

function restWish({ status, headers }: Response): { rest_ms?: number } {
  const rest = [429, 503, 529].includes(status) ? restOf(headers, Date.now()) : undefined;
  return rest === undefined ? {} : { rest_ms: Math.round(rest) };
}

/** A fetch that does not mind its signal still ends with it, and gets its late answer cancelled. */
function minding(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  answer.then(
    (late) => {
      if (signal.aborted) late.body?.cancel().catch(() => {});
    },
    () => {},
  );
  return Promise.race([answer, whenAborted(signal)]);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")), { once: true });
  });
}

/** Statuses that are the caller's own affair: told as they are, with a rebuilt error. */
export const PASSED_STATUSES: ReadonlySet<number> = new Set([400, 404, 409, 413, 422]);

async function refusalOf(response: Response, service: Service): Promise<Refusal> {
  const { status } = response;
  if (PASSED_STATUSES.has(status)) {
    return refuse("upstream_rejected", { ...(await readUpstreamError(response, service)), status });
  }
  response.body?.cancel().catch(() => {});
  const waits = retryHeaders(response.headers);
  if (status === 416) return refuse("range_not_satisfiable", { headers: contentRange(response) });
  if (status === 429) return refuse("upstream_rate_limited", { headers: waits });
  if (status === 503 || status === 529) return refuse("upstream_unavailable", { headers: waits });
  return refuse(reasonOf(response));
}

function reasonOf({ status, type }: Response): Reason {
  // Some runtimes hide a redirect they were told not to follow: status 0, type "opaqueredirect".
  if ((status >= 300 && status < 400) || type === "opaqueredirect") return "upstream_redirect";
  if (status === 401 || status === 403) return "upstream_auth";
  if (status === 408 || status === 504) return "upstream_timeout";
  if (status === 204 || status === 205) return "upstream_empty";
  return status >= 500 ? "upstream_failed" : "upstream_unexpected_status";
}

/** How long to wait is the one thing about its limits that the upstream may tell our callers. */
function retryHeaders(headers: Headers): Record<string, string> {
  const after = headers.get("retry-after");
  const afterMs = headers.get("retry-after-ms") ?? headers.get("x-ms-retry-after-ms");
  const isDate =
    after !== null &&
    after.length < 40 &&
    /^[A-Za-z0-9 ,:]+$/.test(after) &&
    !Number.isNaN(Date.parse(after));
  return {
    ...(after !== null && (/^\d{1,9}$/.test(after) || isDate) ? { "retry-after": after } : {}),
    ...(afterMs !== null && /^\d{1,12}(\.\d{1,3})?$/.test(afterMs) ? { "retry-after-ms": afterMs } : {}),
  };
}
