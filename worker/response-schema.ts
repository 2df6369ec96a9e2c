// What a request to the Responses API may say. Tools that run at the service, and everything that it would
// fetch, are off until the configuration names them. Ids are checked against the caller's own objects elsewhere.
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
  listUpTo,
  metadata,
  modelName,
  objectId,
  shortText,
  textUpTo,
  whole,
} from "./schema-parts.ts";
import { serverTools as createServerTools } from "./server-tool-schema.ts";

const MAX_TOOL_CALLS = 128;

type ItemSettings = Pick<Config, "limits" | "imageHosts" | "fileHosts">;
type Settings = ItemSettings & Pick<Config, "serverTools" | "mcpHosts" | "vectorStores">;

/** An item of `input`, or of a conversation: messages, function calls and their outputs, reasoning. */
export function inputItem({ limits, imageHosts, fileHosts }: ItemSettings) {
  const fileAddress = v.pipe(
    v.string(),
    v.check(
      (url) => isAllowedHost(url, fileHosts),
      "is not enabled here: send file_data or an uploaded file",
    ),
    v.transform(asUnderstood),
  );
  const parts = atMost(
    limits.contentParts,
    "parts",
    v.array(
      v.variant("type", [
        v.strictObject({ type: v.literal("input_text"), text: v.string() }),
        v.strictObject({
          type: v.literal("input_image"),
          image_url: v.nullish(imageAddress(imageHosts)),
          file_id: v.nullish(objectId),
          detail: v.nullish(v.picklist(["auto", "low", "high", "original"])),
        }),
        v.strictObject({
          type: v.literal("input_file"),
          file_id: v.nullish(objectId),
          filename: v.nullish(shortText),
          file_data: v.nullish(bytesAsText),
          file_url: v.nullish(fileAddress),
        }),
        v.strictObject({
          type: v.literal("output_text"),
          text: v.string(),
          // What an earlier answer cited may be put back, but is not sent on: it names files and addresses.
          annotations: v.pipe(
            v.optional(v.unknown()),
            v.transform(() => []),
          ),
          logprobs: v.pipe(
            v.optional(v.unknown()),
            v.transform(() => undefined),
          ),
        }),
        v.strictObject({ type: v.literal("refusal"), refusal: v.string() }),
      ]),
    ),
  );
  const content = v.union([v.string(), parts]);
  const status = v.nullish(v.picklist(["in_progress", "completed", "incomplete"]));
  // An item of an earlier answer may be put back, but its id is not sent on: the service might know whose it was.
  const id = v.pipe(
    v.nullish(objectId),
    v.transform(() => undefined),
  );
  const typed = v.variant("type", [
    v.strictObject({
      type: v.literal("message"),
      role: v.picklist(["user", "assistant", "system", "developer"]),
      content,
      phase: v.nullish(shortText),
      id,
      status,
    }),
    v.strictObject({
      type: v.literal("function_call"),
      call_id: shortText,
      name: shortText,
      arguments: v.string(),
      id,
      status,
    }),
    v.strictObject({
      type: v.literal("function_call_output"),
      call_id: shortText,
      output: content,
      id,
      status,
    }),
    v.strictObject({
      type: v.literal("custom_tool_call"),
      call_id: shortText,
      name: shortText,
      input: v.string(),
      id,
      status,
    }),
    v.strictObject({
      type: v.literal("custom_tool_call_output"),
      call_id: shortText,
      output: content,
      id,
      status,
    }),
    v.strictObject({
      type: v.literal("reasoning"),
      summary: atMost(
        limits.contentParts,
        "parts",
        v.array(v.strictObject({ type: v.literal("summary_text"), text: v.string() })),
      ),
      content: v.nullish(
        atMost(
          limits.contentParts,
          "parts",
          v.array(v.strictObject({ type: v.literal("reasoning_text"), text: v.string() })),
        ),
      ),
      encrypted_content: v.nullish(v.string()),
      id,
      status,
    }),
  ]);
  // A message may leave its type out; with it, one variant decides and can say what is wrong.
  return v.pipe(
    v.custom<Record<string, unknown>>(
      (item) => typeof item === "object" && item !== null,
      "must be an object",
    ),
    v.transform(
      (item): Record<string, unknown> => (Object.hasOwn(item, "type") ? item : { ...item, type: "message" }),
    ),
    typed,
  );
}

/** What a request says of the model's tools and answer; an agent's definition says it once for all. */
export function responseOptions(settings: Settings) {
  const { limits } = settings;
  return {
    tools: v.nullish(atMost(limits.tools, "tools", v.array(tool(settings)))),
    tool_choice: v.nullish(v.union([v.picklist(["none", "auto", "required"]), toolChoice(settings)])),
    text: v.nullish(
      v.strictObject({
        format: v.nullish(
          v.variant("type", [
            v.strictObject({ type: v.literal("text") }),
            v.strictObject({ type: v.literal("json_object") }),
            v.strictObject({
              type: v.literal("json_schema"),
              name: shortText,
              description: v.nullish(v.string()),
              schema: free,
              strict: v.nullish(v.boolean()),
            }),
          ]),
        ),
        verbosity: v.nullish(v.picklist(["low", "medium", "high"])),
      }),
    ),
    reasoning: v.nullish(
      v.strictObject({
        effort: v.nullish(v.picklist(["none", "minimal", "low", "medium", "high", "xhigh"])),
        summary: v.nullish(v.picklist(["auto", "concise", "detailed"])),
        generate_summary: v.nullish(v.picklist(["auto", "concise", "detailed"])),
      }),
    ),
  };
}

/** One of today's agents, by its name. */
const agentReference = v.nullish(
  v.strictObject({
    type: v.literal("agent_reference"),
    name: objectId,
    version: v.nullish(objectId),
  }),
);

export function responseMembers(settings: Settings) {
  const { limits } = settings;
  return {
    ...responseOptions(settings),
    agent: agentReference,
    agent_reference: agentReference,
    model: modelName,
    input: v.nullish(v.union([v.string(), atMost(limits.messages, "items", v.array(inputItem(settings)))])),
    instructions: v.nullish(v.string()),
    previous_response_id: v.nullish(objectId),
    conversation: v.nullish(v.union([objectId, v.strictObject({ id: objectId })])),
    parallel_tool_calls: v.nullish(v.boolean()),
    max_output_tokens: v.nullish(whole(1, limits.outputTokens)),
    max_tool_calls: v.nullish(whole(1, MAX_TOOL_CALLS)),
    temperature: v.nullish(between(0, 2)),
    top_p: v.nullish(between(0, 1)),
    top_logprobs: v.nullish(whole(0, 20)),
    truncation: v.nullish(v.picklist(["auto", "disabled"])),
    include: v.nullish(atMost(16, "", v.array(include))),
    store: v.nullish(v.boolean()),
    background: v.nullish(v.boolean()),
    stream: v.nullish(v.boolean()),
    stream_options: v.nullish(v.strictObject({ include_obfuscation: v.nullish(v.boolean()) })),
    metadata,
    user: v.nullish(shortText),
    safety_identifier: v.nullish(shortText),
    prompt_cache_key: v.nullish(shortText),
  };
}

/** Members of an answer that may be asked for, in a body and in the query of GET /responses/{id}. */
export const INCLUDABLE = [
  "file_search_call.results",
  "web_search_call.results",
  "web_search_call.action.sources",
  "message.input_image.image_url",
  "computer_call_output.output.image_url",
  "code_interpreter_call.outputs",
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
] as const;
const include = v.picklist(INCLUDABLE);

function tool(settings: Settings): v.GenericSchema {
  const { serverTools } = settings;
  const callable = v.variant("type", [
    v.strictObject({
      type: v.literal("function"),
      name: v.pipe(
        v.string(),
        v.regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, dashes or underscores"),
      ),
      description: v.nullish(v.string()),
      parameters: v.nullish(free),
      strict: v.nullish(v.boolean()),
    }),
    v.strictObject({
      type: v.literal("custom"),
      name: shortText,
      description: v.nullish(v.string()),
      format: v.nullish(free),
    }),
  ]);
  if (serverTools.size === 0) return callable;
  const schemaOf = createServerTools(settings);
  const atService = new Map([...serverTools].map((type) => [type, schemaOf(type)]));
  return v.lazy((one) => atService.get(Object(one).type) ?? callable);
}

function toolChoice({ serverTools }: Settings) {
  const named = v.strictObject({ type: v.picklist(["function", "custom"]), name: shortText });
  const allowed = v.strictObject({
    type: v.literal("allowed_tools"),
    mode: v.picklist(["auto", "required"]),
    tools: listUpTo(named, MAX_TOOL_CALLS),
  });
  const atService = v.strictObject({
    type: v.pipe(
      textUpTo(64),
      v.check((type) => serverTools.has(type), "is not a tool enabled here"),
    ),
    server_label: v.nullish(shortText),
    name: v.nullish(shortText),
  });
  return v.union([named, allowed, atService]);
}
