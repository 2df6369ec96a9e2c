/** Connection or endpoint -> client of a model: where it calls, as whom, and what it takes over. Loaded on demand. */
import type { Credential } from "../http/credential.ts";
import { CredentialError } from "../http/errors.ts";
import type { ClientOptions } from "../http/options.ts";
import { path } from "../http/path.ts";
import { operationUrl } from "../http/request.ts";
import { AI_SCOPE, ML_SCOPE, type Project } from "./address.ts";
import type { ConnectionProperties, ConnectionType } from "./connection.ts";
import type { Connections } from "./connections.ts";
import type { Inference, ModelChoice } from "./inference.ts";

const COGNITIVE_SCOPE = "https://cognitiveservices.azure.com/.default";

/** Where a client calls, as whom, and with which options. */
interface Target {
  endpoint: string;
  credential: Credential;
  options: ClientOptions;
}

export const modelClients = (project: Project, connections: Connections): Inference => {
  /** At the call, for telemetry may have been enabled since. */
  const inherited = () => ({ ...project.given, trace: project.options.trace });

  const find = async (
    type: ConnectionType,
    below: string,
    { connectionName, serverless }: ModelChoice,
  ): Promise<Target> => {
    if (connectionName === undefined && !serverless && !project.scope) {
      const options = { ...inherited(), credentialScopes: COGNITIVE_SCOPE };
      return { endpoint: resourceOf(project.endpoint) + below, credential: project.credential, options };
    }
    const connection = await (connectionName === undefined
      ? connections.getDefault(serverless ? "Serverless" : type, { includeCredentials: true })
      : connections.get(connectionName, { includeCredentials: true }));
    // The project's own headers may be keys too, and this is another host.
    const { headers, ...options } = inherited();
    return {
      endpoint: connection.endpoint_url + (serverless ? "" : below),
      credential: credentialOf(connection),
      options: { ...options, credentialScopes: serverless ? ML_SCOPE : COGNITIVE_SCOPE },
    };
  };

  const modelClient = async <C>(
    load: () => Promise<new (endpoint: string, credential: Credential, options: object) => C>,
    { connectionName, serverless, ...more }: ClientOptions & ModelChoice = {},
  ): Promise<C> => {
    const { endpoint, credential, options } = await find("AIServices", "/models", {
      connectionName,
      serverless,
    });
    return new (await load())(endpoint, credential, { ...options, ...more });
  };

  return {
    getChatCompletionsClient: (options) =>
      modelClient(
        async () => (await import("../inference/chat-completions-client.ts")).ChatCompletionsClient,
        options,
      ),
    getEmbeddingsClient: (options) =>
      modelClient(async () => (await import("../inference/embeddings-client.ts")).EmbeddingsClient, options),
    getImageEmbeddingsClient: (options) =>
      modelClient(
        async () => (await import("../inference/image-embeddings-client.ts")).ImageEmbeddingsClient,
        options,
      ),
    async getAzureOpenAIClient({ connectionName, ...more } = {}) {
      const { options, ...address } = await find("AzureOpenAI", "", { connectionName });
      const { AzureOpenAI } = await import("../openai/azure-openai.ts");
      return new AzureOpenAI({ ...options, ...more, ...address });
    },
    async getOpenAIClient({ agentName, ...more } = {}) {
      const { endpoint, credential, scope, apiVersion } = project;
      if (scope) throw new TypeError("getOpenAIClient is there for project endpoints only.");
      const at =
        agentName === undefined ? "/openai/v1" : path`/agents/${agentName}/endpoint/protocols/openai`;
      const query = agentName === undefined ? {} : { "api-version": apiVersion };
      const { OpenAI } = await import("../openai/openai.ts");
      return new OpenAI({
        ...inherited(),
        credentialScopes: AI_SCOPE,
        ...more,
        defaultQuery: { ...query, ...more.defaultQuery },
        credential,
        baseURL: operationUrl(endpoint, at),
      });
    },
  };
};

/** The resource that a project belongs to. */
function resourceOf(endpoint: URL): string {
  return endpoint.origin + endpoint.pathname.replace(/(\/api\/projects\/.*)?\/?$/, "");
}

function credentialOf({
  authentication_type: type,
  key,
  token_credential,
}: ConnectionProperties): Credential {
  if (type === "ApiKey" && key) return { key };
  if (type === "AAD" && token_credential) return token_credential;
  throw new CredentialError(
    type === "AAD"
      ? "The connection wants a token of Entra ID, which the project's credential, a key, can't give."
      : `A client can't authenticate by a connection of type ${JSON.stringify(type).slice(0, 100)} as it was sent.`,
  );
}
