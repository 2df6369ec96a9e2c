// How the tests call what is not chat: any path in any of the three OpenAI forms, JSON or a form, and the events of a
// stream.

import type { Emulator } from "../index.ts";

export type Surface = "openai" | "azure-v1" | "deployments";
export const SURFACES: readonly Surface[] = ["openai", "azure-v1", "deployments"];

const SCOPED = /^\/(?:completions|embeddings|audio\/\w+|images\/\w+|chat\/completions)$/;

export interface Call {
  readonly on?: Surface;
  readonly method?: "GET" | "POST" | "DELETE";
  readonly json?: Record<string, unknown>;
  readonly form?: FormData;
  readonly scenario?: string;
  readonly headers?: Record<string, string>;
}

/** `path` is behind the prefix; a deployment that the path needs is the body's model. */
export function requestTo(path: string, call: Call = {}, origin = "http://emulator.test"): Request {
  const { on = "openai", json, form, scenario } = call;
  const method = call.method ?? (json === undefined && form === undefined ? "GET" : "POST");
  const headers = new Headers({ "api-key": "emulator-key", ...call.headers });
  if (scenario !== undefined) headers.set("x-emulator-scenario", scenario);
  if (json !== undefined) headers.set("content-type", "application/json");
  const model = encodeURIComponent(String(json?.model ?? form?.get("model") ?? "gpt-4.1"));
  const [plain = "", query = ""] = path.split("?");
  const url =
    on === "openai"
      ? `/v1${path}`
      : on === "azure-v1"
        ? `/openai/v1${path}`
        : `/openai${SCOPED.test(plain) ? `/deployments/${model}` : ""}${plain}?api-version=2025-03-01-preview${query === "" ? "" : `&${query}`}`;
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  return new Request(origin + url, { method, headers, ...(body !== undefined && { body }) });
}

export function call(emulator: Emulator, path: string, how: Call = {}): Promise<Response> {
  return emulator.fetch(requestTo(path, how));
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Json = any;

/** The body of a call that must succeed. */
export async function ok(emulator: Emulator, path: string, how: Call = {}): Promise<Json> {
  const response = await call(emulator, path, how);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

/** Status and error of a call that must be refused. */
export async function refused(
  emulator: Emulator,
  path: string,
  how: Call = {},
): Promise<{ status: number; error: Json }> {
  const response = await call(emulator, path, how);
  const body = (await response.json()) as Json;
  if (response.ok) throw new Error(`not refused: ${JSON.stringify(body).slice(0, 500)}`);
  return { status: response.status, error: body.error };
}

export interface Event {
  readonly name: string | undefined;
  readonly data: Json;
}

/** Strict on purpose, and no parser: `event: ` may come before the one `data: ` line. */
export function eventsOf(text: string): Event[] {
  const records = text.split("\n\n");
  if (records.pop() !== "") throw new Error("the stream does not end with an empty line");
  return records.map((record) => {
    const match = /^(?:event: ([\w.]+)\n)?data: (.+)$/.exec(record);
    if (match === null) throw new Error(`not a record: ${record}`);
    return { name: match[1], data: match[2] === "[DONE]" ? "[DONE]" : JSON.parse(match[2] as string) };
  });
}

export function formOf(fields: Record<string, string | File | readonly (string | File)[]>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, one as string | File);
  }
  return form;
}

export function fileOf(content: string | Uint8Array<ArrayBuffer>, name: string): File {
  return new File([content], name);
}

export async function upload(
  emulator: Emulator,
  content: string,
  purpose: string,
  on: Surface = "openai",
): Promise<Json> {
  return ok(emulator, "/files", { on, form: formOf({ purpose, file: fileOf(content, "lines.jsonl") }) });
}

export const trainingLines = Array.from(
  { length: 12 },
  (_, index) =>
    `${JSON.stringify({
      messages: [
        { role: "user", content: `question ${index}` },
        { role: "assistant", content: `answer ${index}` },
      ],
    })}\n`,
).join("");

export function batchLine(id: string, body: unknown, url = "/v1/chat/completions"): string {
  return `${JSON.stringify({ custom_id: id, method: "POST", url, body })}\n`;
}
