// Makes an agent: name, model, instructions, tools.

import { type FormEvent, useId, useState } from "react";
import { describeFailure, type Failure } from "../failure.ts";
import { phrase, t } from "../i18n.ts";
import type { Models } from "../use-models.ts";
import type { AgentDraft, AgentToolName } from "./agent-service.ts";

const TOOLS: readonly { readonly name: AgentToolName; readonly label: string; readonly about: string }[] = [
  {
    name: "file_search",
    label: phrase("Search files"),
    about: phrase("answers from files you attach, with citations"),
  },
  { name: "code_interpreter", label: phrase("Run code"), about: phrase("computes at the service") },
  {
    name: "functions",
    label: phrase("Functions of this page"),
    about: phrase("tell the local time, roll dice"),
  },
];

interface AgentFormProps {
  models: Models;
  onCreate(draft: AgentDraft): Promise<void>;
  /** Absent while there is no agent to go back to. */
  onCancel?: (() => void) | undefined;
}

export function AgentForm({ models, onCreate, onCancel }: AgentFormProps) {
  const id = useId();
  const [name, setName] = useState("");
  const [instructions, setInstructions] = useState("");
  const [tools, setTools] = useState<ReadonlySet<AgentToolName>>(new Set(["file_search", "functions"]));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const { list, chosen, choose } = models;
  const names = list.state === "ready" ? list.names : [];

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy || name.trim() === "" || chosen === "") return;
    setBusy(true);
    setFailure(null);
    try {
      await onCreate({ name: name.trim(), model: chosen, instructions: instructions.trim(), tools });
    } catch (error) {
      setFailure(describeFailure(error, false));
      setBusy(false);
    }
  }

  function toggle(tool: AgentToolName, on: boolean): void {
    setTools((current) => new Set(on ? [...current, tool] : [...current].filter((other) => other !== tool)));
  }

  return (
    <form className="agent-form" onSubmit={submit} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} className="empty-title">
        {t("New agent")}
      </h2>
      <p className="empty-lead">
        {t(
          "An agent is a model with instructions and tools. It keeps the conversation at the service, reached through the worker: this page has no key. What you make here is yours for this visit.",
        )}
      </p>
      <label className="field">
        <span>{t("Name")}</span>
        <input
          value={name}
          maxLength={256}
          required
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <label className="field">
        <span>{t("Model")}</span>
        <select value={chosen} disabled={names.length === 0} onChange={(event) => choose(event.target.value)}>
          {names.length === 0 ? <option value="">{t("No models")}</option> : null}
          {names.map((model) => (
            <option key={model} value={model}>
              {model}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{t("Instructions")}</span>
        <textarea
          rows={4}
          dir="auto"
          value={instructions}
          placeholder={t("What it should do, and how")}
          onChange={(event) => setInstructions(event.target.value)}
        />
      </label>
      <fieldset className="field tools">
        <legend>{t("Tools")}</legend>
        {TOOLS.map(({ name: tool, label, about }) => (
          <label key={tool}>
            <input
              type="checkbox"
              checked={tools.has(tool)}
              onChange={(event) => toggle(tool, event.target.checked)}
            />
            <span>
              {t(label)} <span className="tool-about">{t(about)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {failure === null ? null : (
        <div className="failure" role="alert">
          <p className="failure-title">{failure.title}</p>
          <p>{failure.advice}</p>
          <p className="failure-detail">{failure.detail}</p>
        </div>
      )}
      <div className="form-actions">
        <button
          type="submit"
          className="primary-button"
          disabled={busy || name.trim() === "" || chosen === ""}
        >
          {busy ? t("Creating") : t("Create agent")}
        </button>
        {onCancel ? (
          <button type="button" className="quiet-button outlined" onClick={onCancel}>
            {t("Cancel")}
          </button>
        ) : null}
      </div>
    </form>
  );
}
