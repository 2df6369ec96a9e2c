// The rules find what they are for, in a small repository made to break them, and nothing in ours is needed for that.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findings, importsOf } from "../../check-imports.mjs";

const SOUND = {
  "src/index.ts": 'export { send } from "./http/send.ts";',
  "src/sse/index.ts": 'export { parse } from "./parse.ts";',
  "src/sse/parse.ts": "export const parse = () => 1;",
  "src/http/send.ts":
    'import ky from "ky"; import { parse } from "../sse/index.ts"; export const send = () => ky(parse());',
  "worker/proxy.ts": 'import { parse } from "latchkey/sse"; export const proxy = () => parse();',
  "emulator/index.ts":
    'import type { Chunk } from "latchkey"; export const emulate = (chunk: Chunk) => chunk;',
};

function check(files: Record<string, string>, longFiles: Record<string, string> = {}): string[] {
  const root = mkdtempSync(join(tmpdir(), "latchkey-rules-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries({ ...SOUND, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return findings(root, longFiles);
}

test("finds nothing in a sound repository", () => {
  expect(check({})).toEqual([]);
});

test.for([
  ["src/sse/a.ts", "must not import ../http/send.ts", 'import "../http/send.ts";'],
  ["src/http/a.ts", "must not import ../chat/stream.ts", 'import "../chat/stream.ts";'],
  ["src/http/a.ts", "must not import node:fs", 'import fs from "node:fs";'],
  ["src/openai/a.ts", "must not import ../inference/a.ts", 'import "../inference/a.ts";'],
  ["src/openai/a.ts", "must not import valibot", 'const a = () => import("valibot");'],
  ["worker/a.ts", "must not import ../src/index.ts", 'import "../src/index.ts";'],
  ["worker/a.ts", "must not import ../emulator/index.ts", 'import "../emulator/index.ts";'],
  ["emulator/a.ts", "for types only", 'import { parse } from "latchkey/sse";'],
  [
    "demo/a.tsx",
    "must not import ../src/index.ts",
    'import { a } from "../src/index.ts"; export const b = <p>{a}</p>;',
  ],
  ["e2e/a.ts", "must not import ../demo/page.tsx", 'import "../demo/page.tsx";'],
  ["examples/a.ts", "must not import ../worker/proxy.ts", 'import "../worker/proxy.ts";'],
  ["src/utils/a.ts", 'the name "utils" says nothing', ""],
  ["worker/helpers.ts", 'the name "helpers" says nothing', ""],
  ["src/long.ts", "302 lines", "//\n".repeat(301)],
  ["src/sse/run.ts", "runs code when imported", "console.log(1);"],
  ["emulator/run.ts", "runs code when imported", "if (true) globalThis.name = 'x';"],
  ["src/later.ts", "leaves work for later", `// ${"TO"}${"DO"}: more`],
  [
    "package-lock.json",
    "names a registry",
    '{ "packages": { "node_modules/a": { "version": "1.0.0", "resolved": "https://r.example/a.tgz" } } }',
  ],
  [
    "package-lock.json",
    "a-windows, wanted by node_modules/a, is missing",
    '{ "packages": { "node_modules/a": { "version": "1.0.0", "optionalDependencies": { "a-windows": "1.0.0" } } } }',
  ],
] as const)("refuses %s: %s", ([path, reason, text]) => {
  const found = check({ [path]: text });
  expect(found).toEqual([expect.stringContaining(reason)]);
  expect(found[0]).toContain(path);
});

test("lets a long file be when its reason is listed, and wants the list kept", () => {
  expect(check({ "src/long.ts": "//\n".repeat(301) }, { "src/long.ts": "a table" })).toEqual([]);
  expect(check({}, { "src/gone.ts": "a table" })).toEqual([
    "src/gone.ts: is listed as long but doesn't exist",
  ]);
});

test("tells imports for types from others", () => {
  expect(
    importsOf(
      'import type { A } from "a"; import { type B } from "b"; export * from "c"; import("d");',
      "x.ts",
    ),
  ).toEqual([
    { specifier: "a", typeOnly: true },
    { specifier: "b", typeOnly: false },
    { specifier: "c", typeOnly: false },
    { specifier: "d", typeOnly: false },
  ]);
});
