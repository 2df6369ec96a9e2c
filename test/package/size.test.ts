// The published package does not grow unnoticed; docs/decisions/024 has the goal and what was tried.
import { expect, inject, test } from "vitest";
import { exceeded, measure, table } from "../../tools/size.mjs";

test("no part costs more than it did", async () => {
  const sizes = await measure(inject("project"), []);
  console.log(table(sizes));
  expect(exceeded(sizes)).toEqual([]);
});
