/**
 * Workers in processes of workerd of their own, without anything in front: so the processor time of a process is that of
 * one candidate. Miniflare would put a worker of its own before each of them and so flatter every ratio.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));
/** The program of the miniflare that is installed, which is also what the tests run in. */
const program = (require("workerd") as { default: string; version: string }).default;
export const version = (require("workerd") as { default: string; version: string }).version;

export interface Running {
  readonly port: number;
  readonly pid: number;
  close(): void;
}

/**
 * A worker as one text, as `wrangler deploy` would upload it. Paths are relative to the project; `config` stands in for
 * worker/latchkey.config.ts.
 */
export async function bundle(
  path: string,
  { minify = false, config }: { minify?: boolean; config?: string | undefined } = {},
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [at(path)],
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["latchkey-source", "workerd", "worker", "browser"],
    minify,
    keepNames: true,
    plugins: config === undefined ? [] : [configured(at(config))],
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]!.text;
}

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const configured = (path: string): Plugin => ({
  name: "config",
  setup: ({ onResolve }) => onResolve({ filter: /\/latchkey\.config\.ts$/ }, () => ({ path })),
});

/** Starts it. `objects` are its classes of Durable Objects by binding; they are kept on the disk, as locally in wrangler. */
export async function start(
  code: string,
  variables: Record<string, string>,
  objects: Record<string, string> = {},
  { inspector }: { inspector?: number } = {},
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  writeFileSync(join(folder, "worker.js"), code);
  writeFileSync(join(folder, "config.capnp"), configuration(folder, variables, objects));
  const watched = inspector === undefined ? [] : [`--inspector-addr=127.0.0.1:${inspector}`];
  const flags = ["serve", "--experimental", "--control-fd=3", ...watched, join(folder, "config.capnp")];
  const child = spawn(program, flags, {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const stop = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", stop);
  const port = await listening(child);
  return {
    port,
    pid: child.pid!,
    close() {
      process.off("exit", stop);
      stop();
    },
  };
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`workerd has left with ${code}.`)));
    let told = "";
    child.stdio[3]!.on("data", (bytes: Buffer) => {
      told += bytes;
      const found = /"event":"listen".*"port":(\d+)/.exec(told);
      if (found) resolve(Number(found[1]));
    });
  });
}

function configuration(
  folder: string,
  variables: Record<string, string>,
  objects: Record<string, string>,
): string {
  const text = JSON.stringify;
  const bindings = [
    ...Object.entries(variables).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...Object.entries(objects).map(
      ([name, className]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`,
    ),
  ];
  const namespaces = Object.values(objects).map(
    (className) =>
      `(className = ${text(className)}, uniqueKey = ${text(`bench-${className}`)}, enableSql = true)`,
  );
  const kept =
    namespaces.length === 0
      ? ""
      : `durableObjectNamespaces = [${namespaces.join(", ")}], durableObjectStorage = (localDisk = "disk"),`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${text(folder)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-10-20",
  compatibilityFlags = ["enable_request_signal"],
  bindings = [${bindings.join(", ")}],
  ${kept}
);
`;
}
