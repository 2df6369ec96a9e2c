// What the package costs in a page: each entry point bundled by esbuild, minified and gzipped, and the program the
// project is measured by, "stream one chat completion and print deltas", with its limits.
//   node tools/size.mjs [--modules]     --modules adds what each module contributes to the program, minified
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What the project wants, in decimal bytes: not reached yet, see docs/decisions/024. */
const GOAL = { total: 14_000, ours: 5_000 };
/** What it has, with little to spare: a change that costs more has to say why and raise it. */
const LIMITS = { total: 19_950, ours: 11_650 };

const STREAM_ONE_CHAT = `
import { ChatCompletionsClient } from "latchkey";
const client = new ChatCompletionsClient(location.origin + "/models", { key: prompt("key") });
const stream = await client.complete({ messages: [{ role: "user", content: "Hi" }], stream: true });
for await (const text of stream.text()) console.log(text);
`;

const ENTRY_POINTS = [
  "latchkey",
  "latchkey/sse",
  "latchkey/openai",
  "latchkey/tools",
  "latchkey/entra",
  "latchkey/msal",
  "latchkey/proxy",
  "latchkey/emulator",
];

/**
 * @typedef {{ minified: number, gzipped: number }} Size
 * @typedef {{ name: string, total: Size, ours: Size }} Row  "ours" is the same program with its dependencies left out
 */

/**
 * @param {string} folder where `latchkey` resolves from: the repository or a folder with the installed package
 * @param {string[]} conditions
 * @returns {Promise<{ program: Row, entryPoints: Row[] }>}
 */
export async function measure(folder, conditions) {
  const program = await row("stream one chat completion", STREAM_ONE_CHAT, folder, conditions);
  const entryPoints = [];
  for (const name of ENTRY_POINTS) {
    entryPoints.push(await row(name, `export * from "${name}";`, folder, conditions));
  }
  return { program, entryPoints };
}

/**
 * @param {string} name
 * @param {string} code
 * @param {string} folder
 * @param {string[]} conditions
 * @returns {Promise<Row>}
 */
async function row(name, code, folder, conditions) {
  const total = await bundle(code, folder, conditions, []);
  const ours = await bundle(code, folder, conditions, ["ky", "jose", "valibot"]);
  return { name, total, ours };
}

/**
 * @param {string} contents
 * @param {string} resolveDir
 * @param {string[]} conditions
 * @param {string[]} external
 * @returns {Promise<Size>}
 */
async function bundle(contents, resolveDir, conditions, external) {
  const { outputFiles } = await build(options(contents, resolveDir, conditions, external));
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}

/**
 * @param {string} contents
 * @param {string} resolveDir
 * @param {string[]} conditions
 * @param {string[]} external
 */
function options(contents, resolveDir, conditions, external) {
  return /** @type {const} */ ({
    stdin: { contents, resolveDir },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    outdir: "out",
    conditions,
    external,
    logLevel: "silent",
  });
}

/**
 * What each module of the program contributes, largest first.
 * @param {string} folder
 * @param {string[]} conditions
 */
async function modules(folder, conditions) {
  const { metafile } = await build({ ...options(STREAM_ONE_CHAT, folder, conditions, []), metafile: true });
  const parts = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const rows = parts.map(([path, { bytesInOutput }]) => ({ path, bytesInOutput }));
  rows.sort((one, other) => other.bytesInOutput - one.bytesInOutput);
  return rows.map(({ path, bytesInOutput }) => `${String(bytesInOutput).padStart(8)}  ${path}`).join("\n");
}

/**
 * @param {{ program: Row, entryPoints: Row[] }} sizes
 * @returns {string}
 */
export function table({ program, entryPoints }) {
  const rows = [program, ...entryPoints].map(({ name, total, ours }) => [
    name,
    `${total.minified}`,
    `${total.gzipped}`,
    `${ours.gzipped}`,
  ]);
  const all = [["bytes", "minified", "gzipped", "ours, gzipped"], ...rows];
  const text = all.map(
    ([name = "", ...cells]) => name.padEnd(28) + cells.map((cell) => cell.padStart(15)).join(""),
  );
  return `${text.join("\n")}\n`;
}

/**
 * @param {Row} program
 * @returns {string[]} the limits that are exceeded
 */
export function exceeded({ total, ours }) {
  const found = [];
  if (total.gzipped > LIMITS.total)
    found.push(`${total.gzipped} bytes with ky, the limit is ${LIMITS.total}`);
  if (ours.gzipped > LIMITS.ours) found.push(`${ours.gzipped} bytes without ky, the limit is ${LIMITS.ours}`);
  return found;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..");
  const sizes = await measure(root, ["latchkey-source"]);
  console.log(table(sizes));
  if (process.argv.includes("--modules")) console.log(`${await modules(root, ["latchkey-source"])}\n`);
  const found = exceeded(sizes.program);
  console.log(found.length === 0 ? `Within ${LIMITS.total} and ${LIMITS.ours} bytes.` : found.join("\n"));
  console.log(`The goal is ${GOAL.total} with ky and ${GOAL.ours} without.`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
