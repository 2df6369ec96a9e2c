// Where a message is written: a box that grows with it, send or stop, and room for what goes along. Enter sends,
// Shift+Enter makes a line. Escape stops: that is the room's business, and the box keeps focus.
import {
  type ClipboardEvent,
  createElement,
  type FormEvent,
  Fragment,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { t } from "../i18n.ts";
import { SendIcon, StopIcon } from "../icons.tsx";

interface MessageBoxProps {
  draft: string;
  box: RefObject<HTMLTextAreaElement | null>;
  answering: boolean;
  /** False until there is somebody to send to. */
  ready: boolean;
  /** Something besides the text, so that a message may have no words. */
  hasMore?: boolean;
  onDraft(draft: string): void;
  onSend(): void;
  onStop(): void;
  onPaste?: ((event: ClipboardEvent) => void) | undefined;
  /** Above the text, inside the box. */
  above?: ReactNode;
  /** Beside Send. */
  tools?: ReactNode;
}

const MAX_ROWS = 10;

export function MessageBox(props: MessageBoxProps) {
  const { draft, box, answering, ready, hasMore = false, onDraft, onSend, onStop, onPaste } = props;

  function submit(event: FormEvent): void {
    event.preventDefault();
    onSend();
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method is composing, Enter accepts its suggestion; Safari tells by the old code alone.
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    onSend();
  }

  return (
    <form className="composer" onSubmit={submit}>
      <div className="composer-box">
        {props.above}
        <label className="visually-hidden" htmlFor="message">
          {t("Message")}
        </label>
        <textarea
          id="message"
          ref={box}
          className="composer-text"
          dir="auto"
          rows={Math.min(MAX_ROWS, draft.split("\n", MAX_ROWS).length)}
          placeholder={t("Ask something")}
          value={draft}
          aria-describedby="composer-hint"
          // biome-ignore lint/a11y/noAutofocus: writing is what the page is for, and nothing comes before it to be missed
          autoFocus
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <div className="composer-bar">
          {props.tools}
          {answering ? (
            // Another element than Send: as the same one it would become a submit button under the click that stops, and
            // send what is in the box.
            <button
              key="stop"
              type="button"
              className="send-button stop-button"
              aria-label={t("Stop")}
              onClick={onStop}
            >
              <StopIcon />
            </button>
          ) : (
            <button
              key="send"
              type="submit"
              className="send-button"
              aria-label={t("Send")}
              disabled={!ready || (draft.trim() === "" && !hasMore)}
            >
              <SendIcon />
            </button>
          )}
        </div>
      </div>
      <p id="composer-hint" className="composer-hint">
        {withKeys(t("[Enter] sends, [Shift] [Enter] makes a new line, [Esc] stops"))}
      </p>
    </form>
  );
}

/** Names of keys stand in brackets, so that a sentence is translated as one. */
function withKeys(sentence: string): ReactNode {
  const parts = sentence.split(/\[([^\]]+)\]/);
  return createElement(
    Fragment,
    null,
    ...parts.map((part, index) => (index % 2 === 1 ? createElement("kbd", null, part) : part)),
  );
}
