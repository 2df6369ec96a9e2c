import { describe, expect, test } from "vitest";
import { splitHidden } from "../markdown/invisible.ts";

const RANGES = [
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
] as const;

describe("splitHidden", () => {
  test("finds every character that hides or reorders others", () => {
    for (const [first, last] of RANGES) {
      for (let code = first; code <= last; code += 1) {
        const pieces = splitHidden(`a${String.fromCodePoint(code)}b`);
        expect(pieces.map(({ hidden }) => hidden)).toEqual([false, true, false]);
        expect(pieces[1]?.text).toBe(`U+${code.toString(16).toUpperCase().padStart(4, "0")}`);
      }
    }
  });

  test("leaves the languages and emoji of the world alone", () => {
    for (const text of [
      "",
      "plain",
      "naïve",
      "日本語",
      "עברית",
      "العربية",
      "👨\u200d👩\u200d👧",
      "🏴",
      "e\u0301",
    ]) {
      expect(splitHidden(text).some(({ hidden }) => hidden)).toBe(false);
      expect(
        splitHidden(text)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
    }
  });
});
