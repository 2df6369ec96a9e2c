/** `/assistants`: the agents of a project. */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { readWith } from "../http/response.ts";
import type { Sent } from "../http/send.ts";
import type {
  Agent,
  AgentCreateParams,
  AgentListParams,
  AgentUpdateParams,
  Deletion,
} from "./agent-types.ts";
import { checkResources } from "./hosted-tools.ts";
import { checkToolSet, type KnownTools, knownTools } from "./known-tools.ts";
import type { ToolSet } from "./tool-set.ts";
import type { ToolResources } from "./tool-types.ts";

export interface AgentOptions extends RequestOptions {
  /**
   * The tools of the agent: definitions and resources are sent, unless the body has its own, and the set is remembered, so
   * that runs of this agent by this client call its functions.
   */
  toolSet?: ToolSet | undefined;
}

export interface AgentOperations {
  /**
   * Makes an agent.
   *
   * @throws {TypeError} when `tool_resources` has something for a tool that isn't among `tools`.
   *
   * @example
   * ```ts
   * import { AgentsClient } from "latchkey/projects";
   *
   * const agents = new AgentsClient("https://example.services.ai.azure.com/api/projects/p", async () => "a token");
   * const { id } = await agents.createAgent({ model: "gpt-4.1", name: "helper", instructions: "Be brief." });
   * console.log(id);
   * ```
   */
  createAgent(body: AgentCreateParams, options?: AgentOptions): ApiPromise<Agent>;
  /** Lists agents, newest first: `for await` gives each one, `await` the first page. */
  listAgents(query?: AgentListParams | null, options?: RequestOptions): PagePromise<Agent>;
  getAgent(agentId: string, options?: RequestOptions): ApiPromise<Agent>;
  /** Changes what the body names; the rest of the agent stays. Throws what {@link createAgent} throws. */
  updateAgent(agentId: string, body: AgentUpdateParams, options?: AgentOptions): ApiPromise<Agent>;
  /** Deletes an agent, and forgets its tool set. */
  deleteAgent(agentId: string, options?: RequestOptions): ApiPromise<Deletion>;
  /** Lets the functions of a tool set be called in every run whose agent has no set of its own; `undefined` ends it. */
  enableAutoFunctionCalls(toolSet: ToolSet | undefined): void;
}

/** The operations of agents alone, for {@link connectAgents}. With the same `known` as those of runs, tool sets are remembered. */
export const agentOperations = (call: Call, known: KnownTools = knownTools()): AgentOperations => ({
  createAgent: (body, { toolSet, ...options } = {}) =>
    call("POST", "/assistants", options, { body: equipped(body, toolSet), read: reader(known, toolSet) }),
  listAgents: (query, options) => list(call, "/assistants", query, options),
  getAgent: (id, options) => call("GET", path`/assistants/${id}`, options),
  updateAgent: (id, body, { toolSet, ...options } = {}) =>
    call("POST", path`/assistants/${id}`, options, {
      body: equipped(body, toolSet, Boolean(body.tools)),
      read: reader(known, toolSet),
    }),
  deleteAgent: (id, options) =>
    call("DELETE", path`/assistants/${id}`, options, {
      async read(sent) {
        const deletion = await readWith<Deletion>("id")(sent);
        known.forget(id);
        return deletion;
      },
    }),
  enableAutoFunctionCalls: (toolSet) => known.forEvery(toolSet),
});

function reader(known: KnownTools, toolSet: ToolSet | undefined) {
  return async (sent: Sent): Promise<Agent> => {
    const agent = await readWith<Agent>("id")(sent);
    known.remember(agent.id, toolSet);
    return agent;
  };
}

/** @param check whether the body's tools are all the agent has; a change of the resources alone says nothing of its tools. */
function equipped<B extends AgentUpdateParams>(body: B, toolSet: ToolSet | undefined, check = true): B {
  checkToolSet(toolSet);
  const tools = body.tools ?? toolSet?.definitions;
  const tool_resources = body.tool_resources === undefined ? filled(toolSet?.resources) : body.tool_resources;
  if (check) checkResources(tools, tool_resources);
  return { ...body, ...(tools && { tools }), ...(tool_resources !== undefined && { tool_resources }) };
}

function filled(resources: ToolResources | undefined): ToolResources | undefined {
  return resources && Object.keys(resources).length > 0 ? resources : undefined;
}
