/** What the clients of one model inference endpoint have in common: address, credential, `/info`, raw requests. */
import { authenticator, type Credential } from "../http/credential.ts";
import {
  type CallOptions,
  type ClientOptions,
  type HeaderValues,
  type ResolvedOptions,
  resolveCall,
  resolveOptions,
} from "../http/options.ts";
import { mergeHeaders, type Operation, operationUrl, parseEndpoint } from "../http/request.ts";
import { readJson } from "../http/response.ts";
import { Sender, type Sent, send } from "../http/send.ts";

/** Which model an endpoint serves. */
export interface ModelInfo {
  model_name: string;
  model_type: string;
  model_provider_name: string;
}

/** A request of the caller's own making, for `sendRequest`. */
export interface RawCall {
  /** Default `"GET"`. */
  method?: string;
  /** Relative to the endpoint, with `{endpoint}` in it, or absolute. */
  url: string;
  headers?: HeaderValues;
  /** A stream is sent once: such a request is never tried again. */
  body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
}

const API_VERSION = "2024-05-01-preview";
const SCOPE = "https://ml.azure.com/.default";
/** Endpoints that take tokens for Cognitive Services only. */
const COGNITIVE_HOSTS = /\.(services\.ai|openai|cognitiveservices)\.azure\.com$/;
const COGNITIVE_SCOPE = "https://cognitiveservices.azure.com/.default";

export class InferenceService {
  readonly #endpoint: URL;
  readonly #apiVersion: string;
  readonly #options: ResolvedOptions;
  readonly #sender: Sender;
  #modelInfo: ModelInfo | undefined;

  constructor(
    endpoint: string | URL,
    credential: Credential,
    given: ClientOptions & { apiVersion?: string | undefined },
  ) {
    const { apiVersion = API_VERSION, ...rest } = given;
    if (typeof apiVersion !== "string" || !apiVersion) throw new TypeError("apiVersion must be text.");
    this.#apiVersion = apiVersion;
    this.#options = resolveOptions(rest);
    const { allowInsecureHttp, dangerouslyAllowBrowser, credentialScopes } = this.#options;
    this.#endpoint = parseEndpoint(endpoint, allowInsecureHttp);
    const scopes =
      credentialScopes ?? (COGNITIVE_HOSTS.test(this.#endpoint.hostname) ? COGNITIVE_SCOPE : SCOPE);
    const keyHeaders = (key: string) => ({ authorization: `Bearer ${key}`, "api-key": key });
    this.#sender = new Sender(authenticator(credential, scopes, keyHeaders, dangerouslyAllowBrowser));
  }

  /** Posts JSON to a path of the endpoint. */
  async post(
    name: string,
    path: string,
    { body, headers, stream }: Pick<Operation, "body" | "headers" | "stream">,
    options: CallOptions | undefined,
  ): Promise<Sent> {
    const url = operationUrl(this.#endpoint, path, { "api-version": this.#apiVersion });
    const json = { accept: "application/json", "content-type": "application/json" };
    return this.#send(
      { name, method: "POST", url, headers: { ...json, ...headers }, body, stream, authenticate: true },
      options,
    );
  }

  async getModelInfo(options: CallOptions | undefined): Promise<ModelInfo> {
    if (this.#modelInfo) return this.#modelInfo;
    const url = operationUrl(this.#endpoint, "/info", { "api-version": this.#apiVersion });
    const operation = {
      name: "info",
      method: "GET",
      url,
      headers: { accept: "application/json" },
      body: undefined,
    };
    this.#modelInfo = await readJson<ModelInfo>(
      await this.#send({ ...operation, stream: false, authenticate: true }, options),
    );
    return this.#modelInfo;
  }

  async sendRequest(
    { method = "GET", url, headers, body }: RawCall,
    options: CallOptions = {},
  ): Promise<Response> {
    if (typeof url !== "string") throw new TypeError("url must be text.");
    const filled = url.replace("{endpoint}", () => this.#endpoint.href.replace(/\/$/, ""));
    const href = /^[a-z][a-z0-9+.-]*:/i.test(filled)
      ? new URL(filled).href
      : operationUrl(this.#endpoint, filled);
    const authenticate = new URL(href).origin === this.#endpoint.origin;
    const copy = body instanceof Uint8Array ? body.slice() : body;
    const operation = {
      name: "request",
      method,
      url: href,
      headers: {},
      body: copy,
      stream: false,
      authenticate,
    };
    const sent = await this.#send(
      operation,
      { ...options, headers: mergeHeaders(headers, options.headers) },
      true,
    );
    sent.settle({});
    return sent.response;
  }

  close(): void {
    this.#sender.close();
  }

  async #send(operation: Operation, options: CallOptions | undefined, raw = false): Promise<Sent> {
    return send(this.#sender, operation, resolveCall(this.#options, options), raw);
  }
}
