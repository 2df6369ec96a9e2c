/**
 * How Azure OpenAI is addressed, in its two URL styles: `/openai/deployments/{deployment}` with a dated api-version, and
 * `/openai/v1` without one. Contract: the URL rules of Azure OpenAI's data plane.
 */
import type { Credential, TokenProvider } from "../http/credential.ts";
import { path } from "../http/path.ts";
import { type CommonOptions, type Dialect, oneOf } from "./client.ts";

/** Options of a client of Azure OpenAI. */
export interface AzureOpenAIOptions extends CommonOptions {
  /** The resource: `https://<resource>.openai.azure.com`. Instead of `baseURL`. */
  endpoint?: string | URL | null | undefined;
  /** A date as `"2024-10-21"` for deployment URLs; `"v1"` or none for `/openai/v1`, `"preview"` for what is new there. */
  apiVersion?: string | undefined;
  /** Where calls of a model go, whatever `model` they name. Default: to their `model`. */
  deployment?: string | undefined;
  /** Gives a Microsoft Entra token for each request, as `getBearerTokenProvider` of `@azure/identity` does. */
  azureADTokenProvider?: TokenProvider | null | undefined;
}

/** The operations that a dated api-version has below a deployment. */
const SCOPED =
  /^\/((chat\/)?completions|embeddings|audio\/(transcriptions|translations|speech)|images\/(generations|edits))$/;

/** Checks where and as whom a client calls. Throws what the client's constructor throws. */
export function azureDialect(options: AzureOpenAIOptions): Dialect {
  const { endpoint, baseURL, apiVersion, deployment, ...more } = options ?? {};
  const { apiKey, azureADTokenProvider, credential, ...rest } = more;
  if (azureADTokenProvider && typeof azureADTokenProvider !== "function")
    throw new TypeError("azureADTokenProvider must be a function that gives a token.");
  for (const [name, value] of Object.entries({ apiVersion, deployment })) {
    if (value !== undefined && (typeof value !== "string" || !value))
      throw new TypeError(`${name} must be text.`);
  }
  if (/\/openai(\/v1)?\/*$/.test(`${endpoint}`))
    throw new TypeError("endpoint is the resource, without /openai; with that it's a baseURL.");
  const dated = apiVersion && !/^(v1|preview)$/.test(apiVersion);
  return {
    credential: oneOf<Credential>({ apiKey, azureADTokenProvider, credential }),
    baseURL: oneOf({ endpoint, baseURL }),
    basePath: baseURL ? "" : dated ? "/openai" : "/openai/v1",
    keyHeaders: (key) => ({ "api-key": key }),
    query: dated || apiVersion === "preview" ? { "api-version": apiVersion } : {},
    route: dated ? byPath(deployment, `${baseURL ?? ""}`) : byModel(deployment),
    options: rest,
  };
}

/** Deployment style: the deployment is in the path, unless the base has one. */
function byPath(deployment: string | undefined, baseURL: string): Dialect["route"] {
  const placed = /^https?:\/\/[^/]+(\/[^?]*)?\/deployments([/?]|$)/i.test(baseURL);
  return (to, members) => {
    const name = deployment ?? (members as { model?: string }).model;
    const prefix = placed || name === undefined || !SCOPED.test(to) ? "" : path`/deployments/${name}`;
    return { path: prefix + to, members };
  };
}

/** v1 style: the deployment is the body's `model`. */
function byModel(model: string | undefined): Dialect["route"] {
  return (path, members) => ({
    path,
    members: model !== undefined && SCOPED.test(path) ? { ...members, model } : members,
  });
}
