// What a content filter stopped, in plain words: what it found, how grave it was, and what can be done.
import type { AssistantMessage, FilteredContent } from "latchkey/react";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";

export function FilterNotice({ message }: { message: AssistantMessage }) {
  const { filtered, finishReason, text, failure } = message;
  if (filtered.length === 0 && finishReason !== "content_filter") return null;
  return (
    <div className="filter-notice">
      {failure === null ? (
        <p className="filter-title">
          {text === ""
            ? t("The service's content filter held this answer back.")
            : t("The service's content filter ended this answer early.")}
        </p>
      ) : null}
      {filtered.length === 0 ? (
        <p>{t("It does not say what it found.")}</p>
      ) : (
        <>
          <p>{t("It found:")}</p>
          <ul>
            {filtered.map((one, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: verdicts have no identity but their place
              <li key={index}>
                <VisibleText text={wordsOf(one)} />
              </li>
            ))}
          </ul>
        </>
      )}
      {failure === null ? <p>{t("Ask in other words, or ask whoever runs the service.")}</p> : null}
    </div>
  );
}

function wordsOf({ category, severity }: FilteredContent): string {
  const name = nameOf(category);
  return severity === null
    ? name
    : t("{what}, severity {severity}", { what: name, severity: severityOf(severity) });
}

/** The filter's names for what it looks for; one that is new here shows as it is. */
function nameOf(category: string): string {
  switch (category) {
    case "hate":
      return t("hate");
    case "sexual":
      return t("sexual content");
    case "violence":
      return t("violence");
    case "self_harm":
      return t("self-harm");
    case "profanity":
      return t("profanity");
    case "jailbreak":
      return t("an attempt to get around the model's rules");
    case "indirect_attack":
      return t("instructions hidden in a document");
    case "protected_material_text":
      return t("text that is protected by copyright");
    case "protected_material_code":
      return t("code that is protected by a licence");
    case "ungrounded_material":
      return t("claims that the sources do not support");
    case "personally_identifiable_information":
      return t("personal data");
    case "custom_blocklists":
      return t("words on the operator's list");
    case "custom_topics":
      return t("a topic on the operator's list");
    default:
      return category.replaceAll("_", " ");
  }
}

function severityOf(severity: string): string {
  if (severity === "low") return t("low");
  if (severity === "medium") return t("medium");
  return severity === "high" ? t("high") : severity;
}
