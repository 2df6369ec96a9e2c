// What can be set, with its defaults, resolved once into a complete type. Wrong values fail here, by name.

import { type Connection, resolveConnections } from "./connection.ts";

/** What a deployment can do. `chat` covers the responses API too. */
export type Task =
  | "chat"
  | "completions"
  | "embeddings"
  | "image-embeddings"
  | "transcription"
  | "speech"
  | "images";

export interface Deployment {
  /** What callers put into the URL or into `model`. */
  readonly name: string;
  /** What answers name as their model. Default: `name`. */
  readonly model?: string;
  /** `model_provider_name` of model info and `owned_by` of the model list. Default "Latchkey emulator". */
  readonly provider?: string;
  /** Sends `reasoning_content` before the answer, as DeepSeek-R1 does. Default false. */
  readonly reasoning?: boolean;
  /** What it can do; the first is its `model_type`. Default `["chat"]`. */
  readonly tasks?: readonly Task[];
  /** Length of its embedding vectors. Default 1536. */
  readonly dimensions?: number;
  /** Whether the request may ask for shorter vectors. Default true. */
  readonly shortens?: boolean;
  /** Values of `encoding_format` its embeddings can have. Default `["float", "base64"]`. */
  readonly encodings?: readonly string[];
}

export interface EmulatorOptions {
  /** Any 32-bit integer. The same seed, clock and sequence of requests give byte-identical answers. Default 1. */
  readonly seed?: number;
  /**
   * Milliseconds since 1970, read for `created`, the recorder and the ledger. Default `Date.now`; pass a fixed
   * function where answers must be byte-identical between runs. Pauses always use real timers.
   */
  readonly clock?: () => number;
  /** Milliseconds between two chunks of a stream. Default 0; the command line's default is 25. */
  readonly paceMs?: number;
  /** Keys that are accepted, as `api-key: k` or `Authorization: Bearer k`. Default `["emulator-key"]`. */
  readonly keys?: readonly string[];
  /** Deployments beside the `fault-<scenario>` ones. The first answers where a model may be left out. */
  readonly deployments?: readonly (string | Deployment)[];
  /** `api-version` values that are accepted on `/models/*` and the root form. */
  readonly inferenceApiVersions?: readonly string[];
  /** `api-version` values that are accepted on `/openai/deployments/*`. */
  readonly azureApiVersions?: readonly string[];
  /** A request body past this many bytes is answered 413 without reading the rest. Default 32 MiB. */
  readonly maxBodyBytes?: number;
  /** An uploaded file past this many bytes is answered 413 without reading the rest. Default 512 MiB. */
  readonly maxUploadBytes?: number;
  /**
   * Content of an uploaded file is kept in memory up to this many bytes; of a longer one only its length and digest.
   * Default 8 MiB.
   */
  readonly keepFileBytes?: number;
  /**
   * Milliseconds by the clock that a file, batch, job, run or background response spends in each state. Being retrieved
   * moves it one state on as well, so that tests need not wait. Default 1,000.
   */
  readonly stageMs?: number;
  /** A file that is to be searched fails past this many bytes, or characters of text. Default 8 MiB. */
  readonly searchFileBytes?: number;
  /**
   * Characters of text that are kept ready for searching, in all vector stores together; what was searched longest ago
   * is read again when it is needed. Default 8 Mi.
   */
  readonly searchIndexChars?: number;
  /** Milliseconds that reading one PDF may take, real ones whatever `clock` says. Default 10,000. */
  readonly pdfMs?: number;
  /**
   * Connections of every project, in both wire forms. The first of a type is its default. A `target` that begins with
   * "/" is a path of the emulator itself. Default: one of each type, leading to the emulator.
   */
  readonly connections?: readonly Connection[];
  /** Connection string of every project's Application Insights resource; "" where none is attached. */
  readonly applicationInsights?: string;
  /** Requests kept by the recorder, bodies included, in memory. Default 1,000; the oldest go first. */
  readonly recordLimit?: number;
  /** Entries kept by the ledger. Default 10,000; the oldest go first. */
  readonly ledgerLimit?: number;
}

export interface ResolvedOptions {
  readonly seed: number;
  readonly clock: () => number;
  readonly paceMs: number;
  readonly keys: ReadonlySet<string>;
  readonly deployments: readonly Required<Deployment>[];
  readonly inferenceApiVersions: readonly string[];
  readonly azureApiVersions: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxUploadBytes: number;
  readonly keepFileBytes: number;
  readonly stageMs: number;
  readonly searchFileBytes: number;
  readonly searchIndexChars: number;
  readonly pdfMs: number;
  readonly connections: readonly Connection[];
  /** undefined where it leads to the emulator itself. */
  readonly applicationInsights: string | undefined;
  readonly recordLimit: number;
  readonly ledgerLimit: number;
}

const TASKS = [
  "chat",
  "completions",
  "embeddings",
  "image-embeddings",
  "transcription",
  "speech",
  "images",
] as const satisfies readonly Task[];
const ENCODINGS = ["float", "base64", "int8", "uint8", "binary", "ubinary"];

const DEFAULT_DEPLOYMENTS: readonly Deployment[] = [
  { name: "gpt-5-mini", model: "gpt-5-mini-2025-08-07", provider: "OpenAI" },
  { name: "gpt-4.1", model: "gpt-4.1-2025-04-14", provider: "OpenAI" },
  { name: "Phi-4", provider: "Microsoft" },
  { name: "DeepSeek-R1", provider: "DeepSeek", reasoning: true },
  { name: "gpt-35-turbo-instruct", provider: "OpenAI", tasks: ["completions"] },
  { name: "text-embedding-3-small", provider: "OpenAI", tasks: ["embeddings"] },
  { name: "text-embedding-3-large", provider: "OpenAI", tasks: ["embeddings"], dimensions: 3072 },
  {
    name: "Cohere-embed-v3",
    provider: "Cohere",
    tasks: ["embeddings", "image-embeddings"],
    dimensions: 1024,
    shortens: false,
    encodings: ENCODINGS,
  },
  { name: "whisper", model: "whisper-1", provider: "OpenAI", tasks: ["transcription"] },
  { name: "gpt-4o-transcribe", provider: "OpenAI", tasks: ["transcription"] },
  { name: "tts-1", provider: "OpenAI", tasks: ["speech"] },
  { name: "gpt-4o-mini-tts", provider: "OpenAI", tasks: ["speech"] },
  { name: "dall-e-3", provider: "OpenAI", tasks: ["images"] },
  { name: "gpt-image-1", provider: "OpenAI", tasks: ["images"] },
];

const INFERENCE_API_VERSIONS = [
  "2024-04-01-preview",
  "2024-05-01-preview",
  "2025-04-01",
  "2025-05-01",
  "2025-05-15-preview",
];

const AZURE_API_VERSIONS = [
  "2024-02-01",
  "2024-06-01",
  "2024-08-01-preview",
  "2024-09-01-preview",
  "2024-10-01-preview",
  "2024-10-21",
  "2024-12-01-preview",
  "2025-01-01-preview",
  "2025-03-01-preview",
  "2025-04-01-preview",
];

const DEFAULT_MAX_BODY_BYTES = 32 * 1024 * 1024;
const DEFAULT_MAX_UPLOAD_BYTES = 512 * 1024 * 1024;
const DEFAULT_KEEP_FILE_BYTES = 8 * 1024 * 1024;

export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  const known = new Set([
    "seed",
    "clock",
    "paceMs",
    "keys",
    "deployments",
    "inferenceApiVersions",
    "azureApiVersions",
    "maxBodyBytes",
    "maxUploadBytes",
    "keepFileBytes",
    "stageMs",
    "searchFileBytes",
    "searchIndexChars",
    "pdfMs",
    "connections",
    "applicationInsights",
    "recordLimit",
    "ledgerLimit",
  ] satisfies (keyof EmulatorOptions)[]);
  for (const name of Object.keys(options)) {
    if (!known.has(name as keyof EmulatorOptions))
      throw new TypeError(`createEmulator: unknown option "${name}"`);
  }
  const seed = options.seed ?? 1;
  if (!Number.isInteger(seed)) throw new TypeError("createEmulator: seed must be an integer");
  const clock = options.clock ?? Date.now;
  if (typeof clock !== "function") throw new TypeError("createEmulator: clock must be a function");
  const deployments = options.deployments ?? DEFAULT_DEPLOYMENTS;
  if (!Array.isArray(deployments) || deployments.length === 0) {
    throw new TypeError("createEmulator: deployments must be a list with at least one entry");
  }
  const keys = texts("keys", options.keys, ["emulator-key"]);
  return {
    seed,
    clock,
    paceMs: amount("paceMs", options.paceMs, 0),
    keys: new Set(keys),
    deployments: deployments.map(resolveDeployment),
    inferenceApiVersions: texts("inferenceApiVersions", options.inferenceApiVersions, INFERENCE_API_VERSIONS),
    azureApiVersions: texts("azureApiVersions", options.azureApiVersions, AZURE_API_VERSIONS),
    maxBodyBytes: amount("maxBodyBytes", options.maxBodyBytes, DEFAULT_MAX_BODY_BYTES),
    maxUploadBytes: amount("maxUploadBytes", options.maxUploadBytes, DEFAULT_MAX_UPLOAD_BYTES),
    keepFileBytes: amount("keepFileBytes", options.keepFileBytes, DEFAULT_KEEP_FILE_BYTES),
    stageMs: amount("stageMs", options.stageMs, 1_000),
    searchFileBytes: amount("searchFileBytes", options.searchFileBytes, 8 * 1024 * 1024),
    searchIndexChars: amount("searchIndexChars", options.searchIndexChars, 8 * 1024 * 1024),
    pdfMs: amount("pdfMs", options.pdfMs, 10_000),
    connections: resolveConnections(options.connections, keys[0] as string),
    applicationInsights: insights(options.applicationInsights),
    recordLimit: amount("recordLimit", options.recordLimit, 1_000),
    ledgerLimit: amount("ledgerLimit", options.ledgerLimit, 10_000),
  };
}

function resolveDeployment(given: string | Deployment): Required<Deployment> {
  const deployment = typeof given === "string" ? { name: given } : given;
  if (typeof deployment?.name !== "string" || deployment.name === "") {
    throw new TypeError("createEmulator: deployments must be names or objects with a name");
  }
  for (const task of deployment.tasks ?? []) {
    if (!TASKS.includes(task)) {
      throw new TypeError(`createEmulator: deployment "${deployment.name}" has an unknown task "${task}"`);
    }
  }
  return completed(deployment);
}

function completed(deployment: Deployment): Required<Deployment> {
  return {
    model: deployment.name,
    provider: "Latchkey emulator",
    reasoning: false,
    tasks: ["chat"],
    dimensions: 1536,
    shortens: true,
    encodings: ["float", "base64"],
    ...deployment,
  };
}

/** A model for a scenario does everything, because any operation may be asked to fail. */
export function faultDeployment(name: string): Required<Deployment> {
  return completed({ name, tasks: TASKS, encodings: ENCODINGS });
}

/** What a finished fine-tuning job leaves behind: its base under a name of its own. */
export function derivedDeployment(base: Required<Deployment>, name: string): Required<Deployment> {
  return { ...base, name, model: name };
}

function insights(value: string | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError("createEmulator: applicationInsights must be a text");
}

function amount(name: keyof EmulatorOptions, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !(value >= 0)) {
    throw new TypeError(`createEmulator: ${name} must be a number, 0 or more`);
  }
  return value;
}

function texts(
  name: keyof EmulatorOptions,
  value: readonly string[] | undefined,
  fallback: string[],
): readonly string[] {
  if (value === undefined) return fallback;
  if (
    !Array.isArray(value) ||
    value.length === 0 ||
    value.some((text) => typeof text !== "string" || text === "")
  ) {
    throw new TypeError(`createEmulator: ${name} must be a list of texts with at least one entry`);
  }
  return value;
}
