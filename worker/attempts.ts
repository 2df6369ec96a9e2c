// A checked call on its way to one of its model's places, and to the next one when that fails. What differs by place is
// made here for each: the deployment, the words of the body, the credential.
import type { Call } from "./ask.ts";
import { modelsAt } from "./authorize.ts";
import { type Bridged, bridgeError, bridgeRequest, needsBridge } from "./bridge.ts";
import type { Model, ModelPlace } from "./config.ts";
import { dispatch } from "./dispatch.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { callPlaces } from "./failover.ts";
import { type Cancel, createCancel } from "./forward.ts";
import type { Refusal } from "./refusals.ts";
import type { Route } from "./routes.ts";
import type { Asked } from "./upstream.ts";

/** What services answer beside 200: 201 for what was made, 202 and 204 for what was ended, 206 for a range. */
const USABLE = { json: [200, 201, 202, 204], text: [200], bytes: [200, 206] } as const;

/** How the caller's words became the service's. */
export interface Bridge {
  readonly operation: Bridged;
  readonly renamed: boolean;
}

export interface Attempted {
  readonly ok: true;
  readonly response: Response;
  readonly secrets: readonly string[];
  /** As it was asked of the place that answered. */
  readonly asked: Asked;
  readonly models: readonly Model[];
  readonly bridge: Bridge | undefined;
  readonly cancel: Cancel & { release(): void };
}

export async function attempt(
  surroundings: Surroundings,
  visit: Visit,
  route: Route,
  call: Call,
): Promise<Attempted | Refusal> {
  const { config, health, budget, now, random } = surroundings;
  const { deadlines, failover } = config;
  const { places, upload, stream, asked } = call;
  const totalMs = stream ? deadlines.headersMs : deadlines.wholeMs;
  const { result, place, attempts } = await callPlaces((one, withinMs) => tryPlace(one, withinMs), {
    places,
    totalMs,
    // A form can't be sent again, so nothing is kept of its time for another place.
    attemptMs:
      places.length > 1 && upload === undefined ? Math.min(failover.attemptMs ?? totalMs, totalMs) : totalMs,
    repeatable: upload === undefined,
    creates: asked.operation.creates !== undefined && call.members.store !== false,
    afterTimeout: failover.afterTimeout,
    health,
    caller: visit.caller.id,
    budget,
    now,
    random,
  });
  visit.entry.upstream = (place ?? places[0]!).upstream.name;
  if (attempts !== 1) visit.entry.attempts = attempts;
  return result;

  async function tryPlace(place: ModelPlace, withinMs: number): Promise<Attempted | Refusal> {
    const worded = inItsWords(asked, place, route);
    if ("reason" in worded) return worded;
    const { asked: there, bridge } = worded;
    const { operation, upstream } = there;
    // A form that names its model after the file has none yet.
    const models = there.model?.name ? [there.model] : modelsAt(visit.caller, upstream, config);
    const cancel = createCancel(visit.request.signal);
    // Whoever finds the form wrong has ended the upload; the upstream must not wait for the rest of it.
    upload?.sent.then(() => upload.refusal !== undefined && cancel.abort("stop"));
    const answered = await dispatch(surroundings, visit, there, {
      upstream,
      models,
      headersMs: withinMs,
      cancel,
      usable: operation.model === "path" && operation.answer === "json" ? [200] : USABLE[operation.answer],
      ...(upload === undefined ? {} : { sent: upload.sent }),
    });
    if (upload?.refusal !== undefined) {
      if (answered.ok) answered.response.body?.cancel().catch(() => {});
      cancel.release();
      return upload.refusal;
    }
    if (answered.ok) return { ...answered, asked: there, models, bridge, cancel };
    cancel.release();
    if (bridge === undefined || answered.reason !== "upstream_rejected") return answered;
    return { ...answered, detail: bridgeError(answered.detail, bridge.renamed) };
  }
}

function inItsWords(
  asked: Asked,
  { upstream, deployment }: ModelPlace,
  { dialect, name }: Route,
): { asked: Asked; bridge: Bridge | undefined } | Refusal {
  const model = asked.model && { ...asked.model, upstream, deployment };
  const there = { ...asked, upstream, model };
  if (!needsBridge(dialect, name, upstream.kind) || model === undefined)
    return { asked: there, bridge: undefined };
  const bridged = bridgeRequest(name, asked.body as Readonly<Record<string, unknown>>, {
    upstream,
    limitMember: model.outputMember,
  });
  if (!bridged.ok) return bridged;
  return {
    asked: { ...there, body: bridged.members },
    bridge: { operation: name, renamed: bridged.renamed },
  };
}
