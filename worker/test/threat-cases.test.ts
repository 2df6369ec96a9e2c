// Every case of threat-cases.ts has a test that begins its name with the case's id, or a reason why it has none.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type ThreatCase, threatCases, withoutTest } from "./threat-cases.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const sources = globSync("**/*.ts", { cwd: folder })
  .filter((file) => !/^threat-/.test(file))
  .map((file) => readFileSync(folder + file, "utf8"));

/** The ids at the beginning of what is said as a name: of a test, of a group of tests, or of a row of a table. */
const named = new Set(
  sources.flatMap((source) =>
    [...source.matchAll(/["'`]((?:[A-Z]\d{1,2} )+)\S/g)].flatMap(([, ids]) => ids!.trim().split(" ")),
  ),
);
const ids = Object.keys(threatCases) as ThreatCase[];

test("the list has every case of the groups once, in order", () => {
  const perGroup = Object.groupBy(ids, (id) => id[0]!);
  const counts = Object.entries(perGroup).map(([group, list]) => `${group} ${list!.length}`);
  expect(counts).toEqual(["D 12", "E 23", "F 22", "G 19", "H 13", "I 12"]);
  expect(ids).toEqual(ids.toSorted());
});

for (const id of ids) {
  const reason = withoutTest[id];
  test(`${id} ${reason === undefined ? "has a test" : "has none, and a reason"}`, () => {
    expect(named.has(id)).toBe(reason === undefined);
    if (reason !== undefined) expect(reason.length).toBeGreaterThan(20);
  });
}
