// Agents outlive the calls that made them, so a caller who may use some models only could run one that was made with
// another: by an earlier, wider session, or by a script with the same name. The model is remembered with the agent; where
// it isn't known, or an agent has had several, the service is asked. The operator's own agents are not looked at:
// `agents` of keys, sessions and groups says who may run those.
import { type Found, lookUp, type Members } from "./agent-lookup.ts";
import type { Call } from "./ask.ts";
import { modelsAt } from "./authorize.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import type { OwnedObject, Ownership } from "./ownership.ts";
import { agentReferences } from "./references.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { Route } from "./routes.ts";
import type { Asked } from "./upstream.ts";

type Fits = { readonly ok: true } | Refusal;

const FITS: Fits = { ok: true };
const CHANGES = /^(?:agent_update|named_create|named_update|version_create)$/;
/** Agents that one call may have looked at: those it names, and those that these are connected to. */
const MOST_ASKED = 16;

/** May the caller use the models of the agents that its call runs? Also notes what the call makes of an agent's model. */
export async function checkAgents(
  surroundings: Surroundings,
  visit: Visit,
  route: Route,
  call: Call,
  ownership: Ownership,
): Promise<Fits> {
  if (CHANGES.test(route.name)) await noteChange(surroundings, call, ownership);
  const { models } = visit.caller;
  if (models === undefined) return FITS;
  const submits = route.name === "run_submit";
  if (!submits && call.agents.length === 0) return FITS;

  const { members, asked } = call;
  let left = MOST_ASKED;
  const seen = new Set<string>();
  if (submits) return checkRun();
  const connected = new Set(connectedIn(members));
  for (const agent of call.agents) {
    // A run that says its model has that one, whatever its agent's is; those that its agent calls have their own, and
    // its agent may be one of these.
    const isNamed = agent.id === members.assistant_id && asked.model !== undefined;
    if (isNamed) {
      const fits = await check(agent, true);
      if (!fits.ok) return fits;
    }
    if (isNamed && !connected.has(agent.id)) continue;
    const fits = await check(agent);
    if (!fits.ok) return fits;
  }
  return FITS;

  /** A run that waits goes on with what it was begun with. */
  async function checkRun(): Promise<Fits> {
    const upstream = asked.upstream.name;
    const run = await get("/threads/{thread}/runs/{run}", asked.ids, upstream);
    if (!run.ok) return run;
    const { model, assistant_id: id } = run.members;
    const fits = await checkFound(run.members, upstream);
    if (fits.ok) return FITS;
    if (typeof id !== "string" || !isOperators({ kind: "agent", id, upstream })) return fits;
    if (visit.caller.agents?.has(id) === false) return fits;
    const agent = await getAgent(id, upstream);
    return agent.ok && typeof model === "string" && agent.members.model === model ? FITS : fits;
  }

  async function check(agent: OwnedObject, hasOther = false): Promise<Fits> {
    const { kind, id, upstream } = agent;
    const asWhat = `${kind} ${id} ${hasOther}`;
    if (seen.has(asWhat) || isOperators(agent)) return FITS;
    seen.add(asWhat);
    if (agent.model) return hasOther || models!.has(agent.model) ? FITS : refuse("agent_model_not_allowed");
    if (kind === "agent_name") return checkNamed(id, upstream);
    const found = await getAgent(id, upstream);
    if (!found.ok) return found;
    return hasOther ? checkConnected(found.members, upstream) : checkFound(found.members, upstream);
  }

  async function checkFound(found: Members, upstream: string): Promise<Fits> {
    const fits = checkModel(found.model, upstream);
    return fits.ok ? checkConnected(found, upstream) : fits;
  }

  async function checkNamed(id: string, upstream: string): Promise<Fits> {
    for (const version of versionsOf(members, id)) {
      const found = await getNamed(id, version, upstream);
      const fits = found.ok ? await checkFound(found.members, upstream) : found;
      if (!fits.ok) return fits;
    }
    return FITS;
  }

  function checkModel(deployment: unknown, name: string): Fits {
    if (typeof deployment !== "string") return refuse("agent_model_unknown");
    const upstream = surroundings.config.upstreams.get(name)!;
    const allowed = modelsAt(visit.caller, upstream, surroundings.config);
    return allowed.some((model) => model.deployment === deployment)
      ? FITS
      : refuse("agent_model_not_allowed");
  }

  async function checkConnected({ tools }: Members, upstream: string): Promise<Fits> {
    const connected = connectedIn({ tools }).map((id) => ({ kind: "agent" as const, id }));
    if (connected.length === 0) return FITS;
    const known = await ownership.find(connected);
    for (const [index, one] of connected.entries()) {
      const fits = await check(known[index] ?? { ...one, upstream });
      if (!fits.ok) return fits;
    }
    return FITS;
  }

  function isOperators({ kind, id, upstream }: OwnedObject): boolean {
    return kind === "agent" && surroundings.config.upstreams.get(upstream)?.agents.has(id) === true;
  }

  function getAgent(id: string, upstream: string) {
    return get("/assistants/{agent}", { agent: id }, upstream);
  }

  async function getNamed(id: string, version: string | undefined, upstream: string): Promise<Found> {
    const found =
      version === undefined
        ? await get("/agents/{agent_name}", { agent_name: id }, upstream)
        : await get("/agents/{agent_name}/versions/{version}", { agent_name: id, version }, upstream);
    if (!found.ok) return found;
    const { versions, definition } = found.members;
    const latest = Object(Object(versions).latest) as Members;
    return { ok: true, members: Object(latest.definition ?? definition) as Members };
  }

  async function get(path: string, ids: Asked["ids"], name: string): Promise<Found> {
    const upstream = surroundings.config.upstreams.get(name);
    left -= 1;
    if (left < 0 || upstream === undefined) return refuse("agent_model_unknown");
    const found = await lookUp(surroundings, visit, asked, { path, ids, upstream });
    return !found.ok && found.seen?.upstream_status === 404 ? refuse("object_unknown") : found;
  }
}

/**
 * What is remembered of an agent that this call makes. Nothing for one that is connected to others: what they are by then
 * is asked when it runs.
 */
export function modelToRemember({ asked, members }: Pick<Call, "asked" | "members">): string | undefined {
  return connectedIn(members).length > 0 ? undefined : asked.model?.name;
}

/** Before the change is sent: one that is made and not noted would let its new model be used. */
async function noteChange({ config }: Surroundings, call: Call, ownership: Ownership): Promise<void> {
  const { asked, members } = call;
  const connects = connectedIn(members).length > 0;
  if (asked.model === undefined && !connects) return;
  const kind = asked.ids.agent === undefined ? "agent_name" : "agent";
  const id = asked.ids[kind] ?? String(members.name);
  const [own] = await ownership.find([{ kind, id }]);
  if (own === undefined) return;
  await ownership.add([{ ...own, model: connects ? "" : asked.model!.name }], config.limits.objects);
}

function connectedIn({ tools }: Members): string[] {
  return agentReferences({ tools }).flatMap(({ kind, id }) => (kind === "agent" ? [id] : []));
}

/** The versions that are asked for, each once; undefined is the latest. Two members can name the agent. */
function versionsOf({ agent, agent_reference }: Members, id: string): Set<string | undefined> {
  const named = [agent, agent_reference]
    .map((one) => Object(one) as Members)
    .filter(({ name }) => name === id);
  return new Set(named.map(({ version }) => (typeof version === "string" ? version : undefined)));
}
