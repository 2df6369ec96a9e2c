// What each route of agents and projects asks of the service, as in operations.ts. Runs, messages and steps belong to
// whom their thread belongs; what is in a vector store, to whom the store belongs.
import type { agentRows } from "./agent-routes.ts";
import type { Operation } from "./operations.ts";

export type AgentOperationName = Exclude<
  (typeof agentRows)[number]["name"],
  "projects" | "deployments" | "deployment" | "connections" | "connection"
>;

const paging = ["limit", "order", "after", "before"] as const;
const filtered = [...paging, "filter"] as const;
const including = ["include", "include[]"] as const;

const get = {
  kinds: ["projects", "workspace"],
  surface: "agents",
  body: "none",
  answer: "json",
  proof: "object",
} as const satisfies Operation;
const post = { ...get, body: "json" } as const satisfies Operation;
const inside = { ...get, proof: "data" } as const satisfies Operation;
const listed = { ...get, proof: "nothing" } as const satisfies Operation;
const run = { ...post, model: "maybe", ends: "run", produces: "agent_file" } as const satisfies Operation;
// Newer objects may have a name where others have an id.
const named = { ...get, kinds: ["projects"], proof: "named" } as const satisfies Operation;
const names = { ...named, body: "json" } as const satisfies Operation;

export const agentOperations: Readonly<Record<AgentOperationName, Operation>> = {
  agent_create: { ...post, model: "body", creates: "agent" },
  agent_list: { ...listed, lists: "agent", query: paging },
  agent_get: get,
  agent_update: { ...post, model: "maybe", changes: true },
  agent_delete: { ...get, deletes: "agent", changes: true },

  thread_run: { ...run, creates: "thread", createdAs: "thread_id", query: including },
  thread_create: { ...post, creates: "thread" },
  thread_list: { ...listed, lists: "thread", query: paging },
  thread_get: get,
  thread_update: post,
  thread_delete: { ...get, deletes: "thread" },

  message_create: post,
  message_list: { ...inside, query: [...paging, "run_id", "runId"], produces: "agent_file" },
  message_get: { ...get, produces: "agent_file" },
  message_update: post,

  run_create: { ...run, query: including },
  run_list: { ...inside, query: paging },
  run_get: get,
  run_update: post,
  run_cancel: get,
  run_submit: { ...post, ends: "run", produces: "agent_file" },
  step_list: { ...inside, query: [...paging, ...including], produces: "agent_file" },
  step_get: { ...get, query: including, produces: "agent_file" },

  agent_file_create: { ...get, body: "form", creates: "agent_file" },
  agent_file_list: { ...listed, lists: "agent_file", query: [...paging, "purpose"] },
  agent_file_get: get,
  agent_file_delete: { ...get, deletes: "agent_file" },
  agent_file_content: { ...get, answer: "bytes", proof: "nothing" },

  store_create: { ...post, creates: "vector_store" },
  store_list: { ...listed, lists: "vector_store", query: paging },
  store_get: get,
  store_update: post,
  store_delete: { ...get, deletes: "vector_store" },
  entry_create: post,
  entry_list: { ...inside, query: filtered },
  entry_get: get,
  entry_delete: get,
  entries_create: post,
  entries_get: get,
  entries_cancel: get,
  entries_files: { ...inside, query: filtered },

  named_create: { ...names, model: "definition", creates: "agent_name", createdAs: "name", claims: true },
  named_list: { ...named, proof: "nothing", lists: "agent_name", query: paging },
  named_get: named,
  named_update: { ...names, model: "definition" },
  named_delete: { ...named, proof: "nothing", deletes: "agent_name" },
  version_create: { ...names, model: "definition", creates: "agent_name", createdAs: "name", claims: true },
  version_list: { ...named, proof: "data", query: paging },
  version_get: named,
  version_delete: { ...named, proof: "nothing" },

  evaluation_create: { ...post, proof: "named", creates: "evaluation" },
  evaluation_list: { ...listed, lists: "evaluation", query: ["top", "skip", "maxpagesize", "after"] },
  evaluation_get: { ...get, proof: "named" },
  evaluation_update: { ...post, proof: "named", patches: true },
};
