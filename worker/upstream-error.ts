// The upstream's words on a refused request, rebuilt by an allowlist: code, message, param, type,
// content filter results, places of a validation error. Never a raw byte, and no string with our key, its
// address or the deployment's name in it.
import { readBytes } from "./body.ts";
import type { Model, Upstream } from "./config.ts";
import type { RefusalDetail } from "./refusals.ts";

/** Read of an error body at most; the rest is cancelled. After decoding, so a compressed bomb is cut too. */
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_DEADLINE_MS = 10_000;
const MAX_MESSAGE_CHARS = 2048;
const MAX_PLACES = 16;
const REDACTED = "[redacted]";

type Members = Record<string, unknown>;

/** Whose words they are, and what must not be in them. */
export interface Service {
  readonly upstream: Upstream;
  /** Models whose deployments the upstream may name: callers see their public names instead. */
  readonly models: readonly Model[];
  /** Tokens that went to the upstream with this request. */
  readonly secrets?: readonly string[];
}

export async function readUpstreamError(response: Response, service: Service): Promise<RefusalDetail> {
  const read = await readBytes(response.body, MAX_ERROR_BYTES, ERROR_DEADLINE_MS);
  if (!read.ok) return {};
  try {
    return rebuild(JSON.parse(new TextDecoder().decode(read.bytes)), service);
  } catch {
    return {}; // HTML and other text says nothing that a caller should see
  }
}

/** The services write errors in five shapes (wrapped, flat, text, gateway, bare); one reader takes them all. Pure. */
export function rebuild(body: unknown, service: Service): RefusalDetail {
  const outer = members(body);
  const inner = members(outer.error);
  const message = text(inner.message) ?? text(outer.error) ?? text(outer.message);
  const code = token(inner.code, service) ?? token(outer.code, service);
  const param = token(inner.param, service) ?? token(outer.param, service);
  const type = token(inner.type, service) ?? token(outer.type, service);
  const innererror = contentFilter(inner.innererror ?? inner.inner_error, service);
  const details = places(outer.detail ?? inner.detail, service);
  return {
    ...(message === undefined ? {} : { message: redact(message, service) }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(type === undefined ? {} : { type }),
    ...(innererror === undefined ? {} : { innererror }),
    ...(details === undefined ? {} : { details }),
  };
}

/** Cut, and without anything that belongs to the operator, in any letter case. */
export function redact(message: string, service: Service): string {
  return concealed(message, service).slice(0, MAX_MESSAGE_CHARS);
}

/** Without key and address; what the upstream calls a model is the operator's too, and is called by its public name. */
function concealed(message: string, { upstream, models, secrets: sent = [] }: Service): string {
  const url = new URL(upstream.url);
  const key = upstream.key.reveal();
  const secrets = [
    key,
    encodeURIComponent(key),
    ...sent,
    ...pathOf(url),
    upstream.url,
    url.origin,
    url.host,
    url.hostname,
  ]
    .filter((secret) => secret.length > 3)
    .sort(longestFirst);
  const cleaned = message.replace(new RegExp(secrets.map(literal).join("|"), "gi"), REDACTED);
  const names = new Map(
    [...models]
      .reverse()
      .flatMap(({ name, deployment }) =>
        [deployment, encodeURIComponent(deployment)].map((ours) => [ours.toLowerCase(), name] as const),
      ),
  );
  if (names.size === 0) return cleaned;
  // As a whole word, because it may be a short one.
  const words = [...names.keys()].sort(longestFirst).map(literal).join("|");
  return cleaned.replace(
    new RegExp(`(?<!\\w)(?:${words})(?!\\w)`, "gi"),
    (word) => names.get(word.toLowerCase()) ?? REDACTED,
  );
}

/** Of a workspace: the subscription, and the resource group as the path names it. */
function pathOf({ pathname }: URL): string[] {
  const [, subscription, group] = /\/subscriptions\/([^/]+)\/(resourceGroups\/[^/]+)/i.exec(pathname) ?? [];
  return [subscription, group].filter((one) => one !== undefined);
}

const longestFirst = (a: string, b: string) => b.length - a.length;

/** Every text in a value that the upstream wrote about a failure: errors are also members of jobs and responses. */
export function redactWithin(value: unknown, service: Service): unknown {
  if (typeof value === "string") return concealed(value, service);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => redactWithin(one, service));
  return Object.fromEntries(
    Object.entries(value).map(([member, one]) => [member, redactWithin(one, service)]),
  );
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function members(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A machine-readable word: what a header and a log may hold. One with a secret in it is none. */
function token(value: unknown, service: Service): string | undefined {
  if (typeof value !== "string" || !/^[A-Za-z0-9_.[\]-]{1,128}$/.test(value)) return undefined;
  const cleaned = redact(value, service);
  return cleaned.includes(REDACTED) ? undefined : cleaned;
}

function contentFilter(value: unknown, service: Service): Members | undefined {
  const inner = members(value);
  const results = members(inner.content_filter_result ?? inner.content_filter_results);
  const code = token(inner.code, service);
  if (code === undefined && Object.keys(results).length === 0) return undefined;
  const rebuilt = Object.entries(results)
    .slice(0, 32)
    .filter(([category]) => token(category, service) === category)
    .map(([category, result]) => {
      const { filtered, detected, severity } = members(result);
      return [
        category,
        {
          ...(typeof filtered === "boolean" ? { filtered } : {}),
          ...(typeof detected === "boolean" ? { detected } : {}),
          ...(token(severity, service) === undefined ? {} : { severity: token(severity, service) }),
        },
      ];
    });
  return { ...(code === undefined ? {} : { code }), content_filter_result: Object.fromEntries(rebuilt) };
}

/** Where a 422 found the trouble. The rejected value itself is left out: the caller has it. */
function places(value: unknown, service: Service): { loc: string[] }[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).slice(0, MAX_PLACES);
  const found = list
    .map((item) => members(item).loc)
    .filter(Array.isArray)
    .map((loc) => ({ loc: loc.slice(0, MAX_PLACES).flatMap((step) => token(String(step), service) ?? []) }));
  return found.length > 0 ? found : undefined;
}
