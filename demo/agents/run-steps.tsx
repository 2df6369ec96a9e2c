// What an agent did before it answered: one line a call, its input and output folded.

import { memo } from "react";
import { phrase, t } from "../i18n.ts";
import { useLanguage } from "../languages/language.ts";
import type { CallView, StepView } from "./run-view.ts";

const STATUS: Readonly<Record<StepView["status"], string>> = {
  in_progress: phrase("working"),
  completed: phrase("done"),
  failed: phrase("failed"),
  cancelled: phrase("stopped"),
  expired: phrase("expired"),
};

export const RunSteps = memo(function RunSteps({ steps }: { steps: readonly StepView[] }) {
  useLanguage();
  if (steps.length === 0) return null;
  return (
    <ol className="steps" aria-label={t("Steps")}>
      {steps.flatMap(({ id, status, calls }) =>
        calls.map((call) => (
          <li key={`${id} ${call.id}`} className="step">
            <Call call={call} status={status} />
          </li>
        )),
      )}
    </ol>
  );
});

function Call({ call: { title, input, output }, status }: { call: CallView; status: StepView["status"] }) {
  return (
    <details>
      <summary>
        <span className="step-title">{title}</span>{" "}
        <span className={status === "failed" ? "step-status phase-failed" : "step-status"}>
          {STATUS[status] === undefined ? status : t(STATUS[status])}
        </span>
      </summary>
      <dl>
        {input === "" ? null : <Part name={t("Input")} text={input} />}
        {output === "" ? null : <Part name={t("Result")} text={output} />}
        {input === "" && output === "" ? <Part name={t("Result")} text={t("Nothing yet")} /> : null}
      </dl>
    </details>
  );
}

function Part({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <pre className="step-text">{text}</pre>
      </dd>
    </>
  );
}
