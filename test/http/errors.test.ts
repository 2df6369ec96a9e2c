// One class per documented status, the bodies that services send, and what an error shows and keeps.
import { inspect } from "node:util";
import * as latchkey from "latchkey";
import { ApiError, ChatCompletionsClient, LatchkeyError, StreamTruncatedError, TimeoutError } from "latchkey";
import { describe, expect, test } from "vitest";
import { clientOf, ENDPOINT, failureOf, json, KEY, MESSAGES, PROMPT, service } from "../service.ts";

const refused = (answer: Response, options = {}): Promise<ApiError> =>
  failureOf<ApiError>(clientOf(service(answer), options).complete({ messages: MESSAGES }));

describe("the class of a status", () => {
  test.each<[number, string]>([
    [304, "NotModifiedError"],
    [400, "BadRequestError"],
    [401, "AuthenticationError"],
    [402, "ApiError"],
    [403, "PermissionDeniedError"],
    [404, "NotFoundError"],
    [408, "ApiError"],
    [409, "ConflictError"],
    [413, "ApiError"],
    [415, "ApiError"],
    [418, "ApiError"],
    [422, "UnprocessableEntityError"],
    [424, "FailedDependencyError"],
    [429, "RateLimitError"],
    [500, "InternalServerError"],
    [501, "InternalServerError"],
    [502, "InternalServerError"],
    [503, "InternalServerError"],
    [504, "InternalServerError"],
    [529, "InternalServerError"],
    [599, "InternalServerError"],
  ])("%i is %s", async (status, name) => {
    const answer =
      status === 304 ? new Response(null, { status }) : json({ error: { code: "c", message: "m" } }, status);
    const error = await refused(answer);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toBeInstanceOf(Reflect.get(latchkey, name));
    expect(error).toMatchObject({ name, kind: "api", status });
    expect(error.message).toContain(String(status));
  });
});

describe("the body of an error", () => {
  const LONG = "z".repeat(100_000);

  test.each<[string, unknown, { code?: string; param?: string; type?: string; says?: string }]>([
    [
      "Azure",
      { error: { code: "Nope", message: "m1", target: "t", details: [], innererror: { code: "inner" } } },
      { code: "Nope", says: "m1" },
    ],
    [
      "OpenAI",
      { error: { message: "m2", type: "invalid_request_error", param: "messages", code: null } },
      { type: "invalid_request_error", param: "messages", says: "m2" },
    ],
    [
      "bare",
      { message: "m3", type: "t", param: "p", code: "c" },
      { code: "c", type: "t", param: "p", says: "m3" },
    ],
    ["text in error", { error: "m4" }, { says: "m4" }],
    [
      "flat",
      { status: 422, code: "parameter_not_supported", message: "m5", detail: { loc: ["body"], input: "x" } },
      { code: "parameter_not_supported", says: "m5" },
    ],
    [
      "flat with detail as a list",
      { status: 422, message: "m6", detail: [{ loc: ["body"] }] },
      { says: "m6" },
    ],
    ["flat with a word", { status: 401, error: "Unauthorized", message: "m7" }, {}],
    ["gateway", { statusCode: 401, message: "m8" }, { says: "m8" }],
    ["gateway in error", { error: { code: "401", message: "m9" } }, { code: "401", says: "m9" }],
    ["a number as code", { error: { code: 429, message: "m10" } }, { code: "429", says: "m10" }],
    ["managed compute", { detail: "Not Found" }, { says: "Not Found" }],
    ["an early service", { status: "Invalid auth token" }, {}],
    ["members of wrong types", { error: { code: {}, message: 5, type: [], param: false } }, {}],
    ["null", { error: null }, {}],
    ["a list", [1, 2], {}],
    ["a number", 5, {}],
    ["null alone", null, {}],
    [
      "own members like those of every object",
      JSON.parse('{"__proto__":{"message":"x"},"constructor":"y"}'),
      {},
    ],
  ])("%s", async (_name, content, { code, param, type, says }) => {
    const error = await refused(json(content, 422));
    expect(error).toMatchObject({ status: 422 });
    expect(error.code).toBe(code);
    expect(error.param).toBe(param);
    expect(error.type).toBe(type);
    if (says) expect(error.message).toContain(says);
    expect(error.body).toEqual(content);
  });

  test("text is the message", async () => {
    const error = await refused(new Response("upstream connect error", { status: 503 }));
    expect(error.message).toContain("upstream connect error");
    expect(error.body).toBe("upstream connect error");
  });

  test("a page of HTML is kept but is no message", async () => {
    const page = "<!doctype html><title>Oops</title>";
    const error = await refused(
      new Response(page, { status: 502, headers: { "content-type": "text/html" } }),
    );
    expect(error.message).not.toContain("<");
    expect(error.body).toBe(page);
  });

  test("no body at all", async () => {
    const error = await refused(new Response(null, { status: 500 }));
    expect(error).toMatchObject({ status: 500, code: undefined });
    expect(error.message).toContain("500");
  });

  test("a very long message is cut in the message, not in the body", async () => {
    const error = await refused(json({ error: { message: LONG.slice(0, 50_000) } }, 400));
    expect(error.message.length).toBeLessThan(5000);
    expect((error.body as { error: { message: string } }).error.message).toHaveLength(50_000);
  });

  test("B08 the body is capped at maxErrorBytes", async () => {
    expect(String((await refused(new Response(LONG, { status: 500 }))).body)).toHaveLength(65_536);
    const small = await refused(new Response(LONG, { status: 500 }), { maxErrorBytes: 10 });
    expect(small.body).toBe("z".repeat(10));
  });

  test("the prompt that a content filter blocked: code, param and innererror are readable", async () => {
    const innererror = {
      code: "ResponsibleAIPolicyViolation",
      content_filter_result: { hate: { filtered: true } },
    };
    const error = await refused(
      json(
        { error: { message: "m", param: "prompt", code: "content_filter", status: 400, innererror } },
        400,
      ),
    );
    expect(error).toMatchObject({ code: "content_filter", param: "prompt" });
    expect(error.error?.innererror).toEqual(innererror);
  });

  test("the code of x-ms-error-code where the body has none", async () => {
    expect((await refused(json({}, 404, { "x-ms-error-code": "NoModel" }))).code).toBe("NoModel");
    expect((await refused(json({ code: "mine" }, 404, { "x-ms-error-code": "NoModel" }))).code).toBe("mine");
  });

  test("headers and the wait asked for are readable", async () => {
    const error = await refused(json({}, 429, { "retry-after": "3", "x-ratelimit-remaining-requests": "0" }));
    expect(error.retryAfterMs).toBe(3000);
    expect(error.headers?.get("x-ratelimit-remaining-requests")).toBe("0");
  });
});

describe("the id of a request", () => {
  test.each([
    [{ "x-request-id": "a", "apim-request-id": "b" }, "a"],
    [{ "apim-request-id": "b" }, "b"],
  ])("%j gives %s", async (headers, expected) => {
    expect((await refused(json({}, 400, headers))).requestId).toBe(expected);
  });

  test("else the one that was sent", async () => {
    const target = service(json({}, 400));
    const error = await failureOf(clientOf(target).complete({ messages: MESSAGES }));
    expect(error.requestId).toBe(target.arrivals[0]?.headers.get("x-ms-client-request-id"));
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("what an error shows", () => {
  test("no key, no prompt, and not what the service said beyond its message", async () => {
    const secret = "canary-body-93";
    const failing = [
      service(json({ error: { message: "m", echo: secret } }, 400, { "x-echo": secret })),
      service(() => Promise.reject(new TypeError("fetch failed"))),
      service(new Response(null, { status: 307, headers: { location: `https://evil.example/?${secret}` } })),
      service(new Response(secret, { headers: { "content-type": "application/json" } })),
    ];
    for (const target of failing) {
      const error = await failureOf(clientOf(target).complete({ messages: MESSAGES }));
      const shown = [inspect(error, { depth: 20 }), JSON.stringify(error), error.stack, String(error)].join(
        "\n",
      );
      for (const canary of [KEY, PROMPT, secret]) expect(shown).not.toContain(canary);
    }
  });

  test("`partial` is readable but not shown", async () => {
    const target = service(
      new Response('data: {"choices":[{"delta":{"content":"canary-partial"}}]}\n\n', {
        headers: { "content-type": "text/event-stream" },
      }),
    );
    const stream = await clientOf(target).complete({ messages: MESSAGES, stream: true });
    const error = await failureOf(stream.final());
    expect(error).toBeInstanceOf(StreamTruncatedError);
    expect(JSON.stringify(error.partial)).toContain("canary-partial");
    expect(inspect(error, { depth: 20 }) + JSON.stringify(error)).not.toContain("canary-partial");
  });
});

describe("LatchkeyError.is", () => {
  test("is true for every error of the package and for nothing else", async () => {
    const error = await refused(json({}, 400));
    expect(LatchkeyError.is(error)).toBe(true);
    for (const other of [new Error("x"), new TypeError("x"), null, undefined, "x", 5, {}, { kind: "api" }]) {
      expect(LatchkeyError.is(other)).toBe(false);
    }
  });

  test("C20 knows the errors of another copy of the package", async () => {
    const url = new URL("../../src/http/errors.ts?copy", import.meta.url).href;
    const copy = (await import(/* @vite-ignore */ url)) as { TimeoutError: typeof TimeoutError };
    expect(copy.TimeoutError).not.toBe(TimeoutError);
    const error: unknown = new copy.TimeoutError("idle", 5);
    expect(error).not.toBeInstanceOf(LatchkeyError);
    expect(LatchkeyError.is(error)).toBe(true);
    expect(error).toMatchObject({ name: "TimeoutError", kind: "timeout", deadline: "idle" });
  });

  test("names and kinds discriminate without instanceof", async () => {
    const timeout = service(() => new Promise<Response>(() => {}));
    const error = await failureOf(clientOf(timeout).complete({ messages: MESSAGES }, { timeoutMs: 20 }));
    expect({ name: error.name, kind: error.kind }).toEqual({ name: "TimeoutError", kind: "timeout" });
  });

  test("mistakes in arguments are TypeErrors, not errors of the package", () => {
    try {
      new ChatCompletionsClient(ENDPOINT, "");
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      expect(LatchkeyError.is(error)).toBe(false);
    }
  });
});
