// What the bodies of operations on kept objects may say: batches, fine-tuning jobs, conversations. Members that
// make the service call somebody else's address (integrations, graders) are not among them.
import * as v from "valibot";
import type { Config } from "./config.ts";
import { inputItem } from "./response-schema.ts";
import { atMost, between, listUpTo, metadata, modelName, objectId, whole } from "./schema-parts.ts";

/** Where a batch may send its lines: what a caller may call directly, too. */
export const BATCH_ENDPOINTS = ["/chat/completions", "/completions", "/embeddings", "/responses"] as const;

/** Most items that may be added to a conversation at once, as OpenAI has it. */
const MAX_ITEMS = 20;

const expiry = v.nullish(
  v.strictObject({ anchor: v.literal("created_at"), seconds: whole(3600, 2_592_000) }),
);

export const batchMembers = () => ({
  // Only npm openai's deployment prefix makes this one meaningful; the service takes none.
  model: modelName,
  input_file_id: objectId,
  endpoint: v.picklist(BATCH_ENDPOINTS.flatMap((path) => [path, `/v1${path}` as const])),
  completion_window: v.literal("24h"),
  metadata,
  output_expires_after: expiry,
});

const autoOr = (number: v.GenericSchema) => v.nullish(v.union([v.literal("auto"), number]));

const hyperparameters = v.nullish(
  v.strictObject({
    n_epochs: autoOr(whole(1, 50)),
    batch_size: autoOr(whole(1, 256)),
    learning_rate_multiplier: autoOr(between(0, 100)),
    beta: autoOr(between(0, 2)),
  }),
);

export const jobMembers = () => ({
  model: modelName,
  training_file: objectId,
  validation_file: v.nullish(objectId),
  suffix: v.nullish(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, . _ -"))),
  seed: v.nullish(whole(0, 2_147_483_647)),
  hyperparameters,
  method: v.nullish(
    v.variant("type", [
      v.strictObject({
        type: v.literal("supervised"),
        supervised: v.nullish(v.strictObject({ hyperparameters })),
      }),
      v.strictObject({ type: v.literal("dpo"), dpo: v.nullish(v.strictObject({ hyperparameters })) }),
    ]),
  ),
  metadata,
});

type Settings = Pick<Config, "limits" | "imageHosts" | "fileHosts">;

export const conversationMembers = (settings: Settings) => ({
  items: v.nullish(atMost(MAX_ITEMS, "items", v.array(inputItem(settings)))),
  metadata,
});

export const conversationChangeMembers = () => ({ metadata });

export const itemMembers = (settings: Settings) => ({
  items: listUpTo(inputItem(settings), MAX_ITEMS, "items"),
});
