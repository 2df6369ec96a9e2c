// Any order of questions, lost calls and restarts, against a model that recounts everything from a list of calls: no
// budget is ever overspent, nothing stays held after its lease, and each call is settled once.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ledger } from "../ledger.ts";
import { createMemoryLedger } from "../ledger-memory.ts";
import { ledgerIn } from "../ledger-object.ts";
import { asking, NOON, used } from "./ledger-behaviour.ts";
import { createSqliteObjects } from "./sqlite-object.ts";

const LEASE = 10_000;
const HOUR = 3_600_000;
const LIMITS = {
  requestsPerMinute: 6,
  tokensPerMinute: 60,
  streams: 3,
  tokensPerDay: 100,
  microsPerMonth: 150,
};

type Step =
  | { readonly do: "reserve"; readonly tokens: number; readonly least: number; readonly stream: boolean }
  | {
      readonly do: "again" | "settle" | "release" | "uncount";
      readonly which: number;
      readonly tokens: number;
    }
  | { readonly do: "report"; readonly which: number; readonly tokens: number; readonly more: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "restart" | "ring" };

const which = fc.nat(30);
const tokens = fc.nat(45);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("reserve"), tokens, least: tokens, stream: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("again"), which, tokens }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("report"), which, tokens, more: fc.nat(20) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("settle"), which, tokens }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("release", "uncount"), which, tokens }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("pass"),
        ms: fc.oneof(fc.nat(3000), fc.nat(20_000), fc.constantFrom(61_000, 5 * HOUR, 40 * HOUR)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("restart", "ring") }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 60 },
);

interface Call {
  readonly id: string;
  readonly admitted: number;
  readonly stream: boolean;
  until: number;
  charge: number;
  how: "live" | "expired" | "settled" | "released";
  counted: boolean;
  closed: number;
}

/** The same rules, recounted from the list of all calls each time. */
function createModel() {
  const calls: Call[] = [];
  const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const sum = (list: readonly Call[]) => list.reduce((total, { charge }) => total + charge, 0);
  const onDay = (at: number) => calls.filter(({ admitted }) => dayOf(admitted) === dayOf(at));
  const inMonth = (at: number) =>
    calls.filter(({ admitted }) => dayOf(admitted).slice(0, 7) === dayOf(at).slice(0, 7));
  const room = (at: number) =>
    Math.min(LIMITS.tokensPerDay - sum(onDay(at)), LIMITS.microsPerMonth - sum(inMonth(at)));
  return {
    calls,
    sum,
    onDay,
    inMonth,
    expire(now: number) {
      for (const call of calls) {
        if (call.how === "live" && call.until <= now) Object.assign(call, { how: "expired", closed: now });
      }
    },
    /** What a new call would be granted. */
    grant(now: number, wanted: number, leastGiven: number, stream: boolean): number | undefined {
      const least = Math.min(leastGiven, wanted);
      const recent = calls.filter(
        ({ admitted }) => Math.floor(admitted / 1000) >= Math.floor(now / 1000) - 60,
      );
      const left = room(now);
      const granted = Math.min(wanted, left, LIMITS.tokensPerMinute);
      if (left <= 0 || granted < least) return undefined;
      if (recent.filter(({ counted }) => counted).length >= LIMITS.requestsPerMinute) return undefined;
      if (sum(recent) + Math.max(1, granted) > LIMITS.tokensPerMinute) return undefined;
      const streams = calls.filter((call) => call.how === "live" && call.stream).length;
      return stream && streams >= LIMITS.streams ? undefined : granted;
    },
    room,
  };
}

interface Rig {
  readonly ledger: Ledger;
  restart(): void;
  ring(): Promise<unknown>;
}

const rigs: [string, (now: () => number) => Rig][] = [
  [
    "in memory",
    (now) => ({
      ledger: createMemoryLedger({ now, warn: () => {} })("p"),
      restart: () => {},
      ring: async () => {},
    }),
  ],
  [
    "in SQLite",
    (now) => {
      const objects = createSqliteObjects(now);
      return {
        ledger: ledgerIn(objects.namespace)("p"),
        restart: objects.restart,
        ring: () => objects.ring("p"),
      };
    },
  ],
];

async function run(rig: Rig, clock: { now: number }, list: readonly Step[]): Promise<void> {
  const model = createModel();
  const { ledger } = rig;
  for (const step of list) {
    const call = "which" in step ? model.calls[step.which % Math.max(1, model.calls.length)] : undefined;
    if ("which" in step && call === undefined) continue;
    // Ended calls are forgotten after a day.
    if (call !== undefined && call.how !== "live" && clock.now - call.closed > 23 * HOUR) continue;
    if (step.do !== "settle" && step.do !== "release" && step.do !== "uncount") model.expire(clock.now);
    switch (step.do) {
      case "reserve": {
        const { stream, least } = step;
        const reservation = asking(step.tokens, { limits: LIMITS, leaseMs: LEASE, stream, leastOut: least });
        const expected = model.grant(clock.now, step.tokens, least, stream);
        const answer = await ledger.reserve(reservation);
        expect(answer.ok ? answer.granted.tokensOut : answer.limit).toEqual(expected ?? expect.any(String));
        if (!answer.ok) break;
        model.calls.push({
          id: reservation.id,
          admitted: clock.now,
          stream,
          until: clock.now + LEASE,
          charge: expected!,
          how: "live",
          counted: true,
          closed: 0,
        });
        expect(model.sum(model.onDay(clock.now))).toBeLessThanOrEqual(LIMITS.tokensPerDay);
        expect(answer.remaining.tokensPerDay).toBe(LIMITS.tokensPerDay - model.sum(model.onDay(clock.now)));
        break;
      }
      case "again": {
        const answer = await ledger.reserve(
          asking(step.tokens, { id: call!.id, limits: LIMITS, leaseMs: LEASE }),
        );
        if (call!.how === "live") call!.until = clock.now + LEASE;
        expect(answer.ok ? answer.granted.tokensOut : answer.limit).toBe(
          call!.how === "live" ? call!.charge : "id",
        );
        break;
      }
      case "report": {
        const more = { tokensOut: step.more, micros: step.more };
        const answer = await ledger.report(call!.id, used(step.tokens), more);
        if (call!.how === "live") {
          call!.until = clock.now + LEASE;
          call!.charge = Math.max(call!.charge, step.tokens);
          const wanted = Math.max(0, step.tokens + step.more - call!.charge);
          call!.charge += Math.max(0, Math.min(wanted, model.room(call!.admitted)));
        }
        expect(answer).toEqual({ live: call!.how === "live", granted: used(call!.charge) });
        break;
      }
      case "settle": {
        const first = call!.how !== "settled";
        if (first) Object.assign(call!, { charge: step.tokens, closed: clock.now });
        call!.how = "settled";
        expect(await ledger.settle(call!.id, used(step.tokens))).toMatchObject({
          settled: first,
          charged: used(call!.charge),
        });
        break;
      }
      case "release":
      case "uncount": {
        const open = call!.how === "live" || call!.how === "expired";
        expect(await ledger.release(call!.id, { uncount: step.do === "uncount" })).toBe(open);
        if (!open) break;
        call!.how = "released";
        call!.closed = clock.now;
        call!.charge = 0;
        if (step.do === "uncount") call!.counted = false;
        break;
      }
      case "pass":
        clock.now += step.ms;
        break;
      case "restart":
        rig.restart();
        break;
      case "ring":
        await rig.ring();
    }
    model.expire(clock.now);
    const { total, held } = await ledger.usage(new Date(clock.now).toISOString().slice(0, 7));
    const month = model.inMonth(clock.now);
    expect(held.tokens).toBe(model.sum(month.filter(({ how }) => how === "live")));
    expect(total.tokensOut).toBe(model.sum(month.filter(({ how }) => how !== "live")));
    expect(total.requests).toBe(month.filter(({ how }) => how === "expired" || how === "settled").length);
  }
  // F16 Who waits exactly as long as told is admitted.
  const next = asking(20, { limits: LIMITS, leaseMs: LEASE, stream: true });
  const refused = await ledger.reserve(next);
  if (!refused.ok) {
    expect(refused.retryAfterMs).not.toBeNull();
    clock.now += refused.retryAfterMs!;
    expect(await ledger.reserve(next)).toMatchObject({ ok: true });
  }
  // Whatever happened: after the lease nothing is held, and every place is free.
  clock.now += LEASE;
  await rig.ring();
  expect((await ledger.usage(new Date(NOON).toISOString().slice(0, 7))).held).toEqual({
    tokens: 0,
    micros: 0,
  });
  const probe = asking(0, { limits: { streams: 1 }, stream: true });
  expect(await ledger.reserve(probe)).toMatchObject({ ok: true, remaining: { streams: 0 } });
}

describe.each(rigs)("%s", (_, open) => {
  test("F16 F25 a ledger does what the list of all its calls says", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const clock = { now: NOON };
        await run(
          open(() => clock.now),
          clock,
          list,
        );
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  test("P2 200 at once with a budget for 37: exactly 37, with 50 seeds", async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const { ledger } = open(() => NOON);
      const size = 1 + ((seed * 7) % 13);
      const limits = { tokensPerDay: 37 * size + (seed % size), tokensPerMonth: 1e6 };
      const calls = Array.from({ length: 200 }, () => asking(size, { limits }));
      const answers = await Promise.all(calls.map((call) => ledger.reserve(call)));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(37);
    }
  }, 60_000);

  test("P2 200 at once, lost, aborted, cut and settled in any order: never more than 37 are paid for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { minLength: 200, maxLength: 200 }), async (fates) => {
        const clock = { now: NOON };
        const rig = open(() => clock.now);
        const limits = { microsPerDay: 37 * 5 };
        let most = 0;
        const settled = await Promise.all(
          fates.map(async (fate) => {
            const call = asking(5, { limits, leaseMs: LEASE });
            if (!(await rig.ledger.reserve(call)).ok) return;
            if (fate === 0) return; // nobody hears of it again
            if (fate === 1) return rig.ledger.release(call.id);
            if (fate === 2) await rig.ledger.report(call.id, used(3));
            return rig.ledger.settle(call.id, fate === 3 ? undefined : used(fate));
          }),
        );
        expect(settled).toHaveLength(200);
        const now = await rig.ledger.usage("2026-11-21");
        most = now.total.micros + now.held.micros;
        expect(most).toBeLessThanOrEqual(37 * 5);
        clock.now += LEASE;
        rig.restart();
        await rig.ring();
        const after = await rig.ledger.usage("2026-11-21");
        expect(after.held).toEqual({ tokens: 0, micros: 0 });
        expect(after.total.micros).toBe(most);
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  test("F12 whatever the clock does, nothing is lost, held for ever or negative", async () => {
    const jumps = fc.array(fc.integer({ min: -2 * 86_400_000, max: 2 * 86_400_000 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(jumps, async (list) => {
        const clock = { now: NOON };
        const { ledger } = open(() => clock.now);
        const limits = { requestsPerMinute: 2, tokensPerMinute: 20, streams: 2 };
        let spent = 0;
        for (const jump of list) {
          clock.now = Math.max(0, clock.now + jump);
          const call = asking(5, { limits, leaseMs: LEASE, stream: true });
          const answer = await ledger.reserve(call);
          for (const left of Object.values(answer.remaining)) expect(left).toBeGreaterThanOrEqual(0);
          // No lock-out longer than one window, or one lease.
          if (!answer.ok) expect(answer.retryAfterMs).toBeLessThanOrEqual(61_000);
          if (!answer.ok) continue;
          await ledger.settle(call.id, used(2));
          spent += 2;
        }
        let sum = 0;
        for (const month of ["1970-01", "2026-09", "2026-10", "2026-11", "2026-12", "2027-01"]) {
          const { total, held } = await ledger.usage(month);
          expect(held.tokens).toBe(0);
          sum += total.tokensOut;
        }
        expect(sum).toBe(spent);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
