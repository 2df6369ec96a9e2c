// One attempt at an answer: its text, what went wrong, and how it stands.
import { memo } from "react";
import { type Attempt, isUnfinished } from "./chat-state.ts";
import { CopyButton } from "./copy-button.tsx";
import { RetryIcon } from "./icons.tsx";
import { Markdown } from "./markdown/markdown.tsx";
import { StatusLine } from "./status-line.tsx";

interface AnswerProps {
  attempt: Attempt;
  /** Given for the newest attempt when it did not end well. */
  onRetry: (() => void) | null;
}

export const Answer = memo(function Answer({ attempt, onRetry }: AnswerProps) {
  const { text, blocks, reasoning, failure } = attempt;
  const unfinished = isUnfinished(attempt);
  return (
    <article className="answer" aria-busy={unfinished} aria-label={`Answer from ${attempt.model}`}>
      <h2 className="visually-hidden">Answer</h2>
      {reasoning === "" ? null : (
        <details className="reasoning">
          <summary>Reasoning</summary>
          <p className="plain-text reasoning-text">{reasoning}</p>
        </details>
      )}
      {text === "" && unfinished ? (
        <p className="thinking">{reasoning === "" ? "Waiting for the model" : "Thinking"}</p>
      ) : null}
      {text === "" ? null : <Markdown answer={blocks} streaming={unfinished} />}
      {failure === null ? null : (
        <div className="failure">
          <p className="failure-title">{failure.title}</p>
          <p>{failure.advice}</p>
          <p className="failure-detail">{failure.detail}</p>
        </div>
      )}
      <footer className="answer-foot">
        <StatusLine attempt={attempt} />
        {unfinished ? null : (
          <div className="answer-actions">
            {text === "" ? null : <CopyButton text={text} label="Copy answer" />}
            {onRetry === null ? null : (
              <button type="button" className="quiet-button outlined" onClick={onRetry}>
                <RetryIcon />
                <span className="button-text">Retry</span>
              </button>
            )}
          </div>
        )}
      </footer>
    </article>
  );
});
