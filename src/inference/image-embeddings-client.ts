/**
 * Picture embeddings of the Azure AI model inference API.
 * Contract: `POST /images/embeddings` and `GET /info`, api-version 2024-05-01-preview.
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
import type { ImageInput } from "./image-input.ts";
import { pickDefaults } from "./request-body.ts";

/** Options of the client: how it works (camelCase), and defaults of the request body (the wire's names). */
export interface ImageEmbeddingsClientOptions extends InferenceOptions, EmbeddingDefaults {}

/** An embedding call; `imageInput` makes inputs of files, bytes and URLs. */
export interface ImageEmbeddingsRequest extends EmbeddingDefaults {
  input: ImageInput[];
}

/**
 * Calls a model that turns pictures, each with a text if wanted, into vectors.
 *
 * @example
 * ```ts
 * import { ImageEmbeddingsClient, imageInput } from "latchkey";
 *
 * const client = new ImageEmbeddingsClient("https://example.services.ai.azure.com/models", { key: "…" });
 * const picture = await imageInput(new URL("https://example.com/cat.png"), { text: "A cat" });
 * const { data } = await client.embed({ input: [picture] });
 * console.log(data[0]?.embedding.length);
 * ```
 */
export class ImageEmbeddingsClient extends InferenceClient {
  readonly #defaults: EmbeddingDefaults;

  /**
   * @param endpoint and `credential`: as for {@link ChatCompletionsClient}.
   * @throws {TypeError} naming what is missing or wrong; a static key in a browser is, unless it's opted in.
   */
  constructor(endpoint: string | URL, credential: Credential, options: ImageEmbeddingsClientOptions = {}) {
    const { defaults, rest } = pickDefaults<EmbeddingDefaults, ImageEmbeddingsClientOptions>(
      options,
      EMBEDDING_FORMS,
    );
    super(endpoint, credential, rest);
    this.#defaults = defaults;
  }

  /** Embeds pictures: one vector each, in their order. Everything else is as in {@link EmbeddingsClient.embed}. */
  async embed(
    request: ImageEmbeddingsRequest | RawEmbeddingRequest,
    options?: CallOptions,
  ): Promise<EmbeddingsResult> {
    const { body, headers } = embeddingBody(request, this.#defaults);
    const url = "/images/embeddings";
    return readWith<EmbeddingsResult>("data")(
      await this.operate({ name: "image embeddings", method: "POST", url, headers, body }, options),
    );
  }
}
