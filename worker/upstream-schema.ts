// The shapes of what a configuration says about several upstreams of one model, about the bridge between dialects, and
// about operators. Messages are fixed texts: none may quote a value.
import * as v from "valibot";
import { price } from "./limit-schema.ts";

const number = (min: number, max: number) =>
  v.pipe(
    v.number("must be a number"),
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
  );
const whole = (fallback: number, min: number, max: number) =>
  v.optional(v.pipe(number(min, max), v.integer("must be a whole number")), fallback);

export const deployment = v.optional(
  v.pipe(v.string(), v.regex(/^(?!\.+$)[\x21-\x7e]{1,256}$/, "must be printable ASCII without spaces")),
);

const place = v.strictObject({
  /** Name in `upstreams`. */
  upstream: v.string(),
  /** What this upstream calls the model. Default: the model's own name. */
  deployment,
  /** The lowest that does not rest is asked: provisioned 1, pay-as-you-go 2, another region 3. Default 1. */
  priority: whole(1, 0, 100),
  /** Share of the calls among those of one priority. 0: none but for objects that live there. Default 1. */
  weight: whole(1, 0, 1000),
});

const CAPABILITIES = [
  ...(["chat", "images", "audio", "tools", "reasoning", "structured_output"] as const),
  ...(["speech", "transcription", "embeddings", "image_generation"] as const),
] as const;

export const model = v.pipe(
  v.strictObject({
    /** Name in `upstreams`. */
    upstream: v.optional(v.string()),
    /** Or several, in place of `upstream` and `deployment`. */
    upstreams: v.optional(
      v.pipe(
        v.array(place),
        v.minLength(1, "must not be empty"),
        v.maxLength(16, "must be at most 16"),
        v.check(
          (all) => new Set(all.map((one) => `${one.upstream}\n${one.deployment ?? ""}`)).size === all.length,
          "must all be different",
        ),
      ),
    ),
    /** What the upstream calls it. Default: the model's own name. */
    deployment,
    /** What GET /models/info says, by which clients choose themselves. Default: chat-completion. */
    type: v.optional(
      v.picklist(
        ["chat-completion", "embeddings", "image_embeddings"],
        "must be chat-completion, embeddings or image_embeddings",
      ),
      "chat-completion",
    ),
    /**
     * What it can do, for people who choose: told in GET /models, beside its price, and never enforced. Default: nothing
     * is told, and a page guesses by the name.
     */
    capabilities: v.optional(
      v.array(
        v.picklist(CAPABILITIES, `must be ${CAPABILITIES.slice(0, -1).join(", ")} or ${CAPABILITIES.at(-1)}`),
      ),
    ),
    /**
     * Which of the two names the model takes for the length of an answer. Reasoning models take `max_completion_tokens`
     * alone, and callers of the model inference API know only the other. Default `max_tokens`.
     */
    outputMember: v.optional(
      v.picklist(["max_tokens", "max_completion_tokens"], "must be max_tokens or max_completion_tokens"),
      "max_tokens",
    ),
    /** What it costs. Needed where a limit counts money. Default: its use is counted in tokens only. */
    price: v.optional(price),
  }),
  v.forward(
    v.check(
      ({ upstream, upstreams }) => (upstream === undefined) !== (upstreams === undefined),
      "is needed, or `upstreams`, and not both",
    ),
    ["upstream"],
  ),
  v.forward(
    v.check(
      ({ deployment: one, upstreams }) => one === undefined || upstreams === undefined,
      "stands in each of `upstreams` instead",
    ),
    ["deployment"],
  ),
);

export const failover = v.strictObject({
  /** Second tries, as a part of the calls. Up to ten are saved up. Default 0.1. 0: only the first ten. */
  budget: v.optional(number(0, 1), 0.1),
  /**
   * For one upstream's headers, in ms, where a model has several. Default: all the time there is (`headersMs`, `wholeMs`),
   * so that a slow one is waited for.
   */
  attemptMs: v.optional(v.pipe(number(10, 3_600_000), v.integer("must be a whole number"))),
  /** Go on to the next upstream also after a deadline? The first one may still work, and bill. Default false. */
  afterTimeout: v.optional(v.boolean("must be true or false"), false),
});

/** A caller of the model inference API and an upstream that speaks OpenAI's dialect. */
export const bridge = v.strictObject({
  /** Results of Azure's content filter in answers. Default keep, as the model inference API has them. */
  contentFilters: v.optional(v.picklist(["keep", "drop"], "must be keep or drop"), "keep"),
  /**
   * `rebuilt`: every event in the strict form that azure-ai-inference for Python reads, under the model's public name.
   * `native`: as the upstream sends it, at a fifth of the cost. Default rebuilt.
   */
  streams: v.optional(v.picklist(["rebuilt", "native"], "must be rebuilt or native"), "rebuilt"),
});

export const operatorKey = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be a short name")),
  /** SHA-256 of the key in hex, as `latchkey key <name>` prints it. */
  sha256: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f]{64}$/i, "must be name:sha256 with 64 hex digits, as `latchkey key` prints it"),
  ),
});

/** The upstreams that a model names. */
export function upstreamsOf({ upstream, upstreams }: v.InferOutput<typeof model>): string[] {
  return upstreams?.map((one) => one.upstream) ?? [upstream!];
}
