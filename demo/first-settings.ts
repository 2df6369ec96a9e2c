// How a chat is asked for before anything is chosen.
import type { ChatSettings } from "latchkey/react";

export const FIRST_SETTINGS: ChatSettings = {
  model: "",
  systemPrompt: "",
  temperature: null,
  maxTokens: null,
  jsonSchema: "",
  tools: [],
};
