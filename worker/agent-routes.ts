// The rows of agents and projects for the one route table. Of connections there is no row that gives credentials.
// `/threads/runs` stands before `/threads/{thread}`: the first row that fits decides. Pure data.

const agents = ["project", "workspace"] as const;
const project = ["project"] as const;
const evaluations = ["project", "evaluations"] as const;

export const agentRows = [
  { name: "projects", method: "GET", path: "/api/projects", places: ["root"] },

  { name: "agent_create", method: "POST", path: "/assistants", places: agents },
  { name: "agent_list", method: "GET", path: "/assistants", places: agents },
  { name: "agent_get", method: "GET", path: "/assistants/{agent}", places: agents },
  { name: "agent_update", method: "POST", path: "/assistants/{agent}", places: agents },
  { name: "agent_delete", method: "DELETE", path: "/assistants/{agent}", places: agents },

  { name: "thread_run", method: "POST", path: "/threads/runs", places: agents },
  { name: "thread_create", method: "POST", path: "/threads", places: agents },
  { name: "thread_list", method: "GET", path: "/threads", places: agents },
  { name: "thread_get", method: "GET", path: "/threads/{thread}", places: agents },
  { name: "thread_update", method: "POST", path: "/threads/{thread}", places: agents },
  { name: "thread_delete", method: "DELETE", path: "/threads/{thread}", places: agents },

  { name: "message_create", method: "POST", path: "/threads/{thread}/messages", places: agents },
  { name: "message_list", method: "GET", path: "/threads/{thread}/messages", places: agents },
  { name: "message_get", method: "GET", path: "/threads/{thread}/messages/{message}", places: agents },
  { name: "message_update", method: "POST", path: "/threads/{thread}/messages/{message}", places: agents },

  { name: "run_create", method: "POST", path: "/threads/{thread}/runs", places: agents },
  { name: "run_list", method: "GET", path: "/threads/{thread}/runs", places: agents },
  { name: "run_get", method: "GET", path: "/threads/{thread}/runs/{run}", places: agents },
  { name: "run_update", method: "POST", path: "/threads/{thread}/runs/{run}", places: agents },
  { name: "run_cancel", method: "POST", path: "/threads/{thread}/runs/{run}/cancel", places: agents },
  {
    name: "run_submit",
    method: "POST",
    path: "/threads/{thread}/runs/{run}/submit_tool_outputs",
    places: agents,
  },
  { name: "step_list", method: "GET", path: "/threads/{thread}/runs/{run}/steps", places: agents },
  { name: "step_get", method: "GET", path: "/threads/{thread}/runs/{run}/steps/{step}", places: agents },

  { name: "agent_file_create", method: "POST", path: "/files", places: agents },
  { name: "agent_file_list", method: "GET", path: "/files", places: agents },
  { name: "agent_file_get", method: "GET", path: "/files/{agent_file}", places: agents },
  { name: "agent_file_delete", method: "DELETE", path: "/files/{agent_file}", places: agents },
  { name: "agent_file_content", method: "GET", path: "/files/{agent_file}/content", places: agents },

  { name: "store_create", method: "POST", path: "/vector_stores", places: agents },
  { name: "store_list", method: "GET", path: "/vector_stores", places: agents },
  { name: "store_get", method: "GET", path: "/vector_stores/{vector_store}", places: agents },
  { name: "store_update", method: "POST", path: "/vector_stores/{vector_store}", places: agents },
  { name: "store_delete", method: "DELETE", path: "/vector_stores/{vector_store}", places: agents },
  { name: "entry_create", method: "POST", path: "/vector_stores/{vector_store}/files", places: agents },
  { name: "entry_list", method: "GET", path: "/vector_stores/{vector_store}/files", places: agents },
  { name: "entry_get", method: "GET", path: "/vector_stores/{vector_store}/files/{entry}", places: agents },
  {
    name: "entry_delete",
    method: "DELETE",
    path: "/vector_stores/{vector_store}/files/{entry}",
    places: agents,
  },
  {
    name: "entries_create",
    method: "POST",
    path: "/vector_stores/{vector_store}/file_batches",
    places: agents,
  },
  {
    name: "entries_get",
    method: "GET",
    path: "/vector_stores/{vector_store}/file_batches/{entries}",
    places: agents,
  },
  {
    name: "entries_cancel",
    method: "POST",
    path: "/vector_stores/{vector_store}/file_batches/{entries}/cancel",
    places: agents,
  },
  {
    name: "entries_files",
    method: "GET",
    path: "/vector_stores/{vector_store}/file_batches/{entries}/files",
    places: agents,
  },

  // Today's agents have names and versions; they run by the Responses API.
  { name: "named_create", method: "POST", path: "/agents", places: project },
  { name: "named_list", method: "GET", path: "/agents", places: project },
  { name: "named_get", method: "GET", path: "/agents/{agent_name}", places: project },
  { name: "named_update", method: "POST", path: "/agents/{agent_name}", places: project },
  { name: "named_delete", method: "DELETE", path: "/agents/{agent_name}", places: project },
  { name: "version_create", method: "POST", path: "/agents/{agent_name}/versions", places: project },
  { name: "version_list", method: "GET", path: "/agents/{agent_name}/versions", places: project },
  { name: "version_get", method: "GET", path: "/agents/{agent_name}/versions/{version}", places: project },
  {
    name: "version_delete",
    method: "DELETE",
    path: "/agents/{agent_name}/versions/{version}",
    places: project,
  },

  { name: "evaluation_create", method: "POST", path: "/evaluations/runs:run", places: evaluations },
  { name: "evaluation_list", method: "GET", path: "/evaluations/runs", places: evaluations },
  { name: "evaluation_get", method: "GET", path: "/evaluations/runs/{evaluation}", places: evaluations },
  { name: "evaluation_update", method: "PATCH", path: "/evaluations/runs/{evaluation}", places: evaluations },

  { name: "deployments", method: "GET", path: "/deployments", places: project },
  { name: "deployment", method: "GET", path: "/deployments/{deployment}", places: project },
  { name: "connections", method: "GET", path: "/connections", places: project },
  { name: "connection", method: "GET", path: "/connections/{connection}", places: project },
] as const;
