// The runner of the portable suite: what it prints, what it counts as a failure, and that its lists are true.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createEmulator } from "latchkey/emulator";
import { expect, test } from "vitest";
import { fails, has, thrown, Unexpected } from "../../../test/portable/expect.ts";
import { type Host, type Service, Suite } from "../../../test/portable/harness.ts";
import { SUITES } from "../../../test/portable/suites.ts";
import { root } from "../../install.mjs";
import { PLACES } from "../../runtimes/places.mjs";
import { SUITE_NAMES } from "../../runtimes/suite-names.mjs";
import { printFailures, printTable } from "../../runtimes/table.mjs";

const HOST: Host = { name: "Node", browser: false, emulator: "http://127.0.0.1:1", stray: [], gaps: {} };
const open = (): Service => ({ name: "t", url: "x", fetch: undefined, ask: fetch, ledger: async () => [] });

test("the runner knows every suite, and gaps name runtimes that there are", () => {
  expect(SUITES.map(({ name }) => name)).toEqual(SUITE_NAMES);
  const gaps = JSON.parse(readFileSync(join(root, "test/portable/gaps.json"), "utf8")) as Record<
    string,
    { reason: string; runtimes: string[] }
  >;
  const names = PLACES.map(({ name }) => name);
  for (const { reason, runtimes } of Object.values(gaps)) {
    expect(reason).toBeTruthy();
    expect(names).toEqual(expect.arrayContaining(runtimes));
  }
  const tests = new Set(SUITES.flatMap((suite) => suite.cases.map(({ name }) => `${suite.name} ${name}`)));
  expect(tests.size).toBeGreaterThanOrEqual(300);
});

test("a test that fails, one that is late to reject, and one that the platform can't run are told apart", async () => {
  const suite = new Suite("s");
  suite.alone("passes", () => {});
  suite.alone("fails", () => has({ a: 1 }, { a: 2 }));
  suite.alone("leaves a rejection", ({ stray }) => void stray.push("lost"));
  suite.both("needs files", () => {}, "files");
  const results = await suite.run({ ...HOST, gaps: { files: "no disk" } }, open);
  expect(results.map(({ place, name, error, gap }) => [place, name, error?.split("\n")[0], gap])).toEqual([
    ["alone", "passes", undefined, undefined],
    ["alone", "fails", 'Unexpected: a: expected {"a":2} in {"a":1}', undefined],
    ["alone", "leaves a rejection", "Error: unhandled: lost", undefined],
    ["in process", "needs files", undefined, "no disk"],
    ["HTTP", "needs files", undefined, "no disk"],
  ]);
});

test("two tests of one name are refused", () => {
  const suite = new Suite("s");
  suite.alone("a", () => {});
  expect(() => suite.alone("a", () => {})).toThrow('two tests named "a"');
});

test("an expectation that nothing was thrown fails by itself", async () => {
  await expect(thrown(async () => 1)).rejects.toBeInstanceOf(Unexpected);
  await expect(fails(() => createEmulator({ seed: 1.5 }), { name: "Nothing" })).rejects.toThrow(
    "expected name",
  );
});

test("the table has a row for each runtime; failures and what is absent follow", () => {
  const result = (name: string, more = {}) => ({
    suite: "sse",
    place: "alone" as const,
    name,
    ms: 1,
    ...more,
  });
  const rows = [
    {
      name: "Node",
      version: "1",
      results: [result("a"), result("b", { error: "no" })],
      trouble: undefined,
      ms: 1500,
    },
    {
      name: "Deno",
      version: "2",
      results: [result("a"), result("b", { gap: "no disk" })],
      trouble: undefined,
      ms: 0,
    },
    { name: "Bun", version: "", results: [], trouble: "Bun is absent. Install it:\n  npm ci", ms: 0 },
  ];
  const lines: string[] = [];
  printTable(rows, ["sse"], (line) => lines.push(line));
  printFailures(rows, (line) => lines.push(line));
  expect(lines.map((line) => line.trim().replaceAll(/ +/g, " "))).toEqual([
    "",
    "runtime sse all gaps s",
    "Node 1 1/2 1/2 0 1.5",
    "Deno 2 1 1 1 0.0",
    "Bun - - 0 0.0",
    "2 tests; those with an emulator run twice: in process and over HTTP.",
    "FAILED Node \u00b7 sse \u00b7 alone \u00b7 b\n no",
    "Deno leaves out 1: no disk",
    "FAILED Bun is absent. Install it:\n npm ci",
  ]);
});
