// What the service knows of an agent, asked with the proxy's own key and read whole, beside the caller's question.
import { readWholeAnswer } from "./answer.ts";
import { modelsAt } from "./authorize.ts";
import { dispatch } from "./dispatch.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { createCancel } from "./forward.ts";
import { operations } from "./operations.ts";
import type { Refusal } from "./refusals.ts";
import type { Asked } from "./upstream.ts";

export type Members = Readonly<Record<string, unknown>>;
export type Found = { readonly ok: true; readonly members: Members } | Refusal;

/** What it answers to a GET about an agent or a run. One that it doesn't know is a refusal whose `seen` says 404. */
export async function lookUp(
  { config, ...surroundings }: Surroundings,
  visit: Visit,
  asked: Asked,
  about: Pick<Asked, "path" | "ids" | "upstream">,
): Promise<Found> {
  const { upstream } = about;
  const { deadlines, limits } = config;
  const cancel = createCancel(visit.request.signal);
  const service = { upstream, models: modelsAt(visit.caller, upstream, config) };
  const question = { ...asked, ...about, operation: operations.named_get, method: "GET", query: [] };
  try {
    const answered = await dispatch(
      surroundings,
      visit,
      { ...question, model: undefined, body: undefined, range: undefined },
      { ...service, headersMs: deadlines.headersMs, cancel },
    );
    if (!answered.ok) return answered;
    const whole = await readWholeAnswer(answered.response, {
      ...service,
      proof: "named",
      secrets: answered.secrets,
      answerBytes: limits.answerBytes,
      wholeMs: deadlines.wholeMs,
    });
    return whole.ok ? { ok: true, members: whole.answer } : whole;
  } finally {
    cancel.release();
  }
}
