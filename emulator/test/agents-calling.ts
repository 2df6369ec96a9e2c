// How the tests ask for agents, threads and runs, at either base.

import type { Emulator } from "../index.ts";
import { type Event, eventsOf, type Json } from "./calling.ts";

export type Base = "era" | "current";
export const BASES: readonly Base[] = ["current", "era"];

const PREFIXES = {
  era: "/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/p",
  current: "/api/projects/p",
} as const;
const VERSIONS = { era: "2024-12-01-preview", current: "v1" } as const;

export interface Asked {
  readonly method?: string;
  readonly json?: unknown;
  /** Instead of `json`: a body as it is. */
  readonly body?: string;
  readonly scenario?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface Agents {
  readonly ask: (path: string, how?: Asked) => Promise<Response>;
  /** The body of a call that must succeed. */
  readonly ok: (path: string, how?: Asked) => Promise<Json>;
  /** Status and error of a call that must not. */
  readonly refused: (path: string, how?: Asked) => Promise<{ status: number; error: Json }>;
  /** The events of a stream; strict about its form. */
  readonly events: (path: string, json: unknown, how?: Asked) => Promise<Event[]>;
  readonly agent: (more?: Record<string, unknown>) => Promise<Json>;
  /** A thread in which the user has said this. */
  readonly thread: (...said: string[]) => Promise<Json>;
  /** Looks at a run until it no longer moves; all that was seen. */
  readonly watch: (run: Json) => Promise<Json[]>;
}

export function agentsOf(
  emulator: Emulator,
  base: Base = "current",
  project: string = PREFIXES[base],
): Agents {
  const ask: Agents["ask"] = (path, { method, json, body, scenario, headers, signal } = {}) => {
    const url = new URL(`http://emulator.test${project}${path}`);
    if (!url.searchParams.has("api-version")) url.searchParams.set("api-version", VERSIONS[base]);
    return emulator.fetch(url, {
      method: method ?? (json === undefined ? "GET" : "POST"),
      headers: {
        authorization: "Bearer emulator-key",
        ...(json !== undefined && { "content-type": "application/json" }),
        ...(scenario !== undefined && { "x-emulator-scenario": scenario }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
  };
  const ok: Agents["ok"] = async (path, how) => {
    const response = await ask(path, how);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    ask,
    ok,
    refused: async (path, how) => {
      const response = await ask(path, how);
      const body = (await response.json()) as Json;
      if (response.ok) throw new Error(`not refused: ${JSON.stringify(body).slice(0, 500)}`);
      return { status: response.status, error: body.error };
    },
    events: async (path, json, how) => {
      const response = await ask(path, { ...how, json: { ...(json as object), stream: true } });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      return eventsOf(text);
    },
    agent: (more) => ok("/assistants", { json: { model: "gpt-4.1", ...more } }),
    thread: (...said) =>
      ok("/threads", { json: { messages: said.map((content) => ({ role: "user", content })) } }),
    watch: async ({ id, thread_id }) => {
      const seen: Json[] = [];
      for (;;) {
        const run = await ok(`/threads/${thread_id}/runs/${id}`);
        const moved = seen.at(-1)?.status !== run.status;
        seen.push(run);
        if (!moved || !["queued", "in_progress", "cancelling"].includes(run.status)) return seen;
      }
    },
  };
}

export const weather = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};
export const time = {
  type: "function",
  function: {
    name: "get_time",
    description: "The time of day in a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

/** An output for each call that the run waits for. */
export function outputsFor(run: Json, output: (call: Json) => string): Json[] {
  return run.required_action.submit_tool_outputs.tool_calls.map((call: Json) => ({
    tool_call_id: call.id,
    output: output(call),
  }));
}

export const namesOf = (events: readonly Event[]): string[] =>
  events
    .map(({ name }) => name?.replace("thread.", "") ?? "")
    .filter((name, index, all) => name !== all[index - 1] || !name.endsWith(".delta"));

export const textOf = (message: Json): string =>
  message.content.map((part: Json) => part.text.value).join("");
