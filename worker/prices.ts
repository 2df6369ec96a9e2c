// What a call costs: estimated before it is sent, and counted when its usage is known. Pure, and whole numbers only:
// prices are in millionths of a currency per million tokens, so 0.25 per million tokens is 250,000. A cost is rounded
// up to a whole millionth once, at its end; an estimate rounds input and output apart, so it is never the smaller one.
import { type Estimate, isAmount, MAX_MICROS, MAX_TOKENS, type Used } from "./ledger.ts";

/** All in millionths of the currency: per million tokens, or for one call. */
export interface Price {
  readonly input: number;
  /** Input that the service had in its cache. Default: as `input`. */
  readonly cachedInput?: number;
  readonly output: number;
  /** For each call, whatever it says. Default 0. */
  readonly perCall?: number;
  /** What an image in the question is estimated at, in tokens. Default 1,600: detail "high" of most models. */
  readonly imageTokens?: number;
}

/** Tokens as a service counts them. Cached input is part of the input. */
export interface CountedTokens {
  readonly tokensIn: number;
  readonly cachedIn?: number;
  readonly tokensOut: number;
}

export const IMAGE_TOKENS = 1600;
/** Without a limit of its own, an answer is estimated at this many tokens. */
export const DEFAULT_OUTPUT_TOKENS = 4096;
/** Text has about 4 bytes per token in English and 3 in Chinese; with 3 an estimate is seldom too small. */
const BYTES_PER_TOKEN = 3;
/** Role and separators of each message, and what begins an answer. */
const TOKENS_PER_OBJECT = 4;
/** Base64 of a second of speech as mp3 is 5,000 characters and up, and at most 25 tokens. */
const AUDIO_CHARS_PER_TOKEN = 200;
const PER_MILLION = 1_000_000n;

/** Rounded up; never more than the most that one call may cost. */
function microsOf(parts: readonly (readonly [tokens: number, price: number])[], perCall = 0): number {
  const sum = parts.reduce((total, [tokens, price]) => total + BigInt(tokens) * BigInt(price), 0n);
  const micros = (sum + PER_MILLION - 1n) / PER_MILLION + BigInt(perCall);
  return micros > BigInt(MAX_MICROS) ? MAX_MICROS : Number(micros);
}

/** A count as it may come from a service: what is none is 0, what is beyond any call is the most of one. */
function count(value: unknown): number {
  if (isAmount(value, MAX_TOKENS)) return value;
  return typeof value === "number" && value > MAX_TOKENS ? MAX_TOKENS : 0;
}

/** Is it a price? Whole numbers from 0 on, at most a million of the currency per million tokens. */
export function isPrice(price: Price): boolean {
  const { input, cachedInput = input, output, perCall = 0, imageTokens = 0 } = price;
  const amounts = [input, cachedInput, output, perCall];
  return amounts.every((one) => isAmount(one, MAX_MICROS)) && isAmount(imageTokens, MAX_TOKENS);
}

/** What the usage of an ended call costs, as the ledger wants it. */
export function costOf(price: Price, counted: CountedTokens): Used {
  const tokensIn = count(counted.tokensIn);
  const tokensOut = count(counted.tokensOut);
  const cached = Math.min(count(counted.cachedIn), tokensIn);
  const micros = microsOf(
    [
      [tokensIn - cached, price.input],
      [cached, price.cachedInput ?? price.input],
      [tokensOut, price.output],
    ],
    price.perCall,
  );
  return { tokensIn, tokensOut, micros };
}

/** What a call with that many tokens of input, and at most that many of output, will cost at most: nothing cached. */
export function estimateOf(price: Price, tokens: Omit<CountedTokens, "cachedIn">): Estimate {
  const tokensIn = count(tokens.tokensIn);
  const tokensOut = count(tokens.tokensOut);
  const dearest = Math.max(price.input, price.cachedInput ?? 0);
  return {
    tokensIn,
    tokensOut,
    microsIn: microsOf([[tokensIn, dearest]], price.perCall),
    microsOut: microsOf([[tokensOut, price.output]]),
  };
}

export interface EstimateOptions {
  readonly imageTokens?: number | undefined;
  /** When the body names no limit. Default: DEFAULT_OUTPUT_TOKENS. 0 for operations without output, as embeddings. */
  readonly defaultOutput?: number | undefined;
}

/** The tokens that a checked JSON body will cost at most, whichever the dialect. Reads it, keeps nothing of it. */
export function tokensOfBody(
  body: Readonly<Record<string, unknown>>,
  { imageTokens = IMAGE_TOKENS, defaultOutput = DEFAULT_OUTPUT_TOKENS }: EstimateOptions = {},
): { readonly tokensIn: number; readonly tokensOut: number } {
  const limits = [body.max_completion_tokens, body.max_tokens, body.max_output_tokens];
  const limit = limits.find((value) => isAmount(value, MAX_TOKENS)) as number | undefined;
  const answers = Math.max(1, count(body.n), count(body.best_of));
  const output = defaultOutput === 0 ? 0 : (limit ?? defaultOutput) * answers;
  // Of several prompts each gets its answers.
  const prompts = Array.isArray(body.prompt) && typeof body.prompt[0] !== "number" ? body.prompt.length : 1;
  return {
    tokensIn: Math.min(MAX_TOKENS, tokensOfValue(body, imageTokens)),
    tokensOut: Math.min(MAX_TOKENS, output * Math.max(1, prompts)),
  };
}

const IMAGE_KEYS = new Set(["image", "image_url", "image_file", "input_image"]);
/** Below these is the caller's own JSON, which a model reads as text, whatever its members are called. */
const FREE_KEYS = new Set(["parameters", "schema", "spec", "structured_inputs"]);

function tokensOfValue(root: unknown, imageTokens: number): number {
  let bytes = 0;
  let tokens = TOKENS_PER_OBJECT;
  // Lists instead of recursion: a body may be nested as deep as its size allows.
  const waiting: unknown[] = [root];
  const free: unknown[] = [];
  while (waiting.length + free.length > 0) {
    const isFree = waiting.length === 0;
    const list = isFree ? free : waiting;
    const value = list.pop();
    if (typeof value === "string") {
      bytes += utf8Length(value);
    } else if (typeof value === "number") {
      tokens += 1; // a token that the caller has made itself, or a setting
    } else if (Array.isArray(value)) {
      for (const one of value) list.push(one);
    } else if (typeof value === "object" && value !== null) {
      tokens += TOKENS_PER_OBJECT;
      for (const [key, one] of Object.entries(value)) {
        bytes += key.length;
        if (isFree || FREE_KEYS.has(key)) free.push(one);
        else if (key === "input_audio") tokens += audioTokens(one);
        else if (IMAGE_KEYS.has(key)) tokens += imageTokens;
        else waiting.push(one);
      }
    }
  }
  return tokens + Math.ceil(bytes / BYTES_PER_TOKEN);
}

function audioTokens(value: unknown): number {
  const { data } = Object(value) as { data?: unknown };
  return typeof data === "string" ? Math.ceil(data.length / AUDIO_CHARS_PER_TOKEN) : 0;
}

/** Bytes in UTF-8, without making them. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // Half of a pair has 2 of its 4 bytes; other characters from U+0800 on have 3.
    if (code > 0x7f) length += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return length;
}
