// Request -> what is asked of which service, every part of it checked: the body, the model, the query, the objects
// that are named and whose they are. Nothing has been sent yet when this is done, and nothing is sent if it fails.
import type { Account } from "./account.ts";
import { allowedModels, authorize } from "./authorize.ts";
import { readJson } from "./body.ts";
import type { BodyCheck, CheckedBody } from "./body-check.ts";
import type { Config, Model, ModelPlace, Upstream } from "./config.ts";
import { oneRange } from "./download.ts";
import type { Visit } from "./exchange.ts";
import type { FormSpec } from "./form-check.ts";
import { type FormName, formSpecs } from "./form-schema.ts";
import type { Estimate } from "./ledger.ts";
import { type Operation, type OperationName, operations } from "./operations.ts";
import { hasRoom, type OwnedObject, type Ownership, type Reference } from "./ownership.ts";
import { applyPolicy, fieldCheck, limitsFor } from "./policy.ts";
import { inProjectsWords, lent, projectOf } from "./project.ts";
import { checkQuery } from "./query.ts";
import { agentReferences, bodyReferences, pathReferences } from "./references.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { Route } from "./routes.ts";
import { openUpload, type Pool, type Upload } from "./upload.ts";
import { type Asked, clientRequestId, type FormBody } from "./upstream.ts";
import { placesFor } from "./upstream-choice.ts";

/** One checked call, ready to be sent. */
export interface Call {
  readonly ok: true;
  readonly asked: Asked;
  /** Where it may go. Never empty; the first is what `asked` says. */
  readonly places: readonly ModelPlace[];
  readonly stream: boolean;
  readonly upload: Upload | undefined;
  /** The agents that the body names: the caller's own, and the operator's that it may run. */
  readonly agents: readonly OwnedObject[];
  /** A JSON body as it was checked, without its model. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Of a batch of a caller with a budget: what its lines may use together. */
  readonly lines?: Estimate;
  /** Of a caller with limits. */
  readonly account?: Account;
}

export interface AskRules {
  readonly config: Config;
  readonly checks: ReadonlyMap<OperationName, BodyCheck>;
  readonly forms: Readonly<Record<FormName, FormSpec>>;
  /** What uploads may hold back together. */
  readonly pool: Pool;
}

/** Checks everything about a request but the lines of a batch. `visit.entry` learns the model and the service. */
export async function ask(
  rules: AskRules,
  visit: Visit,
  route: Route & { readonly name: OperationName },
  ownership: Ownership,
): Promise<Call | Refusal> {
  const { request, url, entry } = visit;
  const operation = operations[route.name];
  const project = projectOf(rules.config, route.project);
  if (project !== undefined && "reason" in project) return project;
  const named = pathReferences(route.ids);
  if (!named.ok) return named;
  const queried = checkQuery(url.searchParams, operation.query ?? []);
  if (!queried.ok) return queried;

  const opened = await open(rules, visit, route, project);
  if (!opened.ok) return opened;
  const { body, upload, form, model } = opened;
  const refused = (refusal: Refusal): Refusal => {
    upload?.stop();
    return refusal;
  };

  // A name that is yet to be taken is nobody's; agent-names.ts sees to it.
  const inPath = operation.claims ? [] : named.references;
  const inBody = referencesOf(operation, body?.members ?? {});
  const found = await find([...inPath, ...inBody], ownership, (reference, index) =>
    project === undefined
      ? undefined
      : lent(reference, index < inPath.length, operation, { ...rules, caller: visit.caller, project }),
  );
  if ("reason" in found) return refused(found);
  const places = placesOf(rules.config, model, found, project);
  if ("reason" in places) return refused(places);
  const offering = places.filter(({ upstream: one }) => operation.kinds.includes(one.kind));
  const [first] = offering;
  if (first === undefined) return refused(refuse("operation_not_offered"));
  const { upstream } = first;
  const target = { operation: route.name, outputMember: model?.outputMember ?? "max_tokens" } as const;
  const applied = applyPolicy(visit.caller.rules, target, body?.members ?? {});
  if (!applied.ok) return refused(applied);
  let { members } = applied;
  if (operation.surface !== undefined && body !== undefined) {
    const told = inProjectsWords(members, upstream, visit.caller, rules.config);
    if (!told.ok) return told;
    members = told.members;
  }
  const makes = operation.creates !== undefined && !operation.claims && members.store !== false;
  if (makes && !(await hasRoom(ownership, rules.config.limits.objects)))
    return refused(refuse("objects_full"));

  const stream =
    body?.stream === true || queried.query.some(([member, value]) => member === "stream" && value === "true");
  entry.model = model?.name || undefined;
  entry.upstream = upstream.name;
  if (operation.ends !== undefined) entry.stream = stream;
  return {
    ok: true,
    stream,
    upload,
    members,
    agents: found.slice(inPath.length).filter(({ kind }) => kind === "agent" || kind === "agent_name"),
    places: offering,
    asked: {
      operation,
      method: route.method,
      path: route.path,
      ids: route.ids,
      query: queried.query,
      upstream,
      model: model && { ...model, upstream, deployment: first.deployment },
      body: form ?? (body && members),
      range: operation.answer === "bytes" ? oneRange(request.headers) : undefined,
      clientId: clientRequestId(request.headers, visit.requestId),
    },
  };
}

interface Opened {
  readonly ok: true;
  readonly body?: CheckedBody;
  readonly upload?: Upload;
  readonly form?: FormBody;
  readonly model?: Model;
}

/** Reads the body, a form only as far as needed, and settles which model is meant. */
async function open(
  { config, checks, forms, pool }: AskRules,
  { request, caller, entry }: Visit,
  { name, deployment }: Route & { readonly name: OperationName },
  project: Upstream | undefined,
): Promise<Opened | Refusal> {
  const { body: kind, model: runs } = operations[name];
  if (kind === "json") {
    const read = await readJson(request, { ...config, limits: limitsFor(caller.rules, config.limits) });
    if (!read.ok) return read;
    const checked = checks.get(name)!(read.value, request.headers.get("extra-parameters"));
    if (!checked.ok) return checked;
    const { body } = checked;
    const wanted = deployment ?? (runs === "definition" ? modelIn(body) : body.model);
    // What a run or a response doesn't say, its agent does.
    const isAgents = runs === "maybe" || "agent" in body.members || "agent_reference" in body.members;
    if (runs === undefined || (isAgents && wanted === undefined)) return { ok: true, body };
    const authorized = authorize(caller, wanted, config, project);
    return authorized.ok ? { ok: true, body, model: authorized.model } : authorized;
  }
  if (kind === "none") return { ok: true };

  const { choices, images } = caller.rules;
  const narrower = choices !== undefined || images !== undefined;
  const documented = narrower ? formSpecs(limitsFor(caller.rules, config.limits)) : forms;
  const spec = { ...documented[name as FormName], refuses: fieldCheck(caller.rules, name) };
  if (runs === undefined) {
    const opened = await openUpload(request, spec, config, { needsModel: false, pool });
    if (!opened.ok) return opened;
    const { upload } = opened;
    return {
      ok: true,
      upload,
      form: { contentType: upload.contentType, open: () => upload.body(() => undefined) },
    };
  }
  if (deployment !== undefined) {
    const authorized = authorize(caller, deployment, config, project);
    if (!authorized.ok) return authorized;
    const opened = await openUpload(request, spec, config, { needsModel: false, pool });
    return opened.ok ? withModel(opened.upload, authorized.model) : opened;
  }

  // Often a form names its model after the file. If all of the caller's models are at one service whose address does
  // not depend on the model, the file may go on before the name is known; otherwise it is held back.
  const models = allowedModels(caller, config, project);
  const activeOf = ({ places }: Model) => placesFor(places, undefined);
  const [home] = models.flatMap(activeOf);
  const byField = home?.upstream.kind === "openai" || home?.upstream.kind === "projects";
  const same =
    byField &&
    models.every((one) => {
      const [only, ...others] = activeOf(one);
      return others.length === 0 && only!.upstream === home.upstream;
    });
  const needsModel = models.length < 2 || !same;
  const whole = needsModel ? spec : { ...spec, required: [...spec.required, "model"] };
  const opened = await openUpload(request, whole, config, { needsModel, pool });
  if (!opened.ok) return opened;
  const { upload } = opened;
  const given = upload.fields.get("model");
  if (given === undefined && !needsModel) {
    const late = (text: string) => {
      const authorized = authorize(caller, text, config, project);
      if (!authorized.ok) return authorized;
      entry.model = authorized.model.name;
      return activeOf(authorized.model)[0]!.deployment;
    };
    // Any of them: they share what is needed of the model here, its service.
    const form = { contentType: upload.contentType, open: () => upload.body(late) };
    return { ok: true, upload, form, model: { ...models[0]!, name: "" } };
  }
  const authorized = authorize(caller, given, config, project);
  if (!authorized.ok) {
    upload.stop();
    return authorized;
  }
  return withModel(upload, authorized.model);
}

/** The model goes first, as the service that is called names it; the caller's own field is left out. */
function withModel(upload: Upload, model: Model): Opened {
  const open = ({ upstream, deployment }: Model = model) =>
    upload.body(() => undefined, upstream.kind === "azure-openai" ? undefined : deployment);
  return { ok: true, upload, form: { contentType: upload.contentType, open }, model };
}

function modelIn({ members }: CheckedBody): string | undefined {
  const { model } = Object(members.definition) as { model?: unknown };
  return typeof model === "string" ? model : undefined;
}

function referencesOf(operation: Operation, members: CheckedBody["members"]): Reference[] {
  const ofAgents = operation.surface === "agents" && operation.model !== "definition";
  return ofAgents ? agentReferences(members) : bodyReferences(members);
}

/** What is remembered of each object, or of those that are lent what they are. One that is neither doesn't exist. */
async function find(
  references: readonly Reference[],
  ownership: Ownership,
  lentAs: (reference: Reference, index: number) => OwnedObject | Refusal | undefined,
): Promise<OwnedObject[] | Refusal> {
  const known = references.length === 0 ? [] : await ownership.find(references);
  const found: OwnedObject[] = [];
  for (const [index, reference] of references.entries()) {
    const one = known[index] ?? lentAs(reference, index) ?? refuse("object_unknown");
    if ("reason" in one) return one;
    found.push(one);
  }
  return found;
}

/** Where everything is that the request names: the model's places, or the one service that keeps its objects. */
function placesOf(
  config: Config,
  model: Model | undefined,
  owned: readonly OwnedObject[],
  project: Upstream | undefined,
): readonly ModelPlace[] | Refusal {
  const only = (upstream: Upstream, deployment = ""): ModelPlace[] => [
    { upstream, deployment, priority: 1, weight: 1 },
  ];
  if (project !== undefined) {
    const isThere = owned.every((one) => one.upstream === project.name);
    return isThere ? only(project, model?.deployment) : refuse("object_unknown");
  }
  const homes = new Set(owned.map(({ upstream }) => upstream));
  if (homes.size > 1) return refuse("object_elsewhere");
  const [home] = homes;
  if (model !== undefined) {
    const places = placesFor(model.places, home);
    return places.length > 0 ? places : refuse("object_elsewhere");
  }
  const upstream = home === undefined ? config.objectsUpstream : config.upstreams.get(home);
  // A service that has left the configuration took its objects along.
  if (upstream === undefined) return refuse(home === undefined ? "operation_not_offered" : "object_unknown");
  return only(upstream);
}
