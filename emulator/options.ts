// What can be set, with its defaults, resolved once into a complete type. Wrong values fail here, by name.

export interface Deployment {
  /** What callers put into the URL or into `model`. */
  readonly name: string;
  /** What answers name as their model. Default: `name`. */
  readonly model?: string;
  /** `model_provider_name` of model info and `owned_by` of the model list. Default "Latchkey emulator". */
  readonly provider?: string;
  /** Sends `reasoning_content` before the answer, as DeepSeek-R1 does. Default false. */
  readonly reasoning?: boolean;
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
  readonly recordLimit: number;
  readonly ledgerLimit: number;
}

const DEFAULT_DEPLOYMENTS: readonly Deployment[] = [
  { name: "gpt-5-mini", model: "gpt-5-mini-2025-08-07", provider: "OpenAI" },
  { name: "gpt-4.1", model: "gpt-4.1-2025-04-14", provider: "OpenAI" },
  { name: "Phi-4", provider: "Microsoft" },
  { name: "DeepSeek-R1", provider: "DeepSeek", reasoning: true },
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
  return {
    seed,
    clock,
    paceMs: amount("paceMs", options.paceMs, 0),
    keys: new Set(texts("keys", options.keys, ["emulator-key"])),
    deployments: deployments.map(resolveDeployment),
    inferenceApiVersions: texts("inferenceApiVersions", options.inferenceApiVersions, INFERENCE_API_VERSIONS),
    azureApiVersions: texts("azureApiVersions", options.azureApiVersions, AZURE_API_VERSIONS),
    maxBodyBytes: amount("maxBodyBytes", options.maxBodyBytes, DEFAULT_MAX_BODY_BYTES),
    recordLimit: amount("recordLimit", options.recordLimit, 1_000),
    ledgerLimit: amount("ledgerLimit", options.ledgerLimit, 10_000),
  };
}

function resolveDeployment(given: string | Deployment): Required<Deployment> {
  const deployment = typeof given === "string" ? { name: given } : given;
  if (typeof deployment?.name !== "string" || deployment.name === "") {
    throw new TypeError("createEmulator: deployments must be names or objects with a name");
  }
  return {
    name: deployment.name,
    model: deployment.model ?? deployment.name,
    provider: deployment.provider ?? "Latchkey emulator",
    reasoning: deployment.reasoning ?? false,
  };
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
