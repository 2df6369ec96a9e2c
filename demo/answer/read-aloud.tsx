// Reads an answer aloud, sentence by sentence, and marks the one that is heard. Loaded when somebody wants to hear.
import { type RefObject, useEffect, useRef, useState } from "react";
import { useNotice } from "../announcer.tsx";
import type { Connection } from "../connection.ts";
import { describeFailure } from "../failure.ts";
import { t } from "../i18n.ts";
import { PauseIcon, PlayIcon, StopReadingIcon } from "./icons.tsx";
import { type Reader, type ReaderState, readTexts } from "./reader.ts";
import { rangeOf, type Sentence, sentencesIn } from "./sentences.ts";
import { createSpeaker, openSound } from "./speech.ts";

interface ReadAloudProps {
  body: RefObject<HTMLDivElement | null>;
  connection: Connection;
  model: string;
  onEnd(): void;
}

interface Place {
  readonly state: ReaderState;
  readonly index: number;
  readonly count: number;
}

/** One answer is read at a time. */
let current: Reader | null = null;

export function ReadAloud({ body, connection, model, onEnd }: ReadAloudProps) {
  const [place, setPlace] = useState<Place>({ state: "loading", index: 0, count: 0 });
  const [failure, setFailure] = useState("");
  const reader = useRef<Reader | null>(null);
  const pauseButton = useRef<HTMLButtonElement>(null);
  const notice = useNotice();

  // biome-ignore lint/correctness/useExhaustiveDependencies: reading begins once, with what is shown then
  useEffect(() => {
    let gone = false;
    const sentences = body.current ? sentencesIn(body.current) : [];
    current?.stop();
    const own = readTexts({
      texts: sentences.map(({ text }) => text),
      speak: createSpeaker(connection, model),
      open: openSound,
      onChange(state, index, error) {
        if (gone) return;
        mark(state === "ended" || state === "failed" ? undefined : sentences[index]);
        if (state === "ended") {
          onEnd();
          return;
        }
        setPlace({ state, index, count: sentences.length });
        if (state !== "failed") return;
        const { title, advice } = describeFailure(error, false);
        setFailure(`${title} ${advice}`);
        notice(title);
      },
    });
    reader.current = own;
    current = own;
    // The button that began it is gone.
    pauseButton.current?.focus();
    return () => {
      gone = true;
      own.stop();
      mark(undefined);
      if (current === own) current = null;
    };
  }, []);

  const { state, index, count } = place;
  if (state === "failed") {
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
      <div className="read-aloud" role="group" aria-label={t("Reading aloud")}>
        <p className="read-aloud-failure">{failure}</p>
        <button type="button" className="quiet-button" onClick={onEnd}>
          {t("Close")}
        </button>
      </div>
    );
  }
  const paused = state === "paused";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="read-aloud" role="group" aria-label={t("Reading aloud")}>
      <button
        ref={pauseButton}
        type="button"
        className="quiet-button"
        aria-label={paused ? t("Go on reading") : t("Pause reading")}
        onClick={() => (paused ? reader.current?.resume() : reader.current?.pause())}
      >
        {paused ? <PlayIcon /> : <PauseIcon />}
        <span className="button-text">{paused ? t("Go on") : t("Pause")}</span>
      </button>
      <button
        type="button"
        className="quiet-button"
        aria-label={t("Stop reading")}
        onClick={() => reader.current?.stop()}
      >
        <StopReadingIcon />
        <span className="button-text">{t("Stop")}</span>
      </button>
      <span className="read-aloud-place">
        {state === "loading"
          ? t("Preparing sentence {index} of {count}", { index: index + 1, count: Math.max(count, 1) })
          : t("Sentence {index} of {count}", { index: index + 1, count })}
      </span>
    </div>
  );
}

const MARK = "reading-aloud";

/** By the browser's highlights, which change nothing in the page. Older browsers read without a mark. */
function mark(sentence: Sentence | undefined): void {
  if (typeof CSS === "undefined" || !("highlights" in CSS)) return;
  const range = sentence && rangeOf(sentence);
  if (!range) {
    CSS.highlights.delete(MARK);
    return;
  }
  CSS.highlights.set(MARK, new Highlight(range));
  const { top, bottom } = range.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) {
    sentence?.block.scrollIntoView({ block: "center", behavior: "instant" });
  }
}
