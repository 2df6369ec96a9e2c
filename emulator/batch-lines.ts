// The lines of a batch's input file: checked first, all of them, then asked one after the other as ordinary requests
// to the emulator itself. Pure but for `perform`.

import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject } from "./json.ts";
import { newId } from "./state.ts";

export interface BatchLine {
  readonly customId: string;
  readonly body: JsonObject;
}

export interface LineError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly line: number | null;
}

const MAX_LINES = 50_000;
/** Enough to see what is wrong; the service stops reporting too. */
const MAX_ERRORS = 100;

export function parseLines(
  content: string,
  endpoint: string,
): { readonly lines: readonly BatchLine[]; readonly errors: readonly LineError[] } {
  const lines: BatchLine[] = [];
  const errors: LineError[] = [];
  const seen = new Set<string>();
  for (const [index, text] of content.split(/\r?\n/).entries()) {
    if (text.trim() === "") continue;
    const parsed = parseLine(text, endpoint, seen);
    if ("code" in parsed) errors.push({ ...parsed, line: index + 1 });
    else lines.push(parsed);
    if (errors.length === MAX_ERRORS) break;
  }
  const fault = (code: string, message: string): LineError => ({ code, message, param: null, line: null });
  if (lines.length + errors.length === 0) errors.push(fault("empty_file", "The input file has no requests."));
  if (lines.length > MAX_LINES) {
    errors.push(fault("too_many_tasks", `The input file has more than ${MAX_LINES} requests.`));
  }
  return { lines, errors };
}

function parseLine(text: string, endpoint: string, seen: Set<string>): BatchLine | Omit<LineError, "line"> {
  const fault = (code: string, param: string | null, message: string): Omit<LineError, "line"> => ({
    code,
    message,
    param,
  });
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return fault("invalid_json_line", null, "This line is not parseable as valid JSON.");
  }
  if (!isObject(line)) return fault("invalid_json_line", null, "This line is not a JSON object.");
  const { custom_id: customId, method, url, body } = line;
  if (typeof customId !== "string" || customId === "") {
    return fault("missing_required_parameter", "custom_id", "Missing required parameter: 'custom_id'.");
  }
  if (seen.has(customId)) {
    return fault("duplicate_custom_id", "custom_id", `The custom_id '${customId}' occurs more than once.`);
  }
  seen.add(customId);
  if (method !== "POST") return fault("invalid_method", "method", "The method must be 'POST'.");
  if (typeof url !== "string" || url.replace(/^\/(?:openai\/)?v1(?=\/)/, "") !== endpoint) {
    return fault("mismatched_endpoint", "url", "The url must be the endpoint of the batch.");
  }
  if (!isObject(body))
    return fault("missing_required_parameter", "body", "Missing required parameter: 'body'.");
  if (typeof body.model !== "string") {
    return fault("missing_required_parameter", "body.model", "Missing required parameter: 'body.model'.");
  }
  if (body.stream === true) {
    return fault("invalid_request", "body.stream", "Streaming is not supported in batches.");
  }
  return { customId, body };
}

export interface BatchResult {
  readonly counts: { readonly total: number; readonly completed: number; readonly failed: number };
  /** Lines of JSON; "" when there are none. */
  readonly output: string;
  readonly errors: string;
}

export async function runLines(
  exchange: Exchange,
  endpoint: string,
  lines: readonly BatchLine[],
): Promise<BatchResult> {
  const output: string[] = [];
  const errors: string[] = [];
  for (const [index, line] of lines.entries()) {
    const id = newId(exchange, "batch_req_", index);
    const { response, error } = await runLine(exchange, endpoint, line);
    const failed = response === null || response.status_code >= 400;
    const text = JSON.stringify({ id, custom_id: line.customId, response, error });
    (failed ? errors : output).push(`${text}\n`);
  }
  return {
    counts: { total: lines.length, completed: output.length, failed: errors.length },
    output: output.join(""),
    errors: errors.join(""),
  };
}

interface LineAnswer {
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: unknown;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A line whose model never answers must not hold its batch for ever. */
const LINE_TIMEOUT_MS = 2_000;

async function runLine(exchange: Exchange, endpoint: string, { body }: BatchLine): Promise<LineAnswer> {
  const request = new Request(lineUrl(exchange, endpoint, body.model as string), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${[...exchange.settings.keys][0] ?? ""}`,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LINE_TIMEOUT_MS),
  });
  try {
    const answer = await exchange.perform(request);
    const text = await answer.text();
    return {
      response: {
        status_code: answer.status,
        request_id: answer.headers.get("x-request-id") ?? "",
        body: JSON.parse(text),
      },
      error: null,
    };
  } catch {
    const message = "The request did not get a whole answer.";
    return { response: null, error: { code: "request_failed", message } };
  }
}

function lineUrl({ url, dialect }: Exchange, endpoint: string, model: string): string {
  if (dialect.form === "openai") return `${url.origin}/v1${endpoint}`;
  if (dialect.form === "azure-v1") return `${url.origin}/openai/v1${endpoint}`;
  if (dialect.form === "project-v1")
    return `${url.origin}${url.pathname.split("/openai/v1/", 1)[0]}/openai/v1${endpoint}`;
  const base = endpoint === "/responses" ? "/openai" : `/openai/deployments/${encodeURIComponent(model)}`;
  const version = url.searchParams.get("api-version") ?? "";
  return `${url.origin}${base}${endpoint}?api-version=${encodeURIComponent(version)}`;
}
