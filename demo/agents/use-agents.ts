// The agents of this visitor and those that the worker offers to all, and which one is chosen.
import type { Agent } from "latchkey/projects";
import { useCallback, useEffect, useState } from "react";
import { describeFailure, type Failure } from "../failure.ts";
import type { AgentDraft, AgentService } from "./agent-service.ts";

export type AgentList =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly agents: readonly Agent[] }
  | { readonly state: "failed"; readonly failure: Failure };

export interface Agents {
  readonly list: AgentList;
  readonly chosen: Agent | null;
  choose(id: string): void;
  /** Rejects with the client's error. */
  create(draft: AgentDraft): Promise<void>;
  remove(id: string): Promise<void>;
  reload(): void;
}

export function useAgents(service: AgentService): Agents {
  const [list, setList] = useState<AgentList>({ state: "loading" });
  const [choice, setChoice] = useState("");
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks for the list again
  useEffect(() => {
    const abort = new AbortController();
    setList({ state: "loading" });
    service.listAgents(abort.signal).then(
      (agents) => setList({ state: "ready", agents }),
      (error: unknown) => {
        if (!abort.signal.aborted) setList({ state: "failed", failure: describeFailure(error, false) });
      },
    );
    return () => abort.abort();
  }, [service, round]);

  const change = useCallback((change: (agents: readonly Agent[]) => readonly Agent[]) => {
    setList((current) => ({
      state: "ready",
      agents: change(current.state === "ready" ? current.agents : []),
    }));
  }, []);

  const agents = list.state === "ready" ? list.agents : [];
  return {
    list,
    chosen: agents.find(({ id }) => id === choice) ?? agents[0] ?? null,
    choose: setChoice,
    create: useCallback(
      async (draft) => {
        const agent = await service.createAgent(draft);
        change((known) => [agent, ...known]);
        setChoice(agent.id);
      },
      [service, change],
    ),
    remove: useCallback(
      async (id) => {
        await service.deleteAgent(id);
        change((known) => known.filter((agent) => agent.id !== id));
      },
      [service, change],
    ),
    reload: useCallback(() => setRound((current) => current + 1), []),
  };
}

/** An agent without a name is known by its model. */
export function nameOf({ name, model }: Pick<Agent, "name" | "model">): string {
  return name || model;
}
