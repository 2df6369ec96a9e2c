// What an answer's figures are: speed, cost, what is left of the budget. Pure; meter.tsx puts them into words.
import type { AnswerUsage, AssistantMessage } from "latchkey/react";
import type { ModelPrice } from "../composer/capabilities.ts";

/** English has about four characters a token; good enough to see whether an answer flows. */
const CHARS_PER_TOKEN = 4;
/** Below this a speed says more about the network than about the model. */
const SHORTEST_MS = 250;
const PER_MILLION = 1_000_000;

/** Tokens of an answer that is still coming, estimated. */
export function tokensSoFar({ text, reasoning }: Pick<AssistantMessage, "text" | "reasoning">): number {
  return Math.round((text.length + reasoning.length) / CHARS_PER_TOKEN);
}

/** `ms` is from the first token to the last. Null while there is too little to say. */
export function tokensPerSecond(tokens: number, ms: number | null): number | null {
  if (ms === null || ms < SHORTEST_MS || tokens < 2) return null;
  return Math.round((tokens / ms) * 1_000);
}

/** In the operator's currency; null where no price or no usage is known. */
export function costOf(usage: AnswerUsage | null, price: ModelPrice | null): number | null {
  if (usage === null || price === null) return null;
  const cached = Math.min(usage.cached, usage.prompt);
  const tokens =
    (usage.prompt - cached) * price.input + cached * price.cachedInput + usage.completion * price.output;
  return tokens / PER_MILLION + price.perCall;
}

export type BudgetUnit = "requests" | "tokens" | "streams" | "money";
export type BudgetPeriod = "minute" | "day" | "month" | "now";

export interface BudgetLine {
  readonly unit: BudgetUnit;
  readonly period: BudgetPeriod;
  readonly left: number;
}

const HEADERS: readonly (readonly [header: string, unit: BudgetUnit, period: BudgetPeriod])[] = [
  ["x-ratelimit-remaining-money-day", "money", "day"],
  ["x-ratelimit-remaining-money-month", "money", "month"],
  ["x-ratelimit-remaining-tokens-day", "tokens", "day"],
  ["x-ratelimit-remaining-tokens-month", "tokens", "month"],
  ["x-ratelimit-remaining-tokens", "tokens", "minute"],
  ["x-ratelimit-remaining-requests", "requests", "minute"],
  ["x-ratelimit-remaining-streams", "streams", "now"],
];

/** The proxy's headers of one answer as lines, what matters most first. Headers that are no number are left out. */
export function budgetLines(budget: AssistantMessage["budget"]): readonly BudgetLine[] {
  if (budget === null) return [];
  const names = new Map(Object.entries(budget).map(([name, value]) => [name.toLowerCase(), value]));
  return HEADERS.flatMap(([header, unit, period]) => {
    const value = names.get(header);
    const left = Number(value);
    return value === undefined || value.trim() === "" || !Number.isFinite(left)
      ? []
      : [{ unit, period, left }];
  });
}
