// Entry point `latchkey/proxy`: the whole way of a request on one screen, one file per step. A step gives
// a value or a refusal; a refusal ends the way; a thrown error is a bug and is caught once, at the edge.
// Web APIs only: the same code runs in workerd, Node, Deno and Bun.
import { stepsOf, withinBudget } from "./account.ts";
import { createLineCount, type LineCount } from "./account-batch.ts";
import { admit } from "./admit.ts";
import { checkAgents } from "./agent-models.ts";
import { claimName, unclaimName } from "./agent-names.ts";
import { ask } from "./ask.ts";
import { createAuthenticator } from "./authenticate.ts";
import { checkBatchLines } from "./batch-lines.ts";
import { send } from "./call.ts";
import { describeConnections, describeDeployments } from "./catalogue.ts";
import type { Config } from "./config.ts";
import { checkOrigin, checkPreflight, isPreflight } from "./cors.ts";
import { type Exchange, report, type Surroundings, type Visit } from "./exchange.ts";
import { formSpecs } from "./form-schema.ts";
import type { Fetch } from "./forward.ts";
import { beginOnce } from "./idempotency.ts";
import { type LedgerOf, LedgerUnavailable } from "./ledger.ts";
import { createMemoryLedger } from "./ledger-memory.ts";
import { createMemoryLimiter } from "./limiter.ts";
import { listOwned } from "./list.ts";
import { type Log, type LogEntry, logToConsole } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { describeModel, modelInfo, modelList, projectList } from "./model-list.ts";
import { createBodyChecks, type OperationName } from "./operations.ts";
import { answerOperator } from "./operator.ts";
import { createMemoryOwnership, type OwnershipOf, OwnershipUnavailable } from "./ownership.ts";
import type { Platform, RateLimiter } from "./platform.ts";
import { allowsOperation, allowsProjects } from "./policy.ts";
import { projectOf } from "./project.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply, refusalReply, respond } from "./respond.ts";
import { createRetryBudget } from "./retry-budget.ts";
import { dialectOf, findRoute, type Route } from "./routes.ts";
import { createTimings } from "./server-timing.ts";
import { createSessionRoute } from "./session.ts";
import { signInOf } from "./sign-in.ts";
import { createTokenSources } from "./token.ts";
import { createPool } from "./upload.ts";
import { createHealth } from "./upstream-choice.ts";
import { tellUsage } from "./usage-route.ts";

export { type Config, ConfigError, type ConfigInput, type ConfigProblem, defineConfig } from "./config.ts";
export { createCallerKey } from "./keys.ts";
export type { Ledger, LedgerOf } from "./ledger.ts";
export { createMemoryLedger } from "./ledger-memory.ts";
export { type Log, type LogEntry, logToConsole } from "./log.ts";
export { logToOtlp, type OtlpOptions } from "./log-otlp.ts";
export { allOf, logToAnalytics } from "./log-sinks.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
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
   * Counts what callers use, where the configuration has limits. Default: in memory, for one process and for as long
   * as it runs; it says so when it is first used.
   */
  readonly ledger?: LedgerOf;
  /**
   * The caller's address from a source that the caller cannot write; a caller without one gets no session. IPv6 is
   * counted by /64. Default: one count for all callers together, so give it wherever strangers can call.
   */
  readonly addressOf?: (request: Request) => string | undefined;
  /** Milliseconds since 1970. Default: `Date.now`. */
  readonly now?: () => number;
  /** From 0 to 1: chooses among upstreams by weight. Default: `Math.random`. */
  readonly random?: () => number;
  /** What GET /operator/metrics shows, for sinks that count there too. Default: its own. */
  readonly metrics?: Metrics;
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
  const { log = logToConsole, now = Date.now, random = Math.random, addressOf = () => "all" } = deps;
  const fetch = deps.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const limiter = deps.limiter ?? createMemoryLimiter(config.session?.perMinute ?? 1, now);
  const authenticator = createAuthenticator(config, fetch, now);
  const openSession = createSessionRoute(config, { authenticator, fetch, limiter, now });
  const ownershipOf = deps.ownership ?? createMemoryOwnership();
  const ledgerOf = deps.ledger ?? createMemoryLedger({ now });
  const surroundings: Surroundings = {
    config,
    fetch,
    native: deps.fetch === undefined,
    now,
    log,
    ownershipOf,
    ledgerOf,
    tokens: createTokenSources(config.upstreams.values(), deps.fetch, now),
    health: createHealth(now, random),
    budget: createRetryBudget(config.failover.budget),
    random,
    metrics: deps.metrics ?? createMetrics(),
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

    if (route.name === "health" || route.name === "metrics" || route.name === "upstreams") {
      const view = { ...surroundings, keys: config.operatorKeys, models: [...config.models.values()] };
      return answerOperator(route.name, request.headers, view);
    }
    if (route.name === "sign_in") return json(signInOf(config));
    if (route.name === "session") {
      const opened = await openSession(
        request,
        { origin: from.origin, address: addressOf(request) },
        started,
      );
      return opened.ok ? json(opened.session) : opened;
    }

    // A page of the worker's own origin sends none with a GET, but its browser says so; a script that copies a token
    // would have to lie in either header.
    const sameOrigin = request.method === "GET" && request.headers.get("sec-fetch-site") === "same-origin";
    const originOptional = sameOrigin || route.name === "models" || route.name === "info";
    const dialect = dialectOf(pathname);
    const { headers } = request;
    const sender = { headers, dialect, origin: from.origin, originOptional, platform: exchange.platform };
    const address = () => addressOf(request);
    const authenticated = await authenticator.authenticate({ ...sender, address }, started);
    if (!authenticated.ok) return authenticated;
    const { caller } = authenticated;
    exchange.timings.mark("auth");
    Object.assign(entry, { caller: caller.id, caller_kind: caller.kind, group: caller.group });

    const visit = Object.assign(exchange, { url: admitted.url, caller });
    const project = projectOf(config, route.project);
    if (project !== undefined && "reason" in project) return project;
    const { name } = route;
    if (name === "models") return json(modelList(caller, config, project));
    if (name === "model") return describeModel(caller, route.ids.model!, config, project);
    if (name === "usage") return tellUsage(surroundings, visit);
    if (name === "info") return json(modelInfo(caller, config));
    if (name === "projects" || /^(deployment|connection)s?$/.test(name)) {
      const told = allowsProjects(caller.rules, dialect);
      if (!told.ok) return told;
    }
    if (name === "projects") return json(projectList(config));
    if (name === "deployments" || name === "deployment") {
      return describeDeployments(visit, route, config, project!);
    }
    if (name === "connections" || name === "connection") {
      return describeConnections(surroundings, visit, route, project!);
    }
    const allowed = allowsOperation(caller.rules, name, dialect);
    return allowed.ok ? call(visit, { ...route, name }) : allowed;
  }

  async function call(visit: Visit, route: Route & { name: OperationName }): Promise<Reply | Refusal> {
    const { principal, kind } = visit.caller;
    const ownership = surroundings.ownershipOf(
      principal,
      kind === "session" || kind === "anonymous" ? FORGET_SESSION_MS : undefined,
    );
    const asked = await ask(rules, visit, route, ownership);
    if (!asked.ok) return asked;
    let lines: LineCount | undefined;
    if (route.name === "batch_create") {
      lines = createLineCount(stepsOf(visit, surroundings).map(({ limits }) => limits));
      const checked = await checkBatchLines(surroundings, rules.checks, visit, asked, ownership, lines);
      if (!checked.ok) return checked;
    }
    const fits = await checkAgents(surroundings, visit, route, asked, ownership);
    if (!fits.ok) return fits;
    const begun = await beginOnce(surroundings, visit, route, asked);
    if (!begun.ok) return begun;
    const whole = lines === undefined ? asked : { ...asked, lines: lines.sum() };
    return withinBudget(surroundings, visit, route, whole, async (held) => {
      const { operation } = held.asked;
      if (operation.lists !== undefined) return listOwned(surroundings, visit, route, held, ownership);
      if (!operation.claims) return send(surroundings, visit, route, held, ownership);
      const claimed = await claimName(surroundings, visit, held.asked, ownership);
      if (!claimed.ok) return claimed;
      const sent = await send(surroundings, visit, route, held, ownership);
      if ("reason" in sent) await unclaimName(surroundings, sent.reason, held.asked, ownership);
      return sent;
    });
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
      const started = now();
      const timings = createTimings(now, started);
      const exchange: Exchange = { request, requestId, origin: undefined, platform, started, entry, timings };
      let reply: Reply | Refusal;
      try {
        reply = await handle(exchange);
      } catch (bug) {
        // The class alone: a message or stack may hold anything.
        const failure = bug instanceof Error ? bug.name : typeof bug;
        reply =
          bug instanceof LedgerUnavailable
            ? refuse("ledger_unavailable", { headers: { "retry-after": "1" } }, { failure })
            : refuse(
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
      const timing = timings.header();
      if (timing === undefined) return respond(reply, exchange);
      return respond({ ...reply, headers: { ...reply.headers, "server-timing": timing } }, exchange);
    },
  };
}

function dialectFor(request: Request) {
  return URL.canParse(request.url) ? dialectOf(new URL(request.url).pathname) : "inference";
}
