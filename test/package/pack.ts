// Before the tests of this folder: packs the package as npm would publish it and installs the tarball into a temporary
// project, with its dependencies linked from the repository, so that no registry is needed.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of a project that has the packed package in its node_modules. */
    project: string;
    tarball: string;
  }
}

/** What the package asks for and what its users bring: React for the example, a schema, types for the compiler. */
const LINKED = ["ky", "jose", "valibot", "zod", "react", "react-dom", "scheduler", "csstype"];
const LINKED_PEERS = ["api", "sdk-trace", "exporter-trace-otlp-http"].map((name) => `@opentelemetry/${name}`);
const LINKED_TYPES = ["@types/react", "@types/react-dom", "@types/node", "undici-types"];

export default function setup({ provide, config }: TestProject): () => void {
  const { root } = config;
  const folder = mkdtempSync(join(tmpdir(), "latchkey-package-"));
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
  for (const dependency of [...LINKED, ...LINKED_PEERS, ...LINKED_TYPES]) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), join(modules, dependency), "dir");
  }
  const dependencies = { latchkey: "*", react: "*", "react-dom": "*" };
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module", dependencies }),
  );
  cpSync(join(root, "examples"), join(project, "examples"), { recursive: true });

  provide("project", project);
  provide("tarball", tarball);
  return () => rmSync(folder, { recursive: true, force: true });
}
