/**
 * What every operation of an OpenAI or Azure OpenAI service goes through: address, credential, options, and the call
 * that turns method, path and members into a request. Which operations there are is in the files beside.
 */
import { authenticator, type Credential, type KeyHeaders, type TokenProvider } from "../http/credential.ts";
import {
  type CallOptions,
  type ClientOptions,
  type HeaderValues,
  type ResolvedOptions,
  resolveCall,
  resolveOptions,
} from "../http/options.ts";
import { withQuery } from "../http/path.ts";
import { type Operation, operationUrl, parseEndpoint, type UploadProgress } from "../http/request.ts";
import { readWhole } from "../http/response.ts";
import { Sender, type Sent, send } from "../http/send.ts";
import { ApiPromise } from "./api-promise.ts";

/** Options of one call, the last argument of every operation. */
export interface RequestOptions extends CallOptions {
  /** More members of the query; they win over the client's own. */
  query?: Record<string, unknown> | undefined;
  /** The same as `timeoutMs`, under npm `openai`'s name. */
  timeout?: number | undefined;
}

/** Options of a call that uploads. */
export interface UploadOptions extends RequestOptions {
  /**
   * Told how much of the request has gone out; a retry begins again. Needs a runtime that can stream requests (Node,
   * Deno, Bun, Workers, Chromium over HTTP/2); elsewhere nothing is told.
   */
  onUploadProgress?: ((progress: UploadProgress) => void) | undefined;
}

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

/** A body and the headers that belong to it. */
export type Payload = Pick<Operation, "body" | "headers">;

/** What an operation says beside its method and path. */
export interface Operands<T> {
  /** Members of the body. */
  body?: object | undefined;
  /** Makes the body of its members. Default: JSON. */
  encode?(members: object): Payload;
  query?: object | null | undefined;
  /** Default `application/json`. */
  accept?: string;
  /** Whether the answer will be an event stream. */
  stream?: boolean | undefined;
  /** Makes the result. Default: reads a JSON object. */
  read?(sent: Sent): Promise<T>;
}

/** Sends an operation: method, path, the caller's options, and what else it says. */
export type Call = <T extends object | string>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  options: UploadOptions | undefined,
  operands?: Operands<T>,
) => ApiPromise<T>;

const SCOPE = "https://cognitiveservices.azure.com/.default";

/** Makes the sender of a client, or takes the one of the client that it derives from. */
export function caller(dialect: Dialect, shared?: Sender): { call: Call; sender: Sender } {
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

  const call: Call = (method, path, callOptions = {}, operands = {}) => {
    const { query, timeout, onUploadProgress, ...others } = callOptions;
    const {
      body,
      encode = jsonBody,
      accept = "application/json",
      stream = false,
      read = readWhole,
    } = operands;
    const routed = (body && dialect.route?.(path, body)) || { path, members: body };
    const payload = routed.members ? encode(routed.members) : { body: undefined, headers: {} };
    const url = withQuery((dialect.basePath ?? "") + routed.path, { ...operands.query, ...query });
    const sent = send(
      sender,
      {
        name: path.split("/")[1]!,
        method,
        url: operationUrl(endpoint, url, { ...defaultQuery, ...dialect.query }),
        headers: { accept, ...payload.headers },
        body: payload.body,
        stream,
        authenticate: true,
        onUploadProgress,
      },
      resolveCall(options, { ...others, ...(timeout && { timeoutMs: timeout }) }),
    );
    return new ApiPromise(sent, read as (sent: Sent) => Promise<never>);
  };
  return { call, sender };
}

/** Text from here on, so that every retry sends the same. Extras come last and must not be refused, as the wire says. */
function jsonBody({ model_extras: extras, ...members }: { model_extras?: object | null }): Payload {
  const more = extras && Object.keys(extras).length > 0;
  return {
    body: JSON.stringify({ ...members, ...extras }),
    headers: {
      "content-type": "application/json",
      ...(more && { "extra-parameters": "pass-through" }),
    },
  };
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
