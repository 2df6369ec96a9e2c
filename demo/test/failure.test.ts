import {
  AbortError,
  type ApiError,
  ConnectionError,
  CredentialError,
  InternalServerError,
  LimitError,
  MalformedResponseError,
  RateLimitError,
  RedirectError,
  StreamTruncatedError,
  TimeoutError,
} from "latchkey";
import { describe, expect, test } from "vitest";
import { describeFailure } from "../failure.ts";

describe("describeFailure", () => {
  test.each([
    ["truncated", new StreamTruncatedError("x")],
    ["timeout", new TimeoutError("stall", 300_000)],
  ])("calls an answer cut when it had begun: %s", (_, error) => {
    expect(describeFailure(error, true)).toMatchObject({
      cut: true,
      advice: expect.stringContaining("kept"),
    });
    expect(describeFailure(error, false).cut).toBe(false);
  });

  test.each([
    new ConnectionError("x"),
    new TimeoutError("headers", 1),
    new AbortError("x"),
    new StreamTruncatedError("x"),
    new MalformedResponseError("x"),
    new RedirectError("x"),
    new LimitError("maxBytes", 1),
    new CredentialError("x"),
    new Error("x"),
    "x",
    undefined,
  ])("says what happened and what to do: %s", (error) => {
    const { title, advice } = describeFailure(error, false);
    expect(title).toMatch(/^[A-Z].*\.$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
  });

  test("says how long to wait when the service said so", () => {
    const limited = new RateLimitError({ status: 429, retryAfterMs: 2_400 });
    expect(describeFailure(limited, false).advice).toBe("Wait 3 seconds, then try again.");
  });

  test("tells a filtered message from a broken request", () => {
    const filtered = new RateLimitError({
      status: 400,
      body: { error: { code: "content_filter", message: "no" } },
    });
    expect(describeFailure(filtered satisfies ApiError, false).title).toContain("content filter");
  });

  test("gives the error's own words and the request id, bounded", () => {
    const error = new InternalServerError({
      status: 500,
      requestId: "req-1",
      body: { error: { message: "boom ".repeat(200) } },
    });
    const { detail } = describeFailure(error, false);
    expect(detail).toContain("500 boom");
    expect(detail).toContain("(request req-1)");
    expect(detail.length).toBeLessThan(340);
  });
});
