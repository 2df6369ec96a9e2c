// An answer: what the model thought, called and said, what its words rest on, what went wrong, and how it stands.
import { useLanguage } from "../languages/language.ts";
import "./answer.css";
import type { AssistantMessage } from "latchkey/react";
import { memo, useMemo, useRef } from "react";
import { t } from "../i18n.ts";
import { SourcesContext } from "../markdown/citation-mark.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { Meter } from "../meter/meter.tsx";
import type { AnswerProps } from "../part-props.ts";
import { AnswerActions } from "./answer-actions.tsx";
import { FilterNotice } from "./filter-notice.tsx";
import { Reasoning } from "./reasoning.tsx";
import { SourceList } from "./source-list.tsx";
import { ToolCalls } from "./tool-calls.tsx";

export const Answer = memo(function Answer(props: AnswerProps) {
  useLanguage();
  const { message } = props;
  const { text, reasoning, refusal, toolCalls, citations, failure } = message;
  const unfinished = isUnfinished(message);
  const body = useRef<HTMLDivElement>(null);
  const sourceList = useRef<HTMLDetailsElement>(null);
  const count = citations.length;
  const sources = useMemo(
    () => ({ count, show: (number: number) => showSource(sourceList.current, number) }),
    [count],
  );
  return (
    <article
      className="answer"
      aria-busy={unfinished}
      aria-label={t("Answer from {model}", { model: message.model })}
    >
      <h2 className="visually-hidden">{t("Answer")}</h2>
      <Reasoning message={message} />
      {toolCalls.length === 0 ? null : <ToolCalls calls={toolCalls} ended={!unfinished} />}
      {text === "" && refusal === "" && unfinished ? (
        <p className="thinking">{reasoning === "" ? t("Waiting for the model") : t("Thinking")}</p>
      ) : null}
      {text === "" ? null : (
        <SourcesContext value={sources}>
          <div ref={body}>
            <Markdown text={text} streaming={unfinished} />
          </div>
        </SourcesContext>
      )}
      {refusal === "" ? null : (
        <div className="refusal" dir="auto">
          <p className="refusal-title">{t("The model declined to answer.")}</p>
          <p className="plain-text">{refusal}</p>
        </div>
      )}
      {count === 0 ? null : <SourceList citations={citations} list={sourceList} />}
      <FilterNotice message={message} />
      {failure === null ? null : (
        <div className="failure">
          <p className="failure-title">{failure.title}</p>
          <p>{failure.advice}</p>
          {failure.detail === "" ? null : <p className="failure-detail">{failure.detail}</p>}
        </div>
      )}
      <footer className="answer-foot">
        <Meter message={message} />
        {unfinished ? null : <AnswerActions {...props} body={body} />}
      </footer>
    </article>
  );
});

function isUnfinished({ phase }: AssistantMessage): boolean {
  return phase === "waiting" || phase === "streaming";
}

function showSource(list: HTMLDetailsElement | null, number: number): void {
  if (!list) return;
  list.open = true;
  const source = list.querySelectorAll<HTMLElement>("li")[number - 1];
  source?.focus();
  source?.scrollIntoView({ block: "nearest" });
}
