// Lists of a caller's own objects. The service's list holds everybody's, so the page is taken from what is
// remembered and each object is asked for by itself; what the service no longer has is forgotten on the way.
import { tell } from "./agent-answer.ts";
import { readWholeAnswer } from "./answer.ts";
import type { Call } from "./ask.ts";
import { modelsAt } from "./authorize.ts";
import { dispatch } from "./dispatch.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { createCancel } from "./forward.ts";
import type { OwnedObject, Ownership } from "./ownership.ts";
import { producedFiles } from "./references.ts";
import type { Refusal } from "./refusals.ts";
import { json, type Reply } from "./respond.ts";
import type { Route } from "./routes.ts";

/** workerd allows six connections that wait for headers per request. */
const AT_ONCE = 5;

export async function listOwned(
  surroundings: Surroundings,
  visit: Visit,
  route: Route,
  { asked }: Call,
  ownership: Ownership,
): Promise<Reply | Refusal> {
  const { config } = surroundings;
  const { operation, upstream: service } = asked;
  const kind = operation.lists!;
  const query = Object.fromEntries(asked.query) as Record<string, string | undefined>;
  const project = route.project === undefined ? undefined : service;
  const wanted = Number(query.limit ?? query.top ?? query.maxpagesize ?? config.limits.listed);
  // What comes before an id, newest first, is what comes after it, oldest first.
  const backwards = query.before !== undefined && query.after === undefined;
  const order = query.order === "asc" ? "asc" : "desc";
  const start = backwards ? query.before : query.after;
  const page = await ownership.page({
    kind,
    limit: Math.max(1, Math.min(wanted, config.limits.listed)),
    order: backwards ? (order === "asc" ? "desc" : "asc") : order,
    ...(start === undefined ? {} : { after: start }),
    ...(query.purpose === undefined ? {} : { purpose: query.purpose }),
    ...(project === undefined ? {} : { upstream: project.name }),
  });
  const more = page.more;
  const owned = backwards ? page.objects.reverse() : page.objects;
  // The operator's agents come last, on the last page.
  const lent =
    kind === "agent" && project !== undefined && !more && !backwards && !project.agents.has(start ?? "")
      ? [...project.agents].filter(
          (id) => (visit.caller.agents?.has(id) ?? true) && !owned.some((one) => one.id === id),
        )
      : [];
  const objects = [...owned, ...lent.map((id) => ({ kind, id, upstream: project!.name }))];
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
    if (kind === "evaluation") return json({ value: data, ...nextPage(visit.url, more, objects.at(-1)?.id) });
    const named = (one: Readonly<Record<string, unknown>> | undefined) => one?.id ?? one?.name ?? null;
    const [first, last] = [named(data[0]), named(data.at(-1))];
    return json({ object: "list", data, first_id: first, last_id: last, has_more: more });
  } finally {
    cancel.release();
  }

  async function get({ id, upstream: name }: OwnedObject) {
    const upstream = config.upstreams.get(name);
    if (upstream === undefined) return undefined;
    const get = {
      ...asked,
      path: `${route.path}/{${kind}}`,
      ids: { [kind]: id },
      query: [],
      upstream,
    };
    const { headersMs, wholeMs } = config.deadlines;
    const models = modelsAt(visit.caller, upstream, config);
    const answered = await dispatch(surroundings, visit, get, { upstream, models, headersMs, cancel });
    if (!answered.ok && answered.seen?.upstream_status === 404) {
      await ownership.remove({ kind, id });
      return undefined;
    }
    if (!answered.ok) return answered;
    const { answerBytes, objects: most } = config.limits;
    const whole = await readWholeAnswer(answered.response, {
      proof: kind === "agent_name" || kind === "evaluation" ? "named" : "object",
      upstream,
      models,
      secrets: answered.secrets,
      answerBytes,
      wholeMs,
    });
    if (whole.ok && operation.surface !== undefined) {
      return { ...whole, answer: tell(whole.answer, { upstream, models, secrets: answered.secrets }) };
    }
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

/** The rest of a list whose pages are followed by their address: this proxy's own. */
function nextPage({ origin, pathname }: URL, more: boolean, last: string | undefined) {
  return more && last !== undefined
    ? { nextLink: `${origin}${pathname}?after=${encodeURIComponent(last)}` }
    : {};
}
