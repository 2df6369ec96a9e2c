import {
  AbortError,
  ApiError,
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
import { errorBody } from "../../worker/error-body.ts";
import { type Refusal, refuse } from "../../worker/refusals.ts";
import { describeFailure } from "../failure.ts";

/** The error that the client makes of the worker's refusal, in the dialect this page speaks. */
function fromWorker(refusal: Refusal): ApiError {
  const { status, body } = errorBody(refusal, "inference", "req-1");
  return new ApiError({ status, body });
}

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

  test.each([
    ["upstream_auth", "refused the worker's key", "check UPSTREAM_KEY"],
    ["upstream_unreachable", "worker cannot reach the service", "check UPSTREAM_URL"],
    ["upstream_redirect", "elsewhere", "check UPSTREAM_URL"],
    ["upstream_not_chat", "not an answer", "check UPSTREAM_URL"],
    ["unconfigured", "not fully configured", "named below"],
    ["upstream_failed", "service has a problem", "Try again in a moment"],
    ["model_unknown", "The worker does not know that model", "another model"],
  ] as const)("says whose problem it is when the worker answers %s", (reason, title, advice) => {
    expect(describeFailure(fromWorker(refuse(reason)), false)).toMatchObject({
      title: expect.stringContaining(title),
      advice: expect.stringContaining(advice),
    });
  });

  test.each([
    { code: "DeploymentNotFound", message: "The API deployment does not exist." },
    { code: "unknown_model", message: "Unknown model: x" },
    {},
  ])("tells the service's 404 from the worker's: %j", (said) => {
    const { title, advice } = describeFailure(
      fromWorker(refuse("upstream_rejected", { status: 404, ...said })),
      false,
    );
    expect(title).toBe("The service does not know this model.");
    expect(advice).toContain("check MODELS");
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

test("a connection lost in the middle of an answer leaves something to go on with", () => {
  const lost = describeFailure(new ConnectionError("gone"), true);
  expect(lost).toMatchObject({ cut: true, title: "The connection was lost in the middle of the answer." });
  const never = describeFailure(new ConnectionError("gone"), false);
  expect(never).toMatchObject({ cut: false, title: "The worker cannot be reached." });
});
