/** What may be logged of a call: an allowlist, so that a new header or field stays out until somebody thinks. */
import type { ResolvedOptions } from "./options.ts";
import type { Operation } from "./request.ts";

/** Where records go; `console` fits. */
export interface Logger {
  debug(message: string, fields: LogFields): void;
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One record. `url` has no query, `headers` only allowlisted names, `body` only when asked for. */
export interface LogFields {
  method: string;
  url: string;
  /** 1 for the first attempt. */
  attempt: number;
  status?: number;
  ms?: number;
  requestId?: string | undefined;
  /** Name of an error, never its message. */
  error?: string;
  waitMs?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Header names that may be logged. */
const HEADERS =
  /^(accept|apim-request-id|content-(length|type)|extra-parameters|retry-after(-ms)?|x-(ms-(client-request-id|error-code|region)|ratelimit-[a-z-]+|(ms-)?request-id|should-retry))$/;
/** From least to most important. */
export const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Writes a record if its level is wanted. A logger that throws doesn't break the call. */
export function log(
  { logger, logLevel, logBodies }: ResolvedOptions,
  level: LogLevel,
  event: string,
  { method, url, body }: Operation,
  fields: Omit<LogFields, "method" | "url">,
  headers?: Headers,
): void {
  if (!logger || LEVELS.indexOf(level) < LEVELS.indexOf(logLevel)) return;
  const { origin, pathname } = new URL(url);
  const record: LogFields = { method, url: origin + pathname, ...fields };
  if (logLevel === "debug" && headers) {
    record.headers = Object.fromEntries([...headers].filter(([name]) => HEADERS.test(name)));
  }
  if (logBodies && event === "request" && typeof body === "string") record.body = body;
  try {
    logger[level](`latchkey: ${event}`, record);
  } catch {}
}
