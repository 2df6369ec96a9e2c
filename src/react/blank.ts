/** What a message and the settings are before anything is known of them. */
import type { AssistantMessage, ChatSettings } from "./message.ts";

export const defaultSettings: ChatSettings = {
  model: "",
  systemPrompt: "",
  temperature: null,
  maxTokens: null,
  jsonSchema: "",
  tools: [],
};

export const emptyAnswer: Omit<AssistantMessage, "id" | "parentId" | "model" | "createdAt"> = {
  role: "assistant",
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
};
