// Schedules of evaluations: created or replaced, listed, retrieved, disabled. Nothing runs by them here.

import { reading, stepIn } from "./enter.ts";
import { checkSchedule, type EvaluationSchedule, systemData, typed, writable } from "./evaluation.ts";
import { withoutSecret } from "./evaluations.ts";
import { type Exchange, headersOf, respond, refuse as sendRefusal } from "./exchange.ts";
import { type JsonObject, refuse } from "./json.ts";
import { linkedPageOf } from "./linked-page.ts";
import { parseBody } from "./read-members.ts";
import type { RouteValues } from "./routes.ts";
import { sendJson } from "./send.ts";
import { keep } from "./state.ts";

function keyOf({ scope }: Exchange, name: string): string {
  return JSON.stringify([scope, name]);
}

function scheduleObject(schedule: EvaluationSchedule): JsonObject {
  const { name, members, isEnabled } = schedule;
  return {
    name,
    ...members,
    data: withoutSecret(members.data),
    systemData: systemData(schedule),
    provisioningState: "Succeeded",
    // A text on the wire.
    isEnabled: String(isEnabled),
  };
}

const NAME = /^[A-Za-z0-9][\w.-]{0,253}$/;

export function putSchedule(exchange: Exchange, { id: name = "" }: RouteValues): Promise<Response> {
  return reading(
    exchange,
    () => {
      if (!NAME.test(name)) refuse("invalid-value", "name", name, "letters, digits, '_', '-' and '.'");
      const members = typed(writable(parseBody(exchange.record.body), "schedule"));
      checkSchedule(members);
      return members;
    },
    async (members) => {
      const instead = await stepIn(exchange);
      if (instead !== undefined) return instead;
      const { state, scope, settings } = exchange;
      const before = state.schedules.get(keyOf(exchange, name));
      const now = settings.clock();
      const createdAt = before?.createdAt ?? now;
      const schedule = { name, scope, createdAt, changedAt: now, members, isEnabled: true };
      keep(state.schedules, keyOf(exchange, name), schedule);
      return sendJson(exchange, scheduleObject(schedule), { status: before === undefined ? 201 : 200 });
    },
  );
}

export async function listSchedules(exchange: Exchange): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const { state, scope, url } = exchange;
  return reading(
    exchange,
    () =>
      linkedPageOf(
        url,
        [...state.schedules.values()].filter((each) => each.scope === scope),
      ),
    (page) => sendJson(exchange, { ...page, value: page.value.map(scheduleObject) }),
  );
}

export function getSchedule(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withSchedule(exchange, values, (schedule) => sendJson(exchange, scheduleObject(schedule)));
}

export function disableSchedule(exchange: Exchange, values: RouteValues): Promise<Response> {
  return withSchedule(exchange, values, (schedule) => {
    schedule.isEnabled = false;
    return respond(exchange, 204, headersOf(exchange), null);
  });
}

async function withSchedule(
  exchange: Exchange,
  { id: name = "" }: RouteValues,
  then: (schedule: EvaluationSchedule) => Response,
): Promise<Response> {
  const instead = await stepIn(exchange);
  if (instead !== undefined) return instead;
  const schedule = exchange.state.schedules.get(keyOf(exchange, name));
  if (schedule !== undefined) return then(schedule);
  return sendRefusal(exchange, { reason: "not-found", message: `Evaluation schedule '${name}' not found.` });
}
