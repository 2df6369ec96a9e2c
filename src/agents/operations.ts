/** The operations of the agents service under one roof, by the flat names that its documents give them. */
import type { Call } from "../http/caller.ts";
import { type AgentOperations, agentOperations } from "./agent-operations.ts";
import { type FileOperations, fileOperations } from "./file-operations.ts";
import { knownTools } from "./known-tools.ts";
import { type RunOperations, runOperations } from "./run-operations.ts";
import { type ThreadOperations, threadOperations } from "./threads.ts";
import { type VectorStoreOperations, vectorStoreOperations } from "./vector-stores.ts";

/** Agents, their threads, runs, files and vector stores. Bodies and answers have the wire's names. */
export interface Agents
  extends AgentOperations,
    ThreadOperations,
    RunOperations,
    FileOperations,
    VectorStoreOperations {}

/** Makes the operations, for any way to call the service: which base, which api-version, which credential. */
export function agents(given: Call): Agents {
  const known = knownTools();
  const call = identified(given);
  return {
    ...agentOperations(call, known),
    ...threadOperations(call),
    ...runOperations(call, known),
    ...fileOperations(call),
    ...vectorStoreOperations(call),
  };
}

/** What this service answers has an id; an object without one is somebody else's. */
function identified(call: Call): Call {
  const needing: Call = (method, path, options, operands) =>
    call(method, path, options, { needs: "id", ...operands });
  return Object.assign(needing, { trace: call.trace, live: call.live });
}
