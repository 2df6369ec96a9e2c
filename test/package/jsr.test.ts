// The package as JSR takes it: every entry point with explicit types, and nothing that isn't for users.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, run } from "./processes.ts";

interface Manifest {
  name: string;
  version: string;
  exports: Record<string, string>;
}
const read = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"));

test("jsr.json has the version and the entry points of package.json, but for the proxy", () => {
  const jsr = read("jsr.json") as Manifest;
  const npm = read("package.json") as { version: string; exports: Record<string, Record<string, string>> };
  expect(jsr.version).toBe(npm.version);
  const sources = Object.entries(npm.exports)
    .filter(([path]) => path !== "./package.json" && path !== "./proxy")
    .map(([path, conditions]) => [path, conditions["latchkey-source"]]);
  expect(jsr.exports).toEqual(Object.fromEntries(sources));
});

test("deno publish finds no slow type and nothing else to say", async () => {
  const { code, stderr, stdout } = await run(["publish", "--dry-run", "--allow-dirty"], {
    command: join(root, "node_modules/.bin/deno"),
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  expect(stderr).toContain("Dry run complete");
  expect(stderr + stdout).not.toMatch(/slow-type|\[ERROR\]|^(error|warning)/im);
  expect(code).toBe(0);
});
