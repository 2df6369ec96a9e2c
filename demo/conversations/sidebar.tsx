// The conversations of this browser: to find, open, name, export, remove and bring back. Beside the page where there is
// room, over it on a phone.
import "./sidebar.css";
import { useEffect, useId, useRef, useState } from "react";
import { useNotice } from "../announcer.tsx";
import { plural, t } from "../i18n.ts";
import { NewChatIcon } from "../icons.tsx";
import { ConversationRow } from "./conversation-row.tsx";
import type { WholeConversation } from "./database.ts";
import { CloseIcon, DownloadIcon, SearchIcon, UploadIcon } from "./icons.tsx";
import type { Library, LibraryState } from "./library.ts";
import { useSearch } from "./use-search.ts";

export interface SidebarProps {
  library: Library;
  state: LibraryState;
  /** The conversation that is shown. */
  current: string | null;
  /** Those with an answer on its way. */
  busy: ReadonlySet<string>;
  /** Over the page, to be closed; else it stands beside it. */
  asDrawer: boolean;
  onOpen(id: string | null): void;
  onClose(): void;
}

export function Sidebar(props: SidebarProps) {
  if (!props.asDrawer) {
    return (
      <aside className="sidebar" aria-label={t("Conversations")}>
        <Inside {...props} />
      </aside>
    );
  }
  return <Drawer {...props} />;
}

function Drawer(props: SidebarProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the dialog itself closes by Escape
    <dialog
      ref={dialog}
      className="sidebar drawer"
      aria-label={t("Conversations")}
      onClose={props.onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <Inside {...props} onClose={() => dialog.current?.close()} />
    </dialog>
  );
}

function Inside({ library, state, current, busy, asDrawer, onOpen, onClose }: SidebarProps) {
  const [query, setQuery] = useState("");
  const [removed, setRemoved] = useState<WholeConversation | null>(null);
  const [problem, setProblem] = useState("");
  const found = useSearch(library, state.items, query);
  const file = useRef<HTMLInputElement>(null);
  const search = useId();
  const notice = useNotice();
  const items = found === null ? state.items : state.items.filter(({ id }) => found.has(id));

  async function remove(id: string): Promise<void> {
    const whole = await library.remove(id);
    setRemoved(whole);
    notice(t("Deleted “{title}”. You can undo that.", { title: whole.conversation.title }));
    if (id === current) onOpen(null);
  }

  async function undo(): Promise<void> {
    if (removed === null) return;
    setRemoved(null);
    await library.add([removed]);
    notice(t("“{title}” is back.", { title: removed.conversation.title }));
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch {
      setProblem(t("A part of this page could not be loaded. Reload the page."));
    }
  }

  async function exportAll(): Promise<void> {
    const { asJson, download } = await import("./exported.ts");
    const wholes = await Promise.all(state.items.map(({ id }) => library.whole(id)));
    download(
      "latchkey-conversations.json",
      asJson(wholes.filter((whole) => whole !== null)),
      "application/json",
    );
  }

  async function importFile(chosen: File): Promise<void> {
    const { readExport } = await import("./imported.ts");
    const read = await readExport(chosen);
    if (!read.ok) return setProblem(read.reason);
    setProblem("");
    await library.add(read.wholes);
    const count = read.wholes.length;
    notice(plural(count, "1 conversation imported.", "{count} conversations imported."));
  }

  return (
    <div className="sidebar-inside">
      <div className="sidebar-top">
        <button type="button" className="new-button" onClick={() => onOpen(null)}>
          <NewChatIcon />
          {t("New conversation")}
        </button>
        {asDrawer ? (
          <button type="button" className="icon-button" aria-label={t("Close")} onClick={onClose}>
            <CloseIcon />
          </button>
        ) : null}
      </div>
      {state.items.length === 0 ? null : (
        <div className="search-box">
          <label className="visually-hidden" htmlFor={search}>
            {t("Search conversations")}
          </label>
          <SearchIcon />
          <input
            id={search}
            type="search"
            placeholder={t("Search")}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      )}
      <nav className="conversation-nav" aria-label={t("Conversations")}>
        {items.length === 0 ? (
          <p className="sidebar-note">
            {found === null
              ? t("Conversations you begin appear here.")
              : t("No conversation has these words.")}
          </p>
        ) : (
          <ul className="conversation-rows">
            {items.map((item) => (
              <ConversationRow
                key={item.id}
                conversation={item}
                library={library}
                isCurrent={item.id === current}
                isBusy={busy.has(item.id)}
                onOpen={onOpen}
                onRemove={remove}
              />
            ))}
          </ul>
        )}
      </nav>
      {removed === null ? null : (
        <div className="undo">
          <p>{t("Deleted “{title}”.", { title: removed.conversation.title })}</p>
          <button type="button" className="quiet-button" onClick={undo}>
            {t("Undo")}
          </button>
        </div>
      )}
      {problem === "" ? null : (
        <p className="sidebar-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="sidebar-foot">
        <input
          ref={file}
          hidden
          type="file"
          accept=".json,application/json"
          aria-label={t("File to import")}
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            event.target.value = "";
            if (chosen) void attempt(() => importFile(chosen));
          }}
        />
        <button type="button" className="quiet-button" onClick={() => file.current?.click()}>
          <UploadIcon />
          {t("Import")}
        </button>
        <button
          type="button"
          className="quiet-button"
          disabled={state.items.length === 0}
          onClick={() => void attempt(exportAll)}
        >
          <DownloadIcon />
          {t("Export all")}
        </button>
      </div>
    </div>
  );
}
