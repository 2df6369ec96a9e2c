// What can be done with an answer that has ended: copy it, hear it, ask for it again, go on.
import { lazy, type RefObject, Suspense, useContext, useState } from "react";
import { modelFor } from "../composer/capabilities.ts";
import { CopyButton } from "../copy-button.tsx";
import { FallbackOnError } from "../fallback-on-error.tsx";
import { t } from "../i18n.ts";
import { RetryIcon } from "../icons.tsx";
import type { AnswerProps } from "../part-props.ts";
import { ContinueIcon, SpeakIcon } from "./icons.tsx";
import { SiblingSwitch } from "./sibling-switch.tsx";
import { Surroundings } from "./surroundings.ts";

const ReadAloud = lazy(async () => ({ default: (await import("./read-aloud.tsx")).ReadAloud }));

interface AnswerActionsProps extends AnswerProps {
  /** Where the answer's text is shown. */
  body: RefObject<HTMLDivElement | null>;
}

export function AnswerActions(props: AnswerActionsProps) {
  const { message, onRetry, onRegenerate, onContinue, siblings, onSwitch, body } = props;
  const { text } = message;
  const surroundings = useContext(Surroundings);
  const speaker = surroundings && modelFor(surroundings.models, "speech");
  const [reading, setReading] = useState(false);
  return (
    <>
      <div className="answer-actions">
        <SiblingSwitch siblings={siblings} onSwitch={onSwitch} />
        {text === "" ? null : <CopyButton text={text} label={t("Copy answer")} />}
        {text === "" || speaker === null || reading ? null : (
          <button
            type="button"
            className="quiet-button"
            aria-label={t("Read aloud")}
            onClick={() => setReading(true)}
          >
            <SpeakIcon />
            <span className="button-text">{t("Read aloud")}</span>
          </button>
        )}
        {onRegenerate === null || onRetry !== null ? null : (
          <button
            type="button"
            className="quiet-button"
            aria-label={t("Regenerate")}
            onClick={() => onRegenerate(message.id)}
          >
            <RetryIcon />
            <span className="button-text">{t("Regenerate")}</span>
          </button>
        )}
        {onContinue === null ? null : (
          <button type="button" className="quiet-button outlined" onClick={onContinue}>
            <ContinueIcon />
            <span className="button-text">{t("Continue")}</span>
          </button>
        )}
        {onRetry === null ? null : (
          <button type="button" className="quiet-button outlined" onClick={onRetry}>
            <RetryIcon />
            <span className="button-text">{t("Retry")}</span>
          </button>
        )}
      </div>
      {reading && surroundings !== null && speaker !== null ? (
        <FallbackOnError
          fallback={<p role="alert">{t("A part of this page could not be loaded. Reload the page.")}</p>}
        >
          <Suspense fallback={<p className="status-line">{t("Loading")}</p>}>
            <ReadAloud
              body={body}
              connection={surroundings.connection}
              model={speaker}
              onEnd={() => setReading(false)}
            />
          </Suspense>
        </FallbackOnError>
      ) : null}
    </>
  );
}
