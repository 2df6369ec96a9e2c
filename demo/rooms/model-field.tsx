// Which model does a room's work: those of the worker that can, or why there is none to choose.
import { useState } from "react";
import { type Capability, modelsWith } from "../composer/capabilities.ts";
import { t } from "../i18n.ts";
import type { Models } from "../use-models.ts";

export interface ChosenModel {
  readonly offered: readonly string[];
  /** "" while there is none. */
  readonly chosen: string;
  choose(name: string): void;
}

export function useModelFor({ list }: Models, capability: Capability): ChosenModel {
  const [asked, choose] = useState("");
  const offered = list.state === "ready" ? modelsWith(list.all, capability) : [];
  return { offered, chosen: offered.includes(asked) ? asked : (offered[0] ?? ""), choose };
}

interface ModelFieldProps {
  model: ChosenModel;
  state: Models["list"]["state"];
}

export function ModelField({ model: { offered, chosen, choose }, state }: ModelFieldProps) {
  return (
    <label className="field">
      <span>{t("Model")}</span>
      <select value={chosen} disabled={offered.length === 0} onChange={(event) => choose(event.target.value)}>
        {offered.length === 0 ? <option value="">{whyNone(state)}</option> : null}
        {offered.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function whyNone(state: Models["list"]["state"]): string {
  if (state === "loading") return t("Loading");
  return state === "failed" ? t("The worker gave no list of models") : t("The worker offers no such model");
}
