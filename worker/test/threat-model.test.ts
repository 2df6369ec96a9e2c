// docs/threat-model.md says which test shows what. Here it is held to that.
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { threatCases } from "./threat-cases.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const model = readFileSync(new URL("../../docs/threat-model.md", import.meta.url), "utf8");

const cases = Object.keys(threatCases);

/** Rows of the table: the case and its tests, each as [file, name]. */
const shown = [...model.matchAll(/^\| ([D-I]\d\d) \|.*\| ([^|]+) \|$/gm)].map(([, id, cell]) => ({
  id: id!,
  tests: cell!.split("<br>").map((one) => /^`([^`]+)` (.+)$/.exec(one)?.slice(1) ?? [one, ""]),
}));
const gaps = [...model.matchAll(/^- \*\*([D-I]\d\d)\*\*/gm)].map(([, id]) => id!);

const sources = new Map(
  globSync("**/*.ts", { cwd: folder })
    .filter((file) => file !== basename(import.meta.filename))
    .map((file) => [file.replaceAll("\\", "/"), readFileSync(`${folder}${file}`, "utf8")]),
);

describe("the threat model", () => {
  test("has every case once: with a test, or among those without", () => {
    expect([...shown.map(({ id }) => id), ...gaps].toSorted()).toEqual(cases.toSorted());
  });

  for (const { id, tests } of shown) {
    test(`${id}: its tests exist`, () => {
      expect(tests.length).toBeGreaterThan(0);
      for (const [file, name] of tests) {
        const source = sources.get(file!) ?? "";
        const found = [`"${name}"`, `\`${name}\``].some((literal) => source.includes(literal));
        expect([file, name, found]).toEqual([file, name, true]);
      }
    });
  }

  test("a case among those without a test has none: else it belongs into the table", () => {
    // As tests are named: by ids at the beginning.
    const named = (id: string) =>
      [...sources].filter(([, source]) => new RegExp(`["\`]([A-Z]\\d+ )*${id} `).test(source));
    expect(gaps.flatMap((id) => named(id).map(([file]) => `${id} in ${file}`))).toEqual([]);
  });
});
