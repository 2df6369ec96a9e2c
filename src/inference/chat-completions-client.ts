/**
 * Chat completions of the Azure AI model inference API, and of every server that speaks its dialect.
 * Contract: `POST /chat/completions` and `GET /info`, api-version 2024-05-01-preview.
 */
import { type ChatStream, readChatStream } from "../chat/stream.ts";
import type { ChatCompletions } from "../chat/types.ts";
import type { Credential } from "../http/credential.ts";
import type { CallOptions, ClientOptions } from "../http/options.ts";
import { readJson } from "../http/response.ts";
import {
  type ChatDefaults,
  type ChatRequest,
  chatBody,
  isStreaming,
  pickDefaults,
  type RawRequest,
} from "./chat-request.ts";
import { InferenceService, type ModelInfo, type RawCall } from "./service.ts";

/** Options of the client: how it works (camelCase), and defaults of the request body (the wire's names). */
export interface ChatCompletionsClientOptions extends ClientOptions, ChatDefaults {
  /** The `api-version` query. Default `"2024-05-01-preview"`. One that the endpoint's URL already has wins. */
  apiVersion?: string | undefined;
}

/**
 * Calls a chat model at one endpoint.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient } from "latchkey";
 *
 * const client = new ChatCompletionsClient("https://example.services.ai.azure.com/models", { key: "…" }, { model: "Phi-4" });
 * const { choices } = await client.complete({ messages: [{ role: "user", content: "Hello" }] });
 * console.log(choices[0]?.message.content);
 * ```
 */
export class ChatCompletionsClient {
  readonly #service: InferenceService;
  readonly #defaults: ChatDefaults;

  /**
   * @param endpoint the service's URL, with `/models` where it has that: `https://<resource>.services.ai.azure.com/models`,
   *   `https://<name>.<region>.models.ai.azure.com`, `https://<worker>/models`. `http:` for this machine only.
   * @param credential a key (text, or an object with `key`), an object with `getToken` as those of `@azure/identity`
   *   or {@link workerSession}, or a function that returns a token. A key goes out as `Authorization: Bearer` and as `api-key`.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(endpoint: string | URL, credential: Credential, options: ChatCompletionsClientOptions = {}) {
    const { defaults, rest } = pickDefaults(options);
    this.#defaults = defaults;
    this.#service = new InferenceService(endpoint, credential, rest);
  }

  /**
   * Completes a conversation: whole, or with `stream: true` as a {@link ChatStream}.
   *
   * Members not given come from the client's options; `null` and `undefined` are left out. `model_extras` are laid over
   * the body and sent with `extra-parameters: pass-through`; a call's replace the client's. `{ body }` instead is sent
   * as it is (object, text or bytes), with nothing added; bytes stream only with `stream: true` beside them.
   *
   * @throws {TypeError} before any request, when `messages` is missing or a member has the wrong form.
   * @throws {ApiError} of the status's class; {@link LatchkeyError} of the other kinds when no good answer came.
   */
  complete(request: ChatRequest & { stream: true }, options?: CallOptions): Promise<ChatStream>;
  complete(request: ChatRequest & { stream?: false | null }, options?: CallOptions): Promise<ChatCompletions>;
  complete(request: RawRequest & { stream: true }, options?: CallOptions): Promise<ChatStream>;
  complete(request: ChatRequest | RawRequest, options?: CallOptions): Promise<ChatStream | ChatCompletions>;
  async complete(
    request: ChatRequest | RawRequest,
    options?: CallOptions,
  ): Promise<ChatStream | ChatCompletions> {
    const { body, headers } = chatBody(request, this.#defaults);
    const stream = isStreaming(request);
    const sent = await this.#service.post("chat", "/chat/completions", { body, headers, stream }, options);
    return stream ? readChatStream(sent) : readJson<ChatCompletions>(sent);
  }

  /**
   * Tells which model answers at this endpoint; asked once, then kept. Only serverless and managed endpoints offer
   * this: elsewhere it fails with {@link NotFoundError}.
   */
  getModelInfo(options?: CallOptions): Promise<ModelInfo> {
    return this.#service.getModelInfo(options);
  }

  /**
   * Sends any request the way the client's own go: credential, retries, deadlines, logging. A relative URL is joined
   * to the endpoint, `{endpoint}` in it is filled in, and an absolute URL is used as it is; on another origin than the
   * endpoint's it goes without the credential. No api-version is added. Any status comes back as a response, but for
   * redirects, which are refused.
   */
  sendRequest(request: RawCall, options?: CallOptions): Promise<Response> {
    return this.#service.sendRequest(request, options);
  }

  /** Aborts what is under way and refuses new calls. */
  close(): void {
    this.#service.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
