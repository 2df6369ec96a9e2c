/** Entry point `latchkey/telemetry`: spans and metrics of calls by OpenTelemetry, whose packages the application brings. */
export { enableTelemetry } from "./enable.ts";
export type { AnyTracerProvider, Conventions, Telemetry, TelemetryOptions } from "./options.ts";
