// The upstream's words on a refused request, rebuilt by an allowlist: code, message, param, type,
// content filter results, places of a validation error. Never a raw byte, never our key or its address.
import { readBytes } from "./body.ts";
import type { Model } from "./config.ts";
import type { RefusalDetail } from "./refusals.ts";

/** Read of an error body at most; the rest is cancelled. After decoding, so a compressed bomb is cut too. */
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_DEADLINE_MS = 10_000;
const MAX_MESSAGE_CHARS = 2048;
const MAX_PLACES = 16;

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
  const code = token(inner.code) ?? token(outer.code);
  const param = token(inner.param) ?? token(outer.param);
  const type = token(inner.type) ?? token(outer.type);
  const innererror = contentFilter(inner.innererror ?? inner.inner_error);
  const details = places(outer.detail ?? inner.detail);
  return {
    ...(message === undefined ? {} : { message: redact(message, model) }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
    ...(type === undefined ? {} : { type }),
    ...(innererror === undefined ? {} : { innererror }),
    ...(details === undefined ? {} : { details }),
  };
}

/** Cut, and without anything that belongs to the operator. */
export function redact(message: string, { upstream }: Model): string {
  const url = new URL(upstream.url);
  const secrets = [upstream.key.reveal(), upstream.url, url.origin, url.host, url.hostname];
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((cleaned, secret) => cleaned.replaceAll(secret, "[redacted]"), message)
    .slice(0, MAX_MESSAGE_CHARS);
}

function members(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A machine-readable word: what a header and a log may hold. */
function token(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Za-z0-9_.[\]-]{1,128}$/.test(value) ? value : undefined;
}

function contentFilter(value: unknown): Members | undefined {
  const inner = members(value);
  const results = members(inner.content_filter_result ?? inner.content_filter_results);
  const code = token(inner.code);
  if (code === undefined && Object.keys(results).length === 0) return undefined;
  const rebuilt = Object.entries(results)
    .slice(0, 32)
    .filter(([category]) => token(category) !== undefined)
    .map(([category, result]) => {
      const { filtered, detected, severity } = members(result);
      return [
        category,
        {
          ...(typeof filtered === "boolean" ? { filtered } : {}),
          ...(typeof detected === "boolean" ? { detected } : {}),
          ...(token(severity) === undefined ? {} : { severity }),
        },
      ];
    });
  return { ...(code === undefined ? {} : { code }), content_filter_result: Object.fromEntries(rebuilt) };
}

/** Where a 422 found the trouble. The rejected value itself is left out: the caller has it. */
function places(value: unknown): { loc: string[] }[] | undefined {
  const list = (Array.isArray(value) ? value : [value]).slice(0, MAX_PLACES);
  const found = list
    .map((item) => members(item).loc)
    .filter(Array.isArray)
    .map((loc) => ({ loc: loc.slice(0, MAX_PLACES).flatMap((step) => token(String(step)) ?? []) }));
  return found.length > 0 ? found : undefined;
}
