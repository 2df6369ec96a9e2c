// The page: header, conversation or empty state, composer. Holds the draft and moves focus; nothing else lives here.
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Announcer } from "./announcer.tsx";
import { lastAttempt } from "./chat-state.ts";
import { Composer } from "./composer.tsx";
import type { Connection } from "./connection.ts";
import { EmptyState } from "./empty-state.tsx";
import { FallbackOnError } from "./fallback-on-error.tsx";
import { Header } from "./header.tsx";
import { DownIcon } from "./icons.tsx";
import { loadConversation, loadLaterParts } from "./later-parts.ts";
import { ModelPicker } from "./model-picker.tsx";
import { useChat } from "./use-chat.ts";
import { useFollow } from "./use-follow.ts";
import { useModels } from "./use-models.ts";

const Conversation = lazy(async () => ({ default: (await loadConversation()).Conversation }));

export function App({ connection }: { connection: Connection }) {
  const chat = useChat(connection);
  const models = useModels(connection);
  const follow = useFollow(chat.state);
  const [draft, setDraft] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);

  const { answering, stop } = chat;
  const ready = models.chosen !== "" && !answering;
  const isEmpty = chat.state.turns.length === 0;

  function send(prompt: string): void {
    if (!ready || prompt.trim() === "") return;
    chat.send(prompt.trim(), models.chosen);
    setDraft("");
    follow.toEnd();
    box.current?.focus();
  }

  function write(text: string): void {
    setDraft(text);
    loadLaterParts();
  }

  function newChat(): void {
    chat.clear();
    box.current?.focus();
  }

  // The button that was pressed goes away, so focus moves to where the next message is written.
  const stopAndFocus = useCallback(() => {
    stop();
    box.current?.focus();
  }, [stop]);
  const { chosen } = models;
  const { retry } = chat;
  const { toEnd } = follow;
  const retryAndFocus = useCallback(() => {
    if (chosen === "") return;
    retry(chosen);
    toEnd();
    box.current?.focus();
  }, [retry, chosen, toEnd]);

  useEffect(() => {
    if (!answering) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.isComposing) stopAndFocus();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [answering, stopAndFocus]);

  return (
    <Announcer attempt={lastAttempt(chat.state)}>
      <Header room="Chat" newName="New chat" onNew={isEmpty ? null : newChat}>
        <ModelPicker models={models} />
      </Header>
      <main className="main">
        {isEmpty ? (
          <EmptyState ready={ready} onPick={send} onAim={loadLaterParts} />
        ) : (
          <FallbackOnError
            fallback={<p role="alert">A part of this page could not be loaded. Reload the page.</p>}
          >
            <Suspense fallback={<p className="thinking">Loading</p>}>
              <Conversation turns={chat.state.turns} answering={answering} onRetry={retryAndFocus} />
            </Suspense>
          </FallbackOnError>
        )}
      </main>
      <section className="dock" aria-label="Your message">
        <div className="dock-inside">
          {follow.atEnd || isEmpty ? null : (
            <button type="button" className="to-end" onClick={follow.toEnd}>
              <DownIcon />
              Newest
            </button>
          )}
          {models.list.state === "failed" ? (
            <div className="notice" role="alert">
              <p>
                The worker at {connection.workerUrl} gave no list of models: {models.list.reason}. Check that
                it is running and allows this page.
              </p>
              <button type="button" className="quiet-button" onClick={models.reload}>
                Try again
              </button>
            </div>
          ) : null}
          <Composer
            draft={draft}
            box={box}
            answering={answering}
            ready={ready}
            onDraft={write}
            onSend={() => send(draft)}
            onStop={stopAndFocus}
          />
        </div>
      </section>
    </Announcer>
  );
}
