// The sources of an answer: numbered chips that are there at once, and what the model was given, folded.
import type { AnswerCitation } from "latchkey/react";
import type { RefObject } from "react";
import { plural, t } from "../i18n.ts";
import { linkTarget } from "../markdown/link-target.ts";
import { VisibleText } from "../markdown/visible-text.tsx";

interface SourceListProps {
  citations: readonly AnswerCitation[];
  list: RefObject<HTMLDetailsElement | null>;
}

const MAX_QUOTED_CHARS = 2_000;

export function SourceList({ citations, list }: SourceListProps) {
  const title = plural(citations.length, "1 source", "{count} sources");
  return (
    <details className="sources" ref={list}>
      <summary>{title}</summary>
      <ol aria-label={t("Sources")}>
        {citations.map((citation, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a source is known by its number
          <li key={index} tabIndex={-1}>
            <SourceName citation={citation} number={index + 1} />
            {citation.content === "" ? null : (
              <blockquote className="plain-text" dir="auto">
                {cut(citation.content)}
              </blockquote>
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}

function SourceName({ citation, number }: { citation: AnswerCitation; number: number }) {
  const { url } = citation;
  const target = url === null ? null : linkTarget(url);
  const title = citation.title.trim() || target?.shownAs || t("Source {number}", { number });
  if (target === null) return <VisibleText text={title} />;
  return (
    <>
      <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
        <VisibleText text={title} />
      </a>
      {title === target.shownAs ? null : (
        <span className="link-host">
          {" ("}
          <VisibleText text={target.shownAs} />)
        </span>
      )}
    </>
  );
}

function cut(content: string): string {
  return content.length > MAX_QUOTED_CHARS ? `${content.slice(0, MAX_QUOTED_CHARS)}…` : content;
}
