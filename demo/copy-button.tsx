// Copies a text and says so, or says that it could not.

import { useEffect, useState } from "react";
import { useNotice } from "./announcer.tsx";
import { t } from "./i18n.ts";
import { CheckIcon, CopyIcon } from "./icons.tsx";

const SHOWN_MS = 2_000;

type Outcome = "idle" | "copied" | "refused";

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<Outcome>("idle");
  const notice = useNotice();

  useEffect(() => {
    if (outcome === "idle") return;
    const timer = setTimeout(() => setOutcome("idle"), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
      notice(t("Copied."));
    } catch {
      // No permission, or a page that is not secure: the text can still be selected.
      setOutcome("refused");
      notice(t("The browser did not allow copying. Select the text instead."));
    }
  }

  const shown = { idle: label, copied: t("Copied"), refused: t("Not allowed") }[outcome];
  return (
    <button type="button" className="quiet-button" aria-label={label} onClick={copy}>
      {outcome === "copied" ? <CheckIcon /> : <CopyIcon />}
      <span className="button-text">{shown}</span>
    </button>
  );
}
