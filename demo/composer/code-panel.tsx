// Shows the request that Send would make, to copy.
import "./code-panel.css";
import { useState } from "react";
import { CopyButton } from "../copy-button.tsx";
import { t } from "../i18n.ts";
import { useCodePieces } from "../markdown/code-pieces.ts";
import { CodeText } from "../markdown/code-text.tsx";
import { type CodeLanguage, LANGUAGES, requestCode, shortened } from "./request-code.ts";

interface CodePanelProps {
  body: object;
  workerUrl: string;
}

export function CodePanel({ body, workerUrl }: CodePanelProps) {
  const [language, setLanguage] = useState<CodeLanguage>("typescript");
  const code = requestCode(language, body, workerUrl);
  const shown = shortened(code);
  const info = LANGUAGES.find(({ name }) => name === language)?.info ?? "";
  const pieces = useCodePieces(shown, info, true);
  return (
    <div className="request-code">
      <div className="request-bar">
        <fieldset className="choice">
          <legend className="visually-hidden">{t("Language")}</legend>
          {LANGUAGES.map(({ name, label }) => (
            <label key={name} className="choice-option">
              <input
                type="radio"
                name="request-language"
                value={name}
                checked={language === name}
                onChange={() => setLanguage(name)}
              />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        <CopyButton text={code} label={t("Copy request")} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className="code-text request-text" tabIndex={0}>
        <code>
          <CodeText code={shown} pieces={pieces} />
        </code>
      </pre>
      <p className="panel-note">
        {t(
          "This is what Send would send now. It holds no key: a program brings a caller key of the worker's.",
        )}
      </p>
    </div>
  );
}
