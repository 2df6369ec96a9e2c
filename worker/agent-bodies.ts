// The bodies of everything on the agents' surface: agents and runs, today's named agents, evaluations.
import * as v from "valibot";
import type { AgentOperationName } from "./agent-operations.ts";
import { type AgentSettings, agentSurfaceBodies } from "./agent-schema.ts";
import type { Config } from "./config.ts";
import { responseOptions } from "./response-schema.ts";
import {
  atMost,
  between,
  type Entries,
  free,
  metadata,
  modelName,
  shortText,
  textUpTo,
} from "./schema-parts.ts";

/** Names are part of a path here and at the service. */
const agentName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/, "must be 1 to 63 letters, digits or dashes"),
);

/** Today's agents: a prompt with a model and tools. Other kinds are the operator's containers and workflows. */
function versionMembers(settings: Config) {
  const { tools, tool_choice, text, reasoning } = responseOptions(settings);
  return {
    description: v.nullish(textUpTo(512)),
    metadata,
    definition: v.strictObject({
      kind: v.literal("prompt"),
      model: modelName,
      instructions: v.nullish(textUpTo(256_000)),
      temperature: v.nullish(between(0, 2)),
      top_p: v.nullish(between(0, 1)),
      tools,
      tool_choice,
      text,
      reasoning,
      structured_inputs: v.nullish(atMost(64, "inputs", v.record(shortText, free))),
    }),
  };
}

const texts = v.nullish(atMost(16, "entries", v.record(shortText, shortText)));
const evaluationWords = {
  displayName: v.nullish(shortText),
  description: v.nullish(textUpTo(512)),
  tags: texts,
  properties: texts,
};

/** Evaluators are the service's own, their settings plain values: none may name an address. */
function evaluationMembers({ dataAssets }: AgentSettings) {
  const plain = v.union([
    v.number(),
    v.boolean(),
    v.pipe(
      shortText,
      v.check((text) => !/:\/\//.test(text), "must not be an address"),
    ),
  ]);
  const evaluator = v.strictObject({
    id: v.pipe(
      v.string(),
      v.regex(
        /^(azureai:\/\/built-in\/evaluators\/[\w-]{1,64}|azureml:\/\/registries\/azureml(-staging)?\/models\/[\w-]{1,128}\/versions\/\d{1,6})$/,
        "must be an evaluator of the service's own",
      ),
    ),
    initParams: v.nullish(atMost(32, "entries", v.record(shortText, plain))),
    dataMapping: v.nullish(
      atMost(32, "entries", v.record(shortText, v.pipe(v.string(), v.regex(/^\$\{[\w.]{1,128}\}$/)))),
    ),
  });
  return {
    data: v.strictObject({
      // azure-ai-projects 1.0.0b10 for Python leaves it out. Telemetry has other members, which are none of these.
      type: v.optional(v.literal("dataset")),
      id: v.pipe(
        v.string(),
        v.check((id) => dataAssets.has(id), "must be data that is enabled here"),
      ),
    }),
    evaluators: atMost(32, "evaluators", v.record(shortText, evaluator)),
    ...evaluationWords,
  };
}

export function agentBodies(config: Config): Partial<Record<AgentOperationName, Entries>> {
  const version = versionMembers(config);
  return {
    ...agentSurfaceBodies(config),
    named_create: { name: agentName, ...version },
    named_update: version,
    version_create: version,
    evaluation_create: evaluationMembers(config),
    evaluation_update: evaluationWords,
  };
}
