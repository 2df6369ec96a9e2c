// One call to an upstream with the credential that it takes: a key that is part of the request, or a token. A token
// that the service refuses is replaced once and the call made again: refused for that, it has done nothing yet.
import type { Surroundings, Visit } from "./exchange.ts";
import { type ForwardOptions, forward } from "./forward.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { type Asked, isForm, upstreamRequest } from "./upstream.ts";

export type Dispatched =
  | { readonly ok: true; readonly response: Response; readonly secrets: readonly string[] }
  | Refusal;

export async function dispatch(
  { fetch, native, tokens }: Pick<Surroundings, "fetch" | "native" | "tokens">,
  { platform }: Pick<Visit, "platform">,
  asked: Asked,
  rules: ForwardOptions,
): Promise<Dispatched> {
  const options = { ...rules, native };
  const source = tokens.get(asked.upstream.name);
  if (source === undefined) {
    const answered = await forward(fetch, upstreamRequest(asked), options);
    return answered.ok ? { ...answered, secrets: [] } : answered;
  }
  for (let again = false; ; again = true) {
    const given = await source.get(platform);
    if (!given.ok) return given;
    const secrets = [given.token];
    // A form has been read when its answer comes.
    const repeatable = !again && !isForm(asked.body);
    const usable = options.usable ?? [200];
    const answered = await forward(fetch, upstreamRequest(asked, given.token), {
      ...options,
      secrets,
      usable: repeatable ? [...usable, 401] : usable,
    });
    if (!answered.ok) {
      if (answered.seen?.upstream_status === 401 && !again) source.renew(given.token, new Headers());
      return answered;
    }
    const { response } = answered;
    if (response.status !== 401) return { ...answered, secrets };
    response.body?.cancel().catch(() => {});
    if (!source.renew(given.token, response.headers)) {
      return refuse("upstream_auth", {}, { upstream_status: 401 });
    }
  }
}
