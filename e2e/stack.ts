// Starts emulator, worker and page as `npm start` does, on free ports, and stops them again. Knows addresses and the
// stack's log, nothing of what runs behind them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Stack {
  readonly page: string;
  readonly worker: string;
  readonly emulator: string;
  /** The newest lines the stack printed. */
  log(): string;
  stop(): Promise<void>;
}

const START = fileURLToPath(new URL("../tools/start.mjs", import.meta.url));
const KEPT_LOG_CHARS = 40_000;

interface StackOptions {
  /** Serve the built page from the worker; else Vite serves the sources from an origin of its own. */
  built: boolean;
  /** Variables of the worker beside those that it needs for the emulator. */
  vars?: Readonly<Record<string, string>>;
}

export async function startStack({ built, vars }: StackOptions): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-e2e-"));
  const file = join(folder, "vars");
  const lines = Object.entries(vars ?? {}).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(file, lines.join(""));
  const args = [START, "--test", "--verbose", `--vars=${file}`, ...(built ? ["--built"] : [])];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-KEPT_LOG_CHARS);
  });
  const addresses = await readAddresses(child).catch((error: unknown) => {
    throw new Error(`The stack did not start.\n${log}`, { cause: error });
  });
  rmSync(folder, { recursive: true });
  return {
    ...addresses,
    log: () => log,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** The first line of stdout is JSON with the addresses. */
async function readAddresses(
  child: ChildProcess,
): Promise<{ page: string; worker: string; emulator: string }> {
  let text = "";
  const found = new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const end = text.indexOf("\n");
      if (end !== -1) resolve(text.slice(0, end));
    });
    child.once("exit", (code) => reject(new Error(`start.mjs ended with ${code}`)));
  });
  return JSON.parse(await found);
}
