// Entry point `latchkey/proxy`: the whole way of a request on one screen, one file per step. A step gives
// a value or a refusal; a refusal ends the way; a thrown error is a bug and is caught once, at the edge.
// Web APIs only: the same code runs in workerd, Node, Deno and Bun.
import { admit } from "./admit.ts";
import { authenticate, type Caller } from "./authenticate.ts";
import { allowedModels, authorize } from "./authorize.ts";
import { readJson } from "./body.ts";
import { createChatCheck } from "./chat-body.ts";
import type { Config } from "./config.ts";
import { checkOrigin, checkPreflight, isPreflight } from "./cors.ts";
import { checkStream, createCancel, type Fetch, forward, readWholeAnswer } from "./forward.ts";
import { createMemoryLimiter } from "./limiter.ts";
import { type Log, type LogEntry, logToConsole } from "./log.ts";
import { createMeter, readUsage } from "./meter.ts";
import type { Platform, RateLimiter } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { relay } from "./relay.ts";
import { type Envelope, errorFrame, json, type Reply, refusalReply, respond } from "./respond.ts";
import { dialectOf, findRoute, type Route } from "./routes.ts";
import { openSession } from "./session.ts";
import { clientRequestId, upstreamRequest } from "./upstream.ts";

export { type Config, ConfigError, type ConfigInput, type ConfigProblem, defineConfig } from "./config.ts";
export { createCallerKey } from "./keys.ts";
export type { Log, LogEntry } from "./log.ts";
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

interface Exchange extends Envelope {
  readonly request: Request;
  readonly platform: Platform | undefined;
  readonly started: number;
  readonly entry: LogEntry;
}

/**
 * Makes the proxy: holds the keys, lets in whom the configuration names, and streams what comes back.
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
  const checkChat = createChatCheck(config);

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
      const visitor = { origin: from.origin, address: addressOf(request), now: started };
      const opened = await openSession(config.session, visitor, limiter);
      return opened.ok ? json(opened.session) : opened;
    }

    const authenticated = await authenticate(request, from.origin, config, started);
    if (!authenticated.ok) return authenticated;
    const { caller } = authenticated;
    entry.caller = caller.id;
    entry.caller_kind = caller.kind;

    if (route.name === "models") return json(modelList(caller, config));
    if (route.name === "info") return json(modelInfo(caller, config));
    return chat(exchange, route, caller);
  }

  async function chat(exchange: Exchange, route: Route, caller: Caller): Promise<Reply | Refusal> {
    const { request, requestId, platform, entry, started } = exchange;
    const { limits, deadlines } = config;

    const read = await readJson(request, config);
    if (!read.ok) return read;
    const checked = checkChat(read.value, request.headers.get("extra-parameters"));
    if (!checked.ok) return checked;
    const { stream, model: named } = checked.chat;
    const authorized = authorize(caller, route.deployment ?? named, config);
    if (!authorized.ok) return authorized;
    const { model } = authorized;
    entry.model = model.name;
    entry.upstream = model.upstream.name;
    entry.stream = stream;

    // Registered before the upstream is called: without it workerd ends everything when the caller leaves.
    let settle: (value?: unknown) => void = () => {};
    platform?.waitUntil(new Promise((resolve) => (settle = resolve)));
    const cancel = createCancel(request.signal);
    try {
      const sent = upstreamRequest(model, checked.chat, clientRequestId(request.headers, requestId));
      const answered = await forward(
        fetch,
        sent,
        model,
        stream ? deadlines.headersMs : deadlines.wholeMs,
        cancel,
      );
      entry.headers_ms = now() - started;
      if (!answered.ok) return answered;
      entry.upstream_status = answered.response.status;

      if (!stream) {
        const wholeMs = Math.max(1, deadlines.wholeMs - entry.headers_ms);
        const { answerBytes } = limits;
        const whole = await readWholeAnswer(answered.response, model, { answerBytes, wholeMs });
        if (!whole.ok) return cancel.reason === "caller_gone" ? refuse("caller_gone") : whole;
        entry.bytes = whole.bytes;
        const usage = readUsage(whole.answer);
        if (usage !== undefined) entry.usage = usage;
        return { status: 200, headers: { "content-type": "application/json" }, body: whole.text };
      }

      const events = checkStream(answered.response);
      if (!events.ok) return events;
      const meter = createMeter(model.upstream.endsWithoutDone);
      cancel.release(); // from here the relay watches the caller, so that what was delivered is counted first
      const relayed = relay(events.body, {
        meter,
        idleMs: deadlines.idleMs,
        streamMs: deadlines.streamMs,
        native: deps.fetch === undefined,
        callerSignal: request.signal,
        closeUpstream: () => cancel.abort("stop"),
        frame: (cut) =>
          errorFrame(refuse(cut === "idle" ? "stream_idle" : "stream_too_long"), route.dialect, requestId),
      });
      const done = settle;
      settle = () => {}; // the stream settles by itself, when it ends
      relayed.ended
        .then((outcome) => report(exchange, 200, { ...meter.totals(), outcome }))
        .finally(() => done());
      return {
        status: 200,
        headers: { "content-type": "text/event-stream; charset=utf-8" },
        body: relayed.body,
      };
    } finally {
      cancel.release();
      settle();
    }
  }

  function report({ entry, started }: Exchange, status: number, more: Partial<LogEntry>): void {
    const line: LogEntry = { ...entry, ...more, status, duration_ms: now() - started };
    // Called at once; a log that fails, now or later, is no reason to fail the caller.
    (async () => log(line))().catch(() => {});
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
        reply = refuse("internal", {}, { failure });
      }
      if ("reason" in reply) {
        const { reason, seen } = reply;
        reply = refusalReply(reply, dialectFor(request), requestId);
        report(exchange, reply.status, {
          outcome: reason === "internal" ? "failed" : "refused",
          reason,
          ...seen,
        });
      } else if (typeof reply.body === "string") {
        report(exchange, reply.status, {});
      }
      return respond(reply, exchange);
    },
  };
}

function dialectFor(request: Request) {
  return URL.canParse(request.url) ? dialectOf(new URL(request.url).pathname) : "inference";
}

/** The list that OpenAI's clients read, of what this caller may use. The proxy's own answer: nothing is fetched. */
function modelList(caller: Caller, config: Config) {
  const data = allowedModels(caller, config).map(({ name }) => ({
    id: name,
    object: "model",
    created: 0,
    owned_by: "latchkey",
  }));
  return { object: "list", data };
}

/** The model inference API describes one model per endpoint: here the first one the caller may use. */
function modelInfo(caller: Caller, config: Config) {
  const [first] = allowedModels(caller, config);
  return { model_name: first?.name ?? "", model_type: "chat-completion", model_provider_name: "latchkey" };
}
