// Chooses a template, asks for what it leaves open, and puts it into the draft; keeps the draft as one of one's own.
import "./remove-button.css";
import "./templates-panel.css";
import { type FormEvent, useId, useMemo, useState } from "react";
import { useNotice } from "../announcer.tsx";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import { CloseIcon } from "./icons.tsx";
import * as templates from "./templates.ts";

interface TemplatesPanelProps {
  draft: string;
  onInsert(text: string): void;
}

export function TemplatesPanel({ draft, onInsert }: TemplatesPanelProps) {
  const [own, setOwn] = useState(() => templates.readTemplates(localStorage));
  const [chosen, setChosen] = useState<templates.Template | null>(null);
  const [problem, setProblem] = useState("");
  const all = useMemo(() => [...own, ...templates.builtInTemplates()], [own]);
  const notice = useNotice();

  function pick(template: templates.Template): void {
    if (templates.placesIn(template.text).length === 0) onInsert(template.text);
    else setChosen(template);
  }

  function keep(to: readonly templates.Template[]): boolean {
    const kept = templates.keepTemplates(localStorage, to);
    if (kept) setOwn(to);
    setProblem(kept ? "" : t("This browser has no room for it, or keeps nothing for this page."));
    return kept;
  }

  if (chosen !== null) return <FillIn template={chosen} onInsert={onInsert} onBack={() => setChosen(null)} />;
  return (
    <>
      <ul className="templates" aria-label={t("Templates")}>
        {all.map((template, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two of one's own may have the same name
          <li key={index} className="template">
            <button type="button" className="template-button" onClick={() => pick(template)}>
              <span className="template-name">
                <VisibleText text={template.name} />
              </span>
              <span className="template-text">
                <VisibleText text={template.text.replace(/\s+/g, " ").slice(0, 120)} />
              </span>
            </button>
            {template.own ? (
              <button
                type="button"
                className="remove-button"
                aria-label={t("Delete the template {name}", { name: template.name })}
                onClick={() => keep(own.filter((one) => one !== template)) && notice(t("Deleted."))}
              >
                <CloseIcon />
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <KeepDraft
        draft={draft}
        full={own.length >= templates.MAX_TEMPLATES}
        problem={problem}
        onKeep={(name) => {
          if (keep([{ name, text: draft.trim(), own: true }, ...own])) notice(t("Kept as a template."));
        }}
      />
    </>
  );
}

interface FillInProps {
  template: templates.Template;
  onInsert(text: string): void;
  onBack(): void;
}

function FillIn({ template, onInsert, onBack }: FillInProps) {
  const [values, setValues] = useState<ReadonlyMap<string, string>>(new Map());
  const places = templates.placesIn(template.text);

  function submit(event: FormEvent): void {
    event.preventDefault();
    onInsert(templates.fillIn(template.text, values));
  }

  return (
    <form className="fields" onSubmit={submit}>
      {places.map((place, index) => (
        <label key={place} className="field">
          <span className="field-name">
            <VisibleText text={place} />
          </span>
          <textarea
            rows={index === places.length - 1 ? 3 : 1}
            dir="auto"
            // biome-ignore lint/a11y/noAutofocus: the form replaces the button that opened it
            autoFocus={index === 0}
            value={values.get(place) ?? ""}
            onChange={(event) => setValues(new Map(values).set(place, event.target.value))}
          />
        </label>
      ))}
      <div className="panel-actions">
        <button type="submit" className="main-button">
          {t("Insert")}
        </button>
        <button type="button" className="quiet-button outlined" onClick={onBack}>
          {t("Back")}
        </button>
      </div>
    </form>
  );
}

interface KeepDraftProps {
  draft: string;
  full: boolean;
  problem: string;
  onKeep(name: string): void;
}

function KeepDraft({ draft, full, problem, onKeep }: KeepDraftProps) {
  const [name, setName] = useState("");
  const id = useId();
  const why = whyNot(draft.trim(), full);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (why !== null || name.trim() === "") return;
    onKeep(name.trim());
    setName("");
  }

  return (
    <form className="keep-draft" onSubmit={submit}>
      <label className="field" htmlFor={id}>
        <span className="field-name">{t("Keep the draft as a template named")}</span>
      </label>
      <div className="field-row">
        <input
          id={id}
          type="text"
          dir="auto"
          maxLength={templates.MAX_NAME_CHARS}
          value={name}
          disabled={why !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="quiet-button outlined" disabled={why !== null || name.trim() === ""}>
          {t("Keep")}
        </button>
      </div>
      <p id={`${id}-note`} className={problem === "" ? "panel-note" : "field-problem"} role="status">
        {problem || why || t("Write {{a name}} in it for each place to fill in. It stays in this browser.")}
      </p>
    </form>
  );
}

function whyNot(draft: string, full: boolean): string | null {
  if (full) return t("There are {count} templates: delete one first.", { count: templates.MAX_TEMPLATES });
  if (draft === "") return t("Write the text first, then it can be kept here for another time.");
  if (draft.length <= templates.MAX_TEMPLATE_CHARS) return null;
  return t("The draft is longer than {count} characters, the most a template can have.", {
    count: templates.MAX_TEMPLATE_CHARS,
  });
}
