/**
 * The packages of OpenTelemetry, loaded when they are wanted. Each `import()` stands in a `try` of its own and names its
 * package in full: so a bundler takes the package in where it's installed, and goes on where it isn't.
 */
export type Api = typeof import("@opentelemetry/api");
export type Sdk = typeof import("@opentelemetry/sdk-trace");
export type Exporter = typeof import("@opentelemetry/exporter-trace-otlp-http");

export async function loadApi(needed: readonly string[]): Promise<Api> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    throw missing(needed, cause);
  }
}

export async function loadSdk(needed: readonly string[]): Promise<Sdk> {
  try {
    return await import("@opentelemetry/sdk-trace");
  } catch (cause) {
    throw missing(needed, cause);
  }
}

export async function loadExporter(needed: readonly string[]): Promise<Exporter> {
  try {
    return await import("@opentelemetry/exporter-trace-otlp-http");
  } catch (cause) {
    throw missing(needed, cause);
  }
}

/** What a destination needs. */
export function packagesFor(destination: "console" | URL | undefined): string[] {
  return [
    "@opentelemetry/api",
    ...(destination ? ["@opentelemetry/sdk-trace"] : []),
    ...(destination instanceof URL ? ["@opentelemetry/exporter-trace-otlp-http"] : []),
  ];
}

function missing(needed: readonly string[], cause: unknown): Error {
  return new Error(
    `Telemetry needs packages that could not be loaded; install them: npm install ${needed.join(" ")}`,
    { cause },
  );
}
