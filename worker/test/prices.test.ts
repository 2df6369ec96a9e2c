// What a call costs, in whole numbers: against BigInt, and against what a body may hold.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_MICROS, MAX_TOKENS } from "../ledger.ts";
import { costOf, DEFAULT_OUTPUT_TOKENS, estimateOf, isPrice, type Price, tokensOfBody } from "../prices.ts";

/** 0.25 and 2 of the currency per million tokens. */
const price: Price = { input: 250_000, cachedInput: 25_000, output: 2_000_000 };

describe("the cost of a call", () => {
  test.each([
    [{ tokensIn: 0, tokensOut: 0 }, 0],
    [{ tokensIn: 1, tokensOut: 0 }, 1], // 0.25, rounded up
    [{ tokensIn: 4, tokensOut: 0 }, 1],
    [{ tokensIn: 5, tokensOut: 0 }, 2],
    [{ tokensIn: 1, tokensOut: 1 }, 3], // 2.25, rounded once
    [{ tokensIn: 1_000_000, tokensOut: 1_000_000 }, 2_250_000],
    [{ tokensIn: 1_000_000, cachedIn: 1_000_000, tokensOut: 0 }, 25_000],
    [{ tokensIn: 100, cachedIn: 1000, tokensOut: 0 }, 3], // never more cached than there was
    [{ tokensIn: 1e9, tokensOut: 1e9 }, 2_250_000_000],
  ])("%j is %i", (counted, micros) => {
    const { tokensIn, tokensOut } = counted;
    expect(costOf(price, counted)).toEqual({ tokensIn, tokensOut, micros });
  });

  test("what is no count is 0, what is beyond any call is the most of one", () => {
    for (const value of [Number.NaN, -1, 0.5, undefined, null, "7"] as number[]) {
      expect(costOf(price, { tokensIn: value, cachedIn: value, tokensOut: 1 })).toEqual({
        tokensIn: 0,
        tokensOut: 1,
        micros: 2,
      });
    }
    expect(costOf(price, { tokensIn: 2 ** 53, tokensOut: Number.POSITIVE_INFINITY })).toMatchObject({
      tokensIn: MAX_TOKENS,
      tokensOut: MAX_TOKENS,
    });
    const dearest = { input: MAX_MICROS, output: MAX_MICROS, perCall: MAX_MICROS };
    expect(costOf(dearest, { tokensIn: 1e9, tokensOut: 1e9 }).micros).toBe(MAX_MICROS);
  });

  test("an estimate is never less than the cost, and neither has a fraction", () => {
    const amount = fc.integer({ min: 0, max: 1e9 });
    const prices = fc.record(
      { input: amount, cachedInput: amount, output: amount, perCall: fc.nat(1000) },
      { requiredKeys: ["input", "output"] },
    );
    fc.assert(
      fc.property(prices, fc.nat(1e6), fc.nat(1e6), fc.nat(1e6), (any, tokensIn, cachedIn, tokensOut) => {
        const cost = costOf(any, { tokensIn, cachedIn, tokensOut });
        const { microsIn, microsOut } = estimateOf(any, { tokensIn, tokensOut });
        expect(Number.isSafeInteger(cost.micros)).toBe(true);
        expect(microsIn + microsOut).toBeGreaterThanOrEqual(cost.micros);
        const cached = BigInt(Math.min(cachedIn, tokensIn));
        const exact =
          (BigInt(tokensIn) - cached) * BigInt(any.input) +
          cached * BigInt(any.cachedInput ?? any.input) +
          BigInt(tokensOut) * BigInt(any.output);
        const rounded = Number((exact + 999_999n) / 1_000_000n) + (any.perCall ?? 0);
        expect(cost.micros).toBe(Math.min(MAX_MICROS, rounded));
      }),
    );
  });

  test("F26 a million calls of the smallest cost are exactly a million", () => {
    let sum = 0;
    for (let number = 0; number < 1_000_000; number += 1)
      sum += costOf(price, { tokensIn: 1, tokensOut: 0 }).micros;
    expect(sum).toBe(1_000_000);
  });

  test.each([
    [{ input: 0, output: 0 }, true],
    [price, true],
    [{ input: 0.5, output: 1 }, false],
    [{ input: -1, output: 1 }, false],
    [{ input: 1, output: Number.NaN }, false],
    [{ input: 1, output: 1, perCall: 2 ** 53 }, false],
    [{ input: 1, output: 1, imageTokens: -1 }, false],
  ])("%j is a price: %s", (given, expected) => expect(isPrice(given)).toBe(expected));
});

describe("the tokens of a body", () => {
  const messages = [{ role: "user", content: "x".repeat(300) }];
  const outOf = (body: Record<string, unknown>) => tokensOfBody(body).tokensOut;

  test("output is what the body allows, for each answer, or the default", () => {
    expect(outOf({ messages })).toBe(DEFAULT_OUTPUT_TOKENS);
    expect(outOf({ messages, max_tokens: 100 })).toBe(100);
    expect(outOf({ messages, max_completion_tokens: 50, max_tokens: 100 })).toBe(50);
    expect(outOf({ input: "x", max_output_tokens: 7 })).toBe(7);
    expect(outOf({ messages, max_tokens: 100, n: 8 })).toBe(800);
    expect(outOf({ prompt: ["a", "b", "c"], max_tokens: 10, n: 2, best_of: 4 })).toBe(120);
    expect(outOf({ prompt: [1, 2, 3], max_tokens: 10 })).toBe(10);
    expect(outOf({ messages, max_tokens: -5, n: -3 })).toBe(DEFAULT_OUTPUT_TOKENS);
    expect(outOf({ messages, max_tokens: 1e9, n: 128 })).toBe(MAX_TOKENS);
    expect(tokensOfBody({ input: ["a"], max_tokens: 9 }, { defaultOutput: 0 }).tokensOut).toBe(0);
  });

  test("input is a third of its bytes, more for other scripts, and counted wherever it stands", () => {
    const tokensIn = (body: Record<string, unknown>) => tokensOfBody(body).tokensIn;
    expect(tokensIn({ messages })).toBeGreaterThanOrEqual(100);
    expect(tokensIn({ messages })).toBeLessThan(140);
    const chinese = [{ role: "user", content: "漢".repeat(300) }];
    expect(tokensIn({ messages: chinese })).toBeGreaterThanOrEqual(300);
    expect(tokensIn({ input: "😀".repeat(300) })).toBeGreaterThanOrEqual(400);
    expect(tokensIn({ prompt: Array.from({ length: 500 }, () => 42) })).toBeGreaterThanOrEqual(500);
    const tools = [{ type: "function", function: { name: "f", description: "d".repeat(3000) } }];
    expect(tokensIn({ messages, tools })).toBeGreaterThan(1100);
  });

  test("an image is what an image costs, not its bytes; speech what its length costs", () => {
    const data = `data:image/png;base64,${"A".repeat(3_000_000)}`;
    const image = (part: object) => tokensOfBody({ messages: [{ role: "user", content: [part] }] }).tokensIn;
    for (const part of [
      { type: "image_url", image_url: { url: data } },
      { type: "image_url", image_url: { url: "https://images.example/a.png", detail: "high" } },
      { type: "input_image", image_url: data },
    ]) {
      expect(image(part)).toBeGreaterThanOrEqual(1600);
      expect(image(part)).toBeLessThan(1700);
    }
    const input = [{ image: data }];
    expect(tokensOfBody({ input }, { imageTokens: 25_000 }).tokensIn).toBeLessThan(25_100);
    const speech = { type: "input_audio", input_audio: { data: "A".repeat(200_000), format: "mp3" } };
    expect(image(speech)).toBeGreaterThanOrEqual(1000);
    expect(image(speech)).toBeLessThan(1100);
  });

  test("P2 text that looks like an image or like speech is text: what it costs is held", () => {
    const text = "word ".repeat(60_000);
    const says = { messages: [{ role: "user", content: `data:image/png;base64,${text}` }] };
    const parameters = (properties: object) => ({
      messages: [{ role: "user", content: "x" }],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties } } }],
    });
    const schema = { type: "object", properties: { image: { description: text } } };
    for (const body of [
      says,
      { prompt: `data:image/png;base64,${text}` },
      parameters({ image_url: { description: text } }),
      parameters({ input_audio: { description: text } }),
      parameters({ image_file: `data:image/png;base64,${text}` }),
      { input: "x", text: { format: { type: "json_schema", name: "s", schema } } },
    ]) {
      expect(tokensOfBody(body).tokensIn).toBeGreaterThanOrEqual(100_000);
    }
  });

  test("I02 a deep or wide body costs no stack and little time", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    const wide = Array.from({ length: 1_000_000 }, () => ({}));
    const started = performance.now();
    expect(tokensOfBody({ deep, wide }).tokensIn).toBeGreaterThan(1_000_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
