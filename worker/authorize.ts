// May this caller use this model? The name is looked up in the configured table and nowhere else;
// what reaches the upstream is the table's text, never the caller's. Pure.
import type { Caller } from "./authenticate.ts";
import type { Config, Model, Upstream } from "./config.ts";
import { type Refusal, refuse } from "./refusals.ts";

export function authorize(
  caller: Caller,
  wanted: string | undefined,
  config: Config,
  project?: Upstream,
): { ok: true; model: Model } | Refusal {
  const allowed = allowedModels(caller, config, project);
  // The model inference API lets `model` be absent where an endpoint has one model; so does this.
  if (wanted === undefined) {
    return allowed.length === 1
      ? { ok: true, model: allowed[0]! }
      : refuse("model_required", { param: "model" });
  }
  const model = config.models.get(wanted);
  if (model === undefined) return refuse("model_unknown", { param: "model" });
  const found = allowed.find(({ name }) => name === wanted);
  if (found !== undefined) return { ok: true, model: found };
  const known = project === undefined || deploymentIn(project, model) !== undefined;
  return refuse(known ? "model_not_allowed" : "model_unknown", { param: "model" });
}

/** Of a project: the models that it has, as it calls them. */
export function allowedModels(caller: Caller, config: Config, project?: Upstream): Model[] {
  const allowed = [...config.models.values()].filter(({ name }) => caller.models?.has(name) ?? true);
  if (project === undefined) return allowed;
  return allowed.flatMap((model) => {
    const deployment = deploymentIn(project, model);
    if (deployment === undefined) return [];
    const places = [{ upstream: project, deployment, priority: 1, weight: 1 }];
    return [{ ...model, upstream: project, deployment, places }];
  });
}

function deploymentIn(project: Upstream, { name, places }: Model): string | undefined {
  const own = places.find((one) => one.upstream.name === project.name);
  return project.deployments.get(name) ?? own?.deployment;
}

/** What this service is asked for on the caller's behalf: the models whose deployments it may name. */
export function modelsAt(caller: Caller, upstream: Upstream, config: Config): Model[] {
  return allowedModels(caller, config, upstream);
}
