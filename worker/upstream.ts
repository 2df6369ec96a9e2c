// Checked request -> the one Request that carries our key. URL, query, key and every header name come
// from configuration and this file; of the caller only checked body members, ids and query members pass.
import { HOP_HEADER } from "./admit.ts";
import type { Model, Upstream } from "./config.ts";
import type { Operation } from "./operations.ts";

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
  "input",
  "dimensions",
  "encoding_format",
  "input_type",
]);

/** A form on its way. `open` begins to read the rest of it: when the call is sent, and only then, and once. */
export interface FormBody {
  readonly contentType: string;
  /** `model`: as it is at the place that is called. */
  readonly open: (model: Model | undefined) => ReadableStream<Uint8Array>;
}

/** What one call asks for, checked. */
export interface Asked {
  readonly operation: Operation;
  readonly method: string;
  /** Below the service's base, with names in braces that `ids` fill in. */
  readonly path: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly upstream: Upstream;
  readonly model: Model | undefined;
  /** A JSON body's members without `model`, or a form on its way. */
  readonly body: Readonly<Record<string, unknown>> | FormBody | undefined;
  /** One range of a download. */
  readonly range: string | undefined;
  readonly clientId: string;
}

export interface UpstreamRequest {
  readonly url: string;
  readonly init: RequestInit;
}

/** `token` is what the upstream takes in place of a key. */
export function upstreamRequest(asked: Asked, token?: string): UpstreamRequest {
  const { operation, upstream, model, body, range, clientId } = asked;
  const { kind } = upstream;
  const key = token ?? upstream.key.reveal();
  const form = isForm(body) ? body : undefined;
  const members = body === undefined || isForm(body) ? undefined : jsonMembers(asked, body);
  const passThrough =
    kind === "inference" &&
    members !== undefined &&
    Object.keys(members).some((member) => !INFERENCE_MEMBERS.has(member));
  const headers: Record<string, string> = {
    // As every official SDK sends it, on streamed calls too; for bytes they ask for bytes.
    accept: operation.answer === "bytes" ? "*/*" : "application/json",
    // A compressed stream would reach the caller compressed, and late.
    "accept-encoding": "identity",
    ...(members === undefined
      ? {}
      : { "content-type": operation.patches ? "application/merge-patch+json" : "application/json" }),
    ...(form === undefined ? {} : { "content-type": form.contentType }),
    "user-agent": "latchkey-proxy",
    "x-ms-client-request-id": clientId,
    [HOP_HEADER]: "1",
    ...(range === undefined ? {} : { range }),
    ...(passThrough ? { "extra-parameters": "pass-through" } : {}),
    ...(key !== "" && token === undefined && kind !== "openai" ? { "api-key": key } : {}),
    ...(key !== "" && kind !== "azure-openai" ? { authorization: `Bearer ${key}` } : {}),
  };
  return {
    url: upstreamUrl(asked, model),
    // "manual": with "follow" the key would travel to wherever a redirect points (workerd does that).
    init: {
      method: asked.method,
      redirect: "manual",
      headers,
      ...(members === undefined ? {} : { body: JSON.stringify(members) }),
      // "half" is what Node wants to hear for a body that is a stream; workerd does not know the option.
      ...(form === undefined ? {} : ({ body: form.open(model), duplex: "half" } as RequestInit)),
    },
  };
}

/** Every part of the address is the configuration's, but for ids, which are one encoded segment each. */
function upstreamUrl(asked: Asked, model: Model | undefined): string {
  const { path, ids, query } = asked;
  const { base, apiVersion } = placeOf(asked, model);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name]!));
  const search = new URLSearchParams(query.map(([member, value]): [string, string] => [member, value]));
  if (apiVersion !== undefined) search.append("api-version", apiVersion);
  return `${base}${filled}${search.size === 0 ? "" : `?${search}`}`;
}

/** Evaluations of a workspace are beside its agents, and stayed at this version. */
const EVALUATIONS_VERSION = "2024-07-01-preview";

function placeOf(
  { operation, path, upstream: { kind, url, apiVersion } }: Asked,
  model: Model | undefined,
): { base: string; apiVersion: string | undefined } {
  if (kind === "azure-openai") {
    const byModel = operation.model === "path";
    const place = byModel ? `/openai/deployments/${encodeURIComponent(model!.deployment)}` : "/openai";
    return { base: url + place, apiVersion };
  }
  if (kind === "projects" && operation.surface === undefined) {
    return { base: `${url}/openai/v1`, apiVersion: undefined };
  }
  if (kind === "workspace" && path.startsWith("/evaluations/")) {
    return { base: url.replace("/agents/v1.0/", "/raisvc/v1.0/"), apiVersion: EVALUATIONS_VERSION };
  }
  return { base: url, apiVersion };
}

function jsonMembers(
  { operation, upstream: { kind }, model }: Asked,
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  // Azure OpenAI names the model of most operations by the path; all else by the body.
  if (model === undefined || (kind === "azure-openai" && operation.model === "path")) return members;
  const { input, definition } = members;
  if (operation.model === "definition") {
    return { ...members, definition: { ...(definition as object), model: model.deployment } };
  }
  // The model inference API takes a list where OpenAI's clients may send one text.
  const listed = kind === "inference" && typeof input === "string" ? { input: [input] } : {};
  return { model: model.deployment, ...members, ...listed };
}

export function isForm(body: Asked["body"]): body is FormBody {
  return body !== undefined && typeof body.open === "function"; // JSON holds no functions
}
