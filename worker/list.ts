// Lists of a caller's own objects. The service's list holds everybody's, so the page is taken from what is
// remembered and each object is asked for by itself; what the service no longer has is forgotten on the way.
import { readWholeAnswer } from "./answer.ts";
import type { Call } from "./ask.ts";
import { modelsAt } from "./authorize.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { createCancel, forward } from "./forward.ts";
import type { OwnedObject, Ownership } from "./ownership.ts";
import { producedFiles } from "./references.ts";
import type { Refusal } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";
import type { Route } from "./routes.ts";
import { upstreamRequest } from "./upstream.ts";

/** workerd allows six connections that wait for headers per request. */
const AT_ONCE = 5;

export async function listOwned(
  { config, fetch }: Surroundings,
  visit: Visit,
  route: Route,
  { asked }: Call,
  ownership: Ownership,
): Promise<Reply | Refusal> {
  const kind = asked.operation.lists!;
  const query = Object.fromEntries(asked.query) as Record<string, string | undefined>;
  const { objects, more } = await ownership.page({
    kind,
    limit: Math.min(Number(query.limit ?? config.limits.listed), config.limits.listed),
    order: query.order === "asc" ? "asc" : "desc",
    ...(query.after === undefined ? {} : { after: query.after }),
    ...(query.purpose === undefined ? {} : { purpose: query.purpose }),
  });
  const cancel = createCancel(visit.request.signal);
  try {
    const data: Readonly<Record<string, unknown>>[] = [];
    for (let from = 0; from < objects.length; from += AT_ONCE) {
      const answers = await Promise.all(objects.slice(from, from + AT_ONCE).map(get));
      for (const answer of answers) {
        if (answer === undefined) continue;
        if (!answer.ok) return answer;
        data.push(answer.answer);
      }
    }
    const [first, last] = [data[0]?.id ?? null, data.at(-1)?.id ?? null];
    return json({ object: "list", data, first_id: first, last_id: last, has_more: more });
  } finally {
    cancel.release();
  }

  async function get({ id, upstream: name }: OwnedObject) {
    const upstream = config.upstreams.get(name);
    if (upstream === undefined) return undefined;
    const sent = upstreamRequest({
      ...asked,
      path: `${route.path}/{${kind}}`,
      ids: { [kind]: id },
      query: [],
      upstream,
    });
    const { headersMs, wholeMs } = config.deadlines;
    const models = modelsAt(visit.caller, upstream, config);
    const answered = await forward(fetch, sent, { upstream, models, headersMs, cancel });
    if (!answered.ok && answered.seen?.upstream_status === 404) {
      await ownership.remove({ kind, id });
      return undefined;
    }
    if (!answered.ok) return answered;
    const { answerBytes, objects: most } = config.limits;
    const whole = await readWholeAnswer(answered.response, {
      proof: "object",
      upstream,
      models,
      answerBytes,
      wholeMs,
    });
    if (whole.ok) {
      const produced = producedFiles(whole.answer).map((file) => ({
        kind: "file" as const,
        id: file,
        upstream: name,
      }));
      if (produced.length > 0) await ownership.add(produced, most);
    }
    return whole;
  }
}
