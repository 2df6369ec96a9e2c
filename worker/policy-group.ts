// Caller -> its group of the policy, and with it its rules and limits. The first group that fits decides; a caller that
// fits none is refused, once there are groups at all. Pure.
import { ANONYMOUS_TOGETHER } from "./anonymous.ts";
import type { AnonymousRules } from "./caller-schema.ts";
import type { Identity } from "./identity.ts";
import type { LedgerLimits } from "./ledger.ts";
import type { Match, PolicyGroup, Rules } from "./policy-schema.ts";
import { type Refusal, refuse } from "./refusals.ts";

/** Without groups: what the rest of the configuration allows. */
export const UNRESTRICTED: Rules = { objects: true, limits: {}, together: {} };

export interface Standing {
  readonly ok: true;
  /** Undefined: there are no groups. */
  readonly group: string | undefined;
  readonly rules: Rules;
}

export function standingOf(groups: readonly PolicyGroup[], identity: Identity): Standing | Refusal {
  const found = groups.length === 0 ? undefined : groupOf(groups, identity);
  if (found !== undefined && "reason" in found) return found;
  if (found === undefined && (groups.length > 0 || identity.group !== undefined))
    return refuse("policy_none");
  const rules = found?.rules ?? UNRESTRICTED;
  // Whoever is behind the same address would share them.
  const own = identity.kind === "anonymous" ? { ...rules, objects: false } : rules;
  return { ok: true, group: found?.name, rules: own };
}

function groupOf(groups: readonly PolicyGroup[], identity: Identity): PolicyGroup | Refusal | undefined {
  // A session that was made for a group has no other, also when that one is gone.
  if (identity.group !== undefined) return groups.find(({ name }) => name === identity.group);
  for (const group of groups) {
    const fit = fits(group.match, identity);
    // Going on would give it to a group further down, whichever that is: perhaps a wider one.
    if (fit === "unknown") return refuse("policy_undecided");
    if (fit) return group;
  }
  return undefined;
}

function fits(match: Match, { kind, key, origin, entra }: Identity): boolean | "unknown" {
  const has = (list: readonly string[] | undefined, given: readonly (string | undefined)[]) =>
    list === undefined || given.some((one) => one !== undefined && list.includes(one));
  const decided =
    has(match.kinds, [kind]) &&
    has(match.keys, [key]) &&
    has(match.origins, [origin]) &&
    has(match.tenants, [entra?.tenant]) &&
    has(match.apps, [entra?.app]) &&
    has(match.roles, entra?.roles ?? []) &&
    has(match.scopes, entra?.scopes ?? []);
  if (!decided || match.groups === undefined) return decided;
  if (entra === undefined) return false;
  return entra.groups === undefined ? "unknown" : has(match.groups, entra.groups);
}

/** A ledger that a call must fit into. */
export interface LedgerStep {
  /** A caller's principal, or a name for those that share it. */
  readonly ledger: string;
  readonly limits: LedgerLimits;
}

/** Which ledgers a call is held against: the caller's own first, what it shares with the most others last. */
export function ledgerSteps(
  principal: string,
  { kind }: Pick<Identity, "kind">,
  { group, rules }: Pick<Standing, "group" | "rules">,
  { anonymous, everyone }: { anonymous?: AnonymousRules | undefined; everyone?: LedgerLimits | undefined },
): readonly LedgerStep[] {
  const isAnonymous = kind === "anonymous" && anonymous !== undefined;
  const own = isAnonymous ? smallest(anonymous.limits, rules.limits) : rules.limits;
  const shared: LedgerStep[] = [
    { ledger: `group:${group}`, limits: rules.together },
    ...(isAnonymous ? [{ ledger: ANONYMOUS_TOGETHER, limits: anonymous.together }] : []),
    { ledger: "everyone", limits: everyone ?? {} },
  ];
  // The caller's own is asked in any case: it also tells what was used.
  return [
    { ledger: principal, limits: own },
    ...shared.filter(({ limits }) => Object.keys(limits).length > 0),
  ];
}

/** Of each limit that either has, the smaller one. */
export function smallest(a: LedgerLimits, b: LedgerLimits): LedgerLimits {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof LedgerLimits>;
  const unlimited = Number.POSITIVE_INFINITY;
  return Object.fromEntries(
    [...names].map((name) => [name, Math.min(a[name] ?? unlimited, b[name] ?? unlimited)]),
  );
}
