// The buttons of a form that starts a piece of work: start, stop, what is going on, and what went wrong.
import { t } from "../i18n.ts";
import type { Task } from "./use-task.ts";

interface TaskActionsProps {
  task: Task;
  start: string;
  disabled: boolean;
}

export function TaskActions({ task: { state, busy, stop }, start, disabled }: TaskActionsProps) {
  return (
    <>
      <div className="form-actions">
        <button type="submit" className="primary-button" disabled={busy || disabled}>
          {start}
        </button>
        {busy ? (
          <button type="button" className="quiet-button outlined" onClick={stop}>
            {t("Stop")}
          </button>
        ) : null}
        <span role="status" className="hint">
          {state.name === "busy" ? state.progress || t("Working") : ""}
        </span>
      </div>
      {state.name === "failed" ? (
        <div role="alert" className="notice">
          <p>
            {state.failure.title} {state.failure.advice}
            {state.failure.detail === "" ? null : (
              <span className="failure-detail notice-detail">{state.failure.detail}</span>
            )}
          </p>
        </div>
      ) : null}
    </>
  );
}
