// How the tests ask: one place that knows paths, keys and api-versions.

import { createEmulator, type Emulator, type EmulatorOptions } from "../index.ts";

export const PATHS = {
  models: "/models/chat/completions?api-version=2024-05-01-preview",
  serverless: "/chat/completions?api-version=2024-05-01-preview",
  deployments: "/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21",
  "azure-v1": "/openai/v1/chat/completions",
  openai: "/v1/chat/completions",
} as const;

export type Form = keyof typeof PATHS;

export const FORMS = Object.keys(PATHS) as Form[];

/** A fixed clock: what is tested must not depend on the day. */
export function emulatorOf(options: EmulatorOptions = {}): Emulator {
  return createEmulator({ clock: () => 1_750_000_000_000, ...options });
}

export interface Question {
  readonly form?: Form;
  readonly path?: string;
  readonly content?: unknown;
  readonly stream?: boolean;
  readonly scenario?: string;
  readonly body?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export function requestOf(question: Question, origin = "http://emulator.test"): Request {
  const {
    form = "openai",
    path = PATHS[form],
    content = "echo one two three four five",
    stream = true,
  } = question;
  const init: RequestInit = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "api-key": "emulator-key",
      ...(question.scenario !== undefined && { "x-emulator-scenario": question.scenario }),
      ...question.headers,
    },
    body: JSON.stringify({
      model: "gpt-4.1",
      messages: [{ role: "user", content }],
      ...(stream && { stream }),
      ...question.body,
    }),
    redirect: "manual",
  };
  if (question.signal !== undefined) init.signal = question.signal;
  return new Request(origin + path, init);
}

export function ask(emulator: Emulator, question: Question = {}): Promise<Response> {
  return emulator.fetch(requestOf(question));
}

export interface Chunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: {
    index: number;
    delta?: {
      role?: string;
      content?: string | null;
      refusal?: string | null;
      reasoning_content?: string;
      tool_calls?: {
        index: number;
        id?: string;
        type?: string;
        function: { name?: string; arguments?: string };
      }[];
    };
    finish_reason: string | null;
    content_filter_results?: Record<string, unknown>;
    content_filter_offsets?: { check_offset: number; start_offset: number; end_offset: number };
  }[];
  usage?: Record<string, number> | null;
  prompt_filter_results?: unknown[];
}

/** Strict on purpose, and no parser: each record is `data: ` and one line, records end with one empty line. */
export function recordsOf(text: string): string[] {
  const records = text.split("\n\n");
  if (records.pop() !== "") throw new Error("the stream does not end with an empty line");
  return records.map((record) => {
    if (!record.startsWith("data: ") || record.includes("\n"))
      throw new Error(`not a data record: ${record}`);
    return record.slice("data: ".length);
  });
}

export function chunksOf(text: string): Chunk[] {
  const records = recordsOf(text);
  if (records.pop() !== "[DONE]") throw new Error("the stream does not end with [DONE]");
  return records.map((record) => JSON.parse(record) as Chunk);
}

export function contentOf(chunks: readonly Chunk[], index = 0): string {
  return chunks
    .flatMap((chunk) => chunk.choices)
    .filter((choice) => choice.index === index)
    .map((choice) => choice.delta?.content ?? "")
    .join("");
}

/** Every chunk of a body as it was written; the error that ended it, if one did. */
export async function drain(response: Response): Promise<{ writes: Uint8Array[]; error?: unknown }> {
  const writes: Uint8Array[] = [];
  if (response.body === null) return { writes };
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { writes };
      writes.push(value);
    }
  } catch (error) {
    return { writes, error };
  }
}

export function decode(writes: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return writes.map((write) => decoder.decode(write, { stream: true })).join("") + decoder.decode();
}
