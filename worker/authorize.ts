// May this caller use this model? The name is looked up in the configured table and nowhere else;
// what reaches the upstream is the table's text, never the caller's. Pure.
import type { Caller } from "./authenticate.ts";
import type { Config, Model, Upstream } from "./config.ts";
import { type Refusal, refuse } from "./refusals.ts";

export function authorize(
  caller: Caller,
  wanted: string | undefined,
  config: Config,
): { ok: true; model: Model } | Refusal {
  const allowed = allowedModels(caller, config);
  // The model inference API lets `model` be absent where an endpoint has one model; so does this.
  if (wanted === undefined) {
    return allowed.length === 1
      ? { ok: true, model: allowed[0]! }
      : refuse("model_required", { param: "model" });
  }
  const model = config.models.get(wanted);
  if (model === undefined) return refuse("model_unknown", { param: "model" });
  if (!allowed.includes(model)) return refuse("model_not_allowed", { param: "model" });
  return { ok: true, model };
}

export function allowedModels(caller: Caller, config: Config): Model[] {
  return [...config.models.values()].filter(({ name }) => caller.models?.has(name) ?? true);
}

/** What this service is asked for on the caller's behalf: the models whose deployments it may name. */
export function modelsAt(caller: Caller, upstream: Upstream, config: Config): Model[] {
  return allowedModels(caller, config).filter((model) => model.upstream.name === upstream.name);
}
