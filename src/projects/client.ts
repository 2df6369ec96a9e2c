/** The client of a project, with every operation. How it's addressed is in `address.ts`. */
import { type Agents, agents } from "../agents/operations.ts";
import type { Credential } from "../http/credential.ts";
import type { Sender } from "../http/send.ts";
import {
  type AIProjectClientOptions,
  addressOf,
  elsewhere,
  type ProjectScope,
  parseConnectionString,
} from "./address.ts";
import { type AgentVersions, agentVersions } from "./agent-versions.ts";
import { type Connections, connections } from "./connections.ts";
import { type Datasets, datasets } from "./datasets.ts";
import { type Deployments, deployments } from "./deployments.ts";
import { type Evaluations, evaluations } from "./evaluations.ts";
import { type Indexes, indexes } from "./indexes.ts";
import { type Inference, inference } from "./inference.ts";
import { type ProjectTelemetry, telemetry } from "./telemetry.ts";

/**
 * Calls an Azure AI project: its agents, connections, evaluations, models and telemetry.
 *
 * @example
 * ```ts
 * import { AIProjectClient } from "latchkey/projects";
 *
 * const credential = async () => "a token for https://ai.azure.com/.default";
 * const client = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", credential);
 * for await (const { name, modelName } of client.deployments.list()) console.log(name, modelName);
 * ```
 */
export class AIProjectClient {
  /** Which project it is; for connection strings only. */
  readonly scope: ProjectScope | undefined;
  /** Agents, threads, messages, runs, files and vector stores. */
  readonly agents: Agents;
  readonly connections: Connections;
  readonly evaluations: Evaluations;
  readonly inference: Inference;
  readonly telemetry: ProjectTelemetry;
  /** Today's agents, in versions. Project endpoints only, as the next three. */
  readonly agentVersions: AgentVersions;
  readonly deployments: Deployments;
  readonly datasets: Datasets;
  readonly indexes: Indexes;
  readonly #senders: Sender[];

  /**
   * @param endpoint the project's: `https://<account>.services.ai.azure.com/api/projects/<project>`, or that of a worker:
   *   `https://<worker>/api/projects/<project>`. With the option `scope` it's the region's host.
   * @param credential what gives tokens: a credential of `@azure/identity`, `workerSession()`, or a function. A key is for
   *   a worker, and goes out as `Authorization: Bearer`: Azure's own projects refuse it with 401.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(endpoint: string | URL, credential: Credential, options: AIProjectClientOptions = {}) {
    const project = addressOf(endpoint, credential, options);
    const current = project.scope ? elsewhere : project.connections;
    this.scope = project.scope;
    this.#senders = project.senders;
    this.agents = agents(project.agents);
    this.connections = connections(project);
    this.evaluations = evaluations(project);
    this.inference = inference(project, this.connections);
    this.telemetry = telemetry(project, this.connections);
    this.agentVersions = agentVersions(current);
    this.deployments = deployments(current);
    this.datasets = datasets(current);
    this.indexes = indexes(current);
  }

  /**
   * Makes the client of a hub-based project, as Azure had them until 2025.
   *
   * @param connectionString `"<host>;<subscription id>;<resource group>;<project name>"`
   * @param credential as for the constructor. A key goes to `hosts` and the host of the connection string alone: the
   *   control plane, where connections and telemetry are, is asked with it only if `hosts.management` is given.
   * @throws {TypeError} when a part is missing, and what the constructor throws.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const client = AIProjectClient.fromConnectionString("eastus2.api.azureml.ms;0000;group;demo", async () => "…");
   * console.log(client.scope?.project_name);
   *
   * // An emulator or a proxy has all of it on one host, the control plane too.
   * const host = "http://127.0.0.1:8788";
   * const key = async () => "emulator-key";
   * AIProjectClient.fromConnectionString(`${host};0000;group;demo`, key, { hosts: { management: host } });
   * ```
   */
  static fromConnectionString(
    connectionString: string,
    credential: Credential,
    options?: Omit<AIProjectClientOptions, "scope" | "apiVersion" | "credentialScopes">,
  ): AIProjectClient {
    const { endpoint, scope } = parseConnectionString(connectionString);
    return new AIProjectClient(endpoint, credential, { ...options, scope });
  }

  /** The same as `inference.getOpenAIClient`. */
  getOpenAIClient(
    ...args: Parameters<Inference["getOpenAIClient"]>
  ): ReturnType<Inference["getOpenAIClient"]> {
    return this.inference.getOpenAIClient(...args);
  }

  /** Aborts what is under way and refuses new calls; clients that `inference` made go on. */
  close(): void {
    for (const sender of this.#senders) sender.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
