/** What the clients of one model inference endpoint have in common: address, credential, `/info`, raw requests. */
import { authenticator, type Credential } from "../http/credential.ts";
import { MalformedResponseError, NotFoundError } from "../http/errors.ts";
import {
  type CallOptions,
  type ClientOptions,
  type HeaderValues,
  type ResolvedOptions,
  resolveCall,
  resolveOptions,
} from "../http/options.ts";
import { headerEntries, type Operation, operationUrl, parseEndpoint } from "../http/request.ts";
import { readObject, readWhole } from "../http/response.ts";
import { Sender, type Sent, send } from "../http/send.ts";
import { checkStream } from "../http/sendable.ts";

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

/** Options of every client of an inference endpoint. */
export interface InferenceOptions extends ClientOptions {
  /** The `api-version` query. Default `"2024-05-01-preview"`. One that the endpoint's URL already has wins. */
  apiVersion?: string | undefined;
}

const API_VERSION = "2024-05-01-preview";
const SCOPE = "https://ml.azure.com/.default";
/** Endpoints that take tokens for Cognitive Services only. */
const COGNITIVE_HOSTS = /\.(services\.ai|openai|cognitiveservices)\.azure\.com$/;
const COGNITIVE_SCOPE = "https://cognitiveservices.azure.com/.default";

const NO_INFO = " (this endpoint doesn't tell its model: only serverless and managed ones offer /info)";

/** Base of the clients; it has no use of its own. */
export abstract class InferenceClient {
  readonly #endpoint: URL;
  readonly #apiVersion: string;
  readonly #options: ResolvedOptions;
  readonly #sender: Sender;
  #modelInfo: ModelInfo | undefined;

  constructor(
    endpoint: string | URL,
    credential: Credential,
    { apiVersion = API_VERSION, ...options }: InferenceOptions,
  ) {
    if (typeof apiVersion !== "string" || !apiVersion) throw new TypeError("apiVersion must be text.");
    this.#apiVersion = apiVersion;
    this.#options = resolveOptions(options);
    const { allowInsecureHttp, dangerouslyAllowBrowser, credentialScopes } = this.#options;
    this.#endpoint = parseEndpoint(endpoint, allowInsecureHttp);
    const scopes =
      credentialScopes ?? (COGNITIVE_HOSTS.test(this.#endpoint.hostname) ? COGNITIVE_SCOPE : SCOPE);
    const keyHeaders = (key: string) => ({ authorization: `Bearer ${key}`, "api-key": key });
    this.#sender = new Sender(authenticator(credential, scopes, keyHeaders, dangerouslyAllowBrowser));
  }

  /** Sends one operation of the endpoint. */
  protected operate(
    operation: Partial<Operation> & Pick<Operation, "name" | "method" | "url">,
    options: CallOptions | undefined,
  ): Promise<Sent> {
    const { url, headers, body } = operation;
    return this.#send(
      {
        body: undefined,
        stream: false,
        authenticate: true,
        ...operation,
        url: operationUrl(this.#endpoint, url, { "api-version": this.#apiVersion }),
        headers: {
          accept: "application/json",
          ...(body && { "content-type": "application/json" }),
          ...headers,
        },
      },
      options,
    );
  }

  /**
   * Tells which model answers at this endpoint; asked once, then kept. Only serverless and managed endpoints offer
   * this: elsewhere it fails with {@link NotFoundError}.
   */
  async getModelInfo(options?: CallOptions): Promise<ModelInfo> {
    try {
      this.#modelInfo ??= await readWhole(
        await this.operate({ name: "info", method: "GET", url: "/info" }, options),
        readModelInfo,
      );
      return this.#modelInfo;
    } catch (error) {
      if (error instanceof NotFoundError) error.message += NO_INFO;
      throw error;
    }
  }

  /** Keeps what is known already, for `loadClient`. @internal */
  static keepModelInfo<C extends InferenceClient>(client: C, info: ModelInfo): C {
    client.#modelInfo = info;
    return client;
  }

  /**
   * Sends any request the way the client's own go: credential, retries, deadlines, logging. A relative URL is joined
   * to the endpoint, `{endpoint}` in it is filled in, and an absolute URL is used as it is; on another origin than the
   * endpoint's it goes without the credential and the client's own headers. No api-version is added. Any status comes
   * back as a response, but for redirects, which are refused. Deadlines and `close()` hold until the headers are here;
   * the body is the caller's, and only the call's `signal` still ends it.
   */
  async sendRequest(
    { method = "GET", url, headers, body }: RawCall,
    options: CallOptions = {},
  ): Promise<Response> {
    if (typeof url !== "string") throw new TypeError("url must be text.");
    const path = url.replace(/^\{endpoint\}/, "");
    const href = /^[a-z][a-z0-9+.-]*:/i.test(path) ? new URL(path).href : operationUrl(this.#endpoint, path);
    const authenticate = new URL(href).origin === this.#endpoint.origin;
    if (body instanceof ReadableStream) checkStream(this.#options.fetch ? undefined : href);
    // What fetch would refuse is the caller's mistake, and no connection that failed.
    new Request(href, { method, body: body === undefined ? null : "" });
    const both = Object.fromEntries([...headerEntries(headers), ...headerEntries(options.headers)]);
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
    const sent = await this.#send(operation, { ...options, headers: both }, true);
    sent.settle({});
    return sent.response;
  }

  /** Aborts what is under way and refuses new calls. */
  close(): void {
    this.#sender.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #send(operation: Operation, options: CallOptions | undefined, raw = false): Promise<Sent> {
    const call = resolveCall(this.#options, options);
    // The client's own headers may be keys too: what leaves the endpoint goes with the call's alone.
    if (!operation.authenticate) call.headers = call.headers.slice(this.#options.headers.length);
    return send(this.#sender, operation, call, raw);
  }
}

async function readModelInfo(sent: Sent): Promise<ModelInfo> {
  const info = await readObject<ModelInfo>(sent);
  if (typeof info.model_name === "string") return info;
  throw new MalformedResponseError("The service answered with an object that is no model info.");
}
