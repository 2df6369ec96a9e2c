// Holds the shape of the repository: who may import whom (the table in docs/architecture.md), which names say
// nothing, how long a file may be, and that importing a module runs no code. Fails with one line per finding.
//   node tools/check-imports.mjs
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseAst } from "vite";

const LONGEST_FILE = 300;

/**
 * Files past the limit, each with the reason why splitting it would make it harder to read.
 * @type {Record<string, string>}
 */
const LONG_FILES = {
  "demo/styles.css":
    "the look of one page in sections; style sheets have no imports that would keep parts apart",
  "demo/languages/de.ts": "one table of every text of the page, each with what it is in German",
  "worker/refusals.ts": "one table of every reason to say no, with what the caller is told",
  "emulator/scenarios.ts": "one table of everything that can go wrong, meant to be read in one piece",
};

/** Modules that users import. The worker's and the emulator's programs are not among them. */
const LIBRARY = /^(src\/.*|worker\/(?!index\.ts)[^/]+|emulator\/[^/]+)\.ts$/;
const NAMELESS = new Set(["utils", "util", "helpers", "helper", "common", "shared", "lib", "core", "misc"]);
const SKIPPED = new Set([
  "node_modules",
  "dist",
  ".git",
  ".wrangler",
  "test-results",
  "playwright-report",
  "coverage",
  // What the runners of other languages install and build.
  ".venv",
  ".venv-beta",
  "target",
]);
// Spelled in two halves so that this file doesn't find itself.
const LEFT_FOR_LATER = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME"].join("|")})\\b`);
const SELF = /^latchkey(\/|$)/;

/**
 * The first rule whose `from` matches a file decides. `to` lists what it may import: folders (with a slash at the
 * end), files and packages; `types` what it may import for types alone. A folder may always import itself.
 * @type {{ from: RegExp, own: string, to: (string | RegExp)[], types?: (string | RegExp)[] }[]}
 */
const RULES = [
  { from: /^src\/sse\//, own: "src/sse/", to: [] },
  { from: /^src\/http\//, own: "src/http/", to: ["src/sse/", "ky"] },
  { from: /^src\/chat\//, own: "src/chat/", to: ["src/http/", "src/sse/"] },
  { from: /^src\/index\.ts$/, own: "src/", to: [] },
  { from: /^src\/agents\//, own: "src/agents/", to: ["src/http/", "src/sse/", "src/chat/", "src/tools/"] },
  {
    from: /^src\/projects\//,
    own: "src/projects/",
    to: ["src/http/", "src/agents/", "src/inference/", "src/openai/", "src/telemetry/"],
  },
  {
    from: /^src\/react\//,
    own: "src/react/",
    to: ["src/http/", "src/sse/", "src/chat/", "src/tools/", "react"],
  },
  { from: /^src\/telemetry\//, own: "src/telemetry/", to: ["src/http/", /^@opentelemetry\//] },
  { from: /^src\/file-system\//, own: "src/file-system/", to: ["src/http/", /^node:/] },
  { from: /^src\//, own: "", to: ["src/http/", "src/sse/", "src/chat/"] },
  {
    from: /^emulator\/test\//,
    own: "emulator/",
    to: [
      SELF,
      /^node:/,
      "vitest",
      "fast-check",
      "openai",
      "@azure/ai-agents",
      "azure-ai-projects-1beta",
      /^ajv/,
    ],
  },
  { from: /^emulator\/serve\.ts$/, own: "emulator/", to: [/^node:/], types: ["src/", SELF] },
  { from: /^emulator\/pdf-text\.ts$/, own: "emulator/", to: ["unpdf"] },
  { from: /^emulator\//, own: "emulator/", to: [], types: ["src/", SELF] },
  { from: /^worker\/test\//, own: "worker/", to: [/./] },
  { from: /^worker\//, own: "worker/", to: [SELF, "cloudflare:workers", "jose", "valibot", "hono"] },
  { from: /^demo\/test\//, own: "demo/", to: [/./] },
  // Part of the build, not of the page.
  { from: /^demo\/service-worker-plugin\.ts$/, own: "demo/", to: [/^node:/, "vite"] },
  {
    from: /^demo\//,
    own: "demo/",
    to: [
      SELF,
      "react",
      /^react-dom(\/|$)/,
      "marked",
      "temml",
      /^highlight\.js\//,
      "idb",
      "virtua",
      /^@lingui\/(core|message-utils)/,
      "valibot",
      /^@azure\/msal-browser/,
    ],
  },
  { from: /^examples\//, own: "examples/", to: [SELF, /^node:/, "react", /^react-dom(\/|$)/] },
  {
    from: /^e2e\/msal\//,
    own: "e2e/",
    to: [SELF, /^node:/, /^@azure\/msal-browser/, "esbuild", "oidc-provider"],
  },
  {
    from: /^e2e\//,
    own: "e2e/",
    to: ["emulator/scenarios.ts", /^node:/, /^@playwright\//, /^@axe-core\//, "lighthouse", "tools/"],
  },
  // Foreign SDKs only: what they say of the worker must not depend on anything of ours.
  {
    from: /^interop\/js\//,
    own: "interop/js/",
    to: [/^(?!latchkey(?:\/|$))[@a-z][^.]*$/, "interop/check.ts"],
  },
  { from: /^test\/portable\//, own: "test/portable/", to: [SELF, "zod", "valibot"] },
  { from: /^bin\//, own: "bin/", to: ["emulator/", "worker/", /^node:/] },
];

/**
 * @param {string} root
 * @param {Record<string, string>} [longFiles]
 * @returns {string[]} what breaks a rule, as `file: reason`
 */
export function findings(root, longFiles = LONG_FILES) {
  const files = [...walk(root, root)];
  const found = files.flatMap((file) => [
    ...checkNames(file),
    ...checkText(root, file, longFiles),
    ...(/\.(ts|tsx)$/.test(file) ? checkImports(root, file) : []),
    ...(LIBRARY.test(file) ? checkStatements(root, file) : []),
    ...(file === "package-lock.json" ? checkLock(root, file) : []),
  ]);
  const known = new Set(files);
  for (const file of Object.keys(longFiles)) {
    if (!known.has(file)) found.push(`${file}: is listed as long but doesn't exist`);
  }
  return found;
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {Generator<string>}
 */
function* walk(root, folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(root, path);
    else if (entry.isFile()) yield relative(root, path).split(sep).join("/");
  }
}

/** @param {string} file */
function checkNames(file) {
  const bad = file
    .split("/")
    .map((part) => part.replace(/\..*$/, ""))
    .find((part) => NAMELESS.has(part));
  return bad === undefined ? [] : [`${file}: the name "${bad}" says nothing about what is inside`];
}

/**
 * @param {string} root
 * @param {string} file
 * @param {Record<string, string>} longFiles
 */
function checkText(root, file, longFiles) {
  if (!/\.(ts|tsx|mjs|js|css|html|md|toml)$/.test(file)) return [];
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const found = lines.flatMap((line, index) =>
    LEFT_FOR_LATER.test(line) ? [`${file}:${index + 1}: leaves work for later`] : [],
  );
  const isTest = /(^|\/)(test|e2e|bench)\//.test(file);
  const length = lines.length - 1;
  if (/\.(ts|tsx|mjs|css)$/.test(file) && !isTest && length > LONGEST_FILE && longFiles[file] === undefined) {
    found.push(
      `${file}: ${length} lines; split it or give the reason in LONG_FILES of tools/check-imports.mjs`,
    );
  }
  return found;
}

/**
 * @param {string} root
 * @param {string} file
 */
function checkImports(root, file) {
  const rule = RULES.find(({ from }) => from.test(file));
  if (rule === undefined) return [];
  // A service may import its own folder, whichever it is.
  const own = rule.own || `${posix.dirname(file)}/`;
  return importsOf(readFileSync(join(root, file), "utf8"), file).flatMap(({ specifier, typeOnly }) => {
    const target = /^\.\.?\//.test(specifier) ? posix.join(posix.dirname(file), specifier) : specifier;
    if (target.startsWith(own) || isOneOf(target, rule.to)) return [];
    if (rule.types !== undefined && isOneOf(target, rule.types)) {
      return typeOnly ? [] : [`${file}: may import ${specifier} for types only`];
    }
    return [`${file}: must not import ${specifier}`];
  });
}

/**
 * @param {string} target
 * @param {(string | RegExp)[]} allowed
 */
function isOneOf(target, allowed) {
  return allowed.some((entry) => {
    if (entry instanceof RegExp) return entry.test(target);
    return entry.endsWith("/") ? target.startsWith(entry) : target === entry;
  });
}

/** @param {string} code @param {string} file */
const parse = (code, file) => parseAst(code, { lang: file.endsWith("x") ? "tsx" : "ts" }).body;

/**
 * @param {string} code
 * @param {string} file
 * @returns {{ specifier: string, typeOnly: boolean }[]}
 */
export function importsOf(code, file) {
  const imports = [];
  for (const node of parse(code, file)) {
    const source = "source" in node ? node.source?.value : undefined;
    if (typeof source !== "string") continue;
    const kind = "importKind" in node ? node.importKind : "exportKind" in node ? node.exportKind : undefined;
    imports.push({ specifier: source, typeOnly: kind === "type" });
  }
  for (const [, specifier = ""] of code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)) {
    imports.push({ specifier, typeOnly: false });
  }
  return imports;
}

/**
 * A lock file that names a registry works only where that registry is; one made against a registry with gaps lacks
 * packages for other platforms, and then `npm ci` refuses it everywhere.
 * @param {string} root
 * @param {string} file
 */
function checkLock(root, file) {
  const { packages } = JSON.parse(readFileSync(join(root, file), "utf8"));
  /** @type {[string, { resolved?: string, version?: string, optionalDependencies?: object }][]} */
  const entries = Object.entries(packages);
  return entries.flatMap(([path, { resolved, optionalDependencies = {} }]) => [
    ...(resolved === undefined ? [] : [`${file}: ${path} names a registry`]),
    ...Object.keys(optionalDependencies)
      .filter((name) => !entries.some(([other]) => other.endsWith(`node_modules/${name}`)))
      .map((name) => `${file}: ${name}, wanted by ${path}, is missing`),
  ]);
}

/**
 * A library module declares and exports; a statement that does something would run for everyone who imports it.
 * What declarations themselves call is watched at run time by test/package/imports.test.ts.
 * @param {string} root
 * @param {string} file
 */
function checkStatements(root, file) {
  return parse(readFileSync(join(root, file), "utf8"), file)
    .filter(({ type }) => !/^(Import|Export|Function|Class|Variable|TS\w+)\w*Declaration$/.test(type))
    .map(({ type }) => `${file}: runs code when imported (${type})`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = findings(join(dirname(fileURLToPath(import.meta.url)), ".."));
  for (const line of found) console.error(line);
  console.log(
    found.length === 0 ? "Every import, name and length is as agreed." : `${found.length} findings.`,
  );
  process.exitCode = found.length === 0 ? 0 : 1;
}
