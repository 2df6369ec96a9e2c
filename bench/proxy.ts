/** The deployed worker in workerd beside other proxies and beside the least that a proxy can do. */
import { measureJson } from "./proxy/json.ts";
import { measurePaced } from "./proxy/paced.ts";
import { measureRequests } from "./proxy/requests.ts";
import { measureResets } from "./proxy/reset.ts";
import { measureStart } from "./proxy/start.ts";
import { measureStreams } from "./proxy/streams.ts";
import { startUpstream, type Upstream } from "./proxy/upstream.ts";
import { type Settings, UsageError } from "./settings.ts";
import type { Table } from "./table.ts";

const parts: Record<string, (upstream: Upstream, settings: Settings) => Promise<Table | Table[]>> = {
  json: measureJson,
  requests: measureRequests,
  streams: measureStreams,
  paced: measurePaced,
  start: measureStart,
  reset: measureResets,
};

export async function* proxy(settings: Settings): AsyncGenerator<Table> {
  const { only } = settings;
  if (only !== undefined && !Object.hasOwn(parts, only))
    throw new UsageError(`There is no part ${only}; there are ${Object.keys(parts).join(", ")}.`);
  const upstream = await startUpstream();
  try {
    for (const [name, measure] of Object.entries(parts)) {
      if (only === undefined || only === name) yield* [await measure(upstream, settings)].flat();
    }
  } finally {
    upstream.close();
  }
}
