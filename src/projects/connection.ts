/** A connection of a project: what it leads to, and how to authenticate there. */
import type { Credential, TokenCredential, TokenProvider } from "../http/credential.ts";
import { hide } from "../http/errors.ts";

/** What a connection leads to. */
export type ConnectionType =
  | "AzureOpenAI"
  | "Serverless"
  | "AzureBlob"
  | "AzureStorageAccount"
  | "AIServices"
  | "CognitiveSearch"
  | "CognitiveService"
  | "CosmosDB"
  | "ApiKey"
  | "AppConfig"
  | "AppInsights"
  | "CustomKeys"
  | "RemoteTool_Preview"
  | "OpenAPI"
  | "RemoteA2A"
  | (string & {});

/** How a connection authenticates. */
export type AuthenticationType =
  | "ApiKey"
  | "AAD"
  | "SAS"
  | "CustomKeys"
  | "None"
  | "AgenticIdentityToken_Preview"
  | (string & {});

/** The secrets of a connection: `key`, `SAS`, or keys with names of their own. */
export interface ConnectionCredentials {
  key?: string;
  SAS?: string;
  [name: string]: unknown;
}

/** A connection as the services send it: that of a connection string has `properties`, that of a project endpoint is flat. */
export interface WireConnection extends Partial<WireProperties> {
  id: string;
  name: string;
  type?: string;
  properties?: WireProperties;
}
interface WireProperties {
  category?: string;
  target?: string;
  authType?: string;
  credentials?: ConnectionCredentials & { type?: string };
  isDefault?: boolean;
  metadata?: Record<string, string>;
}

/** A model as evaluators take it. */
export interface EvaluatorModelConfig {
  azure_deployment: string;
  azure_endpoint: string;
  type: string;
  api_version: string;
  api_key: string;
}

/**
 * A connection of a project. Its secrets are there to read where they were asked for, but neither `JSON.stringify` nor
 * a console shows them.
 */
export class ConnectionProperties {
  readonly id: string;
  readonly name: string;
  readonly connection_type: ConnectionType;
  readonly authentication_type: AuthenticationType;
  /** What it leads to, without a slash at the end. */
  readonly endpoint_url: string;
  /** Whether it is the default of its type, as project endpoints say. */
  readonly is_default: boolean | undefined;
  readonly metadata: Record<string, string> | undefined;
  /** The key, of `ApiKey` with credentials. */
  declare readonly key: string | undefined;
  /** Every secret that the service sent. */
  declare readonly credentials: ConnectionCredentials | undefined;
  /**
   * Gets tokens for what the connection leads to: the project client's own credential for `AAD`, unless that is a key;
   * for `SAS` its token, asked for again when it has ended.
   */
  declare readonly token_credential: TokenCredential | TokenProvider | undefined;

  /** @internal */
  constructor(
    { id, name, type, properties, ...flat }: WireConnection,
    credential: Credential,
    renew: (abortSignal: AbortSignal | undefined) => PromiseLike<ConnectionProperties>,
  ) {
    const { category, target, authType, credentials, isDefault, metadata } = properties ?? flat;
    this.id = id;
    this.name = name;
    this.connection_type = category ?? type ?? "";
    this.authentication_type = authType ?? credentials?.type ?? "";
    this.endpoint_url = `${target ?? ""}`.replace(/\/$/, "");
    this.is_default = isDefault;
    this.metadata = metadata;
    hide(this, "key", credentials?.key);
    hide(this, "credentials", credentials);
    const { SAS } = credentials ?? {};
    const isToken = typeof credential === "function" || (credential as TokenCredential).getToken;
    hide(
      this,
      "token_credential",
      this.authentication_type === "AAD" && isToken ? credential : SAS && sasCredential(SAS, renew),
    );
  }

  /**
   * What evaluators need to call a model of this connection. Its `api_key` is a reference to the key, unless the key
   * itself is asked for.
   */
  toEvaluatorModelConfig(
    deploymentName: string,
    apiVersion: string,
    { includeCredentials = false }: { includeCredentials?: boolean } = {},
  ): EvaluatorModelConfig {
    return {
      azure_deployment: deploymentName,
      azure_endpoint: this.endpoint_url,
      type: this.connection_type === "AzureOpenAI" ? "azure_openai" : this.connection_type,
      api_version: apiVersion,
      api_key: (includeCredentials && this.key) || `${this.id}/credentials/key`,
    };
  }
}

/** Gives the token of a connection while it lasts, then the next one. */
function sasCredential(
  token: string,
  renew: (abortSignal: AbortSignal | undefined) => PromiseLike<ConnectionProperties>,
): TokenCredential {
  let held = token;
  return {
    async getToken(_scopes, { abortSignal } = {}) {
      if (endOf(held) <= Date.now()) held = (await renew(abortSignal)).credentials?.SAS ?? "";
      return { token: held, expiresOnTimestamp: endOf(held) };
    },
  };
}

/** When a token ends: `exp` of a JWT, `se` of a signature; 0, which is over, when it doesn't say. */
function endOf(token: string): number {
  const se = /(?:^|[?&])se=([^&]+)/.exec(token)?.[1];
  try {
    if (se) return Date.parse(decodeURIComponent(se)) || 0;
    const payload = token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    return (JSON.parse(atob(payload)) as { exp: number }).exp * 1000 || 0;
  } catch {
    return 0;
  }
}
