// Chooses among the agents: the platform's own list, as the models' picker.
import { t } from "../i18n.ts";
import { type Agents, nameOf } from "./use-agents.ts";

export function AgentPicker({ agents }: { agents: Agents }) {
  const { list, chosen, choose } = agents;
  const known = list.state === "ready" ? list.agents : [];
  const placeholder = list.state === "loading" ? t("Loading agents") : t("No agents");
  return (
    <label className="model-picker">
      <span className="visually-hidden">{t("Agent")}</span>
      <select
        value={chosen?.id ?? ""}
        disabled={known.length === 0}
        onChange={(event) => choose(event.target.value)}
      >
        {known.length === 0 ? <option value="">{placeholder}</option> : null}
        {known.map((agent) => (
          <option key={agent.id} value={agent.id}>
            {nameOf(agent)}
          </option>
        ))}
      </select>
    </label>
  );
}
