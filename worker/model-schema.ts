// What the bodies of the other model operations may say: legacy completions, embeddings of text and images,
// speech, image generation. Members and bounds are the services' documented ones.
import * as v from "valibot";
import type { Config } from "./config.ts";
import {
  between,
  imageAddress,
  listUpTo,
  logitBias,
  modelName,
  shortText,
  textUpTo,
  whole,
} from "./schema-parts.ts";

/** Most inputs of one embeddings call, as Azure OpenAI has it. */
const MAX_INPUTS = 2048;
const MAX_TOKENS = 131_072;
const MAX_SPEECH_CHARS = 4096;
const MAX_PROMPT_CHARS = 32_000;
const MAX_TOKEN_ID = 2_147_483_647;

type Settings = Pick<Config, "limits" | "imageHosts">;

const tokens = listUpTo(whole(0, MAX_TOKEN_ID), MAX_TOKENS, "tokens");
const tokenLists = listUpTo(tokens, MAX_INPUTS);
const texts = listUpTo(v.string(), MAX_INPUTS);

export const completionMembers = ({ limits }: Settings) => ({
  prompt: v.nullish(v.union([v.string(), texts, tokens, tokenLists])),
  model: modelName,
  best_of: v.nullish(whole(1, limits.choices)),
  echo: v.nullish(v.boolean()),
  frequency_penalty: v.nullish(between(-2, 2)),
  presence_penalty: v.nullish(between(-2, 2)),
  logit_bias: v.nullish(logitBias),
  logprobs: v.nullish(whole(0, 5)),
  max_tokens: v.nullish(whole(0, limits.outputTokens)),
  n: v.nullish(whole(1, limits.choices)),
  seed: v.nullish(v.pipe(v.number(), v.integer("must be a whole number"))),
  stop: v.nullish(v.union([v.string(), listUpTo(v.string(), 16)])),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(
    v.strictObject({ include_usage: v.nullish(v.boolean()), include_obfuscation: v.nullish(v.boolean()) }),
  ),
  suffix: v.nullish(v.string()),
  temperature: v.nullish(between(0, 2)),
  top_p: v.nullish(between(0, 1)),
  user: v.nullish(shortText),
});

const vectorMembers = {
  model: modelName,
  dimensions: v.nullish(whole(1, 65_536)),
  encoding_format: v.nullish(v.picklist(["float", "base64", "int8", "uint8", "binary", "ubinary"])),
  input_type: v.nullish(v.picklist(["text", "query", "document"])),
};

export const embeddingMembers = () => ({
  ...vectorMembers,
  input: v.union([v.string(), texts, tokens, tokenLists]),
  user: v.nullish(shortText),
});

export const imageEmbeddingMembers = ({ imageHosts }: Settings) => ({
  ...vectorMembers,
  input: listUpTo(
    v.strictObject({
      // Bare base64 is documented too. It has no colon, so it can't be an address.
      image: v.union([imageAddress(imageHosts), v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]+={0,2}$/))]),
      text: v.nullish(v.string()),
    }),
    MAX_INPUTS,
  ),
});

export const speechMembers = () => ({
  model: modelName,
  input: textUpTo(MAX_SPEECH_CHARS),
  voice: shortText,
  response_format: v.nullish(v.picklist(["mp3", "opus", "aac", "flac", "wav", "pcm"])),
  speed: v.nullish(between(0.25, 4)),
  instructions: v.nullish(textUpTo(MAX_SPEECH_CHARS)),
  stream_format: v.nullish(v.picklist(["audio", "sse"])),
});

export const imageMembers = ({ limits }: Settings) => ({
  prompt: textUpTo(MAX_PROMPT_CHARS),
  model: modelName,
  n: v.nullish(whole(1, Math.min(10, limits.choices))),
  size: v.nullish(v.pipe(v.string(), v.regex(/^(auto|\d{2,5}x\d{2,5})$/, "must be auto or WIDTHxHEIGHT"))),
  quality: v.nullish(v.picklist(["standard", "hd", "auto", "low", "medium", "high"])),
  style: v.nullish(v.picklist(["vivid", "natural"])),
  response_format: v.nullish(v.picklist(["url", "b64_json"])),
  output_format: v.nullish(v.picklist(["png", "jpeg", "webp"])),
  output_compression: v.nullish(whole(0, 100)),
  background: v.nullish(v.picklist(["transparent", "opaque", "auto"])),
  moderation: v.nullish(v.picklist(["low", "auto"])),
  stream: v.nullish(v.boolean()),
  partial_images: v.nullish(whole(0, 3)),
  user: v.nullish(shortText),
});
