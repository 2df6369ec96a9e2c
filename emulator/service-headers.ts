// The headers each service puts on its answers, with constant values where the real ones would vary by the second:
// the same request must give the same bytes. A proxy is expected to let only a few of these pass.

import type { Dialect } from "./dialects.ts";

export interface HeaderContext {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly deployment: string | null;
  readonly promptTokens: number;
}

const REQUESTS_PER_MINUTE = 1_000;
const TOKENS_PER_MINUTE = 100_000;

export function serviceHeaders(dialect: Dialect, context: HeaderContext): Record<string, string> {
  const { requestId, clientRequestId, deployment, promptTokens } = context;
  if (dialect.name === "agents" || dialect.name === "projects") {
    return {
      "x-request-id": requestId,
      "apim-request-id": requestId,
      "x-ms-region": "Emulator Local",
      "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
      "x-content-type-options": "nosniff",
      ...(clientRequestId !== null && { "x-ms-client-request-id": clientRequestId }),
    };
  }
  const remainingTokens = String(Math.max(0, TOKENS_PER_MINUTE - promptTokens));
  const headers: Record<string, string> = {
    "x-request-id": requestId,
    "x-ratelimit-remaining-requests": String(REQUESTS_PER_MINUTE - 1),
    "x-ratelimit-remaining-tokens": remainingTokens,
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
  };
  if (dialect.form === "openai") {
    Object.assign(headers, {
      "openai-organization": "emulator",
      "openai-processing-ms": "42",
      "openai-version": "2020-10-01",
      "x-ratelimit-limit-requests": String(REQUESTS_PER_MINUTE),
      "x-ratelimit-limit-tokens": String(TOKENS_PER_MINUTE),
      "x-ratelimit-reset-requests": "60ms",
      "x-ratelimit-reset-tokens": "6ms",
      "set-cookie": "__cf_bm=emulator; path=/; HttpOnly; Secure; SameSite=None",
      server: "cloudflare",
    });
  } else {
    headers["apim-request-id"] = requestId;
    headers["x-ms-region"] = "Emulator Local";
    headers["azureml-model-session"] = "emulator-0";
    if (dialect.contentFilters) headers["x-ms-rai-invoked"] = "true";
    if (deployment !== null) headers["x-ms-deployment-name"] = deployment;
    if (clientRequestId !== null) headers["x-ms-client-request-id"] = clientRequestId;
  }
  return headers;
}
