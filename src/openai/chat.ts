/** `POST /chat/completions`: whole, or as a stream. */
import { type ChatStream, readChatStream, readCompletion } from "../chat/stream.ts";
import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { readWhole } from "../http/response.ts";
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from "./chat-types.ts";

export interface ChatCompletions {
  /**
   * Completes a conversation: whole, or with `stream: true` as a stream of chunks with `text()` and `final()`.
   *
   * Azure OpenAI: `model` is the deployment. A blocked prompt is a {@link BadRequestError} with code `content_filter`,
   * a blocked answer has `finish_reason: "content_filter"`.
   *
   * @example
   * ```ts
   * import { AzureOpenAI } from "latchkey/openai";
   *
   * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
   * const stream = await client.chat.completions.create({
   *   model: "gpt-5-mini",
   *   messages: [{ role: "user", content: "Hello" }],
   *   stream: true,
   * });
   * for await (const chunk of stream) console.log(chunk.choices[0]?.delta.content);
   * ```
   */
  create(body: ChatCompletionCreateParamsNonStreaming, options?: RequestOptions): ApiPromise<ChatCompletion>;
  create(body: ChatCompletionCreateParamsStreaming, options?: RequestOptions): ApiPromise<ChatStream>;
  create(body: ChatCompletionCreateParams, options?: RequestOptions): ApiPromise<ChatStream | ChatCompletion>;
}

export interface Chat {
  completions: ChatCompletions;
}

export const chat = (call: Call): Chat => ({
  completions: {
    create: ((body: ChatCompletionCreateParams, options) =>
      call<ChatStream | ChatCompletion>("POST", "/chat/completions", options, {
        body,
        stream: body.stream === true,
        read: body.stream ? readChatStream : (sent) => readWhole(sent, readCompletion),
      })) as ChatCompletions["create"],
  },
});
