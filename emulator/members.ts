// What members of a request body must look like, and which ones a chat request may have, by dialect. Members with a
// structure of their own (messages, tools, …) are read in validate.ts and messages.ts.

import { isObject, Refused, refuse } from "./json.ts";

export type Check = (value: unknown, name: string) => void;

export const bool: Check = (value, name) => {
  if (typeof value !== "boolean") refuse("invalid-type", name, value, "a boolean");
};
export const text: Check = (value, name) => {
  if (typeof value !== "string") refuse("invalid-type", name, value, "a string");
};
export const textUpTo =
  (most: number): Check =>
  (value, name) => {
    text(value, name);
    const { length } = value as string;
    if (length > most) refuse("invalid-value", name, length, `at most ${most} characters`);
  };
export const object: Check = (value, name) => {
  if (!isObject(value)) refuse("invalid-type", name, value, "an object");
};
export const number =
  (least: number, most: number): Check =>
  (value, name) => {
    if (typeof value !== "number") refuse("invalid-type", name, value, "a number");
    else if (value < least || value > most) outOfRange(name, value, least, most);
  };
export const integer =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  (value, name) => {
    if (typeof value !== "number" || !Number.isInteger(value))
      refuse("invalid-type", name, value, "an integer");
    else if (value < least || value > most) outOfRange(name, value, least, most);
  };
export const oneOf =
  (...allowed: string[]): Check =>
  (value, name) => {
    text(value, name);
    if (!allowed.includes(value as string)) {
      refuse("invalid-value", name, value, `one of ${allowed.map((word) => `'${word}'`).join(", ")}`);
    }
  };
/** Real, but nothing here can honour it: said openly instead of ignored. */
export const notEmulated: Check = (value, name) => {
  if (value === false || (Array.isArray(value) && value.length === 0)) return;
  throw new Refused({
    reason: "unsupported-parameter",
    param: name,
    input: value,
    message: `Unsupported parameter: '${name}' is not supported with this model.`,
  });
};
const textOnly: Check = (value, name) => {
  if (!Array.isArray(value)) refuse("invalid-type", name, value, "an array of strings");
  else if (value.some((mode) => mode !== "text")) notEmulated(value, name);
};
/** Has a reader of its own, elsewhere. */
export const elsewhere: Check = () => {};

export const list: Check = (value, name) => {
  if (!Array.isArray(value)) refuse("invalid-type", name, value, "an array");
};
/** As the services have it: at most 16 pairs, keys up to 64 characters, values up to 512. */
export const metadata: Check = (value, name) => {
  object(value, name);
  const pairs = Object.entries(value as object);
  if (pairs.length > 16) refuse("invalid-value", name, pairs.length, "at most 16 pairs");
  for (const [key, entry] of pairs) {
    if (key.length > 64) refuse("invalid-value", name, key, "keys of at most 64 characters");
    text(entry, `${name}.${key}`);
    if ((entry as string).length > 512)
      refuse("invalid-value", `${name}.${key}`, entry, "at most 512 characters");
  }
};

function outOfRange(name: string, value: number, least: number, most: number): never {
  const bound = value < least ? `>= ${least}` : `<= ${most}`;
  throw new Refused({
    reason: "invalid-value",
    param: name,
    input: value,
    message: `Invalid '${name}': value ${value} is out of range. Expected a value ${bound}.`,
  });
}

const EVERYWHERE: Readonly<Record<string, Check>> = {
  messages: elsewhere,
  model: text,
  stream: bool,
  frequency_penalty: number(-2, 2),
  presence_penalty: number(-2, 2),
  top_p: number(0, 1),
  max_tokens: integer(0),
  response_format: elsewhere,
  stop: elsewhere,
  tools: elsewhere,
  tool_choice: elsewhere,
  seed: integer(Number.MIN_SAFE_INTEGER),
  modalities: textOnly,
  user_security_context: object,
};

export const INFERENCE_MEMBERS: Readonly<Record<string, Check>> = {
  ...EVERYWHERE,
  temperature: number(0, 1),
};

/** Members of the OpenAI dialects; on the inference dialect they are extras that `pass-through` lets reach the model. */
export const OPENAI_MEMBERS: Readonly<Record<string, Check>> = {
  ...EVERYWHERE,
  temperature: number(0, 2),
  n: integer(1, 128),
  stream_options: elsewhere,
  max_completion_tokens: integer(0),
  logit_bias: object,
  logprobs: notEmulated,
  top_logprobs: notEmulated,
  user: text,
  parallel_tool_calls: bool,
  functions: notEmulated,
  function_call: notEmulated,
  reasoning_effort: oneOf("none", "minimal", "low", "medium", "high", "xhigh"),
  verbosity: oneOf("low", "medium", "high"),
  audio: notEmulated,
  prediction: object,
  store: bool,
  metadata,
  data_sources: notEmulated,
  service_tier: text,
  prompt_cache_key: text,
  safety_identifier: text,
  web_search_options: notEmulated,
};
