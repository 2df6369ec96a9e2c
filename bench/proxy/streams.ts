/** Streams as fast as they go: what each way to see one costs the process that it passes. */
import { median } from "../median.ts";
import type { Settings } from "../settings.ts";
import type { Table } from "../table.ts";
import { interleaved, ratioTo } from "../timed.ts";
import { type Started, startAll } from "./candidate.ts";
import { chat } from "./candidates.ts";
import { drain } from "./load.ts";
import { spentBy } from "./processor.ts";
import type { Upstream } from "./upstream.ts";

const AT_ONCE = 4;
const CHUNKS = 5000;
/** For a side branch to see the end: what it costs belongs to the stream. */
const SETTLE_MS = 150;

export async function measureStreams(upstream: Upstream, { rounds, quick }: Settings): Promise<Table> {
  const { all, notes } = await startAll(upstream.url);
  const chunks = quick ? 200 : CHUNKS;
  const measure = async ({ running: { port, pid }, headers }: Started) => {
    const message = chat(headers, { model: "flood", stream: true, max_tokens: chunks });
    const before = spentBy(pid);
    const begun = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, () => drain(port, message)));
    const ms = performance.now() - begun;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return {
      spent: ((spentBy(pid) - before) / (AT_ONCE * chunks)) * 1000,
      rate: (AT_ONCE * chunks) / ms,
    };
  };
  const figures = await interleaved(all, rounds, measure);
  for (const { running } of all) running.close();
  const spent = (index: number) => figures[index]!.map((one) => one.spent);
  const ratio = (index: number) => ratioTo(spent(0), spent(index));
  return {
    title: `${AT_ONCE} streams at once of ${CHUNKS} chunks (340 bytes) at full speed`,
    columns: ["", "CPU ms/1,000 chunks", "x native", "chunks/ms"],
    rows: all.map(({ name }, index) => [
      name,
      median(spent(index)),
      ratio(index),
      median(figures[index]!.map(({ rate }) => rate)),
    ]),
    verdicts: [
      { what: "CPU of a metered stream", value: ratio(all.length - 1), unit: "x native", atMost: 2 },
    ],
    notes,
  };
}
