/** Streams as fast as they go: what each way to see one costs the process that it passes. */
import { median } from "../median.ts";
import type { Table } from "../table.ts";
import { chat, startOurs, startWorker } from "./candidates.ts";
import { drain } from "./load.ts";
import { spentBy } from "./processor.ts";
import type { Upstream } from "./upstream.ts";
import type { Running } from "./workerd.ts";

const AT_ONCE = 4;
const CHUNKS = 5000;
const WARM_UP = 2;
/** For a side branch to see the end: what it costs belongs to the stream. */
const SETTLE_MS = 150;

const WAYS: [worker: string, name: string][] = [
  ["bare", "bare native pass-through"],
  ["pipe", "native pipe, blind"],
  ["side-branch", "side branch read every 100 ms, counted only"],
  ["tee", "tee, read chunk by chunk"],
  ["transform", "TransformStream in JavaScript"],
];

export async function measureStreams(upstream: Upstream, rounds: number): Promise<Table> {
  const ours = await startOurs(upstream.url);
  const ways = await Promise.all(WAYS.map(([worker]) => startWorker(worker, upstream.url)));
  const candidates: { name: string; running: Running; headers: Record<string, string> }[] = [
    ...ways.map((running, index) => ({ name: WAYS[index]![1], running, headers: {} })),
    { name: "ours", running: ours, headers: ours.session },
  ];
  const spent = candidates.map((): number[] => []);
  const rates = candidates.map((): number[] => []);
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [index, { running, headers }] of candidates.entries()) {
      const message = chat(headers, { model: "flood", stream: true, max_tokens: CHUNKS });
      const before = spentBy(running.pid);
      const begun = performance.now();
      await Promise.all(Array.from({ length: AT_ONCE }, () => drain(running.port, message)));
      const ms = performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      if (round < 0) continue;
      spent[index]!.push(((spentBy(running.pid) - before) / (AT_ONCE * CHUNKS)) * 1000);
      rates[index]!.push((AT_ONCE * CHUNKS) / ms);
    }
  }
  for (const { running } of candidates) running.close();
  const ratio = (index: number) => median(spent[index]!.map((one, round) => one / spent[0]![round]!));
  return {
    title: `${AT_ONCE} streams at once of ${CHUNKS} chunks (340 bytes) at full speed`,
    columns: ["", "CPU ms/1,000 chunks", "x native", "chunks/ms"],
    rows: candidates.map(({ name }, index) => [
      name,
      median(spent[index]!),
      ratio(index),
      median(rates[index]!),
    ]),
    verdicts: [
      { what: "CPU of a metered stream", value: ratio(candidates.length - 1), unit: "x native", atMost: 2 },
    ],
  };
}
