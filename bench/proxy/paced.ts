/** 100 streams of 40 events a second: does every event come, once and in its order, and how late? */
import { request } from "node:http";
import { median } from "../median.ts";
import type { Table } from "../table.ts";
import { chat, startOurs, startWorker } from "./candidates.ts";
import { spentBy } from "./processor.ts";
import type { Upstream } from "./upstream.ts";

const STREAMS = 100;
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

export async function measurePaced(upstream: Upstream, rounds: number, seconds: number): Promise<Table> {
  const ours = await startOurs(upstream.url);
  const bare = await startWorker("bare", upstream.url);
  const candidates = [
    { name: "bare worker", running: bare, headers: {} },
    { name: "ours", running: ours, headers: ours.session },
  ];
  const results = candidates.map((): Round[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { running, headers }] of candidates.entries()) {
      const before = spentBy(running.pid);
      const events = PER_SECOND * (round < 0 ? 2 : seconds);
      const seen = await run(running.port, headers, events);
      const late = seen.late.toSorted((one, other) => one - other);
      const at = (part: number) => late[Math.floor(late.length * part)] ?? Number.NaN;
      const spent = ((spentBy(running.pid) - before) / (STREAMS * events)) * 1000;
      if (round >= 0) results[index]!.push({ ...seen, late: [], p50: at(0.5), p99: at(0.99), spent });
    }
  }
  for (const { running } of candidates) running.close();
  const added = (of: "p50" | "p99") =>
    median(results[1]!.map((one, round) => one[of] - results[0]![round]![of]));
  const total = (list: Round[], of: "lost" | "doubled" | "reordered") =>
    list.reduce((sum, one) => sum + one[of], 0);
  const wrong = (["lost", "doubled", "reordered"] as const).reduce(
    (sum, of) => sum + total(results[1]!, of),
    0,
  );
  return {
    title: `${STREAMS} streams of ${PER_SECOND} events/s for ${seconds} s, ${rounds} rounds`,
    columns: ["", "p50 ms", "p99 ms", "CPU ms/1,000 chunks", "lost", "doubled", "reordered"],
    rows: candidates.map(({ name }, index) => [
      name,
      ...(["p50", "p99", "spent"] as const).map((of) => median(results[index]!.map((one) => one[of]))),
      ...(["lost", "doubled", "reordered"] as const).map((of) => String(total(results[index]!, of))),
    ]),
    verdicts: [
      { what: "events lost, doubled or out of order", value: wrong, unit: "", atMost: 0 },
      { what: "latency added over the bare worker, p50", value: added("p50"), unit: "ms", atMost: 3 },
      { what: "latency added over the bare worker, p99", value: added("p99"), unit: "ms", atMost: 25 },
    ],
  };
}

async function run(port: number, headers: Record<string, string>, events: number): Promise<Seen> {
  const seen: Seen = { lost: 0, doubled: 0, reordered: 0, late: [] };
  await Promise.all(
    Array.from({ length: STREAMS }, async (_, stream) => {
      // Spread over the time between two events, as streams of different callers are.
      await new Promise((resolve) => setTimeout(resolve, (stream * 1000) / PER_SECOND / STREAMS));
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
