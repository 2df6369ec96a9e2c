// The models that a caller may use, as it may know them. The proxy's own answers: nothing is fetched.
import type { Caller } from "./authenticate.ts";
import { allowedModels, authorize } from "./authorize.ts";
import type { Config, Model, Upstream } from "./config.ts";
import { isProject } from "./config-schema.ts";
import type { Price } from "./prices.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";

const MICROS = 1_000_000;

/** The list that OpenAI's clients read, of what this caller may use. The proxy's own answer: nothing is fetched. */
export function modelList(caller: Caller, config: Config, project: Upstream | undefined) {
  return { object: "list", data: allowedModels(caller, config, project).map(modelEntry) };
}

/** By these names callers reach projects: `/api/projects/<name>`. */
export function projectList({ upstreams }: Config) {
  const projects = [...upstreams.values()].filter(({ kind }) => isProject(kind));
  return { value: projects.map(({ name }) => ({ name })) };
}

/** OpenAI's four members, and what the operator has said of the model: what it can do, and what it costs. */
function modelEntry({ name, capabilities, price }: Model) {
  return {
    ...{ id: name, object: "model", created: 0, owned_by: "latchkey" },
    ...(capabilities === undefined ? {} : { capabilities }),
    ...(price === undefined ? {} : { price: priceEntry(price) }),
  };
}

/** Per million tokens, in the currency of the configuration. Who has a budget of money may know what takes from it. */
function priceEntry({ input, cachedInput = input, output, perCall = 0 }: Price) {
  return {
    input: input / MICROS,
    cached_input: cachedInput / MICROS,
    output: output / MICROS,
    per_call: perCall / MICROS,
  };
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
