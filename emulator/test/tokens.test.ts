import { describe, expect, test } from "vitest";
import { countTokens, tokenise } from "../tokens.ts";

describe("tokenise", () => {
  test.each([
    ["", []],
    ["Hello, world!", ["Hello", ",", " world", "!"]],
    ["extraordinary", ["extrao", "rdinar", "y"]],
    ["year 2026", ["year", " 202", "6"]],
    ["a\n\nb", ["a", "\n\n", "b"]],
    ["你好 世界", ["你", "好", " 世", "界"]],
    ["👋🌍", ["👋", "🌍"]],
  ])("%j", (text, pieces) => {
    expect(tokenise(text)).toEqual(pieces);
  });

  test.each(["  indented\n\tcode\r\n", "👨‍👩‍👧‍👦 \ud800 é́ x", "a".repeat(10_000)])(
    "gives the text back and the count agrees",
    (text) => {
      expect(tokenise(text).join("")).toBe(text);
      expect(countTokens(text)).toBe(tokenise(text).length);
    },
  );
});
