// What the model thought before it answered, folded, with the time it took.
import type { AssistantMessage } from "latchkey/react";
import { t } from "../i18n.ts";
import { duration } from "../meter/words.ts";

/** Shorter than this was no thinking but a delivery. */
const SHORTEST_MS = 100;

export function Reasoning({ message }: { message: AssistantMessage }) {
  const { reasoning, reasoningMs } = message;
  if (reasoning === "") return null;
  return (
    <details className="reasoning">
      <summary>
        <span>{t("Reasoning")}</span>
        {reasoningMs === null || reasoningMs < SHORTEST_MS ? null : (
          <span className="reasoning-time">{duration(reasoningMs)}</span>
        )}
      </summary>
      <p className="plain-text reasoning-text" dir="auto">
        {reasoning}
      </p>
    </details>
  );
}
