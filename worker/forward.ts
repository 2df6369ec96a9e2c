// The one call to the upstream: a deadline for its headers, no redirect, no second try. What comes
// back is sorted here: a usable answer goes on, everything else becomes a refusal, and no body is left
// unread (an unread body holds one of the worker's few connections).
import { readBytes } from "./body.ts";
import type { Model } from "./config.ts";
import { type Reason, type Refusal, refuse } from "./refusals.ts";
import { readUpstreamError } from "./upstream-error.ts";

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

/** Sends the call and waits for headers. A refusal here has already given the upstream's body up. */
export async function forward(
  fetch: Fetch,
  request: { url: string; init: RequestInit },
  model: Model,
  headersMs: number,
  cancel: Cancel,
): Promise<{ ok: true; response: Response } | Refusal> {
  const timer = setTimeout(() => cancel.abort("timeout"), headersMs);
  let response: Response;
  try {
    const answer = fetch(request.url, { ...request.init, signal: cancel.signal });
    // A fetch that does not mind its signal still gets its late answer cancelled.
    answer.then(
      (late) => {
        if (cancel.signal.aborted) late.body?.cancel().catch(() => {});
      },
      () => {},
    );
    response = await Promise.race([answer, whenAborted(cancel.signal)]);
  } catch (cause) {
    if (cancel.reason === "timeout") return refuse("upstream_timeout");
    if (cancel.reason === "caller_gone") return refuse("caller_gone");
    // The class alone: messages of network errors name the upstream's address.
    return refuse(
      "upstream_unreachable",
      {},
      { failure: cause instanceof Error ? cause.name : typeof cause },
    );
  } finally {
    clearTimeout(timer);
  }

  if (response.status === 200) return { ok: true, response };
  return { ...(await refusalOf(response, model)), seen: { upstream_status: response.status } };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")), { once: true });
  });
}

/** Statuses that are the caller's own affair: told as they are, with a rebuilt error. */
const PASSED = new Set([400, 404, 409, 413, 422]);

async function refusalOf(response: Response, model: Model): Promise<Refusal> {
  const { status } = response;
  if (PASSED.has(status)) {
    return refuse("upstream_rejected", { ...(await readUpstreamError(response, model)), status });
  }
  response.body?.cancel().catch(() => {});
  const waits = retryHeaders(response.headers);
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

/** Shorter "keys" are placeholders for local servers, such as "ollama": an answer may say those words. */
const MIN_KEY_CHARS = 8;

/** A whole answer: read with a cap, proven to be a list of choices that holds no key of ours, passed on as text. */
export async function readWholeAnswer(
  response: Response,
  model: Model,
  { answerBytes, wholeMs }: { answerBytes: number; wholeMs: number },
): Promise<{ ok: true; text: string; bytes: number; answer: Record<string, unknown> } | Refusal> {
  const read = await readBytes(response.body, answerBytes, wholeMs);
  if (!read.ok) return refuse(failures[read.reason]);
  if (read.bytes.byteLength === 0) return refuse("upstream_empty");
  const text = new TextDecoder().decode(read.bytes);
  const answer = parseObject(text);
  if (answer === undefined || !isType(response, "application/json")) return refuse("upstream_not_json");
  if (answer.error != null) return refuse("upstream_error_with_200");
  // A service that shows requests to its caller must not show ours.
  if (!Array.isArray(answer.choices)) return refuse("upstream_not_chat");
  const key = model.upstream.key.reveal();
  if (key.length >= MIN_KEY_CHARS && holds(text, answer, key)) return refuse("upstream_holds_key");
  return { ok: true, text, bytes: read.bytes.byteLength, answer };
}

const failures = {
  too_large: "upstream_too_large",
  timeout: "upstream_timeout",
  broken: "upstream_failed",
} as const;

/** Is this 200 really an event stream? A login page or an error object with 200 must not become an empty success. */
export function checkStream(response: Response): { ok: true; body: ReadableStream<Uint8Array> } | Refusal {
  const encoding = response.headers.get("content-encoding") ?? "identity";
  const reason: Reason | undefined =
    response.body === null
      ? "upstream_empty"
      : !isType(response, "text/event-stream")
        ? "upstream_not_stream"
        : encoding.toLowerCase() !== "identity"
          ? "upstream_encoded"
          : undefined;
  if (reason === undefined) return { ok: true, body: response.body! };
  response.body?.cancel().catch(() => {});
  return refuse(reason);
}

/** In any letter case, and however JSON spelt it: rewritten, a text has one spelling. */
function holds(text: string, answer: object, secret: string): boolean {
  const spelt = JSON.stringify(secret).slice(1, -1).toLowerCase();
  return (
    text.toLowerCase().includes(spelt) ||
    (text.includes("\\") && JSON.stringify(answer).toLowerCase().includes(spelt))
  );
}

function isType(response: Response, type: string): boolean {
  return (response.headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase() === type;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
