import { describe, expect, test } from "vitest";
import {
  builtInTemplates,
  fillIn,
  keepTemplates,
  MAX_TEMPLATE_CHARS,
  MAX_TEMPLATES,
  placesIn,
  readTemplates,
} from "../composer/templates.ts";

const stored = (text: string | null) => ({ getItem: () => text });

describe("templates", () => {
  test("have places to fill in, once each", () => {
    expect(placesIn("{{a}} and {{ b c }} and {{a}} but not {{}} or {d}")).toEqual(["a", "b c"]);
    for (const { text } of builtInTemplates()) expect(placesIn(text).length).toBeGreaterThan(0);
  });

  test("are filled in once: a value is never looked at for places", () => {
    const values = new Map([
      ["a", "{{b}} $& $1"],
      ["b", "no"],
    ]);
    expect(fillIn("x {{a}} y", values)).toBe("x {{b}} $& $1 y");
    expect(fillIn("x {{ a }}{{c}}", values)).toBe("x {{b}} $& $1");
  });

  test("of one's own are kept as name and text", () => {
    let kept = "";
    const storage = {
      setItem(_: string, value: string) {
        kept = value;
      },
    };
    expect(keepTemplates(storage, [{ name: "n", text: "t", own: true }])).toBe(true);
    expect(kept).toBe('[{"name":"n","text":"t"}]');
    expect(readTemplates(stored(kept))).toEqual([{ name: "n", text: "t", own: true }]);
  });

  test("that the browser has no room for are not kept, and it says so", () => {
    const full = {
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    expect(keepTemplates(full, [])).toBe(false);
  });

  test.each([null, "", "{", "{}", "1", '[1, null, {"name": 1, "text": "t"}]'])(
    "are none where %j is stored",
    (text) => {
      expect(readTemplates(stored(text))).toEqual([]);
    },
  );

  test("that somebody made too many or too long are cut", () => {
    const one = { name: "n".repeat(1_000), text: "t".repeat(10_000) };
    const read = readTemplates(stored(JSON.stringify(Array(100).fill(one))));
    expect(read).toHaveLength(MAX_TEMPLATES);
    expect(read[0]?.text).toHaveLength(MAX_TEMPLATE_CHARS);
  });
});
