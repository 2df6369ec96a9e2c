/** What a candidate of the section `proxy` is: one of the workers, a listener in Node, or a program of its own. */
import { fork } from "node:child_process";
import type { RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import { loadCandidates } from "../peers.ts";
import { startOurs, startWorker } from "./candidates.ts";
import type { Running } from "./workerd.ts";

export interface ProxyCandidate {
  readonly name: string;
  readonly packages?: readonly string[];
  /** A file of ./workers, in workerd. */
  readonly worker?: string;
  /** In a process of Node of its own. */
  listener?(upstream: string): RequestListener;
  /** Anything else. */
  start?(upstream: string): Promise<Running>;
  /** What callers must send for it. */
  headers?(upstream: string): Record<string, string>;
  /** Left out where each candidate takes long: what it shows, another one of its kind shows. */
  readonly brief?: boolean;
}

/** It runs and can be called. */
export interface Started {
  readonly name: string;
  readonly running: Running;
  readonly headers: Record<string, string>;
}

const FIRST = ["bare"];

/** The bare worker first, ours last, what is installed between them. */
export async function startAll(
  upstream: string,
  choose: (candidate: ProxyCandidate) => boolean = () => true,
): Promise<{ all: Started[]; notes: string[] }> {
  const { candidates, notes } = await loadCandidates<ProxyCandidate>("proxy", FIRST);
  const all: Started[] = [];
  for (const candidate of candidates.filter(choose)) {
    all.push({
      name: candidate.name,
      running: await startOne(candidate, upstream),
      headers: candidate.headers?.(upstream) ?? {},
    });
  }
  const ours = await startOurs(upstream);
  return { all: [...all, { name: "ours", running: ours, headers: ours.session }], notes };
}

async function startOne(candidate: ProxyCandidate, upstream: string): Promise<Running> {
  const { name, worker, listener, start } = candidate;
  if (worker !== undefined) return startWorker(worker, upstream);
  if (start) return start(upstream);
  if (listener) return startListener(name, upstream);
  throw new Error(`${name} has nothing that could be started.`);
}

/** By its name, because a listener can't be handed to another process. */
async function startListener(name: string, upstream: string): Promise<Running> {
  const file = fileURLToPath(new URL("./listener-process.ts", import.meta.url));
  const child = fork(file, [name, upstream], {
    execArgv: ["--conditions=latchkey-source", "--disable-warning=DEP0060"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${name} has left with ${code}.`)));
    child.once("message", (told: { port: number }) => resolve(told.port));
  });
  return { port, pid: child.pid!, close: () => child.kill("SIGKILL") };
}
