// What a chat request may say: the members that the services document (model inference, Azure OpenAI), with
// their types and bounds. An allowlist at every depth that has a shape; only JSON schemas are free inside.
import * as v from "valibot";
import type { Config } from "./config.ts";

/** Deepest nesting of the free parts (JSON schemas): beyond it, serialising could overflow the stack. */
const MAX_DEPTH = 64;
const MAX_NAME_CHARS = 256;
const MAX_STOPS = 16;
const MAX_METADATA = 16;
const MAX_BIASES = 1024;

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

/** A list, or an object as a list of entries, whose length is looked at before its items: a million would cost a second. */
function atMost<const S extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  max: number,
  things: string,
  schema: S,
) {
  const message = `must be at most ${max}${things === "" ? "" : ` ${things}`}`;
  const tooLong = v.pipe(
    v.custom<never>((value) => typeof value === "object"),
    v.check(() => false, message),
  );
  return v.lazy((input) => (lengthOf(input) > max ? tooLong : schema));
}

function lengthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

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
    // What was checked is what is sent: another parser might find another host in the text as it came.
    v.transform((url) => (/^data:/i.test(url) ? url : new URL(url).href)),
  );
  const textPart = v.strictObject({ type: v.literal("text"), text: v.string() });
  const parts = <const P extends v.VariantOptions<"type">>(options: P) =>
    atMost(
      limits.contentParts,
      "parts",
      v.pipe(v.array(v.variant("type", options)), v.minLength(1, "must not be empty")),
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
  const toolCalls = atMost(
    limits.tools,
    "calls",
    v.array(v.strictObject({ id: shortText, type: v.literal("function"), function: calledFunction })),
  );
  // An answer's audio is put back by its id; what else the answer said of it is dropped.
  const spoken = v.pipe(
    v.strictObject({
      id: shortText,
      data: v.optional(v.unknown()),
      expires_at: v.optional(v.unknown()),
      transcript: v.optional(v.unknown()),
    }),
    v.transform(({ id }) => ({ id })),
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
      audio: v.nullish(spoken),
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
    messages: atMost(
      limits.messages,
      "messages",
      v.pipe(v.array(message), v.minLength(1, "must not be empty")),
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
        atMost(MAX_STOPS, "", v.pipe(v.array(v.string()), v.minLength(1, "must not be empty"))),
      ]),
    ),
    logprobs: v.nullish(v.boolean()),
    top_logprobs: v.nullish(whole(0, 20)),
    logit_bias: v.nullish(
      atMost(
        MAX_BIASES,
        "entries",
        v.record(v.pipe(v.string(), v.regex(/^\d{1,9}$/, "must be token numbers")), between(-100, 100)),
      ),
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
      atMost(
        limits.tools,
        "tools",
        v.array(
          v.strictObject({
            type: v.literal("function"),
            function: v.strictObject({ ...functionDefinition, strict: v.nullish(v.boolean()) }),
          }),
        ),
      ),
    ),
    tool_choice: v.nullish(
      v.union([
        v.picklist(["none", "auto", "required"]),
        v.strictObject({ type: v.literal("function"), function: byName }),
      ]),
    ),
    parallel_tool_calls: v.nullish(v.boolean()),
    functions: v.nullish(atMost(limits.tools, "", v.array(v.strictObject(functionDefinition)))),
    function_call: v.nullish(v.union([v.picklist(["none", "auto"]), byName])),
    reasoning_effort: v.nullish(v.picklist(["none", "minimal", "low", "medium", "high", "xhigh"])),
    verbosity: v.nullish(v.picklist(["low", "medium", "high"])),
    modalities: v.nullish(atMost(2, "", v.array(v.picklist(["text", "audio"])))),
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
      atMost(
        MAX_METADATA,
        "entries",
        v.record(shortText, v.pipe(v.string(), v.maxLength(512, "must be at most 512 characters"))),
      ),
    ),
    // Keeping answers at the service is the operator's decision, not the caller's.
    store: v.nullish(v.literal(false, "is not offered here: answers are not kept at the service")),
  };
}

function isAllowedHost(value: string, hosts: ReadonlySet<string>): boolean {
  // What parsers disagree about (backslashes, control characters, missing slashes, user names) is not an address here.
  if (hosts.size === 0 || !/^https:\/\/[^\s\\\p{Cc}]+$/iu.test(value) || !URL.canParse(value)) return false;
  const { username, password, port, hostname } = new URL(value);
  return username === "" && password === "" && port === "" && hosts.has(hostname);
}
