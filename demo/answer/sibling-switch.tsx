// Leads from one version of a message to the next, where there are several.
import type { Siblings } from "latchkey/react";
import { t } from "../i18n.ts";
import { NextIcon, PreviousIcon } from "./icons.tsx";

interface SiblingSwitchProps {
  siblings: Siblings;
  onSwitch(id: string): void;
}

export function SiblingSwitch({ siblings: { ids, index }, onSwitch }: SiblingSwitchProps) {
  if (ids.length < 2) return null;
  const previous = ids[index - 1];
  const next = ids[index + 1];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="siblings" role="group" aria-label={t("Versions")}>
      <button
        type="button"
        className="icon-button small"
        aria-label={t("Previous version")}
        disabled={previous === undefined}
        onClick={() => previous !== undefined && onSwitch(previous)}
      >
        <PreviousIcon />
      </button>
      <span className="siblings-place">
        {t("{index} of {count}", { index: index + 1, count: ids.length })}
      </span>
      <button
        type="button"
        className="icon-button small"
        aria-label={t("Next version")}
        disabled={next === undefined}
        onClick={() => next !== undefined && onSwitch(next)}
      >
        <NextIcon />
      </button>
    </div>
  );
}
