/**
 * Whose tracer provider is used: the application's, or one made here and set as the global one when there is none. Made
 * here, it serves every destination that is asked for, each until the last who asked gives it up.
 */
import type { TracerProvider } from "@opentelemetry/api";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { AnyTracerProvider } from "./options.ts";
import { type Api, loadExporter, loadSdk, packagesFor } from "./peers.ts";

/** A provider in use. */
export interface InUse {
  provider: TracerProvider;
  flush(): Promise<void>;
  release(): Promise<void>;
}

/** A destination's processor, and how many use it. */
interface Output {
  processor: SpanProcessor;
  users: number;
}

/** Hands spans to every destination there is. */
class Outputs implements SpanProcessor {
  readonly outputs = new Map<string, Output>();

  onStart(...started: Parameters<SpanProcessor["onStart"]>): void {
    for (const { processor } of this.outputs.values()) processor.onStart(...started);
  }

  onEnd(...ended: Parameters<SpanProcessor["onEnd"]>): void {
    for (const { processor } of this.outputs.values()) processor.onEnd(...ended);
  }

  async forceFlush(): Promise<void> {
    await Promise.all([...this.outputs.values()].map(({ processor }) => processor.forceFlush()));
  }

  async shutdown(): Promise<void> {
    await Promise.all([...this.outputs.values()].map(({ processor }) => processor.shutdown()));
  }
}

/** Marks a provider that was made here, by this copy of the package or another one. */
const OUTPUTS = Symbol.for("latchkey.telemetry.outputs");

type Made = TracerProvider & { [OUTPUTS]?: Outputs };

/** The provider that the application gave, or has set globally; it stays as it is. */
export function givenProvider(api: Api, given: AnyTracerProvider | undefined): InUse {
  const provider = given ?? api.trace.getTracerProvider();
  return {
    provider: provider as TracerProvider,
    async flush() {
      await ((given ?? currentProvider(api)) as AnyTracerProvider | undefined)?.forceFlush?.();
    },
    async release() {},
  };
}

/** A provider of our own that delivers to a destination. */
export async function ownProvider(
  api: Api,
  destination: "console" | URL,
  headers: Record<string, string> | undefined,
): Promise<InUse> {
  const needed = packagesFor(destination);
  const sdk = await loadSdk(needed);
  const exporter =
    destination === "console"
      ? new sdk.ConsoleSpanExporter()
      : new (await loadExporter(needed)).OTLPTraceExporter({
          url: destination.href,
          ...(headers && { headers }),
        });
  const current = currentProvider(api) as Made | undefined;
  if (current && !current[OUTPUTS]) {
    await exporter.shutdown();
    throw new TypeError(
      "The application has a tracer provider already, which decides where spans go: leave out destination.",
    );
  }
  const provider = current ?? register(api, sdk);
  const { outputs } = provider[OUTPUTS]!;
  const key = `${destination} ${JSON.stringify(headers ?? {})}`;
  // One span at a time: calls of models are slow and few, and a program that ends loses nothing that waits.
  const output = outputs.get(key) ?? { processor: new sdk.SimpleSpanProcessor({ exporter }), users: 0 };
  outputs.set(key, output);
  output.users++;
  return {
    provider,
    flush: () => output.processor.forceFlush(),
    async release() {
      if (--output.users > 0) return;
      outputs.delete(key);
      if (outputs.size === 0 && currentProvider(api) === provider) api.trace.disable();
      await output.processor.shutdown();
    },
  };
}

function register(api: Api, sdk: { TracerProvider: new (options: object) => TracerProvider }): Made {
  const outputs = new Outputs();
  const provider: Made = new sdk.TracerProvider({ spanProcessors: [outputs] });
  Object.defineProperty(provider, OUTPUTS, { value: outputs });
  api.trace.setGlobalTracerProvider(provider);
  return provider;
}

/** The global provider, if one was set: the API hands out a proxy, which has a tracer only then. */
function currentProvider(api: Api): TracerProvider | undefined {
  const proxy = api.trace.getTracerProvider() as TracerProvider & {
    getDelegate?(): TracerProvider;
    getDelegateTracer?(name: string): unknown;
  };
  if (!proxy.getDelegate) return proxy;
  return proxy.getDelegateTracer?.("latchkey") ? proxy.getDelegate() : undefined;
}
