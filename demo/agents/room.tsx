// The agents room: pick or make an agent, then talk with it in a thread. Holds the draft and moves focus.

import { type ClipboardEvent, type DragEvent, useEffect, useRef, useState } from "react";
import { Announcer } from "../announcer.tsx";
import { MessageBox } from "../composer/message-box.tsx";
import type { Connection } from "../connection.ts";
import { Header } from "../header.tsx";
import { t } from "../i18n.ts";
import { DownIcon } from "../icons.tsx";
import { useFollow } from "../use-follow.ts";
import { useModels } from "../use-models.ts";
import { AgentConversation } from "./agent-conversation.tsx";
import { AgentForm } from "./agent-form.tsx";
import { AgentIntroduction } from "./agent-introduction.tsx";
import { AgentPicker } from "./agent-picker.tsx";
import type { AgentService } from "./agent-service.ts";
import { AttachmentBar } from "./attachment-bar.tsx";
import { lastAttempt } from "./chat-state.ts";
import { useAgentChat } from "./use-agent-chat.ts";
import { nameOf, useAgents } from "./use-agents.ts";
import { useAttachments } from "./use-attachments.ts";

export function Room({ connection, service }: { connection: Connection; service: AgentService }) {
  const models = useModels(connection);
  const agents = useAgents(service);
  const chat = useAgentChat(service);
  const attachments = useAttachments(service);
  const follow = useFollow(chat.state);
  const [draft, setDraft] = useState("");
  const [making, setMaking] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);

  const { chosen, list } = agents;
  const isEmpty = chat.state.turns.length === 0;
  const showsForm = making || (list.state === "ready" && chosen === null);
  const ready = chosen !== null && !chat.answering && !attachments.uploading;
  const searches = chosen?.tools.some(({ type }) => type === "file_search") === true;

  function send(text: string): void {
    if (!ready || text.trim() === "") return;
    chat.send(text.trim(), searches ? attachments.take() : [], { id: chosen.id, name: nameOf(chosen) });
    setDraft("");
    follow.toEnd();
    box.current?.focus();
  }

  function stop(): void {
    chat.stop();
    box.current?.focus();
  }

  function retry(): void {
    if (chosen === null) return;
    chat.retry({ id: chosen.id, name: nameOf(chosen) });
    follow.toEnd();
    box.current?.focus();
  }

  function onPaste(event: ClipboardEvent): void {
    if (event.clipboardData.files.length === 0 || !searches) return;
    event.preventDefault();
    attachments.add([...event.clipboardData.files]);
  }

  function onDrop(event: DragEvent): void {
    event.preventDefault();
    if (searches) attachments.add([...event.dataTransfer.files]);
  }

  const { answering } = chat;
  const stopNow = useRef(stop);
  stopNow.current = stop;
  useEffect(() => {
    if (!answering) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.isComposing) stopNow.current();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [answering]);

  function startAnew(): void {
    chat.clear();
    setMaking(false);
    box.current?.focus();
  }

  return (
    <Announcer attempt={lastAttempt(chat.state)}>
      <Header room="Agents" newName={t("New thread")} onNew={isEmpty ? null : startAnew}>
        <AgentPicker agents={agents} />
      </Header>
      <main className="main" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
        {list.state === "failed" ? (
          <div className="failure" role="alert">
            <p className="failure-title">{list.failure.title}</p>
            <p>
              {t(
                "The worker at {url} gave no agents. Whoever runs it: it needs PROJECT_ENDPOINT and an identity of Entra ID.",
                { url: connection.workerUrl },
              )}
            </p>
            <p className="failure-detail">{list.failure.detail}</p>
            <button type="button" className="quiet-button outlined" onClick={agents.reload}>
              {t("Try again")}
            </button>
          </div>
        ) : showsForm ? (
          <AgentForm
            models={models}
            onCreate={async (made) => {
              await agents.create(made);
              chat.clear();
              setMaking(false);
            }}
            onCancel={chosen === null ? undefined : () => setMaking(false)}
          />
        ) : isEmpty ? (
          <AgentIntroduction
            agent={chosen}
            ready={ready}
            onPick={send}
            onMake={() => setMaking(true)}
            onRemove={agents.remove}
          />
        ) : (
          <AgentConversation chat={chat} onRetry={retry} />
        )}
      </main>
      {showsForm || chosen === null ? null : (
        <section className="dock" aria-label={t("Your message")}>
          <div className="dock-inside">
            {follow.atEnd || isEmpty ? null : (
              <button type="button" className="to-end" onClick={follow.toEnd}>
                <DownIcon />
                {t("Newest")}
              </button>
            )}
            <MessageBox
              draft={draft}
              box={box}
              answering={answering}
              ready={ready}
              onDraft={setDraft}
              onSend={() => send(draft)}
              onStop={stop}
              onPaste={onPaste}
              tools={searches ? <AttachmentBar attachments={attachments} disabled={answering} /> : undefined}
            />
          </div>
        </section>
      )}
    </Announcer>
  );
}
