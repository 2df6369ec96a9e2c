/**
 * Requests per second at 32 connections: whole answers beside the bare worker, refusals beside an empty one. Durable
 * Objects run in the process of their worker here and write to this machine's disk; on Cloudflare they are elsewhere.
 */
import { median } from "../median.ts";
import type { Settings } from "../settings.ts";
import type { Table } from "../table.ts";
import { chat, ORIGIN, startOurs, startWorker } from "./candidates.ts";
import { type Message, requests } from "./load.ts";
import { spentBy } from "./processor.ts";
import type { Upstream } from "./upstream.ts";
import type { Running } from "./workerd.ts";

const CONNECTIONS = 32;
const COUNT = 1000;
const QUICK_COUNT = 50;
const WARM_UP = 1;
/** So many rows are about whole answers. */
const WHOLE = 5;

interface Pair {
  name: string;
  floor: Running;
  ours: Running;
  message: Message;
  status: number;
  floorStatus: number;
}

interface Measured {
  perSecond: number;
  /** Of the proxy's process, in ms for 1,000 requests. */
  spent: number;
}

export async function measureRequests(upstream: Upstream, { rounds, quick }: Settings): Promise<Table[]> {
  const [empty, bare, rewrite, ledger, ours, limited] = await Promise.all([
    startWorker("empty", upstream.url),
    startWorker("bare", upstream.url),
    startWorker("rewrite", upstream.url),
    startWorker("ledger", upstream.url, { LEDGER: "LedgerObject" }),
    startOurs(upstream.url),
    startOurs(upstream.url, { config: "bench/proxy/limited.config.ts" }),
  ]);
  const whole = { floor: bare, ours, status: 200, floorStatus: 200 };
  const refused = { floor: empty, ours, floorStatus: 204 };
  const forged = `${ours.session.authorization!.slice(0, -4)}AAAA`;
  const pairs: Pair[] = [
    {
      ...whole,
      ours: rewrite,
      name: "a worker that reads, rewrites and logs",
      message: chat({}, { model: "json" }),
    },
    {
      ...whole,
      ours: ledger,
      name: "the same, and asks an object twice",
      message: chat({}, { model: "json" }),
    },
    { ...whole, name: "ours, session token", message: chat(ours.session, { model: "json" }) },
    { ...whole, name: "ours, caller key", message: chat(ours.key, { model: "json" }) },
    {
      ...whole,
      ours: limited,
      name: "ours, session token, limits",
      message: chat(limited.session, { model: "json" }),
    },
    {
      ...refused,
      name: "401, a forged token",
      status: 401,
      message: chat({ ...ours.session, authorization: forged }, { model: "json" }),
    },
    { ...refused, name: "401, no token", status: 401, message: chat({ origin: ORIGIN }, { model: "json" }) },
    {
      ...refused,
      name: "403, another origin",
      status: 403,
      message: chat({ ...ours.session, origin: "https://evil.example" }, { model: "json" }),
    },
    {
      ...refused,
      name: "404, no such route",
      status: 404,
      message: { ...chat(ours.session, { model: "json" }), path: "/.env" },
    },
    {
      ...refused,
      name: "413, 5 MB announced",
      status: 413,
      message: { ...chat(ours.session, {}), body: "", length: 5_000_000 },
    },
    {
      ...refused,
      name: "preflight",
      status: 204,
      message: {
        method: "OPTIONS",
        path: "/v1/chat/completions",
        headers: {
          origin: ORIGIN,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type",
        },
      },
    },
  ];
  const figures = pairs.map(() => ({ floor: [] as Measured[], ours: [] as Measured[] }));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const [index, { floor, ours, message, status, floorStatus }] of pairs.entries()) {
      const count = quick ? QUICK_COUNT : COUNT;
      const sides = [
        await measure(floor, message, count, floorStatus),
        await measure(ours, message, count, status),
      ];
      if (round < 0) continue;
      figures[index]!.floor.push(sides[0]!);
      figures[index]!.ours.push(sides[1]!);
    }
  }
  for (const running of [empty, bare, rewrite, ledger, ours, limited]) running.close();
  const rows = pairs.map(({ name }, index) => {
    const { floor, ours } = figures[index]!;
    const middle = (list: Measured[], of: keyof Measured) => median(list.map((one) => one[of]));
    const ratio = median(ours.map(({ perSecond }, round) => perSecond / floor[round]!.perSecond));
    return [
      name,
      middle(floor, "perSecond"),
      middle(ours, "perSecond"),
      ratio,
      middle(floor, "spent"),
      middle(ours, "spent"),
    ];
  });
  const columns = ["", "floor/s", "ours/s", "ratio", "floor CPU ms/1,000", "ours CPU ms/1,000"];
  const verdict = (atLeast: number) => (row: (string | number)[]) => ({
    what: String(row[0]),
    value: row[3] as number,
    unit: "of the floor",
    atLeast,
  });
  return [
    {
      title: `Whole answers of 1 KB, ${CONNECTIONS} connections; the floor is the bare worker`,
      columns,
      rows: rows.slice(0, WHOLE),
      verdicts: rows.slice(2, WHOLE).map(verdict(0.45)),
    },
    {
      title: `Refusals, ${CONNECTIONS} connections; the floor is an empty worker that gets the same request`,
      columns,
      rows: rows.slice(WHOLE),
      verdicts: rows.slice(WHOLE).map(verdict(0.6)),
    },
  ];
}

async function measure(
  { port, pid }: Running,
  message: Message,
  count: number,
  status: number,
): Promise<Measured> {
  const before = spentBy(pid);
  const perSecond = await requests(port, message, { count, connections: CONNECTIONS, status });
  return { perSecond, spent: ((spentBy(pid) - before) / count) * 1000 };
}
