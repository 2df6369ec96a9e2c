import { describe, expect, test } from "vitest";
import { amount, budgetsOf, daysOf, monthBeside, monthOf, niceTop, readReport } from "../spending/usage.ts";

const line = { requests: 2, input_tokens: 30, output_tokens: 12, money: 0.5 };
const none = { requests: 0, input_tokens: 0, output_tokens: 0, money: 0 };
const report = {
  period: "2026-02",
  total: line,
  held: { tokens: 8, money: 0.25 },
  days: [{ day: "2026-02-03", ...line }],
  models: [{ model: "gpt-5-mini", ...line }],
  limits: { tokensPerDay: 100, moneyPerMonth: 4, requestsPerMinute: 60 },
};
const NOON = Date.parse("2026-02-03T12:00:00Z");

test("a report is read as it is, and what is none is refused", () => {
  expect(readReport(report)).toEqual(report);
  const { limits: _, ...unlimited } = report;
  expect(readReport(unlimited).limits).toEqual({});
  for (const bad of [null, [], {}, { ...report, total: {} }, { ...report, days: [{ day: 3 }] }]) {
    expect(() => readReport(bad)).toThrow();
  }
});

test("every day of a month has a bar", () => {
  const days = daysOf(report);
  expect(days).toHaveLength(28);
  expect(days[2]).toEqual({ day: "2026-02-03", line });
  expect(days[27]).toEqual({ day: "2026-02-28", line: none });
});

test.each([
  ["2026-01", -1, "2025-12"],
  ["2026-12", 1, "2027-01"],
  ["2026-11", -1, "2026-10"],
] as const)("beside %s by %i is %s", (period, step, beside) => {
  expect(monthBeside(period, step)).toBe(beside);
});

test("the month is that of UTC", () => {
  expect(monthOf(Date.parse("2026-12-31T23:59:59Z"))).toBe("2026-12");
});

describe("budgets", () => {
  test("today's and this month's, with what is held", () => {
    expect(budgetsOf(report, NOON)).toEqual([
      { name: "tokensPerDay", used: 50, limit: 100 },
      { name: "moneyPerMonth", used: 0.75, limit: 4 },
    ]);
  });

  test("a day without use has only what is held", () => {
    const tomorrow = NOON + 86_400_000;
    expect(budgetsOf(report, tomorrow)[0]).toEqual({ name: "tokensPerDay", used: 8, limit: 100 });
  });

  test("of a month that is over there are none", () => {
    expect(budgetsOf(report, Date.parse("2026-03-01T00:00:00Z"))).toEqual([]);
  });
});

test.each([
  [0, 1],
  [1, 1],
  [1.2, 2],
  [45, 50],
  [51, 100],
  [0.03, 0.05],
  [999_999, 1_000_000],
])("the scale for %d ends at %d", (largest, top) => {
  expect(niceTop(largest)).toBeCloseTo(top, 10);
});

test("tokens are those of both ways", () => {
  expect(amount(line, "tokens")).toBe(42);
  expect(amount(line, "money")).toBe(0.5);
});
