// The Cloudflare entry: environment and bindings -> proxy, made once per isolate. The page's files are
// served before this code runs (see [assets] in wrangler.toml).
import { ConfigError } from "./config.ts";
import { originOf } from "./config-schema.ts";
import { type Env, explain, list } from "./env.ts";
import config from "./latchkey.config.ts";
import { LedgerObject, ledgerIn } from "./ledger-object.ts";
import { logSinks } from "./log-bindings.ts";
import { OwnershipObject, ownershipIn } from "./ownership-object.ts";
import type { Platform } from "./platform.ts";
import { createMetrics, createProxy, type LatchkeyProxy } from "./proxy.ts";
import { refuse } from "./refusals.ts";
import { refusalReply, respond } from "./respond.ts";
import { dialectOf } from "./routes.ts";
import { hasLimits } from "./usage-route.ts";

/** For the end of a call to be told along with the next one of the same ledger: half the questions where calls are many. */
const GATHER_MS = 20;

// Immutable once made, and made of configuration only: requests of one isolate share it.
let proxy: LatchkeyProxy | undefined;

function build(env: Env): LatchkeyProxy {
  try {
    // Memory would do for one isolate and forget on the next: who owns what must not depend on that.
    if (env.OWNERSHIP === undefined)
      throw new ConfigError([{ option: "OWNERSHIP", message: "is not bound" }]);
    const checked = config(env);
    // In memory each isolate would give the whole budget anew.
    if (hasLimits(checked) && env.LEDGER === undefined)
      throw new ConfigError([{ option: "LEDGER", message: "is not bound, and there are limits" }]);
    const metrics = createMetrics();
    return createProxy(checked, {
      metrics,
      log: logSinks(env, metrics),
      ownership: ownershipIn(env.OWNERSHIP),
      ...(env.LEDGER === undefined ? {} : { ledger: ledgerIn(env.LEDGER, undefined, GATHER_MS) }),
      ...(env.SESSION_LIMITER === undefined ? {} : { limiter: env.SESSION_LIMITER }),
      // Cloudflare writes this header itself; outside its network a caller could.
      addressOf: (request) => request.headers.get("cf-connecting-ip") ?? undefined,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problem = `This proxy is not fully configured: ${explain(error)}.`;
    console.error(problem);
    return { fetch: async (request) => unconfigured(request, problem, list(env.ALLOWED_ORIGINS)) };
  }
}

/** Half configured means not serving at all. The names of what is wrong are told, values never. */
function unconfigured(request: Request, message: string, origins: readonly string[]): Response {
  const requestId = crypto.randomUUID();
  const origin = originOf(request.headers.get("origin") ?? "");
  const dialect = URL.canParse(request.url) ? dialectOf(new URL(request.url).pathname) : "inference";
  const reply = refusalReply(refuse("unconfigured", { message }), dialect, requestId);
  return respond(reply, { requestId, origin: origins.includes(origin ?? "") ? origin : undefined });
}

export { LedgerObject, OwnershipObject };

export default {
  fetch(request, env, context) {
    proxy ??= build(env);
    return proxy.fetch(request, context);
  },
} satisfies { fetch(request: Request, env: Env, context: Platform): Promise<Response> };
