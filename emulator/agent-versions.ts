// What today's agents are: a name, and versions that never change. Runs of them are responses (responses.ts), which
// find here what an `agent_reference` stands for. The operations on them are in project-agents.ts.

import type { Exchange } from "./exchange.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { bool, list, metadata, object, oneOf, text } from "./members.ts";
import { readMembers } from "./read-members.ts";
import { keep, nowSeconds } from "./state.ts";

export interface AgentVersion {
  readonly model: string;
  readonly instructions: string | undefined;
  readonly tools: readonly unknown[];
}

export interface StoredVersion {
  /** Of the page that it is listed on. */
  readonly id: string;
  readonly version: string;
  readonly createdAt: number;
  readonly members: JsonObject;
  readonly definition: JsonObject;
}

export interface ProjectAgent {
  readonly id: string;
  readonly scope: string;
  isEnabled: boolean;
  /** Endpoint and card, which are the agent's and not a version's. */
  members: JsonObject;
  /** Counts on when versions are deleted. */
  last: number;
  readonly versions: StoredVersion[];
}

/** Without a version the latest. Throws Refused where the agent is there and can't be run. */
export function findAgentVersion(
  exchange: Exchange,
  name: string,
  version?: string,
): AgentVersion | undefined {
  const agent = findAgent(exchange, name);
  if (agent === undefined) return undefined;
  const found =
    version === undefined ? latestOf(agent) : agent.versions.find((each) => each.version === version);
  if (found === undefined) return undefined;
  if (!agent.isEnabled) {
    throw new Refused({
      reason: "conflict",
      message: `Agent '${name}' is disabled.`,
      code: "agent_disabled",
    });
  }
  const { kind, model, instructions, tools } = found.definition;
  if (kind !== "prompt") {
    throw new Refused({
      reason: "unsupported-parameter",
      param: "agent_reference",
      message: `The emulator runs agents of kind 'prompt' only, not '${String(kind)}'.`,
    });
  }
  return {
    model: String(model),
    instructions: typeof instructions === "string" ? instructions : undefined,
    tools: Array.isArray(tools) ? tools : [],
  };
}

export function keyOf(scope: string, name: string): string {
  return JSON.stringify([scope, name]);
}

export function findAgent({ state, scope }: Exchange, name: string): ProjectAgent | undefined {
  return state.projectAgents.get(keyOf(scope, name));
}

/** A draft becomes the latest only where there is nothing else. */
export function latestOf({ versions }: ProjectAgent): StoredVersion | undefined {
  return versions.findLast(({ members }) => members.draft !== true) ?? versions.at(-1);
}

export function versionObject(
  name: string,
  { id, version, createdAt, members, definition }: StoredVersion,
): JsonObject {
  return {
    object: "agent.version",
    id,
    name,
    version,
    created_at: createdAt,
    metadata: {},
    description: "",
    ...members,
    definition,
    status: "active",
  };
}

export function agentObject(agent: ProjectAgent): JsonObject {
  const { id, isEnabled, members } = agent;
  const latest = latestOf(agent);
  return {
    object: "agent",
    id,
    name: id,
    state: isEnabled ? "enabled" : "disabled",
    ...members,
    versions: { latest: latest === undefined ? undefined : versionObject(id, latest) },
  };
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const VERSION = {
  definition: object,
  description: text,
  metadata,
  draft: bool,
  blueprint_reference: object,
  digital_worker_type: text,
};
export const KINDS = ["prompt", "hosted", "workflow", "external", "voice"];

export interface NewVersion {
  readonly name: string;
  readonly definition: JsonObject;
  readonly members: JsonObject;
}

export function readVersion(exchange: Exchange, pathName: string | undefined): NewVersion {
  const known = pathName === undefined ? { ...VERSION, name: text } : VERSION;
  const {
    definition,
    name = pathName,
    ...members
  } = readMembers(exchange.dialect, exchange.record.body, known);
  if (name === undefined) refuse("missing-parameter", "name", undefined, "a name");
  if (!NAME.test(name as string))
    refuse("invalid-value", "name", name, "letters, digits and '-', at most 63");
  if (!isObject(definition)) refuse("missing-parameter", "definition", definition, "an object");
  if (definition.kind === undefined) refuse("missing-parameter", "definition.kind", undefined, "a kind");
  oneOf(...KINDS)(definition.kind, "definition.kind");
  if (definition.kind === "prompt") {
    if (definition.model === undefined) refuse("missing-parameter", "definition.model", undefined, "a model");
    text(definition.model, "definition.model");
    if (definition.instructions !== undefined && definition.instructions !== null) {
      text(definition.instructions, "definition.instructions");
    }
    if (definition.tools !== undefined && definition.tools !== null)
      list(definition.tools, "definition.tools");
  }
  return { name: name as string, definition, members };
}

export function addVersion(
  exchange: Exchange,
  { name, definition, members }: NewVersion,
): [ProjectAgent, StoredVersion] {
  const { state, scope } = exchange;
  const agent: ProjectAgent = findAgent(exchange, name) ?? {
    id: name,
    scope,
    isEnabled: true,
    members: {},
    last: 0,
    versions: [],
  };
  const version = String(++agent.last);
  const stored = { id: `${name}:${version}`, version, createdAt: nowSeconds(exchange), members, definition };
  agent.versions.push(stored);
  keep(state.projectAgents, keyOf(scope, name), agent);
  return [agent, stored];
}
