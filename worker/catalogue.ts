// What a project has, as its callers may know it: deployments from the configuration, connections of the
// configuration with what the service says of them. No credential, no target, no id of the operator's; and no list of
// the service's, which would tell what else the operator has.
import { readWholeAnswer } from "./answer.ts";
import { allowedModels, modelsAt } from "./authorize.ts";
import type { Config, Model, Upstream } from "./config.ts";
import { dispatch } from "./dispatch.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { createCancel } from "./forward.ts";
import { operations } from "./operations.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";
import type { Route } from "./routes.ts";
import { clientRequestId } from "./upstream.ts";

/** workerd allows six connections that wait for headers per request. */
const AT_ONCE = 5;

type Members = Readonly<Record<string, unknown>>;

export function describeDeployments(
  visit: Visit,
  { ids, name }: Route,
  config: Config,
  project: Upstream,
): Reply | Refusal {
  const models = allowedModels(visit.caller, config, project);
  if (name === "deployments") return json({ value: models.map(deployment) });
  const found = models.find((model) => model.name === ids.deployment);
  return found === undefined ? refuse("model_unknown") : json(deployment(found));
}

function deployment({ name, type }: Model) {
  const capability = type === "chat-completion" ? "chat_completion" : type;
  return {
    type: "ModelDeployment",
    name,
    modelName: name,
    modelVersion: "",
    modelPublisher: "latchkey",
    capabilities: { [capability]: "true" },
    sku: { name: "", capacity: 0 },
  };
}

export async function describeConnections(
  surroundings: Surroundings,
  visit: Visit,
  route: Route,
  project: Upstream,
): Promise<Reply | Refusal> {
  if (project.kind !== "projects") return refuse("operation_not_offered");
  const { searchParams } = visit.url;
  if (route.name === "connection") {
    const wanted = route.ids.connection!;
    if (!project.connections.has(wanted)) return refuse("object_unknown");
    const found = await connection(surroundings, visit, project, wanted);
    return found.ok ? json(found.members) : found;
  }
  const names = [...project.connections.keys()];
  const value: Members[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    for (const found of await Promise.all(some.map((one) => connection(surroundings, visit, project, one)))) {
      if (found.ok) value.push(found.members);
      else if (found.seen?.upstream_status !== 404) return found;
    }
  }
  const type = searchParams.get("connectionType");
  const isDefault = searchParams.get("defaultConnection") === "true";
  return json({
    value: value.filter(
      (one) => (type === null || one.type === type) && (!isDefault || one.isDefault === true),
    ),
  });
}

async function connection(
  surroundings: Surroundings,
  visit: Visit,
  upstream: Upstream,
  name: string,
): Promise<{ ok: true; members: Members } | Refusal> {
  const { config } = surroundings;
  const models = modelsAt(visit.caller, upstream, config);
  const { headersMs, wholeMs } = config.deadlines;
  const cancel = createCancel(visit.request.signal);
  try {
    const answered = await dispatch(
      surroundings,
      visit,
      {
        operation: operations.named_get,
        method: "GET",
        path: "/connections/{connection}",
        ids: { connection: name },
        query: [],
        upstream,
        model: undefined,
        body: undefined,
        range: undefined,
        clientId: clientRequestId(visit.request.headers, visit.requestId),
      },
      { upstream, models, headersMs, cancel },
    );
    if (!answered.ok) return answered;
    const whole = await readWholeAnswer(answered.response, {
      proof: "nothing",
      upstream,
      models,
      secrets: answered.secrets,
      answerBytes: config.limits.answerBytes,
      wholeMs,
    });
    return whole.ok ? { ok: true, members: described(name, whole.answer) } : whole;
  } finally {
    cancel.release();
  }
}

const word = (value: unknown) => (typeof value === "string" && /^[\w-]{1,64}$/.test(value) ? value : "");

function described(name: string, { type, isDefault, credentials }: Members): Members {
  return {
    name,
    id: name,
    type: word(type),
    target: "",
    isDefault: isDefault === true,
    credentials: { type: word(Object(credentials).type) || "None" },
    metadata: {},
  };
}
