/**
 * Operation -> Response: the credential added, ky as the carrier, redirects refused, deadlines kept, retries
 * before the first byte only. Reads top to bottom; whether to try again is decided in `retry.ts`.
 */
import ky, { isNetworkError, isTimeoutError } from "ky";
import { type Authenticator, abortable } from "./credential.ts";
import {
  AbortError,
  type ApiError,
  apiError,
  ConnectionError,
  type LatchkeyError,
  RedirectError,
  TimeoutError,
} from "./errors.ts";
import { log } from "./log.ts";
import type { ResolvedCall } from "./options.ts";
import { mergeHeaders, type Operation } from "./request.ts";
import { discard, readErrorBody } from "./response.ts";
import { judge, RetryBudget } from "./retry.ts";
import { traced } from "./trace.ts";

/** What a client keeps for its calls. */
export class Sender {
  readonly authenticator: Authenticator;
  readonly budget: RetryBudget = new RetryBudget();
  /** Aborts of the calls under way. */
  readonly live: Set<(reason: unknown) => void> = new Set();
  closed = false;

  constructor(authenticator: Authenticator) {
    this.authenticator = authenticator;
  }

  /** Aborts what is under way and refuses new calls. */
  close(): void {
    this.closed = true;
    for (const abort of this.live) abort(CLOSED);
  }
}

const CLOSED = "The client was closed.";

/** How a call ended, for its trace. `open`: its connection is still open and must be closed. */
export interface End {
  error?: unknown;
  result?: unknown;
  open?: boolean;
}

/** A call whose headers have arrived. Its owner must `settle` it once the body is read or given up. */
export interface Sent {
  response: Response;
  requestId: string | undefined;
  call: ResolvedCall;
  /** What was sent to authenticate; taken out of what a service says in an error. */
  secrets: string[];
  /** Aborts when the caller does or the total deadline passes; its reason is the error to throw. */
  signal: AbortSignal;
  /** Told by the reader of a stream when its first value is there; once, for it gives what comes in its place. */
  onFirst?: (() => undefined) | undefined;
  /** Ends the call, once: timers and listeners go, the trace is told. */
  settle(end: End): void;
}

/** Default of `headersTimeoutMs` for streams, whose headers come before the work is done. */
const STREAM_HEADERS_MS = 60_000;

/**
 * Sends an operation until it's answered well, refused for good, or out of time.
 *
 * @param raw gives back any status as it is, for `sendRequest`.
 * @throws {LatchkeyError} of every kind but `truncated`; {@link TypeError} for headers that can't be sent.
 */
export async function send(
  sender: Sender,
  operation: Operation,
  call: ResolvedCall,
  raw = false,
): Promise<Sent> {
  mergeHeaders(...call.headers);
  if (call.signal?.aborted) throw new AbortError(call.signal.reason);
  if (sender.closed) throw new AbortError(CLOSED);
  const uuid = call.clientRequestId ? crypto.randomUUID() : undefined;
  const id = uuid && {
    "x-ms-client-request-id": uuid,
    ...(operation.method === "POST" && { "idempotency-key": uuid }),
  };
  const trace = traced(() => call.trace?.(operation));
  const life = lifetime(sender.live, call, raw);
  const { signal } = life;
  const replayable = !(operation.body instanceof ReadableStream);
  let secrets: string[] = [];
  let retries = 0;
  let renewed = false;
  sender.budget.earn();

  try {
    for (;;) {
      const credential = operation.authenticate ? await sender.authenticator.headers(signal) : undefined;
      secrets = Object.values(credential ?? {}).map((value) => value.replace("Bearer ", ""));
      const count = id && retries ? { "x-latchkey-retry-count": `${retries}` } : undefined;
      // A trace's headers go where the credential goes: another origin doesn't learn who calls.
      const context = credential && trace?.headers;
      const headers = mergeHeaders(operation.headers, id, count, credential, context, ...call.headers);
      const { response, error } = await attempt(operation, call, headers, signal, retries + 1);
      const requestId = (response && idOf(response.headers)) ?? uuid;
      if (response && isRedirect(response)) {
        discard(response);
        throw new RedirectError(
          "The service redirected the request, which is never followed; check the endpoint.",
          { requestId },
        );
      }
      if (response?.ok) return sent(response, requestId);
      if (
        response?.status === 401 &&
        replayable &&
        !renewed &&
        credential &&
        sender.authenticator.renew(credential, response.headers)
      ) {
        renewed = true;
        discard(response);
        continue;
      }
      const { waitMs, retryAfterMs } = judge({
        retries,
        maxRetries: replayable && (call.retryTimeouts || error?.kind !== "timeout") ? call.maxRetries : 0,
        status: response?.status,
        headers: response?.headers,
        maxDelayMs: call.maxRetryDelayMs,
        leftMs: life.leftMs(),
        now: Date.now(),
        random: Math.random(),
      });
      if (waitMs === undefined || !sender.budget.spend()) {
        const note = replayable ? "" : " (not tried again: a stream can be sent once)";
        if (!response) {
          error!.message += note;
          error!.requestId = requestId;
          throw error;
        }
        if (raw) return sent(response, requestId);
        const body = await readErrorBody(response, call, signal);
        throw apiError({
          status: response.status,
          headers: response.headers,
          body,
          requestId,
          retryAfterMs,
          note,
          secrets,
        });
      }
      if (response) discard(response);
      log(call, "info", "retry", operation, { attempt: retries + 1, requestId, waitMs });
      await pause(waitMs, signal);
      retries++;
    }
  } catch (error) {
    life.end();
    const { status, requestId } = error as ApiError;
    traced(() => trace?.end({ status, requestId, retries, error }));
    throw error;
  }

  function sent(response: Response, requestId: string | undefined): Sent {
    let settled = false;
    return {
      response,
      requestId,
      call,
      secrets,
      signal,
      onFirst: () => traced(() => trace?.onFirst?.()) as undefined,
      settle({ open, ...end }) {
        if (settled) return;
        settled = true;
        life.end();
        if (open) life.close();
        traced(() => trace?.end({ status: response.status, requestId, retries, ...end }));
      },
    };
  }
}

/** One attempt: an answer of any status, or the error that stands for none. An abort or the total deadline throws. */
async function attempt(
  operation: Operation,
  call: ResolvedCall,
  headers: Headers,
  signal: AbortSignal,
  number: number,
): Promise<{ response?: Response; error?: LatchkeyError }> {
  const { method, url, body = null, stream, outgoing } = operation;
  const headersMs = call.headersTimeoutMs ?? (stream ? STREAM_HEADERS_MS : Infinity);
  const started = Date.now();
  const fields = () => ({ attempt: number, ms: Date.now() - started });
  log(call, "debug", "request", operation, { attempt: number }, headers);
  let answer: Promise<Response> | undefined;
  try {
    // Raced against the signal: a fetch that ignores it must not hold the caller.
    const response = await abortable(
      ky(url, {
        method,
        headers,
        body,
        signal,
        redirect: "manual",
        retry: 0,
        throwHttpErrors: false,
        timeout: headersMs === Infinity ? false : headersMs,
        fetch(input, init) {
          const request = outgoing && input instanceof Request ? outgoing(input) : input;
          answer = (call.fetch ?? globalThis.fetch)(request, init);
          return answer;
        },
        ...(body instanceof ReadableStream && { duplex: "half" }),
      }),
      signal,
    );
    const { ok, status } = response;
    log(call, ok ? "info" : "warn", "response", operation, { ...fields(), status }, response.headers);
    return { response };
  } catch (cause) {
    // A fetch that ignored its signal may answer yet; nobody would read it.
    answer?.then(discard, () => {});
    if (signal.aborted) throw signal.reason;
    const error = isTimeoutError(cause)
      ? new TimeoutError("headers", headersMs)
      : new ConnectionError("The service could not be reached, or closed the connection without an answer.", {
          // ky's own error holds the request, and with it the key: what the runtime said is inside.
          cause: isNetworkError(cause) ? cause.cause : cause,
        });
    log(call, "warn", "no response", operation, { ...fields(), error: error.name });
    return { error };
  }
}

/** The caller's signal and the total deadline as one signal, for as long as the call lives. */
function lifetime(live: Sender["live"], { signal: outer, timeoutMs }: ResolvedCall, raw: boolean) {
  const controller = new AbortController();
  const endsAt = performance.now() + timeoutMs;
  const abort = (reason: unknown) => controller.abort(new AbortError(reason));
  const onAbort = () => abort(outer!.reason);
  outer?.addEventListener("abort", onAbort);
  live.add(abort);
  const timer =
    timeoutMs === Infinity
      ? undefined
      : setTimeout(() => controller.abort(new TimeoutError("total", timeoutMs)), timeoutMs);
  return {
    // A raw response outlives the call, so its body goes on listening to the caller's signal.
    signal: raw && outer ? AbortSignal.any([controller.signal, outer]) : controller.signal,
    leftMs: () => endsAt - performance.now(),
    close: () => controller.abort(),
    end() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onAbort);
      live.delete(abort);
    },
  };
}

function isRedirect({ type, status }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && status < 400 && status !== 304);
}

/** The service's own id of a request. */
function idOf(headers: Headers): string | undefined {
  return (
    headers.get("x-request-id") ??
    headers.get("apim-request-id") ??
    headers.get("x-ms-request-id") ??
    undefined
  );
}

/** Waits; rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const wait = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return (signal ? abortable(wait, signal) : wait).finally(() => clearTimeout(timer));
}
