// The sources of an answer, under the numbers that its text has.
import { t } from "../i18n.ts";
import { linkTarget } from "../markdown/link-target.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import type { Citation } from "./run-view.ts";

interface CitationsProps {
  citations: readonly Citation[];
  /** Names of files by id, of those that this page uploaded. */
  names: ReadonlyMap<string, string>;
}

export function Citations({ citations, names }: CitationsProps) {
  if (citations.length === 0) return null;
  return (
    <section className="citations" aria-label={t("Sources")}>
      <h3>{t("Sources")}</h3>
      <ol>
        {citations.map(({ number, fileId, url, title, quote }) => {
          const name = names.get(fileId ?? "") ?? title ?? t("A file");
          const target = url === null ? null : linkTarget(url);
          return (
            <li key={number} value={number}>
              {target === null ? (
                <VisibleText text={name} />
              ) : (
                <>
                  <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
                    <VisibleText text={name} />
                  </a>{" "}
                  <span className="link-host">{target.shownAs}</span>
                </>
              )}
              {quote === "" ? null : <blockquote dir="auto">{quote}</blockquote>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
