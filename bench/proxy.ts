/** The deployed worker in workerd beside the least that a proxy can do. */
import { measurePaced } from "./proxy/paced.ts";
import { measureRequests } from "./proxy/requests.ts";
import { measureResets } from "./proxy/reset.ts";
import { measureStart } from "./proxy/start.ts";
import { measureStreams } from "./proxy/streams.ts";
import { startUpstream, type Upstream } from "./proxy/upstream.ts";
import type { Settings } from "./run.ts";
import type { Table } from "./table.ts";

const parts: Record<
  string,
  (upstream: Upstream, rounds: number, seconds: number) => Promise<Table | Table[]>
> = {
  requests: measureRequests,
  streams: measureStreams,
  paced: measurePaced,
  start: (_, rounds) => measureStart(rounds),
  reset: measureResets,
};

export async function* proxy({ rounds = 7, seconds, only }: Settings): AsyncGenerator<Table> {
  if (only !== undefined && !Object.hasOwn(parts, only)) {
    throw new RangeError(`There is no part ${only}; there are ${Object.keys(parts).join(", ")}.`);
  }
  const upstream = await startUpstream();
  try {
    for (const [name, measure] of Object.entries(parts)) {
      if (only === undefined || only === name) yield* [await measure(upstream, rounds, seconds)].flat();
    }
  } finally {
    upstream.close();
  }
}
