/** Telemetry of a project: where its Application Insights take it, and tracing of what its client calls. */
import type { RequestOptions } from "../http/caller.ts";
import { MalformedResponseError } from "../http/errors.ts";
import type { Telemetry, TelemetryOptions } from "../telemetry/index.ts";
import type { Project } from "./address.ts";
import { type Connections, notFound } from "./connections.ts";

export interface ProjectTelemetry {
  /**
   * The connection string of the project's Application Insights; asked for once, then kept.
   *
   * @throws {NotFoundError} when the project has none.
   */
  getConnectionString(options?: RequestOptions): Promise<string>;
  /**
   * Traces what this client calls from now on, and the clients that `inference` makes from now on, by OpenTelemetry; in
   * place of the option `trace`, if that was given. It's loaded by this call, and its packages are the application's.
   * Another call takes the place of the one before, which only its own `shutdown()` ends.
   *
   * @throws what `enableTelemetry` of `latchkey/telemetry` throws.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const telemetry = await client.telemetry.enable({ destination: "http://localhost:4318" });
   * await client.agents.listAgents();
   * await telemetry.shutdown();
   * ```
   */
  enable(options?: TelemetryOptions): Promise<Telemetry>;
}

export const telemetry = (project: Project, connections: Connections): ProjectTelemetry => {
  let kept: string | undefined;
  const find = project.scope
    ? (options?: RequestOptions) => ofWorkspace(project, options)
    : (options?: RequestOptions) => ofConnection(connections, options);
  return {
    async getConnectionString(options) {
      kept ??= await find(options);
      return kept;
    },
    async enable(options) {
      const { enableTelemetry } = await import("../telemetry/index.ts");
      const enabled = await enableTelemetry(options);
      project.options.trace = enabled.trace;
      return enabled;
    },
  };
};

const NONE = "The project has no Application Insights.";

/** The workspace names a resource of the control plane, which tells. */
async function ofWorkspace(
  { connections: call, insights }: Project,
  options?: RequestOptions,
): Promise<string> {
  const { properties } = await call<{ properties?: { applicationInsights?: string } }>("GET", "/", options);
  const id = properties?.applicationInsights;
  if (!id) throw notFound(NONE);
  if (typeof id !== "string" || !/^\/?subscriptions\/[^?#]+$/i.test(id))
    throw new MalformedResponseError("The workspace names its Application Insights by no id of a resource.");
  const resource = await insights<{ properties?: { ConnectionString?: string } }>("GET", id, options);
  return textOf(resource.properties?.ConnectionString);
}

/** The connection's key is the connection string. */
async function ofConnection(connections: Connections, options?: RequestOptions): Promise<string> {
  const { key } = await connections.getDefault("AppInsights", { ...options, includeCredentials: true });
  return textOf(key);
}

function textOf(connectionString: unknown): string {
  if (typeof connectionString === "string" && connectionString) return connectionString;
  throw new MalformedResponseError("The project's Application Insights came without a connection string.");
}
