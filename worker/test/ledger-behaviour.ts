// What a ledger does, written once and run three times: in memory, in the Durable Object's class over SQLite in Node,
// and inside workerd in a real one.
import { describe, expect, test } from "vitest";
import {
  type Ledger,
  LedgerInputError,
  type LedgerOf,
  type LedgerRefusal,
  type Reservation,
} from "../ledger.ts";

export interface LedgerRig {
  readonly of: LedgerOf;
  now(): number;
  set(now: number): void;
  /** Lets the alarm of this ledger ring, if it has one whose time has come. */
  ring(principal: string): Promise<void>;
  /** Takes all ledgers out of memory. Undefined where nothing would be left. */
  restart?: (() => Promise<void>) | undefined;
}

/** A Saturday at noon, UTC. */
export const NOON = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
export const LEASE = 60_000;

let ids = 0;

/** `tokens` of output and as much money. */
export function asking(tokens: number, more: Partial<Reservation> = {}): Reservation {
  ids += 1;
  return {
    id: `call-${ids}`,
    model: "m",
    stream: false,
    estimate: { tokensIn: 0, tokensOut: tokens, microsIn: 0, microsOut: tokens },
    leaseMs: LEASE,
    limits: {},
    ...more,
  };
}

export const used = (tokens: number) => ({ tokensIn: 0, tokensOut: tokens, micros: tokens });

export async function refusal(ledger: Ledger, reservation: Reservation): Promise<LedgerRefusal> {
  const answer = await ledger.reserve(reservation);
  if (answer.ok) throw new Error("It was admitted.");
  return answer;
}

async function admitted(ledger: Ledger, reservation: Reservation) {
  const answer = await ledger.reserve(reservation);
  if (!answer.ok) throw new Error(`It was refused by ${answer.limit}.`);
  return answer;
}

export function describeLedger(create: (now: number) => LedgerRig): void {
  let names = 0;
  const open = (now = NOON) => {
    const rig = create(now);
    names += 1;
    const name = `principal ${names}`;
    const pass = (ms: number) => rig.set(rig.now() + ms);
    return { rig, name, ledger: rig.of(name), pass };
  };
  const totals = async (ledger: Ledger, period = "2026-11") => {
    const { total, held } = await ledger.usage(period);
    return { requests: total.requests, tokens: total.tokensIn + total.tokensOut, micros: total.micros, held };
  };
  const none = { tokens: 0, micros: 0 };

  describe("a budget", () => {
    test("is held, settled on real usage, and what is left is told", async () => {
      const { ledger } = open();
      const limits = { tokensPerDay: 100, microsPerMonth: 1000 };
      const first = asking(60, { limits });
      expect(await ledger.reserve(first)).toEqual({
        ok: true,
        granted: used(60),
        remaining: { tokensPerDay: 40, microsPerMonth: 940 },
      });
      expect(await totals(ledger)).toEqual({
        requests: 0,
        tokens: 0,
        micros: 0,
        held: { tokens: 60, micros: 60 },
      });
      expect(await refusal(ledger, asking(41, { limits }))).toMatchObject({
        limit: "tokensPerDay",
        held: 60,
      });
      expect(await ledger.settle(first.id, used(10))).toEqual({
        settled: true,
        charged: used(10),
        over: none,
      });
      expect(await totals(ledger)).toEqual({ requests: 1, tokens: 10, micros: 10, held: none });
      const { remaining } = await admitted(ledger, asking(90, { limits }));
      expect(remaining).toEqual({ tokensPerDay: 0, microsPerMonth: 900 });
    });

    test("is another's own", async () => {
      const { rig, ledger } = open();
      const limits = { tokensPerDay: 10 };
      await admitted(ledger, asking(10, { limits }));
      await admitted(rig.of("somebody else"), asking(10, { limits }));
      expect(await totals(rig.of("nobody"))).toEqual({ requests: 0, tokens: 0, micros: 0, held: none });
    });

    test("F07 that is overspent blocks the next call, and says by how much", async () => {
      const { ledger } = open();
      const limits = { tokensPerDay: 100 };
      const call = asking(50, { limits });
      await ledger.reserve(call);
      const settled = await ledger.settle(call.id, used(130));
      expect(settled.over).toEqual({ tokens: 80, micros: 80 });
      const refused = await refusal(ledger, asking(0, { limits }));
      expect(refused).toMatchObject({ limit: "tokensPerDay", held: 0, remaining: { tokensPerDay: 0 } });
    });

    test("is granted in part where that is enough, in tokens and in money", async () => {
      const { ledger } = open();
      const estimate = { tokensIn: 10, tokensOut: 100, microsIn: 5, microsOut: 250 };
      const few = asking(0, { estimate, leastOut: 20, limits: { tokensPerDay: 60 } });
      expect((await admitted(ledger, few)).granted).toEqual({ tokensIn: 10, tokensOut: 50, micros: 130 });
      const poor = { ...few, id: "poor", limits: { microsPerDay: 200 } };
      // 70 of 200 are left, 5 of them go to the input: 65 x 100 / 250.
      expect((await admitted(ledger, poor)).granted).toEqual({ tokensIn: 10, tokensOut: 26, micros: 70 });
      const poorer = { ...poor, id: "poorer" };
      expect(await refusal(ledger, poorer)).toMatchObject({ limit: "microsPerDay" });
      const whole = asking(0, { estimate, limits: { tokensPerDay: 109 } });
      expect(await refusal(ledger, whole)).toMatchObject({ limit: "tokensPerDay", retryAfterMs: null });
    });

    test("of 0 allows nothing", async () => {
      const { ledger } = open();
      for (const limit of [
        "requestsPerMinute",
        "tokensPerMinute",
        "tokensPerDay",
        "tokensPerMonth",
        "microsPerDay",
        "microsPerMonth",
        "streams",
      ]) {
        const call = asking(0, { stream: true, limits: { [limit]: 0 } });
        expect(await refusal(ledger, call)).toMatchObject({ limit, retryAfterMs: null });
      }
    });

    test("of several the one that frees last is named, and F16 who waits as told is admitted", async () => {
      const { ledger, pass } = open();
      const limits = { requestsPerMinute: 1, tokensPerDay: 10 };
      const call = asking(10, { limits });
      await admitted(ledger, call);
      await ledger.settle(call.id, used(10));
      const refused = await refusal(ledger, asking(1, { limits }));
      expect(refused).toMatchObject({ limit: "tokensPerDay", retryAfterMs: 12 * HOUR, scope: "caller" });
      expect(refused.remaining).toEqual({ requestsPerMinute: 0, tokensPerDay: 0 });
      pass(refused.retryAfterMs! - 1);
      expect(await ledger.reserve(asking(1, { limits }))).toMatchObject({ ok: false, retryAfterMs: 1 });
      pass(1);
      await admitted(ledger, asking(1, { limits }));
    });

    test("F26 many settlements of 1 are exact", async () => {
      const { ledger } = open();
      for (let number = 0; number < 300; number += 1) {
        const call = asking(3);
        await ledger.reserve(call);
        await ledger.settle(call.id, used(1));
      }
      expect(await totals(ledger)).toEqual({ requests: 300, tokens: 300, micros: 300, held: none });
    }, 30_000);

    test("P2 200 at once with a budget for 37: exactly 37, through two handles", async () => {
      const { rig, name } = open();
      const handles = [rig.of(name), rig.of(name)];
      const limits = { tokensPerDay: 37 * 5 + 4 };
      const calls = Array.from({ length: 200 }, () => asking(5, { limits }));
      const answers = await Promise.all(calls.map((call, index) => handles[index % 2]!.reserve(call)));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(37);
    });
  });

  describe("a call", () => {
    test("is settled once: the first counts", async () => {
      const { ledger } = open();
      const call = asking(10);
      await ledger.reserve(call);
      const answers = await Promise.all([1, 2, 3].map((tokens) => ledger.settle(call.id, used(tokens))));
      expect(answers.map(({ settled }) => settled)).toEqual([true, false, false]);
      expect(answers.map(({ charged }) => charged)).toEqual([used(1), used(1), used(1)]);
      expect(await ledger.release(call.id)).toBe(false);
      expect(await totals(ledger)).toMatchObject({ requests: 1, tokens: 1 });
    });

    test("that nobody knows is harmless", async () => {
      const { ledger } = open();
      expect(await ledger.settle("unknown", used(5))).toMatchObject({ settled: false });
      expect(await ledger.release("unknown")).toBe(false);
      expect(await ledger.report("unknown", used(5))).toEqual({ live: false, granted: used(0) });
      expect(await totals(ledger)).toEqual({ requests: 0, tokens: 0, micros: 0, held: none });
    });

    test("F25 that is tried again holds nothing twice", async () => {
      const { ledger, pass } = open();
      const limits = { tokensPerDay: 10, requestsPerMinute: 5, streams: 1 };
      const call = asking(10, { limits, stream: true });
      const first = await admitted(ledger, call);
      pass(50_000);
      expect(await ledger.reserve(call)).toEqual(first);
      pass(50_000); // past the first lease, within the second
      expect((await ledger.report(call.id, used(1))).live).toBe(true);
      await ledger.settle(call.id, used(4));
      expect(await totals(ledger)).toMatchObject({ requests: 1, tokens: 4, held: none });
    });

    test("whose id belonged to one that has ended is refused", async () => {
      const { ledger } = open();
      const call = asking(1);
      await ledger.reserve(call);
      await ledger.settle(call.id, used(1));
      expect(await refusal(ledger, call)).toMatchObject({ limit: "id", retryAfterMs: null });
    });

    test("F21 that was not sent costs nothing but stays counted as a request", async () => {
      const { ledger } = open();
      const limits = { tokensPerDay: 10, tokensPerMinute: 10, requestsPerMinute: 2 };
      for (const _ of [1, 2]) {
        const call = asking(10, { limits });
        await admitted(ledger, call);
        expect(await ledger.release(call.id)).toBe(true);
      }
      expect(await refusal(ledger, asking(1, { limits }))).toMatchObject({ limit: "requestsPerMinute" });
      expect(await totals(ledger)).toEqual({ requests: 0, tokens: 0, micros: 0, held: none });
    });

    test("that was not admitted elsewhere isn't counted at all", async () => {
      const { ledger } = open();
      const limits = { requestsPerMinute: 1 };
      const call = asking(10, { limits });
      await admitted(ledger, call);
      await ledger.release(call.id, { uncount: true });
      await admitted(ledger, asking(10, { limits }));
    });

    test("P2 released by mistake and settled after is charged", async () => {
      const { ledger } = open();
      const call = asking(10);
      await ledger.reserve(call);
      await ledger.release(call.id);
      expect(await ledger.settle(call.id, used(7))).toMatchObject({ settled: true });
      expect(await totals(ledger)).toMatchObject({ requests: 1, tokens: 7 });
    });
  });

  describe("a lease", () => {
    test("F04 that ends leaves nothing held, and charges what was held", async () => {
      const { ledger, pass, rig, name } = open();
      const limits = { tokensPerDay: 10, streams: 1 };
      await admitted(ledger, asking(10, { limits, stream: true }));
      pass(LEASE - 1);
      await rig.ring(name);
      const refused = await refusal(ledger, asking(0, { limits: { streams: 1 }, stream: true }));
      expect(refused).toMatchObject({ limit: "streams", retryAfterMs: 1 });
      pass(1);
      await rig.ring(name);
      expect(await totals(ledger)).toEqual({ requests: 1, tokens: 10, micros: 10, held: none });
      await admitted(ledger, asking(1, { limits: { streams: 1 }, stream: true }));
    });

    test("is longer with each report, and what was reported is charged where it is more", async () => {
      const { ledger, pass } = open();
      const call = asking(10);
      await ledger.reserve(call);
      for (const tokens of [5, 12, 3]) {
        pass(LEASE - 1);
        expect(await ledger.report(call.id, used(tokens))).toMatchObject({ live: true });
      }
      pass(LEASE);
      expect(await ledger.report(call.id, used(13))).toEqual({ live: false, granted: used(12) });
      expect(await totals(ledger)).toEqual({ requests: 1, tokens: 12, micros: 12, held: none });
    });

    test("that had ended is corrected by a late settlement, once", async () => {
      const { ledger, pass } = open();
      const limits = { tokensPerDay: 10 };
      const call = asking(10, { limits });
      await ledger.reserve(call);
      pass(2 * LEASE);
      expect(await totals(ledger)).toMatchObject({ tokens: 10 });
      expect(await ledger.settle(call.id, used(3))).toMatchObject({ settled: true, charged: used(3) });
      expect(await ledger.settle(call.id, used(9))).toMatchObject({ settled: false, charged: used(3) });
      expect(await totals(ledger)).toEqual({ requests: 1, tokens: 3, micros: 3, held: none });
      await admitted(ledger, asking(7, { limits }));
    });

    test("a late release gives everything back", async () => {
      const { ledger, pass } = open();
      const call = asking(10);
      await ledger.reserve(call);
      pass(2 * LEASE);
      expect(await ledger.release(call.id)).toBe(true);
      expect(await totals(ledger)).toEqual({ requests: 0, tokens: 0, micros: 0, held: none });
    });

    test("F20 the cap on streams holds, and every end gives the place back", async () => {
      const { ledger } = open();
      const limits = { streams: 3 };
      const calls = Array.from({ length: 10 }, () => asking(1, { limits, stream: true }));
      const answers = await Promise.all(calls.map((call) => ledger.reserve(call)));
      expect(answers.map(({ ok }) => ok).filter(Boolean)).toHaveLength(3);
      expect(answers[0]!.remaining).toEqual({ streams: 2 });
      await ledger.settle(calls[0]!.id, used(1));
      await ledger.release(calls[1]!.id);
      await admitted(ledger, asking(1, { limits, stream: true }));
      await admitted(ledger, asking(1, { limits, stream: true }));
      expect((await refusal(ledger, asking(1, { limits, stream: true }))).limit).toBe("streams");
      await admitted(ledger, asking(1, { limits })); // what is no stream needs no place
    });
  });

  describe("a report", () => {
    test("asks for more, gets what the budget has, and the stream ends there", async () => {
      const { ledger } = open();
      const limits = { tokensPerDay: 100 };
      const call = asking(50, { limits, stream: true });
      await ledger.reserve(call);
      const more = { tokensOut: 20, micros: 20 };
      expect((await ledger.report(call.id, used(20), more)).granted).toEqual(used(50));
      expect((await ledger.report(call.id, used(45), more)).granted).toEqual(used(65));
      await admitted(ledger, asking(30, { limits }));
      expect((await ledger.report(call.id, used(65), more)).granted).toEqual(used(70));
      expect((await ledger.report(call.id, used(70), more)).granted).toEqual(used(70));
      await ledger.settle(call.id, used(70));
      expect((await totals(ledger)).tokens).toBe(70);
    });

    test("without limits always gets more", async () => {
      const { ledger } = open();
      const call = asking(5);
      await ledger.reserve(call);
      expect((await ledger.report(call.id, used(9), { tokensOut: 10, micros: 7 })).granted).toEqual({
        tokensIn: 0,
        tokensOut: 19,
        micros: 16,
      });
    });
  });

  describe("a minute", () => {
    test("F11 no 60 seconds, wherever they begin, hold more than the limit", async () => {
      const { ledger, pass } = open();
      const limits = { requestsPerMinute: 5, tokensPerMinute: 40 };
      const times: number[] = [];
      let now = 0;
      for (let step = 0; step < 400; step += 1) {
        const call = asking(10, { limits });
        if ((await ledger.reserve(call)).ok) times.push(now);
        const ms = [37, 999, 1501, 8111][step % 4]!;
        now += ms;
        pass(ms);
      }
      for (const from of times) {
        expect(times.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(4);
      }
      expect(times.length).toBeGreaterThan((now / 61_000) * 3);
    });

    test("F11 counts to its last millisecond", async () => {
      const { ledger, pass } = open(NOON + 999);
      const limits = { requestsPerMinute: 1 };
      await admitted(ledger, asking(1, { limits }));
      pass(59_999); // another second has begun 59,001 ms after the first call
      await refusal(ledger, asking(1, { limits }));
      pass(1002);
      await admitted(ledger, asking(1, { limits }));
    });

    test("F16 frees when it says so, for requests and for tokens", async () => {
      for (const limits of [{ requestsPerMinute: 2 }, { tokensPerMinute: 25 }]) {
        const { ledger, pass } = open(NOON + 777);
        await admitted(ledger, asking(10, { limits }));
        pass(5_333);
        await admitted(ledger, asking(10, { limits }));
        const refused = await refusal(ledger, asking(10, { limits }));
        expect(refused.retryAfterMs).toBeLessThanOrEqual(61_000);
        pass(refused.retryAfterMs! - 1);
        expect((await ledger.reserve(asking(10, { limits }))).ok).toBe(false);
        pass(1);
        await admitted(ledger, asking(10, { limits }));
      }
    });

    test("counts the tokens that were used, once that is known", async () => {
      const { ledger } = open();
      const limits = { tokensPerMinute: 100 };
      const call = asking(100, { limits });
      await ledger.reserve(call);
      expect((await refusal(ledger, asking(1, { limits }))).remaining).toEqual({ tokensPerMinute: 0 });
      await ledger.settle(call.id, used(10));
      await admitted(ledger, asking(90, { limits }));
      expect(await refusal(ledger, asking(101, { limits }))).toMatchObject({ retryAfterMs: null });
    });

    test("F12 a clock that goes back frees nothing and locks out for one window at most", async () => {
      const { ledger, rig, name } = open();
      const limits = { requestsPerMinute: 1, streams: 1 };
      const call = asking(1, { limits, stream: true });
      await admitted(ledger, call);
      rig.set(NOON - 5 * HOUR);
      const refused = await refusal(ledger, asking(1, { limits, stream: true }));
      expect(refused.retryAfterMs).toBeLessThanOrEqual(61_000);
      rig.set(NOON - 5 * HOUR + 61_000);
      await rig.ring(name);
      await admitted(ledger, asking(1, { limits, stream: true }));
      expect(await ledger.settle(call.id, used(1))).toMatchObject({ settled: true });
    });
  });

  describe("a period", () => {
    test("F23 what was admitted before midnight is charged before it, whenever it is settled", async () => {
      const midnight = Date.UTC(2026, 11, 1);
      const { ledger, pass } = open(midnight - 10);
      const limits = { tokensPerDay: 10, tokensPerMonth: 10 };
      const call = asking(10, { limits });
      await admitted(ledger, call);
      expect((await refusal(ledger, asking(1, { limits }))).retryAfterMs).toBe(10);
      pass(10);
      await admitted(ledger, asking(10, { limits }));
      await ledger.settle(call.id, used(4));
      expect(await totals(ledger, "2026-11")).toMatchObject({ requests: 1, tokens: 4, held: none });
      expect(await totals(ledger, "2026-12-01")).toMatchObject({ requests: 0, held: { tokens: 10 } });
    });

    test("a month is the sum of its days, and ends with them", async () => {
      const { ledger, pass } = open(Date.UTC(2028, 1, 28, 23));
      const limits = { tokensPerMonth: 20 };
      for (const day of ["2028-02-28", "2028-02-29"]) {
        const call = asking(10, { limits });
        await admitted(ledger, call);
        await ledger.settle(call.id, used(10));
        expect((await ledger.usage("2028-02")).days.at(-1)!.day).toBe(day);
        pass(HOUR * 24);
      }
      await admitted(ledger, asking(20, { limits }));
      expect(await refusal(ledger, asking(1, { limits }))).toMatchObject({ limit: "tokensPerMonth" });
    });

    test("is told by day and by model", async () => {
      const { ledger, pass } = open();
      for (const [model, tokens] of [
        ["b", 1],
        ["a", 2],
        ["b", 4],
      ] as const) {
        const estimate = { tokensIn: 10, tokensOut: 10, microsIn: 1, microsOut: 5 };
        const call = asking(0, { model, estimate });
        await ledger.reserve(call);
        await ledger.settle(call.id, { tokensIn: 3, tokensOut: tokens, micros: 2 });
        pass(8 * HOUR);
      }
      const line = (requests: number, tokensOut: number) => ({
        requests,
        tokensIn: 3 * requests,
        tokensOut,
        micros: 2 * requests,
      });
      expect(await ledger.usage("2026-11")).toEqual({
        period: "2026-11",
        days: [
          { day: "2026-11-21", ...line(2, 3) },
          { day: "2026-11-22", ...line(1, 4) },
        ],
        models: [
          { model: "a", ...line(1, 2) },
          { model: "b", ...line(2, 5) },
        ],
        total: line(3, 7),
        held: none,
      });
      expect((await ledger.usage("2026-11-22")).total).toEqual(line(1, 4));
      expect((await ledger.usage("2026-10")).total).toEqual(line(0, 0));
    });
  });

  describe("numbers at the edge", () => {
    const wrong = [-1, Number.NaN, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, "5", null];

    test("in a reservation are refused by the member's name, never the value", async () => {
      const { ledger } = open();
      const good = asking(1, { limits: { tokensPerDay: 5 } });
      for (const value of wrong as number[]) {
        for (const member of ["tokensIn", "tokensOut", "microsIn", "microsOut"]) {
          const estimate = { ...good.estimate, [member]: value };
          const failure = ledger.reserve({ ...good, estimate });
          await expect(failure).rejects.toThrow(LedgerInputError);
          await expect(failure).rejects.toThrow(`estimate.${member}`);
        }
        await expect(ledger.reserve({ ...good, leaseMs: value })).rejects.toThrow("leaseMs");
        await expect(ledger.reserve({ ...good, limits: { streams: value } })).rejects.toThrow(
          "limits.streams",
        );
        await expect(ledger.reserve({ ...good, leastOut: value })).rejects.toThrow("leastOut");
      }
      await expect(ledger.reserve({ ...good, id: "a b" })).rejects.toThrow("id");
      await expect(ledger.reserve({ ...good, id: "x".repeat(129) })).rejects.toThrow("id");
      await expect(ledger.reserve({ ...good, model: "\n" })).rejects.toThrow("model");
      await expect(ledger.usage("2026-13")).rejects.toThrow(LedgerInputError);
      await expect(ledger.usage("2026-11-21' OR 1")).rejects.toThrow(LedgerInputError);
      await expect(ledger.settle("", used(1))).rejects.toThrow(LedgerInputError);
      expect(await totals(ledger)).toEqual({ requests: 0, tokens: 0, micros: 0, held: none });
    });

    test("in a settlement count as what is held, so that nonsense is never free", async () => {
      const { ledger } = open();
      for (const value of [...wrong, undefined] as number[]) {
        const call = asking(7);
        await ledger.reserve(call);
        const { charged } = await ledger.settle(call.id, { tokensIn: 2, tokensOut: value, micros: value });
        expect(charged).toEqual({ tokensIn: 2, tokensOut: 7, micros: 7 });
        const reported = asking(7);
        await ledger.reserve(reported);
        await ledger.report(reported.id, { tokensIn: value, tokensOut: 9, micros: value });
        expect((await ledger.settle(reported.id)).charged).toEqual({ tokensIn: 0, tokensOut: 9, micros: 7 });
      }
    });

    test("as large as they may be stay exact", async () => {
      const { ledger } = open();
      const limits = { tokensPerDay: Number.MAX_SAFE_INTEGER, microsPerDay: Number.MAX_SAFE_INTEGER };
      const estimate = { tokensIn: 1e9, tokensOut: 1e9, microsIn: 1e12, microsOut: 1e12 };
      for (let number = 0; number < 5; number += 1) await admitted(ledger, asking(0, { estimate, limits }));
      const { remaining } = await admitted(ledger, asking(1, { limits }));
      expect(remaining.microsPerDay).toBe(Number.MAX_SAFE_INTEGER - 1e13 - 1);
    });
  });

  describe("a restart", () => {
    test("forgets nothing: budgets, minutes, leases and settled ids", async (context) => {
      const { rig, ledger, pass, name } = open();
      if (rig.restart === undefined) return context.skip();
      const limits = { tokensPerDay: 30, requestsPerMinute: 3, streams: 2 };
      const [done, lost, late] = [1, 2, 3].map(() => asking(10, { limits, stream: true }));
      await ledger.reserve(done!);
      await ledger.settle(done!.id, used(10));
      await ledger.reserve(lost!);
      await ledger.report(lost!.id, used(4));
      await ledger.reserve(late!);
      await rig.restart();
      const refused = await refusal(ledger, asking(1, { limits, stream: true }));
      expect(refused).toMatchObject({ limit: "tokensPerDay", held: 20 });
      expect(refused.remaining).toEqual({ tokensPerDay: 0, requestsPerMinute: 0, streams: 0 });
      expect(await ledger.settle(done!.id, used(1))).toMatchObject({ settled: false });
      expect(await ledger.settle(late!.id, used(1))).toMatchObject({ settled: true });
      pass(LEASE);
      await rig.restart();
      await rig.ring(name);
      expect(await totals(ledger)).toEqual({ requests: 3, tokens: 21, micros: 21, held: none });
      expect(await ledger.settle(lost!.id, used(6))).toMatchObject({ settled: true });
      expect((await totals(ledger)).tokens).toBe(17);
    });
  });
}
