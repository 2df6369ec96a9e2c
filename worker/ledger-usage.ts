// Usage rows -> what a caller is shown of a period: by day, by model, and in all. Pure.
import type { UsageLine, UsageReport } from "./ledger.ts";
import type { Day, UsageRow } from "./ledger-store.ts";

const ZERO: UsageLine = { requests: 0, tokensIn: 0, tokensOut: 0, micros: 0 };

function plus(a: UsageLine, b: UsageLine): UsageLine {
  return {
    requests: a.requests + b.requests,
    tokensIn: a.tokensIn + b.tokensIn,
    tokensOut: a.tokensOut + b.tokensOut,
    micros: a.micros + b.micros,
  };
}

function sums(rows: readonly UsageRow[], by: "day" | "model"): [string, UsageLine][] {
  const lines = new Map<string, UsageLine>();
  for (const row of rows) lines.set(row[by], plus(lines.get(row[by]) ?? ZERO, row));
  return [...lines].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function usageReport(
  period: string,
  rows: readonly UsageRow[],
  { heldTokens, heldMicros }: Omit<Day, "day">,
): UsageReport {
  return {
    period,
    days: sums(rows, "day").map(([day, line]) => ({ day, ...line })),
    models: sums(rows, "model").map(([model, line]) => ({ model, ...line })),
    total: rows.reduce<UsageLine>(plus, ZERO),
    held: { tokens: heldTokens, micros: heldMicros },
  };
}
