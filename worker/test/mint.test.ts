// Sessions: who gets one, with which proof, how far it reaches, and how its secrets are changed.
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { secret } from "../config-upstream.ts";
import { createMemoryLimiter } from "../limiter.ts";
import { type MintRules, openSession, type Visitor } from "../mint.ts";
import { refuse } from "../refusals.ts";
import { readWish } from "../session-request.ts";
import { createSessionTokens, SESSION_TYPE } from "../session-token.ts";
import type { Turnstile } from "../turnstile.ts";
import { ORIGIN, OTHER_ORIGIN } from "./setup.ts";

const NOW = 1_795_219_200_000;
const FIRST = "first-secret-canary-0123456789abcdef";
const SECOND = "second-secret-canary-0123456789abcde";
const BACKEND = "backend-secret-canary-0123456789abcd";

const tokensOf = (...secrets: string[]) =>
  createSessionTokens({ secrets: secrets.map(secret), lifetimeSeconds: 900 });

const rules = (change: Partial<MintRules> = {}): MintRules => ({
  origins: new Set([ORIGIN, OTHER_ORIGIN]),
  models: new Set(["small", "large"]),
  lifetimeSeconds: 900,
  renewSeconds: 3600,
  secret: secret(FIRST),
  ...change,
});
const backend = { secrets: [secret(BACKEND), secret(SECOND)], groups: ["staff"], perMinute: 600 };

const person = (): Turnstile & { asked: (string | undefined)[] } => {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    verify: async (token) => {
      asked.push(token);
      return token === "person" ? { ok: true } : refuse("proof_refused");
    },
  };
};

function tools(change: object = {}) {
  return {
    tokens: tokensOf(FIRST),
    limiter: createMemoryLimiter(20, () => NOW),
    backendLimiter: createMemoryLimiter(600, () => NOW),
    ...change,
  };
}
const visitor = (change: Partial<Visitor> = {}): Visitor => ({
  origin: ORIGIN,
  address: "203.0.113.7",
  previous: undefined,
  backend: null,
  wish: {},
  now: NOW,
  ...change,
});

async function open(change: Partial<Visitor>, given = rules(), kit: ReturnType<typeof tools> = tools()) {
  const opened = await openSession(given, visitor(change), kit);
  if (!opened.ok) return opened.reason;
  const origin = change.wish?.origin ?? change.origin ?? ORIGIN;
  const verified = await kit.tokens.verify(opened.session.token, { origin }, change.now ?? NOW);
  return verified.ok ? { ...verified.grant, ...opened.session } : verified.reason;
}

describe("E24 who gets a session", () => {
  test("a listed page with an address", async () => {
    expect(await open({})).toMatchObject({ origin: ORIGIN, expires_in: 900, token_type: "Bearer" });
    expect(await open({ origin: undefined })).toBe("origin_required");
    expect(await open({ address: undefined })).toBe("address_unknown");
    expect(await open({ address: "" })).toBe("address_unknown");
  });

  test("10,000 times: twenty a minute for an address, whatever it says of itself", async () => {
    const kit = tools();
    const outcomes = new Map<string, number>();
    for (let call = 0; call < 10_000; call += 1) {
      const opened = await openSession(rules(), visitor(), kit);
      const outcome = opened.ok ? "ok" : opened.reason;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(Object.fromEntries(outcomes)).toEqual({ ok: 20, session_rate_limited: 9980 });
  });

  test("F13 one IPv6 /64, and IPv4 in all its forms, are one address", async () => {
    const keys = new Set<string>();
    const limiter = { limit: async ({ key }: { key: string }) => ({ success: keys.add(key) !== undefined }) };
    for (const address of ["2001:db8::1", "2001:db8:0:0:ffff::2", "2001:0DB8::9%eth0"]) {
      await open({ address }, rules(), tools({ limiter }));
    }
    expect(keys.size).toBe(1);
    for (const address of ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107"]) {
      await open({ address }, rules(), tools({ limiter }));
    }
    expect(keys.size).toBe(2);
    expect([...keys].join()).not.toMatch(/203|2001/);
  });

  test("F15 a limiter that fails lets nobody in", async () => {
    const limiter = {
      limit: async () => {
        throw new Error("canary");
      },
    };
    expect(await open({}, rules(), tools({ limiter }))).toBe("limiter_failed");
  });

  test("a life above the maximum is cut, a shorter one is taken", async () => {
    expect(await open({ wish: { expires_in: 86_400 } })).toMatchObject({ expires_in: 900 });
    expect(await open({ wish: { expires_in: 60 } })).toMatchObject({ expires_in: 60 });
  });

  test("E23 models may be fewer, never others", async () => {
    expect(await open({ wish: { models: ["small"] } })).toMatchObject({ models: ["small"] });
    expect(await open({ wish: { models: ["small", "secret"] } })).toBe("session_too_wide");
  });

  test("a page chooses neither group, person nor another page", async () => {
    expect(await open({ wish: { group: "staff" } })).toBe("session_too_wide");
    expect(await open({ wish: { user: "someone" } })).toBe("session_too_wide");
    expect(await open({ wish: { origin: OTHER_ORIGIN } })).toBe("session_too_wide");
  });
});

describe("renewal", () => {
  test("keeps the session, and widens nothing", async () => {
    const kit = tools();
    const before = await kit.tokens.mint(
      { subject: "s", origin: ORIGIN, group: "staff", models: ["small"], proof: NOW / 1000 },
      NOW,
    );
    const renewed = await open({ previous: before.token }, rules({ backend }), kit);
    expect(renewed).toMatchObject({ subject: "s", group: "staff", models: ["small"] });
    const wider = await open({ previous: before.token, wish: { models: ["large"] } }, rules(), kit);
    expect(wider).toBe("session_too_wide");
  });

  test("of another page's token, or one that is none, is refused", async () => {
    const kit = tools();
    const other = await kit.tokens.mint({ subject: "s", origin: OTHER_ORIGIN }, NOW);
    expect(await open({ previous: other.token }, rules(), kit)).toBe("token_of_other_origin");
    expect(await open({ previous: "a.b.c" }, rules(), kit)).toBe("token_invalid");
  });

  test("too late it is a new session", async () => {
    const kit = tools();
    const before = await kit.tokens.mint({ subject: "s", origin: ORIGIN, models: ["small"] }, NOW);
    const late = NOW + (900 + 3600 + 10) * 1000;
    const renewed = await open({ previous: before.token, now: late }, rules(), kit);
    expect(renewed).toMatchObject({ origin: ORIGIN });
    expect(renewed).not.toMatchObject({ subject: "s" });
  });
});

describe("proofs", () => {
  test("with Turnstile a page needs a person, once a day", async () => {
    const turnstile = person();
    const kit = tools({ turnstile });
    expect(await open({}, rules(), kit)).toBe("proof_refused");
    expect(await open({ wish: { turnstile: "robot" } }, rules(), kit)).toBe("proof_refused");
    const first = await open({ wish: { turnstile: "person" } }, rules(), kit);
    if (typeof first === "string") throw new Error(first);
    expect(first.proof).toBe(NOW / 1000);
    expect(await open({ previous: first.token }, rules(), kit)).toMatchObject({ subject: first.subject });
    expect(turnstile.asked).toHaveLength(3);
    const tomorrow = NOW + 86_400_000;
    const kept = await kit.tokens.mint({ subject: "s", origin: ORIGIN, proof: NOW / 1000 }, tomorrow);
    expect(await open({ previous: kept.token, now: tomorrow }, rules(), kit)).toBe("proof_refused");
  });

  test("F15 I10 who is refused by the limiter costs no question", async () => {
    const turnstile = person();
    const kit = tools({ turnstile, limiter: { limit: async () => ({ success: false }) } });
    expect(await open({ wish: { turnstile: "person" } }, rules(), kit)).toBe("session_rate_limited");
    expect(turnstile.asked).toHaveLength(0);
  });

  test("a session without a proof doesn't count as one, once a proof is asked for", async () => {
    const kit = tools({ turnstile: person() });
    const before = await kit.tokens.mint({ subject: "s", origin: ORIGIN }, NOW);
    expect(await open({ previous: before.token }, rules(), kit)).toBe("proof_refused");
  });

  test("with a backend alone, pages by themselves get none", async () => {
    expect(await open({}, rules({ backend }))).toBe("proof_refused");
  });

  test("E24 a backend by its secrets, the old and the new, for pages and groups of its own", async () => {
    const by = (change: Partial<Visitor>) =>
      open({ origin: undefined, backend: BACKEND, wish: { origin: ORIGIN }, ...change }, rules({ backend }));
    expect(await by({})).toMatchObject({ origin: ORIGIN, proof: NOW / 1000 });
    expect(await by({ backend: SECOND, address: undefined })).toMatchObject({ origin: ORIGIN });
    expect(await by({ wish: { origin: ORIGIN, group: "staff" } })).toMatchObject({ group: "staff" });
    expect(await by({ wish: { origin: ORIGIN, group: "admins" } })).toBe("session_too_wide");
    expect(await by({ wish: { origin: "https://evil.example" } })).toBe("origin_not_allowed");
    expect(await by({ wish: {} })).toBe("origin_required");
    expect(await by({ origin: OTHER_ORIGIN })).toBe("origin_not_allowed");
  });

  test("the same person is the same subject, and the subject gives no name back", async () => {
    const by = (user: string) =>
      open({ origin: undefined, backend: BACKEND, wish: { origin: ORIGIN, user } }, rules({ backend }));
    const [a, b, c] = [await by("ann"), await by("ann"), await by("bob")] as { subject: string }[];
    expect(a!.subject).toBe(b!.subject);
    expect(a!.subject).not.toBe(c!.subject);
    expect(a!.subject).toMatch(/^user-[0-9a-f]{64}$/);
  });

  test("E21 a secret that is wrong by a byte, empty, longer, or not asked for is refused, and never a page's request", async () => {
    const wrong = [`${BACKEND.slice(0, -1)}x`, "", `${BACKEND}x`, BACKEND.slice(1), "x".repeat(100_000)];
    const kit = tools({ turnstile: person() });
    for (const one of wrong) {
      const wish = { turnstile: "person" };
      expect(await open({ backend: one, wish }, rules({ backend }), kit)).toBe("proof_refused");
    }
    expect(await open({ backend: BACKEND })).toBe("proof_refused");
  });

  test("a backend has its own count", async () => {
    const kit = tools({ backendLimiter: createMemoryLimiter(2, () => NOW) });
    const by = () => open({ backend: BACKEND, wish: {} }, rules({ backend }), kit);
    expect([typeof (await by()), typeof (await by()), await by()]).toEqual([
      "object",
      "object",
      "session_rate_limited",
    ]);
  });
});

describe("E22 secrets are changed with an overlap", () => {
  const use = { origin: ORIGIN };

  test("the first signs, all verify, and one that is gone doesn't", async () => {
    const old = await tokensOf(FIRST).mint({ subject: "s", origin: ORIGIN }, NOW);
    const during = tokensOf(SECOND, FIRST);
    const young = await during.mint({ subject: "s", origin: ORIGIN }, NOW);
    expect((await during.verify(old.token, use, NOW)).ok).toBe(true);
    expect((await during.verify(young.token, use, NOW)).ok).toBe(true);
    expect((await tokensOf(FIRST).verify(young.token, use, NOW)).ok).toBe(false);
    const after = tokensOf(SECOND);
    expect((await after.verify(young.token, use, NOW)).ok).toBe(true);
    expect(await after.verify(old.token, use, NOW)).toMatchObject({ reason: "token_invalid" });
  });

  test("a token says which secret, and nothing about it", async () => {
    const { token } = await tokensOf(FIRST).mint({ subject: "s", origin: ORIGIN }, NOW);
    const header = JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString());
    expect(header).toEqual({ alg: "HS256", typ: SESSION_TYPE, kid: expect.stringMatching(/^[0-9a-f]{12}$/) });
    expect(Buffer.from(token, "base64url").toString()).not.toContain("canary");
  });

  test("E21 every single changed character, also of the id of the secret", async () => {
    const tokens = tokensOf(FIRST, SECOND);
    const { token } = await tokens.mint(
      { subject: "s", origin: ORIGIN, group: "staff", models: ["small"], proof: 1 },
      NOW,
    );
    expect((await tokens.verify(token, use, NOW)).ok).toBe(true);
    for (let at = 0; at < token.length; at += 1) {
      for (const change of [token[at] === "A" ? "B" : "A", ".", "="]) {
        if (token[at] === change) continue;
        const verified = await tokens.verify(token.slice(0, at) + change + token.slice(at + 1), use, NOW);
        expect([at, verified.ok ? "ok" : verified.reason]).toEqual([at, "token_invalid"]);
      }
    }
  });

  const bytes = new TextEncoder().encode(FIRST);
  const seconds = NOW / 1000;
  const forge = async (claims: object, header: object = {}) => {
    const { token } = await tokensOf(FIRST).mint({ subject: "s", origin: ORIGIN }, NOW);
    const { kid } = JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString());
    const all = {
      iss: "latchkey",
      aud: "latchkey-proxy",
      sub: "s",
      origin: ORIGIN,
      iat: seconds,
      exp: seconds + 900,
    };
    return new SignJWT({ ...all, ...claims })
      .setProtectedHeader({ alg: "HS256", typ: SESSION_TYPE, kid, ...header })
      .sign(bytes);
  };
  const forged: [string, () => Promise<string>][] = [
    ["no kid", () => forge({}, { kid: undefined })],
    ["a kid of nobody", () => forge({}, { kid: "000000000000" })],
    ["a kid that is a number", () => forge({}, { kid: 7 })],
    ["E02 another length of MAC", () => forge({}, { alg: "HS512" })],
    ["another typ", () => forge({}, { typ: "JWT" })],
    ["E22 another audience", () => forge({ aud: "other" })],
    ["E05 a list of audiences", () => forge({ aud: ["latchkey-proxy"] })],
    ["E10 too long a life", () => forge({ exp: seconds + 901 })],
    ["E10 from the future", () => forge({ iat: seconds + 60, exp: seconds + 120 })],
    ["E26 no subject", () => forge({ sub: "" })],
    ["models that are no list", () => forge({ models: "large" })],
    ["models that are no texts", () => forge({ models: [1] })],
    ["a group that is no text", () => forge({ group: {} })],
    ["a proof that is no time", () => forge({ proof: "now" })],
  ];
  for (const [name, make] of forged) {
    test(`signed by us, but not as ours: ${name}`, async () => {
      expect((await tokensOf(FIRST).verify(await forge({}), use, NOW)).ok).toBe(true);
      expect(await tokensOf(FIRST).verify(await make(), use, NOW)).toMatchObject({ reason: "token_invalid" });
    });
  }

  test("E23 of another page, or of none", async () => {
    const tokens = tokensOf(FIRST);
    const { token } = await tokens.mint({ subject: "s", origin: ORIGIN }, NOW);
    const reason = async (at: { origin: string | undefined; originOptional?: boolean }) => {
      const verified = await tokens.verify(token, at, NOW);
      return verified.ok ? "ok" : verified.reason;
    };
    expect(await reason({ origin: OTHER_ORIGIN })).toBe("token_of_other_origin");
    expect(await reason({ origin: undefined })).toBe("token_of_other_origin");
    expect(await reason({ origin: undefined, originOptional: true })).toBe("ok");
    expect(await reason({ origin: OTHER_ORIGIN, originOptional: true })).toBe("token_of_other_origin");
  });
});

describe("what a session may be asked for", () => {
  const settings = { limits: { bodyBytes: 4096 }, deadlines: { bodyMs: 1000 } } as never;
  const ask = async (
    body?: string,
    headers: Record<string, string> = { "content-type": "application/json" },
  ) => {
    const init = { method: "POST", headers, ...(body === undefined ? {} : { body }) };
    const read = await readWish(new Request("https://proxy.example.net/session", init), settings);
    return read.ok ? read.wish : read.reason;
  };

  test("nothing, in all the ways in which clients send nothing", async () => {
    expect(await ask()).toEqual({});
    expect(await ask(undefined, {})).toEqual({});
  });

  test("known members only, each within bounds", async () => {
    expect(await ask('{"models":["a"],"expires_in":60,"turnstile":"t"}')).toEqual({
      models: ["a"],
      expires_in: 60,
      turnstile: "t",
    });
    const wrong = [
      '{"scope":"all"}',
      '{"models":"a"}',
      '{"models":["../x"]}',
      '{"expires_in":1e9}',
      '{"expires_in":-1}',
      '{"user":""}',
      `{"turnstile":"${"x".repeat(2049)}"}`,
      `{"models":[${Array(33).fill('"a"').join()}]}`,
      "[]",
    ];
    for (const body of wrong)
      expect([body.slice(0, 30), await ask(body)]).toEqual([body.slice(0, 30), "body_invalid"]);
    expect(await ask("{")).toBe("body_not_json");
    expect(await ask(`{"user":"${"x".repeat(9000)}"}`)).toBe("body_too_large");
    expect(await ask("{}", { "content-type": "text/plain" })).toBe("media_type_refused");
  });
});
