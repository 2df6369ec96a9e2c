/**
 * Where the services of a project are, and with which version and token each is called: by connection string, where
 * they live on two hosts, or by project endpoint. Contract: the bases of azure-ai-projects 1.0.0b5 and 2.x.
 */
import { type Call, caller } from "../http/caller.ts";
import { authenticator, type Credential, type KeyHeaders } from "../http/credential.ts";
import { CredentialError } from "../http/errors.ts";
import { type ClientOptions, type ResolvedOptions, resolveOptions } from "../http/options.ts";
import { path } from "../http/path.ts";
import { parseEndpoint } from "../http/request.ts";
import { Sender } from "../http/send.ts";

/** Which project a connection string names. */
export interface ProjectScope {
  subscription_id: string;
  resource_group_name: string;
  project_name: string;
}

/** Where the services of a connection string are, if elsewhere: a proxy, an emulator, another cloud. */
export interface ProjectHosts {
  /** Connections and telemetry. Default `https://management.azure.com`. */
  management?: string | URL | undefined;
  /** Default: the connection string's host. */
  agents?: string | URL | undefined;
  /** Default: the connection string's host. */
  evaluations?: string | URL | undefined;
}

/** Options of {@link AIProjectClient}. */
export interface AIProjectClientOptions extends ClientOptions {
  /**
   * The project as connection strings name it: the endpoint is then the region's host (`https://<region>.api.azureml.ms`).
   * Each service has a version and a token scope of its own there, so `apiVersion` and `credentialScopes` are refused.
   */
  scope?: ProjectScope | undefined;
  /** Other hosts for the services of a `scope`. */
  hosts?: ProjectHosts | undefined;
  /** The `api-version` of a project endpoint. Default `"v1"`; evaluations are at `"2025-05-15-preview"` in any case. */
  apiVersion?: string | undefined;
}

/** A project with the ways to its services. */
export interface Project {
  endpoint: URL;
  /** Only of a connection string. */
  scope: ProjectScope | undefined;
  credential: Credential;
  /** Options that the clients made of connections take over. */
  given: ClientOptions;
  /** One object for all calls: what is set in it holds for every call that begins later. */
  options: ResolvedOptions;
  senders: Sender[];
  apiVersion: string;
  agents: Call;
  connections: Call;
  evaluations: Call;
  /** The control plane below no workspace. */
  insights: Call;
}

export const AI_SCOPE = "https://ai.azure.com/.default";
export const ML_SCOPE = "https://ml.azure.com/.default";
const MANAGEMENT = "https://management.azure.com";

/** Keys are those of a proxy: the project's services take tokens only. */
const bearer: KeyHeaders = (key) => ({ authorization: `Bearer ${key}` });
/** What is somebody's key of a proxy has no business on Azure's control plane. */
const refused: KeyHeaders = () => {
  throw new CredentialError("Azure's control plane takes no key: give a token, or set hosts.management.");
};

/** In place of a call, for what a project of the one kind has and of the other has not. */
export const elsewhere: Call = () => {
  throw new TypeError(
    "This operation is for the other kind of project: one by a connection string, the other by an endpoint.",
  );
};

/** Checks where and as whom a client calls. Throws what the client's constructor throws. */
export function addressOf(
  endpoint: string | URL,
  credential: Credential,
  { scope, hosts, apiVersion, credentialScopes, ...given }: AIProjectClientOptions,
): Project {
  const options = resolveOptions(given);
  const { allowInsecureHttp, dangerouslyAllowBrowser } = options;
  const senders: Sender[] = [];
  const sender = (scopes: string | readonly string[], keyHeaders = bearer) => {
    const made = new Sender(authenticator(credential, scopes, keyHeaders, dangerouslyAllowBrowser));
    senders.push(made);
    return made;
  };
  const call = (sender: Sender, base: string | URL, basePath: string, version: string) =>
    caller({
      sender,
      endpoint: parseEndpoint(base, allowInsecureHttp),
      basePath,
      query: { "api-version": version },
      options,
    });
  const url = parseEndpoint(endpoint, allowInsecureHttp);
  const project = { endpoint: url, scope, credential, given, options, senders };
  if (!scope) {
    if (hosts) throw new TypeError("hosts are of connection strings; a project endpoint has one.");
    const version = apiVersion ?? "v1";
    if (typeof version !== "string" || !version) throw new TypeError("apiVersion must be text.");
    const ai = sender(credentialScopes ?? AI_SCOPE);
    const all = call(ai, url, "", version);
    const evaluations = call(ai, url, "", "2025-05-15-preview");
    return { ...project, apiVersion: version, agents: all, connections: all, insights: all, evaluations };
  }
  if (apiVersion !== undefined || credentialScopes !== undefined) {
    throw new TypeError("apiVersion and credentialScopes are each service's own with a connection string.");
  }
  const workspace = path`/subscriptions/${scope.subscription_id}/resourceGroups/${scope.resource_group_name}/providers/Microsoft.MachineLearningServices/workspaces/${scope.project_name}`;
  const { management, agents = url, evaluations = url } = hosts ?? {};
  const control = sender(`${MANAGEMENT}/.default`, management ? bearer : refused);
  const data = sender(ML_SCOPE);
  return {
    ...project,
    apiVersion: "",
    agents: call(data, agents, `/agents/v1.0${workspace}`, "2024-12-01-preview"),
    connections: call(control, management ?? MANAGEMENT, workspace, "2024-07-01-preview"),
    evaluations: call(data, evaluations, `/raisvc/v1.0${workspace}`, "2024-07-01-preview"),
    insights: call(control, management ?? MANAGEMENT, "", "2020-02-02"),
  };
}

/**
 * Takes a connection string apart.
 *
 * @throws {TypeError} when it has not its four parts; without what it says.
 */
export function parseConnectionString(text: string): { endpoint: string; scope: ProjectScope } {
  const parts = typeof text === "string" ? text.split(";") : [];
  if (parts.length !== 4 || parts.some((part) => !part.trim())) {
    throw new TypeError(
      'The connection string must be "<host>;<subscription id>;<resource group>;<project name>".',
    );
  }
  const [host, subscription_id, resource_group_name, project_name] = parts as [
    string,
    string,
    string,
    string,
  ];
  return {
    endpoint: /^https?:\/\//i.test(host) ? host : `https://${host}`,
    scope: { subscription_id, resource_group_name, project_name },
  };
}
