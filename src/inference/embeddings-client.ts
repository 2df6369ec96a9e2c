/**
 * Text embeddings of the Azure AI model inference API.
 * Contract: `POST /embeddings` and `GET /info`, api-version 2024-05-01-preview.
 */
import type { Credential } from "../http/credential.ts";
import type { CallOptions } from "../http/options.ts";
import { readWith } from "../http/response.ts";
import { InferenceClient, type InferenceOptions } from "./client.ts";
import {
  EMBEDDING_FORMS,
  type EmbeddingDefaults,
  type EmbeddingsResult,
  embeddingBody,
  type RawEmbeddingRequest,
} from "./embeddings-request.ts";
import { pickDefaults } from "./request-body.ts";

/** Options of the client: how it works (camelCase), and defaults of the request body (the wire's names). */
export interface EmbeddingsClientOptions extends InferenceOptions, EmbeddingDefaults {}

/** An embedding call. */
export interface EmbeddingsRequest extends EmbeddingDefaults {
  input: string[];
}

/**
 * Calls a model that turns texts into vectors.
 *
 * @example
 * ```ts
 * import { decodeEmbedding, EmbeddingsClient } from "latchkey";
 *
 * const client = new EmbeddingsClient("https://example.services.ai.azure.com/models", { key: "…" }, { model: "Cohere-embed-v3" });
 * const { data } = await client.embed({ input: ["Hello"], encoding_format: "base64" });
 * console.log(decodeEmbedding(data[0]!.embedding, "base64").length);
 * ```
 */
export class EmbeddingsClient extends InferenceClient {
  readonly #defaults: EmbeddingDefaults;

  /**
   * @param endpoint and `credential`: as for {@link ChatCompletionsClient}.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(endpoint: string | URL, credential: Credential, options: EmbeddingsClientOptions = {}) {
    const { defaults, rest } = pickDefaults<EmbeddingDefaults, EmbeddingsClientOptions>(
      options,
      EMBEDDING_FORMS,
    );
    super(endpoint, credential, rest);
    this.#defaults = defaults;
  }

  /**
   * Embeds texts: one vector each, in their order. Members not given come from the client's options. `{ body }` instead is
   * sent as it is.
   *
   * @throws {TypeError} before any request, when `input` is missing or a member has the wrong form.
   * @throws {ApiError} of the status's class: {@link UnprocessableEntityError} for an `encoding_format`, `dimensions` or
   *   `input_type` that the model doesn't have.
   * @throws {MalformedResponseError} when the answer has no vectors.
   */
  async embed(
    request: EmbeddingsRequest | RawEmbeddingRequest,
    options?: CallOptions,
  ): Promise<EmbeddingsResult> {
    const { body, headers } = embeddingBody(request, this.#defaults);
    return readWith<EmbeddingsResult>("data")(
      await this.operate({ name: "embeddings", method: "POST", url: "/embeddings", headers, body }, options),
    );
  }
}
