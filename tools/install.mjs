// Brings node_modules up to what package-lock.json says and names the Node binary that runs everything else.
// Uses Node built-ins only: it runs on the host's Node (20 or newer) before any dependency exists.
// npm keeps a record of what it installed in node_modules/.package-lock.json; comparing that record with the
// lock file needs no stamp of our own and also understands an `npm ci` that was started by hand.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { killGroup } from "./kill-group.mjs";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** The first release that runs TypeScript files directly, which the tools rely on. */
const OLDEST_NODE = [22, 18];

/** An explanation meant for the person at the terminal: printed without a stack trace. */
export class Explained extends Error {}

/**
 * Says what is missing from node_modules, or undefined when it matches the lock file.
 * @param {string} [folder]
 * @returns {string | undefined}
 */
export function missingDependencies(folder = root) {
  const installedFile = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return "the dependencies are not installed yet";
  const wanted = packagesOf(join(folder, "package-lock.json"));
  const installed = packagesOf(installedFile);
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    if (path === "") continue;
    // Binaries for other platforms are optional and rightly absent.
    if (installed[path] === undefined && optional) continue;
    if (installed[path]?.version !== version) return `${path} should be ${version}`;
    if (!optional && !existsSync(join(folder, path, "package.json"))) return `${path} is incomplete`;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional: boolean }>}
 */
function packagesOf(file) {
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  return Object.fromEntries(
    Object.entries(packages).map(([path, entry]) => [
      path,
      { version: entry.version, optional: Boolean(entry.optional || entry.devOptional || entry.peer) },
    ]),
  );
}

/**
 * Runs `npm ci` when something is missing.
 * @param {(text: string) => void} say
 * @param {string} [folder] the one whose package.json counts
 */
export async function installDependencies(say, folder = root) {
  const reason = missingDependencies(folder);
  if (reason === undefined) return;
  say(`Installing dependencies with npm ci (${reason}). The first time takes up to a minute.`);
  const started = Date.now();
  const progress = setInterval(() => say(`  npm ci, ${seconds(started)} so far`), 10_000);
  const { code, output } = await npm(["ci", "--prefer-offline", "--include=dev", "--loglevel=error"], folder);
  clearInterval(progress);
  if (code !== 0) {
    throw new Explained(
      `${reasonIn(output)}\n\nnpm ci failed (exit code ${code}). It needs the npm registry once: unless npm names another reason above,\n` +
        "check the connection and the registry that `npm config get registry` names, then run the same command again.\n" +
        "After one successful install everything works without a network.",
    );
  }
  say(`  installed in ${seconds(started)}`);
}

/** npm follows its reason with pages of usage. @param {string} output */
function reasonIn(output) {
  const lines = output.trimEnd().split("\n");
  const usage = lines.findIndex((line) => /^npm error (Clean install|Usage:|A complete log)/.test(line));
  return (usage === -1 ? lines : lines.slice(0, usage)).slice(-20).join("\n");
}

/**
 * npm starts us with its own path in the environment; started by hand, npm is looked up on PATH.
 * @param {string[]} args
 * @param {string} folder
 * @returns {Promise<{ code: number, output: string }>}
 */
function npm(args, folder) {
  const script = process.env.npm_execpath;
  const windows = process.platform === "win32";
  const [command, given] = script?.endsWith("js") ? [process.execPath, [script, ...args]] : ["npm", args];
  const child = spawn(command, given, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    detached: !windows,
    shell: windows && command === "npm",
  });
  // Asked politely, npm goes on for seconds; what it leaves unfinished, the next start installs again.
  const interrupt = () => child.pid !== undefined && killGroup(child.pid, "SIGKILL");
  process.once("exit", interrupt);
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  return new Promise((done) => {
    child.on("close", () => process.off("exit", interrupt));
    child.on("error", (error) => done({ code: 1, output: `npm could not be started: ${error.message}` }));
    child.on("close", (code) => done({ code: code ?? 1, output }));
  });
}

/**
 * The Node that runs wrangler, Vite, Vitest and our own TypeScript: the pinned one from node_modules, or the
 * host's when install scripts are switched off and the host is new enough.
 * @returns {string}
 */
export function nodeBinary() {
  const pinned = join(
    root,
    "node_modules",
    "node",
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  for (const candidate of [pinned, process.execPath]) {
    const answer = spawnSync(candidate, ["--version"], { encoding: "utf8" });
    if (answer.status === 0 && isNewEnough(answer.stdout)) return candidate;
  }
  throw new Explained(
    `This project runs on Node ${OLDEST_NODE.join(".")} or newer; the host has ${process.version} and the copy that npm ci\n` +
      "normally puts into node_modules/node is absent, usually because install scripts are switched off\n" +
      "(`npm config get ignore-scripts`). Allow them and remove node_modules, or install a newer Node.",
  );
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.trim().slice(1).split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** @param {number} since */
export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
