// Marks in an answer's text that stand for its sources, as "[doc2]": a small button with the number, which leads to the
// source. Where an answer has no such source the mark is the text that it is.
import { createContext, createElement, Fragment, type ReactNode, useContext } from "react";
import { t } from "../i18n.ts";

export interface Sources {
  readonly count: number;
  show(number: number): void;
}

export const SourcesContext = createContext<Sources | null>(null);

const MARK = /\[doc(\d{1,3})\]/g;

/** Text with its marks, or just the text. */
export function withMarks(text: string): ReactNode {
  if (!text.includes("[doc")) return text;
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(MARK)) {
    parts.push(text.slice(from, match.index), <CitationMark number={Number(match[1])} written={match[0]} />);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  return createElement(Fragment, null, ...parts);
}

function CitationMark({ number, written }: { number: number; written: string }) {
  const sources = useContext(SourcesContext);
  if (sources === null || number < 1 || number > sources.count) return written;
  return (
    <button
      type="button"
      className="citation-mark"
      aria-label={t("Source {number}", { number })}
      onClick={() => sources.show(number)}
    >
      {number}
    </button>
  );
}
