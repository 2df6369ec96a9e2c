// Ledgers in memory and in the Durable Object's class over SQLite, in Node.
import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { LedgerUnavailable } from "../ledger.ts";
import { MAX_LIVE } from "../ledger-limits.ts";
import { createMemoryLedger } from "../ledger-memory.ts";
import { ledgerIn } from "../ledger-object.ts";
import type { ObjectNamespace } from "../platform.ts";
import { asking, describeLedger, LEASE, NOON, used } from "./ledger-behaviour.ts";
import { createSqliteObjects } from "./sqlite-object.ts";

const DAY = 86_400_000;

function inMemory(start: number) {
  let now = start;
  const of = createMemoryLedger({ now: () => now, warn: () => {} });
  return {
    of,
    now: () => now,
    set: (to: number) => {
      now = to;
    },
    ring: async () => {},
  };
}

function inSqlite(start: number) {
  let now = start;
  const objects = createSqliteObjects(() => now);
  return {
    of: ledgerIn(objects.namespace),
    now: () => now,
    set: (to: number) => {
      now = to;
    },
    ring: async (name: string) => void (await objects.ring(name)),
    restart: async () => objects.restart(),
    objects,
  };
}

describe("in memory", () => {
  describeLedger(inMemory);

  test("says once that it forgets", () => {
    const warn = vi.fn();
    const of = createMemoryLedger({ warn });
    of("a");
    of("b");
    expect(warn.mock.calls).toEqual([[expect.stringContaining("memory")]]);
  });
});

describe("in SQLite", () => {
  describeLedger(inSqlite);

  test("the alarm is set for the first lease, once, and then for what is next", async () => {
    const rig = inSqlite(NOON);
    const disk = rig.objects.stored("p");
    const set = vi.spyOn(disk, "setAlarm");
    const ledger = rig.of("p");
    const calls = [asking(1), asking(1, { leaseMs: 5000 }), asking(1), asking(1, { leaseMs: 9000 })];
    for (const call of calls) await ledger.reserve(call);
    expect(set.mock.calls).toEqual([[NOON + LEASE], [NOON + 5000]]);
    rig.set(NOON + 5000);
    expect(await rig.objects.ring("p")).toBe(true);
    expect((await ledger.usage("2026-11")).held.tokens).toBe(3);
    expect(disk.alarm).toBe(NOON + 9000);
    // Without another question: the alarm alone ends every lease.
    for (let rings = 0; rings < 10; rings += 1) {
      rig.set(Math.max(rig.now(), Math.min(disk.alarm!, NOON + LEASE)));
      await rig.objects.ring("p");
    }
    expect(disk.rows("live")).toBe(0);
  });

  test("an alarm that could not be set is set at the next question", async () => {
    const rig = inSqlite(NOON);
    const disk = rig.objects.stored("p");
    vi.spyOn(disk, "setAlarm").mockRejectedValueOnce(new Error("disk"));
    await expect(rig.of("p").reserve(asking(1))).rejects.toThrow(LedgerUnavailable);
    await rig.of("p").reserve(asking(1));
    expect(disk.alarm).toBe(NOON + LEASE);
  });

  test("I12 a ledger that nobody uses any more is empty after its days, and then works anew", async () => {
    const rig = inSqlite(NOON);
    const disk = rig.objects.stored("p");
    const ledger = rig.of("p");
    const call = asking(1, { keepDays: 40 });
    await ledger.reserve(call);
    let rings = 0;
    for (; disk.alarm !== null && rings < 20; rings += 1) {
      rig.set(disk.alarm);
      await rig.objects.ring("p");
    }
    expect(rig.now() - NOON).toBeLessThanOrEqual(42 * DAY);
    expect(rings).toBeLessThan(6);
    for (const table of ["live", "closed", "seconds", "days", "usage"]) expect(disk.rows(table)).toBe(0);
    expect(await ledger.reserve(asking(1))).toMatchObject({ ok: true });
  });

  test("ended calls are bounded by count and by age", async () => {
    const rig = inSqlite(NOON);
    const ledger = rig.of("p");
    for (let number = 0; number < 12_000; number += 1) {
      const call = asking(1);
      await ledger.reserve(call);
      await ledger.settle(call.id, used(1));
    }
    expect(rig.objects.stored("p").rows("closed")).toBeLessThanOrEqual(11_000);
    rig.set(NOON + 2 * DAY);
    await rig.objects.ring("p");
    await rig.objects.ring("p");
    expect(rig.objects.stored("p").rows("closed")).toBe(0);
    expect(rig.objects.stored("p").rows("seconds")).toBe(0);
    expect((await ledger.usage("2026-11")).total.tokensOut).toBe(12_000);
  }, 60_000);

  test("calls under way are bounded even without a limit", async () => {
    const rig = inSqlite(NOON);
    const ledger = rig.of("p");
    await ledger.reserve(asking(1));
    rig.objects.stored("p").sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${MAX_LIVE})
        INSERT INTO live SELECT 'x' || i, 'm', 0, ${NOON}, 60000, ${NOON + LEASE}, '{}', 0, 0, 0 FROM n`,
    );
    expect(await ledger.reserve(asking(1))).toMatchObject({ ok: false, limit: "calls", retryAfterMs: LEASE });
  });

  test("a question that fails changes nothing", async () => {
    const rig = inSqlite(NOON);
    const ledger = rig.of("p");
    const disk = rig.objects.stored("p");
    await ledger.usage("2026-11");
    disk.sql.exec("DROP TABLE days");
    await expect(ledger.reserve(asking(5))).rejects.toThrow(LedgerUnavailable);
    expect(disk.rows("live")).toBe(0);
    expect(disk.rows("seconds")).toBe(0);
  });

  test("two calls per request: what they cost in statements is known", async () => {
    const rig = inSqlite(NOON);
    const ledger = rig.of("p");
    const disk = rig.objects.stored("p");
    await ledger.usage("2026-11");
    disk.statements.length = 0;
    const call = asking(5, { limits: { tokensPerDay: 100, requestsPerMinute: 10 } });
    await ledger.reserve(call);
    await ledger.settle(call.id, used(3));
    const writes = disk.statements.filter((statement) => !/^\s*SELECT/.test(statement));
    expect(writes.length).toBeLessThanOrEqual(9);
    expect(disk.statements.length).toBeLessThanOrEqual(15);
  });
});

describe("F15 an object that can't be asked", () => {
  const failing = (failures: object[]) => {
    let asked = 0;
    const namespace: ObjectNamespace = {
      idFromName: (name) => name,
      get: () => ({
        fetch: async () => {
          const failure = failures[asked++];
          if (failure !== undefined) throw Object.assign(new Error("broken"), failure);
          return Response.json({ answer: { ok: true } });
        },
      }),
    };
    return { ledger: ledgerIn(namespace)("p"), asked: () => asked };
  };

  test.each([
    ["that is overloaded isn't asked again", [{ overloaded: true, retryable: true }], 1],
    ["that has failed for good isn't asked again", [{}], 1],
    ["that moved is asked once more", [{ retryable: true }, { retryable: true }], 2],
  ])("%s", async (_, failures, times) => {
    const { ledger, asked } = failing(failures);
    await expect(ledger.reserve(asking(1))).rejects.toThrow(LedgerUnavailable);
    expect(asked()).toBe(times);
  });

  test("that moved and is back answers", async () => {
    expect(await failing([{ retryable: true }]).ledger.reserve(asking(1))).toEqual({ ok: true });
  });

  test("that doesn't answer is given up, and told to let go", async () => {
    const steps: string[] = [];
    const namespace: ObjectNamespace = {
      idFromName: (name) => name,
      get: () => ({
        fetch: (_url, init) => {
          steps.push((JSON.parse(init.body as string) as { step: string }).step);
          return new Promise(() => {});
        },
      }),
    };
    await expect(ledgerIn(namespace, 20)("p").reserve(asking(1))).rejects.toThrow(LedgerUnavailable);
    expect(steps).toEqual(["reserve", "release"]);
  });

  test("that answers with nonsense is no permission", async () => {
    const namespace: ObjectNamespace = {
      idFromName: (name) => name,
      get: () => ({ fetch: async () => new Response("oops", { status: 500 }) }),
    };
    await expect(ledgerIn(namespace)("p").reserve(asking(1))).rejects.toThrow(LedgerUnavailable);
  });
});

test("F27 no rule and no row waits: what reads and writes a ledger is synchronous", () => {
  for (const file of [
    "ledger-book",
    "ledger-limits",
    "ledger-room",
    "ledger-sql",
    "ledger-store",
    "ledger-usage",
  ]) {
    const code = readFileSync(new URL(`../${file}.ts`, import.meta.url), "utf8");
    expect(code, file).not.toMatch(/\bawait\b|\basync\b|\bfetch\(|Promise|Date\.now/);
  }
});
