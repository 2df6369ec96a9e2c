/** What an embedding call may say, for texts and pictures, and what comes back, under the wire's names. */
import { type EncodedBody, encodeBody, type RawBody } from "./request-body.ts";

/** How the numbers of a vector travel; `decodeEmbedding` makes a typed array of each. */
export type EncodingFormat = "base64" | "binary" | "float" | "int8" | "ubinary" | "uint8";

/** Body members that a client may set once for all its calls. */
export interface EmbeddingDefaults {
  /** Length of the vectors, where the model can shorten them. */
  dimensions?: number | null | undefined;
  /** Service default `"float"`. One that the model doesn't have is a 422. */
  encoding_format?: EncodingFormat | null | undefined;
  /** What the vectors are for, where the model tells apart what is searched and what is searched for. */
  input_type?: "text" | "query" | "document" | null | undefined;
  /** The model or deployment, where an endpoint has several. */
  model?: string | null | undefined;
  /** Members for the root of the body that the API doesn't know but the model may. */
  model_extras?: Record<string, unknown> | null | undefined;
}

/** A body that is sent as it is. */
export interface RawEmbeddingRequest extends RawBody {
  input?: never;
}

export interface EmbeddingItem {
  index: number;
  object: string;
  /** As the wire has it: base64 text for `base64`, numbers otherwise; packed bytes for `binary` and `ubinary`. */
  embedding: string | number[];
}

export interface EmbeddingsResult {
  id?: string;
  object: string;
  model: string;
  data: EmbeddingItem[];
  usage: { prompt_tokens: number; total_tokens: number };
}

/** What each default may be. */
export const EMBEDDING_FORMS: Record<keyof EmbeddingDefaults, string> = {
  dimensions: "number",
  encoding_format: "string",
  input_type: "string",
  model: "string",
  model_extras: "object",
};

/** The body of a call and the headers that go with it. */
export function embeddingBody(request: object, defaults: EmbeddingDefaults): EncodedBody {
  return encodeBody(request, defaults, EMBEDDING_FORMS, ({ input }) => {
    if (!Array.isArray(input) || input.length === 0)
      throw new TypeError("input must be a list of at least one input.");
  });
}
