// One open conversation: its messages from the library, the answers to come, and what other tabs add. It goes on while
// another one is shown, so that an answer does not end because somebody looks elsewhere.
import "./conversations.css";
import {
  type AssistantMessage,
  type ChatSettings,
  type ChatTree,
  type Message,
  mergeTrees,
  useChat,
} from "latchkey/react";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { clientOf } from "../chat-client.ts";
import type { Connection } from "../connection.ts";
import { describeFailure } from "../failure.ts";
import { useOffer } from "../habits/commands.ts";
import { t } from "../i18n.ts";
import { useLanguage } from "../languages/language.ts";
import { PAGE_TOOLS } from "../page-tools.ts";
import type { Library } from "./library.ts";
import type { Live } from "./live.ts";
import { MessageList } from "./message-list.tsx";
import { interrupted, isUnfinished } from "./record.ts";
import { createSaver } from "./saver.ts";

export interface LiveConversationProps {
  id: string;
  library: Library;
  connection: Connection;
  settings: ChatSettings;
  /** Whether messages can be sent now. */
  ready: boolean;
  shown: boolean;
  onLive(id: string, live: Live | null): void;
  /** The messages grew. */
  onGrow(): void;
  /** A button was pressed that goes away: focus moves to where the next message is written. */
  onAct(): void;
}

/** Another tab that is silent for so long will not end its answer. */
const SILENT_TAB_MS = 20_000;

export const LiveConversation = memo(function LiveConversation(props: LiveConversationProps) {
  const { id, library } = props;
  const [tree, setTree] = useState<ChatTree | null>(null);
  useEffect(() => {
    let wanted = true;
    library.tree(id).then((stored) => wanted && setTree(stored));
    return () => {
      wanted = false;
    };
  }, [library, id]);
  return tree === null ? null : <Loaded {...props} initial={tree} />;
});

function Loaded(props: LiveConversationProps & { initial: ChatTree }) {
  useLanguage();
  const { id, library, connection, settings, shown, onLive, onGrow, initial } = props;
  const latest = useRef(settings);
  const [saver] = useState(() => createSaver(library, id, initial, () => latest.current));
  const { client, budget } = clientOf(connection);
  const chat = useChat({
    client,
    settings,
    tools: PAGE_TOOLS,
    initial,
    budget,
    describeFailure,
    onChange: saver.changed,
  });
  useEffect(() => {
    latest.current = settings;
  }, [settings]);

  useOtherTabs(props, chat, saver);
  useEffect(() => {
    const onHide = () => saver.flush();
    addEventListener("pagehide", onHide);
    return () => {
      removeEventListener("pagehide", onHide);
      saver.flush();
    };
  }, [saver]);

  const { status, messages } = chat;
  const answering = status === "waiting" || status === "streaming";
  const newest = messages.at(-1);
  const last = newest?.role === "assistant" ? newest : null;
  const isEmpty = messages.length === 0;
  const elsewhere = !answering && last !== null && isUnfinished(last);
  const { send, stop, requestFor } = chat;
  // The text is left out: the page around has no use for it, and would be drawn anew with every frame.
  const { id: lastId, phase, failure, model } = last ?? ({} as Partial<AssistantMessage>);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the members of `last` that matter are listed
  const live = useMemo<Live>(
    () => ({ id, send, stop, requestFor, answering, elsewhere, isEmpty, last }),
    [id, send, stop, requestFor, answering, elsewhere, isEmpty, lastId, phase, failure, model],
  );
  useEffect(() => onLive(id, live), [onLive, id, live]);
  useEffect(() => () => onLive(id, null), [onLive, id]);

  const ended = shown && !answering && !elsewhere && last !== null;
  useOffer(() => ({
    commands: {
      copy: ended && last.text !== "" ? () => copied(last.text) : null,
      regenerate:
        ended && props.ready
          ? () => {
              chat.regenerate(last.id);
              props.onAct();
            }
          : null,
    },
  }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: growing messages are the cue
  useLayoutEffect(() => {
    if (shown) onGrow();
  }, [shown, messages, onGrow]);

  if (!shown || isEmpty) return null;
  return (
    <MessageList
      chat={chat}
      answering={answering || elsewhere}
      ready={props.ready && !answering && !elsewhere}
      onAct={props.onAct}
    />
  );
}

async function copied(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return t("Copied.");
  } catch {
    return t("The browser did not allow copying. Select the text instead.");
  }
}

/** Takes in what other tabs write, and ends answers of tabs that are gone. */
function useOtherTabs(
  { id, library }: LiveConversationProps,
  chat: ReturnType<typeof useChat>,
  saver: ReturnType<typeof createSaver>,
): void {
  const { merge, stop, tree } = chat;
  const newest = useRef(tree);
  newest.current = tree;

  useEffect(() => {
    return library.follow(id, (messages) => {
      if (messages === "removed elsewhere") return saver.forget();
      if (messages === "removed here") {
        saver.close();
        return stop();
      }
      saver.known(messages);
      const more = { messages: byId(messages), leaf: null };
      const merged = mergeTrees(newest.current, more);
      if (messages.every((message) => Object.hasOwn(merged.messages, message.id))) return merge(more);
      // Something between is not here: it was written before this tab listened.
      void library.tree(id).then((stored) => {
        saver.known(Object.values(stored.messages));
        merge(mergeTrees(stored, more));
      });
    });
  }, [library, id, merge, stop, saver]);

  const answering = chat.status === "waiting" || chat.status === "streaming";
  useEffect(() => {
    if (answering) return;
    const foreign = Object.values(tree.messages).filter(isUnfinished);
    if (foreign.length === 0) return;
    const timer = setTimeout(() => {
      const ended = foreign.map(interrupted);
      // As they are stored (record.ts).
      saver.known(ended);
      merge({ messages: byId(ended), leaf: null });
    }, SILENT_TAB_MS);
    return () => clearTimeout(timer);
  }, [answering, tree, merge, saver]);
}

function byId(messages: readonly Message[]): ChatTree["messages"] {
  return Object.fromEntries(messages.map((message) => [message.id, message]));
}
