// When an install is due: the record that npm leaves behind is compared with the lock file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { missingDependencies } from "../../install.mjs";

const LOCK = {
  "": { version: "1.0.0" },
  "node_modules/a": { version: "1.2.3" },
  "node_modules/a-windows": { version: "1.2.3", optional: true },
};

function project(installed: object | undefined, folders: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-install-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages: LOCK }));
  for (const name of folders) {
    mkdirSync(join(folder, "node_modules", name), { recursive: true });
    writeFileSync(join(folder, "node_modules", name, "package.json"), "{}");
  }
  if (installed !== undefined) {
    const record = JSON.stringify({ packages: installed });
    writeFileSync(join(folder, "node_modules", ".package-lock.json"), record);
  }
  return folder;
}

test("nothing is due when everything for this platform is there", () => {
  expect(missingDependencies(project({ "node_modules/a": { version: "1.2.3" } }, ["a"]))).toBeUndefined();
});

test.for([
  { name: "a fresh clone", installed: undefined, folders: [], reason: "not installed yet" },
  { name: "an interrupted install", installed: undefined, folders: ["a"], reason: "not installed yet" },
  {
    name: "an older version",
    installed: { "node_modules/a": { version: "1.2.2" } },
    folders: ["a"],
    reason: "should be 1.2.3",
  },
  { name: "a new dependency", installed: {}, folders: [], reason: "should be 1.2.3" },
  {
    name: "a removed folder",
    installed: { "node_modules/a": { version: "1.2.3" } },
    folders: ["b"],
    reason: "incomplete",
  },
])("an install is due for $name", ({ installed, folders, reason }) => {
  expect(missingDependencies(project(installed, folders))).toContain(reason);
});
