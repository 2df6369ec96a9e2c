// What a configuration says about callers in several places must agree: groups name keys, models, origins and prices
// that are elsewhere. Every disagreement is a problem at start, told by its option and without a value. Pure.
import type { AnonymousRules } from "./caller-schema.ts";
import type { ConfigProblem } from "./config.ts";
import type { EntraCallers } from "./entra-schema.ts";
import type { LedgerLimits } from "./ledger.ts";
import type { PolicyGroup } from "./policy-schema.ts";

export interface CallersInput {
  readonly policy: readonly PolicyGroup[];
  readonly everyone: LedgerLimits;
  readonly perCaller: LedgerLimits;
  readonly entra: EntraCallers | undefined;
  readonly anonymous: (Omit<AnonymousRules, "secret"> & { readonly secret: unknown }) | undefined;
  readonly session: { readonly backend?: { readonly groups: readonly string[] } | undefined } | undefined;
  readonly origins: readonly string[];
  readonly callerKeys: readonly { readonly name: string }[];
  readonly models: Readonly<Record<string, { readonly price?: unknown }>>;
}

export function callerProblems(input: CallersInput): ConfigProblem[] {
  const { policy, entra, anonymous, session, origins, callerKeys, models } = input;
  const keys = new Set(callerKeys.map(({ name }) => name));
  const groups = new Set(policy.map(({ name }) => name));
  const problems: ConfigProblem[] = [];
  const need = (holds: boolean, option: string, message: string) => {
    if (!holds) problems.push({ option, message });
  };
  policy.forEach(({ match, rules }, index) => {
    const at = `policy.${index}`;
    const wantsEntra = [match.tenants, match.apps, match.roles, match.scopes, match.groups].some(
      (one) => one,
    );
    need(
      match.keys?.every((name) => keys.has(name)) ?? true,
      `${at}.match.keys`,
      "names a key that is not in callerKeys",
    );
    need(
      match.origins?.every((one) => origins.includes(one)) ?? true,
      `${at}.match.origins`,
      "names an origin that is not in origins",
    );
    need(
      !wantsEntra || entra !== undefined,
      `${at}.match`,
      "asks for tokens of Entra ID, which `entra` does not let in",
    );
    need(
      rules.models?.every((name) => Object.hasOwn(models, name)) ?? true,
      `${at}.models`,
      "names a model that is not in models",
    );
  });
  if (anonymous !== undefined) {
    need(
      [...anonymous.origins].every((one) => origins.includes(one)),
      "anonymous.origins",
      "names an origin that is not in origins",
    );
    need(
      anonymous.secret !== undefined || session !== undefined,
      "anonymous.secret",
      "is missing: there is no secret of sessions to use",
    );
  }
  const backendGroups = session?.backend?.groups ?? [];
  need(
    backendGroups.every((name) => groups.has(name)),
    "session.backend.groups",
    "names a group that is not in policy",
  );
  // Without a price a model would be free, and a budget of money no limit.
  const priced = [
    input.everyone,
    input.perCaller,
    ...policy.flatMap(({ rules }) => [rules.limits, rules.together]),
    ...(anonymous === undefined ? [] : [anonymous.limits, anonymous.together]),
  ].some(({ microsPerDay, microsPerMonth }) => microsPerDay !== undefined || microsPerMonth !== undefined);
  need(
    !priced || Object.values(models).every(({ price }) => price !== undefined),
    "models",
    "must each have a price, for there is a limit of money",
  );
  return problems;
}
