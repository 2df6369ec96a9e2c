// What a page gets with `latchkey/projects`: clients of models and tracing are loaded when they are asked for.
import { build } from "esbuild";
import { expect, test } from "vitest";

test("clients of models and OpenTelemetry's bridge are in parts of their own", async () => {
  const { metafile } = await build({
    stdin: { contents: 'export * from "latchkey/projects";', resolveDir: import.meta.dirname },
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    outdir: "out",
    conditions: ["latchkey-source"],
    external: ["ky", "@opentelemetry/*"],
    metafile: true,
  });
  const { outputs } = metafile;
  const later = new Set<string>();
  const first = new Set<string>();
  const walk = (file: string, found: Set<string>, kind: RegExp) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path, kind: how, external } of outputs[file]!.imports)
      if (!external && kind.test(how)) walk(path, found, kind);
  };
  const entry = Object.keys(outputs).find((file) => outputs[file]!.entryPoint !== undefined)!;
  walk(entry, first, /^import-statement$/);
  walk(entry, later, /./);
  const modules = (files: Set<string>) => [...files].flatMap((file) => Object.keys(outputs[file]!.inputs));
  const onDemand = /src\/(inference|openai|telemetry)\/|model-clients/;
  expect(modules(first).filter((module) => onDemand.test(module))).toEqual([]);
  expect(modules(first).some((module) => module.endsWith("src/projects/connections.ts"))).toBe(true);
  for (const name of ["chat-completions-client", "azure-openai", "openai/openai", "telemetry/enable"])
    expect(modules(later).some((module) => module.endsWith(`${name}.ts`))).toBe(true);
});
