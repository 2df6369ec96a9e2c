// A value that satisfies a JSON schema, the same for the same words and seed: for structured answers and for the
// arguments of tool calls. Covers what function schemas use: types, enum, const, default, required, nested objects and
// arrays, anyOf/oneOf/allOf, local $ref, common formats, bounds. `pattern` and `not` are not honoured.

import { isObject, type JsonObject } from "./json.ts";
import { pick, type Random, randomUuid } from "./random.ts";

/** Deep enough for any hand-written schema; a recursive one ends here with its simplest value. */
const MAX_DEPTH = 12;

interface Source {
  readonly root: unknown;
  /** Words of the conversation, used where they fit. */
  readonly names: readonly string[];
  readonly numbers: readonly number[];
  readonly text: string;
  readonly random: Random;
  /** Values and references left to make. Breadth times depth of a recursive schema has no other bound. */
  left: number;
  /** How deep in nested allOf. */
  folding: number;
}

const MAX_VALUES = 10_000;

export function sampleValue(schema: unknown, text: string, random: Random): unknown {
  return sample(schema, "value", 0, {
    root: schema,
    names: properNouns(text),
    numbers: (text.match(/-?\d+(?:\.\d+)?/g) ?? []).map(Number),
    text,
    random,
    left: MAX_VALUES,
    folding: 0,
  });
}

/** Capitalised words that don't merely open a sentence, neighbours joined: "New York", "Paris". */
export function properNouns(text: string): string[] {
  const found = text.matchAll(/(?<![.!?]\s|^|["“]\s?)(?<!\p{L})\p{Lu}[\p{L}'-]*(?:\s\p{Lu}[\p{L}'-]*)*/gu);
  const names = [...found].map(([name]) => name).filter((name) => name !== "I" && !/^I'/.test(name));
  return [...new Set(names)];
}

function sample(given: unknown, name: string, depth: number, source: Source): unknown {
  if (given === true) return fromName(name, source);
  if (!isObject(given) || source.left-- <= 0) return null;
  const schema = resolve(given, source);
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0)
    return mentioned(schema.enum, source) ?? schema.enum[0];
  if ("default" in schema) return schema.default;
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches) && branches.length > 0) {
    const { anyOf: _anyOf, oneOf: _oneOf, ...rest } = schema;
    return sample(merge(rest, chooseBranch(branches, depth)), name, depth + 1, source);
  }
  switch (typeOf(schema)) {
    case "object":
      return sampleObject(schema, depth, source);
    case "array":
      return sampleArray(schema, name, depth, source);
    case "integer":
    case "number":
      return sampleNumber(schema, source);
    case "boolean":
      return source.random() < 0.5;
    case "null":
      return null;
    default:
      return sampleString(schema, name, source);
  }
}

/** The first branch that is not null, or null itself once the value is deep enough. */
function chooseBranch(branches: readonly unknown[], depth: number): unknown {
  const isNull = (branch: unknown): boolean => isObject(branch) && branch.type === "null";
  if (depth >= MAX_DEPTH / 2) return branches.find(isNull) ?? branches[0];
  return branches.find((branch) => !isNull(branch)) ?? branches[0];
}

function typeOf(schema: JsonObject): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== "null") ?? "null";
  if (schema.type !== undefined) return schema.type;
  if (isObject(schema.properties)) return "object";
  return schema.items === undefined ? "string" : "array";
}

/** Follows local references and folds allOf in. */
function resolve(schema: JsonObject, source: Source): JsonObject {
  let current = schema;
  for (let hops = 0; typeof current.$ref === "string" && hops < MAX_DEPTH; hops++) {
    const { $ref, ...rest } = current;
    const target = lookUp(source.root, $ref as string);
    current = isObject(target) ? { ...target, ...rest } : rest;
  }
  if (!Array.isArray(current.allOf)) return current;
  const { allOf, ...rest } = current;
  return allOf.reduce<JsonObject>((all, part) => {
    // A reference may lead back here: what is left bounds that too.
    if (!isObject(part) || source.left-- <= 0 || source.folding >= MAX_DEPTH) return all;
    source.folding++;
    const folded = merge(all, resolve(part, source));
    source.folding--;
    return folded;
  }, rest);
}

function lookUp(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  let current = root;
  for (const step of reference.slice(1).split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as JsonObject)[key];
  }
  return current;
}

function merge(first: JsonObject, second: unknown): JsonObject {
  if (!isObject(second)) return first;
  const merged: JsonObject = { ...first, ...second };
  if (isObject(first.properties) && isObject(second.properties)) {
    merged.properties = { ...first.properties, ...second.properties };
  }
  if (Array.isArray(first.required) && Array.isArray(second.required)) {
    merged.required = [...first.required, ...second.required];
  }
  return merged;
}

function sampleObject(schema: JsonObject, depth: number, source: Source): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const value: JsonObject = {};
  for (const [name, property] of Object.entries(properties)) {
    // Optional members are given too, until the depth is used up: they make the answer worth looking at.
    if (depth >= MAX_DEPTH / 2 && !required.has(name)) continue;
    const member = depth >= MAX_DEPTH ? null : sample(property, name, depth + 1, source);
    Object.defineProperty(value, name, {
      value: member,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return value;
}

const MAX_ITEMS = 100;

function sampleArray(schema: JsonObject, name: string, depth: number, source: Source): unknown[] {
  if (Array.isArray(schema.prefixItems)) {
    return schema.prefixItems.map((item: unknown) => sample(item, name, depth + 1, source));
  }
  const least = Math.min(MAX_ITEMS, bound(schema.minItems, 0));
  const most = bound(schema.maxItems, MAX_ITEMS);
  if (depth >= MAX_DEPTH) return [];
  const wanted = depth >= MAX_DEPTH / 2 ? 0 : 2;
  const count = Math.min(most, Math.max(least, wanted));
  return Array.from({ length: count }, (_, index) =>
    sample(schema.items ?? true, `${name} ${index + 1}`, depth + 1, source),
  );
}

function bound(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

function sampleNumber(schema: JsonObject, { numbers, random }: Source): number {
  const integer = typeOf(schema) === "integer";
  const step = bound(schema.multipleOf, integer ? 1 : 0.01);
  const least = Math.max(
    bound(schema.minimum, Number.NEGATIVE_INFINITY),
    bound(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY) + step,
  );
  const most = Math.min(
    bound(schema.maximum, Number.POSITIVE_INFINITY),
    bound(schema.exclusiveMaximum, Number.POSITIVE_INFINITY) - step,
  );
  const fits = (value: number): boolean =>
    value >= least &&
    value <= most &&
    (!integer || Number.isInteger(value)) &&
    isMultiple(value, schema.multipleOf);
  const named = numbers.find(fits);
  if (named !== undefined) return named;
  const from = Number.isFinite(least) ? least : Number.isFinite(most) ? most - 100 : 1;
  const to = Number.isFinite(most) ? most : from + 99;
  const raw = from + random() * (to - from);
  const stepped = Math.ceil(raw / step) * step;
  const value = stepped > to ? Math.floor(to / step) * step : stepped;
  return Number(value.toFixed(integer ? 0 : 6));
}

function isMultiple(value: number, of: unknown): boolean {
  return typeof of !== "number" || of <= 0 || Math.abs(value / of - Math.round(value / of)) < 1e-9;
}

const FORMATS: Readonly<Record<string, (source: Source) => string>> = {
  date: () => "2026-01-31",
  time: () => "12:30:00Z",
  "date-time": () => "2026-01-31T12:30:00Z",
  duration: () => "PT15M",
  email: () => "ada@example.com",
  uri: () => "https://example.com/",
  url: () => "https://example.com/",
  hostname: () => "example.com",
  ipv4: () => "192.0.2.1",
  ipv6: () => "2001:db8::1",
  uuid: ({ random }) => randomUuid(random),
};

const MAX_STRING = 10_000;

function sampleString(schema: JsonObject, name: string, source: Source): string {
  const format =
    typeof schema.format === "string" && Object.hasOwn(FORMATS, schema.format)
      ? FORMATS[schema.format]
      : undefined;
  let text = format === undefined ? fromName(name, source) : format(source);
  const least = Math.min(MAX_STRING, bound(schema.minLength, 0));
  while (text.length < least) text += text === "" ? "a" : ` ${text}`;
  return text.slice(0, bound(schema.maxLength, MAX_STRING));
}

/** A name from the question where one is wanted, else something the member's name suggests. */
function fromName(name: string, { names, text, random }: Source): string {
  const [first] = names;
  if (/query|question|search|prompt|text|message|content|input/i.test(name) && text !== "")
    return text.slice(0, 200);
  if (
    /city|location|place|name|person|country|destination|origin|topic|subject|title|to$|from$/i.test(name) &&
    first !== undefined
  ) {
    return first;
  }
  if (/date|day/i.test(name)) return "2026-01-31";
  if (/e-?mail/i.test(name)) return "ada@example.com";
  if (/url|link|href/i.test(name)) return "https://example.com/";
  return first ?? `${pick(random, ["sample", "example", "first"])} ${name.replaceAll("_", " ")}`;
}

function mentioned(values: readonly unknown[], { text }: Source): unknown {
  const said = text.toLowerCase();
  return values.find(
    (value) => typeof value === "string" && value !== "" && said.includes(value.toLowerCase()),
  );
}
