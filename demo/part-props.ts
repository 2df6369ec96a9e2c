// What the parts of the chat page are given: the seam between the page (app.tsx, conversations/) and what is written in
// (composer/) and read (answer/). Handlers keep their identity from render to render, so that parts can be memoised.
import type { AssistantMessage, Attachment, ChatSettings, Siblings, UserMessage } from "latchkey/react";
import type { RefObject } from "react";
import type { Connection } from "./connection.ts";
import type { Models } from "./use-models.ts";

export interface ComposerProps {
  settings: ChatSettings;
  onSettings(settings: ChatSettings): void;
  models: Models;
  attachments: readonly Attachment[];
  /** Of the draft that was shown when this was given: a file may be ready when another one is. */
  onAttachments(change: (current: readonly Attachment[]) => readonly Attachment[]): void;
  draft: string;
  onDraft(draft: string): void;
  /** The box to write in, for whoever moves focus there. */
  box: RefObject<HTMLTextAreaElement | null>;
  onSend(text: string, attachments: readonly Attachment[]): void;
  onStop(): void;
  /** An answer is on its way: Stop in place of Send. */
  answering: boolean;
  /** False until there is a model to send to, and while an answer is on its way. */
  ready: boolean;
  /** For speech that becomes text. */
  connection: Connection;
  /** The body of the request that `onSend` would send now. */
  requestOf: ((text: string, attachments: readonly Attachment[]) => object) | null;
}

export interface AnswerProps {
  message: AssistantMessage;
  /** The last message of the path that is shown. */
  isLast: boolean;
  /** Asks the question of this answer again as a new sibling. Null while an answer is on its way. */
  onRegenerate: ((id: string) => void) | null;
  /** As `onRegenerate`, offered when the last answer did not end well. Null otherwise. */
  onRetry: (() => void) | null;
  /** Goes on where a cut, stopped or too long answer ended. Null where there is nothing to go on with. */
  onContinue: (() => void) | null;
  siblings: Siblings;
  onSwitch(id: string): void;
}

export interface QuestionProps {
  message: UserMessage;
  /** Null while an answer is on its way. */
  onEdit: ((id: string, text: string, attachments: readonly Attachment[]) => void) | null;
  /** What had been written in its place when it was last drawn; null when it is not being edited. */
  edited: string | null;
  /** Told of what is being written in its place; null when that ends. */
  onEdited(id: string, text: string | null): void;
  siblings: Siblings;
  onSwitch(id: string): void;
}
