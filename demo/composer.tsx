// Where a message is written. Enter sends, Shift+Enter makes a line, Escape stops (app.tsx); the box keeps focus.
import type { ClipboardEvent, FormEvent, KeyboardEvent, ReactNode, RefObject } from "react";
import { SendIcon, StopIcon } from "./icons.tsx";

interface ComposerProps {
  draft: string;
  box: RefObject<HTMLTextAreaElement | null>;
  answering: boolean;
  /** False until there is a model to send to. */
  ready: boolean;
  onDraft(draft: string): void;
  onSend(): void;
  onStop(): void;
  /** What goes along with the message, and the button for it. */
  attachments?: ReactNode;
  onPaste?: ((event: ClipboardEvent) => void) | undefined;
}

const MAX_ROWS = 10;

export function Composer(props: ComposerProps) {
  const { draft, box, answering, ready, onDraft, onSend, onStop, attachments, onPaste } = props;

  function submit(event: FormEvent): void {
    event.preventDefault();
    onSend();
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method is composing, Enter accepts its suggestion.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onSend();
  }

  return (
    <form className="composer" onSubmit={submit}>
      <label className="visually-hidden" htmlFor="message">
        Message
      </label>
      <textarea
        id="message"
        ref={box}
        className="composer-text"
        dir="auto"
        rows={Math.min(MAX_ROWS, draft.split("\n", MAX_ROWS).length)}
        placeholder="Ask something"
        value={draft}
        aria-describedby="composer-hint"
        // biome-ignore lint/a11y/noAutofocus: writing is what the page is for, and nothing comes before it to be missed
        autoFocus
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      {answering ? (
        <button type="button" className="send-button stop-button" aria-label="Stop" onClick={onStop}>
          <StopIcon />
        </button>
      ) : (
        <button
          type="submit"
          className="send-button"
          aria-label="Send"
          disabled={!ready || draft.trim() === ""}
        >
          <SendIcon />
        </button>
      )}
      {attachments}
      <p id="composer-hint" className="composer-hint">
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> makes a new line, <kbd>Esc</kbd> stops
      </p>
    </form>
  );
}
