// Tools that run at the service, once the configuration names them. Each takes its known members only: containers
// and skills by id may be another caller's, and addresses are held against the configured hosts.
import * as v from "valibot";
import type { Config } from "./config.ts";
import {
  asUnderstood,
  atMost,
  between,
  type Entries,
  free,
  imageAddress,
  isAllowedHost,
  objectId,
  shortText,
  textUpTo,
  whole,
} from "./schema-parts.ts";

type Settings = Pick<Config, "imageHosts" | "mcpHosts" | "vectorStores">;

const texts = (most: number) => atMost(most, "entries", v.array(shortText));

// "auto" makes a fresh container; its files are checked against the caller's own elsewhere.
const fresh = {
  file_ids: v.nullish(atMost(50, "files", v.array(objectId))),
  memory_limit: v.nullish(v.picklist(["1g", "4g", "16g", "64g"])),
};

const comparison = v.strictObject({
  type: v.picklist(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]),
  key: shortText,
  value: v.union([
    v.string(),
    v.number(),
    v.boolean(),
    atMost(100, "values", v.array(v.union([v.string(), v.number()]))),
  ]),
});
const filter: v.GenericSchema = v.union([
  comparison,
  v.strictObject({
    type: v.picklist(["and", "or"]),
    filters: atMost(100, "filters", v.array(v.lazy(() => filter))),
  }),
]);

const webSearch: Entries = {
  search_context_size: v.nullish(v.picklist(["low", "medium", "high"])),
  user_location: v.nullish(
    v.strictObject({
      type: v.nullish(v.literal("approximate")),
      city: v.nullish(shortText),
      country: v.nullish(shortText),
      region: v.nullish(shortText),
      timezone: v.nullish(shortText),
    }),
  ),
  filters: v.nullish(v.strictObject({ allowed_domains: v.nullish(texts(100)) })),
  external_web_access: v.nullish(v.boolean()),
};

const computer: Entries = {
  display_width: v.nullish(whole(1, 10_000)),
  display_height: v.nullish(whole(1, 10_000)),
  environment: v.nullish(v.picklist(["windows", "mac", "linux", "ubuntu", "browser"])),
};

const shell: Entries = {
  environment: v.nullish(
    v.variant("type", [
      v.strictObject({ type: v.literal("container_auto"), ...fresh }),
      v.strictObject({ type: v.literal("local") }),
    ]),
  ),
};

const mcpTools = v.strictObject({ tool_names: v.nullish(texts(256)), read_only: v.nullish(v.boolean()) });

/** The schema of an enabled tool; of a type that isn't known here, nothing but the type is taken. */
export function serverTools({ imageHosts, mcpHosts, vectorStores }: Settings) {
  const known: Readonly<Record<string, Entries>> = {
    shell,
    file_search: {
      vector_store_ids: v.nullish(
        v.array(
          v.pipe(
            v.string(),
            v.check((id) => vectorStores.has(id), "must name only vector stores that are enabled here"),
          ),
        ),
      ),
      max_num_results: v.nullish(whole(1, 50)),
      ranking_options: v.nullish(
        v.strictObject({
          ranker: v.nullish(shortText),
          score_threshold: v.nullish(between(0, 1)),
          hybrid_search: v.nullish(
            v.strictObject({ embedding_weight: between(0, 1000), text_weight: between(0, 1000) }),
          ),
        }),
      ),
      filters: v.nullish(v.pipe(free as v.GenericSchema, filter)),
    },
    code_interpreter: { container: v.nullish(v.strictObject({ type: v.literal("auto"), ...fresh })) },
    image_generation: {
      action: v.nullish(shortText),
      background: v.nullish(shortText),
      input_fidelity: v.nullish(shortText),
      input_image_mask: v.nullish(
        v.strictObject({ image_url: v.nullish(imageAddress(imageHosts)), file_id: v.nullish(objectId) }),
      ),
      moderation: v.nullish(shortText),
      output_compression: v.nullish(whole(0, 100)),
      output_format: v.nullish(shortText),
      partial_images: v.nullish(whole(0, 3)),
      quality: v.nullish(shortText),
      size: v.nullish(shortText),
    },
    mcp: {
      server_label: shortText,
      server_url: v.pipe(
        v.string(),
        v.check((url) => isAllowedHost(url, mcpHosts), "must name an MCP server that is enabled here"),
        v.transform(asUnderstood),
      ),
      server_description: v.nullish(v.string()),
      headers: v.nullish(atMost(32, "headers", v.record(shortText, textUpTo(8192)))),
      authorization: v.nullish(textUpTo(8192)),
      allowed_tools: v.nullish(v.union([texts(256), mcpTools])),
      require_approval: v.nullish(
        v.union([
          v.picklist(["always", "never"]),
          v.strictObject({ always: v.nullish(mcpTools), never: v.nullish(mcpTools) }),
        ]),
      ),
    },
  };
  const entriesOf = (type: string): Entries => {
    if (/^web_search(_|$)/.test(type)) return webSearch;
    if (/^computer(_|$)/.test(type)) return computer;
    return Object.hasOwn(known, type) ? known[type]! : {};
  };
  return (type: string) => v.strictObject({ type: v.literal(type), ...entriesOf(type) });
}
