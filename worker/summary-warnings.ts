// What is allowed in a configuration and still deserves a second thought, each in one sentence. Pure.
import type { Config } from "./config.ts";
import type { LedgerLimits } from "./ledger.ts";
import { standingOf } from "./policy-group.ts";

const PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
/** More than any answer needs; a budget is then spent by a handful of calls. */
const MUCH_OUTPUT = 32_768;

export function warningsOf(config: Config): string[] {
  return [...budgets(config), ...callers(config), ...groups(config), ...upstreams(config)];
}

const hasBudget = ({ tokensPerDay, tokensPerMonth, microsPerDay, microsPerMonth }: LedgerLimits) =>
  [tokensPerDay, tokensPerMonth, microsPerDay, microsPerMonth].some((limit) => limit !== undefined);

function budgets({ policy, everyone, perCaller, callerKeys, session, entra }: Config): string[] {
  if (hasBudget(everyone) || hasBudget(perCaller)) return [];
  const open = policy.filter(({ rules }) => !hasBudget(rules.limits) && !hasBudget(rules.together));
  if (policy.length > 0)
    return open.map(
      ({ name }) => `group ${name} has no budget for a day or a month, and neither have all together`,
    );
  const anybody = callerKeys.length > 0 || session !== undefined || entra !== undefined;
  return anybody ? ["no caller has a budget: set `perCaller`, `everyone`, or `policy` with limits"] : [];
}

function callers({ session, origins, callerKeys, entra, anonymous, policy }: Config): string[] {
  const found: string[] = [];
  const isProven = session?.turnstile !== undefined || session?.backend !== undefined;
  if (session !== undefined && !isProven && origins.size > 0) {
    found.push(
      "any script that names a listed origin gets a session: set session.turnstile or session.backend",
    );
  }
  if (session !== undefined && origins.size === 0)
    found.push("sessions are given to no page: origins is empty");
  if (session !== undefined && session.secrets.length > 1) {
    found.push(
      "secrets from before still count: take session.previousSecrets out when their tokens are over",
    );
  }
  for (const origin of origins) {
    const { protocol, hostname } = new URL(origin);
    if (protocol === "http:" && !LOOPBACK.test(hostname))
      found.push(`${origin} is not https: who is on the way can be that page`);
  }
  if (entra?.tenants.has(PERSONAL)) found.push("personal Microsoft accounts may call: anybody can make one");
  if (anonymous !== undefined) {
    found.push(
      "callers without a credential are let in: Origin proves nothing, so expect their daily cap to be used up",
    );
    const own = anonymous.limits.tokensPerDay ?? anonymous.limits.microsPerDay;
    if (own === undefined)
      found.push(
        "one anonymous network may use up the daily cap of all: set anonymous.limits with a budget a day",
      );
  }
  if (policy.length > 0) {
    for (const { name } of callerKeys) {
      if (!standingOf(policy, { kind: "key", name, key: name }).ok)
        found.push(`caller key ${name} fits no group without an Origin, so its calls are refused`);
    }
    const anonymousStands = [...(anonymous?.origins ?? [])].every(
      (origin) => standingOf(policy, { kind: "anonymous", name: "", origin }).ok,
    );
    if (!anonymousStands)
      found.push("anonymous callers of some origin fit no group, so their calls are refused");
  }
  return found;
}

function groups({ policy, serverTools, limits, callerKeys, session, entra, anonymous }: Config): string[] {
  const found: string[] = [];
  if (callerKeys.length === 0 && session === undefined && entra === undefined && anonymous === undefined) {
    found.push("nobody may call: there are neither sessions, keys, tokens of Entra ID nor anonymous callers");
  }
  for (const { name, match, rules } of policy) {
    const most = rules.maxTokens?.most ?? limits.outputTokens;
    if (most > MUCH_OUTPUT)
      found.push(`group ${name} may ask for ${most.toLocaleString("en-US")} tokens in one answer`);
    if (rules.tools === undefined && serverTools.size > 0)
      found.push(`group ${name} may use every tool at the service: ${[...serverTools].join(", ")}`);
    const provesNothing =
      match.origins !== undefined &&
      match.kinds?.every((kind) => kind === "session" || kind === "anonymous") !== true;
    if (provesNothing) found.push(`group ${name} goes by origin for callers who can say any: add kinds`);
  }
  return found;
}

function upstreams({ upstreams: all, models }: Config): string[] {
  const used = new Set(
    [...models.values()].flatMap(({ places }) => places.map(({ upstream }) => upstream.name)),
  );
  return [...all.values()].flatMap(({ name, url }) => [
    ...(new URL(url).protocol === "http:"
      ? [`upstream ${name} is on this machine and not https: not for a deployed worker`]
      : []),
    ...(used.has(name) || all.get(name)!.kind === "projects" || all.get(name)!.kind === "workspace"
      ? []
      : [`upstream ${name} has no model`]),
  ]);
}
