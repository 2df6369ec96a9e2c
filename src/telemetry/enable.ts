/** Options -> telemetry that is on. */
import { metricsOf } from "./metrics.ts";
import type { Telemetry, TelemetryOptions } from "./options.ts";
import { loadApi, packagesFor } from "./peers.ts";
import { givenProvider, ownProvider } from "./provider.ts";
import { startTrace } from "./tracer.ts";

const NAME = "latchkey";

/**
 * Turns telemetry on: calls of models and agents, and runs of tools, become spans of OpenTelemetry, and metrics where the
 * application has a meter provider. A client takes part once it has `trace`. Nothing that is said is recorded, unless
 * `recordContent` is on.
 *
 * A tracer provider is made only with a `destination`, and only when the application has set none; asking for a
 * destination twice delivers once.
 *
 * @throws {TypeError} for an option that is unknown or wrong, and for a destination where the application has a provider.
 * @throws {Error} naming the packages to install, where they are missing: `@opentelemetry/api`; with a destination
 *   `@opentelemetry/sdk-trace` too; for a collector also `@opentelemetry/exporter-trace-otlp-http`.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient } from "latchkey";
 * import { enableTelemetry } from "latchkey/telemetry";
 *
 * const telemetry = await enableTelemetry({ destination: "http://localhost:4318" });
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", { key: "…" }, { trace: telemetry.trace });
 * await client.complete({ messages: [{ role: "user", content: "Hello" }], model: "gpt-4.1" });
 * await telemetry.shutdown();
 * ```
 */
export async function enableTelemetry(options: TelemetryOptions = {}): Promise<Telemetry> {
  const { recordContent = false, conventions = "1.41", propagate = false, ...where } = check(options);
  const destination = destinationOf(where.destination);
  if (destination && where.tracerProvider)
    throw new TypeError("Give destination or tracerProvider: a provider decides itself where spans go.");
  const api = await loadApi(packagesFor(destination));
  const inUse = destination
    ? await ownProvider(api, destination, where.headers)
    : givenProvider(api, where.tracerProvider);
  const schemaUrl = `https://opentelemetry.io/schemas/${conventions}.0`;
  let ended: Promise<void> | undefined;
  const trace = startTrace({
    api,
    tracer: inUse.provider.getTracer(NAME, undefined, { schemaUrl }),
    metrics: metricsOf(api, NAME, schemaUrl),
    conventions,
    recordContent,
    propagate,
    isOver: () => ended !== undefined,
  });
  const end = async () => {
    await inUse.flush().catch(() => {});
    await inUse.release().catch(() => {});
  };
  const shutdown = () => {
    ended ??= end();
    return ended;
  };
  return { trace, flush: () => inUse.flush(), shutdown, [Symbol.asyncDispose]: shutdown };
}

/** What an option must be. */
const FORMS: Record<keyof TelemetryOptions, [form: string, fits: (value: unknown) => boolean]> = {
  destination: ["text or a URL", (value) => typeof value === "string" || value instanceof URL],
  headers: ["an object", (value) => typeof value === "object" && value !== null],
  tracerProvider: ["a tracer provider", (value) => typeof Object(value).getTracer === "function"],
  recordContent: ["true or false", (value) => typeof value === "boolean"],
  conventions: ['"1.41" or "1.30"', (value) => value === "1.41" || value === "1.30"],
  propagate: ["true or false", (value) => typeof value === "boolean"],
};

/** A word that is wrong must not be taken for "no": it may be about what is recorded. */
function check(options: TelemetryOptions): TelemetryOptions {
  if (typeof options !== "object" || options === null) throw new TypeError("options must be an object.");
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!Object.hasOwn(FORMS, name)) throw new TypeError(`Unknown option: ${name}.`);
    const [form, fits] = FORMS[name as keyof TelemetryOptions];
    if (!fits(value)) throw new TypeError(`${name} must be ${form}.`);
  }
  return Object.fromEntries(given);
}

/** The conventions of OTLP: a bare address is a base, to which the signal's path belongs. */
function destinationOf(given: TelemetryOptions["destination"]): "console" | URL | undefined {
  if (given === undefined) return undefined;
  if (given === "console") return "console";
  let url: URL | undefined;
  try {
    url = new URL(given);
  } catch {}
  if (!/^https?:$/.test(url?.protocol ?? ""))
    throw new TypeError('destination must be "console" or an http or https URL.');
  if (url!.pathname === "/") url!.pathname = "/v1/traces";
  return url;
}
