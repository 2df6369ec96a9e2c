// What the runners of the other languages have in common: the environment that interop/README.md describes, tools that
// may be absent, and programs whose lines of JSON are passed on. Node built-ins only.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startTlsFront } from "./tls-front.mjs";

/** The exit code of a runner whose tools are absent. */
const ABSENT = 69;
const NEEDED = ["LATCHKEY_URL", "LATCHKEY_KEY", "LATCHKEY_PROJECT", "LATCHKEY_CONNECTION", "TRUTH"];
/** A program that hangs must not hang the table. */
const LIMIT_MS = 10 * 60_000;

/** @param {string} text */
const say = (text) => void process.stderr.write(`${text}\n`);

/** @typedef {{ command: string, args: string[], cwd: string, env?: Record<string, string> }} Program */
/** @typedef {{ url: string, certificate: string }} Front the worker's address by https, and the PEM file to trust */

/**
 * Checks the environment and the tools, installs, runs the programs one after the other, and ends the process:
 * with 0 when nothing failed, 1 when something did, 2 without the environment, 69 without the tools.
 * @param {object} options
 * @param {string} options.name of the language, as it is told
 * @param {string} options.hint the command that installs what is absent
 * @param {() => string | undefined} options.absent what is absent, or undefined
 * @param {() => void} options.install brings the pinned packages; throws an Error that says what failed
 * @param {(front: Front) => readonly Program[]} options.programs
 */
export async function runLanguage({ name, hint, absent, install, programs }) {
  const unset = NEEDED.filter((variable) => !process.env[variable]);
  if (unset.length > 0) {
    say(
      `${unset.join(", ")} not set: \`node interop/run.mjs\` starts the worker and sets them (interop/README.md).`,
    );
    process.exit(2);
  }
  const missing = absent();
  if (missing !== undefined) {
    say(`${name}: ${missing}. To install it: ${hint}`);
    process.exit(ABSENT);
  }
  try {
    install();
  } catch (error) {
    say(`${name}: the packages could not be installed. ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
  const front = await startTlsFront(String(process.env.LATCHKEY_URL));
  const env = { ...process.env, LATCHKEY_TLS_URL: front.url };
  let failed = false;
  for (const program of programs(front)) {
    const passed = await passOn({ ...program, env: { ...env, ...program.env } });
    failed ||= !passed;
  }
  front.close();
  process.exit(failed ? 1 : 0);
}

/**
 * Runs a program that prints one line of JSON per check.
 * @param {Program} program
 * @returns {Promise<boolean>} whether it ended well and no line says "fail"
 */
function passOn({ command, args, cwd, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "inherit"], timeout: LIMIT_MS });
    // Whoever ends this process ends what it started.
    const end = () => process.exit(child.kill() ? 143 : 1);
    process.once("SIGTERM", end);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => {
      text += piece;
      process.stdout.write(piece);
    });
    child.once("error", (error) => {
      say(String(error));
      resolve(false);
    });
    child.once("close", (code) => {
      process.off("SIGTERM", end);
      resolve(code === 0 && !/"result": ?"fail"/.test(text));
    });
  });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {string | undefined} what it printed, or undefined when it is absent or fails
 */
export function output(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? `${stdout}${stderr}` : undefined;
}

/**
 * Runs a command once for each content of the files it depends on: a stamp in `folder` remembers which it was.
 * @param {string} folder where it installs to
 * @param {readonly string[]} pins the files that name the versions
 * @param {() => void} steps
 */
export function once(folder, pins, steps) {
  const stamp = join(folder, ".installed");
  const hash = createHash("sha256");
  for (const file of pins) hash.update(readFileSync(file));
  const wanted = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  steps();
  writeFileSync(stamp, wanted);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @throws {Error} with the end of what it said
 */
export function must(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return;
  const said = `${stdout ?? ""}${stderr ?? ""}${error ?? ""}`.trim().slice(-2000);
  throw new Error(`\`${command} ${args.join(" ")}\` failed:\n${said}`);
}
