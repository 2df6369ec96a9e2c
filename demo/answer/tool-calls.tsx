// What the model called: each call folded to its name and how it went, with arguments and result inside.
import type { AnswerToolCall } from "latchkey/react";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";

/** Nobody reads more of it here, and a page of it costs layout. */
const MAX_SHOWN_CHARS = 20_000;

interface ToolCallsProps {
  calls: readonly AnswerToolCall[];
  /** Their answer: what has not come by then, as after Stop, does not come. */
  ended: boolean;
}

export function ToolCalls({ calls, ended }: ToolCallsProps) {
  return (
    <ul className="tool-calls" aria-label={t("Tool calls")}>
      {calls.map((call) => (
        <li key={call.id}>
          <details className="tool-call">
            <summary>
              <code className="tool-name">
                <VisibleText text={call.name} />
              </code>
              <span className={call.failed ? "tool-state tool-failed" : "tool-state"}>
                {stateOf(call, ended)}
              </span>
            </summary>
            <ToolText title={t("Arguments")} text={readable(call.arguments)} />
            {call.result === null ? null : <ToolText title={t("Result")} text={readable(call.result)} />}
          </details>
        </li>
      ))}
    </ul>
  );
}

function stateOf({ result, failed }: AnswerToolCall, ended: boolean): string {
  if (failed) return t("failed");
  if (result !== null) return t("done");
  return ended ? t("not finished") : t("running");
}

function ToolText({ title, text }: { title: string; text: string }) {
  const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text;
  return (
    <section className="tool-text">
      <h3>{title}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre tabIndex={0} dir="auto">
        <VisibleText text={shown === "" ? t("nothing") : shown} />
      </pre>
    </section>
  );
}

/** JSON with line breaks; what is none, or not yet, as it came. */
function readable(text: string): string {
  if (text.length > MAX_SHOWN_CHARS) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
