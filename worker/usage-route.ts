// GET /usage: what the caller that asks has used in a month or on a day, by day and by model. Nobody else's, and of
// nobody's calls more than counts.
import { stepsOf } from "./account.ts";
import type { Config } from "./config.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { LedgerInputError, type LedgerLimits } from "./ledger.ts";
import { checkQuery } from "./query.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";

const MICROS = 1_000_000;

/** Is anything counted at all? */
export function hasLimits({ everyone, perCaller, policy, anonymous }: Config): boolean {
  const all: readonly LedgerLimits[] = [
    everyone,
    perCaller,
    ...policy.flatMap(({ rules }) => [rules.limits, rules.together]),
    ...(anonymous === undefined ? [] : [anonymous.limits, anonymous.together]),
  ];
  return all.some((limits) => Object.keys(limits).length > 0);
}

export async function tellUsage(surroundings: Surroundings, visit: Visit): Promise<Reply | Refusal> {
  const { config, ledgerOf, now } = surroundings;
  if (!hasLimits(config)) return refuse("route_unknown");
  const queried = checkQuery(visit.url.searchParams, ["period"]);
  if (!queried.ok) return queried;
  const thisMonth = new Date(now()).toISOString().slice(0, 7);
  const period = queried.query[0]?.[1] ?? thisMonth;
  const [own] = stepsOf(visit, surroundings);
  try {
    const { days, models, total, held } = await ledgerOf(own!.ledger).usage(period);
    return json({
      period,
      total: lineOf(total),
      held: { tokens: held.tokens, money: held.micros / MICROS },
      days: days.map(({ day, ...line }) => ({ day, ...lineOf(line) })),
      models: models.map(({ model, ...line }) => ({ model, ...lineOf(line) })),
      limits: limitsOf(own!.limits),
    });
  } catch (error) {
    if (error instanceof LedgerInputError) return refuse("query_invalid", { param: "period" });
    throw error;
  }
}

interface Line {
  readonly requests: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly micros: number;
}

function lineOf({ requests, tokensIn, tokensOut, micros }: Line) {
  return { requests, input_tokens: tokensIn, output_tokens: tokensOut, money: micros / MICROS };
}

/** In the words of the configuration. */
function limitsOf({ microsPerDay, microsPerMonth, ...counts }: LedgerLimits) {
  return {
    ...counts,
    ...(microsPerDay === undefined ? {} : { moneyPerDay: microsPerDay / MICROS }),
    ...(microsPerMonth === undefined ? {} : { moneyPerMonth: microsPerMonth / MICROS }),
  };
}
