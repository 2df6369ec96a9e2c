// How a call is charged when it ends: by the usage that the service told, by an estimate where it told none, by what was
// held where nobody knows. Runs of agents and responses in the background work on after their answer; what is held for
// them is moved to their own name, and charged when somebody reads how they ended.
import type { Surroundings, Visit } from "./exchange.ts";
import {
  type Estimate,
  type Ledger,
  MAX_LEASE_MS,
  type Reservation,
  type Reserved,
  type Used,
} from "./ledger.ts";
import type { Usage } from "./meter.ts";
import { readUsage } from "./meter.ts";
import { costOf, type Price } from "./prices.ts";
import type { Reason } from "./refusals.ts";
import type { Route } from "./routes.ts";

export interface Charge {
  /** `goesOn`: the object that works on. `object`: the one that the stream was about. */
  streamed(usage: Usage, goesOn: string | undefined, object: string | undefined): void;
  /** The whole answer is here, or bytes of which nothing more will be known. */
  whole(usage: Usage | undefined, answer: Answer | undefined): void;
  refused(reason: Reason): void;
  lost(): void;
}

type Answer = Readonly<Record<string, unknown>>;

interface ChargeOptions {
  readonly surroundings: Surroundings;
  readonly visit: Visit;
  readonly route: Route;
  readonly reservation: Reservation;
  /** Undefined: nothing is held for this call itself. */
  readonly reserved: Reserved | undefined;
  readonly estimate: Estimate;
  readonly price: Price;
  /** Of the model that an answer says it is by, in the service's words. */
  readonly priceOf: (deployment: unknown) => Price | undefined;
  /** Does a model work for it? */
  readonly uses: boolean;
  /** Is the answer about something that works by itself? */
  readonly isRunning: boolean;
  /** The same ledgers, without a limit that could say no. */
  readonly wide: () => Ledger;
  /** The ledgers under all limits of the caller. */
  readonly over: () => Ledger;
}

/** The service has worked, or nobody knows whether it has: charged as held. Everything else was refused before. */
const WORKED: ReadonlySet<Reason> = new Set([
  "upstream_timeout",
  "upstream_too_large",
  "upstream_wrong_shape",
  "upstream_not_chat",
  "upstream_holds_key",
  "objects_full",
  "objects_unavailable",
  "internal",
]);
/** Of runs, responses and batches; with any other status there may be more to come. */
const OVER = new Set(["completed", "incomplete", "failed", "cancelled", "expired"]);
const ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/;

export function createCharge(ledger: Ledger, options: ChargeOptions): Charge {
  const { visit, reservation, reserved, estimate, price, uses, isRunning } = options;
  const { id } = reservation;
  let isOver = false;
  let done: () => void = () => {};
  // F04 Before anything is sent: without it workerd ends everything when the caller leaves.
  visit.platform?.waitUntil(new Promise<void>((resolve) => (done = resolve)));
  // A sign of life for as long as it takes: only a call whose process is gone is charged by its lease.
  const alive =
    reserved &&
    setInterval(
      () => void ledger.report(id, { tokensIn: 0, tokensOut: 0, micros: 0 }).catch(() => {}),
      reservation.leaseMs / 3,
    );

  /** Once. What can't be told now is charged by the lease. */
  const end = (tell: () => Promise<unknown>) => {
    if (isOver) return;
    isOver = true;
    clearInterval(alive);
    tell()
      .catch(() => {})
      .finally(done);
  };
  const settle = (used?: Used) => {
    const over = used && reserved && holds(estimate) ? tokensOf(used) - tokensOf(reserved.granted) : 0;
    if (over > 0) visit.entry.over_tokens = over; // F07
    end(async () => reserved && ledger.settle(id, used));
  };
  const release = () => end(async () => reserved && ledger.release(id));

  /** What is held for this call from now on belongs to the object. */
  const moveTo = (object: string) =>
    end(async () => {
      if (reserved === undefined || !holds(estimate)) return reserved && ledger.release(id);
      const { granted } = reserved;
      const held = {
        ...estimate,
        tokensOut: granted.tokensOut,
        microsOut: granted.micros - estimate.microsIn,
      };
      await options.wide().reserve({
        ...reservation,
        id: laterId(object),
        stream: false,
        estimate: held,
        leaseMs: MAX_LEASE_MS,
        limits: wideLimits(reservation),
      });
      return ledger.release(id, { uncount: true });
    });
  /** The object has ended: what is held for it is charged, and this call itself costs nothing. */
  const settleLater = (object: string, usage: Usage, by?: Price) =>
    end(async () => {
      await options.over().settle(laterId(object), usedBy(usage, by));
      return reserved && ledger.release(id);
    });

  const usedBy = (usage: Usage, by = price): Used =>
    costOf(by, {
      tokensIn: usage.prompt_tokens ?? estimate.tokensIn,
      cachedIn: usage.cached_tokens ?? 0,
      tokensOut: usage.completion_tokens ?? 0,
    });
  const isCreate = /^(?:run_create|thread_run|response_create|batch_create)$/.test(options.route.name);

  return {
    streamed(usage, goesOn, object) {
      if (isRunning && isCreate && named(goesOn)) return moveTo(goesOn);
      if (isRunning && !isCreate) {
        return goesOn === undefined && named(object) && usage.estimated === undefined
          ? settleLater(object, usage)
          : release();
      }
      return uses ? settle(usedBy(usage)) : release();
    },
    whole(usage, answer) {
      const { id: object, status, model } = answer ?? {};
      const by = options.priceOf(model);
      if (isRunning && typeof object === "string" && named(object)) {
        if (!OVER.has(String(status))) return isCreate ? moveTo(object) : release();
        // None of its lines has been worked on.
        const isNothing = answer!.object === "batch" && status === "failed";
        const told = isNothing ? { prompt_tokens: 0, completion_tokens: 0 } : readUsage(answer!);
        if (!isCreate) return told === undefined ? release() : settleLater(object, told, by);
      }
      if (!uses) return release();
      // Without usage: as held.
      return settle(usage && usedBy(usage, by));
    },
    refused(reason) {
      if (!uses) return release();
      if (reason === "caller_gone") {
        // A whole answer may have been finished at the service; a stream had not begun.
        return reservation.stream ? settle(usedBy({ completion_tokens: 0 })) : settle();
      }
      // What broke off after it had begun has been worked on.
      const begun = reason === "upstream_failed" && visit.entry.upstream_status !== undefined;
      return begun || WORKED.has(reason) ? settle(entryUsage()) : release();
    },
    lost: () => (uses ? settle(entryUsage()) : release()),
  };

  function entryUsage(): Used | undefined {
    const { usage } = visit.entry;
    return usage && usedBy(usage);
  }
}

const named = (object: string | undefined): object is string => object !== undefined && ID.test(object);
const tokensOf = ({ tokensIn, tokensOut }: Used) => tokensIn + tokensOut;
const laterId = (object: string) => `later:${object}`;
const holds = ({ tokensIn, tokensOut, microsIn, microsOut }: Estimate) =>
  tokensIn + tokensOut + microsIn + microsOut > 0;

function wideLimits({ limits: { requestsPerMinute, tokensPerMinute } }: Reservation) {
  const byMinute = requestsPerMinute !== undefined || tokensPerMinute !== undefined;
  return byMinute ? { tokensPerMinute: Number.MAX_SAFE_INTEGER } : {};
}
