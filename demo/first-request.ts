// The request that the first message of a chat would be.
import { type Attachment, type ChatSettings, requestOf } from "latchkey/react";

export function firstRequest(
  text: string,
  attachments: readonly Attachment[],
  settings: ChatSettings,
): object {
  const question = { id: "", parentId: null, role: "user", text, attachments, createdAt: 0 } as const;
  return requestOf([question], settings);
}
