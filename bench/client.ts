/** Whole clients over loopback HTTP. The service is in a process of its own, and so is each candidate. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ClientCandidate } from "./client/candidate.ts";
import {
  type Done,
  NOTHING,
  type Order,
  QUICK_CHUNKS,
  QUICK_STREAMS,
  WORKS,
  type WorkName,
} from "./client/work.ts";
import { median, quantile } from "./median.ts";
import { candidatesOf, notesOf } from "./peers.ts";
import { type Settings, UsageError } from "./settings.ts";
import type { Table, Verdict } from "./table.ts";
import { aboveOf, interleaved, ratioTo } from "./timed.ts";

const FIRST = ["bare-fetch", "latchkey", "latchkey-openai"];
/** The place of ours among the candidates, after the floor. */
const OURS = 1;
const CPU_GOAL = 1.15;
const FIRST_TEXT_GOAL_MS = 0.4;
/** What a process may hold more after all rounds than before them; bare fetch alone moves by that much. */
const HEAP_GOAL_MIB = 2;
const MIB = 1024 * 1024;

interface Client {
  readonly name: string;
  readonly child: ChildProcess;
}

interface Measured {
  readonly clients: readonly Client[];
  readonly figures: Done[][];
  /** More MiB after all rounds than before them, of each client. */
  readonly held: readonly number[];
}

const smaller = ({ streams, chunks, atOnce }: Order): Order => ({
  streams: Math.min(streams, QUICK_STREAMS),
  chunks: Math.min(chunks, QUICK_CHUNKS),
  atOnce: Math.min(atOnce, QUICK_STREAMS),
});

export async function* client({ rounds, quick, only }: Settings): AsyncGenerator<Table> {
  if (only !== undefined && !Object.hasOwn(WORKS, only))
    throw new UsageError(`There is no part ${only}; there are ${Object.keys(WORKS).join(", ")}.`);
  const listed = candidatesOf("client", FIRST);
  const server = fork(fileURLToPath(new URL("./client/server-process.ts", import.meta.url)), {
    execArgv: [],
  });
  const clients: Client[] = [];
  try {
    const { port } = (await told(server)) as { port: number };
    for (const { path } of listed.filter(({ absent }) => absent.length === 0)) {
      clients.push(await start(path, `http://127.0.0.1:${port}`));
    }
    for (const [name, work] of Object.entries(WORKS)) {
      if (only !== undefined && only !== name) continue;
      const order = quick ? smaller(work) : work;
      const run = ({ child }: Client) => doWork(child, order);
      const heap = async ({ child }: Client) => (await doWork(child, NOTHING)).heap / MIB;
      const warmUp = quick ? 0 : work.warmUp;
      // Twice: to collect all garbage throws compiled code away.
      await interleaved(clients, 0, run, warmUp);
      const before = await interleaved(clients, 1, heap, 0);
      const figures = await interleaved(clients, rounds, run, warmUp);
      const after = await interleaved(clients, 1, heap, 0);
      const held = clients.map((_, index) => after[index]![0]! - before[index]![0]!);
      yield tableOf(name as WorkName, { clients, figures, held }, notesOf(listed));
    }
  } finally {
    for (const { child } of clients) child.kill();
    server.kill();
  }
}

async function start(path: string, origin: string): Promise<Client> {
  const url = pathToFileURL(path).href;
  const { default: candidate } = (await import(url)) as { default: ClientCandidate };
  const child = fork(fileURLToPath(new URL("./client/client-process.ts", import.meta.url)), [url, origin], {
    execArgv: ["--expose-gc", "--conditions=latchkey-source"],
  });
  await told(child);
  return { name: candidate.name, child };
}

async function doWork(child: ChildProcess, order: Order): Promise<Done> {
  const answer = told(child);
  child.send(order);
  return ((await answer) as { done: Done }).done;
}

/** The next word of a process. */
async function told(child: ChildProcess): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const exited = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`A process has left with ${code}.`);
  });
  exited.catch(() => {});
  try {
    const [message] = (await Promise.race([once(child, "message", { signal }), exited])) as [
      { failed?: string },
    ];
    if (message.failed !== undefined) throw new Error(message.failed);
    return message;
  } finally {
    waiting.abort();
  }
}

function tableOf(name: WorkName, { clients, figures, held }: Measured, notes: string[]): Table {
  const all = (index: number, of: (done: Done) => number) => figures[index]!.map(of);
  const cpu = (index: number) => all(index, ({ cpuMs }) => cpuMs);
  const first = (index: number) => all(index, ({ firstMs }) => median(firstMs));
  const rows = clients.map(({ name }, index) => [
    name,
    median(cpu(index)),
    ratioTo(cpu(0), cpu(index)),
    median(all(index, ({ wallMs }) => wallMs)),
    median(first(index)),
    aboveOf(first(0), first(index)),
    median(all(index, ({ firstMs }) => quantile(firstMs, 0.99))),
    held[index]!,
    Math.max(...all(index, ({ peakRss }) => peakRss)) / MIB,
  ]);
  return {
    title: `${WORKS[name].title}, over loopback`,
    columns: [
      "",
      "CPU ms",
      "x bare fetch",
      "wall ms",
      "first text p50 ms",
      "above bare fetch",
      "p99 ms",
      "heap growth MiB",
      "peak RSS MiB",
    ],
    rows,
    verdicts: verdictsOf(name, {
      cpu: ratioTo(cpu(0), cpu(OURS)),
      first: aboveOf(first(0), first(OURS)),
      held: held[OURS]!,
    }),
    notes,
  };
}

function verdictsOf(name: WorkName, ours: { cpu: number; first: number; held: number }): Verdict[] {
  const memory = {
    what: `latchkey, heap growth over the rounds (${name})`,
    value: ours.held,
    unit: "MiB",
    atMost: HEAP_GOAL_MIB,
  };
  if (name === "long")
    return [{ what: "latchkey, CPU", value: ours.cpu, unit: "x bare fetch", atMost: CPU_GOAL }, memory];
  // A pool of 200 connections is kept, which is no leak.
  if (name === "concurrent") return [];
  const what = "latchkey, time to the first text above bare fetch";
  return [{ what, value: ours.first, unit: "ms", atMost: FIRST_TEXT_GOAL_MS }, memory];
}
