// Chooses among the worker's models: the platform's own list, which works with every keyboard, phone and reader. Each
// entry says what the model can do; closed, the picker shows the name alone.
import { t } from "../i18n.ts";
import type { Models } from "../use-models.ts";
import type { Capability, ModelOption } from "./capabilities.ts";

/** What sets a model apart, in words; "" where nothing is known. */
export function abilities({ capabilities }: ModelOption): string {
  const words: readonly (readonly [Capability, string])[] = [
    ["images", t("images")],
    ["audio", t("audio")],
    ["reasoning", t("reasoning")],
    ["structured_output", t("JSON schema")],
  ];
  return words
    .filter(([capability]) => capabilities.has(capability))
    .map(([, word]) => word)
    .join(", ");
}

export function ModelPicker({ models }: { models: Models }) {
  const { list, chosen, choose } = models;
  const placeholder = list.state === "loading" ? t("Loading models") : t("No models");
  const offered =
    list.state === "ready" ? list.all.filter(({ capabilities }) => capabilities.has("chat")) : [];
  return (
    <label className="model-picker">
      <span className="visually-hidden">{t("Model")}</span>
      <span className="model-name" aria-hidden="true">
        {chosen === "" ? placeholder : chosen}
      </span>
      <select value={chosen} disabled={offered.length === 0} onChange={(event) => choose(event.target.value)}>
        {offered.length === 0 ? <option value="">{placeholder}</option> : null}
        {offered.map((model) => {
          const what = abilities(model);
          return (
            <option key={model.name} value={model.name}>
              {what === "" ? model.name : `${model.name} (${what})`}
            </option>
          );
        })}
      </select>
    </label>
  );
}
