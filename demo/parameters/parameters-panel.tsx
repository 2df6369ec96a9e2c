// How the next answer is asked for. What is valid holds at once; what is not stays in its field with the reason, and
// the last valid value goes on being used.
import type { ChatSettings } from "latchkey/react";
import { type ReactNode, useId, useState } from "react";
import type { ModelOption } from "../composer/capabilities.ts";
import { abilities } from "../composer/model-picker.tsx";
import { t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import { amount } from "../meter/words.ts";
import { type Checked, checkMaxTokens, checkSchema, checkSystemPrompt, checkTemperature } from "./check.ts";

interface ParametersPanelProps {
  settings: ChatSettings;
  onSettings(settings: ChatSettings): void;
  tools: readonly { readonly name: string; readonly description: string }[];
  model: ModelOption | undefined;
}

const EXAMPLE_SCHEMA = `{
  "type": "object",
  "properties": { "answer": { "type": "string" } },
  "required": ["answer"],
  "additionalProperties": false
}`;

export function ParametersPanel({ settings, onSettings, tools, model }: ParametersPanelProps) {
  // Another round of fields: those that were not valid are forgotten, too.
  const [round, setRound] = useState(0);
  const isDefault =
    settings.temperature === null &&
    settings.maxTokens === null &&
    settings.systemPrompt === "" &&
    settings.jsonSchema === "" &&
    settings.tools.length === 0;

  function reset(): void {
    onSettings({
      ...settings,
      systemPrompt: "",
      temperature: null,
      maxTokens: null,
      jsonSchema: "",
      tools: [],
    });
    setRound(round + 1);
  }

  return (
    <div className="fields" key={round}>
      {model === undefined ? null : <ModelLine model={model} />}
      <TextField
        name={t("System prompt")}
        note={t("Said to the model before every question.")}
        value={settings.systemPrompt}
        rows={2}
        check={checkSystemPrompt}
        onValue={(systemPrompt) => onSettings({ ...settings, systemPrompt })}
      />
      <div className="field-pair">
        <TextField
          name={t("Temperature")}
          note={t("0 is the most predictable, 2 the most surprising.")}
          value={settings.temperature === null ? "" : String(settings.temperature)}
          placeholder={t("the model's own")}
          numeric="decimal"
          check={checkTemperature}
          onValue={(temperature) => onSettings({ ...settings, temperature })}
        />
        <TextField
          name={t("Longest answer, in tokens")}
          note={t("A token is about three quarters of a word.")}
          value={settings.maxTokens === null ? "" : String(settings.maxTokens)}
          placeholder={t("the model's own")}
          numeric="numeric"
          check={checkMaxTokens}
          onValue={(maxTokens) => onSettings({ ...settings, maxTokens })}
        />
      </div>
      <TextField
        name={t("JSON schema of the answer")}
        note={t("The answer will be JSON of this form. Empty: free text.")}
        value={settings.jsonSchema}
        placeholder={EXAMPLE_SCHEMA}
        rows={5}
        code
        check={checkSchema}
        onValue={(jsonSchema) => onSettings({ ...settings, jsonSchema })}
      />
      {tools.length === 0 ? null : (
        <fieldset className="field tools-field">
          <legend className="field-name">{t("Functions of this page that the model may call")}</legend>
          {tools.map(({ name, description }) => (
            <label key={name} className="check">
              <input
                type="checkbox"
                checked={settings.tools.includes(name)}
                onChange={(event) =>
                  onSettings({ ...settings, tools: switched(settings.tools, name, event.target.checked) })
                }
              />
              <span>
                <code className="code-span">{name}</code> <span className="field-note">{description}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <div className="panel-actions">
        <button type="button" className="quiet-button outlined" disabled={isDefault} onClick={reset}>
          {t("Reset all")}
        </button>
      </div>
    </div>
  );
}

function switched(names: readonly string[], name: string, on: boolean): readonly string[] {
  const others = names.filter((one) => one !== name);
  return on ? [...others, name] : others;
}

function ModelLine({ model }: { model: ModelOption }) {
  const what = abilities(model);
  return (
    <p className="panel-note">
      <strong>
        <VisibleText text={model.name} />
      </strong>
      {what === "" ? "" : ` · ${model.told ? what : t("by its name: {what}", { what })}`}
      {model.price === null
        ? ""
        : ` · ${t("{input} in, {output} out for a million tokens", {
            input: amount(model.price.input),
            output: amount(model.price.output),
          })}`}
    </p>
  );
}

interface TextFieldProps<T> {
  name: string;
  note: string;
  value: string;
  placeholder?: string;
  /** Several lines. */
  rows?: number;
  numeric?: "decimal" | "numeric";
  code?: boolean;
  check(text: string): Checked<T>;
  onValue(value: T): void;
}

function TextField<T>({
  name,
  note,
  value,
  placeholder,
  rows,
  numeric,
  code,
  check,
  onValue,
}: TextFieldProps<T>) {
  const [text, setText] = useState(value);
  const id = useId();
  const checked = check(text);

  function write(to: string): void {
    setText(to);
    const result = check(to);
    if (result.ok) onValue(result.value);
  }

  const described: ReactNode = checked.ok ? (
    note
  ) : (
    <>
      {checked.problem} {t("Not used until it is right.")}
    </>
  );
  const attributes = {
    id,
    value: text,
    placeholder,
    "aria-invalid": !checked.ok,
    "aria-describedby": `${id}-note`,
    spellCheck: !code && numeric === undefined,
  };
  return (
    <div className="field">
      <label className="field-name" htmlFor={id}>
        {name}
      </label>
      {rows === undefined ? (
        <input
          type="text"
          inputMode={numeric ?? "text"}
          autoComplete="off"
          {...attributes}
          onChange={(event) => write(event.target.value)}
        />
      ) : (
        <textarea
          rows={rows}
          dir={code ? "ltr" : "auto"}
          className={code ? "field-code" : undefined}
          {...attributes}
          onChange={(event) => write(event.target.value)}
        />
      )}
      <p id={`${id}-note`} className={checked.ok ? "field-note" : "field-problem"}>
        {described}
      </p>
    </div>
  );
}
