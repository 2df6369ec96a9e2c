// A code block: what the fence says it is, a copy button, and the code as text with hidden characters named.
import { memo } from "react";
import { CopyButton } from "../copy-button.tsx";
import { VisibleText } from "./visible-text.tsx";

const MAX_LABEL_CHARS = 24;

export const CodeBlock = memo(function CodeBlock({ code, info }: { code: string; info: string }) {
  const label = languageLabel(info);
  return (
    <figure className="code">
      <figcaption className="code-bar">
        <span className="code-language">
          <VisibleText text={label} />
        </span>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className="code-text" tabIndex={0}>
        <code>
          <VisibleText text={code} />
        </code>
      </pre>
    </figure>
  );
});

/** The info string is the model's: only its first word, cut, and as text. */
function languageLabel(info: string): string {
  const word = info.split(/[\s{,]/, 1)[0] ?? "";
  return word === "" ? "text" : word.slice(0, MAX_LABEL_CHARS);
}
