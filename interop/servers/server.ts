// A server to call, and how one is started.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";

export interface Server {
  /** As it stands in the table. */
  client: string;
  version: string;
  /** With `/v1`. */
  baseURL: string;
  key: string;
  model: string;
  /** What makes this server do what a check is about, beside what the check sends to all: members of the body. */
  members: Readonly<Record<string, Record<string, unknown>>>;
  /** What it says in the check of characters. */
  text: string;
  /** A member of its answers that is nobody else's. */
  ownMember?: string;
  /** Checks that it has no answer for, and why. */
  absent: Readonly<Record<string, string>>;
  /** Whether the answer that was aborted is no longer being made. */
  idle(): Promise<boolean>;
  stop(): Promise<void>;
}

/** Which version of a package of interop/ is installed. */
export function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface Program {
  output(): string;
  stop(): Promise<void>;
}

/** Starts a program, and waits until it has said a text. Throws with what it said instead. */
export async function start(
  command: string,
  args: readonly string[],
  ready: RegExp,
  limitMs = 20_000,
): Promise<Program> {
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      output += String(error);
      resolve();
    });
  });
  const said = new Promise<boolean>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => {
        output += chunk;
        if (ready.test(output)) resolve(true);
      });
    void ended.then(() => resolve(false));
    setTimeout(() => resolve(false), limitMs).unref();
  });
  const stop = async () => {
    child.kill();
    await ended;
  };
  if (await said) return { output: () => output, stop };
  await stop();
  throw new Error(`${command} did not start: ${output.slice(-1000)}`);
}
