// The upstream's words on a refused request, rebuilt by an allowlist: code, message, param, type,
// content filter results, places of a validation error. Never a raw byte, and no string with our key, its
// address or the deployment's name in it.
import { readBytes } from "./body.ts";
import type { Model } from "./config.ts";
import type { RefusalDetail } from "./refusals.ts";

/** Read of an error body at most; the rest is cancelled. After decoding, so a compressed bomb is cut too. */
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_DEADLINE_MS = 10_000;
const MAX_MESSAGE_CHARS = 2048;
const MAX_PLACES = 16;
const REDACTED = "[redacted]";

type Members = Record<string, unknown>;

export async function readUpstreamError(response: Response, model: Model): Promise<RefusalDetail> {
  const read = await readBytes(response.body, MAX_ERROR_BYTES, ERROR_DEADLINE_MS);
  if (!read.ok) return {};
  try {
    return rebuild(JSON.parse(new TextDecoder().decode(read.bytes)), model);
  } catch {
    return {}; // HTML and other text says nothing that a caller should see
  }
}

/** The services write errors in five shapes (wrapped, flat, text, gateway, bare); one reader takes them all. Pure. */
export function rebuild(body: unknown, model: Model): RefusalDetail {
  const outer = members(body);
  const inner = members(outer.error);
  const message = text(inner.message) ?? text(outer.error) ?? text(outer.message);
  const code = token(inner.code, model) ?? token(outer.code, model);
  const param = token(inner.param, model) ?? token(outer.param, model);
  const type = token(inner.type, model) ?? token(outer.type, model);
  const innererror = contentFilter(inner.innererror ?? inner.inner_error, model);
  const details = places(outer.detail ?? inner.detail, model);
  return {
    ...(message === undefined ? {} : { message: redact(message, model) }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(type === undefined ? {} : { type }),
    ...(innererror === undefined ? {} : { innererror }),
    ...(details === undefined ? {} : { details }),
  };
}

/** Cut, and without anything that belongs to the operator, in any letter case. */
export function redact(message: string, { name, deployment, upstream }: Model): string {
  const url = new URL(upstream.url);
  const key = upstream.key.reveal();
  const secrets = [key, encodeURIComponent(key), upstream.url, url.origin, url.host, url.hostname]
    .filter((secret) => secret.length > 3)
    .sort((a, b) => b.length - a.length);
  // What the upstream calls the model is the operator's too; as a whole word, because it may be a short one.
  const ours = [deployment, encodeURIComponent(deployment)].map(literal).join("|");
  return message
    .replace(new RegExp(secrets.map(literal).join("|"), "gi"), REDACTED)
    .replace(new RegExp(`(?<!\\w)(?:${ours})(?!\\w)`, "gi"), () => name)
    .slice(0, MAX_MESSAGE_CHARS);
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
function token(value: unknown, model: Model): string | undefined {
  if (typeof value !== "string" || !/^[A-Za-z0-9_.[\]-]{1,128}$/.test(value)) return undefined;
  const cleaned = redact(value, model);
  return cleaned.includes(REDACTED) ? undefined : cleaned;
}

function contentFilter(value: unknown, model: Model): Members | undefined {
  const inner = members(value);
  const results = members(inner.content_filter_result ?? inner.content_filter_results);
  const code = token(inner.code, model);
  if (code === undefined && Object.keys(results).length === 0) return undefined;
  const rebuilt = Object.entries(results)
    .slice(0, 32)
    .filter(([category]) => token(category, model) === category)
    .map(([category, result]) => {
      const { filtered, detected, severity } = members(result);
      return [
        category,
        {
          ...(typeof filtered === "boolean" ? { filtered } : {}),
          ...(typeof detected === "boolean" ? { detected } : {}),
          ...(token(severity, model) === undefined ? {} : { severity: token(severity, model) }),
        },
      ];
    });
  return { ...(code === undefined ? {} : { code }), content_filter_result: Object.fromEntries(rebuilt) };
}

/** Where a 422 found the trouble. The rejected value itself is left out: the caller has it. */
function places(value: unknown, model: Model): { loc: string[] }[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).slice(0, MAX_PLACES);
  const found = list
    .map((item) => members(item).loc)
    .filter(Array.isArray)
    .map((loc) => ({ loc: loc.slice(0, MAX_PLACES).flatMap((step) => token(String(step), model) ?? []) }));
  return found.length > 0 ? found : undefined;
}
