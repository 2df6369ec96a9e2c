// What a chat request may say: the members that the services document (model inference, Azure OpenAI), with
// their types and bounds. An allowlist at every depth that has a shape; only JSON schemas are free inside.
import * as v from "valibot";
import type { Config } from "./config.ts";

/** Deepest nesting of the free parts (JSON schemas): beyond it, serialising could overflow the stack. */
const MAX_DEPTH = 64;
const MAX_NAME_CHARS = 256;
const MAX_STOPS = 16;
const MAX_METADATA = 16;

export const shortText = v.pipe(
  v.string(),
  v.maxLength(MAX_NAME_CHARS, `must be at most ${MAX_NAME_CHARS} characters`),
);
const between = (min: number, max: number) =>
  v.pipe(v.number(), v.minValue(min, `must be at least ${min}`), v.maxValue(max, `must be at most ${max}`));
const whole = (min: number, max: number) => v.pipe(between(min, max), v.integer("must be a whole number"));
const free = v.custom<Record<string, unknown>>(
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && isShallow(value, MAX_DEPTH),
  `must be an object nested at most ${MAX_DEPTH} deep`,
);

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1));
}

/** The members of a chat request, for one configuration. */
export function chatMembers({ limits, imageHosts }: Pick<Config, "limits" | "imageHosts">) {
  const imageUrl = v.pipe(
    v.string(),
    v.check(
      (url) =>
        /^data:image\/[a-z0-9.+-]{1,40};base64,/i.test(url.slice(0, 80)) || isAllowedHost(url, imageHosts),
      "must be a data: URL of an image; images by address are not enabled here",
    ),
  );
  const textPart = v.strictObject({ type: v.literal("text"), text: v.string() });
  const parts = <const P extends v.VariantOptions<"type">>(options: P) =>
    v.pipe(
      v.array(v.variant("type", options)),
      v.minLength(1, "must not be empty"),
      v.maxLength(limits.contentParts, `must be at most ${limits.contentParts} parts`),
    );
  const textContent = v.union([v.string(), parts([textPart])]);
  const userContent = v.union([
    v.string(),
    parts([
      textPart,
      v.strictObject({
        type: v.literal("image_url"),
        image_url: v.strictObject({ url: imageUrl, detail: v.optional(v.picklist(["auto", "low", "high"])) }),
      }),
      v.strictObject({
        type: v.literal("input_audio"),
        input_audio: v.strictObject({ data: v.string(), format: v.picklist(["wav", "mp3"]) }),
      }),
      v.strictObject({
        type: v.literal("audio_url"),
        audio_url: v.strictObject({
          url: v.pipe(
            v.string(),
            v.check(
              (url) => /^data:audio\/[a-z0-9.+-]{1,40};base64,/i.test(url.slice(0, 80)),
              "must be a data: URL of audio",
            ),
          ),
        }),
      }),
    ]),
  ]);

  const name = v.nullish(shortText);
  const calledFunction = v.strictObject({ name: shortText, arguments: v.string() });
  const toolCalls = v.pipe(
    v.array(v.strictObject({ id: shortText, type: v.literal("function"), function: calledFunction })),
    v.maxLength(limits.tools, `must be at most ${limits.tools} calls`),
  );
  const message = v.variant("role", [
    v.strictObject({ role: v.literal("system"), content: textContent, name }),
    v.strictObject({ role: v.literal("developer"), content: textContent, name }),
    v.strictObject({ role: v.literal("user"), content: userContent, name }),
    v.strictObject({
      role: v.literal("assistant"),
      content: v.nullish(
        v.union([
          v.string(),
          parts([textPart, v.strictObject({ type: v.literal("refusal"), refusal: v.string() })]),
        ]),
      ),
      name,
      refusal: v.nullish(v.string()),
      tool_calls: v.nullish(toolCalls),
      function_call: v.nullish(calledFunction),
      audio: v.nullish(v.looseObject({ id: shortText })),
      // Members of an answer that callers put back as they got it. Dropped: the services do not take them.
      reasoning_content: v.optional(v.unknown()),
      content_filter_results: v.optional(v.unknown()),
      annotations: v.optional(v.unknown()),
      context: v.optional(v.unknown()),
    }),
    v.strictObject({ role: v.literal("tool"), tool_call_id: shortText, content: v.nullish(textContent) }),
    v.strictObject({ role: v.literal("function"), name: shortText, content: v.nullable(v.string()) }),
  ]);

  const functionDefinition = {
    name: v.pipe(
      v.string(),
      v.regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores"),
    ),
    description: v.nullish(v.string()),
    parameters: v.nullish(free),
  };
  const byName = v.strictObject({ name: shortText });

  return {
    messages: v.pipe(
      v.array(message),
      v.minLength(1, "must not be empty"),
      v.maxLength(limits.messages, `must be at most ${limits.messages} messages`),
    ),
    model: v.nullish(
      v.pipe(v.string(), v.nonEmpty("must not be empty"), v.maxLength(MAX_NAME_CHARS, "is too long")),
    ),
    stream: v.nullish(v.boolean()),
    stream_options: v.nullish(
      v.strictObject({ include_usage: v.nullish(v.boolean()), include_obfuscation: v.nullish(v.boolean()) }),
    ),
    frequency_penalty: v.nullish(between(-2, 2)),
    presence_penalty: v.nullish(between(-2, 2)),
    temperature: v.nullish(between(0, 2)),
    top_p: v.nullish(between(0, 1)),
    max_tokens: v.nullish(whole(0, limits.outputTokens)),
    max_completion_tokens: v.nullish(whole(0, limits.outputTokens)),
    n: v.nullish(whole(1, limits.choices)),
    seed: v.nullish(v.pipe(v.number(), v.integer("must be a whole number"))),
    stop: v.nullish(
      v.union([
        v.string(),
        v.pipe(
          v.array(v.string()),
          v.minLength(1, "must not be empty"),
          v.maxLength(MAX_STOPS, `must be at most ${MAX_STOPS}`),
        ),
      ]),
    ),
    logprobs: v.nullish(v.boolean()),
    top_logprobs: v.nullish(whole(0, 20)),
    logit_bias: v.nullish(
      v.record(v.pipe(v.string(), v.regex(/^\d{1,9}$/, "must be token numbers")), between(-100, 100)),
    ),
    response_format: v.nullish(
      v.variant("type", [
        v.strictObject({ type: v.literal("text") }),
        v.strictObject({ type: v.literal("json_object") }),
        v.strictObject({
          type: v.literal("json_schema"),
          json_schema: v.strictObject({
            name: shortText,
            description: v.nullish(v.string()),
            schema: v.nullish(free),
            strict: v.nullish(v.boolean()),
          }),
        }),
      ]),
    ),
    tools: v.nullish(
      v.pipe(
        v.array(
          v.strictObject({
            type: v.literal("function"),
            function: v.strictObject({ ...functionDefinition, strict: v.nullish(v.boolean()) }),
          }),
        ),
        v.maxLength(limits.tools, `must be at most ${limits.tools} tools`),
      ),
    ),
    tool_choice: v.nullish(
      v.union([
        v.picklist(["none", "auto", "required"]),
        v.strictObject({ type: v.literal("function"), function: byName }),
      ]),
    ),
    parallel_tool_calls: v.nullish(v.boolean()),
    functions: v.nullish(
      v.pipe(
        v.array(v.strictObject(functionDefinition)),
        v.maxLength(limits.tools, `must be at most ${limits.tools}`),
      ),
    ),
    function_call: v.nullish(v.union([v.picklist(["none", "auto"]), byName])),
    reasoning_effort: v.nullish(v.picklist(["none", "minimal", "low", "medium", "high", "xhigh"])),
    verbosity: v.nullish(v.picklist(["low", "medium", "high"])),
    modalities: v.nullish(
      v.pipe(v.array(v.picklist(["text", "audio"])), v.maxLength(2, "must be at most 2")),
    ),
    audio: v.nullish(
      v.strictObject({ voice: shortText, format: v.picklist(["wav", "mp3", "flac", "opus", "pcm16"]) }),
    ),
    prediction: v.nullish(v.strictObject({ type: v.literal("content"), content: textContent })),
    user: v.nullish(shortText),
    safety_identifier: v.nullish(shortText),
    prompt_cache_key: v.nullish(shortText),
    user_security_context: v.nullish(
      v.strictObject({
        application_name: v.nullish(shortText),
        end_user_id: v.nullish(shortText),
        end_user_tenant_id: v.nullish(shortText),
        source_ip: v.nullish(shortText),
      }),
    ),
    metadata: v.nullish(
      v.pipe(
        v.record(shortText, v.pipe(v.string(), v.maxLength(512, "must be at most 512 characters"))),
        v.check((all) => Object.keys(all).length <= MAX_METADATA, `must be at most ${MAX_METADATA} entries`),
      ),
    ),
    // Keeping answers at the service is the operator's decision, not the caller's.
    store: v.nullish(v.literal(false, "is not offered here: answers are not kept at the service")),
  };
}

function isAllowedHost(value: string, hosts: ReadonlySet<string>): boolean {
  if (hosts.size === 0 || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === "https:" && url.username === "" && url.port === "" && hosts.has(url.hostname);
}
