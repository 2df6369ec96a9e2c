/** Paced streams: does every event come, once and in its order, and how late? */
import { request } from "node:http";
import { median, quantile } from "../median.ts";
import type { Settings } from "../settings.ts";
import type { Table, Verdict } from "../table.ts";
import { aboveOf, interleaved } from "../timed.ts";
import { type Started, startAll } from "./candidate.ts";
import { chat } from "./candidates.ts";
import { spentBy } from "./processor.ts";
import type { Upstream } from "./upstream.ts";

const PER_SECOND = 40;
const EVENT = /^data: (.*)$/s;

interface Seen {
  lost: number;
  doubled: number;
  reordered: number;
  /** Of each event: from its writing until it was here, in ms. */
  late: number[];
}

interface Round extends Seen {
  p50: number;
  p99: number;
  spent: number;
}

/** 50 through each of the candidates, 100 through the bare worker and ours. */
export async function measurePaced(upstream: Upstream, settings: Settings): Promise<Table[]> {
  const few = settings.quick ? 5 : 50;
  return [
    await measure(settings, few, await startAll(upstream.url, ({ brief }) => !brief)),
    await measure(settings, few * 2, await startAll(upstream.url, ({ worker }) => worker === "bare")),
  ];
}

async function measure(
  { rounds, seconds }: Settings,
  streams: number,
  { all, notes }: { all: Started[]; notes: string[] },
): Promise<Table> {
  const events = PER_SECOND * seconds;
  const measureOne = async ({ running: { port, pid }, headers }: Started): Promise<Round> => {
    const before = spentBy(pid);
    const seen = await run(port, headers, streams, events);
    const spent = ((spentBy(pid) - before) / (streams * events)) * 1000;
    return { ...seen, late: [], p50: median(seen.late), p99: quantile(seen.late, 0.99), spent };
  };
  const results = await interleaved(all, rounds, measureOne, 1);
  for (const { running } of all) running.close();
  const of = (index: number, key: "p50" | "p99" | "spent") => results[index]!.map((one) => one[key]);
  const total = (index: number, key: "lost" | "doubled" | "reordered") =>
    results[index]!.reduce((sum, one) => sum + one[key], 0);
  const ours = all.length - 1;
  return {
    title: `${streams} streams of ${PER_SECOND} events/s for ${seconds} s, ${rounds} rounds`,
    columns: ["", "p50 ms", "p99 ms", "CPU ms/1,000 chunks", "lost", "doubled", "reordered"],
    rows: all.map(({ name }, index) => [
      name,
      ...(["p50", "p99", "spent"] as const).map((key) => median(of(index, key))),
      ...(["lost", "doubled", "reordered"] as const).map((key) => String(total(index, key))),
    ]),
    verdicts: [
      {
        what: "events lost, doubled or out of order",
        value: total(ours, "lost") + total(ours, "doubled") + total(ours, "reordered"),
        unit: "",
        atMost: 0,
      },
      added("p50", 3),
      added("p99", 25),
    ],
    notes,
  };

  function added(key: "p50" | "p99", atMost: number): Verdict {
    const value = aboveOf(of(0, key), of(ours, key));
    return { what: `latency added over the bare worker, ${key}`, value, unit: "ms", atMost };
  }
}

async function run(
  port: number,
  headers: Record<string, string>,
  streams: number,
  events: number,
): Promise<Seen> {
  const seen: Seen = { lost: 0, doubled: 0, reordered: 0, late: [] };
  await Promise.all(
    Array.from({ length: streams }, async (_, stream) => {
      // Spread over the time between two events, as streams of different callers are.
      await new Promise((resolve) => setTimeout(resolve, (stream * 1000) / PER_SECOND / streams));
      await read(port, headers, String(stream), events, seen);
    }),
  );
  return seen;
}

/** Reads one stream and counts what is wrong with it. */
function read(
  port: number,
  headers: Record<string, string>,
  user: string,
  events: number,
  seen: Seen,
): Promise<void> {
  const {
    path,
    body,
    headers: sent,
  } = chat(headers, { model: "paced", stream: true, max_tokens: events, user });
  const got = new Set<number>();
  let last = -1;
  let rest = "";
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, host: "127.0.0.1", method: "POST", path, headers: sent, agent: false },
      (answer) => {
        answer.setEncoding("utf8").on("data", (text: string) => {
          const now = performance.timeOrigin + performance.now();
          const parts = (rest + text).split("\n\n");
          rest = parts.pop()!;
          for (const part of parts) {
            const data = EVENT.exec(part)?.[1];
            if (data === undefined || data === "[DONE]") continue;
            const [stream, number, at] = JSON.parse(data).choices[0].delta.content.split(" ");
            const index = Number(number);
            if (stream !== user) throw new Error("An event of another stream.");
            if (got.has(index)) seen.doubled += 1;
            else if (index < last) seen.reordered += 1;
            got.add(index);
            last = Math.max(last, index);
            seen.late.push(now - Number(at));
          }
        });
        answer.on("error", reject).on("end", () => {
          seen.lost += events - got.size;
          resolve();
        });
      },
    );
    asked.on("error", reject).end(body);
  });
}
