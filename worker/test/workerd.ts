// A black-box rig: the bundled worker in real workerd, the emulator (or any server) behind it on a socket,
// and its log lines read back. Nothing here reaches into the worker.
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
export async function startWorker(variables: Record<string, string>): Promise<Worker> {
  const output: string[] = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      telemetry: { enabled: false },
      modules: [{ type: "ESModule", path: "worker.js", contents: await bundled() }],
      compatibilityDate: "2026-10-20",
      compatibilityFlags: ["enable_request_signal"],
      bindings: variables,
      durableObjects: { OWNERSHIP: { className: "OwnershipObject", useSQLite: true } },
      handleStructuredLogs: ({ message }) => void output.push(...message.split("\n")),
    }),
  );
  const url = (await miniflare.ready).origin;
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
  };
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
