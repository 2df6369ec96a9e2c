// Checked request -> the one Request that carries our key. URL, query, key and every header name come
// from configuration and this file; of the caller only checked body members and a checked id pass.
import { HOP_HEADER } from "./admit.ts";
import type { ChatRequest } from "./chat-body.ts";
import type { Model } from "./config.ts";

const CLIENT_REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** The id under which the upstream logs the call: the caller's when it is harmless, else ours. */
export function clientRequestId(headers: Headers, requestId: string): string {
  const given = headers.get("x-ms-client-request-id");
  return given !== null && CLIENT_REQUEST_ID.test(given) ? given : requestId;
}

/** Members the model inference API knows; anything else needs its header `extra-parameters: pass-through`. */
const INFERENCE_MEMBERS = new Set([
  "messages",
  "model",
  "frequency_penalty",
  "presence_penalty",
  "temperature",
  "top_p",
  "max_tokens",
  "stream",
  "response_format",
  "stop",
  "tools",
  "tool_choice",
  "seed",
  "modalities",
  "user_security_context",
]);

export function upstreamRequest(
  { upstream, deployment }: Model,
  chat: ChatRequest,
  clientId: string,
): {
  url: string;
  init: { method: "POST"; redirect: "manual"; headers: Record<string, string>; body: string };
} {
  const { kind, url: base } = upstream;
  const key = upstream.key.reveal();
  const version =
    upstream.apiVersion === undefined ? "" : `?api-version=${encodeURIComponent(upstream.apiVersion)}`;
  const path =
    kind === "azure-openai"
      ? `/openai/deployments/${encodeURIComponent(deployment)}/chat/completions`
      : "/chat/completions";
  const passThrough =
    kind === "inference" && Object.keys(chat.members).some((member) => !INFERENCE_MEMBERS.has(member));
  const headers: Record<string, string> = {
    // As every official SDK sends it, on streamed calls too.
    accept: "application/json",
    // A compressed stream would reach the caller compressed, and late.
    "accept-encoding": "identity",
    "content-type": "application/json",
    "user-agent": "latchkey-proxy",
    "x-ms-client-request-id": clientId,
    [HOP_HEADER]: "1",
    ...(passThrough ? { "extra-parameters": "pass-through" } : {}),
    ...(key !== "" && kind !== "openai" ? { "api-key": key } : {}),
    ...(key !== "" && kind !== "azure-openai" ? { authorization: `Bearer ${key}` } : {}),
  };
  // Azure OpenAI names the model by the path; the other two by the body.
  const body = kind === "azure-openai" ? chat.members : { model: deployment, ...chat.members };
  // "manual": with "follow" the key would travel to wherever a redirect points (workerd does that).
  return {
    url: `${base}${path}${version}`,
    init: { method: "POST", redirect: "manual", headers, body: JSON.stringify(body) },
  };
}
