// The models that a caller may use, as it may know them. The proxy's own answers: nothing is fetched.
import type { Caller } from "./authenticate.ts";
import { allowedModels, authorize } from "./authorize.ts";
import type { Config, Model, Upstream } from "./config.ts";
import { isProject } from "./config-schema.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";

/** The list that OpenAI's clients read, of what this caller may use. The proxy's own answer: nothing is fetched. */
export function modelList(caller: Caller, config: Config, project: Upstream | undefined) {
  return { object: "list", data: allowedModels(caller, config, project).map(modelEntry) };
}

/** By these names callers reach projects: `/api/projects/<name>`. */
export function projectList({ upstreams }: Config) {
  const projects = [...upstreams.values()].filter(({ kind }) => isProject(kind));
  return { value: projects.map(({ name }) => ({ name })) };
}

function modelEntry({ name }: Model) {
  return { id: name, object: "model", created: 0, owned_by: "latchkey" };
}

export function describeModel(
  caller: Caller,
  name: string,
  config: Config,
  project: Upstream | undefined,
): Reply | Refusal {
  const authorized = authorize(caller, name, config, project);
  // One that the caller may not use is not in its list either.
  return authorized.ok ? json(modelEntry(authorized.model)) : refuse("model_unknown", { param: "model" });
}

/** The model inference API describes one model per endpoint: here the first one the caller may use. */
export function modelInfo(caller: Caller, config: Config) {
  const [first] = allowedModels(caller, config);
  return {
    model_name: first?.name ?? "",
    model_type: first?.type ?? "chat-completion",
    model_provider_name: "latchkey",
  };
}
