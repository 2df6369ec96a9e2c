// The chat page: header, sidebar, the shown conversation or the empty state, composer. Which conversation is shown is
// the address's; what is in it is conversations/'s. Moves focus, and knows what is on its way.
import type { Attachment, ChatSettings } from "latchkey/react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { newConversationId, useAddress } from "./address.ts";
import { Announcer } from "./announcer.tsx";
import { Surroundings } from "./answer/surroundings.ts";
import { Composer } from "./composer/composer.tsx";
import { ModelPicker } from "./composer/model-picker.tsx";
import type { Connection } from "./connection.ts";
import type { Draft } from "./conversations/record.ts";
import { EmptyState } from "./empty-state.tsx";
import { FallbackOnError } from "./fallback-on-error.tsx";
import { FIRST_SETTINGS } from "./first-settings.ts";
import { useOffer } from "./habits/commands.ts";
import { Header } from "./header.tsx";
import { t } from "./i18n.ts";
import { DownIcon, SidebarIcon } from "./icons.tsx";
import { loadLaterParts, loadLiveConversation, loadSidebar } from "./later-parts.ts";
import { Notices } from "./notices.tsx";
import type { ComposerProps } from "./part-props.ts";
import { useDraft } from "./use-draft.ts";
import { useFollow } from "./use-follow.ts";
import { useLibrary } from "./use-library.ts";
import { useMedia } from "./use-media.ts";
import { useModels } from "./use-models.ts";
import { useOnline } from "./use-online.ts";
import { type Pending, useOpenConversations } from "./use-open-conversations.ts";

const LiveConversation = lazy(async () => ({ default: (await loadLiveConversation()).LiveConversation }));
const Sidebar = lazy(async () => ({ default: (await loadSidebar()).Sidebar }));

const NONE: readonly Attachment[] = [];

function joined(first: Draft, then: Draft): Draft {
  return {
    text: [first.text, then.text].filter(Boolean).join("\n\n"),
    attachments: [...first.attachments, ...then.attachments],
  };
}

export function App({ connection }: { connection: Connection }) {
  const address = useAddress();
  const { library, state: stored, failed } = useLibrary();
  const [crashed, setCrashed] = useState(false);
  const [listless, setListless] = useState(false);
  /** Files of this page are gone, as after a deployment: nothing can be sent until it is loaded anew. */
  const broken = failed || crashed;
  const models = useModels(connection);
  const online = useOnline();
  const follow = useFollow();
  const isWide = useMedia("(min-width: 64rem)");
  const [sidebar, setSidebar] = useState(isWide);
  const [settings, setSettings] = useState(FIRST_SETTINGS);
  const [begun, setBegun] = useState<string | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const focusBox = useCallback(() => box.current?.focus(), []);

  const { conversation, go } = address;
  const { draft, change: changeDraft } = useDraft(library, conversation);
  const open = useOpenConversations(conversation);
  const { live } = open;
  const waiting = open.pending.find(({ id }) => id === conversation);
  const answering = waiting !== undefined || (live?.answering ?? false);
  const isEmpty = conversation === null || (!waiting && (broken || live?.isEmpty === true));
  const ready = models.chosen !== "" && !answering && !live?.elsewhere && online && !broken;
  const { toEnd, keepUp } = follow;

  const asked = useMemo(() => ({ ...settings, model: models.chosen }), [settings, models.chosen]);
  const list = models.list.state === "ready" ? models.list.all : null;
  const surroundings = useMemo(() => ({ connection, models: list ?? [] }), [connection, list]);

  function changeSettings(next: ChatSettings): void {
    if (next.model !== models.chosen) models.choose(next.model);
    setSettings(next);
  }

  function send(text: string, attachments: readonly Attachment[] = NONE): void {
    if (!ready || (text.trim() === "" && attachments.length === 0)) return;
    const id = conversation ?? newConversationId();
    if (conversation === null) setBegun(id);
    changeDraft(() => ({ text: "", attachments: NONE }));
    open.send(id, text.trim(), attachments);
    go(id);
    toEnd();
    focusBox();
  }

  /** What cannot be sent, or shall not be, is in the box again. */
  const giveBack = useCallback(
    (message: Pending) => {
      open.takeBack(message);
      if (library === null || message.id === conversation) changeDraft((draft) => joined(message, draft));
      else library.saveDraft(message.id, joined(message, library.draft(message.id)));
    },
    [open.takeBack, library, conversation, changeDraft],
  );
  const changeAttachments = useCallback<ComposerProps["onAttachments"]>(
    (change) => changeDraft((draft) => ({ ...draft, attachments: change(draft.attachments) })),
    [changeDraft],
  );
  const [unsent] = open.pending;
  useEffect(() => {
    if (broken && unsent) giveBack(unsent);
  }, [broken, unsent, giveBack]);

  const show = useCallback(
    (id: string | null) => {
      go(id);
      if (!isWide) setSidebar(false);
      toEnd();
      // The drawer gives focus back to the button that opened it; after that it goes where one writes.
      requestAnimationFrame(focusBox);
    },
    [go, isWide, toEnd, focusBox],
  );

  // What a conversation was asked with last is what it is asked with next.
  const item = stored.items.find(({ id }) => id === conversation);
  const kept = useRef<string | null>(null);
  const { choose } = models;
  useEffect(() => {
    if (conversation === kept.current || (conversation !== null && !item)) return;
    kept.current = conversation;
    if (!item?.settings) return;
    setSettings(item.settings);
    choose(item.settings.model);
  }, [conversation, item, choose]);

  const { reload } = models;
  const unlisted = models.list.state === "failed";
  // biome-ignore lint/correctness/useExhaustiveDependencies: a network that came back is the cue
  useEffect(() => {
    if (online && unlisted) reload();
  }, [online]);

  useEffect(() => {
    document.title = item ? `${item.title} · Latchkey` : t("Latchkey chat");
  }, [item]);

  const { stop } = live ?? {};
  const stopAndFocus = useCallback(() => {
    if (waiting) giveBack(waiting);
    else stop?.();
    focusBox();
  }, [waiting, giveBack, stop, focusBox]);
  useEffect(() => {
    if (!answering) return;
    const onKeyDown = (event: KeyboardEvent) => {
      const elsewhere =
        event.target instanceof Element && event.target.closest("dialog, .sidebar, form:not(.composer)");
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || elsewhere) return;
      stopAndFocus();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [answering, stopAndFocus]);

  useOffer(() => ({
    commands: {
      search: async () => {
        setSidebar(true);
        return (await import("./habits/focus-search.ts")).focusSearch();
      },
      sidebar: () => setSidebar(!sidebar),
      stop: answering ? stopAndFocus : null,
      write: focusBox,
    },
    conversations: stored.items.map(({ id, title }) => ({ name: title, go: () => show(id) })),
    models:
      models.list.state === "ready"
        ? models.list.names.map((name) => ({ name, go: () => choose(name) }))
        : [],
  }));

  const act = useCallback(() => {
    toEnd();
    focusBox();
  }, [toEnd, focusBox]);

  // Kept free, so that nothing moves when the sidebar comes.
  const place = isWide ? <div className="sidebar-place" /> : null;

  return (
    <Surroundings value={surroundings}>
      <Announcer attempt={open.announced}>
        <Header
          room="Chat"
          newName={t("New chat")}
          onNew={conversation === null ? null : () => show(null)}
          lead={
            <button
              type="button"
              className="icon-button"
              aria-label={t("Conversations")}
              title={t("Conversations")}
              aria-expanded={sidebar}
              onClick={() => setSidebar(!sidebar)}
            >
              <SidebarIcon />
            </button>
          }
        >
          <ModelPicker models={models} />
        </Header>
        <div className="columns">
          {sidebar ? (
            <FallbackOnError fallback={null} onError={() => setListless(true)}>
              <Suspense fallback={place}>
                {library === null ? (
                  place
                ) : (
                  <Sidebar
                    library={library}
                    state={stored}
                    current={conversation}
                    busy={open.busy}
                    asDrawer={!isWide}
                    onOpen={show}
                    onClose={() => setSidebar(false)}
                  />
                )}
              </Suspense>
            </FallbackOnError>
          ) : null}
          <div className="column">
            <main className="main">
              {isEmpty ? (
                <EmptyState
                  missing={conversation !== null && conversation !== begun}
                  ready={ready}
                  onPick={send}
                  onAim={loadLaterParts}
                />
              ) : null}
              <FallbackOnError fallback={null} onError={() => setCrashed(true)}>
                <Suspense fallback={<p className="thinking">{t("Loading")}</p>}>
                  {library === null
                    ? null
                    : open.ids.map((id) => (
                        <LiveConversation
                          key={id}
                          id={id}
                          library={library}
                          connection={connection}
                          settings={asked}
                          ready={ready}
                          shown={id === conversation}
                          onLive={open.onLive}
                          onGrow={keepUp}
                          onAct={act}
                        />
                      ))}
                </Suspense>
              </FallbackOnError>
            </main>
            <section className="dock" aria-label={t("Your message")}>
              <div className="dock-inside">
                {follow.atEnd || isEmpty ? null : (
                  <button type="button" className="to-end" onClick={toEnd}>
                    <DownIcon />
                    {t("Newest")}
                  </button>
                )}
                <Notices
                  connection={connection}
                  models={models}
                  online={online}
                  stored={stored}
                  broken={!broken && !listless ? null : library === null ? "nothing stored" : "draft stored"}
                />
                <Composer
                  draft={draft.text}
                  onDraft={(text) => {
                    changeDraft((current) => ({ ...current, text }));
                    loadLaterParts();
                  }}
                  attachments={draft.attachments}
                  onAttachments={changeAttachments}
                  box={box}
                  answering={answering}
                  ready={ready}
                  settings={asked}
                  onSettings={changeSettings}
                  models={models}
                  connection={connection}
                  requestOf={live?.requestFor ?? null}
                  onSend={send}
                  onStop={stopAndFocus}
                />
              </div>
            </section>
          </div>
        </div>
      </Announcer>
    </Surroundings>
  );
}
