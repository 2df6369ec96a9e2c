// Which place gets a call, how long a service asks to be left alone, and where a call may go when a place fails.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callPlaces, type Failure, failureOf, isUnsent, mayMoveOn } from "../failover.ts";
import { type Refusal, refuse } from "../refusals.ts";
import { restOf } from "../rest-time.ts";
import { createRetryBudget } from "../retry-budget.ts";
import { choosePlace, createHealth, type Place, placesFor } from "../upstream-choice.ts";

const place = (name: string, priority = 1, weight = 1): Place => ({
  upstream: { name },
  deployment: "gpt",
  priority,
  weight,
});
const ready = () => true;

describe("which place", () => {
  const ptu = place("ptu", 1);
  const paygo = place("paygo", 2);
  const far = place("far", 3);
  const all = [far, paygo, ptu];

  test("B21 the best priority that does not rest", () => {
    expect(choosePlace(all, ready, () => 0.9)).toBe(ptu);
    expect(
      choosePlace(
        all,
        (one) => one !== ptu,
        () => 0.9,
      ),
    ).toBe(paygo);
    expect(
      choosePlace(
        all,
        (one) => one === far,
        () => 0,
      ),
    ).toBe(far);
    expect(
      choosePlace(
        all,
        () => false,
        () => 0,
      ),
    ).toBeUndefined();
    expect(choosePlace([], ready, () => 0)).toBeUndefined();
  });

  test("property: calls are spread by weight", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 }), (weights) => {
        const places = weights.map((weight, index) => place(`u${index}`, 1, weight));
        const counts = new Map<Place, number>();
        const draws = 5000;
        for (let i = 0; i < draws; i += 1) {
          const chosen = choosePlace(places, ready, () => (i + 0.5) / draws)!;
          counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
        }
        const total = weights.reduce((a, b) => a + b, 0);
        for (const one of places) {
          expect(Math.abs((counts.get(one) ?? 0) - (draws * one.weight) / total)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("weight 0 gets nothing, but is reached for the objects that live there, and if nothing else is left", () => {
    const drained = place("old", 1, 0);
    expect(placesFor([drained, paygo], undefined)).toEqual([paygo]);
    expect(placesFor([drained, paygo], "old")).toEqual([drained]);
    expect(choosePlace(placesFor([drained], undefined), ready, () => 0.5)).toBe(drained);
  });

  test("F18 an object lives at its upstream and nowhere else", () => {
    expect(placesFor(all, "paygo")).toEqual([paygo]);
    expect(placesFor(all, "gone")).toEqual([]);
  });

  test("P5 the state of an isolate is bounded", () => {
    const health = createHealth(() => 0, Math.random);
    health.begin(place("first"), 10)!.end("busy", 0, 1000);
    for (let i = 0; i < 3000; i += 1) health.look(place(`u${i}`));
    expect(health.states().length).toBeLessThanOrEqual(1000);
    // What rests is kept longest.
    expect(health.look(place("first")).state).toBe("open");
  });
});

describe("how long to leave it alone", () => {
  const now = Date.parse("Sat, 21 Nov 2026 00:00:00 GMT");
  const rows: [string, Record<string, string>, number | undefined][] = [
    ["seconds", { "retry-after": "7" }, 7000],
    ["a date", { "retry-after": "Sat, 21 Nov 2026 00:00:30 GMT" }, 30_000],
    ["a date that has passed", { "retry-after": "Fri, 20 Nov 2026 00:00:30 GMT" }, 0],
    ["milliseconds first", { "retry-after": "7", "retry-after-ms": "1500" }, 1500],
    ["x-ms", { "x-ms-retry-after-ms": "20" }, 20],
    ["a limit's reset", { "x-ratelimit-reset-requests": "12" }, 12_000],
    ["a duration", { "x-ratelimit-reset-tokens": "6m0s" }, 360_000],
    ["a short duration", { "x-ratelimit-reset-tokens": "20ms" }, 20],
    ["the later of two", { "x-ratelimit-reset-tokens": "2s", "x-ratelimit-reset-requests": "1s" }, 2000],
    [
      "only the limit that is used up",
      {
        "x-ratelimit-reset-tokens": "50s",
        "x-ratelimit-remaining-tokens": "10",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-remaining-requests": "0",
      },
      1000,
    ],
    ["nothing", {}, undefined],
    [
      "A14 nonsense",
      { "retry-after": "soon", "retry-after-ms": "-1", "x-ratelimit-reset-tokens": "1d" },
      undefined,
    ],
    ["a negative number", { "retry-after": "-5" }, undefined],
    ["an exponent", { "retry-after": "1e9" }, undefined],
  ];
  for (const [name, headers, expected] of rows) {
    test(`B09 ${name}`, () => expect(restOf(new Headers(headers), now)).toBe(expected));
  }

  test("I06 64 KB of digits and units take no time", () => {
    const started = performance.now();
    for (const value of ["1".repeat(65_536), "1s".repeat(32_768), "Sat, ".repeat(13_000)]) {
      expect(
        restOf(new Headers({ "retry-after": value, "x-ratelimit-reset-tokens": value }), 0),
      ).toBeUndefined();
    }
    expect(performance.now() - started).toBeLessThan(50);
  });
});

describe("where it may go on", () => {
  const chat = { repeatable: true, creates: false, afterTimeout: false };
  const rows: [string, Failure, typeof chat, boolean][] = [
    ["never connected", "unsent", chat, true],
    ["B21 429", "busy", chat, true],
    ["500", "failed", chat, true],
    ["B05 a connection that broke before headers", "broken", chat, true],
    ["B02 no headers in time: it may be billed already", "timeout", chat, false],
    ["no headers in time, where the operator says so", "timeout", { ...chat, afterTimeout: true }, true],
    ["B12 an answer, if only a 4xx", "answered", chat, false],
    ["the caller has left", "left", chat, false],
    ["makes an object, never connected", "unsent", { ...chat, creates: true }, true],
    ["makes an object, 429", "busy", { ...chat, creates: true }, true],
    ["makes an object, 500", "failed", { ...chat, creates: true }, false],
    ["makes an object, broken", "broken", { ...chat, creates: true }, false],
    ["makes an object, late", "timeout", { ...chat, creates: true, afterTimeout: true }, false],
    ["C15 a form, never connected", "unsent", { ...chat, repeatable: false }, false],
    ["C15 a form, 429", "busy", { ...chat, repeatable: false }, false],
  ];
  for (const [name, failure, rules, expected] of rows) {
    test(`${name}: ${expected ? "to the next" : "ends"}`, () =>
      expect(mayMoveOn(failure, rules)).toBe(expected));
  }

  test("B01 only what the runtime names counts as never sent", () => {
    expect(isUnsent(Object.assign(new TypeError("x"), { cause: { code: "ECONNREFUSED" } }))).toBe(true);
    expect(isUnsent(Object.assign(new Error("x"), { code: "ConnectionRefused" }))).toBe(true);
    expect(isUnsent(Object.assign(new TypeError("x"), { cause: { code: "ECONNRESET" } }))).toBe(false);
    expect(isUnsent(new Error("Network connection lost."))).toBe(false);
    const circular: { cause?: unknown } = {};
    circular.cause = circular;
    expect(isUnsent(circular)).toBe(false);
  });
});

interface Given {
  readonly places?: readonly Place[];
  readonly answers: Readonly<Record<string, () => { ok: true } | Refusal>>;
  readonly rules?: { repeatable?: boolean; creates?: boolean; afterTimeout?: boolean };
  readonly tookMs?: number;
}

function rig({ places = [place("a", 1), place("b", 2), place("c", 3)], answers, rules, tookMs = 0 }: Given) {
  let clock = 0;
  const now = () => clock;
  const asked: string[] = [];
  const health = createHealth(now, () => 0);
  const budget = createRetryBudget();
  const call = () =>
    callPlaces(
      async ({ upstream: { name } }: Place) => {
        asked.push(name);
        clock += tookMs;
        return answers[name]!();
      },
      {
        places,
        totalMs: 60_000,
        attemptMs: 40_000,
        health,
        budget,
        now,
        random: () => 0,
        repeatable: true,
        creates: false,
        afterTimeout: false,
        ...rules,
      },
    );
  return { call, asked, health, wait: (ms: number) => (clock += ms) };
}

const fine = () => ({ ok: true as const });
const busy = (restMs: number) => () => refuse("upstream_rate_limited", {}, { rest_ms: restMs });
const down = () => refuse("upstream_unavailable", {}, { upstream_status: 503 });

describe("one call", () => {
  test("B21 429 at the first: the second answers, the first rests and is probed once", async () => {
    let first = busy(5000) as () => { ok: true } | Refusal;
    const { call, asked, wait } = rig({ answers: { a: () => first(), b: fine } });
    expect(await call()).toMatchObject({
      result: { ok: true },
      place: { upstream: { name: "b" } },
      attempts: 2,
    });
    await call();
    expect(asked).toEqual(["a", "b", "b"]);
    wait(5000);
    first = fine;
    await Promise.all([call(), call()]);
    expect(asked.slice(3).sort()).toEqual(["a", "b"]);
    await call();
    expect(asked.at(-1)).toBe("a");
  });

  test("B23 all down: 503 with retry-after, each place asked once at most", async () => {
    const { call, asked } = rig({ answers: { a: down, b: down, c: down } });
    const { result } = await call();
    expect(result).toMatchObject({
      ok: false,
      reason: "upstreams_resting",
      detail: { headers: { "retry-after": "1" } },
      seen: { upstream_status: 503 },
    });
    expect(asked).toEqual(["a", "b", "c"]);
  });

  test("F16 all rest for their limits: 429 with the soonest wait, and who waits so long is served", async () => {
    let open = false;
    const answer = (ms: number) => () => (open ? fine() : busy(ms)());
    const { call, asked, wait } = rig({ answers: { a: answer(9000), b: answer(3000), c: answer(20_000) } });
    await call();
    const refused = await call();
    expect(refused).toMatchObject({ attempts: 0, result: { reason: "upstream_rate_limited" } });
    const { headers } = (refused.result as Refusal).detail;
    expect(headers).toEqual({ "retry-after": "3" });
    expect(asked).toHaveLength(3);
    open = true;
    wait(Number(headers!["retry-after"]) * 1000);
    expect((await call()).result.ok).toBe(true);
  });

  test("a single place gives its own refusal", async () => {
    const { call } = rig({ places: [place("a")], answers: { a: down } });
    expect((await call()).result).toMatchObject({ reason: "upstream_unavailable" });
  });

  test("B23 the total deadline ends the tries", async () => {
    const { call, asked } = rig({
      answers: { a: () => refuse("upstream_timeout"), b: () => refuse("upstream_timeout"), c: fine },
      rules: { afterTimeout: true },
      tookMs: 40_000,
    });
    const { result } = await call();
    expect(result.ok).toBe(false);
    expect(asked).toEqual(["a", "b"]);
  });

  test("P6 nothing is asked after an answer, whatever becomes of it", async () => {
    const { call, asked } = rig({ answers: { a: fine, b: fine, c: fine } });
    expect((await call()).place?.upstream.name).toBe("a");
    expect(asked).toEqual(["a"]);
  });

  test("a bug in an attempt leaves no probe behind", async () => {
    const { call, health } = rig({
      places: [place("a")],
      answers: {
        a: () => {
          throw new Error("bug");
        },
      },
    });
    await expect(call()).rejects.toThrow("bug");
    expect(health.look(place("a"))).toMatchObject({ state: "closed", failed: 0 });
  });

  test("B11 a service that is down for good is asked at most 1.1 times per call once the budget is spent", async () => {
    let clock = 0;
    let asked = 0;
    const budget = createRetryBudget();
    const calls = 5000;
    for (let i = 0; i < calls; i += 1) {
      clock += 1;
      await callPlaces(
        async () => {
          asked += 1;
          return down();
        },
        {
          places: [place("a"), place("b"), place("c")],
          totalMs: 1000,
          attemptMs: 1000,
          // Without memory, so that only the budget holds tries back.
          health: createHealth(() => clock, Math.random),
          budget,
          now: () => clock,
          random: Math.random,
          repeatable: true,
          creates: false,
          afterTimeout: false,
        },
      );
    }
    expect(asked).toBeLessThanOrEqual(calls * 1.1 + 10);
    expect(asked).toBeGreaterThan(calls);
  });

  const outcomes: Record<string, () => { ok: true } | Refusal> = {
    fine,
    busy: busy(2000),
    down,
    rejected: () => refuse("upstream_rejected", { status: 400 }),
    gone: () => refuse("caller_gone"),
    late: () => refuse("upstream_timeout"),
    unsent: () => refuse("upstream_unreachable", {}, { unsent: true }),
    broken: () => refuse("upstream_unreachable"),
    auth: () => refuse("upstream_auth", {}, { upstream_status: 401 }),
  };

  test("P6 B12 F25 property: one try per place, none after an answer or a final refusal, none that makes twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...Object.keys(outcomes)), { minLength: 1, maxLength: 5 }),
        fc.record({ repeatable: fc.boolean(), creates: fc.boolean(), afterTimeout: fc.boolean() }),
        async (script, rules) => {
          const places = script.map((_, index) => place(`u${index}`, index));
          const given = script.map((name, index) => [`u${index}`, outcomes[name]!] as const);
          const { call, asked } = rig({ places, answers: Object.fromEntries(given), rules });
          const { result, attempts } = await call();
          expect(attempts).toBe(asked.length);
          expect(new Set(asked).size).toBe(asked.length);
          for (const name of asked.slice(0, -1)) {
            const ended = outcomes[script[Number(name.slice(1))]!]!();
            expect(ended.ok).toBe(false);
            expect(mayMoveOn(failureOf(ended as Refusal), rules)).toBe(true);
          }
          const firstFine = script.indexOf("fine");
          if (result.ok) expect(asked.at(-1)).toBe(`u${firstFine}`);
        },
      ),
    );
  });
});
