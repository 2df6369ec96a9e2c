// What may be said of agents, threads, messages, runs and vector stores. Members and bounds are the service's. Ids are
// checked against the caller's own objects elsewhere, connections against those of the project.
import * as v from "valibot";
import {
  agentTool,
  dataSources,
  files,
  mcpHeaders,
  oneDataSource,
  storeConfiguration,
  type ToolSettings,
  toolResources,
} from "./agent-tool-schema.ts";
import type { Config } from "./config.ts";
import {
  atMost,
  between,
  free,
  imageAddress,
  metadata,
  modelName,
  objectId,
  shortText,
  textUpTo,
  whole,
} from "./schema-parts.ts";

const MAX_INSTRUCTIONS = 256_000;
const MAX_STORE_FILES = 10_000;
const MAX_BATCH_FILES = 500;

export type AgentSettings = ToolSettings & Pick<Config, "imageHosts">;

const instructions = v.nullish(textUpTo(MAX_INSTRUCTIONS));
const temperature = v.nullish(between(0, 2));
const topP = v.nullish(between(0, 1));

const responseFormat = v.nullish(
  v.union([
    v.picklist(["auto", "none"]),
    v.strictObject({ type: v.picklist(["text", "json_object"]) }),
    v.strictObject({
      type: v.literal("json_schema"),
      json_schema: v.strictObject({
        name: shortText,
        description: v.nullish(v.string()),
        schema: free,
        strict: v.nullish(v.boolean()),
      }),
    }),
  ]),
);

const toolChoice = v.nullish(
  v.union([
    v.picklist(["none", "auto", "required"]),
    v.strictObject({
      type: v.pipe(v.string(), v.regex(/^[a-z_]{1,64}$/, "must be a type of tool")),
      function: v.nullish(v.strictObject({ name: shortText })),
    }),
  ]),
);

export function agentMembers(settings: AgentSettings) {
  return {
    model: modelName,
    name: v.nullish(shortText),
    description: v.nullish(textUpTo(512)),
    instructions,
    tools: v.nullish(atMost(settings.limits.tools, "tools", v.array(agentTool(settings)))),
    tool_resources: v.nullish(toolResources(settings)),
    temperature,
    top_p: topP,
    response_format: responseFormat,
    metadata,
  };
}

function message(settings: AgentSettings) {
  const { limits, imageHosts } = settings;
  const detail = v.nullish(v.picklist(["auto", "low", "high"]));
  const parts = atMost(
    limits.contentParts,
    "parts",
    v.array(
      v.variant("type", [
        v.strictObject({ type: v.literal("text"), text: v.string() }),
        v.strictObject({
          type: v.literal("image_file"),
          image_file: v.strictObject({ file_id: objectId, detail }),
        }),
        v.strictObject({
          type: v.literal("image_url"),
          image_url: v.strictObject({ url: imageAddress(imageHosts), detail }),
        }),
      ]),
    ),
  );
  return {
    role: v.picklist(["user", "assistant"]),
    content: v.union([v.string(), parts]),
    attachments: v.nullish(
      atMost(
        100,
        "attachments",
        v.array(
          v.strictObject({
            file_id: v.nullish(objectId),
            data_source: v.nullish(oneDataSource(settings)),
            tools: atMost(
              2,
              "tools",
              v.array(v.strictObject({ type: v.picklist(["code_interpreter", "file_search"]) })),
            ),
          }),
        ),
      ),
    ),
    metadata,
  };
}

const messages = (settings: AgentSettings) =>
  atMost(settings.limits.messages, "messages", v.array(v.strictObject(message(settings))));

const threadMembers = (settings: AgentSettings) => ({
  messages: v.nullish(messages(settings)),
  tool_resources: v.nullish(toolResources(settings)),
  metadata,
});

function runOptions(settings: AgentSettings) {
  const { limits } = settings;
  return {
    assistant_id: objectId,
    model: modelName,
    instructions,
    tools: v.nullish(atMost(limits.tools, "tools", v.array(agentTool(settings)))),
    stream: v.nullish(v.boolean()),
    temperature,
    top_p: topP,
    max_prompt_tokens: v.nullish(whole(1, 10_000_000)),
    max_completion_tokens: v.nullish(whole(1, limits.outputTokens)),
    truncation_strategy: v.nullish(
      v.strictObject({
        type: v.picklist(["auto", "last_messages"]),
        last_messages: v.nullish(whole(1, 10_000)),
      }),
    ),
    tool_choice: toolChoice,
    response_format: responseFormat,
    parallel_tool_calls: v.nullish(v.boolean()),
    metadata,
  };
}

const outputMembers = ({ limits, serverTools }: AgentSettings) => ({
  ...(serverTools.has("mcp")
    ? {
        tool_approvals: v.nullish(
          atMost(
            limits.tools,
            "approvals",
            v.array(v.strictObject({ tool_call_id: shortText, approve: v.boolean(), headers: mcpHeaders })),
          ),
        ),
      }
    : {}),
  tool_outputs: v.nullish(
    atMost(
      limits.tools,
      "outputs",
      v.array(v.strictObject({ tool_call_id: v.nullish(shortText), output: v.nullish(v.string()) })),
    ),
  ),
  stream: v.nullish(v.boolean()),
});

const expiry = v.nullish(v.strictObject({ anchor: v.literal("last_active_at"), days: whole(1, 365) }));
const chunking = v.nullish(
  v.variant("type", [
    v.strictObject({ type: v.literal("auto") }),
    v.strictObject({
      type: v.literal("static"),
      static: v.strictObject({
        max_chunk_size_tokens: whole(100, 4096),
        chunk_overlap_tokens: whole(0, 2048),
      }),
    }),
  ]),
);

/** The bodies of agents' operations, by operation. */
export function agentSurfaceBodies(settings: AgentSettings) {
  const sources = v.nullish(dataSources(settings));
  return {
    agent_create: agentMembers(settings),
    agent_update: agentMembers(settings),
    thread_create: threadMembers(settings),
    thread_update: { tool_resources: v.nullish(toolResources(settings)), metadata },
    thread_run: {
      ...runOptions(settings),
      thread: v.nullish(v.strictObject(threadMembers(settings))),
      tool_resources: v.nullish(toolResources(settings)),
    },
    message_create: message(settings),
    message_update: { metadata },
    run_create: {
      ...runOptions(settings),
      additional_instructions: instructions,
      additional_messages: v.nullish(messages(settings)),
      tool_resources: v.nullish(toolResources(settings)),
    },
    run_update: { metadata },
    run_submit: outputMembers(settings),
    store_create: {
      file_ids: v.nullish(files(MAX_STORE_FILES)),
      name: v.nullish(shortText),
      configuration: v.nullish(storeConfiguration(settings)),
      expires_after: expiry,
      chunking_strategy: chunking,
      metadata,
    },
    store_update: { name: v.nullish(shortText), expires_after: expiry, metadata },
    // One generated client writes `data_sources` for a single file.
    entry_create: {
      file_id: v.nullish(objectId),
      data_source: v.nullish(oneDataSource(settings)),
      data_sources: sources,
      chunking_strategy: chunking,
    },
    entries_create: {
      file_ids: v.nullish(files(MAX_BATCH_FILES)),
      data_sources: sources,
      chunking_strategy: chunking,
    },
  };
}
