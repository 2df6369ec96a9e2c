// What a request to a project may use beside the caller's own objects: the operator's agents and vector stores that the
// configuration names, and its connections, which callers know by names. Pure.
import type { Caller } from "./authenticate.ts";
import { authorize } from "./authorize.ts";
import type { Config, Upstream } from "./config.ts";
import { isProject } from "./config-schema.ts";
import type { Operation } from "./operations.ts";
import type { OwnedObject, Reference } from "./ownership.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** The project whose address was called; a name that is none is as unknown as any other. */
export function projectOf(config: Config, name: string | undefined): Upstream | Refusal | undefined {
  if (name === undefined) return undefined;
  const upstream = config.upstreams.get(name);
  return upstream !== undefined && isProject(upstream.kind) ? upstream : refuse("project_unknown");
}

/** What the caller doesn't own but may use: an agent of the operator's, or a vector store of its in a body. */
export function lent(
  { kind, id }: Reference,
  inPath: boolean,
  operation: Operation,
  { caller, config, project }: { caller: Caller; config: Config; project: Upstream },
): OwnedObject | Refusal | undefined {
  const object = { kind, id, upstream: project.name };
  if (kind === "vector_store" && !inPath && config.vectorStores.has(id)) return object;
  if (kind !== "agent" || !project.agents.has(id) || !(caller.agents?.has(id) ?? true)) return undefined;
  return inPath && operation.changes ? refuse("agent_fixed") : object;
}

type Members = Readonly<Record<string, unknown>>;

const CONNECTION = new Set(["connection_id", "index_connection_id"]);
/** What a caller's own schema or words are: names in there mean nothing. */
const FREE = new Set(["metadata", "parameters", "spec", "schema"]);

/** The body with the service's ids of its connections, and with deployments where evaluators name models. */
export function inProjectsWords(
  members: Members,
  project: Upstream,
  caller: Caller,
  config: Config,
): { ok: true; members: Members } | Refusal {
  let refusal: Refusal | undefined;
  const connectionId = (given: string): string => {
    const id =
      project.connections.get(given) ?? [...project.connections.values()].find((one) => one === given);
    if (id === undefined) refusal ??= refuse("connection_unknown");
    return id ?? "";
  };
  const deployment = (given: string): string => {
    const authorized = authorize(caller, given, config, project);
    if (authorized.ok) return authorized.model.deployment;
    refusal ??= authorized;
    return "";
  };
  const walk = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(walk);
    return Object.fromEntries(
      Object.entries(value).map(([member, one]) => {
        if (FREE.has(member)) return [member, one];
        if (CONNECTION.has(member) && typeof one === "string") return [member, connectionId(one)];
        if (member === "deployment_name" && typeof one === "string") return [member, deployment(one)];
        return [member, walk(one)];
      }),
    );
  };
  const told = walk(members) as Members;
  return refusal ?? { ok: true, members: told };
}
