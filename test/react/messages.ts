// Messages for tests, with only what the test is about.
import type { AssistantMessage, UserMessage } from "../../src/react/message.ts";

export function questionOf(id: string, parentId: string | null, text = id): UserMessage {
  return { id, parentId, role: "user", text, attachments: [], createdAt: 0 };
}

export function answerOf(
  id: string,
  parentId: string,
  more: Partial<AssistantMessage> = {},
): AssistantMessage {
  return {
    id,
    parentId,
    role: "assistant",
    model: "gpt-5-mini",
    createdAt: 0,
    phase: "waiting",
    text: "",
    reasoning: "",
    refusal: "",
    toolCalls: [],
    citations: [],
    filtered: [],
    usage: null,
    finishReason: null,
    firstTokenMs: null,
    reasoningMs: null,
    durationMs: null,
    requestId: null,
    budget: null,
    failure: null,
    ...more,
  };
}
