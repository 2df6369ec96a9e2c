// The operator's own routes: is it alive, what has it done, which upstreams rest. The first is for anybody and says
// nothing; the others need an operator key and don't exist without one. No upstream, ledger or limiter is asked.
import { sameBytes, sha256 } from "./keys.ts";
import { type Gauge, METRICS_TYPE, type Metrics } from "./metrics.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { Health, Place } from "./upstream-choice.ts";

export type OperatorRoute = "health" | "metrics" | "upstreams";

export interface OperatorKey {
  readonly name: string;
  readonly sha256: Uint8Array;
}

export interface OperatorView {
  readonly keys: readonly OperatorKey[];
  readonly metrics: Metrics;
  readonly health: Health;
  readonly budget: RetryBudget;
  /** Every model with its places. */
  readonly models: readonly { readonly name: string; readonly places: readonly Place[] }[];
}

/** Longer than any key of ours: what is longer is not hashed. */
const MAX_KEY_CHARS = 512;

export async function answerOperator(
  route: OperatorRoute,
  headers: Headers,
  view: OperatorView,
): Promise<Reply | Refusal> {
  if (route === "health") return json({ status: "ok" });
  // To everybody else these routes look like any that does not exist.
  if (!(await isOperator(headers, view.keys))) return refuse("route_unknown");
  if (route === "metrics") {
    return { status: 200, headers: { "content-type": METRICS_TYPE }, body: view.metrics.text(gauges(view)) };
  }
  const told = readiness(view);
  return { ...json(told), status: told.ready ? 200 : 503 };
}

/** Only as a bearer token: a key in a query would be in the logs of whatever is on the way. */
async function isOperator(headers: Headers, keys: readonly OperatorKey[]): Promise<boolean> {
  const [, key] = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (key === undefined || key.length > MAX_KEY_CHARS || keys.length === 0) return false;
  const digest = await sha256(key);
  // All of them, every time.
  return keys.filter((one) => sameBytes(one.sha256, digest)).length > 0;
}

/** Ready: every model has a place that may be called now. */
function readiness({ models, health, budget }: OperatorView) {
  const told = models.map(({ name, places }) => {
    const states = places.map((place) => {
      const { state, why, waitMs, calls, failed } = health.look(place);
      const { upstream, deployment, priority, weight } = place;
      return {
        upstream: upstream.name,
        deployment,
        priority,
        weight,
        state,
        why,
        wait_ms: waitMs,
        calls,
        failed,
      };
    });
    return { model: name, ready: states.some(({ wait_ms }) => wait_ms === 0), places: states };
  });
  return { ready: told.every(({ ready }) => ready), retries_left: budget.left(), models: told };
}

function gauges({ health, budget }: OperatorView): Gauge[] {
  const states = health.states();
  const labels = ({ upstream, deployment }: (typeof states)[number]) => ({ upstream, deployment });
  return [
    {
      name: "latchkey_upstream_resting",
      help: "1 while an upstream is left alone.",
      series: states.map((one) => ({ labels: labels(one), value: one.state === "open" ? 1 : 0 })),
    },
    {
      name: "latchkey_upstream_wait_seconds",
      help: "Until it may be called again.",
      series: states.map((one) => ({ labels: labels(one), value: one.waitMs / 1000 })),
    },
    {
      name: "latchkey_retry_budget",
      help: "Second tries that are left.",
      series: [{ labels: {}, value: budget.left() }],
    },
  ];
}
