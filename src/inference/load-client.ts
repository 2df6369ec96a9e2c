/** The client that fits what an endpoint serves. Contract: `GET /info`, and the model types that clients know. */
import type { Credential } from "../http/credential.ts";
import { MalformedResponseError } from "../http/errors.ts";
import { ChatCompletionsClient, type ChatCompletionsClientOptions } from "./chat-completions-client.ts";
import { CHAT_FORMS } from "./chat-request.ts";
import { InferenceClient } from "./client.ts";
import { EmbeddingsClient, type EmbeddingsClientOptions } from "./embeddings-client.ts";
import { EMBEDDING_FORMS } from "./embeddings-request.ts";
import { ImageEmbeddingsClient } from "./image-embeddings-client.ts";
import { pickDefaults } from "./request-body.ts";

/** Options of whichever client it will be. */
export type LoadClientOptions = ChatCompletionsClientOptions | EmbeddingsClientOptions;

type Loaded = ChatCompletionsClient | EmbeddingsClient | ImageEmbeddingsClient;

/** Every name that services give a type of model: compared as it is, letter by letter. */
const TYPES: [names: string[], Client: new (...args: [string | URL, Credential, object]) => Loaded][] = [
  [
    [
      "chat-completion",
      "chat_completion",
      "chat_completions",
      "chat",
      "completion",
      "chat-completions",
      "chat completion",
      "chat completions",
    ],
    ChatCompletionsClient,
  ],
  [
    ["embeddings", "embedding", "text_embedding", "text-embeddings", "text embedding", "text embeddings"],
    EmbeddingsClient,
  ],
  [
    [
      "image_embeddings",
      "image_embedding",
      "image-embeddings",
      "image-embedding",
      "image embedding",
      "image embeddings",
    ],
    ImageEmbeddingsClient,
  ],
];

/** Asks for the model info and nothing else. */
class InfoClient extends InferenceClient {}

/**
 * Asks an endpoint which model it serves, and gives the client for it; the client knows the answer, so its
 * `getModelInfo` asks no more. Tell which it is by `instanceof`.
 *
 * @throws {NotFoundError} where the endpoint doesn't tell: only serverless and managed ones do.
 * @throws {MalformedResponseError} when there is no client for the type of model, which the message names.
 * @throws {TypeError} for options that the client doesn't have.
 *
 * @example
 * ```ts
 * import { ChatCompletionsClient, loadClient } from "latchkey";
 *
 * const client = await loadClient("https://example.eastus2.models.ai.azure.com", { key: "…" });
 * if (client instanceof ChatCompletionsClient) {
 *   await client.complete({ messages: [{ role: "user", content: "Hello" }] });
 * }
 * ```
 */
export async function loadClient(
  endpoint: string | URL,
  credential: Credential,
  options: LoadClientOptions = {},
): Promise<Loaded> {
  const { rest } = pickDefaults<object, object>(options, { ...CHAT_FORMS, ...EMBEDDING_FORMS });
  const info = await new InfoClient(endpoint, credential, rest).getModelInfo();
  const { model_type: type } = info;
  const Client = TYPES.find(([names]) => names.includes(type))?.[1];
  if (Client) return InferenceClient.keepModelInfo(new Client(endpoint, credential, options), info);
  throw new MalformedResponseError(
    type
      ? `There is no client for models of type ${JSON.stringify(type).slice(0, 100)}.`
      : "The endpoint doesn't say which type its model is.",
  );
}
