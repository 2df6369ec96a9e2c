// Telemetry whose spans stay in memory, and what a test asks of them.
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { enableTelemetry, type Telemetry, type TelemetryOptions } from "latchkey/telemetry";

export interface Recorded {
  telemetry: Telemetry;
  provider: TracerProvider;
  spans(): ReadableSpan[];
  /** The only span there is. */
  span(): ReadableSpan;
  /** Everything that an exporter sees, as text. */
  printed(): string;
}

export async function recorded(options: TelemetryOptions = {}): Promise<Recorded> {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const telemetry = await enableTelemetry({ tracerProvider: provider, ...options });
  const spans = () => exporter.getFinishedSpans();
  return {
    telemetry,
    provider,
    spans,
    span() {
      const [span, ...more] = spans();
      if (!span || more.length > 0) throw new Error(`${spans().length} spans, not one.`);
      return span;
    },
    printed: () =>
      JSON.stringify(
        spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
      ),
  };
}

/** The contents of a span's events, by name. */
export const eventsOf = (span: ReadableSpan): [string, unknown][] =>
  span.events.map(({ name, attributes }) => [
    name,
    JSON.parse(String(attributes?.["gen_ai.event.content"] ?? "null")),
  ]);

/** An attribute that holds JSON. */
export const jsonOf = (span: ReadableSpan, attribute: string): unknown =>
  JSON.parse(String(span.attributes[attribute] ?? "null"));
