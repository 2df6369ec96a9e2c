/**
 * Chat completions of the Azure AI model inference API, and of every server that speaks its dialect.
 * Contract: `POST /chat/completions` and `GET /info`, api-version 2024-05-01-preview.
 */
import { type ChatStream, readChatStream, readCompletion } from "../chat/stream.ts";
import type { ChatCompletions } from "../chat/types.ts";
import type { Credential } from "../http/credential.ts";
import type { CallOptions } from "../http/options.ts";
import { readWhole } from "../http/response.ts";
import {
  CHAT_FORMS,
  type ChatDefaults,
  type ChatRequest,
  chatBody,
  isStreaming,
  type RawRequest,
} from "./chat-request.ts";
import { InferenceClient, type InferenceOptions } from "./client.ts";
import { pickDefaults } from "./request-body.ts";

/** Options of the client: how it works (camelCase), and defaults of the request body (the wire's names). */
export interface ChatCompletionsClientOptions extends InferenceOptions, ChatDefaults {}

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
export class ChatCompletionsClient extends InferenceClient {
  readonly #defaults: ChatDefaults;

  /**
   * @param endpoint the service's URL, with `/models` where it has that: `https://<resource>.services.ai.azure.com/models`,
   *   `https://<name>.<region>.models.ai.azure.com`, `https://<worker>/models`. `http:` for this machine only.
   * @param credential a key (text, or an object with `key`), an object with `getToken` as those of `@azure/identity`
   *   or {@link workerSession}, or a function that returns a token. A key goes out as `Authorization: Bearer` and as `api-key`.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(endpoint: string | URL, credential: Credential, options: ChatCompletionsClientOptions = {}) {
    const { defaults, rest } = pickDefaults<ChatDefaults, ChatCompletionsClientOptions>(options, CHAT_FORMS);
    super(endpoint, credential, rest);
    this.#defaults = defaults;
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
    const sent = await this.operate(
      { name: "chat", method: "POST", url: "/chat/completions", headers, body, stream },
      options,
    );
    return stream ? readChatStream(sent) : readWhole(sent, readCompletion);
  }
}
