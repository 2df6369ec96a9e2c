import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LONGEST_LINE, linesIn, MOST_LINES } from "../embeddings/lines.ts";
import { cosine, neighboursOf, placesOf } from "../embeddings/plane.ts";

describe("lines", () => {
  test("empty ones and the same twice are left out", () => {
    expect(linesIn(" a \n\nb\na\r\nc")).toEqual({ ok: true, lines: ["a", "b", "c"] });
  });

  test.each([
    ["a\nb", "few", 2],
    [Array.from({ length: MOST_LINES + 1 }, (_, i) => `${i}`).join("\n"), "many", MOST_LINES + 1],
    [`a\nb\n${"c".repeat(LONGEST_LINE + 1)}`, "long", LONGEST_LINE + 1],
  ] as const)("what is no map is refused with its figure", (text, why, count) => {
    expect(linesIn(text)).toEqual({ ok: false, why, count });
  });
});

describe("the plane", () => {
  test("cosine: the same direction is 1, a right angle 0, nothing at all 0", () => {
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1);
    expect(cosine([1, 0], [0, 3])).toBe(0);
    expect(cosine([0, 0], [1, 1])).toBe(0);
  });

  test("neighbours are the others, nearest first", () => {
    const vectors = [
      [1, 0],
      [0, 1],
      [1, 0.1],
      [1, 1],
    ];
    expect(neighboursOf(vectors, 0).map(({ index }) => index)).toEqual([2, 3, 1]);
  });

  test("the direction in which vectors differ most is the first of the map", () => {
    const places = placesOf([
      [0, 0, 0],
      [0, 10, 0],
      [0, 20, 1],
      [0, 30, 0],
    ]);
    const along = places.map(([x]) => x);
    expect(Math.abs(along[3]! - along[0]!)).toBeCloseTo(2, 1);
    expect([...along].toSorted((a, b) => a - b)).toEqual(along[0]! < along[3]! ? along : along.toReversed());
  });

  test("the same vectors lie in one place, and all places are on the map", () => {
    const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(vector, { minLength: 3, maxLength: 12 }), (vectors) => {
        const places = placesOf([...vectors, vectors[0]!]);
        expect(places.at(-1)).toEqual(places[0]);
        for (const place of places.flat()) {
          expect(Number.isFinite(place)).toBe(true);
          expect(Math.abs(place)).toBeLessThanOrEqual(1 + 1e-9);
        }
        expect(placesOf(vectors)).toEqual(placesOf(vectors));
      }),
    );
  });
});
