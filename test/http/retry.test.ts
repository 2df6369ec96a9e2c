// Whether and when to try again, as tables.
import { describe, expect, test } from "vitest";
import { judge, retryAfter } from "../../src/http/retry.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

const attempt = {
  retries: 0,
  maxRetries: 2,
  status: 503 as number | undefined,
  headers: undefined as Headers | undefined,
  maxDelayMs: 60_000,
  leftMs: 600_000,
  now: NOW,
  random: 0.5,
};

const waitOf = (change: Partial<typeof attempt>): number | undefined =>
  judge({ ...attempt, ...change }).waitMs;

describe("retryAfter", () => {
  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "1.5" }, 1500],
    [{ "retry-after": "86400" }, 86_400_000],
    [{ "retry-after-ms": "250" }, 250],
    [{ "retry-after-ms": "12.5" }, 12.5],
    [{ "x-ms-retry-after-ms": "300" }, 300],
    // Milliseconds are more exact, so they go first.
    [{ "retry-after-ms": "1", "x-ms-retry-after-ms": "2", "retry-after": "3" }, 1],
    [{ "x-ms-retry-after-ms": "2", "retry-after": "3" }, 2],
    // One that says nothing gives way to the next.
    [{ "retry-after-ms": "soon", "retry-after": "3" }, 3000],
    [{ "retry-after-ms": "-5", "x-ms-retry-after-ms": "", "retry-after": "3" }, 3000],
    [{ "retry-after": "Fri, 20 Nov 2026 12:00:05 GMT" }, 5000],
    [{ "retry-after": "Friday, 20-Nov-26 12:00:05 GMT" }, 5000],
    [{ "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT" }, 0],
    [{ "retry-after": "Fri, 99 Foo 2026 11:00:00 GMT" }, undefined],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "12x" }, undefined],
    [{ "retry-after": "1e3" }, undefined],
    [{ "retry-after": "Infinity" }, undefined],
    [{ "retry-after": "NaN" }, undefined],
    [{ "retry-after": "2026-11-20" }, undefined],
    [{ "retry-after": "9".repeat(40) }, undefined],
  ])("%j is %s", (headers, expected) => {
    expect(retryAfter(new Headers(headers), NOW)).toBe(expected);
  });

  test("64 KiB of anything is read in no time", () => {
    for (const text of ["1", "9", "a", "Fri, ", "1.", " ", "é"]) {
      const start = performance.now();
      retryAfter(
        new Headers({ "retry-after": text.repeat(65_536 / text.length), "retry-after-ms": text }),
        NOW,
      );
      expect(performance.now() - start).toBeLessThan(50);
    }
  });
});

describe("judge", () => {
  test.each([408, 429, 500, 502, 503, 504])("%i is tried again", (status) => {
    expect(waitOf({ status })).toBeDefined();
  });

  test("no answer at all is tried again", () => {
    expect(waitOf({ status: undefined })).toBeDefined();
  });

  test.each([300, 304, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 424, 501, 505])(
    "B12 %i is not",
    (status) => {
      expect(waitOf({ status })).toBeUndefined();
      expect(waitOf({ status, headers: new Headers({ "retry-after": "1" }) })).toBeUndefined();
    },
  );

  test("x-should-retry outdoes the status", () => {
    expect(waitOf({ status: 400, headers: new Headers({ "x-should-retry": "true" }) })).toBeDefined();
    expect(waitOf({ status: 503, headers: new Headers({ "x-should-retry": "false" }) })).toBeUndefined();
    expect(waitOf({ status: 503, headers: new Headers({ "x-should-retry": "maybe" }) })).toBeDefined();
  });

  test("x-should-retry doesn't outdo the number of retries", () => {
    const headers = new Headers({ "x-should-retry": "true" });
    expect(waitOf({ headers, retries: 2 })).toBeUndefined();
    expect(waitOf({ headers, maxRetries: 0 })).toBeUndefined();
  });

  test("the wait grows, stays below its cap and is spread", () => {
    for (let retries = 0; retries < 40; retries++) {
      for (const random of [0, 0.3, 0.999]) {
        const wait = waitOf({ retries, maxRetries: 100, random })!;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(8000);
      }
    }
    expect(waitOf({ random: 0.2 })).not.toBe(waitOf({ random: 0.8 }));
    expect(waitOf({ retries: 1 })!).toBeGreaterThan(waitOf({ retries: 0 })!);
  });

  test("a wait the service asks for is never cut short", () => {
    for (const random of [0, 0.5, 0.999]) {
      const headers = new Headers({ "retry-after": "5" });
      const wait = waitOf({ headers, random })!;
      expect(wait).toBeGreaterThanOrEqual(5000);
      expect(wait).toBeLessThan(10_000);
    }
  });

  test("B09 a wait past what the caller accepts ends it, with the value told", () => {
    const headers = new Headers({ "retry-after": "86400" });
    expect(judge({ ...attempt, headers })).toEqual({ waitMs: undefined, retryAfterMs: 86_400_000 });
    expect(
      waitOf({ headers, maxDelayMs: Number.POSITIVE_INFINITY, leftMs: Number.POSITIVE_INFINITY }),
    ).toBeDefined();
  });

  test("B09 a wait past the deadline of the call ends it", () => {
    expect(waitOf({ headers: new Headers({ "retry-after": "5" }), leftMs: 4000 })).toBeUndefined();
    expect(waitOf({ leftMs: 0 })).toBeUndefined();
    expect(waitOf({ leftMs: -5 })).toBeUndefined();
  });

  test("what the service asked for is told even where it isn't tried again", () => {
    const headers = new Headers({ "retry-after": "5" });
    expect(judge({ ...attempt, status: 400, headers }).retryAfterMs).toBe(5000);
    expect(judge({ ...attempt, retries: 2, headers }).retryAfterMs).toBe(5000);
  });
});
