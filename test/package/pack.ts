// Before the tests of this folder: packs the package as npm would publish it and installs the tarball into a temporary
// project, with its dependencies linked from the repository, so that no registry is needed.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packInto } from "../../tools/pack.mjs";

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
  const { project, tarball } = packInto(root, folder, [...LINKED, ...LINKED_PEERS, ...LINKED_TYPES]);
  cpSync(join(root, "examples"), join(project, "examples"), { recursive: true });

  provide("project", project);
  provide("tarball", tarball);
  return () => rmSync(folder, { recursive: true, force: true });
}
