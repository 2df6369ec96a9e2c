// `npm run test:runtimes`: the portable suite (test/portable) from the packed tarball in every runtime, two at a time, and
// a table of what came out. A runtime that is absent is named with the command that installs it, and fails the run.
//   node tools/runtimes.mjs [runtime …] [--suite name] [--project folder] [--report file]
// --project runs against a folder made by an earlier run with --keep, so that a changed test needs no new tarball.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { root, seconds } from "./install.mjs";
import { packInto } from "./pack.mjs";
import { PLACES } from "./runtimes/places.mjs";
import { serveEmulatorOf } from "./runtimes/service.mjs";
import { SUITE_NAMES } from "./runtimes/suite-names.mjs";
import { printFailures, printTable } from "./runtimes/table.mjs";

/**
 * @typedef {import("./runtimes/places.mjs").Place} Place
 * @typedef {import("./runtimes/table.mjs").Row} Row
 */

const AT_A_TIME = 2;
const LINKED = ["ky", "jose", "valibot", "zod"];
const say = (/** @type {string} */ text) => void process.stdout.write(`${text}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: "string", multiple: true, default: SUITE_NAMES },
    project: { type: "string" },
    keep: { type: "boolean", default: false },
    report: { type: "string" },
  },
});

const asked = chosenPlaces();
const started = Date.now();
const folder = mkdtempSync(join(tmpdir(), "latchkey-runtimes-"));
let good = false;
try {
  const project = values.project ?? packInto(root, folder, LINKED).project;
  cpSync(join(root, "test/portable"), join(project, "portable"), {
    recursive: true,
    filter: (path) => !/node_modules|package(-lock)?\.json$/.test(path),
  });
  if (values.keep) say(`The packed project: ${project}`);
  const scripts = { page: await bundle(project, "page"), worker: await bundle(project, "worker") };
  const rows = await runAll(project, scripts);
  printTable(rows, values.suite, say);
  printFailures(rows, say);
  if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(summaryOf(rows)));
  good = rows.every(({ results, trouble }) => trouble === undefined && results.every(({ error }) => !error));
  say(`in ${seconds(started)}`);
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
process.exit(good ? 0 : 1);

/** The places named on the command line, or all. */
function chosenPlaces() {
  const known = new Map(PLACES.map((place) => [place.name.toLowerCase(), place]));
  return positionals.length === 0
    ? PLACES
    : positionals.map((name) => {
        const place = known.get(name.toLowerCase());
        if (place !== undefined) return place;
        console.error(
          `There is no runtime "${name}". The runtimes: ${PLACES.map((one) => one.name).join(", ")}.`,
        );
        return process.exit(2);
      });
}

/** The suites as one file, for places that have no modules of their own. @param {string} project @param {string} name */
async function bundle(project, name) {
  const { outputFiles } = await build({
    entryPoints: [join(project, `portable/host/${name}.ts`)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "error",
    // What is loaded only where it can run, or where a user has installed it.
    external: ["latchkey/file-system", "node:*", "cloudflare:*", "unpdf", "@opentelemetry/*"],
  });
  return outputFiles[0]?.text ?? "";
}

/** @param {string} project @param {{ page: string, worker: string }} scripts @returns {Promise<Row[]>} */
async function runAll(project, scripts) {
  const rest = [...asked];
  /** @type {Map<Place, Row>} */
  const rows = new Map();
  const work = async () => {
    for (let place = rest.shift(); place !== undefined; place = rest.shift()) {
      rows.set(place, await runIn(place, project, scripts));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return asked.map((place) => /** @type {Row} */ (rows.get(place)));
}

/**
 * @param {Place} place
 * @param {string} project
 * @param {{ page: string, worker: string }} scripts
 * @returns {Promise<Row>}
 */
async function runIn({ name, browser = false, install, version, run }, project, scripts) {
  const found = version();
  /** @type {Row} */
  const row = { name, version: found ?? "", results: [], trouble: undefined, ms: 0 };
  if (found === undefined) return { ...row, trouble: `${name} is absent. Install it:\n  ${install}` };
  const since = Date.now();
  const service = await serveEmulatorOf(project);
  const disk = join(folder, name.replaceAll(" ", "-"));
  mkdirSync(disk, { recursive: true });
  const host = { name, browser, emulator: service.url, folder: disk, gaps: gapsOf(name), stray: [] };
  try {
    await run({
      names: values.suite,
      host,
      project,
      scripts,
      tell: (results) => row.results.push(...results),
    });
  } catch (error) {
    row.trouble = `${name} didn't finish: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await service.close();
  }
  row.ms = Date.now() - since;
  say(`  ${name} ${found}: ${row.results.length} results in ${seconds(since)}`);
  return row;
}

/** What a runtime lacks, with the reason, as test/portable/gaps.json documents it. @param {string} name */
function gapsOf(name) {
  /** @type {Record<string, { reason: string, runtimes: string[] }>} */
  const gaps = JSON.parse(readFileSync(join(root, "test/portable/gaps.json"), "utf8"));
  const own = Object.entries(gaps).filter(([, { runtimes }]) => runtimes.includes(name));
  return Object.fromEntries(own.map(([feature, { reason }]) => [feature, reason]));
}

/** What tools/test.mjs adds up. @param {Row[]} rows */
function summaryOf(rows) {
  const results = rows.flatMap((row) => row.results);
  const failed = results.filter(({ error }) => error !== undefined).length;
  const absent = rows.filter(({ trouble }) => trouble !== undefined).length;
  return {
    passed: results.filter(({ error, gap }) => error === undefined && gap === undefined).length,
    failed: failed + absent,
    rows,
  };
}
