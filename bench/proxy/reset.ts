/** A caller who leaves in the middle: how long the upstream goes on. */
import { connect } from "node:net";
import { median } from "../median.ts";
import type { Settings } from "../settings.ts";
import type { Table } from "../table.ts";
import { chat, startOurs, startWorker } from "./candidates.ts";
import { bytesOf } from "./load.ts";
import type { Upstream } from "./upstream.ts";

/** In each round and of each kind. */
const CALLERS = 2;
const WAIT_MS = 3000;

export async function measureResets(upstream: Upstream, { rounds }: Settings): Promise<Table> {
  const ours = await startOurs(upstream.url);
  const bare = await startWorker("bare", upstream.url);
  const candidates = [
    { name: "bare worker", running: bare, headers: {} },
    { name: "ours", running: ours, headers: ours.session },
  ].flatMap((one) => [
    { ...one, name: `${one.name}, RST`, leave: "resetAndDestroy" as const },
    { ...one, name: `${one.name}, FIN`, leave: "destroy" as const },
  ]);
  const times = candidates.map((): number[] => []);
  let callers = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [index, { running, headers, leave }] of candidates.entries()) {
      for (let caller = 0; caller < CALLERS; caller++) {
        callers += 1;
        const user = `leaves-${callers}`;
        const socket = connect({ port: running.port, host: "127.0.0.1" });
        socket.on("error", () => {});
        socket.write(bytesOf(chat(headers, { model: "paced", stream: true, max_tokens: 4000, user })));
        // Not always at the same moment of the side branch's 100 ms.
        await new Promise((resolve) => socket.once("data", resolve));
        await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 100));
        const left = performance.timeOrigin + performance.now();
        socket[leave]();
        const at = await upstream.closed(user, WAIT_MS);
        times[index]!.push(at === undefined ? Number.POSITIVE_INFINITY : at - left);
      }
    }
  }
  for (const { running } of candidates) running.close();
  const longest = Math.max(...times[2]!);
  return {
    title: `Upstream closed after a caller left, ms; ${rounds * CALLERS} callers each`,
    columns: ["", "median", "longest"],
    rows: candidates.map(({ name }, index) => [name, median(times[index]!), Math.max(...times[index]!)]),
    verdicts: [{ what: "longest after a reset", value: longest, unit: "ms", atMost: 250 }],
  };
}
