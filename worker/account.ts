// One call's account: what it may use is held before anything is sent, and what it has used is charged when it ends,
// however it ends, once. A caller without limits has none, and costs nothing. Why: docs/decisions/050-ledger.md.
import { cancelRun } from "./account-cancel.ts";
import { createCharge } from "./account-charge.ts";
import { boundTo, consumptionOf, dearest, limitsAmounts, limitsMoney, prepare } from "./account-estimate.ts";
import { type StreamBudget, type WatchedStream, watchStream } from "./account-stream.ts";
import type { Call } from "./ask.ts";
import { modelsAt } from "./authorize.ts";
import type { CutKind } from "./budget-cut.ts";
import { errorBody } from "./error-body.ts";
import type { Surroundings, Visit } from "./exchange.ts";
import type { Estimate, Ledger, LedgerLimits, LedgerOf } from "./ledger.ts";
import { bothLedgers } from "./ledger-both.ts";
import { limitRefusal, remainingHeaders } from "./limit-headers.ts";
import type { Meter, Usage } from "./meter.ts";
import type { OperationName } from "./operations.ts";
import { type LedgerStep, ledgerSteps, smallest } from "./policy-group.ts";
import type { Price } from "./prices.ts";
import { type Refusal, refuse } from "./refusals.ts";
import type { StreamOutcome } from "./relay.ts";
import type { Reply } from "./respond.ts";
import type { Route } from "./routes.ts";
import type { ErrorWords } from "./stream-errors.ts";

/** Of a call that nobody tells about any more. It is told about three times as often. */
export const LEASE_MS = 120_000;
/** A stream is begun when its answers may have at least this much; the services take no smaller bound. */
const LEAST_OUTPUT = 16;
/** A ledger of a session that is over is empty after this. */
const KEEP_SHORT_DAYS = 32;
const NOTHING: Estimate = { tokensIn: 0, tokensOut: 0, microsIn: 0, microsOut: 0 };

export interface Account {
  readonly ok: true;
  /** The call as its budget lets it go on. */
  readonly call: Call;
  /** What a whole answer says about the object that it is. */
  saw(answer: Readonly<Record<string, unknown>>): void;
  /** The stream to pass on in place of this one; the same where there is nothing to do. */
  watch(source: ReadableStream<Uint8Array>, words?: ErrorWords): ReadableStream<Uint8Array>;
  /** The stream has ended: charges it, and gives what the log has to know. */
  streamed(meter: Meter, outcome: StreamOutcome): { readonly usage?: Usage; readonly budget_ended?: true };
  /** The answer with what remains said in its headers; charges it if it is whole. */
  answered(reply: Reply | Refusal): Reply | Refusal;
  /** It failed in an unknown way. */
  lost(): void;
}

type CalledRoute = Route & { readonly name: OperationName };

/** The ledgers of a caller, its own first. Only those with limits matter, but the first also tells usage. */
export function stepsOf({ caller }: Pick<Visit, "caller">, { config }: Pick<Surroundings, "config">) {
  const { rules, group, kind, principal } = caller;
  const limits = smallest(config.perCaller, rules.limits);
  return ledgerSteps(principal, { kind }, { group, rules: { ...rules, limits } }, config);
}

/** Several ledgers asked as one. The limits of the first go with each reservation. */
export function ledgerOver(ledgerOf: LedgerOf, steps: readonly LedgerStep[]): Ledger {
  const [first, ...others] = steps as [LedgerStep, ...LedgerStep[]];
  const own = ledgerOf(first.ledger);
  return others.length === 0 ? own : bothLedgers(own, ledgerOver(ledgerOf, others), others[0]!.limits);
}

/** Does `act` with what the call may use held for it; a caller without limits costs nothing but this question. */
export async function withinBudget(
  surroundings: Surroundings,
  visit: Visit,
  route: CalledRoute,
  call: Call,
  act: (call: Call) => Promise<Reply | Refusal>,
): Promise<Reply | Refusal> {
  visit.timings.mark("request");
  const account = await openAccount(surroundings, visit, route, call).catch((cause) => {
    call.upload?.stop();
    throw cause;
  });
  if (account !== undefined) visit.timings.mark("queue");
  if (account === undefined) return act(call);
  if (!account.ok) {
    call.upload?.stop();
    return account;
  }
  try {
    return account.answered(await act({ ...account.call, account }));
  } catch (bug) {
    account.lost();
    throw bug;
  }
}

/** Holds what the call may use. Undefined: its caller has no limits that it could meet. */
async function openAccount(
  surroundings: Surroundings,
  visit: Visit,
  route: CalledRoute,
  call: Call,
): Promise<Account | Refusal | undefined> {
  const consumption = call.lines === undefined ? consumptionOf(route.name) : "uses";
  const all = stepsOf(visit, surroundings);
  if (all.every(({ limits }) => isEmpty(limits))) return undefined;
  const isBudget = all.some(({ limits }) => limitsAmounts(limits));
  const limitsFor = (limits: LedgerLimits): LedgerLimits => {
    if (!used) return withoutAmounts(limits, streams);
    // The lines of a batch are not worked on in this minute.
    const { tokensPerMinute, ...longer } = limits;
    return call.lines === undefined ? limits : longer;
  };
  // F08 What can't be counted would be free.
  if (consumption === "unseen" && isBudget) return refuse("operation_uncounted");
  const used = consumption === "answers" || consumption === "uses";
  const streams = call.stream || call.upload?.fields.get("stream") === "true";
  const steps = all.map((step) => ({ ...step, limits: limitsFor(step.limits) }));
  const asks = steps.some(({ limits }) => !isEmpty(limits));
  // A run or a response that works on by itself is charged when somebody reads its end.
  if (!asks && !(isBudget && consumption === "none" && isLater(route.name))) return undefined;

  const price = priceOf(surroundings, visit, call);
  if (used && price === undefined && all.some(({ limits }) => limitsMoney(limits)))
    return refuse("model_unpriced");
  const prepared = used && isBudget && call.lines === undefined ? prepare(route, call, price) : undefined;
  const estimate = call.lines ?? prepared?.estimate ?? NOTHING;
  const answers = prepared?.answers ?? 1;
  const ledger = ledgerOver(surroundings.ledgerOf, steps);
  const { kind } = visit.caller;
  const reservation = {
    id: visit.requestId,
    model: call.asked.model?.name || "unnamed",
    stream: streams,
    estimate,
    ...(streams && consumption === "answers"
      ? { leastOut: Math.min(estimate.tokensOut, LEAST_OUTPUT * answers) }
      : {}),
    leaseMs: LEASE_MS,
    limits: steps[0]!.limits,
    ...(kind === "session" || kind === "anonymous" ? { keepDays: KEEP_SHORT_DAYS } : {}),
  };
  const reserved = asks ? await ledger.reserve(reservation) : undefined;
  if (reserved?.ok === false) return limitRefusal(reserved);
  const granted = reserved?.granted;
  const isShort = granted !== undefined && granted.tokensOut < estimate.tokensOut;
  const members =
    prepared && (isShort ? boundTo(prepared.members, granted!.tokensOut, answers) : prepared.members);
  const charge = createCharge(ledger, {
    surroundings,
    visit,
    route,
    reservation,
    reserved,
    estimate,
    price: price ?? { input: 0, output: 0 },
    // One that was asked for by name is charged as that.
    priceOf: (deployment) =>
      call.asked.model?.name
        ? undefined
        : modelsAt(visit.caller, call.asked.upstream, surroundings.config).find(
            (model) => model.deployment === deployment,
          )?.price,
    uses: used,
    isRunning: isLater(route.name) || call.members.background === true,
    wide: () => ledgerOver(surroundings.ledgerOf, steps.map(widen)),
    over: () => ledgerOver(surroundings.ledgerOf, all),
  });
  const kindOfCut = CUTS[route.name];
  let watched: WatchedStream | undefined;
  let isEvents = false;
  let seen: Readonly<Record<string, unknown>> | undefined;

  return {
    ok: true,
    call: members === undefined || call.upload !== undefined ? call : withMembers(call, members),
    saw(answer) {
      seen = answer;
    },
    watch(source, words) {
      isEvents = true;
      const cuts = isShort && kindOfCut !== undefined;
      if (!cuts && !prepared?.dropsUsage) return source;
      const budget: StreamBudget = {
        kind: kindOfCut!,
        tokensOut: cuts ? granted!.tokensOut : undefined,
        tokensIn: estimate.tokensIn,
        choices: answers,
        includeUsage: !prepared!.dropsUsage && Object(call.members.stream_options).include_usage === true,
        dropsUsage: prepared!.dropsUsage,
        eventBytes: surroundings.config.limits.answerBytes,
        words,
        error: () => errorBody(refuse("budget_ended"), route.dialect, visit.requestId).body,
      };
      watched = watchStream(source, budget);
      return watched.source;
    },
    streamed(meter, outcome) {
      const totals = meter.totals();
      const cut = watched?.cut();
      const usage: Usage =
        cut !== undefined
          ? { prompt_tokens: cut.tokensIn, completion_tokens: cut.tokensOut, estimated: true }
          : (watched?.usage() ?? totals.usage);
      const run = cut && watched?.run();
      if (run !== undefined) cancelRun(surroundings, visit, call.asked, run);
      const isWhole = outcome === "complete" && totals.finish_reason !== "requires_action";
      charge.streamed(usage, isWhole ? undefined : meter.responseId(), meter.responseId());
      return cut === undefined ? { usage } : { usage, budget_ended: true };
    },
    answered(reply) {
      if ("reason" in reply) charge.refused(reply.reason);
      else if (!isEvents) charge.whole(visit.entry.usage, seen);
      if ("reason" in reply || reserved === undefined) return reply;
      return { ...reply, headers: { ...remainingHeaders(reserved.remaining), ...reply.headers } };
    },
    lost: () => charge.lost(),
  };
}

const CUTS: Partial<Record<OperationName, CutKind>> = {
  chat: "chat",
  completions: "completion",
  response_create: "response",
  run_create: "run",
  thread_run: "run",
};

/** Does this answer with an object whose work goes on after the answer? */
const isLater = (name: OperationName) =>
  /^(?:run_(?:create|get|submit|cancel)|thread_run|response_(?:get|cancel)|batch_(?:create|get|cancel))$/.test(
    name,
  );

const isEmpty = (limits: LedgerLimits) => Object.keys(limits).length === 0;

/** An exhausted budget refuses even nothing, but who has none left may still read what it has. */
function withoutAmounts({ requestsPerMinute, streams }: LedgerLimits, isStream: boolean): LedgerLimits {
  return {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(streams === undefined || !isStream ? {} : { streams }),
  };
}

/** Counts a call as before, and never says no: it has been admitted already. */
function widen(step: LedgerStep): LedgerStep {
  const { requestsPerMinute, tokensPerMinute } = step.limits;
  const byMinute = requestsPerMinute !== undefined || tokensPerMinute !== undefined;
  return { ...step, limits: byMinute ? { tokensPerMinute: Number.MAX_SAFE_INTEGER } : {} };
}

/** Of a call that names no model, as an agent's run: what any model there costs at most. */
function priceOf({ config }: Surroundings, { caller }: Visit, { asked }: Call): Price | undefined {
  const { model, upstream } = asked;
  return model?.name ? model.price : dearest(modelsAt(caller, upstream, config));
}

function withMembers(call: Call, members: Call["members"]): Call {
  return { ...call, members, asked: { ...call.asked, body: members } };
}
