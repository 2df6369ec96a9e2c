// A conversation that is open, as the page around it needs to know it. Not its messages: those change with every frame.
import type { AssistantMessage, Chat } from "latchkey/react";

export interface Live {
  readonly id: string;
  readonly send: Chat["send"];
  readonly stop: Chat["stop"];
  readonly requestFor: Chat["requestFor"];
  readonly answering: boolean;
  /** Another tab is getting the last answer. */
  readonly elsewhere: boolean;
  readonly isEmpty: boolean;
  /** The last answer of the shown path; its text lags. */
  readonly last: AssistantMessage | null;
}
