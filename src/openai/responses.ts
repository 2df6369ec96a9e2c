/** `/responses`: answers of a model with tools and a memory of its own. */

import type { ApiPromise } from "../http/api-promise.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { type CursorPageParams, list, type PagePromise } from "../http/list.ts";
import { path } from "../http/path.ts";
import { type PollOptions, poll } from "../http/poll.ts";
import { type Deleted, readDeleted } from "./files.ts";
import type { ResponseItem } from "./response-items.ts";
import { type ResponseStream, readResponse, readResponseStream } from "./response-stream.ts";
import type {
  ModelResponse,
  ResponseCreateParams,
  ResponseCreateParamsNonStreaming,
  ResponseCreateParamsStreaming,
  ResponseIncludable,
} from "./response-types.ts";

export interface ResponseRetrieveParams {
  include?: ResponseIncludable[];
  include_obfuscation?: boolean;
  /** With `stream`: the `sequence_number` after which to go on. */
  starting_after?: number;
  stream?: boolean;
}

export interface InputItemListParams extends CursorPageParams {
  order?: "asc" | "desc";
  before?: string;
  include?: ResponseIncludable[];
}

export interface Responses {
  /**
   * Makes a response: whole, or with `stream: true` as a stream of events with `text()` and `final()`.
   *
   * @example
   * ```ts
   * import { AzureOpenAI } from "latchkey/openai";
   *
   * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
   * const response = await client.responses.create({ model: "gpt-5-mini", input: "Hello" });
   * console.log(response.output_text);
   * ```
   */
  create(body: ResponseCreateParamsNonStreaming, options?: RequestOptions): ApiPromise<ModelResponse>;
  create(body: ResponseCreateParamsStreaming, options?: RequestOptions): ApiPromise<ResponseStream>;
  create(body: ResponseCreateParams, options?: RequestOptions): ApiPromise<ResponseStream | ModelResponse>;
  /** Gets a stored response; with `stream: true` its events, from the beginning or after `starting_after`. */
  retrieve(
    responseId: string,
    query: ResponseRetrieveParams & { stream: true },
    options?: RequestOptions,
  ): ApiPromise<ResponseStream>;
  retrieve(
    responseId: string,
    query?: (ResponseRetrieveParams & { stream?: false }) | null,
    options?: RequestOptions,
  ): ApiPromise<ModelResponse>;
  /** Ends a response that runs in the background. */
  cancel(responseId: string, options?: RequestOptions): ApiPromise<ModelResponse>;
  delete(responseId: string, options?: RequestOptions): ApiPromise<Deleted>;
  inputItems: {
    /** Lists what a response was made from: `for await` gives each item, `await` the first page. */
    list(
      responseId: string,
      query?: InputItemListParams | null,
      options?: RequestOptions,
    ): PagePromise<ResponseItem>;
  };
  /**
   * Waits until a response in the background has come to an end; to which, its `status` says. Default: asks every
   * second, for an hour. An abort ends the waiting; {@link cancel} ends the work.
   *
   * @throws {TimeoutError} when it takes longer.
   *
   * @example
   * ```ts
   * import { AzureOpenAI } from "latchkey/openai";
   *
   * const client = new AzureOpenAI({ endpoint: "https://example.openai.azure.com", apiKey: "…" });
   * const { id } = await client.responses.create({ model: "o3", input: "Think it over", background: true });
   * const response = await client.responses.poll(id, { onProgress: ({ status }) => console.log(status) });
   * console.log(response.output_text);
   * ```
   */
  poll(responseId: string, options?: PollOptions<ModelResponse>): Promise<ModelResponse>;
}

export const responses = (call: Call): Responses => {
  const retrieve = (id: string, query?: ResponseRetrieveParams | null, options?: RequestOptions) => {
    const stream = query?.stream === true;
    const read = stream ? readResponseStream : readResponse;
    return call<ResponseStream | ModelResponse>("GET", path`/responses/${id}`, options, {
      query,
      stream,
      read,
    });
  };
  return {
    create: ((body: ResponseCreateParams, options) =>
      call<ResponseStream | ModelResponse>("POST", "/responses", options, {
        body,
        stream: body.stream === true,
        read: body.stream ? readResponseStream : readResponse,
      })) as Responses["create"],
    retrieve: retrieve as Responses["retrieve"],
    cancel: (id, options) => call("POST", path`/responses/${id}/cancel`, options, { read: readResponse }),
    delete: (id, options) =>
      call("DELETE", path`/responses/${id}`, options, { read: readDeleted(id, "response.deleted") }),
    inputItems: {
      list: (id, query, options) => list(call, path`/responses/${id}/input_items`, query, options),
    },
    poll: (id, options = {}) =>
      poll(
        (more) => (retrieve as Responses["retrieve"])(id, null, more),
        ({ status }) => /^(completed|failed|incomplete|cancelled)$/.test(status!),
        options,
        { intervalMs: 1000, timeoutMs: 3_600_000 },
      ),
  };
};
