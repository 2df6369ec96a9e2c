import { describe, expect, test } from "vitest";
import { type Line, lineOf } from "../check.ts";
import { differences, renderTable, replacePart } from "../tables.ts";

const line = (more: Partial<Line>): Line => ({
  client: "sdk",
  version: "1.0.0",
  language: "JavaScript",
  check: "chat",
  result: "pass",
  ...more,
});
const DOCUMENT = `# Compatibility

<!-- js: written by npm run interop -- --write -->
<!-- js: end -->

## Python

<!-- python: written by npm run interop -- --write -->
kept
<!-- python: end -->
`;

describe("a line", () => {
  test("is read as it was printed", () => {
    expect(lineOf(JSON.stringify(line({ note: "why" })))).toEqual(line({ note: "why" }));
  });

  test.each(["Downloading", "{}", "null", JSON.stringify(line({ version: "" })), '{"result":"maybe"}'])(
    "is not %s",
    (text) => expect(lineOf(text)).toBeUndefined(),
  );
});

describe("a table", () => {
  const lines = [
    line({ check: "stream", note: "runs, as events" }),
    line({}),
    line({ client: "sdk (Azure)", check: "stream", result: "fail", note: "404 | <nobody>" }),
    line({ client: "sdk (Azure)", result: "absent", note: "runs, as events" }),
    line({ client: "sdk (Azure)", check: "order" }),
  ];
  const table = renderTable(lines, "2026-11-21");

  test("has a row per client and version, and a column per check in one order", () => {
    expect(table.split("\n").filter((row) => row.startsWith("|"))).toEqual([
      "| client | version | chat | stream | order |",
      "| --- | --- | --- | --- | --- |",
      "| `sdk` | 1.0.0 | yes | yes [1] |  |",
      "| `sdk` (Azure) | 1.0.0 | – [1] | **no** [2] | yes |",
    ]);
  });

  test("has each note once, in words that are no markup", () => {
    expect(table).toMatch(/^Run on 2026-11-21\.\n\n\|/);
    expect(table.split("\n").slice(-2)).toEqual(["1. runs, as events", "2. 404 \\| &lt;nobody>"]);
  });

  test("replaces its own part of the document only", () => {
    const written = replacePart(DOCUMENT, "js", table);
    expect(written).toContain(`-- --write -->\n${table}\n<!-- js: end -->`);
    expect(replacePart(written, "js", "")).toBe(DOCUMENT.replace("<!-- js: end", "\n<!-- js: end"));
    expect(written).toContain("kept");
    expect(() => replacePart(DOCUMENT, "go", table)).toThrow(/no part/);
  });
});

describe("the document", () => {
  const written = replacePart(
    DOCUMENT,
    "js",
    renderTable([line({}), line({ check: "stream" })], "2026-11-21"),
  );

  test("agrees with a run of another day, and with another note", () => {
    expect(differences(written, "js", [line({ note: "new" }), line({ check: "stream" })])).toEqual([]);
  });

  test.each<[string, Line[]]>([
    ["a cell", [line({ result: "fail" }), line({ check: "stream" })]],
    ["a version", [line({ version: "1.0.1" }), line({ check: "stream", version: "1.0.1" })]],
    ["a client more", [line({}), line({ check: "stream" }), line({ client: "other" })]],
    ["a check less", [line({})]],
    ["nothing at all", []],
  ])("differs by %s", (_, lines) => {
    expect(differences(written, "js", lines)).not.toEqual([]);
  });

  test("without a table differs from every run", () => {
    expect(differences(DOCUMENT, "js", [line({})])).not.toEqual([]);
  });
});
