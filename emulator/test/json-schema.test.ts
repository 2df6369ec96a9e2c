import { describe, expect, test } from "vitest";
import { properNouns, sampleValue } from "../json-schema.ts";
import { createRandom } from "../random.ts";

const sample = (schema: unknown, text = ""): unknown => sampleValue(schema, text, createRandom(1));

describe("sampleValue", () => {
  test.each([
    ["const", { const: 7 }, 7],
    ["default", { type: "string", default: "d" }, "d"],
    ["first of an enum", { enum: ["a", "b"] }, "a"],
    ["null", { type: "null" }, null],
    ["type or null", { type: ["null", "integer"], minimum: 4, maximum: 4 }, 4],
    ["anyOf, not null", { anyOf: [{ type: "null" }, { const: "x" }] }, "x"],
    [
      "allOf",
      { allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] },
      { a: 1, b: 2 },
    ],
    ["tuple", { type: "array", prefixItems: [{ const: 1 }, { const: "b" }] }, [1, "b"]],
    ["date", { type: "string", format: "date" }, "2026-01-31"],
    ["exclusive bounds", { type: "integer", exclusiveMinimum: 3, exclusiveMaximum: 5 }, 4],
    ["multipleOf", { type: "integer", minimum: 8, maximum: 12, multipleOf: 7 }, undefined],
    ["maxLength", { type: "string", maxLength: 3 }, undefined],
    [
      "member named __proto__",
      JSON.parse('{"type":"object","properties":{"__proto__":{"const":1}}}'),
      JSON.parse('{"__proto__":1}'),
    ],
  ])("%s", (name, schema, expected) => {
    const value = sample(schema);
    if (name === "multipleOf") expect([7, 8, 12, 14]).toContain(value);
    else if (name === "maxLength") expect((value as string).length).toBeLessThanOrEqual(3);
    else expect(value).toEqual(expected);
  });

  test.each([
    [{ type: "number", minimum: 0, maximum: 1 }, 0, 1],
    [{ type: "number", minimum: -5, maximum: -4 }, -5, -4],
    [{ type: "integer", maximum: 2 }, -98, 2],
    [{ type: "integer", minimum: 1e6 }, 1e6, 1e6 + 99],
  ])("numbers stay within bounds: %o", (schema, least, most) => {
    for (let seed = 0; seed < 200; seed++) {
      const value = sampleValue(schema, "", createRandom(seed)) as number;
      expect(value).toBeGreaterThanOrEqual(least);
      expect(value).toBeLessThanOrEqual(most);
    }
  });

  test("strings and arrays keep their lengths", () => {
    const value = sample({
      type: "object",
      properties: {
        long: { type: "string", minLength: 40, maxLength: 45 },
        many: { type: "array", items: { type: "boolean" }, minItems: 5, maxItems: 9 },
        one: { type: "array", items: { type: "string" }, maxItems: 1 },
      },
    }) as { long: string; many: boolean[]; one: string[] };
    expect(value.long.length).toBeGreaterThanOrEqual(40);
    expect(value.long.length).toBeLessThanOrEqual(45);
    expect(value.many).toHaveLength(5);
    expect(value.one).toHaveLength(1);
  });

  test("a recursive schema ends", () => {
    const node = {
      type: "object",
      properties: { name: { type: "string" }, children: { type: "array", items: { $ref: "#" } } },
    };
    expect(JSON.stringify(sample(node)).length).toBeLessThan(20_000);
    const required = {
      $ref: "#/$defs/a",
      $defs: { a: { type: "object", properties: { next: { $ref: "#/$defs/a" } }, required: ["next"] } },
    };
    expect(JSON.stringify(sample(required)).length).toBeLessThan(2_000);
    expect(sample({ $ref: "#/$defs/loop", $defs: { loop: { $ref: "#/$defs/loop" } } })).toBeTypeOf("string");
  });

  test.each([
    [
      "folded into itself",
      {
        $ref: "#/$defs/a",
        $defs: { a: { allOf: Array.from({ length: 10 }, () => ({ $ref: "#/$defs/a" })) } },
      },
    ],
    [
      "wide and recursive",
      {
        type: "object",
        properties: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, { $ref: "#" }])),
      },
    ],
  ])("a schema %s ends soon", (_name, schema) => {
    const start = performance.now();
    sample(schema);
    expect(performance.now() - start).toBeLessThan(500);
  });

  test("words of the conversation are used where they fit", () => {
    const schema = {
      type: "object",
      properties: {
        city: { type: "string" },
        nights: { type: "integer" },
        class: { enum: ["economy", "business"] },
      },
    };
    expect(sample(schema, "Fly business to New York for 4 nights")).toEqual({
      city: "New York",
      nights: 4,
      class: "business",
    });
  });
});

describe("properNouns", () => {
  test.each([
    ["What is the weather in Paris and New York?", ["Paris", "New York"]],
    ["I think I'm in Łódź", ["Łódź"]],
    ["nothing here", []],
    ["First. Second. third", []],
  ])("%j", (text, expected) => {
    expect(properNouns(text)).toEqual(expected);
  });
});
