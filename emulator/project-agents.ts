// Operations on today's agents and their versions.

import {
  addVersion,
  agentObject,
  findAgent,
  KINDS,
  keyOf,
  latestOf,
  type NewVersion,
  type ProjectAgent,
  readVersion,
  type StoredVersion,
  versionObject,
} from "./agent-versions.ts";
import { reading, stepIn } from "./enter.ts";
import { type Exchange, headersOf, respond, refuse as sendRefusal } from "./exchange.ts";
import { object, oneOf } from "./members.ts";
import { mergePatch } from "./merge-patch.ts";
import { pageOf } from "./paging.ts";
import { readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";

function versioned(
  exchange: Exchange,
  name: string | undefined,
  then: (read: NewVersion) => Response,
): Promise<Response> {
  return reading(
    exchange,
    () => readVersion(exchange, name),
    async (read) => (await stepIn(exchange)) ?? then(read),
  );
}

export function createProjectAgent(exchange: Exchange): Promise<Response> {
  return versioned(exchange, undefined, (read) => {
    if (findAgent(exchange, read.name) !== undefined) {
      const message = `Agent '${read.name}' already exists.`;
      return sendRefusal(exchange, { reason: "conflict", message });
    }
    return sendJson(exchange, agentObject(addVersion(exchange, read)[0]));
  });
}

/** A new version; or, by a verb behind the name, the switch that lets the agent be called. */
export function updateProjectAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  const [, name = "", verb] = /^(.*):(enable|disable)$/.exec(values.id ?? "") ?? [];
  if (verb !== undefined) {
    return withAgent(exchange, { id: name }, (agent) => {
      agent.isEnabled = verb === "enable";
      return respond(exchange, 204, headersOf(exchange), null);
    });
  }
  return withAgent(exchange, values, ({ id }) =>
    versioned(exchange, id, (read) => sendJson(exchange, agentObject(addVersion(exchange, read)[0]))),
  );
}

export function patchProjectAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, (agent) =>
    reading(
      exchange,
      () =>
        readMembers(exchange.dialect, exchange.record.body, { agent_endpoint: object, agent_card: object }),
      (patch) => {
        agent.members = mergePatch(agent.members, { ...patch });
        return sendJson(exchange, agentObject(agent));
      },
    ),
  );
}

export function getProjectAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, (agent) => sendJson(exchange, agentObject(agent)));
}

export function deleteProjectAgent(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, ({ scope, id }) => {
    exchange.state.projectAgents.delete(keyOf(scope, id));
    return sendJson(exchange, { object: "agent.deleted", name: id, deleted: true });
  });
}

const RULES = { limit: 20, mostItems: 100, order: "desc" } as const;

export async function listProjectAgents(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, scope, url } = exchange;
  return reading(
    exchange,
    () => {
      const kind = url.searchParams.get("kind");
      if (kind !== null) oneOf(...KINDS)(kind, "kind");
      const agents = [...state.projectAgents.values()]
        .filter((agent) => agent.scope === scope)
        .filter((agent) => kind === null || latestOf(agent)?.definition.kind === kind);
      return pageOf(url, agents, RULES);
    },
    (page) => sendJson(exchange, { ...page, data: page.data.map(agentObject) }),
  );
}

export function createAgentVersion(exchange: Exchange, { id }: RouteValues): Promise<Response> {
  return versioned(exchange, id ?? "", (read) => {
    const [agent, version] = addVersion(exchange, read);
    return sendJson(exchange, versionObject(agent.id, version));
  });
}

export function listAgentVersions(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withAgent(exchange, values, ({ id, versions }) =>
    reading(
      exchange,
      () => {
        const withDrafts = exchange.url.searchParams.get("include_drafts") === "true";
        const shown = versions.filter(({ members }) => withDrafts || members.draft !== true);
        return pageOf(exchange.url, shown, RULES);
      },
      (page) => sendJson(exchange, { ...page, data: page.data.map((each) => versionObject(id, each)) }),
    ),
  );
}

export function getAgentVersion(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withVersion(exchange, values, ({ id }, version) => sendJson(exchange, versionObject(id, version)));
}

/** The agent goes with its last version. */
export function deleteAgentVersion(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withVersion(exchange, values, (agent, stored) => {
    const { id, scope, versions } = agent;
    versions.splice(versions.indexOf(stored), 1);
    if (versions.length === 0) exchange.state.projectAgents.delete(keyOf(scope, id));
    const { version } = stored;
    return sendJson(exchange, { object: "agent.version.deleted", name: id, version, deleted: true });
  });
}

function withVersion(
  exchange: Exchange,
  values: RouteValues,
  then: (agent: ProjectAgent, version: StoredVersion) => Response,
): Promise<Response> {
  return withAgent(exchange, values, (agent) => {
    const version = agent.versions.find((each) => each.version === values.version);
    if (version !== undefined) return then(agent, version);
    const message = `Version '${values.version}' of agent '${agent.id}' not found.`;
    return sendRefusal(exchange, { reason: "not-found", message });
  });
}

async function withAgent(
  exchange: Exchange,
  { id = "" }: RouteValues,
  then: (agent: ProjectAgent) => Response | Promise<Response>,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const agent = findAgent(exchange, id);
  if (agent !== undefined) return then(agent);
  return sendRefusal(exchange, { reason: "not-found", message: `Agent '${id}' not found.` });
}
