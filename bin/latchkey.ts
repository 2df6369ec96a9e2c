#!/usr/bin/env node
// The command line of the package: `latchkey emulator`, `latchkey key <name>` and `latchkey check [file]`.
// Reads arguments and prints; what the commands do lives in emulator/ and worker/.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const HELP = `Usage: npx latchkey <command>
       npm run latchkey -- <command>     in a clone of the repository

  emulator     run the Azure AI emulator on this machine
    --port n     port to listen on, 0 for any free one (default 8788)
    --host name  address to listen on (default 127.0.0.1)
    --pace ms    milliseconds between two streamed chunks (default 25)
    --seed n     another seed gives other answers, always the same ones (default 1)

  key <name>   make a caller key for a script and the line that allows it in the proxy

  check [file] check the proxy's configuration and print what it means: who may call, what, how much, and where it goes
               (default latchkey.config.ts, .mjs or .js here, or worker/latchkey.config.ts)
    --strict           warnings count as problems
    --without-secrets  secrets that are not here count as given

  --help       show this text
  --version    show the version
`;

/** In a clone the file runs from source, and there npx would look for a package of this name in the registry. */
const COMMAND = import.meta.url.endsWith(".ts") ? "npm run latchkey --" : "npx latchkey";
const CHECK_USAGE = `Usage: ${COMMAND} check [file] [--strict] [--without-secrets]\n`;
const KEY_USAGE = `Usage: ${COMMAND} key <name>\n`;

/** The command line was wrong: the message, how it is used, and exit code 2; no stack trace. */
class UsageError extends Error {
  readonly usage: string;

  constructor(message: string, usage = `\n${HELP}`) {
    super(message);
    this.usage = usage;
  }
}

async function main(args: string[]): Promise<void> {
  const [command, ...rest] = args;
  if (command === undefined) throw new UsageError("a command is missing");
  if (command === "--help" || command === "-h" || command === "help") return print(HELP);
  if (command === "--version" || command === "-v") return print(`${version()}\n`);
  if (command === "emulator") return runEmulator(rest);
  if (command === "key") return makeKey(rest);
  if (command === "check") return checkConfig(rest);
  throw new UsageError(`there is no command ${JSON.stringify(command)}`);
}

async function runEmulator(args: string[]): Promise<void> {
  const { values } = parse(args, false);
  if (values.help === true) return print(HELP);
  const port = wholeNumber("--port", values.port ?? "8788", 65_535);
  const pace = wholeNumber("--pace", values.pace ?? "25", 60_000);
  const seed = wholeNumber("--seed", values.seed ?? "1", 0xffff_ffff);
  const { createEmulator } = await import("../emulator/index.ts");
  const { serveEmulator } = await import("../emulator/serve.ts");
  const host = values.host ?? "127.0.0.1";
  const emulator = createEmulator({ paceMs: pace, seed });
  const server = await serveEmulator(emulator, { host, port }).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    throw new Error(`Port ${port} is taken on ${host}. Choose another with --port, or 0 for any free one.`);
  });
  print(`Emulator on ${server.url} (key: emulator-key). Ctrl-C stops it.\n`);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => void server.close().finally(() => process.exit(0)));
  }
}

async function makeKey(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, true);
  if (values.help === true) return print(HELP);
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError("`key` takes one name", KEY_USAGE);
  const { createCallerKey } = await import("../worker/keys.ts");
  const { key, line } = await createCallerKey(name).catch((error: unknown) => {
    throw error instanceof TypeError ? new UsageError(error.message, KEY_USAGE) : error;
  });
  print(
    `Key for ${name} (shown once, keep it safe):\n\n  ${key}\n\nAdd this to CALLER_KEYS, commas between entries:\n\n  ${line}\n`,
  );
}

async function checkConfig(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, true);
  if (values.help === true) return print(HELP);
  const [file, ...more] = positionals;
  if (more.length > 0) throw new UsageError("`check` takes one file", CHECK_USAGE);
  const { check } = await import("./check.ts");
  const { strict, "without-secrets": withoutSecrets } = values;
  const { output, code } = await check({
    file,
    folder: process.cwd(),
    env: process.env,
    strict,
    withoutSecrets,
  });
  print(output);
  process.exitCode = code;
}

function parse(args: string[], allowPositionals: boolean) {
  try {
    return parseArgs({
      args,
      allowPositionals,
      options: {
        help: { type: "boolean", short: "h" },
        port: { type: "string" },
        host: { type: "string" },
        pace: { type: "string" },
        seed: { type: "string" },
        strict: { type: "boolean" },
        "without-secrets": { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string, largest: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > largest) {
    throw new UsageError(`${option} takes a whole number from 0 to ${largest}, not ${JSON.stringify(text)}`);
  }
  return value;
}

function version(): string {
  // The file runs as bin/latchkey.ts in the repository and as dist/bin/latchkey.js in the package.
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
      if (typeof manifest === "object" && manifest !== null && "version" in manifest)
        return String(manifest.version);
    } catch {
      // Not at this depth.
    }
  }
  return "unknown";
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  const usage = error instanceof UsageError ? error.usage : undefined;
  process.stderr.write(`latchkey: ${reason}\n${usage ?? ""}`);
  process.exitCode = usage === undefined ? 1 : 2;
}
