// What a chat request may say: the members that the services document (model inference, Azure OpenAI), with
// their types and bounds. An allowlist at every depth that has a shape; only JSON schemas are free inside.
import * as v from "valibot";
import type { Config } from "./config.ts";
import {
  asUnderstood,
  atMost,
  between,
  bytesAsText,
  free,
  imageAddress,
  isAllowedHost,
  logitBias,
  metadata,
  modelName,
  shortText,
  whole,
} from "./schema-parts.ts";

const MAX_STOPS = 16;

/** The members of a chat request, for one configuration. */
export function chatMembers({
  limits,
  imageHosts,
  dataSourceHosts,
}: Pick<Config, "limits" | "imageHosts" | "dataSourceHosts">) {
  const imageUrl = imageAddress(imageHosts);
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
        input_audio: v.strictObject({ data: bytesAsText, format: v.picklist(["wav", "mp3"]) }),
      }),
      // Its bytes only: an id would have to be the caller's.
      v.strictObject({
        type: v.literal("file"),
        file: v.strictObject({
          filename: v.nullish(shortText),
          file_data: bytesAsText,
        }),
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
      v.pipe(
        v.array(message),
        v.minLength(1, "must not be empty"),
        v.transform((messages) => messages.map(withoutNulls)),
      ),
    ),
    model: modelName,
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
    logit_bias: v.nullish(logitBias),
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
    metadata,
    // Keeping answers at the service is the operator's decision, not the caller's.
    store: v.nullish(v.literal(false, "is not offered here: answers are not kept at the service")),
    // On your data: the service searches with the operator's identity, so only where the operator has said.
    ...(dataSourceHosts.size === 0
      ? {}
      : {
          data_sources: v.nullish(
            atMost(1, "", v.pipe(v.array(dataSource(dataSourceHosts)), v.length(1, "must be one"))),
          ),
        }),
  };
}

const NEVER_SENT = new Set(["reasoning_content", "content_filter_results", "annotations", "context"]);

/** `null` and absent mean the same to every service but not to every version of it. An assistant's `content` stays. */
function withoutNulls(message: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(message).filter(
      ([member, one]) =>
        !NEVER_SENT.has(member) && one !== undefined && (one !== null || member === "content"),
    ),
  );
}

const dataSource = (hosts: ReadonlySet<string>) =>
  v.strictObject({
    type: v.picklist(["azure_search", "elasticsearch", "mongo_db"]),
    parameters: v.pipe(
      free,
      v.check(
        (parameters) => endpoints(parameters).every((endpoint) => isEndpointOf(endpoint, hosts)),
        "must name only endpoints that are enabled here",
      ),
      v.transform((parameters) => withEndpoints(parameters) as Record<string, unknown>),
    ),
  });

/** Every `endpoint` at any depth: also an embedding dependency has one. */
function endpoints(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, one]) => (member === "endpoint" ? [one] : endpoints(one)));
}

/** Each as it was understood: what was checked is what is sent. */
function withEndpoints(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withEndpoints);
  return Object.fromEntries(
    Object.entries(value).map(([member, one]) => [
      member,
      member === "endpoint" && typeof one === "string" ? asUnderstood(one) : withEndpoints(one),
    ]),
  );
}

function isEndpointOf(endpoint: unknown, hosts: ReadonlySet<string>): boolean {
  if (typeof endpoint !== "string") return false;
  // MongoDB's endpoint is a bare host.
  return hosts.has(endpoint) || isAllowedHost(endpoint, hosts);
}
