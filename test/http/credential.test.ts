// Keys and tokens: which forms are taken, when a token is renewed, and that none of them is ever shown.
import { inspect } from "node:util";
import {
  type AccessToken,
  ChatCompletionsClient,
  type Credential,
  CredentialError,
  type GetTokenOptions,
  type TokenCredential,
} from "latchkey";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  COMPLETION,
  ENDPOINT,
  failureOf,
  json,
  KEY,
  MESSAGES,
  type Service,
  service,
  sleep,
} from "../service.ts";

const answering = (): Service => service(() => json(COMPLETION));

const clientWith = (
  credential: unknown,
  target: Service,
  options = {},
  endpoint = ENDPOINT,
): ChatCompletionsClient =>
  new ChatCompletionsClient(endpoint, credential as Credential, {
    maxRetries: 0,
    fetch: target.fetch,
    ...options,
  });

const authorization = ({ arrivals }: Service): (string | null)[] =>
  arrivals.map(({ headers }) => headers.get("authorization"));

const inOneHour = (token: string): AccessToken => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a key", () => {
  test.each<[string, Credential]>([
    ["as text", KEY],
    ["in an object", { key: KEY }],
    [
      "behind a getter, as AzureKeyCredential has it",
      new (class {
        get key() {
          return KEY;
        }
      })(),
    ],
  ])("%s goes out as bearer and as api-key", async (_form, credential) => {
    const target = answering();
    await clientWith(credential, target).complete({ messages: MESSAGES });
    expect(target.arrivals[0]?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect(target.arrivals[0]?.headers.get("api-key")).toBe(KEY);
  });

  test("is read at each call, so it can be rotated", async () => {
    const target = answering();
    const credential = { key: "first" };
    const client = clientWith(credential, target);
    await client.complete({ messages: MESSAGES });
    credential.key = "second";
    await client.complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer first", "Bearer second"]);
  });

  test("that is rotated to nothing sends nothing", async () => {
    const target = answering();
    const credential = { key: "first" };
    const client = clientWith(credential, target);
    for (const bad of ["", "a\nb", undefined as unknown as string]) {
      credential.key = bad;
      expect(await failureOf(client.complete({ messages: MESSAGES }))).toBeInstanceOf(CredentialError);
    }
    expect(target.arrivals).toHaveLength(0);
  });

  test("that was refused isn't sent again", async () => {
    const target = service(() => json({}, 401));
    await failureOf(clientWith(KEY, target, { maxRetries: 5 }).complete({ messages: MESSAGES }));
    expect(target.arrivals).toHaveLength(1);
  });
});

describe("a missing or wrong credential", () => {
  test.each([
    undefined,
    null,
    "",
    " ",
    42,
    true,
    {},
    [],
    { key: undefined },
    { key: "" },
    { key: 5 },
    { getToken: "canary" },
    "canary\nkey",
    "canary\0",
    "can\u0101ry",
    " canary",
    { key: "canary\r\nx: y" },
  ])("C02 %j fails at construction, without its value", (credential) => {
    expect(() => clientWith(credential, answering())).toThrow(TypeError);
    expect(() => clientWith(credential, answering())).toThrow("credential");
    expect(() => clientWith(credential, answering())).not.toThrow("canary");
  });

  test("C02 a key and a token provider in one are refused", () => {
    expect(() => clientWith({ key: KEY, getToken: async () => inOneHour("t") }, answering())).toThrow(
      "credential",
    );
  });
});

describe("C01 in a browser", () => {
  const browser = () =>
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" });

  test("a static key is refused, without showing it", () => {
    browser();
    for (const credential of [KEY, { key: KEY }]) {
      expect(() => clientWith(credential, answering())).toThrow("dangerouslyAllowBrowser");
      expect(() => clientWith(credential, answering())).not.toThrow(KEY);
    }
  });

  test("a static key is taken with the opt-in", async () => {
    browser();
    const target = answering();
    await clientWith(KEY, target, { dangerouslyAllowBrowser: true }).complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual([`Bearer ${KEY}`]);
  });

  test("token credentials and providers are taken, and no header is sent that needs the server's consent", async () => {
    browser();
    const target = answering();
    await clientWith(() => "t1", target).complete({ messages: MESSAGES });
    await clientWith({ getToken: async () => inOneHour("t2") }, target).complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t1", "Bearer t2"]);
    expect(target.arrivals[0]?.headers.get("x-ms-client-request-id")).toBeNull();
    await clientWith(() => "t3", target, { clientRequestId: true }).complete({ messages: MESSAGES });
    expect(target.arrivals[2]?.headers.get("x-ms-client-request-id")).toBeTruthy();
  });

  test.each(["Node.js/24", "Deno/2.9.5", "Cloudflare-Workers", "Bun/1.3"])("%s is none", (userAgent) => {
    vi.stubGlobal("navigator", { userAgent });
    expect(() => clientWith(KEY, answering())).not.toThrow();
  });
});

describe("a token", () => {
  test("goes out as bearer only", async () => {
    const target = answering();
    await clientWith(() => Promise.resolve("t"), target).complete({ messages: MESSAGES });
    expect(target.arrivals[0]?.headers.get("authorization")).toBe("Bearer t");
    expect(target.arrivals[0]?.headers.get("api-key")).toBeNull();
  });

  test("of a function is asked for at each call", async () => {
    const target = answering();
    let count = 0;
    const client = clientWith(() => `t${++count}`, target);
    await client.complete({ messages: MESSAGES });
    await client.complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t1", "Bearer t2"]);
  });

  test.each([
    ["https://x.services.ai.azure.com/models", {}, "https://cognitiveservices.azure.com/.default"],
    ["https://x.openai.azure.com/openai/deployments/d", {}, "https://cognitiveservices.azure.com/.default"],
    ["https://x.eastus2.models.ai.azure.com", {}, "https://ml.azure.com/.default"],
    [ENDPOINT, {}, "https://ml.azure.com/.default"],
    [ENDPOINT, { credentialScopes: "https://mine/.default" }, "https://mine/.default"],
    ["https://x.openai.azure.com", { credentialScopes: ["a", "b"] }, ["a", "b"]],
  ])("of %s with %j is asked for with its scope", async (endpoint, options, expected) => {
    const getToken = vi.fn(async (_scopes: unknown, _options: unknown) => inOneHour("t"));
    await clientWith({ getToken }, answering(), options, endpoint).complete({ messages: MESSAGES });
    expect([getToken.mock.calls[0]?.[0]].flat()).toEqual([expected].flat());
  });

  test("getToken keeps its object and is given a signal", async () => {
    class Cached implements TokenCredential {
      readonly #token = "t";
      signal: unknown;
      async getToken(_scopes: string | string[], options?: { abortSignal?: AbortSignal }) {
        this.signal = options?.abortSignal;
        return inOneHour(this.#token);
      }
    }
    const credential = new Cached();
    const target = answering();
    await clientWith(credential, target).complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t"]);
    expect(credential.signal).toBeInstanceOf(AbortSignal);
  });

  test("is kept until shortly before its end", async () => {
    const target = answering();
    let now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now);
    const getToken = vi.fn(async () => inOneHour(`t${getToken.mock.calls.length}`));
    const client = clientWith({ getToken }, target);
    await client.complete({ messages: MESSAGES });
    now += 50 * 60_000;
    await client.complete({ messages: MESSAGES });
    expect(getToken).toHaveBeenCalledTimes(1);
    now += 9.5 * 60_000;
    await client.complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t1", "Bearer t1", "Bearer t2"]);
  });

  test("with a short life is kept for most of it, not renewed at each call", async () => {
    const target = answering();
    const getToken = vi.fn(async () => ({ token: "t", expiresOnTimestamp: Date.now() + 60_000 }));
    const client = clientWith({ getToken }, target);
    for (let i = 0; i < 3; i++) await client.complete({ messages: MESSAGES });
    expect(getToken).toHaveBeenCalledTimes(1);
  });

  test("C16 a thousand calls at once with an expired token are one refresh", async () => {
    const target = answering();
    const tokens = [{ token: "old", expiresOnTimestamp: Date.now() - 1 }, inOneHour("new")];
    const getToken = vi.fn(async () => {
      await sleep(5);
      return tokens[Math.min(getToken.mock.calls.length, 2) - 1]!;
    });
    const client = clientWith({ getToken }, target);
    await client.complete({ messages: MESSAGES });
    expect(getToken).toHaveBeenCalledTimes(1);
    await Promise.all(Array.from({ length: 1000 }, () => client.complete({ messages: MESSAGES })));
    expect(getToken).toHaveBeenCalledTimes(2);
    expect(new Set(authorization(target).slice(1))).toEqual(new Set(["Bearer new"]));
  });

  test("C16 a failed refresh fails those who wait for it and nobody after", async () => {
    const target = answering();
    const getToken = vi.fn(async () => {
      if (getToken.mock.calls.length === 1) throw new Error("offline");
      return inOneHour("t");
    });
    const client = clientWith({ getToken }, target);
    const failed = await Promise.allSettled(
      Array.from({ length: 10 }, () => client.complete({ messages: MESSAGES })),
    );
    expect(failed.every(({ status }) => status === "rejected")).toBe(true);
    expect(target.arrivals).toHaveLength(0);
    await client.complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t"]);
  });

  test("one caller's abort doesn't end the refresh of the others", async () => {
    const target = answering();
    const getToken = vi.fn(async () => {
      await sleep(20);
      return inOneHour("t");
    });
    const client = clientWith({ getToken }, target);
    const controller = new AbortController();
    const left = failureOf(client.complete({ messages: MESSAGES }, { signal: controller.signal }));
    const stayed = client.complete({ messages: MESSAGES });
    controller.abort(new Error("gone"));
    expect((await left).kind).toBe("aborted");
    await stayed;
    expect(getToken).toHaveBeenCalledTimes(1);
    expect(authorization(target)).toEqual(["Bearer t"]);
  });

  test("that was refused is renewed, once", async () => {
    const target = service(json({}, 401), () => json(COMPLETION));
    const getToken = vi.fn(async () => inOneHour(`t${getToken.mock.calls.length}`));
    await clientWith({ getToken }, target).complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t1", "Bearer t2"]);

    const always = service(() => json({}, 401));
    const error = await failureOf(
      clientWith({ getToken }, always, { maxRetries: 3 }).complete({ messages: MESSAGES }),
    );
    expect(error.name).toBe("AuthenticationError");
    expect(always.arrivals).toHaveLength(2);
  });
});

describe("a claims challenge", () => {
  const CLAIMS =
    '{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"name":{"value":"Zo\u00eb"}}}';
  const encoded = Buffer.from(CLAIMS).toString("base64");
  const challenge = (claims: string) => ({
    "www-authenticate": `Bearer realm="", authorization_uri="https://login.example/common", error="insufficient_claims", claims="${claims}"`,
  });
  /** Takes tokens that were got by claims. */
  const demanding = (headers: Record<string, string>): Service =>
    service(async ({ headers: sent }) => {
      await sleep(1);
      return sent.get("authorization")?.startsWith("Bearer good")
        ? json(COMPLETION)
        : json({ error: { code: "401", message: "no" } }, 401, headers);
    });
  const giving = (life = 3_600_000) =>
    vi.fn(async (_scopes: unknown, options?: GetTokenOptions) => {
      await sleep(5);
      const { length } = giver.mock.calls;
      return { token: options?.claims ? `good${length}` : "old", expiresOnTimestamp: Date.now() + life };
    });
  let giver = giving();

  test.each([
    ["base64", encoded],
    ["base64url", Buffer.from(CLAIMS).toString("base64url")],
  ])("in %s is passed on, once, and the call succeeds", async (_form, claims) => {
    giver = giving();
    const target = demanding(challenge(claims));
    const client = clientWith({ getToken: giver }, target);
    await client.complete({ messages: MESSAGES });
    await client.complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer old", "Bearer good2", "Bearer good2"]);
    expect(giver.mock.calls.map(([, options]) => options?.claims)).toEqual([undefined, CLAIMS]);
    expect(giver.mock.calls.every(([, options]) => options?.enableCae)).toBe(true);
  });

  test("C16 of a thousand calls at once is one renewal", async () => {
    giver = giving();
    const target = demanding(challenge(encoded));
    const client = clientWith({ getToken: giver }, target);
    await Promise.all(Array.from({ length: 1000 }, () => client.complete({ messages: MESSAGES })));
    expect(giver).toHaveBeenCalledTimes(2);
    expect(target.arrivals).toHaveLength(2000);
  });

  test("C16 that comes back late doesn't throw the new token away", async () => {
    giver = giving();
    let first = true;
    const target = service(async ({ headers }) => {
      if (headers.get("authorization")?.startsWith("Bearer good")) return json(COMPLETION);
      const late = !first;
      first = false;
      if (late) await sleep(60);
      return json({}, 401, challenge(encoded));
    });
    const client = clientWith({ getToken: giver }, target);
    await Promise.all([client.complete({ messages: MESSAGES }), client.complete({ messages: MESSAGES })]);
    expect(giver).toHaveBeenCalledTimes(2);
  });

  test("is answered for tokens that are not kept, and by functions", async () => {
    giver = giving(-1);
    const target = demanding(challenge(encoded));
    await clientWith({ getToken: giver }, target).complete({ messages: MESSAGES });
    const provider = vi.fn((options: GetTokenOptions) => (options.claims ? "good" : "old"));
    await clientWith(provider, target).complete({ messages: MESSAGES });
    expect(provider.mock.calls.map(([{ claims }]) => claims)).toEqual([undefined, CLAIMS]);
  });

  test("that isn't satisfied is told after one renewal", async () => {
    const target = service(() => json({}, 401, challenge(encoded)));
    const getToken = vi.fn(async () => inOneHour("t"));
    const client = clientWith({ getToken }, target, { maxRetries: 3 });
    expect((await failureOf(client.complete({ messages: MESSAGES }))).name).toBe("AuthenticationError");
    expect(getToken).toHaveBeenCalledTimes(2);
  });

  test.each([
    ["no base64", "%%%"],
    ["no JSON", Buffer.from("canary").toString("base64")],
    ["a number", Buffer.from("7").toString("base64")],
    ["null", Buffer.from("null").toString("base64")],
    ["nothing", ""],
    ["bad text", Buffer.from([0xff, 0xfe]).toString("base64")],
  ])("of %s is none: the token is renewed without", async (_name, claims) => {
    const target = service(json({}, 401, challenge(claims)), () => json(COMPLETION));
    const getToken = vi.fn(async (_scopes: unknown, _options?: GetTokenOptions) => inOneHour("t"));
    await clientWith({ getToken }, target).complete({ messages: MESSAGES });
    expect(getToken.mock.calls.map(([, options]) => options?.claims)).toEqual([undefined, undefined]);
  });
});

describe("C03 a provider that misbehaves", () => {
  const bad: [string, unknown][] = [
    ["an empty text", ""],
    ["null", null],
    ["a number", 42],
    ["a line feed", "canary-token\nx: y"],
    ["text beyond Latin-1", "canary-token\u0101"],
    ["an object", {}],
  ];

  test.each(bad)("a function that gives %s: nothing is sent, nothing is shown", async (_name, value) => {
    const target = answering();
    const error = await failureOf(
      clientWith(() => value, target, { maxRetries: 3 }).complete({ messages: MESSAGES }),
    );
    expect(error).toBeInstanceOf(CredentialError);
    expect(error.kind).toBe("credential");
    expect(inspect(error, { depth: 9 })).not.toContain("canary-token");
    expect(target.arrivals).toHaveLength(0);
  });

  test.each([...bad, ["undefined", undefined]])("getToken that gives %s", async (_name, value) => {
    const target = answering();
    const tokens = [value, { token: value, expiresOnTimestamp: Date.now() + 1e6 }];
    for (const token of tokens) {
      const error = await failureOf(
        clientWith({ getToken: async () => token }, target).complete({ messages: MESSAGES }),
      );
      expect(error).toBeInstanceOf(CredentialError);
      expect(inspect(error, { depth: 9 })).not.toContain("canary-token");
    }
    expect(target.arrivals).toHaveLength(0);
  });

  test("one that throws or rejects: its error is the cause", async () => {
    const cause = new Error("no account");
    const providers = [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ];
    for (const provider of providers) {
      const target = answering();
      for (const credential of [provider, { getToken: provider }]) {
        const error = await failureOf(clientWith(credential, target).complete({ messages: MESSAGES }));
        expect(error).toBeInstanceOf(CredentialError);
        expect(error.cause).toBe(cause);
      }
      expect(target.arrivals).toHaveLength(0);
    }
  });

  test("one that hangs is bounded by the call's deadline and by its signal", async () => {
    const target = answering();
    for (const credential of [
      () => new Promise<string>(() => {}),
      { getToken: () => new Promise(() => {}) },
    ]) {
      const client = clientWith(credential, target);
      const late = await failureOf(client.complete({ messages: MESSAGES }, { timeoutMs: 30 }));
      expect(late).toMatchObject({ kind: "timeout", deadline: "total" });
      const reason = new Error("mine");
      const left = await failureOf(client.complete({ messages: MESSAGES }, { signal: after(10, reason) }));
      expect(left).toMatchObject({ kind: "aborted", cause: reason });
    }
    expect(target.arrivals).toHaveLength(0);
  });

  test("one that hangs is given up on by itself, and asked again by the next call", async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => timeout(ms / 1000));
    const getToken = vi.fn(() =>
      getToken.mock.calls.length === 1 ? new Promise<never>(() => {}) : Promise.resolve(inOneHour("t")),
    );
    const target = answering();
    const client = clientWith({ getToken }, target);
    expect(await failureOf(client.complete({ messages: MESSAGES }))).toBeInstanceOf(CredentialError);
    await client.complete({ messages: MESSAGES });
    expect(authorization(target)).toEqual(["Bearer t"]);
  });
});

function after(ms: number, reason: unknown): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}
