// The ledger in the Durable Object that Cloudflare would run: its SQLite, its alarm, and its eviction.
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ledgerIn } from "../../ledger-object.ts";
import type { ObjectNamespace } from "../../platform.ts";
import { asking, describeLedger, used } from "../ledger-behaviour.ts";

const { LEDGER } = env as unknown as { LEDGER: ObjectNamespace };
const stubOf = (name: string) => LEDGER.get(LEDGER.idFromName(name));

afterEach(() => void vi.restoreAllMocks());

describe("in a Durable Object", () => {
  let rigs = 0;
  describeLedger((start) => {
    rigs += 1;
    const number = rigs;
    let now = start;
    // Objects run beside the tests, so they see this clock.
    vi.spyOn(Date, "now").mockImplementation(() => now);
    return {
      of: (principal) => ledgerIn(LEDGER)(`${number} ${principal}`),
      now: () => now,
      set: (to) => {
        now = to;
      },
      ring: async (principal) => void (await runDurableObjectAlarm(stubOf(`${number} ${principal}`))),
      restart: () => abortAllDurableObjects(),
    };
  });
});

test("an alarm ends the lease of a call that nobody tells about, without another question", async () => {
  const ledger = ledgerIn(LEDGER)("alone");
  const call = asking(5, { leaseMs: 1000, stream: true, limits: { streams: 1 } });
  await ledger.reserve(call);
  await abortAllDurableObjects();
  await new Promise((resolve) => setTimeout(resolve, 2500));
  // The rows themselves: a question would end the lease, too.
  const live = await runInDurableObject(stubOf("alone"), (_, { storage }) =>
    storage.sql.exec("SELECT id FROM live").toArray(),
  );
  expect(live).toEqual([]);
  expect((await ledger.settle(call.id, used(2))).settled).toBe(true);
});

test("P2 F22 200 at once, of a caller never seen, with a budget for 37: exactly 37, with 50 seeds and two ways in", async () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const tokens = 1 + ((seed * 7) % 13);
    const limits = { tokensPerDay: 37 * tokens + (seed % tokens), microsPerMonth: 1e9 };
    const ways = [ledgerIn(LEDGER)(`seed ${seed}`), ledgerIn(LEDGER)(`seed ${seed}`)];
    const calls = Array.from({ length: 200 }, () => asking(tokens, { limits, stream: seed % 2 === 0 }));
    const answers = await Promise.all(calls.map((call, index) => ways[(index * seed) % 2]!.reserve(call)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(37);
  }
}, 120_000);
