// Every option is checked where it is given, and the error names it without its value.
import { ChatCompletionsClient, type ChatCompletionsClientOptions } from "latchkey";
import { describe, expect, test } from "vitest";
import { COMPLETION, clientOf, ENDPOINT, json, KEY, MESSAGES, service, thrownBy } from "../service.ts";

const construct = (options: unknown): ChatCompletionsClient =>
  new ChatCompletionsClient(ENDPOINT, KEY, options as ChatCompletionsClientOptions);

const MS = ["timeoutMs", "headersTimeoutMs", "idleTimeoutMs", "stallTimeoutMs", "maxRetryDelayMs"];
const SIZES = ["maxResponseBytes", "maxErrorBytes", "maxEventBytes", "maxStreamBytes"];
const BOOLEANS = [
  "retryTimeouts",
  "logBodies",
  "clientRequestId",
  "dangerouslyAllowBrowser",
  "allowInsecureHttp",
];

const wrong: [name: string, value: unknown][] = [
  // C14: a timer fires at once beyond 2^31-1, and below 1.
  ...MS.flatMap((name) =>
    [0, -1, Number.NaN, 2 ** 31, Number.NEGATIVE_INFINITY, "5", null, true, {}].map(
      (value): [string, unknown] => [name, value],
    ),
  ),
  ...[-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "2", null].map((value): [string, unknown] => [
    "maxRetries",
    value,
  ]),
  ...SIZES.flatMap((name) =>
    [0, -1, 1.5, Number.NaN, "5", null].map((value): [string, unknown] => [name, value]),
  ),
  ...BOOLEANS.flatMap((name) => [1, "true", null].map((value): [string, unknown] => [name, value])),
  ["headers", "x"],
  ["headers", null],
  ["fetch", {}],
  ["fetch", null],
  ["logger", "console"],
  ["logger", null],
  ["logLevel", "verbose"],
  ["logLevel", ""],
  ["trace", {}],
  ["streamEnd", "never"],
  ["credentialScopes", 5],
  ["apiVersion", ""],
  ["apiVersion", 5],
  ["temperature", "hot"],
  ["temperature", Number.NaN],
  ["top_p", {}],
  ["max_tokens", "5"],
  ["frequency_penalty", []],
  ["presence_penalty", true],
  ["seed", "1"],
  ["stop", 5],
  ["tools", {}],
  ["tool_choice", 5],
  ["response_format", 5],
  ["model", 5],
  ["model_extras", "x"],
  ["model_extras", []],
];

describe("a client's options", () => {
  test.each(wrong)("C14 %s: %s is refused by name", (name, value) => {
    expect(() => construct({ [name]: value })).toThrow(TypeError);
    expect(() => construct({ [name]: value })).toThrow(name);
  });

  test("C02 an unknown option is refused by name, so a typing error can't pass", () => {
    for (const name of [
      "baseURL",
      "apiKey",
      "api_version",
      "timeout",
      "maxRetry",
      "constructor",
      "toString",
    ]) {
      expect(() => construct({ [name]: "canary-value" })).toThrow(name);
      expect(() => construct({ [name]: "canary-value" })).not.toThrow("canary-value");
    }
  });

  test.each([null, 5, "options", true])("options that are %s are refused", (options) => {
    expect(() => construct(options)).toThrow(/options/);
  });

  test("Infinity is a deadline that never comes, and 2^31-1 the longest timer", async () => {
    for (const value of [Number.POSITIVE_INFINITY, 2 ** 31 - 1]) {
      const options = Object.fromEntries(MS.map((name) => [name, value]));
      const client = clientOf(service(json(COMPLETION)), options);
      expect((await client.complete({ messages: MESSAGES })).id).toBe(COMPLETION.id);
    }
  });

  test("undefined is not given", () => {
    const names = [
      ...MS,
      ...SIZES,
      ...BOOLEANS,
      "fetch",
      "logger",
      "logLevel",
      "trace",
      "headers",
      "apiVersion",
      "model",
    ];
    expect(() => construct(Object.fromEntries(names.map((name) => [name, undefined])))).not.toThrow();
  });

  test("C13 a __proto__ member sets nothing and pollutes nothing", async () => {
    const options: unknown = JSON.parse('{"__proto__":{"maxRetries":"wrong","polluted":1}}');
    const error = await thrownBy(() => construct(options)).catch(() => undefined);
    if (error) expect(error).toBeInstanceOf(TypeError);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("C13 members of a prototype are no options", () => {
    expect(() => construct(Object.create({ timeoutMs: -1 }))).not.toThrow();
  });

  test("the caller's object is neither changed nor kept", async () => {
    const headers: Record<string, string> = { "x-a": "1" };
    const options = Object.freeze({ headers: Object.freeze(headers), maxRetries: 0, temperature: 0.5 });
    const target = service(() => json(COMPLETION));
    const client = clientOf(target, options);
    await client.complete(
      Object.freeze({ messages: Object.freeze([...MESSAGES]) as typeof MESSAGES }),
      Object.freeze({}),
    );
    expect(target.arrivals[0]?.headers.get("x-a")).toBe("1");
    expect(headers).toEqual({ "x-a": "1" });
  });
});

describe("a call's options", () => {
  const callNames = new Set([...MS, "maxRetries", "retryTimeouts", "headers"]);

  test.each(wrong.filter(([name]) => callNames.has(name)))(
    "C14 %s: %s is refused before any request",
    async (name, value) => {
      const target = service(() => json(COMPLETION));
      const error = await thrownBy(clientOf(target).complete({ messages: MESSAGES }, { [name]: value }));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain(name);
      expect(target.arrivals).toHaveLength(0);
    },
  );

  test.each([{ timeout: 5 }, { messages: [] }, { signal: {} }, { signal: "x" }, 5, null])(
    "%j is refused before any request",
    async (options) => {
      const target = service(() => json(COMPLETION));
      const error = await thrownBy(clientOf(target).complete({ messages: MESSAGES }, options as object));
      expect(error).toBeInstanceOf(TypeError);
      expect(target.arrivals).toHaveLength(0);
    },
  );

  test("the call's win over the client's", async () => {
    const target = service(
      json({}, 503, { "retry-after-ms": "0" }),
      json({}, 503, { "retry-after-ms": "0" }),
      json(COMPLETION),
    );
    await clientOf(target, { maxRetries: 0 }).complete({ messages: MESSAGES }, { maxRetries: 2 });
    expect(target.arrivals).toHaveLength(3);
  });
});
