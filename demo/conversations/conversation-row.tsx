// One conversation in the list: a link to it, and what can be done with it, unfolded by a button.

import { type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import { t } from "../i18n.ts";
import { useLanguage } from "../languages/language.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import { DownloadIcon, EditIcon, MoreIcon, TrashIcon } from "./icons.tsx";
import type { Library } from "./library.ts";
import type { Conversation } from "./record.ts";

interface ConversationRowProps {
  conversation: Conversation;
  library: Library;
  isCurrent: boolean;
  /** An answer is on its way. */
  isBusy: boolean;
  onOpen(id: string): void;
  onRemove(id: string): void;
}

export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  useLanguage();
  const { conversation, library, isCurrent, isBusy, onOpen, onRemove } = props;
  const { id, title } = conversation;
  const [state, setState] = useState<"closed" | "open" | "naming">("closed");
  const more = useRef<HTMLButtonElement>(null);

  function close(): void {
    setState("closed");
    requestAnimationFrame(() => more.current?.focus());
  }

  async function exportAs(kind: "json" | "md"): Promise<void> {
    const { asJson, asMarkdown, download, fileName } = await import("./exported.ts");
    const whole = await library.whole(id);
    if (!whole) return;
    const name = fileName(title, kind);
    if (kind === "json") download(name, asJson([whole]), "application/json");
    else download(name, asMarkdown(whole), "text/markdown");
  }

  if (state === "naming") {
    return (
      <li className="conversation-row">
        <NameForm
          title={title}
          onClose={close}
          onSave={(name) => {
            void library.rename(id, name);
            close();
          }}
        />
      </li>
    );
  }
  return (
    <li className={isCurrent ? "conversation-row current" : "conversation-row"}>
      <div className="conversation-line">
        <a
          className="conversation-link"
          href={`#c=${id}`}
          aria-current={isCurrent ? "page" : undefined}
          title={title}
          onClick={(event) => {
            // As any link, it can be opened in another tab.
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onOpen(id);
          }}
        >
          <span className="conversation-title" dir="auto">
            <VisibleText text={title} />
          </span>
          {isBusy ? (
            <>
              <span className="busy-dot" aria-hidden="true" />
              <span className="visually-hidden">{t("Answering")}</span>
            </>
          ) : null}
        </a>
        <button
          ref={more}
          type="button"
          className="icon-button row-more"
          aria-label={t("More for “{title}”", { title })}
          aria-expanded={state === "open"}
          onClick={() => setState(state === "open" ? "closed" : "open")}
        >
          <MoreIcon />
        </button>
      </div>
      {state === "open" ? (
        <div className="row-actions">
          <button type="button" className="quiet-button" onClick={() => setState("naming")}>
            <EditIcon />
            {t("Rename")}
          </button>
          <button type="button" className="quiet-button" onClick={() => void exportAs("md")}>
            <DownloadIcon />
            {t("Markdown")}
          </button>
          <button type="button" className="quiet-button" onClick={() => void exportAs("json")}>
            <DownloadIcon />
            {t("JSON")}
          </button>
          <button type="button" className="quiet-button danger" onClick={() => onRemove(id)}>
            <TrashIcon />
            {t("Delete")}
          </button>
        </div>
      ) : null}
    </li>
  );
});

interface NameFormProps {
  title: string;
  onSave(title: string): void;
  onClose(): void;
}

const MAX_TITLE_CHARS = 200;

function NameForm({ title, onSave, onClose }: NameFormProps) {
  const [name, setName] = useState(title);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    box.current?.select();
  }, []);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    // Not the drawer around it.
    event.preventDefault();
    event.stopPropagation();
    onClose();
  }

  return (
    <form
      className="name-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(name);
      }}
    >
      <input
        ref={box}
        aria-label={t("Title")}
        dir="auto"
        required
        maxLength={MAX_TITLE_CHARS}
        value={name}
        onChange={(event) => setName(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <button type="submit" className="quiet-button primary">
        {t("Save")}
      </button>
    </form>
  );
}
