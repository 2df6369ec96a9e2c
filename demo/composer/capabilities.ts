// What the worker's models can do and what they cost, as its list tells it. Where the operator has told nothing, the
// page guesses by the name: to choose among models, never to forbid one.

export const CAPABILITIES = [
  "chat",
  "images",
  "audio",
  "tools",
  "reasoning",
  "structured_output",
  "speech",
  "transcription",
  "embeddings",
  "image_generation",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Per million tokens, in the operator's currency. */
export interface ModelPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly perCall: number;
}

export interface ModelOption {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** False when the capabilities are a guess. */
  readonly told: boolean;
  readonly price: ModelPrice | null;
}

/** A list longer than any picker is of use for is not shown whole. */
const MAX_MODELS = 500;

const isCapability = (value: unknown): value is Capability =>
  (CAPABILITIES as readonly unknown[]).includes(value);

/** Reads `{ data: [{ id, capabilities, price }] }` and drops what is no model. */
export function modelsIn(list: unknown): readonly ModelOption[] {
  const { data } = Object(list) as { data?: unknown };
  if (!Array.isArray(data)) throw new Error("the worker's list has another form");
  const models = new Map<string, ModelOption>();
  for (const one of data as unknown[]) {
    const { id, capabilities, price } = Object(one) as Record<string, unknown>;
    if (typeof id !== "string" || models.has(id) || models.size === MAX_MODELS) continue;
    const told = Array.isArray(capabilities);
    const known = told ? capabilities.filter(isCapability) : guessed(id);
    models.set(id, { name: id, capabilities: new Set(known), told, price: priceIn(price) });
  }
  return [...models.values()];
}

function priceIn(value: unknown): ModelPrice | null {
  const { input, cached_input: cachedInput = input, output, per_call: perCall = 0 } = Object(value);
  const price = { input, cachedInput, output, perCall };
  return Object.values(price).every((one) => Number.isFinite(one)) ? price : null;
}

const OTHER_WORK: readonly (readonly [name: RegExp, capability: Capability])[] = [
  [/whisper|transcribe/i, "transcription"],
  [/tts/i, "speech"],
  [/embed|(^|[-/])bge-/i, "embeddings"],
  [/dall-?e|gpt-image|flux|stable-diffusion|imagen/i, "image_generation"],
];
const OF_CHAT: readonly (readonly [name: RegExp, capability: Capability])[] = [
  [/gpt-(4o|4\.|5)|(^|[-/])o[134]|claude|gemini|vision|multimodal|llava|pixtral|[-]vl/i, "images"],
  [/audio|omni|multimodal/i, "audio"],
  [/(^|[-/])o[134](-|$)|gpt-5|[-]r1|reason|think/i, "reasoning"],
  [/gpt-(4o|4\.|5)|(^|[-/])o[134]/i, "structured_output"],
];

function guessed(name: string): Capability[] {
  const other = OTHER_WORK.find(([pattern]) => pattern.test(name));
  if (other) return [other[1]];
  return ["chat", "tools", ...OF_CHAT.filter(([pattern]) => pattern.test(name)).map(([, one]) => one)];
}

/** The names of those for a kind of work. */
export function modelsWith(models: readonly ModelOption[], capability: Capability): readonly string[] {
  return models.filter(({ capabilities }) => capabilities.has(capability)).map(({ name }) => name);
}

/** The first model for a kind of work, or none. */
export function modelFor(models: readonly ModelOption[], capability: Capability): string | null {
  return modelsWith(models, capability)[0] ?? null;
}
