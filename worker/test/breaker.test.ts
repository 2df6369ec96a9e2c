// The circuit breaker by itself: what opens it, how long it rests, and that there is never more than one probe.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Attempt, BREAKER, type CallEnd, createBreaker } from "../breaker.ts";

const LEASE_MS = 60_000;
const steady = () => 0;

function failing(times: number, at = 0) {
  const breaker = createBreaker(BREAKER, steady);
  for (let i = 0; i < times; i += 1) breaker.begin(at, LEASE_MS)?.end("failed", at);
  return breaker;
}

describe("what opens it", () => {
  const rows: [string, CallEnd[], "closed" | "open"][] = [
    ["four failures", ["failed", "failed", "failed", "failed"], "closed"],
    ["B11 five failures", Array(5).fill("failed"), "open"],
    [
      "five failures among six successes",
      [...Array(6).fill("answered"), ...Array(5).fill("failed")],
      "closed",
    ],
    [
      "five failures among five successes",
      [...Array(5).fill("answered"), ...Array(5).fill("failed")],
      "open",
    ],
    ["B12 answers with a 4xx are answers", Array(50).fill("answered"), "closed"],
    ["callers who leave", Array(50).fill("unknown"), "closed"],
    ["B21 one 429", ["busy"], "open"],
  ];
  for (const [name, ends, state] of rows) {
    test(`${name}: ${state}`, () => {
      const breaker = createBreaker(BREAKER, steady);
      // All under way at once, so that none is kept from starting.
      const attempts = ends.map(() => breaker.begin(0, LEASE_MS)!);
      for (const [index, end] of ends.entries()) attempts[index]!.end(end, 0);
      expect(breaker.look(0).state).toBe(state);
    });
  }

  test("failures that are spread over more than the window are forgotten", () => {
    const breaker = createBreaker(BREAKER, steady);
    for (let i = 0; i < 20; i += 1) breaker.begin(i * 8000, LEASE_MS)!.end("failed", i * 8000);
    expect(breaker.look(160_000).state).toBe("closed");
  });
});

describe("how long it rests", () => {
  test("B21 as long as the service wishes, then one probe", () => {
    const breaker = createBreaker(BREAKER, steady);
    breaker.begin(0, LEASE_MS)!.end("busy", 0, 7000);
    expect(breaker.look(0)).toMatchObject({ state: "open", why: "busy", waitMs: 7000 });
    expect(breaker.begin(6999, LEASE_MS)).toBeUndefined();
    const probe = breaker.begin(7000, LEASE_MS);
    expect(probe?.isProbe).toBe(true);
    expect(breaker.begin(7000, LEASE_MS)).toBeUndefined();
    probe!.end("answered", 7100);
    expect(breaker.look(7100).state).toBe("closed");
  });

  test("B09 a day is followed for an hour", () => {
    const breaker = createBreaker(BREAKER, steady);
    breaker.begin(0, LEASE_MS)!.end("busy", 0, 86_400_000);
    expect(breaker.look(0).waitMs).toBe(3_600_000);
  });

  test("a shorter wish does not end a longer rest", () => {
    const breaker = createBreaker(BREAKER, steady);
    const [one, two] = [breaker.begin(0, LEASE_MS)!, breaker.begin(0, LEASE_MS)!];
    one.end("busy", 0, 9000);
    two.end("busy", 10, 1000);
    expect(breaker.look(10).waitMs).toBe(8990);
  });

  test("each probe that fails doubles it, up to a minute; success starts anew", () => {
    const breaker = failing(5);
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 6; i += 1) {
      waits.push(breaker.look(now).waitMs);
      now += breaker.look(now).waitMs;
      breaker.begin(now, LEASE_MS)!.end("failed", now);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    now += breaker.look(now).waitMs;
    breaker.begin(now, LEASE_MS)!.end("answered", now);
    for (let i = 0; i < 5; i += 1) breaker.begin(now, LEASE_MS)?.end("failed", now);
    expect(breaker.look(now).waitMs).toBe(5000);
  });

  test("B11 isolates with the same wait do not come back together, and never early", () => {
    const waits = [0, 0.5, 0.999].map((chance) => {
      const breaker = createBreaker(BREAKER, () => chance);
      breaker.begin(0, LEASE_MS)!.end("busy", 0, 2000);
      return breaker.look(0).waitMs;
    });
    expect(waits).toEqual([2000, 2100, 2200]);
  });

  test("F12 a clock that goes back makes no rest longer", () => {
    const breaker = failing(5, 1_000_000);
    expect(breaker.look(0).waitMs).toBe(5000);
    expect(breaker.begin(5000, LEASE_MS)?.isProbe).toBe(true);
  });
});

test("a probe that nobody ends is given up after its lease", () => {
  const breaker = failing(5);
  expect(breaker.begin(5000, 1000)?.isProbe).toBe(true);
  expect(breaker.begin(5999, 1000)).toBeUndefined();
  expect(breaker.begin(6000, 1000)?.isProbe).toBe(true);
});

test("a probe whose caller leaves decides nothing: the next call is the probe", () => {
  const breaker = failing(5);
  breaker.begin(5000, LEASE_MS)!.end("unknown", 5001);
  expect(breaker.look(5001)).toMatchObject({ state: "half-open", waitMs: 0 });
  expect(breaker.begin(5001, LEASE_MS)?.isProbe).toBe(true);
});

test("calls from before the rest do not end it", () => {
  const breaker = createBreaker(BREAKER, steady);
  const old = breaker.begin(0, LEASE_MS)!;
  for (let i = 0; i < 5; i += 1) breaker.begin(0, LEASE_MS)!.end("failed", 0);
  old.end("answered", 10);
  expect(breaker.look(10).state).toBe("open");
});

test("only the first end of a call counts", () => {
  const breaker = createBreaker(BREAKER, steady);
  const one = breaker.begin(0, LEASE_MS)!;
  for (let i = 0; i < 9; i += 1) one.end("failed", 0);
  expect(breaker.look(0)).toMatchObject({ state: "closed", failed: 1 });
});

type Step =
  | { do: "wait"; ms: number }
  | { do: "begin" }
  | { do: "end"; which: number; how: CallEnd; wish: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  fc.constant({ do: "begin" as const }),
  fc.constant({ do: "begin" as const }),
  fc.record({
    do: fc.constant("end" as const),
    which: fc.nat(30),
    how: fc.constantFrom<CallEnd>("answered", "failed", "failed", "busy", "unknown"),
    wish: fc.integer({ min: 0, max: 30_000 }),
  }),
);

test("B21 property: never two probes at once, nothing during a rest, never a rest shorter than the wish", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 40_000 }), (steps, lease) => {
      let now = 0;
      let restsUntil = 0;
      const breaker = createBreaker(BREAKER, () => 0.3);
      const alive: { attempt: Attempt; until: number }[] = [];
      for (const one of steps) {
        if (one.do === "wait") now += one.ms;
        if (one.do === "begin") {
          const { waitMs } = breaker.look(now);
          const attempt = breaker.begin(now, lease);
          expect(attempt === undefined).toBe(waitMs > 0);
          if (attempt === undefined) continue;
          expect(now).toBeGreaterThanOrEqual(restsUntil);
          alive.push({ attempt, until: now + Math.min(lease, BREAKER.probeMs) });
          const probes = alive.filter(({ attempt: { isProbe }, until }) => isProbe && until > now);
          expect(probes.length).toBeLessThanOrEqual(1);
        }
        if (one.do === "end" && alive.length > 0) {
          const [ended] = alive.splice(one.which % alive.length, 1);
          ended!.attempt.end(one.how, now, one.wish);
          if (one.how === "busy") restsUntil = Math.max(restsUntil, now + one.wish);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("P5 property: whatever happens, it becomes well again once the service is", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      let now = 0;
      const breaker = createBreaker(BREAKER, Math.random);
      const open: Attempt[] = [];
      for (const one of steps) {
        if (one.do === "wait") now += one.ms;
        if (one.do === "begin") open.push(...[breaker.begin(now, 1000)].filter((a) => a !== undefined));
        if (one.do === "end" && open.length > 0) open.pop()!.end(one.how, now, one.wish);
      }
      now += 4_000_000;
      breaker.begin(now, 1000)!.end("answered", now);
      expect(breaker.look(now)).toMatchObject({ state: "closed", waitMs: 0 });
    }),
  );
});
