// `npm test`: installs what is missing and runs everything CI runs, each step named after what it guards.
// Goes on after a failure so that one run reports all of them; the last line is "N passed, N failed".
// Plain JavaScript on Node built-ins, because it runs before anything is installed.
//   node tools/test.mjs [step …]     runs only the named steps
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Explained, installDependencies, nodeBinary, root, seconds } from "./install.mjs";

/** Against hanging: a slow machine takes twice the time of a quick one. */
const STEP_TIMEOUT_MS = 15 * 60_000;
/** A log file is read without a terminal. */
const PLAIN = { NO_COLOR: "1", FORCE_COLOR: undefined };

/**
 * @typedef {{ passed: number, failed: number }} Count
 * @typedef {{ name: string, guards: string, run: () => Promise<Count> }} Step
 */

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);
const reports = mkdtempSync(join(tmpdir(), "latchkey-test-"));
/** @type {string} */
let node = process.execPath;
/** @type {import("node:child_process").ChildProcess | undefined} */
let current;

/** @type {Step[]} */
const STEPS = [
  {
    name: "format",
    guards: "format and lint",
    run: () =>
      check("node_modules/@biomejs/biome/bin/biome", [
        "ci",
        "--error-on-warnings",
        ...(process.stdout.isTTY ? [] : ["--colors=off"]),
      ]),
  },
  { name: "types", guards: "types of every program", run: types },
  {
    name: "imports",
    guards: "import rules, names and lengths",
    run: () => check("tools/check-imports.mjs", []),
  },
  { name: "unit", guards: "units in Node", run: () => vitest("node") },
  { name: "workerd", guards: "the worker in workerd", run: () => vitest("workerd") },
  {
    name: "package",
    guards: "the package, its size, the examples and the README",
    run: () => vitest("package"),
  },
  { name: "stack", guards: "npm start, its signals and what it leaves behind", run: () => vitest("stack") },
  {
    name: "interop",
    guards: "foreign SDKs and servers, as docs/compatibility.md says",
    run: interop,
  },
  {
    name: "torture",
    guards: "hostile streams, as docs/torture.md says",
    run: () => check("interop/torture/run.mjs", ["--only", "ours"]),
  },
  {
    name: "runtimes",
    guards: "the portable suite in every runtime and browser",
    run: portableSuite,
  },
  { name: "e2e", guards: "the page, the worker and the emulator together", run: endToEnd },
];

/**
 * Runs a script in Node with its output shown.
 * @param {string} script
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<boolean>}
 */
function runScript(script, args, env = {}) {
  const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`;
  const child = spawn(node, [join(root, script), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: path, ...(process.stdout.isTTY ? {} : PLAIN), ...env },
  });
  current = child;
  const timer = setTimeout(() => {
    say(`Stopped after ${STEP_TIMEOUT_MS / 60_000} minutes.`);
    child.kill();
  }, STEP_TIMEOUT_MS);
  return new Promise((done) => {
    child.on("error", () => done(false));
    child.on("exit", (code) => {
      clearTimeout(timer);
      done(code === 0);
    });
  });
}

/** @param {string} script @param {string[]} args @returns {Promise<Count>} */
async function check(script, args) {
  return (await runScript(script, args)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Every folder's tsconfig.json is a program of its own, with the globals that folder really has. */
async function types() {
  const skipped = new Set(["node_modules", "dist"]);
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const nested = folders
    .filter(({ name }) => !name.startsWith(".") && !skipped.has(name))
    .flatMap(({ name }) =>
      readdirSync(join(root, name), { recursive: true }).map((path) => `${name}/${path}`),
    )
    .filter((path) => !/[\\/]node_modules[\\/]/.test(path));
  const programs = ["tsconfig.json", ...nested.filter((path) => /[\\/]tsconfig\.json$/.test(path)).sort()];
  let good = true;
  for (const program of programs) {
    if (!(await runScript("node_modules/typescript/bin/tsc", ["--noEmit", "-p", program]))) {
      say(`  in ${program}`);
      good = false;
    }
  }
  say(`  ${programs.length} programs`);
  return good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** @param {string} project @returns {Promise<Count>} */
async function vitest(project) {
  const file = join(reports, `${project}.json`);
  const args = [
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  const good = await runScript("node_modules/vitest/vitest.mjs", args);
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests } = JSON.parse(readFileSync(file, "utf8"));
  // A file that can't be loaded fails the run without a failed test.
  return { passed, failed: good ? 0 : Math.max(1, numFailedTests) };
}

/** @returns {Promise<Count>} */
async function portableSuite() {
  await installDependencies(say, join(root, "test/portable/node-22"));
  await provideOtherBrowsers();
  const file = join(reports, "runtimes.json");
  const good = await runScript("tools/runtimes.mjs", ["--report", file]);
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { passed, failed } = JSON.parse(readFileSync(file, "utf8"));
  return { passed, failed: good ? 0 : Math.max(1, failed) };
}

/** @returns {Promise<Count>} */
async function endToEnd() {
  await provideOtherBrowsers();
  const file = join(reports, "e2e.json");
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file };
  const good = await runScript("node_modules/@playwright/test/cli.js", ["test", "--reporter=list,json"], env);
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { stats } = JSON.parse(readFileSync(file, "utf8"));
  return { passed: stats.expected + stats.flaky, failed: good ? 0 : Math.max(1, stats.unexpected) };
}

/** What npm brings; of the other languages no tools are expected here. @returns {Promise<Count>} */
async function interop() {
  const file = join(reports, "interop.json");
  const parts = ["js", "servers", "wire"];
  const good = await runScript("interop/run.mjs", [...parts, "--require", "--report", file]);
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const { passed, failed } = JSON.parse(readFileSync(file, "utf8"));
  return { passed, failed: good ? 0 : Math.max(1, failed) };
}

/** The steps asked for on the command line, or all. */
function chosenSteps() {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown === undefined)
    return asked.length === 0 ? STEPS : STEPS.filter((step) => asked.includes(step.name));
  console.error(`There is no step "${unknown}". The steps: ${STEPS.map(({ name }) => name).join(", ")}.`);
  return process.exit(2);
}

/** Browsers are for two steps; the environment hands the choice to their processes. @param {Step[]} steps */
async function provideBrowser(steps) {
  if (!steps.some(({ name }) => ["package", "runtimes", "e2e"].includes(name))) return;
  const { ensureChromium } = await import("./chromium.mjs");
  const executable = await ensureChromium(say);
  if (executable !== undefined) process.env.CHROMIUM = executable;
}

async function provideOtherBrowsers() {
  const { installAbsentBrowsers } = await import("./runtimes/browsers.mjs");
  installAbsentBrowsers(say);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    current?.kill();
    process.exit(130);
  });
}
process.on("exit", () => rmSync(reports, { recursive: true, force: true }));

const steps = chosenSteps();
const total = { passed: 0, failed: 0 };
const started = Date.now();
/** @type {string[]} */
const summary = [];
try {
  await installDependencies(say);
  node = nodeBinary();
  if (steps.some(({ name }) => name === "types" || name === "interop")) {
    await installDependencies(say, join(root, "interop"));
  }
  await provideBrowser(steps);
  for (const { name, guards, run } of steps) {
    say(`\n== ${name}: ${guards}`);
    const since = Date.now();
    const { passed, failed } = await run();
    total.passed += passed;
    total.failed += failed;
    summary.push(
      `${failed === 0 ? "ok    " : "FAILED"}  ${name.padEnd(8)} ${seconds(since).padStart(8)}   ${guards}`,
    );
  }
} catch (error) {
  say(error instanceof Explained ? error.message : String(error instanceof Error ? error.stack : error));
  total.failed += 1;
}
say(`\n${summary.join("\n")}\nin ${seconds(started)}\n`);
if (total.passed + total.failed === 0) {
  say("Nothing ran.");
  total.failed = 1;
}
process.exitCode = total.failed === 0 ? 0 : 1;
say(`${total.passed} passed, ${total.failed} failed`);
