// Agents (assistants): what a run takes its model, instructions and tools from. Created, listed, changed, deleted; a
// deleted one lives on in its runs.

import { readResources, readResponseFormat, readTools } from "./agent-tools.ts";
import { reading, stepIn } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { isObject, type JsonObject, refuse, refuseDeep } from "./json.ts";
import { elsewhere, list, metadata, number, object, textUpTo } from "./members.ts";
import { pageOf } from "./paging.ts";
import { type Members, parseBody, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep, newId, nowSeconds } from "./state.ts";

/** As it is on the wire, and whose it is. */
export interface Agent {
  readonly id: string;
  readonly scope: string;
  readonly object: AgentObject;
}

export type AgentObject = JsonObject & {
  readonly id: string;
  readonly model: string;
  readonly instructions: string | null;
  readonly tools: readonly JsonObject[];
  readonly tool_resources: JsonObject | null;
};

const MEMBERS: Members = {
  model: textUpTo(256),
  name: textUpTo(256),
  description: textUpTo(512),
  instructions: textUpTo(256_000),
  tools: list,
  tool_resources: object,
  temperature: number(0, 2),
  top_p: number(0, 1),
  response_format: elsewhere,
  metadata,
};

/** Members that the request names; null takes a member back to its default. */
function readChanges(exchange: Exchange, isNew: boolean): JsonObject {
  const { dialect, record } = exchange;
  const given = readMembers(dialect, record.body, MEMBERS);
  refuseDeep(given);
  const { model } = given;
  if (model === "" || (isNew && model === undefined)) {
    refuse("missing-parameter", "model", model, "a deployment's name");
  }
  readTools(given.tools);
  readResponseFormat(given.response_format);
  const changes: JsonObject = { ...given };
  if (given.tool_resources !== undefined)
    changes.tool_resources = readResources(exchange, given.tool_resources);
  for (const [name, value] of Object.entries(parseBody(record.body))) {
    if (value === null && name !== "model") changes[name] = DEFAULTS[name as keyof typeof DEFAULTS];
  }
  return changes;
}

const DEFAULTS = {
  name: null,
  description: null,
  instructions: null,
  tools: [],
  tool_resources: {},
  temperature: 1,
  top_p: 1,
  response_format: "auto",
  metadata: {},
} as const;

export async function createAgent(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  return reading(
    exchange,
    () => readChanges(exchange, true),
    (changes) => {
      const id = newId(exchange, "asst_");
      const created = { id, object: "assistant", created_at: nowSeconds(exchange), ...DEFAULTS, ...changes };
      const agent: Agent = { id, scope: exchange.scope, object: created as unknown as AgentObject };
      return sendJson(exchange, keep(exchange.state.agents, id, agent).object);
    },
  );
}

export async function listAgents(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, url, scope } = exchange;
  const own = [...state.agents.values()]
    .filter((agent) => agent.scope === scope)
    .map(({ object: one }) => one);
  return reading(
    exchange,
    () => pageOf(url, own, { limit: 20, mostItems: 100, order: "desc" }),
    (page) => sendJson(exchange, page),
  );
}

export function getAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, (agent) => sendJson(exchange, agent.object));
}

export function updateAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, (agent) =>
    reading(
      exchange,
      () => readChanges(exchange, false),
      (changes) => {
        const updated: Agent = { ...agent, object: { ...agent.object, ...changes } as AgentObject };
        exchange.state.agents.set(agent.id, updated);
        return sendJson(exchange, updated.object);
      },
    ),
  );
}

export function deleteAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, ({ id }) => {
    exchange.state.agents.delete(id);
    return sendJson(exchange, { id, object: "assistant.deleted", deleted: true });
  });
}

export function findAgent({ state, scope }: Exchange, id: unknown): Agent | undefined {
  const agent = typeof id === "string" ? state.agents.get(id) : undefined;
  return agent?.scope === scope ? agent : undefined;
}

/** Vector stores that an agent's or a thread's resources name. */
export function storesOf(resources: unknown): readonly string[] {
  const search = isObject(resources) && isObject(resources.file_search) ? resources.file_search : {};
  return Array.isArray(search.vector_store_ids) ? (search.vector_store_ids as string[]) : [];
}

async function withAgent(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (agent: Agent) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const agent = findAgent(exchange, id);
  if (agent !== undefined) return then(agent);
  return sendRefusal(exchange, { reason: "not-found", message: `No assistant found with id '${id}'.` });
}
