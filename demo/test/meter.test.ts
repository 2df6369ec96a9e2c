import { describe, expect, test } from "vitest";
import { budgetLines, costOf, tokensPerSecond, tokensSoFar } from "../meter/figures.ts";
import { amount, budgetWords, duration, wholeNumber } from "../meter/words.ts";

const usage = { prompt: 1_000, completion: 500, reasoning: 100, cached: 400 };

describe("figures of an answer", () => {
  test("the speed needs a time and some tokens", () => {
    expect(tokensPerSecond(500, 2_500)).toBe(200);
    expect(tokensPerSecond(500, 100)).toBeNull();
    expect(tokensPerSecond(1, 2_500)).toBeNull();
    expect(tokensPerSecond(500, null)).toBeNull();
  });

  test("tokens so far are an estimate of text and reasoning", () => {
    expect(tokensSoFar({ text: "a".repeat(40), reasoning: "b".repeat(40) })).toBe(20);
  });

  test("the cost counts cached tokens at their own price", () => {
    const price = { input: 2, cachedInput: 0.5, output: 8, perCall: 0.001 };
    expect(costOf(usage, price)).toBeCloseTo((600 * 2 + 400 * 0.5 + 500 * 8) / 1_000_000 + 0.001, 12);
    expect(costOf({ ...usage, cached: 9_999 }, price)).toBeCloseTo(
      (1_000 * 0.5 + 500 * 8) / 1_000_000 + 0.001,
      12,
    );
    expect(costOf(usage, null)).toBeNull();
    expect(costOf(null, price)).toBeNull();
  });
});

describe("what is left of the budget", () => {
  test("comes from the proxy's headers, money first", () => {
    const budget = {
      "X-RateLimit-Remaining-Requests": "19",
      "x-ratelimit-remaining-money-day": "0.42",
      "x-ratelimit-remaining-tokens-day": "190000",
    };
    expect(budgetLines(budget).map(budgetWords)).toEqual([
      "0.42 left to spend today",
      "190,000 tokens left today",
      "19 requests left this minute",
    ]);
  });

  test("is nothing where no header says a number", () => {
    expect(budgetLines(null)).toEqual([]);
    expect(budgetLines({})).toEqual([]);
    expect(
      budgetLines({ "x-ratelimit-remaining-requests": "", "x-ratelimit-remaining-tokens": "many" }),
    ).toEqual([]);
  });
});

test("numbers are written for people", () => {
  expect([
    wholeNumber(1234.5),
    amount(0.00123),
    amount(1.5),
    amount(0),
    duration(140),
    duration(1_234),
    duration(61_500),
  ]).toEqual(["1,235", "0.0012", "1.50", "0", "140 ms", "1.2 s", "62 s"]);
});
