// Packs the package as npm would publish it and installs the tarball into a project of its own, with its dependencies
// linked from the repository, so that no registry is needed. For the tests of the package and of the runtimes.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * @typedef {object} Packed
 * @property {string} project Folder of a project that has the packed package in its node_modules.
 * @property {string} tarball
 */

/**
 * @param {string} root the repository
 * @param {string} folder where tarball and project are put; it exists and is empty
 * @param {readonly string[]} linked packages of the repository's node_modules that the project has, too
 * @returns {Packed}
 */
export function packInto(root, folder, linked) {
  const packed = execFileSync("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const name = /"filename": "([^"]+)"/.exec(packed)?.[1];
  if (name === undefined) throw new Error(`npm pack named no tarball:\n${packed}`);
  const tarball = join(folder, name);

  const project = join(folder, "project");
  const modules = join(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", modules]);
  cpSync(join(modules, "package"), join(modules, "latchkey"), { recursive: true });
  rmSync(join(modules, "package"), { recursive: true });
  for (const dependency of linked) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), join(modules, dependency), "dir");
  }
  const dependencies = { latchkey: "*", react: "*", "react-dom": "*" };
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module", dependencies }),
  );
  return { project, tarball };
}
