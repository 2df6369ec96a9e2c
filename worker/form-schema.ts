// What the forms of upload operations may say, field by field. An unknown field is refused by name, as in JSON
// bodies; the values are texts, so each check reads a text and gives the text that is sent on.
import * as v from "valibot";
import type { Limits } from "./config.ts";
import type { FormSpec } from "./form-check.ts";
import { shortText, textUpTo } from "./schema-parts.ts";

export type FormName =
  | "file_create"
  | "transcriptions"
  | "translations"
  | "image_edits"
  | "agent_file_create";

const MAX_PROMPT_CHARS = 32_000;

const numeral = (min: number, max: number, whole = false) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,10}(\.\d{1,6})?$/, "must be a number"),
    v.check(
      (text) => Number(text) >= min && Number(text) <= max && (!whole || Number.isInteger(Number(text))),
      `must be ${whole ? "a whole number " : ""}from ${min} to ${max}`,
    ),
  );
const flag = v.picklist(["true", "false"], "must be true or false");
const oneOf = (values: readonly string[]) => v.picklist(values, `must be one of ${values.join(", ")}`);

const audio = {
  model: shortText,
  prompt: textUpTo(MAX_PROMPT_CHARS),
  temperature: numeral(0, 1),
};

const transcription = {
  ...audio,
  response_format: oneOf(["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]),
  language: v.pipe(v.string(), v.regex(/^[A-Za-z-]{2,16}$/, "must be a language code")),
  stream: flag,
  "timestamp_granularities[]": oneOf(["word", "segment"]),
  "include[]": oneOf(["logprobs"]),
  chunking_strategy: oneOf(["auto"]),
  "chunking_strategy[type]": oneOf(["server_vad"]),
  "chunking_strategy[prefix_padding_ms]": numeral(0, 60_000, true),
  "chunking_strategy[silence_duration_ms]": numeral(0, 60_000, true),
  "chunking_strategy[threshold]": numeral(0, 1),
  "languages[]": v.pipe(v.string(), v.regex(/^[A-Za-z-]{2,16}$/, "must be a language code")),
  "keywords[]": shortText,
  "known_speaker_names[]": shortText,
  "known_speaker_references[]": v.pipe(
    v.string(),
    v.regex(/^data:audio\/[a-z0-9.+-]{1,40};base64,/i, "must be a data: URL of audio"),
  ),
};

const translation = { ...audio, response_format: oneOf(["json", "text", "srt", "verbose_json", "vtt"]) };

const edit = {
  model: shortText,
  prompt: textUpTo(MAX_PROMPT_CHARS),
  size: v.pipe(v.string(), v.regex(/^(auto|\d{2,5}x\d{2,5})$/, "must be auto or WIDTHxHEIGHT")),
  quality: oneOf(["standard", "auto", "low", "medium", "high"]),
  background: oneOf(["transparent", "opaque", "auto"]),
  response_format: oneOf(["url", "b64_json"]),
  output_format: oneOf(["png", "jpeg", "webp"]),
  output_compression: numeral(0, 100, true),
  input_fidelity: oneOf(["high", "low"]),
  stream: flag,
  partial_images: numeral(0, 3, true),
  user: shortText,
};

const upload = {
  purpose: oneOf(["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]),
  "expires_after[anchor]": oneOf(["created_at"]),
  "expires_after[seconds]": numeral(3600, 2_592_000, true),
};

// The official client names the file a second time, beside the part that holds it.
const agentUpload = { purpose: oneOf(["assistants", "vision"]), filename: shortText };

export function formSpecs(limits: Limits): Readonly<Record<FormName, FormSpec>> {
  const spec = (
    fields: Record<string, v.GenericSchema<unknown, string>>,
    files: readonly string[],
    required: readonly string[],
    fileBytes: number,
  ): FormSpec => ({ fields: new Map(Object.entries(fields)), files: new Set(files), required, fileBytes });
  return {
    file_create: spec(upload, ["file"], ["file", "purpose"], limits.fileBytes),
    agent_file_create: spec(agentUpload, ["file"], ["file", "purpose"], limits.fileBytes),
    transcriptions: spec(transcription, ["file"], ["file"], limits.audioBytes),
    translations: spec(translation, ["file"], ["file"], limits.audioBytes),
    image_edits: spec(
      { ...edit, n: numeral(1, Math.min(10, limits.choices), true) },
      ["image", "image[]", "mask"],
      ["prompt"],
      limits.imageBytes,
    ),
  };
}
