// Ledgers on Cloudflare: one Durable Object per caller, named by a hash of the caller, and one for all together, each
// with its book in SQLite. A question is one synchronous transaction; an alarm ends the leases of calls that nobody
// tells about any more. The proxy asks by fetch, in JSON, twice per call: reserve and settle,
// which may go along with the reservation of a call that follows.
import {
  checkId,
  checkPeriod,
  checkReservation,
  LedgerInputError,
  type LedgerOf,
  LedgerUnavailable,
  type More,
  type Reservation,
  type Settled,
  type Used,
} from "./ledger.ts";
import { type Book, createBook } from "./ledger-book.ts";
import { createSqlStore, createTables } from "./ledger-sql.ts";
import type { ObjectContext, ObjectNamespace } from "./platform.ts";

/** A call's end, told along with a question about another call. */
interface Settlement {
  readonly id: string;
  readonly used?: Used | undefined;
}

type Question = { readonly settled?: readonly Settlement[] } & (
  | { readonly step: "reserve"; readonly reservation: Reservation }
  | { readonly step: "report"; readonly id: string; readonly used: Used; readonly more?: More | undefined }
  | { readonly step: "settle"; readonly id: string; readonly used?: Used | undefined }
  | { readonly step: "release"; readonly id: string; readonly uncount: boolean }
  | { readonly step: "usage"; readonly period: string }
);

/** What this class uses beside the SQL of `ObjectContext`. */
interface LedgerContext extends ObjectContext {
  readonly storage: ObjectContext["storage"] & { transactionSync<T>(act: () => T): T };
  blockConcurrencyWhile(act: () => Promise<void>): Promise<void>;
}

/** Bound as LEDGER in wrangler.toml. */
export class LedgerObject {
  readonly #storage: LedgerContext["storage"];
  readonly #now: () => number;
  #book!: Book;
  /** When the alarm is set for: asking the storage each time would cost a wait. */
  #alarm: number | undefined;

  /** The runtime gives the first two. */
  constructor(context: LedgerContext, _env?: unknown, now: () => number = Date.now) {
    this.#storage = context.storage;
    this.#now = now;
    context.blockConcurrencyWhile(async () => {
      this.#open();
      this.#alarm = (await this.#storage.getAlarm()) ?? undefined;
    });
  }

  #open(): void {
    createTables(this.#storage.sql);
    this.#book = createBook(createSqlStore(this.#storage.sql));
  }

  /** Only the proxy can call this: a Durable Object has no address on the network. */
  async fetch(request: Request): Promise<Response> {
    const question = (await request.json()) as Question;
    const now = this.#now();
    try {
      const answers = this.#storage.transactionSync(() => {
        const settled = question.settled?.map(({ id, used }) => this.#book.settle(id, used, now));
        return { answer: this.#answer(question, now), settled };
      });
      await this.#wakeFor(question, now);
      return Response.json(answers);
    } catch (error) {
      if (!(error instanceof LedgerInputError)) throw error;
      return Response.json({ wrong: error.message }, { status: 400 });
    }
  }

  /** Ends leases whose time is over, forgets what is old, and is gone when nothing is left. */
  async alarm(): Promise<void> {
    this.#alarm = undefined;
    const next = this.#storage.transactionSync(() => this.#book.tidy(this.#now()));
    if (next !== undefined) return this.#setAlarm(next);
    await this.#storage.deleteAll();
    this.#open(); // this object may still be asked before it is taken down
  }

  #answer(question: Question, now: number): unknown {
    const book = this.#book;
    switch (question.step) {
      case "reserve":
        return book.reserve(question.reservation, now);
      case "report":
        return book.report(question.id, question.used, question.more, now);
      case "settle":
        return book.settle(question.id, question.used, now);
      case "release":
        return book.release(question.id, question.uncount, now);
      case "usage":
        return book.usage(question.period, now);
    }
  }

  /** An alarm is written only when none is set or a lease ends before it: most calls cost none. */
  async #wakeFor(question: Question, now: number): Promise<void> {
    if (question.step !== "reserve") return;
    const ends = now + question.reservation.leaseMs;
    // One much later than any lease was set by a clock that was wrong, or for the end of a period.
    if (this.#alarm === undefined || this.#alarm > ends) await this.#setAlarm(ends);
  }

  async #setAlarm(at: number): Promise<void> {
    this.#alarm = at; // at once, so that a question that comes in between doesn't set it again
    try {
      await this.#storage.setAlarm(at);
    } catch (error) {
      this.#alarm = undefined;
      throw error;
    }
  }
}

/** For an answer of a ledger, in ms. Past it the request is refused; a reservation made after all ends with its lease. */
const ANSWER_MS = 5000;

/** Ends of calls that go along with one question at most. */
const MAX_SETTLED = 100;

/** The end of a call, waiting to be told along with the next question to the same ledger. */
interface Waiting extends Settlement {
  answer?: Settled | undefined;
}

/**
 * The proxy's side: each caller's ledger in the Durable Object of the caller's name. `gatherMs`: a settlement waits this
 * long for a question of another call to go along with; it is told by itself unless that one has brought it safely there.
 */
export function ledgerIn(namespace: ObjectNamespace, answerMs = ANSWER_MS, gatherMs = 0): LedgerOf {
  const waiting = new Map<string, Set<Waiting>>();
  return (principal) => {
    const once = async (question: Question): Promise<Response> => {
      const object = namespace.get(namespace.idFromName(principal));
      const asked = object.fetch("https://ledger/", { method: "POST", body: JSON.stringify(question) });
      return within(answerMs, asked);
    };
    const ask = async <T>(question: Question) => {
      let response: Response;
      try {
        // Each question may arrive twice: its id tells. An object that has too much to do is not asked again.
        response = await once(question).catch((cause) => {
          if (cause?.retryable === true && cause.overloaded !== true) return once(question);
          throw cause;
        });
      } catch (cause) {
        throw new LedgerUnavailable("The ledger can't be asked.", { cause });
      }
      const told = (await response.json().catch(() => ({}))) as {
        answer?: T;
        settled?: readonly Settled[];
        wrong?: string;
      };
      if (told.wrong !== undefined) throw new LedgerInputError(told.wrong);
      if (!response.ok || told.answer === undefined) throw new LedgerUnavailable("The ledger has failed.");
      return { answer: told.answer, settled: told.settled };
    };
    const forget = (one: Waiting) => {
      const all = waiting.get(principal);
      all?.delete(one);
      if (all?.size === 0) waiting.delete(principal);
    };
    /** Takes along what waits. Whose settlement is not answered tells it again: only the first one counts. */
    const askAlong = async <T>(question: Question): Promise<T> => {
      const along = [...(waiting.get(principal) ?? [])].slice(0, MAX_SETTLED);
      if (along.length === 0) return (await ask<T>(question)).answer;
      // Now, and not when they wake up: the call of one may be gone by then, with its timer.
      along.forEach(forget);
      const settled = along.map(({ id, used }) => ({ id, used }));
      const told = await ask<T>({ ...question, settled });
      for (const [index, one] of along.entries()) one.answer = told.settled?.[index];
      return told.answer;
    };
    const gather = async (settlement: Settlement): Promise<Settled | undefined> => {
      const mine: Waiting = { ...settlement };
      waiting.set(principal, (waiting.get(principal) ?? new Set()).add(mine));
      await new Promise((resolve) => setTimeout(resolve, gatherMs));
      forget(mine);
      return mine.answer;
    };
    // JSON turns NaN and Infinity into null: what that would hide is checked on this side, too.
    return {
      async reserve(reservation) {
        checkReservation(reservation);
        try {
          return await askAlong({ step: "reserve", reservation });
        } catch (error) {
          // It may have been admitted after all, and nothing will be sent. If this is lost, too, the lease ends it.
          const { cause } = error as Error;
          if (cause instanceof Late) {
            once({ step: "release", id: reservation.id, uncount: true }).catch(() => {});
          }
          throw error;
        }
      },
      async report(id, used, more) {
        checkId(id);
        return askAlong({ step: "report", id, used, more });
      },
      async settle(id, used) {
        checkId(id);
        const gathered = gatherMs > 0 ? await gather({ id, used }) : undefined;
        return gathered ?? (await ask<Settled>({ step: "settle", id, used })).answer;
      },
      async release(id, { uncount = false } = {}) {
        checkId(id);
        return askAlong({ step: "release", id, uncount });
      },
      async usage(period) {
        checkPeriod(period);
        return askAlong({ step: "usage", period });
      },
    };
  };
}

class Late extends Error {}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late("No answer in time.")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
