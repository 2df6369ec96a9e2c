// The messages of the shown path, as a log that is not live (announcer.tsx says what is heard instead).
//
// The newest stand in the page as they are: an answer grows there without being measured, and find in page and readers
// have them all. Of a long conversation the older ones are drawn only near the window (docs/decisions/071).
import { type Chat, type Message, mayContinue } from "latchkey/react";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { WindowVirtualizer } from "virtua";
import { Answer } from "../answer/answer.tsx";
import { t } from "../i18n.ts";
import { Question } from "./question.tsx";

/** How many of the newest messages are always drawn. */
const PLAIN_MESSAGES = 40;
/** The rest grows in steps, so that not every new message moves an old one. */
const STEP = 20;

interface MessageListProps {
  chat: Chat;
  answering: boolean;
  /** Whether something can be asked now. */
  ready: boolean;
  onAct(): void;
}

interface RowActions {
  readonly onRegenerate: ((id: string) => void) | null;
  readonly onRetry: (() => void) | null;
  readonly onContinue: (() => void) | null;
  readonly onEdit: Parameters<typeof Question>[0]["onEdit"];
  readonly onSwitch: (id: string) => void;
  readonly siblings: Chat["siblings"];
  readonly edited: (id: string) => string | null;
  readonly onEdited: (id: string, text: string | null) => void;
  readonly count: number;
}

export function MessageList({ chat, answering, ready, onAct }: MessageListProps) {
  const { messages, siblings, regenerate, retry, continueAnswer, edit, switchTo } = chat;
  const printing = usePrinting();
  const count = messages.length;
  const firstPlain = printing ? 0 : Math.max(0, Math.floor((count - PLAIN_MESSAGES) / STEP) * STEP);
  const { edited, onEdited } = useEdits();
  const older = useSame(messages.slice(0, firstPlain));

  const bound = useMemo(() => {
    const then = <Args extends unknown[]>(act: (...args: Args) => void) =>
      ready
        ? (...args: Args) => {
            act(...args);
            onAct();
          }
        : null;
    return {
      onRegenerate: then(regenerate),
      onRetry: then(retry),
      onContinue: then(continueAnswer),
      onEdit: then(edit),
      onSwitch: switchTo,
    };
  }, [ready, onAct, regenerate, retry, continueAnswer, edit, switchTo]);
  const known = useRef(siblings);
  known.current = siblings;
  const actions = useMemo<RowActions>(
    () => ({ ...bound, count, siblings: (id) => known.current(id), edited, onEdited }),
    [bound, count, edited, onEdited],
  );

  return (
    <div
      className="conversation"
      role="log"
      aria-live="off"
      aria-busy={answering}
      aria-label={t("Conversation")}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: the virtual rows are positioned in elements of their own */}
      <div role="list">
        {older.length === 0 ? null : <Older messages={older} actions={actions} />}
        {messages.slice(firstPlain).map((message, index) => (
          <Row key={message.id} message={message} index={firstPlain + index} actions={actions} />
        ))}
      </div>
    </div>
  );
}

interface OlderProps {
  messages: readonly Message[];
  actions: RowActions;
}

const Older = memo(function Older({ messages, actions }: OlderProps) {
  return (
    <WindowVirtualizer data={messages} bufferSize={600}>
      {(message, index) => <Row key={message.id} message={message} index={index} actions={actions} />}
    </WindowVirtualizer>
  );
});

function Row({ message, index, actions }: { message: Message; index: number; actions: RowActions }) {
  const { count, siblings, onSwitch, onRegenerate, onRetry, onContinue } = actions;
  const isLast = index === count - 1;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the list
    <div
      className={`message ${message.role === "user" ? "asked" : "answered"}`}
      role="listitem"
      aria-setsize={count}
      aria-posinset={index + 1}
    >
      {message.role === "user" ? (
        <>
          <Question
            message={message}
            onEdit={actions.onEdit}
            edited={actions.edited(message.id)}
            onEdited={actions.onEdited}
            siblings={siblings(message.id)}
            onSwitch={onSwitch}
          />
          {isLast && onRetry ? (
            <p className="unanswered">
              {t("This question has no answer.")}{" "}
              <button type="button" className="quiet-button outlined" onClick={onRetry}>
                {t("Ask it again")}
              </button>
            </p>
          ) : null}
        </>
      ) : (
        <Answer
          message={message}
          isLast={isLast}
          onRegenerate={onRegenerate}
          onRetry={isLast && /^(stopped|cut|failed)$/.test(message.phase) ? onRetry : null}
          onContinue={isLast && mayContinue(message) ? onContinue : null}
          siblings={siblings(message.id)}
          onSwitch={onSwitch}
        />
      )}
    </div>
  );
}

/** What is written in place of messages that are being edited: rows come and go, and draw it again. */
function useEdits() {
  const texts = useRef(new Map<string, string>());
  const edited = useCallback((id: string) => texts.current.get(id) ?? null, []);
  const onEdited = useCallback((id: string, text: string | null) => {
    if (text === null) texts.current.delete(id);
    else texts.current.set(id, text);
  }, []);
  return { edited, onEdited };
}

/** The list of before as long as it holds the same, so that what is drawn of it can stay. */
function useSame<T>(list: readonly T[]): readonly T[] {
  const before = useRef(list);
  const same = before.current.length === list.length && list.every((one, at) => one === before.current[at]);
  if (!same) before.current = list;
  return before.current;
}

/** Paper has no window to be near to: everything is drawn for it. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true));
    const after = () => setPrinting(false);
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, []);
  return printing;
}
