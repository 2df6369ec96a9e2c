// Compiles the package into dist/, from nothing, so that a file renamed in the sources can't live on in a release.
// The page in dist/page is Vite's and stays. npm runs this before it packs.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nodeBinary, root } from "./install.mjs";

const dist = join(root, "dist");
try {
  for (const name of readdirSync(dist)) {
    if (name !== "page") rmSync(join(dist, name), { recursive: true });
  }
} catch {
  // The first build.
}
const tsc = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(nodeBinary(), [tsc, "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
