// An attempt of the agents' room as the message that answers are shown by.
import type { AssistantMessage } from "latchkey/react";
import type { Attempt } from "./chat-state.ts";

export function messageOf({ id, model, phase, text, reasoning, usage, ...rest }: Attempt): AssistantMessage {
  const { finishReason, firstTokenMs, failure } = rest;
  return {
    id: String(id),
    parentId: "",
    role: "assistant",
    model,
    createdAt: 0,
    phase,
    text,
    reasoning,
    refusal: "",
    toolCalls: [],
    citations: [],
    filtered: [],
    usage: usage && { ...usage, reasoning: 0, cached: 0 },
    finishReason,
    firstTokenMs,
    reasoningMs: null,
    durationMs: null,
    requestId: null,
    budget: null,
    failure,
  };
}
