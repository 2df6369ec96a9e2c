/** Which tool set belongs to which agent, as far as this client knows. */
import type { ToolSet } from "./tool-set.ts";

/** Remembers tool sets; nothing of it is sent. */
export interface KnownTools {
  /** Of the agent itself, else the one for every agent. */
  of(agentId: string): ToolSet | undefined;
  remember(agentId: string, toolSet: ToolSet | undefined): void;
  forget(agentId: string): void;
  forEvery(toolSet: ToolSet | undefined): void;
}

/** Makes an empty memory of tool sets, to be shared by the operations that are to know them. */
export function knownTools(): KnownTools {
  const sets = new Map<string, ToolSet>();
  let every: ToolSet | undefined;
  return {
    of: (agentId) => sets.get(agentId) ?? every,
    remember(agentId, toolSet) {
      if (toolSet) sets.set(agentId, toolSet);
    },
    forget(agentId) {
      sets.delete(agentId);
    },
    forEvery(toolSet) {
      checkToolSet(toolSet);
      every = toolSet;
    },
  };
}

/** @throws {TypeError} for what is no tool set, as a list of tools. */
export function checkToolSet(toolSet: ToolSet | undefined): void {
  if (toolSet !== undefined && typeof toolSet?.execute !== "function")
    throw new TypeError("toolSet must be a ToolSet.");
}
