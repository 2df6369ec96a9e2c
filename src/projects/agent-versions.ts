/**
 * `/agents` of today: agents with a name, in versions, which answer through Responses and conversations
 * (`getOpenAIClient()`, where a request names its agent). Contract: azure-ai-projects 2.x, api-version v1.
 */
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { type CursorPageParams, list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";

/** What an agent is. Kinds beside `prompt` want a header, as `foundry-features: WorkflowAgents=V1Preview`. */
export type AgentDefinition = { rai_config?: { rai_policy_name: string } } & (
  | {
      kind: "prompt";
      model: string;
      instructions?: string;
      temperature?: number;
      top_p?: number;
      reasoning?: Record<string, unknown>;
      tools?: ({ type: string } & Record<string, unknown>)[];
      tool_choice?: string | Record<string, unknown>;
      text?: { format?: Record<string, unknown> };
      structured_inputs?: Record<string, unknown>;
    }
  | ({ kind: "hosted" | "workflow" | "external" | "voice" } & Record<string, unknown>)
);

export interface AgentVersionParams {
  definition: AgentDefinition;
  description?: string;
  metadata?: Record<string, string>;
}

export interface AgentVersionCreateParams extends AgentVersionParams {
  draft?: boolean;
}

export interface NamedAgentCreateParams extends AgentVersionCreateParams {
  name: string;
}

export interface AgentVersion {
  object: "agent.version";
  id: string;
  name: string;
  version: string;
  description?: string;
  metadata?: Record<string, string> | null;
  /** Seconds since 1970. */
  created_at: number;
  definition: AgentDefinition;
  draft?: boolean;
  status?: "creating" | "active" | "failed" | "deleting" | "deleted" | (string & {});
}

export interface NamedAgent {
  object: "agent";
  id: string;
  name: string;
  state?: "enabled" | "disabled";
  versions: { latest: AgentVersion };
}

export interface NamedAgentListParams extends CursorPageParams {
  kind?: AgentDefinition["kind"];
  order?: "asc" | "desc";
  before?: string;
}

export interface AgentVersionListParams extends Omit<NamedAgentListParams, "kind"> {
  include_drafts?: boolean;
}

export interface AgentDeleteParams {
  /** Deletes it even while it works. Default: the service refuses that. */
  force?: boolean;
}

export interface NamedAgentDeleted {
  object: "agent.deleted";
  name: string;
  deleted: boolean;
}

export interface AgentVersionDeleted {
  object: "agent.version.deleted";
  name: string;
  version: string;
  deleted: boolean;
}

export interface AgentVersions {
  /**
   * Makes an agent with its first version. How it's asked: see `getOpenAIClient` of {@link Inference}.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const agent = await client.agentVersions.create({
   *   name: "poet",
   *   definition: { kind: "prompt", model: "gpt-5-mini", instructions: "Answer in rhymes." },
   * });
   * console.log(agent.versions.latest.version);
   * ```
   */
  create(body: NamedAgentCreateParams, options?: RequestOptions): ApiPromise<NamedAgent>;
  /** Makes a new version if the definition is another one than the latest. */
  update(agentName: string, body: AgentVersionParams, options?: RequestOptions): ApiPromise<NamedAgent>;
  get(agentName: string, options?: RequestOptions): ApiPromise<NamedAgent>;
  /** Lists agents: `for await` gives each one, `await` the first page. */
  list(query?: NamedAgentListParams | null, options?: RequestOptions): PagePromise<NamedAgent>;
  /** Deletes an agent with all its versions. */
  delete(
    agentName: string,
    query?: AgentDeleteParams | null,
    options?: RequestOptions,
  ): ApiPromise<NamedAgentDeleted>;
  /** Makes the next version of an agent, and the agent if there is none. */
  createVersion(
    agentName: string,
    body: AgentVersionCreateParams,
    options?: RequestOptions,
  ): ApiPromise<AgentVersion>;
  getVersion(agentName: string, version: string, options?: RequestOptions): ApiPromise<AgentVersion>;
  /** Lists versions: `for await` gives each one, `await` the first page. */
  listVersions(
    agentName: string,
    query?: AgentVersionListParams | null,
    options?: RequestOptions,
  ): PagePromise<AgentVersion>;
  deleteVersion(
    agentName: string,
    version: string,
    query?: AgentDeleteParams | null,
    options?: RequestOptions,
  ): ApiPromise<AgentVersionDeleted>;
}

/** Without it an answer isn't one; what is said about a deletion has none. */
const needs = "id";

export const agentVersions = (call: Call): AgentVersions => ({
  create: (body, options) => call("POST", "/agents", options, { body, needs }),
  update: (name, body, options) => call("POST", path`/agents/${name}`, options, { body, needs }),
  get: (name, options) => call("GET", path`/agents/${name}`, options, { needs }),
  list: (query, options) => list(call, "/agents", query, options),
  delete: (name, query, options) => call("DELETE", path`/agents/${name}`, options, { query }),
  createVersion: (name, body, options) =>
    call("POST", path`/agents/${name}/versions`, options, { body, needs }),
  getVersion: (name, version, options) =>
    call("GET", path`/agents/${name}/versions/${version}`, options, { needs }),
  listVersions: (name, query, options) => list(call, path`/agents/${name}/versions`, query, options),
  deleteVersion: (name, version, query, options) =>
    call("DELETE", path`/agents/${name}/versions/${version}`, options, { query }),
});
