/** `POST /embeddings`: texts -> vectors. */

import type { ApiPromise } from "../http/api-promise.ts";
import { floatsOf } from "../http/base64.ts";
import type { Call, RequestOptions } from "../http/caller.ts";
import { readWith, settling } from "../http/response.ts";
import type { Sent } from "../http/send.ts";

export interface EmbeddingCreateParams {
  /** At most 2048 texts; OpenAI also takes tokens. */
  input: string | string[] | number[] | number[][];
  /** The model; for Azure OpenAI the deployment. */
  model: string;
  /** How the numbers travel. Default: as base64, which is a quarter of the bytes, and given as numbers. */
  encoding_format?: "float" | "base64";
  /** Length of the vectors, where the model can shorten them. */
  dimensions?: number;
  user?: string;
  input_type?: string;
  /** As for chats: laid over the body, and sent with `extra-parameters: pass-through`. */
  model_extras?: Record<string, unknown> | null;
}

export interface Embedding {
  object: "embedding";
  index: number;
  /** Numbers. Only a call that asks for `"base64"` itself finds base64 text here, whatever this type says, as in npm `openai`. */
  embedding: number[];
}

export interface CreateEmbeddingResponse {
  object: "list";
  model: string;
  data: Embedding[];
  usage: { prompt_tokens: number; total_tokens: number };
}

export interface Embeddings {
  /**
   * Embeds texts. The vectors are in the order of the texts, as `index` says.
   *
   * @throws {MalformedResponseError} when the service sends a vector that isn't one.
   */
  create(body: EmbeddingCreateParams, options?: RequestOptions): ApiPromise<CreateEmbeddingResponse>;
}

export const embeddings = (call: Call): Embeddings => ({
  create: (body, options) =>
    call("POST", "/embeddings", options, {
      body: { encoding_format: "base64", ...body },
      read: body.encoding_format ? readEmbeddings : readVectors,
    }),
});

const readEmbeddings = readWith<CreateEmbeddingResponse>("data");

function readVectors(sent: Sent): Promise<CreateEmbeddingResponse> {
  return settling(sent, async () => {
    const result = await readEmbeddings(sent);
    for (const item of result.data) {
      // Servers that know no base64 send numbers all the same.
      if (typeof item.embedding === "string") item.embedding = Array.from(floatsOf(item.embedding));
    }
    return result;
  });
}
