// A service of agents for tests: it records what arrives, and answers as a test says.
import { AgentsClient, type AgentsClientOptions, type ThreadRun } from "latchkey/projects";
import { type Recorder, recorder, type Seen } from "../openai/recorder.ts";
import { json } from "../service.ts";

export const PROJECT = "https://account.example/api/projects/p";
export const TOKEN = "canary-token-9d41c2";

/** A client with the canary token and no retries unless told otherwise. */
export const agentsOf = (
  { fetch }: { fetch: typeof globalThis.fetch },
  options: AgentsClientOptions = {},
): AgentsClient => new AgentsClient(PROJECT, async () => TOKEN, { fetch, maxRetries: 0, ...options });

/** A service that gives its answers in turn, the last one for ever; and a client of it. */
export function scripted(...answers: ((seen: Seen) => Response | Promise<Response>)[]): {
  client: AgentsClient;
  fetch: typeof fetch;
  seen: Seen[];
  /** What arrived, as `POST /threads/t/runs`. */
  calls(): string[];
} {
  let turn = 0;
  const service: Recorder = recorder((seen) => answers[Math.min(turn++, answers.length - 1)]!(seen));
  return {
    client: agentsOf(service),
    fetch: service.fetch,
    seen: service.seen,
    calls: () => service.seen.map(({ method, path }) => `${method} ${path.replace("/api/projects/p", "")}`),
  };
}

export const run = (status: string, more: object = {}): ThreadRun =>
  ({
    id: "run_1",
    object: "thread.run",
    thread_id: "thread_1",
    assistant_id: "asst_1",
    status,
    required_action: null,
    last_error: null,
    ...more,
  }) as ThreadRun;

export const functionCall = (name: string, args: unknown = {}, id = `call_${name}`): object => ({
  id,
  type: "function",
  function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
});

/** A run that waits for calls. */
export const requires = (...tool_calls: object[]): ThreadRun =>
  run("requires_action", {
    required_action: { type: "submit_tool_outputs", submit_tool_outputs: { tool_calls } },
  });

/** An answer with a run. */
export const gives = (value: object) => (): Response => json(value);

/** One record of a stream. */
export const sse = (event: string, data: unknown): string =>
  `event: ${event}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

export const DONE = sse("done", "[DONE]");

export const delta = (text: string, more: object = {}): string =>
  sse("thread.message.delta", {
    id: "msg_1",
    object: "thread.message.delta",
    delta: { role: "assistant", content: [{ index: 0, type: "text", text: { value: text, ...more } }] },
  });

export const message = (status: string, content: object[] = []): object => ({
  id: "msg_1",
  object: "thread.message",
  status,
  thread_id: "thread_1",
  created_at: 1,
  role: "assistant",
  content,
});

export const text = (value: string, annotations: object[] = []): object => ({
  type: "text",
  text: { value, annotations },
});

/** A whole stream of a run that says something. */
export const SAYS_HELLO = [
  sse("thread.run.created", run("queued")),
  sse("thread.run.queued", run("queued")),
  sse("thread.run.in_progress", run("in_progress")),
  sse("thread.run.step.created", {
    id: "step_1",
    object: "thread.run.step",
    type: "message_creation",
    status: "in_progress",
    run_id: "run_1",
    step_details: { type: "message_creation", message_creation: { message_id: "msg_1" } },
  }),
  sse("thread.message.created", message("in_progress")),
  delta("Hel"),
  delta("lo, wörld ✓"),
  sse("thread.message.completed", message("completed", [text("Hello, wörld ✓")])),
  sse("thread.run.completed", run("completed", { usage: { total_tokens: 3 } })),
  DONE,
];
