// Image generations and edits: reading the request, which differs by model family, and the answer as links, as base64
// or as a stream of pictures that become finished. What the pictures look like is picture.ts.

import { SAFE_RESULTS } from "./chat.ts";
import { enter, reading } from "./enter.ts";
import type { Exchange } from "./exchange.ts";
import { type JsonObject, Refused, refuse } from "./json.ts";
import { bool, integer, oneOf, text } from "./members.ts";
import { type Form, type Part, readForm } from "./multipart.ts";
import type { Deployment } from "./options.ts";
import { drawPicture, type Picture } from "./picture.ts";
import { hashText } from "./random.ts";
import { type Members, readMembers } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { type Event, sendEvents, sendJson } from "./send.ts";
import { keep, newId, nowSeconds } from "./state.ts";
import { countTokens } from "./tokens.ts";
import { base64 } from "./vector-encodings.ts";

const MEMBERS: Members = {
  prompt: text,
  model: text,
  n: integer(1, 10),
  size: text,
  quality: text,
  style: oneOf("vivid", "natural"),
  response_format: oneOf("url", "b64_json"),
  output_format: oneOf("png", "jpeg", "webp"),
  output_compression: integer(0, 100),
  background: oneOf("transparent", "opaque", "auto"),
  moderation: oneOf("low", "auto"),
  stream: bool,
  partial_images: integer(0, 3),
  user: text,
};

const EDIT_FIELDS = [
  ...["image", "mask", "prompt", "model", "n", "size", "quality", "response_format", "output_format"],
  ...["output_compression", "background", "input_fidelity", "stream", "partial_images", "user"],
];

interface Family {
  readonly sizes: readonly string[];
  readonly qualities: readonly string[];
  readonly foreign: readonly string[];
  readonly mostImages: number;
}

const DALL_E: Family = {
  sizes: ["256x256", "512x512", "1024x1024", "1792x1024", "1024x1792"],
  qualities: ["standard", "hd"],
  foreign: ["output_format", "output_compression", "background", "moderation", "stream", "partial_images"],
  mostImages: 1,
};
const GPT_IMAGE: Family = {
  sizes: ["auto", "1024x1024", "1536x1024", "1024x1536"],
  qualities: ["auto", "low", "medium", "high"],
  foreign: ["style", "response_format"],
  mostImages: 10,
};

function familyOf({ model }: Required<Deployment>): Family {
  return /dall-e/.test(model) ? DALL_E : GPT_IMAGE;
}

export function generateImages(exchange: Exchange, values: RouteValues): Promise<Response> {
  const read = (): JsonObject => readMembers(exchange.dialect, exchange.record.body, MEMBERS);
  return answer(exchange, values, async () => ({ body: read(), sources: [], kind: "image_generation" }));
}

/** The services' limit is 50 MB an image; a request has up to sixteen. */
const MAX_FORM_BYTES = 200 * 1024 * 1024;
const MAX_IMAGE_BYTES = 50 * 1024 * 1024;

export function editImages(exchange: Exchange, values: RouteValues): Promise<Response> {
  return answer(exchange, values, async () => {
    const form = await readForm(exchange, { maxBytes: MAX_FORM_BYTES, keepBytes: MAX_IMAGE_BYTES });
    return { body: readEdit(form), sources: readSources(form), kind: "image_edit" };
  });
}

interface ImageRequest {
  readonly body: JsonObject;
  readonly sources: readonly Part[];
  readonly kind: "image_generation" | "image_edit";
}

/** Fields are text; numbers and booleans among them are read as such and then checked like JSON's. */
function readEdit(form: Form): JsonObject {
  const body: JsonObject = {};
  for (const name of new Set(form.names.map((field) => field.replace(/\[\]$/, "")))) {
    if (!EDIT_FIELDS.includes(name)) {
      throw new Refused({
        reason: "unknown-parameter",
        param: name,
        message: `Unknown parameter: '${name}'.`,
      });
    }
    const value = form.text(name);
    if (value === undefined) continue;
    body[name] = MEMBERS[name] === text ? value : fromField(value);
    if (name !== "input_fidelity") MEMBERS[name]?.(body[name], name);
  }
  return body;
}

function fromField(value: string): unknown {
  if (value === "true" || value === "false") return value === "true";
  return value !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}

function readSources(form: Form): readonly Part[] {
  const images = form.files("image");
  if (images.length === 0) refuse("missing-parameter", "image", undefined, "an image");
  const all = [...images, ...form.files("mask")];
  for (const [index, { bytes }] of all.entries()) {
    if (bytes !== undefined && isImage(bytes)) continue;
    throw new Refused({
      reason: "invalid-value",
      param: "image",
      message: `Invalid image file or mode for image ${index + 1}, please check your image file.`,
    });
  }
  return all;
}

function isImage(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  return head.startsWith("\x89PNG") || head.startsWith("\xff\xd8\xff") || /^RIFF....WEBP/s.test(head);
}

function answer(
  exchange: Exchange,
  { deployment: scoped }: RouteValues,
  readRequest: () => Promise<ImageRequest>,
): Promise<Response> {
  return reading(exchange, readRequest, async (read) => {
    exchange.entry.stream = read.body.stream === true;
    const entered = await enter(exchange, scoped ?? (read.body.model as string | undefined), "images");
    if (!entered.ok) return entered.response;
    return reading(
      exchange,
      () => settle(read, entered.deployment),
      (wanted) => send(exchange, read, wanted),
    );
  });
}

/** A request with every default filled in. */
interface Wanted {
  readonly family: Family;
  readonly prompt: string;
  readonly n: number;
  readonly size: string;
  readonly width: number;
  readonly height: number;
  readonly quality: string;
  readonly transparent: boolean;
  readonly asUrl: boolean;
  readonly partials: number;
}

const MAX_PROMPT = { dallE: 4_000, gptImage: 32_000 } as const;

function settle({ body, kind }: ImageRequest, deployment: Required<Deployment>): Wanted {
  const family = familyOf(deployment);
  const isDallE = family === DALL_E;
  if (isDallE && kind === "image_edit") {
    refuse("invalid-value", "model", deployment.name, "a model that can edit images");
  }
  for (const name of family.foreign) {
    if (body[name] === undefined) continue;
    throw new Refused({ reason: "unknown-parameter", param: name, message: `Unknown parameter: '${name}'.` });
  }
  const { prompt, n = 1, size = isDallE ? "1024x1024" : "auto", quality = family.qualities[0] } = body;
  if (prompt === undefined || prompt === "") refuse("missing-parameter", "prompt", prompt, "a text");
  const longest = isDallE ? MAX_PROMPT.dallE : MAX_PROMPT.gptImage;
  if ((prompt as string).length > longest) {
    refuse("invalid-value", "prompt", (prompt as string).length, `at most ${longest} characters`);
  }
  if ((n as number) > family.mostImages) refuse("invalid-value", "n", n, `at most ${family.mostImages}`);
  oneOf(...family.sizes)(size, "size");
  oneOf(...family.qualities)(quality, "quality");
  if (body.output_format !== undefined && body.output_format !== "png") {
    throw new Refused({
      reason: "unsupported-parameter",
      param: "output_format",
      message: `The emulator draws 'png' only, not '${String(body.output_format)}'.`,
    });
  }
  const real = size === "auto" ? "1024x1024" : (size as string);
  const [width = 0, height = 0] = real.split("x").map(Number);
  return {
    family,
    prompt: prompt as string,
    n: n as number,
    size: real,
    width,
    height,
    quality: quality === "auto" ? "high" : (quality as string),
    transparent: body.background === "transparent",
    asUrl: isDallE && body.response_format !== "b64_json",
    partials: (body.partial_images as number | undefined) ?? 0,
  };
}

async function send(exchange: Exchange, { sources, kind }: ImageRequest, wanted: Wanted): Promise<Response> {
  const { settings, state, url, dialect } = exchange;
  const { prompt, n, width, height, transparent, partials } = wanted;
  const origin = hashText(sources.map(({ digest }) => digest).join(), settings.seed);
  const picture = (index: number, finished = 1): Picture => ({
    prompt,
    seed: hashText(String(index), origin),
    width,
    height,
    transparent,
    finished,
  });
  const usage = usageOf(exchange, wanted, sources.length);
  const looks = {
    size: wanted.size,
    quality: wanted.quality,
    background: transparent ? "transparent" : "opaque",
  };
  if (exchange.entry.stream) {
    const pictures = Array.from({ length: partials }, (_, at) => picture(0, (at + 1) / (partials + 1)));
    const drawn: string[] = [];
    for (const each of [...pictures, picture(0)]) drawn.push(base64(await drawPicture(each)));
    const members = { created_at: nowSeconds(exchange), ...looks, output_format: "png" };
    const { settings } = exchange;
    const unhurried = {
      ...exchange,
      settings: { ...settings, paceMs: settings.paceMs * STEPS_OF_A_PICTURE },
    };
    return sendEvents(unhurried, imageEvents(kind, drawn, members, usage), {
      named: true,
      last: (type) => type.endsWith(".completed"),
    });
  }
  const data: JsonObject[] = [];
  for (let index = 0; index < n; index++) {
    const each = picture(index);
    if (wanted.family === GPT_IMAGE) {
      data.push({ b64_json: base64(await drawPicture(each)) });
      continue;
    }
    const id = newId(exchange, "img-", index);
    if (wanted.asUrl) keep(state.pictures, id, each);
    data.push({
      revised_prompt: `${prompt} (as the emulator draws it)`,
      ...(wanted.asUrl
        ? { url: `${url.origin}/_emulator/images/${id}.png` }
        : { b64_json: base64(await drawPicture(each)) }),
      ...(dialect.contentFilters && {
        content_filter_results: SAFE_RESULTS,
        prompt_filter_results: { ...SAFE_RESULTS, profanity: CLEAN, jailbreak: CLEAN },
      }),
    });
  }
  const created = nowSeconds(exchange);
  if (wanted.family === DALL_E) return sendJson(exchange, { created, data });
  return sendJson(exchange, { created, ...looks, output_format: "png", data, usage });
}

/** A picture takes as long as so many tokens. */
const STEPS_OF_A_PICTURE = 60;
const CLEAN = { filtered: false, detected: false } as const;
const IMAGE_TOKENS: Readonly<Record<string, number>> = { low: 272, medium: 1_056, high: 4_160 };
const SOURCE_TOKENS = 272;

function usageOf({ entry }: Exchange, { prompt, n, quality }: Wanted, sources: number): JsonObject {
  const textTokens = countTokens(prompt);
  const imageTokens = sources * SOURCE_TOKENS;
  const output = n * (IMAGE_TOKENS[quality] ?? SOURCE_TOKENS);
  entry.promptTokens = textTokens + imageTokens;
  return {
    input_tokens: textTokens + imageTokens,
    input_tokens_details: { text_tokens: textTokens, image_tokens: imageTokens },
    output_tokens: output,
    total_tokens: textTokens + imageTokens + output,
  };
}

function* imageEvents(
  kind: ImageRequest["kind"],
  drawn: readonly string[],
  members: JsonObject,
  usage: JsonObject,
): Generator<Event, void> {
  for (const [partial_image_index, b64_json] of drawn.slice(0, -1).entries()) {
    yield { type: `${kind}.partial_image`, b64_json, ...members, partial_image_index };
  }
  yield { type: `${kind}.completed`, b64_json: drawn.at(-1), ...members, usage };
}
