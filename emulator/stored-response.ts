// A response as it is kept: what was asked, what will have been said, and how far it has come. The response object at
// any moment of its life is made from these; response-events.ts makes the events.

import { type Completion, type Part, usageOf } from "./chat.ts";
import type { Exchange } from "./exchange.ts";
import type { Item } from "./items.ts";
import type { JsonObject } from "./json.ts";
import type { ResponseRequest } from "./response-request.ts";
import { childId, nowSeconds, type Progress, stageOf } from "./state.ts";
import { base64 } from "./vector-encodings.ts";

export interface StoredResponse {
  readonly id: string;
  readonly createdAt: number;
  readonly request: ResponseRequest;
  readonly completion: Completion;
  readonly earlier: readonly Item[];
  readonly input: readonly Item[];
  readonly output: readonly Item[];
  readonly plans: readonly Plan[];
  /** Only what runs in the background takes time; undefined otherwise. */
  readonly progress: Progress | undefined;
  cancelled: boolean;
  /** Whether its conversation has got its items. */
  appended: boolean;
}

/** One output item before it has been said. */
export type Plan =
  | {
      readonly type: "reasoning";
      readonly id: string;
      readonly pieces: readonly string[];
      readonly encrypted: string | undefined;
    }
  | {
      readonly type: "message";
      readonly id: string;
      readonly part: "output_text" | "refusal";
      readonly pieces: readonly string[];
    }
  | {
      readonly type: "function_call";
      readonly id: string;
      readonly callId: string;
      readonly name: string;
      readonly pieces: readonly string[];
    };

export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

export function plansOf(id: string, { choices }: Completion, request: ResponseRequest): readonly Plan[] {
  const parts = choices[0]?.parts ?? [];
  return parts.map((part, index) => planOf(part, request, (prefix) => childId(prefix, id, index)));
}

function planOf(part: Part, request: ResponseRequest, id: (prefix: string) => string): Plan {
  const pieces = [...part.pieces];
  switch (part.kind) {
    case "reasoning_content": {
      // What it thought is told only as a summary, and only when that is asked for.
      const encrypted = base64(new TextEncoder().encode(`emulator ${pieces.join("")}`));
      return {
        type: "reasoning",
        id: id("rs_"),
        pieces: request.summary ? pieces : [],
        encrypted: request.encryptedReasoning ? encrypted : undefined,
      };
    }
    case "content":
    case "refusal":
      return {
        type: "message",
        id: id("msg_"),
        part: part.kind === "refusal" ? "refusal" : "output_text",
        pieces,
      };
    case "tool_call":
      return { type: "function_call", id: id("fc_"), callId: part.id, name: part.name, pieces };
  }
}

export function finalStatus({ failed, choices }: Completion): ResponseStatus {
  if (failed) return "failed";
  const finish = choices[0]?.finish;
  return finish === "length" || finish === "content_filter" ? "incomplete" : "completed";
}

export function contentPart(plan: Plan & { type: "message" }, text: string, logprobs: boolean): JsonObject {
  if (plan.part === "refusal") return { type: "refusal", refusal: text };
  const known = logprobs && text !== "" ? plan.pieces.map(logprobOf) : [];
  return { type: "output_text", text, annotations: [], logprobs: known };
}

export function logprobOf(token: string): JsonObject {
  return { token, logprob: -0.000_1, bytes: [...new TextEncoder().encode(token)], top_logprobs: [] };
}

/** The item when it has just been added, without anything said. */
export function openedItem(plan: Plan): Item {
  const { id, type } = plan;
  if (plan.type === "reasoning") return { id, type, summary: [] };
  if (plan.type === "message") return { id, type, status: "in_progress", role: "assistant", content: [] };
  return { id, type, status: "in_progress", call_id: plan.callId, name: plan.name, arguments: "" };
}

export function saidItem(plan: Plan, status: "completed" | "incomplete", logprobs: boolean): Item {
  const text = plan.pieces.join("");
  const opened = openedItem(plan);
  switch (plan.type) {
    case "reasoning":
      return {
        ...opened,
        summary: text === "" ? [] : [{ type: "summary_text", text }],
        ...(plan.encrypted !== undefined && { encrypted_content: plan.encrypted }),
      };
    case "message":
      return { ...opened, status, content: [contentPart(plan, text, logprobs)] };
    case "function_call":
      return { ...opened, status, arguments: text };
  }
}

export function outputOf(
  plans: readonly Plan[],
  completion: Completion,
  request: ResponseRequest,
): readonly Item[] {
  const status = finalStatus(completion);
  if (status === "failed") return [];
  return plans.map((plan, index) => {
    const isCut = status === "incomplete" && index === plans.length - 1;
    return saidItem(plan, isCut ? "incomplete" : "completed", request.logprobs);
  });
}

const STATES = ["queued", "in_progress"] as const;

export function statusOf(exchange: Exchange, stored: StoredResponse): ResponseStatus {
  if (stored.cancelled) return "cancelled";
  if (stored.progress === undefined) return finalStatus(stored.completion);
  const stage = stageOf(stored.progress, exchange.settings, STATES.length);
  return STATES[stage] ?? finalStatus(stored.completion);
}

export function responseObject(
  exchange: Exchange,
  { id, createdAt, request, completion, output }: StoredResponse,
  status: ResponseStatus,
): JsonObject {
  const isDone = status === "completed" || status === "incomplete";
  const finish = completion.choices[0]?.finish;
  return {
    id,
    object: "response",
    created_at: createdAt,
    status,
    completed_at: status === "completed" ? nowSeconds(exchange) : null,
    error: status === "failed" ? { code: "server_error", message: FAILED } : null,
    incomplete_details:
      status === "incomplete"
        ? { reason: finish === "length" ? "max_output_tokens" : "content_filter" }
        : null,
    model: completion.model,
    output: isDone ? output : [],
    ...request.settings,
    ...(isDone && { usage: responseUsage(completion) }),
  };
}

const FAILED = "The model failed while it was generating the response. (The emulator was asked to.)";

function responseUsage(completion: Completion): JsonObject {
  const { prompt_tokens, completion_tokens, total_tokens, completion_tokens_details } = usageOf(completion);
  return {
    input_tokens: prompt_tokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: completion_tokens,
    output_tokens_details: { reasoning_tokens: completion_tokens_details.reasoning_tokens },
    total_tokens,
  };
}
