// POST /session as a route: reads what is shown and what is asked for, and leaves the decision to mint.ts.
import type { Authenticator } from "./authenticate.ts";
import type { Config } from "./config.ts";
import { readCredential } from "./credential.ts";
import type { Fetch } from "./forward.ts";
import { createMemoryLimiter } from "./limiter.ts";
import { BACKEND_HEADER, openSession } from "./mint.ts";
import type { RateLimiter } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { readWish } from "./session-request.ts";
import type { SessionToken } from "./session-token.ts";
import { createTurnstile } from "./turnstile.ts";

interface Surroundings {
  readonly authenticator: Pick<Authenticator, "sessions">;
  readonly fetch: Fetch;
  readonly limiter: RateLimiter;
  readonly now: () => number;
}

type OpenSession = (
  request: Request,
  from: { readonly origin: string | undefined; readonly address: string | undefined },
  now: number,
) => Promise<{ ok: true; session: SessionToken } | Refusal>;

export function createSessionRoute(
  config: Config,
  { authenticator, fetch, limiter, now: clock }: Surroundings,
): OpenSession {
  const { session } = config;
  const tokens = authenticator.sessions;
  if (session === undefined || tokens === undefined) return async () => refuse("route_unknown");
  const rules = {
    origins: config.origins,
    models: session.models ?? new Set(config.models.keys()),
    lifetimeSeconds: session.lifetimeSeconds,
    renewSeconds: session.renewSeconds,
    secret: session.secrets[0],
    backend: session.backend,
  };
  const tools = {
    tokens,
    limiter,
    backendLimiter: createMemoryLimiter(session.backend?.perMinute ?? 1, clock),
    turnstile: session.turnstile && createTurnstile(session.turnstile, fetch, clock),
  };
  return async (request, { origin, address }, now) => {
    // A page that has a token already shows it, so that the session goes on.
    const shown = readCredential(request.headers, "openai");
    if (!shown.ok) return shown;
    const read = await readWish(request, config);
    if (!read.ok) return read;
    const { credential } = shown;
    // A key has no session to go on.
    const previous = credential.kind === "none" || credential.kind === "key" ? undefined : credential.value;
    const backend = request.headers.get(BACKEND_HEADER);
    return openSession(rules, { origin, address, previous, backend, wish: read.wish, now }, tools);
  };
}
