/** The two metrics of the conventions, and the wait for a stream's first value. Without a meter provider they go nowhere. */
import type { Attributes } from "./attributes.ts";
import type { Api } from "./peers.ts";

/** Records what one operation took. */
export interface Metrics {
  duration(seconds: number, attributes: Attributes): void;
  tokens(count: number, attributes: Attributes): void;
  firstChunk(seconds: number, attributes: Attributes): void;
}

/** Bounds that the conventions recommend. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const TOKENS = Array.from({ length: 14 }, (_, power) => 4 ** power);

export function metricsOf(api: Api, name: string, schemaUrl: string): Metrics {
  const meter = api.metrics.getMeter(name, undefined, { schemaUrl });
  const histogram = (metric: string, unit: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(metric, { unit, advice: { explicitBucketBoundaries } });
  const duration = histogram("gen_ai.client.operation.duration", "s", SECONDS);
  const tokens = histogram("gen_ai.client.token.usage", "{token}", TOKENS);
  const firstChunk = histogram("gen_ai.client.operation.time_to_first_chunk", "s", SECONDS);
  return {
    duration: (seconds, attributes) => duration.record(seconds, attributes),
    tokens: (count, attributes) => tokens.record(count, attributes),
    firstChunk: (seconds, attributes) => firstChunk.record(seconds, attributes),
  };
}
