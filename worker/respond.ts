// Values -> Response. Every response of the proxy is made here, so that none can miss the headers that
// hold for all of them: CORS, request id, no caching, no sniffing, no referrer.
import { corsHeaders } from "./cors.ts";
import { errorBody } from "./error-body.ts";
import { type Dialect, type Refusal, refusals } from "./refusals.ts";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReadableStream<Uint8Array> | null;
}

export interface Envelope {
  readonly requestId: string;
  /** The caller's origin when it is on the list. */
  origin: string | undefined;
}

export function json(value: unknown): Reply {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

export function refusalReply(refusal: Refusal, dialect: Dialect, requestId: string): Reply {
  const { status, code, body } = errorBody(refusal, dialect, requestId);
  return {
    status,
    body: JSON.stringify(body),
    headers: {
      "content-type": "application/json",
      ...(dialect === "openai" || dialect === "agents" ? {} : { "x-ms-error-code": code }),
      ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
      ...(refusals[refusal.reason].retry === false ? { "x-should-retry": "false" } : {}),
      ...refusal.detail.headers,
    },
  };
}

/** The last event of a stream that we cut: the error alone, as JSON, so that no text can break out of it. */
export function errorFrame(refusal: Refusal, dialect: Dialect, requestId: string): Uint8Array<ArrayBuffer> {
  const { body } = errorBody(refusal, dialect, requestId);
  const named = dialect === "agents" ? "event: error\n" : "";
  return new TextEncoder().encode(`${named}data: ${JSON.stringify(body)}\n\n`);
}

export function respond({ status, headers, body }: Reply, { requestId, origin }: Envelope): Response {
  return new Response(body as BodyInit | null, {
    status,
    headers: {
      ...headers,
      ...corsHeaders(origin),
      "x-request-id": requestId,
      "cache-control": "private, no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    },
  });
}
