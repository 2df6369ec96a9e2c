// Starts programs for the tests of this folder and ends them with the test.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { inject, onTestFinished } from "vitest";

export const root = join(import.meta.dirname, "../..");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly command?: string;
}

function start(
  args: readonly string[],
  { cwd = inject("project"), env = {}, command = process.execPath }: RunOptions,
) {
  // Vitest's own variables must not change how a consumer's program behaves.
  const clean = {
    ...process.env,
    NODE_OPTIONS: "",
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
    NODE_ENV: "production",
    ...env,
  };
  return spawn(command, args, { cwd, env: clean, stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs a program to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = start(args, options);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 50_000);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return { code, stdout, stderr };
}

/** Path of the package's command in the temporary project. */
export const latchkey = () => join(inject("project"), "node_modules/latchkey/dist/bin/latchkey.js");

/** The packed emulator on a free port, stopped at the end of the test or by `stop`. */
export async function startEmulator(...args: string[]): Promise<{ url: string; child: ChildProcess }> {
  const child = start([latchkey(), "emulator", "--port", "0", "--pace", "0", ...args], {});
  return { url: await addressFrom(child, /Emulator on (http:\S+)/), child };
}

export async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await exited) as [number | null];
  return code;
}

/** The emulator for one test. */
export async function emulatorForTest(...args: string[]): Promise<string> {
  const { url, child } = await startEmulator(...args);
  onTestFinished(async () => {
    await stop(child);
  });
  return url;
}

/** The packed proxy in front of an emulator, with a page on the same origin, for one test. */
export async function servePage(emulator: string, folder: string): Promise<string> {
  copyFileSync(join(root, "test/package/page-server.ts"), join(inject("project"), "page-server.ts"));
  const child = start(["page-server.ts", emulator, folder], {});
  onTestFinished(async () => {
    await stop(child);
  });
  return await addressFrom(child, /Page on (http:\S+)/);
}

/** What a server prints when it listens. */
function addressFrom(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((found, failed) => {
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk;
      const address = pattern.exec(output)?.[1];
      if (address !== undefined) found(address);
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.on("exit", (code) => failed(new Error(`the server ended with ${code}:\n${output}`)));
  });
}
