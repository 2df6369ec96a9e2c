// What the page's other tabs are told, and what they tell. Nothing is lost without it: tabs then differ until a reload.
import type { Message } from "latchkey/react";
import type { Conversation } from "./record.ts";

export type News =
  | {
      readonly type: "changed";
      readonly conversation: Conversation;
      /** As they stand, those on their way too. */
      readonly messages: readonly Message[];
    }
  | { readonly type: "removed"; readonly id: string };

export interface Channel {
  tell(news: News): void;
}

const NAME = "latchkey-conversations";

export function openChannel(hear: (news: News) => void): Channel {
  if (typeof BroadcastChannel !== "function") return { tell() {} };
  const channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }: MessageEvent<News>) => hear(data);
  return { tell: (news) => channel.postMessage(news) };
}
