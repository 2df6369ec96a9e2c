/** Whole answers of 1 KB through every candidate: how much later than directly, how many, and what they cost. */
import { median, quantile } from "../median.ts";
import type { Settings } from "../settings.ts";
import type { Table } from "../table.ts";
import { aboveOf, interleaved } from "../timed.ts";
import { type Started, startAll } from "./candidate.ts";
import { chat } from "./candidates.ts";
import { latencies, requests } from "./load.ts";
import { spentBy } from "./processor.ts";
import type { Upstream } from "./upstream.ts";

const SEQUENTIAL = 200;
const COUNT = 1000;
const CONNECTIONS = 32;

interface Measured {
  p50: number;
  p99: number;
  perSecond: number;
  spent: number;
}

export async function measureJson(upstream: Upstream, { rounds, quick }: Settings): Promise<Table> {
  const { all, notes } = await startAll(upstream.url);
  const count = quick ? 50 : COUNT;
  const measure = async ({ running: { port, pid }, headers }: Started): Promise<Measured> => {
    const message = chat(headers, { model: "json" });
    const late = await latencies(port, message, { count: quick ? 20 : SEQUENTIAL, status: 200 });
    const before = spentBy(pid);
    const perSecond = await requests(port, message, { count, connections: CONNECTIONS, status: 200 });
    const spent = ((spentBy(pid) - before) / count) * 1000;
    return { p50: median(late), p99: quantile(late, 0.99), perSecond, spent };
  };
  const figures = await interleaved(all, rounds, measure);
  for (const { running } of all) running.close();
  const of = (index: number, key: keyof Measured) => figures[index]!.map((one) => one[key]);
  return {
    title: `Whole answers of 1 KB: latency of one after the other, rate and cost at ${CONNECTIONS} connections`,
    columns: ["", "p50 ms", "above bare", "p99 ms", "requests/s", "CPU ms/1,000"],
    rows: all.map(({ name }, index) => [
      name,
      median(of(index, "p50")),
      aboveOf(of(0, "p50"), of(index, "p50")),
      median(of(index, "p99")),
      median(of(index, "perSecond")),
      median(of(index, "spent")),
    ]),
    verdicts: [
      {
        what: "latency added over the bare worker, p50",
        value: aboveOf(of(0, "p50"), of(all.length - 1, "p50")),
        unit: "ms",
        atMost: 1,
      },
    ],
    notes,
  };
}
