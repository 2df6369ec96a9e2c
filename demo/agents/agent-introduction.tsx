// What the room shows before the first message: who the agent is, what it can do, and where to begin.

import type { Agent } from "latchkey/projects";
import { useState } from "react";
import { useNotice } from "../announcer.tsx";
import { describeFailure } from "../failure.ts";
import { phrase, t } from "../i18n.ts";
import { VisibleText } from "../markdown/visible-text.tsx";
import { nameOf } from "./use-agents.ts";

interface AgentIntroductionProps {
  agent: Agent | null;
  ready: boolean;
  onPick(text: string): void;
  onMake(): void;
  onRemove(id: string): Promise<void>;
}

/** What one may begin with, by what the agent has. */
const BEGINNINGS: readonly { readonly tool: string; readonly text: string }[] = [
  { tool: "get_local_time", text: phrase("What time is it here?") },
  { tool: "roll_dice", text: phrase("Roll a die with 20 sides") },
  { tool: "", text: phrase("Say in three sentences what you can do") },
];

export function AgentIntroduction({ agent, ready, onPick, onMake, onRemove }: AgentIntroductionProps) {
  const [trouble, setTrouble] = useState("");
  /** The agent that is about to be deleted: the second press does it. */
  const [doomed, setDoomed] = useState("");
  const notice = useNotice();
  if (agent === null) return <p className="thinking">{t("Loading agents")}</p>;
  const tools = agent.tools.map((tool) => (tool.type === "function" ? tool.function.name : tool.type));
  const beginnings = BEGINNINGS.filter(({ tool }) => tool === "" || tools.includes(tool));

  async function remove({ id }: Agent): Promise<void> {
    setTrouble("");
    try {
      await onRemove(id);
      notice(t("Agent deleted."));
    } catch (error) {
      setTrouble(describeFailure(error, false).title);
    }
  }

  return (
    <section className="empty" aria-labelledby="agent-title">
      <h2 id="agent-title" className="empty-title">
        <VisibleText text={nameOf(agent)} />
      </h2>
      {agent.instructions ? (
        <p className="empty-lead agent-instructions" dir="auto">
          {agent.instructions}
        </p>
      ) : null}
      <p className="agent-facts">
        {[agent.model, ...tools.map((tool) => tool.replaceAll("_", " "))].join(" · ")}
      </p>
      <ul className="examples">
        {beginnings.map(({ text }) => (
          <li key={text}>
            <button type="button" className="example" disabled={!ready} onClick={() => onPick(t(text))}>
              {t(text)}
            </button>
          </li>
        ))}
      </ul>
      {trouble === "" ? null : <p role="alert">{trouble}</p>}
      <div className="form-actions">
        <button type="button" className="quiet-button outlined" onClick={onMake}>
          {t("New agent")}
        </button>
        <button
          type="button"
          className="quiet-button"
          onBlur={() => setDoomed("")}
          onClick={() => (doomed === agent.id ? remove(agent) : setDoomed(agent.id))}
        >
          {doomed === agent.id ? t("Delete it for good") : t("Delete this agent")}
        </button>
      </div>
    </section>
  );
}
