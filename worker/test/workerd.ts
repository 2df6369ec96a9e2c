// A black-box rig: the bundled worker in real workerd, the emulator (or any server) behind it on a socket,
// and its log lines read back. Nothing here reaches into the worker.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { LogEntry } from "../proxy.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Worker {
  readonly url: string;
  readonly port: number;
  readonly output: string[];
  /** Waits for the log line of a request. */
  logged(match: (entry: LogEntry) => boolean, withinMs?: number): Promise<LogEntry>;
  close(): Promise<void>;
  /** `kill -9` of the runtime. Only one that was started alone knows its process. */
  kill(): Promise<void>;
}

export interface WorkerOptions {
  /** A folder in which the Durable Objects outlive the runtime. Default: nothing does. */
  readonly persist?: string;
}

let bundle: Promise<string> | undefined;

function bundled(): Promise<string> {
  bundle ??= build({
    entryPoints: [`${root}worker/index.ts`],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["latchkey-source", "workerd", "worker", "browser"],
    write: false,
    logLevel: "error",
  }).then((result) => result.outputFiles[0]!.text);
  return bundle;
}

/** Starts the worker with these variables, as `wrangler deploy` would bind them. */
export async function startWorker(
  variables: Record<string, string>,
  { persist }: WorkerOptions = {},
): Promise<Worker> {
  const output: string[] = [];
  const before = new Set(runtimes());
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "worker.js", contents: await bundled() }],
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["enable_request_signal"],
      bindings: variables,
      durableObjects: {
        OWNERSHIP: { className: "OwnershipObject", useSQLite: true },
        LEDGER: { className: "LedgerObject", useSQLite: true },
      },
      handleStructuredLogs: ({ message }) => void output.push(...message.split("\n")),
    }),
    ...(persist === undefined ? {} : { resourcePersistencePath: persist }),
  });
  const url = (await miniflare.ready).origin;
  const started = runtimes().filter((pid) => !before.has(pid));
  return {
    url,
    port: Number(new URL(url).port),
    output,
    async logged(match, withinMs = 3000) {
      for (const until = Date.now() + withinMs; Date.now() < until; await sleep(10)) {
        const found = entries(output).find(match);
        if (found !== undefined) return found;
      }
      throw new Error(`No such line in:\n${output.join("\n")}`);
    },
    close: () => miniflare.dispose(),
    async kill() {
      const [pid, more] = started;
      if (pid === undefined || more !== undefined) throw new Error("Which process it is can't be told.");
      process.kill(pid, "SIGKILL");
      while (runtimes().includes(pid)) await sleep(5);
    },
  };
}

/** Two instances of the worker with the same Durable Objects, as two machines of Cloudflare's. */
export async function startTwoWorkers(
  bindings: Record<string, string>,
): Promise<{ readonly urls: readonly string[]; close(): Promise<void> }> {
  const contents = await bundled();
  const instance = (name: string, place: object) => ({
    name,
    modules: [{ type: "ESModule" as const, path: "worker.js", contents }],
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["enable_request_signal"],
    bindings,
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    durableObjects: {
      OWNERSHIP: { className: "OwnershipObject", useSQLite: true, ...place },
      LEDGER: { className: "LedgerObject", useSQLite: true, ...place },
    },
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      workers: [instance("one", {}), instance("two", { scriptName: "one" })],
      handleStructuredLogs: () => {},
    }),
  );
  await miniflare.ready;
  const urls = await Promise.all(["one", "two"].map((name) => miniflare.unsafeGetDirectURL(name)));
  return { urls: urls.map(({ origin }) => origin), close: () => miniflare.dispose() };
}

/** The processes of workerd that this one has started. */
function runtimes(): number[] {
  const pids = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, parent, state, command]) =>
        Number(parent) === process.pid && !state?.startsWith("Z") && /workerd/.test(command ?? ""),
    )
    .map(([pid]) => Number(pid));
  return pids;
}

function entries(output: readonly string[]): LogEntry[] {
  return output.flatMap((line) => {
    const start = line.indexOf('{"event":"request"');
    return start < 0 ? [] : [JSON.parse(line.slice(start)) as LogEntry];
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
