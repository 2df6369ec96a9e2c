// What telemetry costs those who don't use it, which is nothing; and programs that use it without its packages: bundlers
// make them, and they say what to install when they run.
import { execFile } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build as esbuild, type Metafile } from "esbuild";
import { build as vite } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const CONDITIONS = ["latchkey-source"];
const run = promisify(execFile);

const CHAT = `
import { ChatCompletionsClient } from "latchkey";
const client = new ChatCompletionsClient(location.origin + "/models", { key: prompt("key") });
console.log(await client.complete({ messages: [] }));
`;
const PROJECT = `
import { AIProjectClient } from "latchkey/projects";
const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/p", async () => "token");
client.telemetry.enable({ destination: "http://127.0.0.1:4318" }).catch(({ message }) => console.log(message));
`;
const ENABLE = `
import { enableTelemetry } from "latchkey/telemetry";
enableTelemetry({ destination: "http://127.0.0.1:4318" }).catch(({ message }) => console.log(message));
`;
const INSTALL =
  "npm install @opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http";
const TELEMETRY = /@opentelemetry|src\/telemetry/;

/** A project with the package and what it depends on, and none of its optional peers. */
let bare = "";
beforeAll(() => {
  bare = mkdtempSync(join(tmpdir(), "latchkey-telemetry-"));
  const modules = join(bare, "node_modules");
  mkdirSync(join(modules, "latchkey"), { recursive: true });
  for (const part of ["package.json", "src"])
    cpSync(join(ROOT, part), join(modules, "latchkey", part), { recursive: true });
  for (const name of ["ky", "valibot", "jose"])
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name), "dir");
  writeFileSync(join(bare, "package.json"), JSON.stringify({ private: true, type: "module" }));
});
afterAll(() => rmSync(bare, { recursive: true, force: true }));

/** Bundles as a page would be, in chunks, from where the packages are installed. */
async function bundle(contents: string): Promise<{ metafile: Metafile; entry: string }> {
  const { metafile } = await esbuild({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: "esm",
    outdir: "out",
    conditions: CONDITIONS,
    logLevel: "silent",
  });
  const [entry = ""] =
    Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "<stdin>") ?? [];
  return { metafile, entry };
}

/** The modules that a page loads at once: those of a chunk and of what it imports statically. */
function loadedAtOnce(outputs: Metafile["outputs"], chunk: string): string[] {
  const { inputs, imports } = outputs[chunk]!;
  const more = imports.filter(({ kind }) => kind === "import-statement");
  return [...Object.keys(inputs), ...more.flatMap(({ path }) => loadedAtOnce(outputs, path))];
}

describe("without telemetry", () => {
  test("a program that chats has no byte of it", async () => {
    const { metafile } = await bundle(CHAT);
    expect(Object.keys(metafile.outputs)).toHaveLength(1);
    expect(Object.keys(metafile.inputs).filter((path) => TELEMETRY.test(path))).toEqual([]);
  });

  test("a program of a project loads none before it's enabled", async () => {
    const { metafile, entry } = await bundle(PROJECT);
    expect(loadedAtOnce(metafile.outputs, entry).filter((path) => TELEMETRY.test(path))).toEqual([]);
    expect(Object.keys(metafile.inputs).some((path) => path.includes("@opentelemetry/api"))).toBe(true);
  });

  test.for(["latchkey", "latchkey/openai", "latchkey/tools", "latchkey/projects", "latchkey/telemetry"])(
    "importing %s touches no package of OpenTelemetry",
    async (entry) => {
      const script = `
        import { registerHooks } from "node:module";
        const touched = [];
        registerHooks({ resolve(specifier, context, next) {
          if (specifier.startsWith("@opentelemetry")) touched.push(specifier);
          return next(specifier, context);
        } });
        await import(${JSON.stringify(entry)});
        console.log(JSON.stringify(touched));
      `;
      const args = ["--conditions=latchkey-source", "--input-type=module", "--eval", script];
      const { stdout } = await run(process.execPath, args, { cwd: ROOT });
      expect(JSON.parse(stdout)).toEqual([]);
    },
  );
});

describe("where the packages aren't installed", () => {
  test.for([
    ["AIProjectClient", PROJECT],
    ["enableTelemetry", ENABLE],
  ] as const)("esbuild bundles a program with %s, without a warning", async ([name, contents]) => {
    const outfile = join(bare, `${name}.mjs`);
    const stdin = { contents, resolveDir: bare };
    const { warnings } = await esbuild({
      stdin,
      bundle: true,
      format: "esm",
      outfile,
      conditions: CONDITIONS,
      logLevel: "silent",
    });
    expect(warnings).toEqual([]);
    expect((await run(process.execPath, [outfile])).stdout).toContain(INSTALL);
  });

  test.for([
    ["AIProjectClient", PROJECT],
    ["enableTelemetry", ENABLE],
  ] as const)("Vite, whose bundler is rolldown, bundles a program with %s", async ([name, contents]) => {
    const entry = join(bare, `${name}-entry.mjs`);
    const outDir = join(bare, `vite-${name}`);
    writeFileSync(entry, contents);
    await vite({
      configFile: false,
      root: bare,
      logLevel: "silent",
      resolve: { conditions: CONDITIONS },
      build: { outDir, lib: { entry, formats: ["es"], fileName: "program" } },
    });
    const program = readdirSync(outDir).find((file) => file.startsWith("program"))!;
    expect((await run(process.execPath, [join(outDir, program)])).stdout).toContain(INSTALL);
  });

  test("each package is named in full inside a try of its own, which is what makes it optional for webpack", () => {
    const source = readFileSync(join(ROOT, "src/telemetry/peers.ts"), "utf8");
    const imports = source.match(/\bawait import\("@opentelemetry\/[\w-]+"\);/g);
    const guarded = source.match(/try \{\s+return await import\("@opentelemetry\/[\w-]+"\);\s+\} catch/g);
    expect(imports).toHaveLength(3);
    expect(guarded).toHaveLength(3);
  });
});
