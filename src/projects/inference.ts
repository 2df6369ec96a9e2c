/**
 * Clients of the models of a project, made from its connections or, on a project endpoint, from the endpoint itself. How
 * is in `model-clients.ts`, which is loaded when the first one is made, and so are the clients.
 * Contract: the inference operations of azure-ai-projects.
 */
import type {
  ChatCompletionsClient,
  ChatCompletionsClientOptions,
} from "../inference/chat-completions-client.ts";
import type { EmbeddingsClient, EmbeddingsClientOptions } from "../inference/embeddings-client.ts";
import type {
  ImageEmbeddingsClient,
  ImageEmbeddingsClientOptions,
} from "../inference/image-embeddings-client.ts";
import type { AzureOpenAIOptions } from "../openai/azure.ts";
import type { AzureOpenAI } from "../openai/azure-openai.ts";
import type { OpenAI, OpenAIOptions } from "../openai/openai.ts";
import type { Project } from "./address.ts";
import type { Connections } from "./connections.ts";

/** Which connection a client is made from. */
export interface ConnectionChoice {
  /** Default: the default connection of the client's type; on a project endpoint none, but the endpoint's own resource. */
  connectionName?: string | undefined;
}

/** What the clients of the model inference API are made from. */
export interface ModelChoice extends ConnectionChoice {
  /** Takes a serverless connection, whose endpoint is the model itself. Default false. */
  serverless?: boolean | undefined;
}

type Addressed = "apiKey" | "azureADTokenProvider" | "credential" | "endpoint" | "baseURL";

/** Options of a client of Azure OpenAI beside where and as whom it calls. */
export interface ProjectAzureOpenAIOptions extends Omit<AzureOpenAIOptions, Addressed>, ConnectionChoice {}

/** Options of a client of the project's own Responses and conversations. */
export interface ProjectOpenAIOptions extends Omit<OpenAIOptions, Addressed> {
  /** Calls this agent's own endpoint, a preview. Default: the project's, where a call names its agent. */
  agentName?: string | undefined;
}

/**
 * Options of the project's client (`fetch`, `trace`, `logger`, deadlines, …) are those of the clients made here, unless
 * given another time; its headers go to its own host only. Environment variables are not read.
 *
 * Each method throws {@link NotFoundError} when there is no such connection, {@link CredentialError} when the
 * connection authenticates by something else than a key or Entra ID.
 */
export interface Inference {
  /**
   * A client for chats.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const project = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const client = await project.inference.getChatCompletionsClient({ model: "gpt-5-mini" });
   * const { choices } = await client.complete({ messages: [{ role: "user", content: "Hello" }] });
   * console.log(choices[0]?.message.content);
   * ```
   */
  getChatCompletionsClient(
    options?: ChatCompletionsClientOptions & ModelChoice,
  ): Promise<ChatCompletionsClient>;
  getEmbeddingsClient(options?: EmbeddingsClientOptions & ModelChoice): Promise<EmbeddingsClient>;
  getImageEmbeddingsClient(
    options?: ImageEmbeddingsClientOptions & ModelChoice,
  ): Promise<ImageEmbeddingsClient>;
  /** A client of Azure OpenAI. Without `apiVersion` it calls `/openai/v1`. */
  getAzureOpenAIClient(options?: ProjectAzureOpenAIOptions): Promise<AzureOpenAI>;
  /**
   * A client of the project endpoint's own `/openai/v1`: Responses and conversations, with the project's agents. A call
   * names its agent (`agentVersions`) by `agent_reference`; without `version` it's the latest.
   *
   * @throws {TypeError} for a connection string, which has no such endpoint.
   *
   * @example
   * ```ts
   * import { AIProjectClient } from "latchkey/projects";
   *
   * const project = new AIProjectClient("https://example.services.ai.azure.com/api/projects/demo", async () => "…");
   * const openai = await project.getOpenAIClient();
   * const conversation = (await openai.conversations.create()).id;
   * const agent_reference = { type: "agent_reference" as const, name: "poet" };
   * const request = { conversation, agent_reference, input: "Hello" };
   * console.log((await openai.responses.create(request)).output_text);
   * ```
   */
  getOpenAIClient(options?: ProjectOpenAIOptions): Promise<OpenAI>;
}

export const inference = (project: Project, connections: Connections): Inference => {
  const clients = async () => (await import("./model-clients.ts")).modelClients(project, connections);
  return {
    getChatCompletionsClient: async (options) => (await clients()).getChatCompletionsClient(options),
    getEmbeddingsClient: async (options) => (await clients()).getEmbeddingsClient(options),
    getImageEmbeddingsClient: async (options) => (await clients()).getImageEmbeddingsClient(options),
    getAzureOpenAIClient: async (options) => (await clients()).getAzureOpenAIClient(options),
    getOpenAIClient: async (options) => (await clients()).getOpenAIClient(options),
  };
};
