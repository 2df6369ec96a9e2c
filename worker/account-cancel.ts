// A run whose caller's budget has ended goes on at the service, unless it is told to stop.
import { dispatch } from "./dispatch.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { createCancel } from "./forward.ts";
import { operations } from "./operations.ts";
import type { Asked } from "./upstream.ts";

/** For the service to answer. What it says changes nothing: how the run ended shows when it is read. */
const ANSWER_MS = 10_000;

export interface RunIds {
  readonly thread: string;
  readonly run: string;
}

export function cancelRun(
  surroundings: Surroundings,
  visit: Visit,
  asked: Asked,
  { thread, run }: RunIds,
): void {
  const call: Asked = {
    ...asked,
    operation: operations.run_cancel,
    method: "POST",
    path: "/threads/{thread}/runs/{run}/cancel",
    ids: { thread, run },
    query: [],
    model: undefined,
    body: undefined,
    range: undefined,
  };
  // Not the caller's: it has its answer, and may be gone.
  const cancel = createCancel(undefined);
  const stopped = dispatch(surroundings, visit, call, {
    upstream: asked.upstream,
    models: [],
    headersMs: ANSWER_MS,
    cancel,
  })
    .then((answered) => (answered.ok ? answered.response.body?.cancel() : undefined))
    .catch(() => {});
  visit.platform?.waitUntil(stopped);
}
