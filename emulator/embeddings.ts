// Embeddings of texts, in every dialect, and of images on the inference dialect: reading the request, refusing what
// the service refuses, and the answer. The vectors themselves are vectors.ts and vector-encodings.ts.

import type { Dialect } from "./dialects.ts";
import { enter, reading } from "./enter.ts";
import { type Exchange, refuse as sendRefusal } from "./exchange.ts";
import { isObject, type JsonObject, Refused, refuse } from "./json.ts";
import { integer, list, oneOf, text } from "./members.ts";
import { onlyModel } from "./operations.ts";
import type { Deployment, Task } from "./options.ts";
import { createRandom, hashText, randomUuid } from "./random.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { countTokens } from "./tokens.ts";
import { type Encoding, encodeVector } from "./vector-encodings.ts";
import { byteFeatures, type Features, textFeatures, tokenFeatures, unitVector } from "./vectors.ts";

const ENCODINGS = ["float", "base64", "int8", "uint8", "binary", "ubinary"];

const INFERENCE_MEMBERS: Members = {
  input: () => {},
  model: text,
  dimensions: integer(1),
  encoding_format: oneOf(...ENCODINGS),
  input_type: oneOf("text", "query", "document"),
};
const OPENAI_MEMBERS: Members = {
  input: () => {},
  model: text,
  dimensions: integer(1),
  encoding_format: oneOf("float", "base64"),
  user: text,
  input_type: text,
};

/** One thing to embed. */
interface Item {
  readonly features: () => Features;
  readonly tokens: number;
}

interface EmbeddingRequest {
  readonly model: string | undefined;
  readonly items: readonly Item[];
  readonly dimensions: number | undefined;
  readonly encoding: Encoding;
}

export function embed(exchange: Exchange, values: RouteValues): Promise<Response> {
  return answer(exchange, values, "embeddings", (input) => readTexts(exchange.dialect, input));
}

export function embedImages(exchange: Exchange, values: RouteValues): Promise<Response> {
  return answer(exchange, values, "image-embeddings", readImages);
}

function answer(
  exchange: Exchange,
  { deployment: scoped }: RouteValues,
  task: Task,
  readInput: (input: unknown) => readonly Item[],
): Promise<Response> {
  return reading(
    exchange,
    () => readRequest(exchange, readInput),
    async (read) => {
      const entered = await enter(exchange, scoped ?? read.model ?? onlyModel(exchange, task), task);
      if (!entered.ok) return entered.response;
      const { deployment } = entered;
      const misfit = misfitOf(exchange.dialect, deployment, read);
      if (misfit !== undefined) return sendRefusal(exchange, misfit.refusal);
      return sendJson(exchange, body(exchange, deployment, read));
    },
  );
}

function readRequest(
  { dialect, record, request }: Exchange,
  readInput: (input: unknown) => readonly Item[],
): EmbeddingRequest {
  const known = dialect.name === "inference" ? INFERENCE_MEMBERS : OPENAI_MEMBERS;
  const members = readMembers(dialect, record.body, known, request.headers.get("extra-parameters"));
  return {
    model: members.model as string | undefined,
    items: readInput(members.input),
    dimensions: members.dimensions as number | undefined,
    encoding: (members.encoding_format ?? "float") as Encoding,
  };
}

const MAX_INPUTS = 2_048;
const MAX_INPUT_TOKENS = 8_192;

function readTexts(dialect: Dialect, input: unknown): readonly Item[] {
  if (input === undefined) refuse("missing-parameter", "input", input, "a string or an array");
  // The inference dialect's specification has arrays only; older documents had a bare string too.
  const items = typeof input === "string" || isTokens(input) ? [input] : input;
  if (!Array.isArray(items)) refuse("invalid-type", "input", input, "a string or an array");
  if (items.length === 0) refuse("invalid-value", "input", input, "at least one item");
  if (items.length > MAX_INPUTS) {
    refuse("invalid-value", "input", items.length, `an array of at most ${MAX_INPUTS} items`);
  }
  return items.map((item: unknown, index) => {
    const name = items.length === 1 ? "input" : `input[${index}]`;
    if (typeof item !== "string" && !isTokens(item)) {
      refuse("invalid-type", name, item, "a string or an array of tokens");
    }
    if (item.length === 0) refuse("invalid-value", name, item, "at least one token");
    const tokens = typeof item === "string" ? countTokens(item) : item.length;
    if (tokens > MAX_INPUT_TOKENS) {
      throw new Refused({
        reason: "invalid-value",
        param: dialect.name === "inference" ? name : "input",
        message: `This model's maximum context length is ${MAX_INPUT_TOKENS} tokens, however you requested ${tokens} tokens (${tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
      });
    }
    const features = (): Features => (typeof item === "string" ? textFeatures(item) : tokenFeatures(item));
    return { features, tokens };
  });
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item));
}

/** What images cost differs by model and size; one figure, the same for all, is enough to reconcile with. */
const IMAGE_TOKENS = 1_000;

function readImages(input: unknown): readonly Item[] {
  if (input === undefined) refuse("missing-parameter", "input", input, "an array");
  list(input, "input");
  const items = input as unknown[];
  if (items.length === 0) refuse("invalid-value", "input", input, "at least one image");
  return items.map((item, index) => {
    const name = `input[${index}]`;
    if (!isObject(item)) refuse("invalid-type", name, item, "an object");
    const { image, text: said = null } = item;
    if (image === undefined) refuse("missing-parameter", `${name}.image`, image, "a string");
    if (said !== null) text(said, `${name}.text`);
    const bytes = readImage(image, `${name}.image`);
    const words = (said ?? "") as string;
    const features = (): Features => {
      const all = byteFeatures(bytes);
      return words === "" ? all : textFeatures(words, all);
    };
    return { features, tokens: IMAGE_TOKENS + countTokens(words) };
  });
}

/** A data URL, or base64 alone. */
function readImage(image: unknown, name: string): Uint8Array {
  text(image, name);
  const encoded = (image as string).replace(/^data:[\w.+/-]*;base64,/, "");
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    if (bytes.byteLength > 0) return bytes;
  } catch {
    // Refused below, with the other things that are no image.
  }
  return refuse("invalid-value", name, image, "an image as base64 or as a data URL");
}

/** What is right for the service but not for this model. */
function misfitOf(
  dialect: Dialect,
  { name, dimensions: full, shortens, encodings }: Required<Deployment>,
  { dimensions, encoding }: EmbeddingRequest,
): Refused | undefined {
  const unsupported = (param: string, input: unknown, message: string): Refused =>
    new Refused({ reason: "unsupported-parameter", param, input, message });
  if (dimensions !== undefined && dimensions !== full) {
    if (!shortens) {
      return unsupported("dimensions", dimensions, `The model '${name}' does not support 'dimensions'.`);
    }
    if (dimensions > full) {
      return new Refused({
        reason: "invalid-value",
        param: "dimensions",
        input: dimensions,
        message: `Invalid value for 'dimensions' = ${dimensions}. Must be less than or equal to ${full}.`,
      });
    }
  }
  if (!encodings.includes(encoding)) {
    return unsupported(
      "encoding_format",
      encoding,
      `The model '${name}' does not support the encoding format '${encoding}'.`,
    );
  }
  if (dialect.name === "inference" && encoding.endsWith("binary") && (dimensions ?? full) % 8 !== 0) {
    return unsupported("dimensions", dimensions, "Binary encodings need a multiple of 8 dimensions.");
  }
  return undefined;
}

function body(exchange: Exchange, deployment: Required<Deployment>, read: EmbeddingRequest): JsonObject {
  const { dialect, settings, sequence, entry } = exchange;
  const { dimensions: full, model } = deployment;
  let tokens = 0;
  const data = read.items.map((item, index) => {
    tokens += item.tokens;
    const vector = unitVector(item.features(), full, read.dimensions ?? full);
    return { object: "embedding", index, embedding: encodeVector(vector, read.encoding) };
  });
  entry.promptTokens = tokens;
  return {
    ...(dialect.name === "inference" && {
      id: randomUuid(createRandom(hashText(`embedding ${sequence}`, settings.seed))),
    }),
    object: "list",
    data,
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}
