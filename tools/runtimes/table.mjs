// What a run prints: a table runtime x suite, then each failure with its place, and what platforms lack.

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} version
 * @property {import("../../test/portable/harness.ts").Result[]} results
 * @property {string | undefined} trouble why the runtime is absent or didn't finish
 * @property {number} ms
 */

/** @param {readonly Row[]} rows @param {readonly string[]} suites @param {(line: string) => void} say */
export function printTable(rows, suites, say) {
  const lines = [["runtime", ...suites, "all", "gaps", "s"]];
  for (const { name, version, results, ms } of rows) {
    const of = (/** @type {string | undefined} */ suite) =>
      countOf(results.filter((result) => suite === undefined || result.suite === suite));
    const gaps = results.filter(({ gap }) => gap !== undefined).length;
    lines.push([
      `${name} ${version}`,
      ...suites.map(of),
      of(undefined),
      String(gaps),
      (ms / 1000).toFixed(1),
    ]);
  }
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  say("");
  for (const line of lines) {
    say(
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    );
  }
  const tests = new Set(rows.flatMap(({ results }) => results.map(({ suite, name }) => `${suite}: ${name}`)));
  say(`\n${tests.size} tests; those with an emulator run twice: in process and over HTTP.`);
}

/** @param {readonly import("../../test/portable/harness.ts").Result[]} results */
function countOf(results) {
  const ran = results.filter(({ gap }) => gap === undefined);
  const failed = ran.filter(({ error }) => error !== undefined).length;
  if (ran.length === 0) return "-";
  return failed === 0 ? String(ran.length) : `${ran.length - failed}/${ran.length}`;
}

/** @param {readonly Row[]} rows @param {(line: string) => void} say */
export function printFailures(rows, say) {
  for (const { name, results, trouble } of rows) {
    const lacking = new Map();
    for (const result of results) {
      if (result.gap !== undefined) lacking.set(result.gap, (lacking.get(result.gap) ?? 0) + 1);
      if (result.error !== undefined) {
        say(
          `\nFAILED  ${name} · ${result.suite} · ${result.place} · ${result.name}\n  ${indent(result.error)}`,
        );
      }
    }
    for (const [reason, count] of lacking) say(`${name} leaves out ${count}: ${reason}`);
    if (trouble !== undefined) say(`\nFAILED  ${indent(trouble)}`);
  }
}

/** @param {string} text */
const indent = (text) => text.trim().split("\n").slice(0, 12).join("\n  ");
