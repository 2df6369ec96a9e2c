// JSON in pieces: every prefix gives a value that the whole grows out of, nothing throws, and the work is linear.
import fc from "fast-check";
import { partialJson } from "latchkey/tools";
import { describe, expect, test } from "vitest";

const valueAfter = (...pieces: string[]): unknown => {
  const json = partialJson();
  for (const piece of pieces) json.feed(piece);
  return json.value;
};

/** Whether a value may grow into another: strings and lists by their ends, members by more members. */
function growsInto(before: unknown, after: unknown): boolean {
  if (before === undefined) return true;
  if (typeof before === "string") return typeof after === "string" && after.startsWith(before);
  if (typeof before !== "object" || before === null) return Object.is(before, after);
  if (typeof after !== "object" || after === null || Array.isArray(before) !== Array.isArray(after))
    return false;
  return Object.entries(before).every(
    ([key, value]) => Object.hasOwn(after, key) && growsInto(value, Reflect.get(after, key)),
  );
}

const cut = (text: string, cuts: number[]): string[] => {
  const at = [...new Set(cuts.map((share) => Math.floor(share * text.length)))].sort((a, b) => a - b);
  return [...at, text.length].map((end, index) => text.slice(index ? at[index - 1] : 0, end));
};

const spaced = (value: unknown, space: number): string => JSON.stringify(value, null, space);

describe("a prefix", () => {
  test.each<[string, unknown]>([
    ["", undefined],
    ["  ", undefined],
    ['"', ""],
    ['"a', "a"],
    ["{", {}],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a":1', {}],
    ['{"a":1,', { a: 1 }],
    ['{"a":"b', { a: "b" }],
    ['{"a":{"b":[', { a: { b: [] } }],
    ['{"a":{"b":[tru', { a: { b: [] } }],
    ['{"a":{"b":[true]', { a: { b: [true] } }],
    ["[1,2,3", [1, 2]],
    ["[1,[", [1, []]],
    ["[[],{},null ", [[], {}, null]],
    ['"\\', ""],
    ['"\\u00', ""],
    ['"\\u00e9', "é"],
    ['"a\\n\\"b', 'a\n"b'],
    ['"\\ud83d', ""],
    ['"\\ud83d\\ude00', "😀"],
    ['"\\ud83d"', "\ud83d"],
    ["42 ", 42],
    ["42", undefined],
  ])("%s", (text, value) => {
    expect(valueAfter(text)).toEqual(value);
    expect(valueAfter(...text)).toEqual(value);
  });

  test("of any JSON grows into the whole, in any pieces", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ noUnicodeString: false })),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (value, space, cuts) => {
          const text = spaced(value, space);
          const whole: unknown = JSON.parse(text);
          const json = partialJson();
          for (const piece of cut(text, cuts)) {
            const before = structuredClone(json.value);
            json.feed(piece);
            expect(growsInto(before, json.value)).toBe(true);
            expect(growsInto(json.value, whole)).toBe(true);
          }
          expect(json.value).toStrictEqual(whole);
          expect(json.done).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("of any JSON, one by one", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 4 }), (value) => {
        const text = JSON.stringify(value);
        const json = partialJson();
        for (const char of text.split("")) {
          expect(json.done).toBe(false);
          const before = structuredClone(json.value);
          json.feed(char);
          expect(growsInto(before, json.value)).toBe(true);
        }
        expect(json.value).toStrictEqual(JSON.parse(text));
      }),
    );
  });

  test("never shows half a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.boolean(), (value, escaped) => {
        const plain = JSON.stringify(value);
        const text = escaped
          ? plain.replace(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
          : plain;
        const json = partialJson();
        for (const char of text.split("")) {
          json.feed(char);
          expect(String(json.value ?? "").isWellFormed()).toBe(true);
        }
        expect(json.value).toBe(value);
      }),
    );
  });
});

describe("what isn't JSON", () => {
  test.each<[string, unknown]>([
    ["x", undefined],
    ["nul ", undefined],
    ["[1,]", [1]],
    ["[,1]", []],
    ["[1 2]", [1]],
    ['{"a" 1}', {}],
    ['{"a":1,}', { a: 1 }],
    ["{1:2}", {}],
    ['{"a":01,"b":2}', {}],
    ['"\nb"', ""],
    ['"\\x"', ""],
    ['"\\uzzzz"', ""],
    ["[1]]", [1]],
    ["[1}", [1]],
    ["]", undefined],
    ["{]", {}],
    ["[1]x", [1]],
  ])("%s keeps what came before", (text, value) => {
    expect(valueAfter(text, " ", "1", '"more"', "]")).toEqual(value);
  });

  test("of any kind throws nothing, and is whole only when JSON.parse agrees", () => {
    const noise = fc.string({
      unit: fc.constantFrom(...'[]{}:,"\\ \n01.-+eEtruefalsn\ud83d\ude00é'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(noise, fc.string(), (mangled, any) => {
        for (const text of [mangled, any, `[${mangled}`, `{"a":${mangled}`]) {
          const json = partialJson();
          for (const char of text.split("")) json.feed(char);
          if (json.done) expect(JSON.parse(text)).toStrictEqual(json.value);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what a model may try", () => {
  test("a member named __proto__ is a member", () => {
    const value = valueAfter('{"__proto__":{"polluted":"ye', 's"},"constructor":1}') as object;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("a hundred thousand brackets are no overflow", () => {
    const json = partialJson();
    json.feed("[".repeat(100_000));
    json.feed("]".repeat(100_000));
    expect(json.done).toBe(true);
  });
});

test("the work is linear in the text: four times the text, about four times the time", () => {
  const time = (words: number): number => {
    const pieces = Array.from({ length: words }, () => "lorem ");
    const start = performance.now();
    const json = partialJson();
    json.feed('{"text":"');
    for (const piece of pieces) json.feed(piece);
    json.feed('"}');
    expect(json.done).toBe(true);
    return performance.now() - start;
  };
  // The best of several rounds, because the machine has other work, too.
  let one = time(25_000);
  let four = time(100_000);
  for (let round = 0; round < 20 && four / one >= 6; round += 1) {
    one = Math.min(one, time(25_000));
    four = Math.min(four, time(100_000));
  }
  // Quadratic work would be sixteen times.
  expect(four / one).toBeLessThan(10);
});
