// The caller's ledger and everyone's, asked as one.
import { describe, expect, test } from "vitest";
import type { Ledger } from "../ledger.ts";
import { bothLedgers } from "../ledger-both.ts";
import { createMemoryLedger } from "../ledger-memory.ts";
import { asking, NOON, used } from "./ledger-behaviour.ts";

function rig(limits: Parameters<typeof bothLedgers>[2]) {
  let now = NOON;
  const of = createMemoryLedger({ now: () => now, warn: () => {} });
  const everyone = of("everyone");
  return {
    everyone,
    alone: of,
    of: (name: string) => bothLedgers(of(name), everyone, limits),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const spent = async (ledger: Ledger) => {
  const { total, held } = await ledger.usage("2026-11");
  return [total.tokensOut, held.tokens];
};

describe("both ledgers", () => {
  test("count a call once each", async () => {
    const { of, everyone } = rig({ tokensPerDay: 100 });
    const a = of("a");
    const call = asking(10, { limits: { tokensPerDay: 50 } });
    expect(await a.reserve(call)).toEqual({ ok: true, granted: used(10), remaining: { tokensPerDay: 40 } });
    expect(await a.report(call.id, used(4))).toEqual({ live: true, granted: used(10) });
    expect(await a.settle(call.id, used(6))).toMatchObject({ settled: true });
    expect(await a.settle(call.id, used(6))).toMatchObject({ settled: false });
    expect(await spent(a)).toEqual([6, 0]);
    expect(await spent(everyone)).toEqual([6, 0]);
  });

  test("P2 everyone's budget holds for all callers together, and its refusal says nothing of theirs", async () => {
    const { of, alone } = rig({ tokensPerDay: 37 });
    const callers = Array.from({ length: 20 }, (_, index) => of(`caller ${index}`));
    const limits = { requestsPerMinute: 10, tokensPerDay: 1000 };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => callers[index % 20]!.reserve(asking(1, { limits }))),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(37);
    const refused = answers.find(({ ok }) => !ok)!;
    expect(refused).toMatchObject({ limit: "tokensPerDay", scope: "everyone", held: 0, remaining: {} });
    // Whom everyone's limit has refused was not admitted: nothing is held, no request is counted.
    const held = await Promise.all(
      callers.map(async (_, index) => (await spent(alone(`caller ${index}`)))[1]!),
    );
    expect(held.reduce((sum, one) => sum + one, 0)).toBe(37);
    const last = await alone("caller 19").reserve(asking(1, { limits }));
    expect(last.remaining.requestsPerMinute).toBeGreaterThan(7);
  });

  test("a caller's own refusal doesn't ask everyone's", async () => {
    const { of, everyone } = rig({ requestsPerMinute: 1 });
    const a = of("a");
    expect(await a.reserve(asking(1, { limits: { streams: 0 }, stream: true }))).toMatchObject({
      scope: "caller",
    });
    expect(await everyone.reserve(asking(1, { limits: { requestsPerMinute: 1 } }))).toMatchObject({
      ok: true,
    });
  });

  test("the smaller grant holds", async () => {
    const { of } = rig({ tokensPerDay: 30 });
    const a = of("a");
    const call = asking(50, { limits: { tokensPerDay: 40 }, leastOut: 1 });
    expect(await a.reserve(call)).toMatchObject({ granted: used(30) });
    expect(await a.report(call.id, used(30), { tokensOut: 20, micros: 20 })).toEqual({
      live: true,
      granted: used(30),
    });
  });

  test("when everyone's can't be asked, the caller's lets go and the call is refused", async () => {
    const { alone } = rig({});
    const broken = { ...alone("broken"), reserve: () => Promise.reject(new Error("down")) };
    const a = bothLedgers(alone("a"), broken, {});
    const call = asking(10, { limits: { requestsPerMinute: 1, tokensPerDay: 10 } });
    await expect(a.reserve(call)).rejects.toThrow("down");
    expect(await spent(a)).toEqual([0, 0]);
    expect(await alone("a").reserve(asking(10, { limits: call.limits }))).toMatchObject({ ok: true });
  });

  test("when one can't be told of the end, the other is all the same", async () => {
    const { alone } = rig({});
    const failing = { ...alone("mine"), settle: () => Promise.reject(new Error("down")) };
    const call = asking(10);
    const both = bothLedgers(failing, alone("everyone"), {});
    await both.reserve(call);
    await expect(both.settle(call.id, used(3))).rejects.toThrow("down");
    expect(await spent(alone("everyone"))).toEqual([3, 0]);
    expect(await spent(alone("mine"))).toEqual([0, 10]);
  });
});
