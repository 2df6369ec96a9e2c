// A question: its text and what went along, to be edited into a branch of its own and to switch between branches.

import type { Attachment } from "latchkey/react";
import { type FormEvent, type KeyboardEvent, memo, useEffect, useRef, useState } from "react";
import { SiblingSwitch } from "../answer/sibling-switch.tsx";
import { CopyButton } from "../copy-button.tsx";
import { t } from "../i18n.ts";
import { useLanguage } from "../languages/language.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import type { QuestionProps } from "../part-props.ts";
import { EditIcon, FileIcon } from "./icons.tsx";

export const Question = memo(function Question(props: QuestionProps) {
  useLanguage();
  const { message, onEdit, edited, onEdited, siblings, onSwitch } = props;
  // An edit outlives the row, which goes when it is far from the window and when it is no longer one of the newest.
  const [editing, setEditing] = useState(edited !== null);
  const opened = useRef(false);
  const editButton = useRef<HTMLButtonElement>(null);
  const { id, text, attachments } = message;

  function open(): void {
    opened.current = true;
    setEditing(true);
    onEdited(id, text);
  }

  function close(): void {
    setEditing(false);
    onEdited(id, null);
    // After the button is back.
    requestAnimationFrame(() => editButton.current?.focus());
  }

  if (editing) {
    return (
      <QuestionForm
        text={edited ?? text}
        takesFocus={opened.current}
        ready={onEdit !== null}
        onChange={(written) => onEdited(id, written)}
        onCancel={close}
        onSave={(written) => {
          setEditing(false);
          onEdited(id, null);
          onEdit?.(id, written, attachments);
        }}
      />
    );
  }
  return (
    <div className="asked-box">
      <div className="question">
        <h2 className="visually-hidden">{t("You")}</h2>
        {attachments.length === 0 ? null : (
          <ul className="question-attachments" aria-label={t("Attachments")}>
            {attachments.map((attachment) => (
              <li key={attachment.id}>
                <AttachmentView attachment={attachment} />
              </li>
            ))}
          </ul>
        )}
        {text === "" ? null : (
          <p className="question-text" dir="auto">
            {text}
          </p>
        )}
      </div>
      <div className="question-actions">
        {text === "" ? null : <CopyButton text={text} label={t("Copy message")} />}
        <button
          ref={editButton}
          type="button"
          className="quiet-button"
          aria-label={t("Edit message")}
          disabled={onEdit === null}
          onClick={open}
        >
          <EditIcon />
          <span className="button-text">{t("Edit")}</span>
        </button>
        <SiblingSwitch siblings={siblings} onSwitch={onSwitch} />
      </div>
    </div>
  );
});

interface QuestionFormProps {
  text: string;
  /** A person has just opened it; else it is only drawn again. */
  takesFocus: boolean;
  /** False while nothing can be sent: what is being written stays. */
  ready: boolean;
  onChange(text: string): void;
  onSave(text: string): void;
  onCancel(): void;
}

function QuestionForm({ text, takesFocus, ready, onChange, onSave, onCancel }: QuestionFormProps) {
  const [edited, setEdited] = useState(text);
  const box = useRef<HTMLTextAreaElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it opens
  useEffect(() => {
    if (!takesFocus) return;
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, []);

  function save(event?: FormEvent): void {
    event?.preventDefault();
    if (ready && edited.trim() !== "") onSave(edited.trim());
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      onCancel();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    }
  }

  return (
    <form className="question-form" onSubmit={save}>
      <textarea
        ref={box}
        className="question-box"
        aria-label={t("Your message")}
        aria-describedby="edit-note"
        dir="auto"
        rows={Math.min(12, edited.split("\n").length + 1)}
        value={edited}
        onChange={(event) => {
          setEdited(event.target.value);
          onChange(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="question-form-foot">
        <p id="edit-note">{t("The old version and its answers stay as another branch.")}</p>
        <button type="button" className="quiet-button" onClick={onCancel}>
          {t("Cancel")}
        </button>
        <button type="submit" className="quiet-button primary" disabled={!ready || edited.trim() === ""}>
          {t("Send again")}
        </button>
      </div>
    </form>
  );
}

function AttachmentView({ attachment }: { attachment: Attachment }) {
  const { kind, name, data } = attachment;
  // Only what lies in the page itself: an address would be asked for.
  if (kind === "image" && data.startsWith("data:image/")) {
    return <img className="question-image" src={data} alt={name} />;
  }
  return (
    <span className="question-file">
      <FileIcon />
      <VisibleText text={name} />
    </span>
  );
}
