import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COMMON_PARAMETERS, type Parameter, type Scenario } from "../scenario.ts";
import { SCENARIOS } from "../scenarios.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function parameterText([name, { default: value }]: [string, Parameter]): string {
  return `\`${name}\` ${value === Number.POSITIVE_INFINITY ? "(all)" : value === "" ? "(none)" : `= ${value}`}`;
}

test.each(Object.entries<Scenario>(SCENARIOS))(
  "the README has the row of %s",
  (name, { about, parameters = {} }) => {
    const settings = Object.entries(parameters).map(parameterText).join(", ");
    expect(readme).toContain(`| \`${name}\` | ${about} | ${settings} |\n`);
  },
);

test("the README has no row of a scenario that is not there", () => {
  const table = readme.slice(
    readme.indexOf("| scenario |"),
    readme.indexOf("\n\n", readme.indexOf("| scenario |")),
  );
  const rows = table.split("\n").slice(2);
  expect(rows).toHaveLength(Object.keys(SCENARIOS).length);
  for (const name of Object.keys(COMMON_PARAMETERS)) expect(readme).toContain(`\`${name}\``);
});
