// Every code block of README.md is true: TypeScript blocks compile and run, shell lines are known and guarded.
//
// How a block is treated, by its language and an HTML comment on the line before it:
//   ts, js           a complete module: type-checked, then run in Node against the packed package, must exit with 0
//   tsx              type-checked
//   sh               each line must be in SHELL below, with what guards it
//   <!-- page -->    run with the page's location and the browser's Origin header, for blocks that run in a page
//   <!-- deno -->    run in Deno
//   <!-- not run: why -->    type-checked only
// Addresses are written as a reader would write them; REPLACEMENTS leads them to this machine. Every variable
// `process.env.…KEY` holds the emulator's key. A block that fits none of this fails.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { emulatorForTest, root, run, servePage } from "./processes.ts";

interface Block {
  readonly name: string;
  readonly language: string;
  readonly mode: string;
  readonly code: string;
  readonly line: number;
}

const REPLACEMENTS = (emulator: string, worker: string): [string, string][] => [
  ["https://my-worker.example.workers.dev", worker],
  ["https://my-resource.services.ai.azure.com/models", `${emulator}/models`],
  ["https://my-resource.services.ai.azure.com/api/projects", `${emulator}/api/projects`],
  ["https://my-resource.openai.azure.com", emulator],
  ["https://api.openai.com/v1", `${emulator}/v1`],
  ["http://127.0.0.1:8788", emulator],
  ["http://127.0.0.1:8787", worker],
];

/** Shell lines that the README may show, and the test that keeps each true. */
const SHELL: [RegExp, string][] = [
  [/^npm start( -- --(faults|built|verbose))?$/, "tools/test/stack"],
  [/^npm run latchkey -- (emulator|key [a-z-]+)( --\w+ \d+)*$/, "command.test.ts"],
  [/^npm test$/, "the command that runs this test"],
  [/^npm (run )?(check|format|size|bench|e2e|build|deploy)$/, "scripts of package.json, tested below"],
  [/^(npm (install|i)|deno add|bun add|pnpm add) (npm:)?latchkey$/, "this folder installs the tarball"],
  [/^npx latchkey (emulator|key [a-z-]+)( --\w+ \d+)*$/, "command.test.ts"],
  [/^npx latchkey check [\w.]+$/, "command.test.ts"],
  [/^cp \.dev\.vars\.example \.dev\.vars/, "tested below"],
  [/^npm install( @opentelemetry\/[a-z-]+)+$/, "test/telemetry names them when they are missing"],
  [/^git clone /, "nothing to guard"],
  [/^cd [\w-]+$/, "nothing to guard"],
  [/^(npx )?wrangler (secret put [A-Z_]+|login)$/, "Cloudflare's own commands"],
  [/^(node|deno run --allow-net) examples\/\w+\.ts/, "examples.test.ts"],
];

const readme = join(root, "README.md");
const blocks = existsSync(readme) ? blocksOf(readFileSync(readme, "utf8")) : [];
const modules = blocks.filter(({ language }) => /^(ts|tsx|js)$/.test(language));
const runnable = modules.filter(({ language, mode }) => language !== "tsx" && !mode.startsWith("not run:"));
const fileOf = (block: Block) => `block-${block.line}.${block.language === "js" ? "mjs" : block.language}`;

function blocksOf(markdown: string): Block[] {
  const lines = markdown.split("\n");
  const found: Block[] = [];
  let heading = "README";
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    heading = /^#+ (.+)/.exec(line)?.[1] ?? heading;
    const fence = /^( *)(`{3,})(\w*)/.exec(line);
    if (fence === null) continue;
    const [, indent = "", ticks = "", language = ""] = fence;
    const end = lines.findIndex((other, at) => at > index && other.trim() === ticks);
    const before = lines.slice(0, index).findLast((other) => other.trim() !== "") ?? "";
    const mode = /^\s*<!-- (.+?) -->\s*$/.exec(before)?.[1] ?? "";
    const code = lines
      .slice(index + 1, end)
      .map((text) => text.slice(indent.length))
      .join("\n");
    found.push({ name: `${heading}, line ${index + 1}`, language, mode, code, line: index + 1 });
    index = end;
  }
  return found;
}

describe("README.md", () => {
  test("shows code", () => {
    expect(runnable.length).toBeGreaterThan(0);
  });

  test("uses only languages and marks with a rule", () => {
    for (const { name, language, mode } of blocks) {
      expect(language, name).toMatch(/^(ts|tsx|js|sh|text|json|toml)$/);
      expect(mode, name).toMatch(/^(page|deno|not run: .{10,}|)$/);
    }
  });

  test("shows only scripts and files that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    const shell = blocks.filter(({ language }) => language === "sh").map(({ code }) => code);
    for (const [, name = ""] of shell.join("\n").matchAll(/^npm run ([\w:-]+)/gm)) {
      expect(Object.keys(scripts)).toContain(name);
    }
    if (shell.join("\n").includes(".dev.vars.example"))
      expect(existsSync(join(root, ".dev.vars.example"))).toBe(true);
  });

  const links = existsSync(readme) ? readFileSync(readme, "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g) : [];
  test.for([...links].map(([, path = ""]) => path))("links to %s, which exists", (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });
});

test.for(blocks.filter(({ language }) => language === "sh").map((block) => [block.name, block] as const))(
  "shell: %s",
  ([, { code }]) => {
    for (const line of code.split("\n")) {
      const command = line.replace(/\s+#.*$|^#.*$/, "").trim();
      if (command === "") continue;
      expect(
        SHELL.some(([pattern]) => pattern.test(command)),
        `no rule for: ${command}`,
      ).toBe(true);
    }
  },
);

describe("types", () => {
  let report = "";

  beforeAll(async () => {
    const folder = join(inject("project"), "readme-types");
    mkdirSync(folder);
    for (const block of modules) writeFileSync(join(folder, fileOf(block)), block.code);
    const compilerOptions = {
      target: "ES2024",
      module: "NodeNext",
      lib: ["ES2024", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      types: ["node"],
      jsx: "react-jsx",
      strict: true,
      moduleDetection: "force",
      skipLibCheck: true,
      noEmit: true,
    };
    // Deno's namespace is Deno's to check; examples/deno.ts is where that happens.
    writeFileSync(
      join(folder, "deno.d.ts"),
      "declare namespace Deno { const args: string[]; const env: { get(name: string): string | undefined } }",
    );
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
    report = (await run([join(root, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"]))
      .stdout;
  });

  test.for(modules.map((block) => [block.name, block] as const))("%s", ([, block]) => {
    expect(report.split("\n").filter((line) => line.includes(fileOf(block)))).toEqual([]);
  });
});

describe("runs", () => {
  test.for(runnable.map((block) => [block.name, block] as const))("%s", async ([, block]) => {
    const emulator = await emulatorForTest();
    const folder = join(inject("project"), `readme-${block.line}`);
    mkdirSync(folder);
    const worker = await servePage(emulator, folder);
    let code = block.code;
    for (const [from, to] of REPLACEMENTS(emulator, worker)) code = code.replaceAll(from, to);
    expect(code.match(/https:\/\/[^\s"'`]+/g) ?? [], "an address that leads away from this machine").toEqual(
      [],
    );

    const keys = [...code.matchAll(/process\.env\.(\w*KEY\w*)|Deno\.env\.get\("(\w*KEY\w*)"\)/g)];
    const env = Object.fromEntries(keys.map(([, node, deno]) => [node ?? deno, "emulator-key"]));
    const file = join(folder, fileOf(block));
    writeFileSync(file, code);
    const args = block.mode === "page" ? ["--import", writePageGlobals(folder, worker), file] : [file];
    const { code: exit, stderr } =
      block.mode === "deno"
        ? await run(["run", "--no-remote", "--cached-only", "--node-modules-dir=manual", "-A", file], {
            command: join(root, "node_modules/.bin/deno"),
            env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
          })
        : await run(args, { env });
    expect(stderr).toBe("");
    expect(exit).toBe(0);
  });
});

/** What a page has and Node lacks: a location, and a browser that names the page's origin to the server. */
function writePageGlobals(folder: string, origin: string): string {
  const file = join(folder, "page-globals.mjs");
  writeFileSync(
    file,
    `const plain = globalThis.fetch;
globalThis.location = new URL(${JSON.stringify(`${origin}/`)});
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  request.headers.set("origin", location.origin);
  return plain(request);
};
`,
  );
  return file;
}
