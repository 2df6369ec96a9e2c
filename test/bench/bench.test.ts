// The benches stay runnable: the command line, what is made of figures, the document's parts, and sections that start
// for real in their quick form, without any package that is compared with.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { partOf, replacePart, triedOf } from "../../bench/document.ts";
import { median, quantile } from "../../bench/median.ts";
import { candidatesOf, notesOf } from "../../bench/peers.ts";
import { SECTIONS, settingsOf, UsageError } from "../../bench/settings.ts";
import { asMarkdown, asText, isMet, type Table } from "../../bench/table.ts";
import { aboveOf, interleaved, ratioTo } from "../../bench/timed.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TABLE: Table = {
  title: "A title",
  columns: ["", "ms", "x the first"],
  rows: [
    ["floor", 1234.5, 1],
    ["a | b", 12.34, Number.NaN],
  ],
  verdicts: [
    { what: "met", value: 1, unit: "ms", atMost: 1 },
    { what: "missed", value: 2, unit: "ms", atMost: 1.5 },
    { what: "reached", value: 0.5, unit: "", atLeast: 0.45 },
  ],
  notes: ["a note"],
};

describe("figures", () => {
  test("the median is the middle, and the upper one of two", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 2])).toBe(2);
    expect(quantile([1, 2, 3, 4], 0.99)).toBe(4);
    expect(median([])).toBeNaN();
  });

  test("a ratio is of the same round, so that a slow round slows both", () => {
    expect(ratioTo([10, 100, 10], [20, 200, 20])).toBe(2);
    expect(aboveOf([10, 100, 10], [11, 101, 11])).toBe(1);
  });

  test("candidates take turns, and what warms up isn't counted", async () => {
    const order: string[] = [];
    const figures = await interleaved(["a", "b"], 2, (name) => order.push(name), 1);
    expect(order.join("")).toBe("ababab");
    expect(figures).toEqual([
      [3, 5],
      [4, 6],
    ]);
  });
});

describe("tables", () => {
  test("say of each goal whether it's met", () => {
    expect(TABLE.verdicts!.map(isMet)).toEqual([true, false, true]);
    const text = asText(TABLE);
    expect(text).toContain("floor  1,235         1.00");
    expect(text).toContain("reached  met: 1.00 ms (goal: at most 1)");
    expect(text).toContain("MISSED   missed: 2.00 ms (goal: at most 1.5)");
  });

  test("are Markdown whose cells stay cells", () => {
    const lines = asMarkdown(TABLE).split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "### A title",
      "",
      "|  | ms | x the first |",
      "| --- | ---: | ---: |",
      "| floor | 1,235 | 1.00 |",
      "| a \\| b | 12.3 | – |",
    ]);
    expect(lines).toContain("- **Missed**: missed: 2.00 ms (goal: at most 1.5)");
  });
});

describe("the command line", () => {
  test("runs everything, or what is named", () => {
    expect(settingsOf([]).sections).toEqual(SECTIONS);
    expect(settingsOf(["sse", "--json"])).toMatchObject({ sections: ["sse"], json: true, rounds: 7 });
    expect(settingsOf(["sse", "--runtime", "deno,bun"]).runtimes).toEqual(["deno", "bun"]);
    expect(settingsOf(["--write"]).runtimes).toHaveLength(5);
    expect(settingsOf(["--quick"]).rounds).toBeLessThan(7);
  });

  test.each([
    [["sise"], "Unknown section: sise"],
    [["sse", "--runtime", "edge"], "Unknown runtime: edge"],
    [["--rounds", "0"], "--rounds takes a whole number"],
    [["--write", "--quick"], "--quick measures nothing"],
    [["--write", "--rounds", "3"], "at least 7 rounds"],
    [["--write", "--only", "json"], "whole sections"],
    [["--fast"], "--fast"],
  ])("%j is refused with a reason", (args, reason) => {
    expect(() => settingsOf(args)).toThrow(UsageError);
    expect(() => settingsOf(args)).toThrow(reason);
  });
});

describe("docs/benchmarks.md", () => {
  const document = readFileSync(`${ROOT}docs/benchmarks.md`, "utf8");
  const machine = {
    date: "2026-11-21T12:00:00.000Z",
    node: "v24.21.0",
    system: "linux x64",
    processors: "2 x a processor",
    memoryGb: 8,
    load: 0.1,
    commit: "abc1234",
    peers: { openai: "7.55.0" },
  };

  test.each(SECTIONS)(
    "has a part for %s that a run can write, and what was tried as it's written now",
    (section) => {
      const measured = { section, machine, rounds: 7, seconds: 12.3, tables: [TABLE] };
      const part = partOf(measured, "Nothing.\n");
      const replaced = replacePart(document, section, part);
      expect(replaced).toContain("2026-11-21 12:00 UTC, commit abc1234");
      expect(replaced).toContain("Peers: openai 7.55.0.");
      expect(replaced).toContain("### What was tried\n\nNothing.\n<!--");
      expect(replacePart(replaced, section, part)).toBe(replaced);
      const tried = triedOf(section);
      if (tried !== undefined && document.includes(`${section}: end -->`)) {
        const between = document.slice(
          document.indexOf(`<!-- ${section}: written`),
          document.indexOf(`<!-- ${section}: end`),
        );
        if (between.includes("###")) expect(between).toContain(tried.trim());
      }
    },
  );

  test("without the part is an error that names it", () => {
    expect(() => replacePart("nothing", "sse", "")).toThrow("sse: written by");
  });
});

describe("candidates", () => {
  test("are the files of a folder; those that lack a package are named with what installs it", () => {
    const listed = candidatesOf("sse", ["latchkey", "latchkey-client"]);
    expect(listed.slice(0, 2).map(({ file }) => file)).toEqual(["latchkey.ts", "latchkey-client.ts"]);
    expect(listed.find(({ file }) => file === "core-sse.ts")!.packages).toEqual(["@azure/core-sse"]);
    expect(notesOf([{ path: "", file: "", packages: ["p"], absent: ["p"] }])).toEqual([
      "left out, because not installed (npm ci --prefix bench): p",
    ]);
    expect(notesOf([])).toEqual([]);
  });

  test.each(["size", "sse", "client", "proxy", "page"])(
    "of %s name only packages of bench/package.json",
    (section) => {
      const { dependencies } = JSON.parse(readFileSync(`${ROOT}bench/package.json`, "utf8"));
      const listed = candidatesOf(section);
      expect(listed.length).toBeGreaterThan(1);
      for (const { file, packages } of listed) {
        for (const name of packages) expect(dependencies, file).toHaveProperty([name]);
      }
    },
  );
});

describe("a quick run", () => {
  test("prints JSON of what it measured, with ours and the floor in it", { timeout: 60_000 }, async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--conditions=latchkey-source",
        "bench/run.ts",
        "size",
        "sse",
        "client",
        "agents",
        "--quick",
        "--json",
      ],
      { cwd: ROOT, env: { ...process.env, BENCH_WITHOUT_PEERS: "1" } },
    );
    const { quick, rounds, machine, tables } = JSON.parse(stdout);
    expect({ quick, rounds }).toEqual({ quick: true, rounds: 2 });
    expect(machine.node).toMatch(/^v\d+/);
    expect(new Set(tables.map(({ section }: { section: string }) => section))).toEqual(
      new Set(["size", "sse", "client", "agents"]),
    );
    for (const { title, columns, rows, verdicts = [] } of tables) {
      expect(rows.length, title).toBeGreaterThan(1);
      for (const row of rows) expect(row, title).toHaveLength(columns.length);
      for (const { value } of verdicts) expect(typeof value, title).toBe("number");
    }
    const names = tables.flatMap(({ rows }: Table) => rows.map(([name]) => name));
    expect(names).toEqual(expect.arrayContaining(["latchkey/sse", "latchkey", "bare fetch loop"]));
    expect(names).not.toContain("openai, AzureOpenAI");
  });
});

test("the command that installs the peers has a lock to install from", () => {
  expect(existsSync(`${ROOT}bench/package-lock.json`)).toBe(true);
  const { packages } = JSON.parse(readFileSync(`${ROOT}bench/package-lock.json`, "utf8"));
  expect(Object.values(packages).filter((one) => "resolved" in (one as object))).toEqual([]);
});
