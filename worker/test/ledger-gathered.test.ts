// Ends of calls that are told along with the next question to the same ledger: fewer questions, the same sums, whatever
// gets lost on the way.
import { beforeEach, expect, test } from "vitest";
import type { Ledger, Reservation } from "../ledger.ts";
import { ledgerIn } from "../ledger-object.ts";
import type { ObjectNamespace } from "../platform.ts";
import { createSqliteObjects } from "./sqlite-object.ts";

const GATHER_MS = 15;
const DAY = "2026-11-21";
const NOW = Date.parse(`${DAY}T12:00:00Z`);

type Loss = "question" | "answer" | undefined;
let asked: string[];
/** What gets lost of the next questions, by their step. */
let loses: (step: string) => Loss;
let ledger: Ledger;

beforeEach(() => {
  asked = [];
  loses = () => undefined;
  const { namespace } = createSqliteObjects(() => NOW);
  const lossy: ObjectNamespace = {
    idFromName: (name) => namespace.idFromName(name),
    get: (id) => ({
      async fetch(url, init) {
        const { step, settled = [] } = JSON.parse(init.body as string) as {
          step: string;
          settled?: unknown[];
        };
        asked.push(`${step}+${settled.length}`);
        const loss = loses(step);
        if (loss === "question") throw new Error("lost");
        const response = await namespace.get(id).fetch(url, init);
        if (loss === "answer") throw new Error("lost");
        return response;
      },
    }),
  };
  ledger = ledgerIn(lossy, 1000, GATHER_MS)("caller");
});

const reservation = (id: string): Reservation => ({
  id,
  model: "m",
  stream: false,
  estimate: { tokensIn: 10, tokensOut: 10, microsIn: 0, microsOut: 0 },
  leaseMs: 60_000,
  limits: { tokensPerDay: 1_000_000 },
});
const used = { tokensIn: 3, tokensOut: 4, micros: 0 };
const spent = async () => {
  const { total, held } = await ledger.usage(DAY);
  return { requests: total.requests, tokens: total.tokensIn + total.tokensOut, held: held.tokens };
};

test("one goes along with the next reservation, and both are answered", async () => {
  await ledger.reserve(reservation("a"));
  const settled = ledger.settle("a", used);
  expect(await ledger.reserve(reservation("b"))).toMatchObject({
    ok: true,
    remaining: { tokensPerDay: 1_000_000 - 7 - 20 },
  });
  expect(await settled).toMatchObject({ settled: true, charged: used });
  expect(asked).toEqual(["reserve+0", "reserve+1"]);
});

test("one that nothing follows is told by itself", async () => {
  await ledger.reserve(reservation("a"));
  expect(await ledger.settle("a", used)).toMatchObject({ settled: true });
  expect(asked).toEqual(["reserve+0", "settle+0"]);
  expect(await spent()).toEqual({ requests: 1, tokens: 7, held: 0 });
});

test("usage that is asked for at once knows of it", async () => {
  await ledger.reserve(reservation("a"));
  const settled = ledger.settle("a", used);
  expect(await spent()).toEqual({ requests: 1, tokens: 7, held: 0 });
  await settled;
});

test.each(["question", "answer"] as const)(
  "the %s that it went along with is lost: told again, counted once",
  async (loss) => {
    await ledger.reserve(reservation("a"));
    const settled = ledger.settle("a", used);
    loses = (step) => (step === "reserve" ? loss : undefined);
    await expect(ledger.reserve(reservation("b"))).rejects.toThrow();
    loses = () => undefined;
    expect((await settled).settled).toBe(loss === "question");
    expect(asked).toEqual(["reserve+0", "reserve+1", "settle+0"]);
    expect(await spent()).toEqual({ requests: 1, tokens: 7, held: loss === "answer" ? 20 : 0 });
  },
);

test("a refusal brings it there, too", async () => {
  await ledger.reserve(reservation("a"));
  const settled = ledger.settle("a", used);
  expect(await ledger.reserve({ ...reservation("b"), limits: { tokensPerDay: 5 } })).toMatchObject({
    ok: false,
  });
  expect(await settled).toMatchObject({ settled: true });
  expect(asked).toEqual(["reserve+0", "reserve+1"]);
});

test("300 calls, a tenth of all questions and answers lost: what was used is what is counted", async () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  loses = () => (random() < 0.05 ? "question" : random() < 0.05 ? "answer" : undefined);
  let charged = 0;
  const call = async (id: string) => {
    if (!(await ledger.reserve(reservation(id)).catch(() => undefined))?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, random() * 10));
    charged += 1;
    // Told until somebody has heard it, as nobody does outside of a test: there the lease ends it.
    for (;;) if (await ledger.settle(id, used).catch(() => undefined)) return;
  };
  const calls: Promise<void>[] = [];
  for (let index = 0; index < 300; index += 1) {
    calls.push(call(`call-${index}`));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(calls);
  loses = () => undefined;
  const { requests, tokens } = await spent();
  expect({ requests, tokens }).toEqual({ requests: charged, tokens: charged * 7 });
  expect(asked.length).toBeLessThan(charged * 1.9);
});
