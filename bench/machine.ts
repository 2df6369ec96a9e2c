/** What figures were taken on: they mean nothing without it. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import { installed, wanted } from "./peers.ts";

export interface Machine {
  date: string;
  node: string;
  system: string;
  processors: string;
  memoryGb: number;
  /** Of the last minute, before anything was measured: what else the machine was doing. */
  load: number;
  /** Of the project. */
  commit: string;
  /** Of what is compared with, where it is installed. */
  peers: Record<string, string>;
}

export function machine(): Machine {
  const peers = Object.keys(wanted()).map((name) => [name, installed(name)] as const);
  return {
    date: new Date().toISOString(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    processors: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
    memoryGb: Math.round(totalmem() / 1e9),
    load: loadavg()[0]!,
    commit: commit(),
    peers: Object.fromEntries(peers.filter((one): one is [string, string] => one[1] !== undefined)),
  };
}

export function sentenceOf({ date, node, system, processors, memoryGb, load, commit }: Machine): string {
  const day = date.slice(0, 16).replace("T", " ");
  return `${day} UTC, commit ${commit}, Node ${node}, ${system}, ${processors}, ${memoryGb} GB, load ${load.toFixed(1)} before the run`;
}

export function peersOf({ peers }: Machine): string {
  const list = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return list.length === 0 ? "none installed" : list.join(", ");
}

/** Of a copy without git, or one with changes, it says so. */
function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    const changed = git("status", "--porcelain", "--", "src", "worker", "demo", "bench").trim() !== "";
    return `${git("rev-parse", "--short", "HEAD").trim()}${changed ? " with changes" : ""}`;
  } catch {
    return "unknown";
  }
}
