/** How OpenAI and Azure OpenAI are addressed: options, credential, and where their calls go. */

import { type Call, caller } from "../http/caller.ts";
import { authenticator, type Credential, type KeyHeaders, type TokenProvider } from "../http/credential.ts";
import {
  type ClientOptions,
  type HeaderValues,
  type ResolvedOptions,
  resolveOptions,
} from "../http/options.ts";
import { parseEndpoint } from "../http/request.ts";
import { Sender } from "../http/send.ts";

/** Options that every client of this entry point takes. Those with npm `openai`'s names do the same as there. */
export interface CommonOptions extends ClientOptions {
  /** The key, or a function that gives a token for each request. */
  apiKey?: string | TokenProvider | null | undefined;
  /** Anything that authenticates, in place of `apiKey`: `workerSession()`, a credential of `@azure/identity`, `{ key }`. */
  credential?: Credential | undefined;
  /** Base of all paths, with `/v1` or `/openai` where the service has that. */
  baseURL?: string | URL | null | undefined;
  /** Sent as `OpenAI-Organization`. */
  organization?: string | null | undefined;
  /** Sent as `OpenAI-Project`. */
  project?: string | null | undefined;
  /** The same as `timeoutMs`. */
  timeout?: number | undefined;
  /** The same as `headers`. */
  defaultHeaders?: HeaderValues | undefined;
  /** Members of every query. */
  defaultQuery?: Record<string, string> | undefined;
}

/** How a service is addressed: where OpenAI and Azure OpenAI differ. */
export interface Dialect {
  baseURL: string | URL;
  /** What comes between the base and every path. */
  basePath?: string;
  credential: Credential;
  keyHeaders: KeyHeaders;
  query: Record<string, string>;
  /** Where a call goes and what it says, by the deployment that it's meant for. */
  route?: ((path: string, members: object) => { path: string; members: object }) | undefined;
  /** The options that are not about any of this. */
  options: Omit<CommonOptions, "apiKey" | "credential" | "baseURL">;
}

/** OpenAI, and every server that speaks the same. Throws what the client's constructor throws. */
export function openAIDialect(given: CommonOptions): Dialect {
  const { apiKey, credential, baseURL, ...options } = given ?? {};
  return {
    credential: oneOf({ apiKey, credential }),
    baseURL: baseURL ?? "https://api.openai.com/v1",
    keyHeaders: (key) => ({ authorization: `Bearer ${key}` }),
    query: {},
    options,
  };
}

const SCOPE = "https://cognitiveservices.azure.com/.default";

/** Makes the sender of a client, or takes the one of the client that it derives from. */
export function connect(dialect: Dialect, shared?: Sender): { call: Call; sender: Sender } {
  const { organization, project, timeout, defaultHeaders, defaultQuery, ...rest } = dialect.options;
  const options: ResolvedOptions = resolveOptions({ ...rest, ...(timeout && { timeoutMs: timeout }) });
  const { allowInsecureHttp, dangerouslyAllowBrowser, credentialScopes } = options;
  const headers = {
    ...(organization && { "openai-organization": organization }),
    ...(project && { "openai-project": project }),
  };
  options.headers = [headers, defaultHeaders ?? {}, ...options.headers];
  const endpoint = parseEndpoint(dialect.baseURL, allowInsecureHttp);
  const sender =
    shared ??
    new Sender(
      authenticator(
        dialect.credential,
        credentialScopes ?? SCOPE,
        dialect.keyHeaders,
        dangerouslyAllowBrowser,
      ),
    );
  const { basePath, route } = dialect;
  const query = { ...defaultQuery, ...dialect.query };
  return { call: caller({ sender, endpoint, basePath, query, options, route, needs: "id" }), sender };
}

/**
 * The one credential among those given.
 *
 * @throws {TypeError} with their names, when there is none or more than one.
 */
export function oneOf<T>(given: Record<string, T | null | undefined>): T {
  const found = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  if (found.length === 1) return found[0]![1] as T;
  const names = Object.keys(given).join(", ");
  throw new TypeError(
    `Give one of ${names}; ${found.map(([name]) => name).join(" and ") || "none"} is given.`,
  );
}
