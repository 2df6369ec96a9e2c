// What is in the tarball, and that the manifest tells the truth about it.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { root, run } from "./processes.ts";

const SOURCES = ["src", "worker", "emulator", "bin"];
/** The deployable worker is bundled by wrangler from its source; a library user mounts latchkey/proxy instead. */
const NOT_COMPILED = ["worker/index.ts", "worker/latchkey.config.ts"];

function packedFiles(): string[] {
  const list = execFileSync("tar", ["-tzf", inject("tarball")], { encoding: "utf8" });
  return list
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""))
    .sort();
}

/** Every source, its compiled twin with declarations, and the documents: nothing else. */
function expectedFiles(): string[] {
  const sources = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: folder === "src", encoding: "utf8" })
      .map((path) => `${folder}/${path}`)
      .filter((path) => path.endsWith(".ts") && statSync(join(root, path)).isFile()),
  );
  const compiled = sources
    .filter((path) => !NOT_COMPILED.includes(path))
    .flatMap((path) => [`dist/${path.replace(/\.ts$/, ".js")}`, `dist/${path.replace(/\.ts$/, ".d.ts")}`]);
  const documents = ["README.md", "worker/README.md", "emulator/README.md", "LICENSE"];
  return [...sources, ...compiled, "package.json", ...documents].sort();
}

describe("the tarball", () => {
  test("holds the sources, their compiled twins and the documents, and nothing else", () => {
    expect(packedFiles()).toEqual(expectedFiles());
  });

  test("holds no secret and no path of the machine it was made on", () => {
    const folder = join(inject("project"), "node_modules/latchkey");
    for (const path of packedFiles()) {
      expect(path).not.toMatch(/\.dev\.vars|\.env/);
      const text = readFileSync(join(folder, path), "utf8");
      expect(text.includes(root), `${path} names ${root}`).toBe(false);
    }
  });

  test("is what publint expects", async () => {
    const publint = join(root, "node_modules/publint/src/cli.js");
    const { code, stdout, stderr } = await run([publint, "run", inject("tarball"), "--strict"]);
    expect(stdout + stderr).not.toMatch(/Error|Warning/i);
    expect(code).toBe(0);
  });

  test("has types that resolve for every ES module consumer", async () => {
    const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const { code, stdout } = await run([attw, inject("tarball"), "--profile", "esm-only", "--no-color"]);
    expect(code, stdout).toBe(0);
  });
});
