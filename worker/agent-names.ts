// Names of today's agents are chosen by callers and shared by all of a project. A name belongs to the first caller that
// takes it: one store for the names of each project says who that was, so two at once can't both have it.
import { lookUp } from "./agent-lookup.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { hex, sha256 } from "./keys.ts";
import { hasRoom, type Ownership, type OwnershipOf } from "./ownership.ts";
import { type Reason, type Refusal, refuse } from "./refusals.ts";
import type { Asked } from "./upstream.ts";

const MAX_NAMES = 1_000_000;

async function namesOf(ownershipOf: OwnershipOf, upstream: string): Promise<Ownership> {
  return ownershipOf(hex(await sha256(`names:${upstream}`)));
}

/** Takes the name for the caller, unless it has it, or refuses: somebody else has it, perhaps beside this proxy. */
export async function claimName(
  surroundings: Surroundings,
  visit: Visit,
  asked: Asked,
  ownership: Ownership,
): Promise<{ ok: true } | Refusal> {
  const { config } = surroundings;
  const { upstream } = asked;
  const named = nameIn(asked);
  const reference = { kind: "agent_name", id: named } as const;
  const [own] = await ownership.find([reference]);
  if (own !== undefined) return own.upstream === upstream.name ? { ok: true } : refuse("name_taken");
  if (!(await hasRoom(ownership, config.limits.objects))) return refuse("objects_full");

  const about = { path: "/agents/{agent_name}", ids: { agent_name: named }, upstream };
  const found = await lookUp(surroundings, visit, asked, about);
  if (found.ok) return refuse("name_taken", { param: "name" });
  if (found.seen?.upstream_status !== 404) return found;
  const { principal } = visit.caller;
  const names = await namesOf(surroundings.ownershipOf, upstream.name);
  await names.add([{ ...reference, upstream: upstream.name, purpose: principal }], MAX_NAMES);
  const [first] = await names.find([reference]);
  return first?.purpose === principal ? { ok: true } : refuse("name_taken", { param: "name" });
}

/**
 * Where the service refused to make the agent, its name is free again, unless the caller has one of it already: else
 * names could be held for nothing.
 */
export async function unclaimName(
  { ownershipOf }: Pick<Surroundings, "ownershipOf">,
  reason: Reason,
  asked: Asked,
  ownership: Ownership,
): Promise<void> {
  // After any other failure the service may have made it.
  if (reason !== "upstream_rejected") return;
  const named = nameIn(asked);
  const [own] = await ownership.find([{ kind: "agent_name", id: named }]);
  if (own === undefined) await releaseName(ownershipOf, asked.upstream.name, named);
}

const nameIn = ({ ids, body }: Asked) => ids.agent_name ?? (body as { name: string }).name;

/** The agent is gone: whoever comes first may have its name. */
export async function releaseName(ownershipOf: OwnershipOf, upstream: string, name: string): Promise<void> {
  await (await namesOf(ownershipOf, upstream)).remove({ kind: "agent_name", id: name });
}
