// Messages for tests, with only what the test is about.
import { emptyAnswer } from "../../src/react/blank.ts";
import type { AssistantMessage, UserMessage } from "../../src/react/message.ts";

export function questionOf(id: string, parentId: string | null, text = id): UserMessage {
  return { id, parentId, role: "user", text, attachments: [], createdAt: 0 };
}

export function answerOf(
  id: string,
  parentId: string,
  more: Partial<AssistantMessage> = {},
): AssistantMessage {
  return { ...emptyAnswer, id, parentId, model: "gpt-5-mini", createdAt: 0, ...more };
}
