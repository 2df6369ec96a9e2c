// A call that names itself with Idempotency-Key is not made a second time while it is under way: a client that sends it
// again, because it heard nothing, would pay twice. No answer is kept, so the key is free again when the call has ended.
// Kept in a store of the caller, hashed, so that it holds across isolates; who sends no key costs nothing.
import type { Call } from "./ask.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import { hex, sha256 } from "./keys.ts";
import type { Ownership } from "./ownership.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { Route } from "./routes.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;
/** Calls with a key that one caller may have under way. */
const MAX_CALLS = 1000;
/** After the longest that a call may take. */
const GRACE_MS = 60_000;
/** Clients don't come back after a 409 by themselves; this one is over soon. */
const RETRY = { headers: { "retry-after": "1", "x-should-retry": "true" } };

interface Kept {
  readonly request: string;
  readonly content: string;
  /** A worker that died ends no call. */
  readonly until: number;
}

type Means = Pick<Surroundings, "config" | "ownershipOf" | "now">;

/** Takes the key for this call; `visit.ended` gives it back. Refuses while another call has it. */
export async function beginOnce(
  means: Means,
  visit: Visit,
  route: Route,
  call: Call,
): Promise<{ ok: true } | Refusal> {
  const key = visit.request.headers.get("idempotency-key");
  if (key === null || visit.request.method !== "POST" || means.config.idempotencyKeys === "ignore") {
    return { ok: true };
  }
  let begun: { ok: true } | Refusal | undefined;
  try {
    begun = await takeKey(key, means, visit, route, call);
    return begun;
  } finally {
    if (begun?.ok !== true) call.upload?.stop();
  }
}

async function takeKey(
  key: string,
  { config, ownershipOf, now }: Means,
  visit: Visit,
  route: Route,
  call: Call,
): Promise<{ ok: true } | Refusal> {
  if (!KEY.test(key)) return refuse("idempotency_key_malformed");
  const { streamMs, wholeMs, uploadMs } = config.deadlines;
  const leaseMs = Math.max(streamMs, wholeMs) + uploadMs + GRACE_MS;
  const calls = ownershipOf(hex(await sha256(`calls:${visit.caller.principal}`)), leaseMs);
  const id = hex(await sha256(key));
  const content = await contentOf(visit, route, call);
  const mine: Kept = { request: visit.requestId, content, until: now() + leaseMs };

  for (let again = false; ; again = true) {
    // Asked together, which is one way to the store and back; where the question overtakes, it is asked again.
    const [added, [seen]] = await Promise.all([
      calls.add([{ kind: "call", id, upstream: "-", purpose: write(mine) }], MAX_CALLS),
      calls.find([{ kind: "call", id }]),
    ]);
    const [found] = seen === undefined ? await calls.find([{ kind: "call", id }]) : [seen];
    const first = found === undefined ? undefined : read(found.purpose);
    if (first?.request === mine.request) break;
    if (first !== undefined && first.until > now())
      return first.content === content ? refuse("call_under_way", RETRY) : refuse("idempotency_key_reused");
    if (again) return refuse("call_under_way", RETRY);
    if (first !== undefined) await calls.remove({ kind: "call", id });
    else if (!added) await removeEnded(calls, now());
  }
  visit.ended = () => calls.remove({ kind: "call", id });
  return { ok: true };
}

/** Is it the same call? Of a form only its fields count that were read by now; what it holds is not kept for this. */
async function contentOf(
  { entry }: Visit,
  { pattern, ids }: Route,
  { members, stream }: Call,
): Promise<string> {
  return hex(await sha256(JSON.stringify([pattern, ids, entry.model, stream, members])));
}

async function removeEnded(calls: Ownership, now: number): Promise<void> {
  const { objects } = await calls.page({ kind: "call", limit: 100, order: "asc" });
  const over = objects.filter(({ purpose }) => read(purpose).until <= now);
  for (const { kind, id } of over) await calls.remove({ kind, id });
}

const write = ({ request, content, until }: Kept) => `${request} ${content} ${until}`;

function read(purpose = ""): Kept {
  const [request = "", content = "", until = "0"] = purpose.split(" ");
  return { request, content, until: Number(until) };
}
