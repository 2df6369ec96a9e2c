// What the worker tells a caller of its own use: read, checked and prepared for being shown. Pure.
import { array, type InferOutput, number, object, optional, parse, record, string } from "valibot";

const line = { requests: number(), input_tokens: number(), output_tokens: number(), money: number() };
const report = object({
  period: string(),
  total: object(line),
  held: object({ tokens: number(), money: number() }),
  days: array(object({ day: string(), ...line })),
  models: array(object({ model: string(), ...line })),
  limits: optional(record(string(), number()), {}),
});

export type UsageReport = InferOutput<typeof report>;
export type UsageLine = UsageReport["total"];

export const METRICS = ["tokens", "requests", "money"] as const;
export type Metric = (typeof METRICS)[number];

/** Throws when the worker tells something else than a report. */
export const readReport = (value: unknown): UsageReport => parse(report, value);

export function amount(line: UsageLine, metric: Metric): number {
  return metric === "tokens" ? line.input_tokens + line.output_tokens : line[metric];
}

/** Every day of the period, also those on which nothing was used. */
export function daysOf({ period, days }: UsageReport): readonly { day: string; line: UsageLine }[] {
  const used = new Map(days.map(({ day, ...rest }) => [day, rest]));
  const [year = 0, month = 1] = period.split("-").map(Number);
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return Array.from({ length: count }, (_, index) => {
    const day = `${period}-${String(index + 1).padStart(2, "0")}`;
    return { day, line: used.get(day) ?? { requests: 0, input_tokens: 0, output_tokens: 0, money: 0 } };
  });
}

/** The month before or after, as `2026-11`. */
export function monthBeside(period: string, step: -1 | 1): string {
  const [year = 0, month = 1] = period.split("-").map(Number);
  return new Date(Date.UTC(year, month - 1 + step, 1)).toISOString().slice(0, 7);
}

/** The month that the worker counts in now: its days are those of UTC. */
export const monthOf = (now: number): string => new Date(now).toISOString().slice(0, 7);

export interface Budget {
  readonly name: "tokensPerDay" | "tokensPerMonth" | "moneyPerDay" | "moneyPerMonth";
  readonly used: number;
  readonly limit: number;
}

/** What of the day's and the month's budgets is used; of the period that is on only, for others are over. */
export function budgetsOf(usage: UsageReport, now: number): readonly Budget[] {
  if (usage.period !== monthOf(now)) return [];
  const today = usage.days.find(({ day }) => day === new Date(now).toISOString().slice(0, 10));
  const of = (line: UsageLine | undefined, metric: Metric) => (line ? amount(line, metric) : 0);
  const used = {
    tokensPerDay: of(today, "tokens") + usage.held.tokens,
    tokensPerMonth: of(usage.total, "tokens") + usage.held.tokens,
    moneyPerDay: of(today, "money") + usage.held.money,
    moneyPerMonth: of(usage.total, "money") + usage.held.money,
  };
  return (Object.keys(used) as Budget["name"][]).flatMap((name) => {
    const limit = usage.limits[name];
    return limit === undefined ? [] : [{ name, used: used[name], limit }];
  });
}

/** A round number at or above the largest value: 1, 2 or 5 times a power of ten. */
export function niceTop(largest: number): number {
  if (!(largest > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= largest) ?? 10 * power;
}
