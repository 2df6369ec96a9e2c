// Entry point `latchkey/proxy`: the whole way of a request on one screen, one file per step. A step gives
// a value or a refusal; a refusal ends the way; a thrown error is a bug and is caught once, at the edge.
// Web APIs only: the same code runs in workerd, Node, Deno and Bun.
import { admit } from "./admit.ts";
import { claimName } from "./agent-names.ts";
import { ask } from "./ask.ts";
import { authenticate, type Caller, readCredential } from "./authenticate.ts";
import { allowedModels, authorize } from "./authorize.ts";
import { checkBatchLines } from "./batch-lines.ts";
import { send } from "./call.ts";
import { describeConnections, describeDeployments } from "./catalogue.ts";
import type { Config, Model, Upstream } from "./config.ts";
import { isProject } from "./config-schema.ts";
import { checkOrigin, checkPreflight, isPreflight } from "./cors.ts";
import { type Exchange, report, type Surroundings, type Visit } from "./exchange.ts";
import { formSpecs } from "./form-schema.ts";
import type { Fetch } from "./forward.ts";
import { createMemoryLimiter } from "./limiter.ts";
import { listOwned } from "./list.ts";
import { type Log, type LogEntry, logToConsole } from "./log.ts";
import { createBodyChecks, type OperationName } from "./operations.ts";
import { createMemoryOwnership, type OwnershipOf, OwnershipUnavailable } from "./ownership.ts";
import type { Platform, RateLimiter } from "./platform.ts";
import { projectOf } from "./project.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply, refusalReply, respond } from "./respond.ts";
import { dialectOf, findRoute, type Route } from "./routes.ts";
import { openSession } from "./session.ts";
import { createTokenSources } from "./token.ts";
import { createPool } from "./upload.ts";

export { type Config, ConfigError, type ConfigInput, type ConfigProblem, defineConfig } from "./config.ts";
export { createCallerKey } from "./keys.ts";
export type { Log, LogEntry } from "./log.ts";
export type { OwnedObject, Ownership, OwnershipOf } from "./ownership.ts";
export type { Platform, RateLimiter } from "./platform.ts";

/** What the proxy takes from its surroundings. Everything has a default. */
export interface ProxyDeps {
  /**
   * The way to the upstream. Default: the global `fetch`, looked up at each call. With another one streams are read
   * in JavaScript also on workerd, where the default passes them natively.
   */
  readonly fetch?: Fetch;
  /** Gets one entry per request. Default: one line of JSON on the console. */
  readonly log?: Log;
  /** Guards POST /session. Default: in memory, `session.perMinute` for each address. */
  readonly limiter?: RateLimiter;
  /**
   * Remembers which caller created which files, batches, jobs, responses, conversations, agents and threads. Default:
   * in memory, for one process and for as long as it runs.
   */
  readonly ownership?: OwnershipOf;
  /**
   * The caller's address from a source that the caller cannot write; a caller without one gets no session. IPv6 is
   * counted by /64. Default: one count for all callers together, so give it wherever strangers can call.
   */
  readonly addressOf?: (request: Request) => string | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface LatchkeyProxy {
  /** Answers a request. `platform` is the runtime's context, where there is one (`waitUntil`). */
  fetch(request: Request, platform?: Platform): Promise<Response>;
}

/** A session that was used for nothing for this long is over for good. */
const FORGET_SESSION_MS = 30 * 86_400_000;

/**
 * Makes the proxy: holds the keys, lets in whom the configuration names, and streams what comes back.
 *
 * @throws {ConfigError} when a certificate or private key of a project's `entra` is none.
 *
 * @example
 * ```ts
 * import { createProxy, defineConfig } from "latchkey/proxy";
 *
 * const proxy = createProxy(
 *   defineConfig({
 *     upstreams: { default: { kind: "openai", url: "https://api.openai.com/v1", key } },
 *     models: { "gpt-5-mini": { upstream: "default" } },
 *     origins: ["https://app.example.com"],
 *     session: { secret },
 *   }),
 * );
 * export default { fetch: proxy.fetch };
 * ```
 */
export function createProxy(config: Config, deps: ProxyDeps = {}): LatchkeyProxy {
  const { log = logToConsole, now = Date.now, addressOf = () => "all" } = deps;
  const fetch = deps.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const limiter = deps.limiter ?? createMemoryLimiter(config.session?.perMinute ?? 1, now);
  const ownershipOf = deps.ownership ?? createMemoryOwnership();
  const surroundings: Surroundings = {
    config,
    fetch,
    native: deps.fetch === undefined,
    now,
    log,
    ownershipOf,
    tokens: createTokenSources(config.upstreams.values(), deps.fetch, now),
  };
  const rules = {
    config,
    checks: createBodyChecks(config),
    forms: formSpecs(config.limits),
    pool: createPool(config.limits.heldBytes),
  };

  async function handle(exchange: Exchange): Promise<Reply | Refusal> {
    const { request, entry, started } = exchange;
    // First, because the page that called may read every refusal.
    const from = checkOrigin(request, config.origins);
    if (from.ok) exchange.origin = from.origin;
    const admitted = admit(request, config.limits);
    if (!admitted.ok) return admitted;
    const { pathname } = admitted.url;

    if (!from.ok) return from;
    if (isPreflight(request)) {
      const preflight = checkPreflight(request);
      return preflight.ok ? { status: 204, headers: preflight.headers, body: null } : preflight;
    }

    const found = findRoute(request.method, pathname);
    if (!found.ok) return found;
    const { route } = found;
    entry.route = route.pattern;

    if (route.name === "session") {
      if (config.session === undefined) return refuse("route_unknown");
      // A page that has a token already shows it, so that the session goes on.
      const has = request.headers.has("authorization") || request.headers.has("api-key");
      const given = has ? readCredential(request.headers) : undefined;
      if (given?.ok === false) return given;
      const address = addressOf(request);
      const previous = given?.value.includes(".") ? given.value : undefined; // a key has no session to go on
      const visitor = { origin: from.origin, address, previous, now: started };
      const opened = await openSession(config.session, visitor, limiter);
      return opened.ok ? json(opened.session) : opened;
    }

    // A page of the worker's own origin sends none with a GET, but its browser says so; a script that copies a token
    // would have to lie in either header.
    const sameOrigin = request.method === "GET" && request.headers.get("sec-fetch-site") === "same-origin";
    const originOptional = sameOrigin || route.name === "models" || route.name === "info";
    const authenticated = await authenticate(
      request,
      { origin: from.origin, originOptional },
      config,
      started,
    );
    if (!authenticated.ok) return authenticated;
    const { caller } = authenticated;
    entry.caller = caller.id;
    entry.caller_kind = caller.kind;

    const visit = Object.assign(exchange, { url: admitted.url, caller });
    const project = projectOf(config, route.project);
    if (project !== undefined && "reason" in project) return project;
    const { name } = route;
    if (name === "models") return json(modelList(caller, config, project));
    if (name === "model") return describeModel(caller, route.ids.model!, config, project);
    if (name === "info") return json(modelInfo(caller, config));
    if (name === "projects") return json(projectList(config));
    if (name === "deployments" || name === "deployment") {
      return describeDeployments(visit, route, config, project!);
    }
    if (name === "connections" || name === "connection") {
      return describeConnections(surroundings, visit, route, project!);
    }
    return call(visit, { ...route, name });
  }

  async function call(visit: Visit, route: Route & { name: OperationName }): Promise<Reply | Refusal> {
    const { principal, kind } = visit.caller;
    const ownership = surroundings.ownershipOf(principal, kind === "session" ? FORGET_SESSION_MS : undefined);
    const asked = await ask(rules, visit, route, ownership);
    if (!asked.ok) return asked;
    if (asked.asked.operation.lists !== undefined) {
      return listOwned(surroundings, visit, route, asked, ownership);
    }
    if (route.name === "batch_create") {
      const lines = await checkBatchLines(surroundings, rules.checks, visit, asked, ownership);
      if (!lines.ok) return lines;
    }
    if (asked.asked.operation.claims) {
      const claimed = await claimName(surroundings, visit, asked.asked, ownership);
      if (!claimed.ok) return claimed;
    }
    return send(surroundings, visit, route, asked, ownership);
  }

  return {
    async fetch(request, platform) {
      const requestId = crypto.randomUUID();
      const entry: LogEntry = {
        event: "request",
        request_id: requestId,
        route: "unknown",
        status: 0,
        outcome: "complete",
        duration_ms: 0,
      };
      const exchange: Exchange = { request, requestId, origin: undefined, platform, started: now(), entry };
      let reply: Reply | Refusal;
      try {
        reply = await handle(exchange);
      } catch (bug) {
        // The class alone: a message or stack may hold anything.
        const failure = bug instanceof Error ? bug.name : typeof bug;
        reply = refuse(
          bug instanceof OwnershipUnavailable ? "objects_unavailable" : "internal",
          {},
          { failure },
        );
      }
      if ("reason" in reply) {
        const { reason, seen } = reply;
        reply = refusalReply(reply, dialectFor(request), requestId);
        report(surroundings, exchange, reply.status, {
          outcome: reason === "internal" ? "failed" : "refused",
          reason,
          ...seen,
        });
      } else if (typeof reply.body === "string") {
        report(surroundings, exchange, reply.status, {});
      }
      return respond(reply, exchange);
    },
  };
}

function dialectFor(request: Request) {
  return URL.canParse(request.url) ? dialectOf(new URL(request.url).pathname) : "inference";
}

/** The list that OpenAI's clients read, of what this caller may use. The proxy's own answer: nothing is fetched. */
function modelList(caller: Caller, config: Config, project: Upstream | undefined) {
  return { object: "list", data: allowedModels(caller, config, project).map(modelEntry) };
}

/** By these names callers reach projects: `/api/projects/<name>`. */
function projectList({ upstreams }: Config) {
  const projects = [...upstreams.values()].filter(({ kind }) => isProject(kind));
  return { value: projects.map(({ name }) => ({ name })) };
}

function modelEntry({ name }: Model) {
  return { id: name, object: "model", created: 0, owned_by: "latchkey" };
}

function describeModel(
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
function modelInfo(caller: Caller, config: Config) {
  const [first] = allowedModels(caller, config);
  return {
    model_name: first?.name ?? "",
    model_type: first?.type ?? "chat-completion",
    model_provider_name: "latchkey",
  };
}
