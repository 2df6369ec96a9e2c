// `npm run interop`: starts the worker and the emulator, lets each language's runner call through them, and writes or
// checks the tables of docs/compatibility.md. Plain JavaScript, because it runs before anything is installed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Explained, installDependencies, nodeBinary, root, seconds } from "../tools/install.mjs";

const RUNNERS = ["js", "python", "go", "java", "servers", "wire"];
const DOCUMENT = join(root, "docs", "compatibility.md");
/** A runner whose tools are absent ends with this. */
const ABSENT = 69;
const LIMIT_MS = 15 * 60_000;
const HELP = `npm run interop -- [${RUNNERS.join("|")} ...] [--write] [--require] [--report file] [--verbose]

Foreign SDKs call through the worker to the emulator; without names: all runners that are there.

  --write    write the tables of docs/compatibility.md instead of comparing with them
  --require  tools that are absent are a failure
  --report   write how many checks passed and failed to a file, as JSON
  --verbose  show what the worker logs`;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);

/** @returns {{ names: string[], write: boolean, require: boolean, verbose: boolean, report: string }} */
function commandLine() {
  const flag = /** @type {const} */ ({ type: "boolean", default: false });
  const report = /** @type {const} */ ({ type: "string", default: "" });
  const options = { write: flag, require: flag, verbose: flag, help: flag, report };
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const unknown = positionals.find((name) => !RUNNERS.includes(name));
    if (unknown !== undefined) throw new Error(`There is no runner "${unknown}".`);
    if (!values.help) {
      const names =
        positionals.length > 0 ? positionals : RUNNERS.filter((name) => existsSync(scriptOf(name)));
      return { names, ...values };
    }
    say(HELP);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return process.exit(2);
  }
}

/** @param {string} name */
const scriptOf = (name) => join(root, "interop", name, "run.mjs");

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, lines: import("./check.ts").Line[] }>}
 */
async function runRunner(name, env) {
  const { lineOf } = await import("./check.ts");
  const child = spawn(nodeBinary(), [scriptOf(name)], {
    cwd: join(root, "interop"),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT_MS,
  });
  const ended = new Promise((done) => {
    child.once("error", () => done(1));
    child.once("close", (code) => done(code ?? 1));
  });
  /** @type {import("./check.ts").Line[]} */
  const lines = [];
  for await (const text of createInterface({ input: child.stdout })) {
    const line = lineOf(text);
    if (line === undefined) {
      process.stderr.write(`${text}\n`);
      continue;
    }
    lines.push(line);
    if (line.result === "fail")
      say(`  ${line.client} ${line.version}: ${line.check} fails: ${line.note ?? ""}`);
  }
  return { code: await ended, lines };
}

/**
 * @param {string} name
 * @param {import("./check.ts").Line[]} lines
 * @param {boolean} write
 * @returns {Promise<boolean>} whether the document says what the run shows
 */
async function compareOrWrite(name, lines, write) {
  const { differences, renderTable, replacePart } = await import("./tables.ts");
  const document = readFileSync(DOCUMENT, "utf8");
  if (write) {
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(DOCUMENT, replacePart(document, name, renderTable(lines, date)));
    return true;
  }
  const found = differences(document, name, lines);
  for (const line of found) say(`  docs/compatibility.md: ${line}`);
  if (found.length > 0) say(`  After looking at each: npm run interop -- ${name} --write`);
  return found.length === 0;
}

/** Of all runners together; a difference from the document is a failure, too. */
const total = { passed: 0, failed: 0 };

/** @param {string} name @param {NodeJS.ProcessEnv} env @param {{ write: boolean, require: boolean }} options */
async function judge(name, env, { write, require }) {
  const started = Date.now();
  const { code, lines } = await runRunner(name, env);
  if (code === ABSENT) {
    say(`${require ? "FAILED " : "absent "} ${name}: see above for the command that installs it`);
    if (require) total.failed += 1;
    return !require;
  }
  const failed = lines.filter(({ result }) => result === "fail").length;
  const complete = lines.length > 0 && (code === 0 || failed > 0);
  if (!complete) say(`  the runner ended with ${code} after ${lines.length} checks`);
  const same = complete && (await compareOrWrite(name, lines, write));
  const good = failed === 0 && same;
  const passed = lines.filter(({ result }) => result === "pass").length;
  total.passed += passed;
  total.failed += good ? 0 : Math.max(1, failed);
  say(
    `${good ? "ok     " : "FAILED "} ${name}: ${passed} checks passed, ${failed} failed, ${lines.length - passed - failed} absent in the SDK, ${seconds(started)}`,
  );
  return good;
}

/** Where the host's Node can't read the TypeScript of these runs, the one of node_modules does it. @returns {Promise<number>} */
async function withPinnedNode() {
  const child = spawn(nodeBinary(), process.argv.slice(1), { stdio: "inherit" });
  return new Promise((done) => child.once("close", (code) => done(code ?? 1)));
}

const { names, verbose, report, ...options } = commandLine();
try {
  await installDependencies(say);
  if (!process.features.typescript) process.exit(await withPinnedNode());
  const { startStack } = await import("./stack.ts");
  const stack = await startStack();
  let good = names.length > 0;
  try {
    for (const name of names) good = (await judge(name, stack.env, options)) && good;
    if (verbose) say(stack.log.join("\n"));
  } finally {
    await stack.stop();
  }
  if (report !== "") writeFileSync(report, JSON.stringify(total));
  process.exitCode = good ? 0 : 1;
} catch (error) {
  say(error instanceof Explained ? error.message : String(error instanceof Error ? error.stack : error));
  process.exitCode = 1;
}
