// The shape of a configuration: every option with its check, its default and the reason for it. Messages
// are fixed texts: none may quote a value, because values may be secrets.
import * as v from "valibot";
import { anonymous, backend, turnstile } from "./caller-schema.ts";
import { isProject, upstream } from "./config-upstream.ts";
import { entraCallers } from "./entra-schema.ts";
import { limits as ledgerLimits } from "./limit-schema.ts";
import { policy } from "./policy-schema.ts";
import { bridge, failover, model, operatorKey, upstreamsOf } from "./upstream-schema.ts";

export { isProject, type Secret, secret } from "./config-upstream.ts";

const MINUTE = 60_000;
const MiB = 1024 * 1024;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;
const name = v.pipe(
  v.string(),
  v.regex(NAME, "must start with a letter or digit and hold only letters, digits and . _ : @ / -"),
);
const label = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be a short name of letters, digits and . _ -"),
);
const count = (fallback: number, min: number, max: number) =>
  v.optional(
    v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(min, `must be at least ${min}`),
      v.maxValue(max, `must be at most ${max}`),
    ),
    fallback,
  );

const origin = v.pipe(
  v.string(),
  v.check(
    (value) => originOf(value) !== undefined,
    "must be exact origins such as https://app.example.com: no path, no wildcard",
  ),
  v.transform((value) => originOf(value)!),
);

/** The origin a string spells, or undefined when it is anything but an origin. */
export function originOf(value: string): string | undefined {
  if (value.includes("*") || !/^https?:\/\/[^/?#@\\\s]+$/i.test(value) || !URL.canParse(value))
    return undefined;
  return new URL(value).origin;
}

const limits = v.strictObject({
  /** Longest request body in bytes. Default 4 MiB: room for a photo as a data URL. */
  bodyBytes: count(4 * MiB, 1024, 64 * MiB),
  /** Longest whole (not streamed) answer in bytes. Default 16 MiB. Images come as base64 inside JSON: see imageBytes. */
  answerBytes: count(16 * MiB, 1024, 64 * MiB),
  /** Most bytes of one stream, comments included, in bytes. Default 256 MiB. Past it the stream ends with an error. */
  streamBytes: count(256 * MiB, 1024, 4096 * MiB),
  /** Longest file that may be uploaded to POST /files, in bytes. Default 512 MiB, as the services have it. Streamed, never held. */
  fileBytes: count(512 * MiB, 1024, 8192 * MiB),
  /** Longest audio of one transcription or translation, in bytes. Default 25 MiB, as the services have it. */
  audioBytes: count(25 * MiB, 1024, 1024 * MiB),
  /** Most bytes of images in one edit, and of one whole answer with images. Default 50 MiB. */
  imageBytes: count(50 * MiB, 1024, 512 * MiB),
  /**
   * Most bytes that all uploads together may hold back, because the form names its model only after the file and the
   * upstream's address depends on it. Default 32 MiB. Past it: 400, put `model` first.
   */
  heldBytes: count(32 * MiB, 0, 512 * MiB),
  /** Most bytes of the lines of one batch file, which are read and checked when the batch is made. Default 200 MiB. */
  batchBytes: count(200 * MiB, 1024, 1024 * MiB),
  /** Most objects (files, batches, jobs, responses, conversations, agents, threads, vector stores) remembered for one caller. Default 10,000. */
  objects: count(10_000, 1, 1_000_000),
  /** Most objects on one page of a list. Default 20: each is asked for by itself, and small plans allow 50 calls per request. */
  listed: count(20, 1, 100),
  /** Most messages of one call. Default 1,000. */
  messages: count(1000, 1, 100_000),
  /** Most content parts of one message. Default 256. */
  contentParts: count(256, 1, 10_000),
  /** Most tools of one call. Default 128, as the services have it. */
  tools: count(128, 1, 1024),
  /** Largest `n`. Default 8: each choice is billed. */
  choices: count(8, 1, 128),
  /** Largest `max_tokens` and `max_completion_tokens`. Default 131,072. */
  outputTokens: count(131_072, 1, 10_000_000),
  /** Most request headers. Default 100. */
  headerCount: count(100, 10, 1000),
  /** Longest request headers together, in bytes. Default 32 KiB. */
  headerBytes: count(32 * 1024, 1024, 128 * 1024),
});

const deadlines = v.strictObject({
  /** For the request body to arrive, in ms. Default 30 s. */
  bodyMs: count(30_000, 10, 10 * MINUTE),
  /** For a whole upload (files, audio, images to edit), in ms. Default 15 min; silence in it ends after idleMs. */
  uploadMs: count(15 * MINUTE, 10, 240 * MINUTE),
  /** For the upstream's headers of a streamed answer, in ms. Default 60 s. */
  headersMs: count(MINUTE, 10, 15 * MINUTE),
  /** For a whole answer, headers and body, in ms. Default 300 s: it starts only when the model has finished. */
  wholeMs: count(5 * MINUTE, 10, 60 * MINUTE),
  /** Without any byte inside a stream, in ms. Default 60 s. Also bounds how long a caller who left is unnoticed. */
  idleMs: count(MINUTE, 10, 15 * MINUTE),
  /** For a whole stream, in ms. Default 15 min. */
  streamMs: count(15 * MINUTE, 10, 240 * MINUTE),
  /** Without a new event in a stream, however many comments come, in ms. Default 5 min. */
  stallMs: count(5 * MINUTE, 10, 240 * MINUTE),
  /**
   * Silence before a comment is sent to the caller, in ms. Default 15 s; 0: none. Only in dialects whose clients all
   * read comments; also bounds how long a caller who left in silence is unnoticed.
   */
  heartbeatMs: count(15_000, 0, 15 * MINUTE),
});

const session = v.strictObject({
  /** Signs session tokens; 32 bytes or more. */
  secret: v.pipe(v.string(), v.minBytes(32, "must be at least 32 bytes long")),
  /** Secrets from before: tokens that they have signed still count. Take them out when those are over. Default none. */
  previousSecrets: v.optional(
    v.array(v.pipe(v.string(), v.minBytes(32, "must be at least 32 bytes long"))),
    [],
  ),
  /** A page proves that a person is there, by Cloudflare Turnstile. Default: it needs not. */
  turnstile: v.optional(turnstile),
  /** The app's backend asks for sessions; then pages by themselves get none without Turnstile. Default: none does. */
  backend: v.optional(backend),
  /** How long a token lives. Default 900. */
  lifetimeSeconds: count(900, 30, 86_400),
  /**
   * How long after its end a token still renews its session, so that a page that slept keeps its files. Default 3600.
   * It opens nothing else.
   */
  renewSeconds: count(3600, 0, 604_800),
  /** Sessions per address and minute when no rate limit binding is given. Default 20. */
  perMinute: count(20, 1, 10_000),
  /** Models that pages may use. Default: all. */
  models: v.optional(v.array(name)),
  /** The operator's agents that pages may run. Default: all. */
  agents: v.optional(v.array(name)),
});

const callerKey = v.strictObject({
  name: label,
  /** SHA-256 of the key in hex, as `latchkey key <name>` prints it. */
  sha256: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{64}$/i, "must be name:sha256 with 64 hex digits, as `latchkey key` prints it"),
  ),
  /** Models that this key may use. Default: all. */
  models: v.optional(v.array(name)),
  /** The operator's agents that this key may run. Default: all. */
  agents: v.optional(v.array(name)),
});

const hosts = v.optional(
  v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must be host names in lower case"))),
  [],
);

export const schema = v.pipe(
  v.strictObject({
    upstreams: v.pipe(
      v.record(label, upstream),
      v.check((all) => Object.keys(all).length > 0, "must name at least one upstream"),
    ),
    models: v.pipe(
      v.record(name, model),
      v.check((all) => Object.keys(all).length > 0, "must name at least one model"),
    ),
    /** Exact origins of the pages that may call. */
    origins: v.optional(v.array(origin), []),
    /** Leave out to give no sessions: then only caller keys work. */
    session: v.optional(session),
    callerKeys: v.optional(v.array(callerKey), []),
    /** Callers with an access token of Entra ID. Default: none. */
    entra: v.optional(entraCallers),
    /** Callers without any credential. Default: none. */
    anonymous: v.optional(anonymous),
    /** Groups of callers and what each may do; the first that fits decides. Default: all may do what the rest allows. */
    policy: v.optional(policy, []),
    /** Limits of each caller, beside those of its group: the smaller one holds. Default none. */
    perCaller: v.optional(ledgerLimits, {}),
    /** Limits of all callers together. Default none. */
    everyone: v.optional(ledgerLimits, {}),
    /** Hosts from which the model service may fetch images by https. Default none: data URLs only. */
    imageHosts: hosts,
    /** Hosts from which the service may fetch files (`file_url` of the Responses API) by https. Default none. */
    fileHosts: hosts,
    /** Hosts of MCP servers that the service may call. Needs "mcp" in `serverTools`. Default none. */
    mcpHosts: hosts,
    /** Hosts whose indexes a chat may search with the service's identity (`data_sources`). Default none: refused. */
    dataSourceHosts: hosts,
    /** Hosts that a tool of an agent may call by an OpenAPI description, without a credential. Default none. */
    openApiHosts: hosts,
    /** Hosts of the storage queues of `azure_function` tools. Needs "azure_function" in `serverTools`. Default none. */
    queueHosts: hosts,
    /** Data that is at the service already and may be named: `uri` of a data source, id of a dataset to evaluate. Default none. */
    dataAssets: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^\S{1,1024}$/, "must be ids or addresses"))),
      [],
    ),
    /** Vector stores that `file_search` may name beside the caller's own. Default none. */
    vectorStores: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[\w-]{1,128}$/, "must be ids of vector stores"))),
      [],
    ),
    /**
     * Tools of the Responses API that run at the service, at the operator's expense and with its network: for example
     * "web_search", "file_search", "code_interpreter", "image_generation", "mcp". Default none: functions and custom
     * tools only, which run at the caller's. Of agents' tools it enables "mcp" and "azure_function".
     */
    serverTools: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/, "must be types of tools"))),
      [],
    ),
    /** Where files, and conversations, are kept. Default: the first upstream that can, in the order they are written. */
    objectsUpstream: v.optional(label),
    /** Further members of a request body to let through, such as top_k. Only scalar values pass. */
    extraMembers: v.optional(
      v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/, "must be member names in lower case"))),
      [],
    ),
    /** Keys that open the operators' routes: GET /operator/metrics and /operator/upstreams. Default none. */
    operatorKeys: v.optional(v.array(operatorKey), []),
    /** Where a call goes when an upstream fails. */
    failover: v.optional(failover, {}),
    /** Callers of the model inference API at upstreams of OpenAI's dialect. */
    bridge: v.optional(bridge, {}),
    /**
     * Where comments go between events: `opening`, before an answer flows, or `always`, which costs five times as much
     * for every stream because none is passed natively then. Default opening.
     */
    heartbeats: v.optional(v.picklist(["opening", "always"], "must be opening or always"), "opening"),
    /**
     * Where an error that a service writes into a stream is rebuilt like its other errors: `opening`, in the first
     * events, or `always`, at the price of native streams as with `heartbeats`. A stream that is read in JavaScript for
     * any other reason always has it. Default opening.
     */
    streamErrors: v.optional(v.picklist(["opening", "always"], "must be opening or always"), "opening"),
    /**
     * `hold`: a POST with an Idempotency-Key is refused while another with the same key is under way, which costs
     * questions to the caller's store. `ignore`: the header means nothing. Default hold.
     */
    idempotencyKeys: v.optional(v.picklist(["hold", "ignore"], "must be hold or ignore"), "hold"),
    limits: v.optional(limits, {}),
    deadlines: v.optional(deadlines, {}),
  }),
  v.forward(
    v.check(
      ({ models, upstreams }) =>
        Object.values(models)
          .flatMap(upstreamsOf)
          .every((one) => Object.hasOwn(upstreams, one)),
      "names an upstream that is not configured",
    ),
    ["models"],
  ),
  v.forward(
    v.check(
      ({ session, callerKeys, models }) =>
        [session, ...callerKeys].every((one) => one?.models?.every((m) => Object.hasOwn(models, m)) ?? true),
      "lacks a model that a caller is allowed to use",
    ),
    ["models"],
  ),
  v.forward(
    v.check(
      ({ objectsUpstream, upstreams }) =>
        objectsUpstream === undefined ||
        (Object.hasOwn(upstreams, objectsUpstream) &&
          upstreams[objectsUpstream]!.kind !== "inference" &&
          !isProject(upstreams[objectsUpstream]!.kind)),
      "must name a configured upstream of kind azure-openai or openai",
    ),
    ["objectsUpstream"],
  ),
);
