// Child processes that never outlive their starter. Each child leads a process group of its own, so that one
// signal reaches its grandchildren (wrangler's workerd and esbuild) and a Ctrl-C in the terminal reaches only us.
// What a child prints is kept in a bounded buffer and shown when it fails.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Explained } from "./install.mjs";
import { killGroup } from "./kill-group.mjs";

const KEPT_LINES = 80;
/** A child gets this long to end, then what it leaves behind the next, then nobody gets anything. */
const GRACE_MS = 1500;
const ORPHANS_GRACE_MS = 750;
const KILLED_MS = 250;

/**
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null }} Exit
 * @typedef {{ name: string, pid: number, exited: Promise<Exit>, output: () => string, stop: () => Promise<void> }} Child
 * @typedef {{ watch: (pid: number) => void, ended: (pid: number) => void, folder: (path: string) => void, release: () => Promise<void> }} Guard
 */

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.command
 * @param {string[]} options.args
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} options.env
 * @param {Guard} options.guard
 * @param {((line: string) => void) | undefined} [options.onLine] sees every line at once, for --verbose
 * @returns {Child}
 */
function startChild({ name, command, args, cwd, env, guard, onLine }) {
  const child = spawn(command, args, {
    cwd,
    env,
    detached: process.platform !== "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid ?? 0;
  if (pid !== 0) guard.watch(pid);

  /** @type {string[]} */
  const lines = [];
  /** @param {NodeJS.ReadableStream} stream */
  const collect = (stream) => {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        onLine?.(line);
      }
    });
  };
  collect(child.stdout);
  collect(child.stderr);

  /** @type {Promise<Exit>} */
  const exited = new Promise((done) => {
    child.on("error", (error) => {
      lines.push(error.message);
      done({ code: 1, signal: null });
    });
    child.on("exit", (code, signal) => done({ code, signal }));
  });

  const stop = async () => {
    if (pid === 0) return;
    killGroup(pid, "SIGTERM");
    await Promise.race([exited, sleep(GRACE_MS, undefined, { ref: false })]);
    // The leader may be gone while a grandchild stays; the group id still reaches it.
    if (!(await isGone(pid, ORPHANS_GRACE_MS)) && killGroup(pid, "SIGKILL")) await isGone(pid, KILLED_MS);
    guard.ended(pid);
  };
  return { name, pid, exited, output: () => lines.join("\n"), stop };
}

/**
 * Waits for a group to be gone, with a limit: where the first process of a container doesn't reap, the dead stay listed.
 * @param {number} pid
 * @param {number} ms
 */
async function isGone(pid, ms) {
  const deadline = Date.now() + ms;
  while (killGroup(pid, 0)) {
    if (Date.now() >= deadline) return false;
    await sleep(25);
  }
  return true;
}

/**
 * A second process that ends the groups when this one disappears without being able to.
 * @param {string} node
 * @returns {Guard}
 */
function startGuard(node) {
  const script = join(dirname(fileURLToPath(import.meta.url)), "guard.mjs");
  const child = spawn(node, [script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.on("error", () => {});
  const gone = new Promise((done) => child.on("exit", done));
  /** @param {string} line */
  const tell = (line) => void child.stdin.write(`${line}\n`);
  return {
    watch: (pid) => tell(`group ${pid}`),
    ended: (pid) => tell(`ended ${pid}`),
    folder: (path) => tell(`folder ${path}`),
    release: async () => {
      child.stdin.end();
      await gone;
    },
  };
}

/**
 * A set of children that live and die together, with a guard beside them.
 * @param {{ node: string, cwd: string, onLine?: ((name: string, line: string) => void) | undefined }} options
 */
export function createFamily({ node, cwd, onLine }) {
  const guard = startGuard(node);
  /** @type {Map<string, Child>} */
  const children = new Map();
  /** @type {string[]} */
  const folders = [];
  /** @type {(error: Error) => void} */
  let fail = () => {};
  let stopping = false;

  /**
   * Settles with the first thing that went wrong.
   * @type {Promise<Error>}
   */
  const failed = new Promise((done) => {
    fail = done;
  });

  /**
   * Runs a script in Node; its end is for the caller to judge.
   * @param {string} name
   * @param {string[]} args
   * @param {NodeJS.ProcessEnv} [env]
   */
  const launch = (name, args, env = {}) => {
    const child = startChild({
      name,
      command: node,
      args,
      cwd,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
      guard,
      onLine: onLine && ((line) => onLine(name, line)),
    });
    children.set(name, child);
    return child;
  };

  return {
    failed,
    fail,
    launch,
    /**
     * Runs a script that is meant to stay: its end is a failure of the whole family.
     * @param {string} name
     * @param {string[]} args
     * @param {NodeJS.ProcessEnv} [env]
     */
    keep(name, args, env) {
      const child = launch(name, args, env);
      void child.exited.then(({ code, signal }) => {
        if (stopping) return;
        const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
        fail(new Explained(`${child.output()}\n\nThe ${name} ended ${how}; its last output is above.`));
      });
    },
    /** @param {string} name */
    output: (name) => children.get(name)?.output() ?? "",
    /** Removed when the family ends. @param {string} path */
    folder(path) {
      folders.push(path);
      guard.folder(path);
    },
    async stop() {
      stopping = true;
      await Promise.all([...children.values()].map((child) => child.stop()));
      for (const path of folders) rmSync(path, { recursive: true, force: true });
      await guard.release();
    },
  };
}

/** @typedef {ReturnType<typeof createFamily>} Family */
