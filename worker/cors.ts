// Cross-origin rules: an exact list of origins, one static list of headers, no cookies. The same
// headers go on every response, errors included, or a page could not read what went wrong. Pure.
import { originOf } from "./config-schema.ts";
import { REMAINING_HEADERS } from "./limit-headers.ts";
import { type Refusal, refuse } from "./refusals.ts";

const ALLOW_METHODS = ["GET", "POST", "PATCH", "DELETE"];

/** What the clients we know send from a page: ours (with tracing, too), `openai` (x-stainless-*), fetch-event-source. */
const ALLOW_HEADERS = [
  "accept",
  "api-key",
  "authorization",
  "content-type",
  "extra-parameters",
  "idempotency-key",
  "last-event-id",
  "openai-beta",
  "openai-organization",
  "openai-project",
  "range",
  "traceparent",
  "tracestate",
  "user-agent",
  "x-latchkey-retry-count",
  "x-ms-client-request-id",
  "x-ms-useragent",
  "x-stainless-arch",
  "x-stainless-custom-poll-interval",
  "x-stainless-helper-method",
  "x-stainless-lang",
  "x-stainless-os",
  "x-stainless-package-version",
  "x-stainless-poll-helper",
  "x-stainless-retry-count",
  "x-stainless-runtime",
  "x-stainless-runtime-version",
  "x-stainless-timeout",
];

const EXPOSE_HEADERS = [
  "accept-ranges",
  "content-disposition",
  "content-range",
  "retry-after",
  "retry-after-ms",
  ...REMAINING_HEADERS,
  "server-timing",
  "www-authenticate",
  "x-ms-error-code",
  "x-request-id",
  "x-should-retry",
];

const EXPOSED = EXPOSE_HEADERS.join(", ");

/** Browsers cap this at two hours; a longer value only hides a changed list. */
const MAX_AGE_SECONDS = 7200;

/** The request's origin when it is on the list, undefined when it sent none, a refusal otherwise. */
export function checkOrigin(
  request: Request,
  origins: ReadonlySet<string>,
): { ok: true; origin: string | undefined } | Refusal {
  const header = request.headers.get("origin");
  if (header === null) return { ok: true, origin: undefined };
  // As browsers spell it, which is how the list does, too.
  if (origins.has(header)) return { ok: true, origin: header };
  // Two Origin headers arrive joined by a comma, which no origin holds.
  const origin = header.length > 512 ? undefined : originOf(header);
  if (origin === undefined || !origins.has(origin)) return refuse("origin_not_allowed");
  return { ok: true, origin };
}

export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}

/** Headers that answer a preflight of an allowed origin. The list is static: nothing asked for is reflected. */
export function checkPreflight(request: Request): { ok: true; headers: Record<string, string> } | Refusal {
  const method = request.headers.get("access-control-request-method") ?? "";
  const wanted = (request.headers.get("access-control-request-headers") ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (!ALLOW_METHODS.includes(method) || !wanted.every((name) => ALLOW_HEADERS.includes(name))) {
    return refuse("preflight_refused");
  }
  return {
    ok: true,
    headers: {
      "access-control-allow-methods": ALLOW_METHODS.join(", "),
      "access-control-allow-headers": ALLOW_HEADERS.join(", "),
      "access-control-max-age": String(MAX_AGE_SECONDS),
    },
  };
}

/** What every response carries. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  return origin === undefined
    ? { vary: "Origin" }
    : {
        vary: "Origin",
        "access-control-allow-origin": origin,
        "access-control-expose-headers": EXPOSED,
      };
}
