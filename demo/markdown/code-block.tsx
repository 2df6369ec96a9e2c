// A code block: what the fence says it is, a copy button, and the code as text with hidden characters named. Colours
// come later and change nothing but colours.
import { useLanguage } from "../languages/language.ts";
import "./code.css";
import { memo } from "react";
import { CopyButton } from "../copy-button.tsx";
import { t } from "../i18n.ts";
import { useCodePieces } from "./code-pieces.ts";
import { CodeText } from "./code-text.tsx";
import { VisibleText } from "./visible-text.tsx";

const MAX_LABEL_CHARS = 24;

interface CodeBlockProps {
  code: string;
  info: string;
  /** False while it may still grow. */
  complete?: boolean;
}

export const CodeBlock = memo(function CodeBlock({ code, info, complete = true }: CodeBlockProps) {
  useLanguage();
  const language = languageOf(info);
  const pieces = useCodePieces(code, language.toLowerCase(), complete);
  return (
    <figure className="code" dir="ltr">
      <figcaption className="code-bar">
        <span className="code-language">
          <VisibleText text={language === "" ? t("text") : language} />
        </span>
        <CopyButton text={code} label={t("Copy code")} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className="code-text" tabIndex={0}>
        <code>
          <CodeText code={code} pieces={pieces} />
        </code>
      </pre>
    </figure>
  );
});

/** The info string is the model's: only its first word, cut, and as text. */
function languageOf(info: string): string {
  return (info.split(/[\s{,]/, 1)[0] ?? "").slice(0, MAX_LABEL_CHARS);
}
