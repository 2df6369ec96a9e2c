// The files that go along with the next message, and the button that chooses them.

import { type ChangeEvent, useRef } from "react";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import { AttachIcon, CloseIcon } from "./icons.tsx";
import type { Attachment, Attachments } from "./use-attachments.ts";

export function AttachmentBar({ attachments, disabled }: { attachments: Attachments; disabled: boolean }) {
  const input = useRef<HTMLInputElement>(null);

  function choose(event: ChangeEvent<HTMLInputElement>): void {
    attachments.add([...(event.target.files ?? [])]);
    // So that the same file can be chosen again.
    event.target.value = "";
  }

  return (
    <div className="attachments">
      <input
        ref={input}
        className="visually-hidden"
        type="file"
        multiple
        tabIndex={-1}
        aria-label={t("Files to attach")}
        onChange={choose}
      />
      <button
        type="button"
        className="quiet-button"
        disabled={disabled}
        onClick={() => input.current?.click()}
      >
        <AttachIcon />
        <span className="button-text">{t("Attach files")}</span>
      </button>
      {attachments.list.length === 0 ? null : (
        <ul className="attached" aria-label={t("Attached files")}>
          {attachments.list.map((one) => (
            <li
              key={one.key}
              className={one.state === "failed" ? "attached-file is-failed" : "attached-file"}
            >
              <VisibleText text={one.name} />
              <AttachmentState attachment={one} />
              <button
                type="button"
                className="remove-button"
                aria-label={t("Remove {name}", { name: one.name })}
                onClick={() => attachments.remove(one.key)}
              >
                <CloseIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function AttachmentState({ attachment }: { attachment: Attachment }) {
  if (attachment.state === "uploading") return <span className="attached-state">{t("Uploading")}</span>;
  if (attachment.state === "ready") return null;
  return (
    <span className="attached-state" role="alert">
      {attachment.failure.title} {attachment.failure.advice}
    </span>
  );
}
