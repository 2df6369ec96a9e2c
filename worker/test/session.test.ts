// Session tokens: how they are given, and every way in which a token is not one of ours.
import { SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { createCallerKey, hex, sameBytes, sha256 } from "../keys.ts";
import { createRig, ORIGIN, OTHER_ORIGIN, type Rig, SESSION_SECRET } from "./setup.ts";

const NOW = Date.UTC(2026, 10, 20);

async function open(rig: Rig, origin = ORIGIN): Promise<string> {
  const response = await rig.fetch("/session", { method: "POST", headers: { origin, authorization: null } });
  expect(response.status).toBe(200);
  const { token, token_type, expires_in } = (await response.json()) as Record<string, unknown>;
  expect({ token_type, expires_in }).toEqual({ token_type: "Bearer", expires_in: 900 });
  return token as string;
}

const use = (rig: Rig, token: string, origin: string | null = ORIGIN) =>
  rig.fetch("/v1/models", { headers: { authorization: `Bearer ${token}`, origin } });

/** The id of our secret: without it nothing else about a token would be looked at. */
const kid = hex(await sha256(`session key\n${SESSION_SECRET}`)).slice(0, 12);

function forge(
  change: (jwt: SignJWT) => SignJWT = (jwt) => jwt,
  secret = SESSION_SECRET,
  header: object = {},
) {
  const seconds = NOW / 1000;
  const jwt = new SignJWT({ origin: ORIGIN })
    .setProtectedHeader({ alg: "HS256", typ: "latchkey-session+jwt", kid, ...header })
    .setIssuer("latchkey")
    .setAudience("latchkey-proxy")
    .setSubject("s")
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 900);
  return change(jwt).sign(new TextEncoder().encode(secret));
}

describe("a session", () => {
  test("is given to a listed page and works from there, and without an Origin", async () => {
    const rig = await createRig();
    const token = await open(rig);
    expect((await use(rig, token)).status).toBe(200);
    expect((await use(rig, token, null)).status).toBe(200);
    const both = { authorization: `Bearer ${token}`, "api-key": token, origin: ORIGIN };
    expect((await rig.fetch("/v1/models", { headers: both })).status).toBe(200);
    expect(rig.log.at(-1)).toMatchObject({
      caller_kind: "session",
      caller: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  test("E23 does not work from another listed page", async () => {
    const rig = await createRig();
    const response = await use(rig, await open(rig), OTHER_ORIGIN);
    expect(response.status).toBe(403);
    expect(rig.log.at(-1)).toMatchObject({ reason: "token_of_other_origin" });
  });

  test("ends after its lifetime", async () => {
    let now = NOW;
    const rig = await createRig({}, { now: () => now });
    const token = await open(rig);
    now += 901_000 + 5_000;
    expect((await use(rig, token)).status).toBe(401);
    expect(rig.log.at(-1)).toMatchObject({ reason: "token_expired" });
  });

  test("E24 is limited per address, and the limiter sees a hash of the address", async () => {
    let now = NOW;
    const keys: string[] = [];
    const rig = await createRig(
      { session: { secret: SESSION_SECRET, perMinute: 3 } },
      {
        now: () => now,
        addressOf: (request) => request.headers.get("x-test-address") ?? undefined,
      },
    );
    const knock = async (address: string) =>
      (
        await rig.fetch("/session", {
          method: "POST",
          headers: { origin: ORIGIN, "x-test-address": address },
        })
      ).status;
    const many: number[] = [];
    for (let i = 0; i < 5; i += 1) many.push(await knock("203.0.113.7"));
    expect(many).toEqual([200, 200, 200, 429, 429]);
    expect(await knock("203.0.113.8")).toBe(200);
    now += 60_001;
    expect(await knock("203.0.113.7")).toBe(200);
    const hashed = await createRig(
      {},
      {
        addressOf: () => "203.0.113.9",
        limiter: {
          limit: async ({ key }) => {
            keys.push(key);
            return { success: false };
          },
        },
      },
    );
    const refused = await hashed.fetch("/session", { method: "POST", headers: { origin: ORIGIN } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test("of a proxy without sessions there is none", async () => {
    const rig = await createRig({ session: undefined as never });
    expect((await rig.fetch("/session", { method: "POST", headers: { origin: ORIGIN } })).status).toBe(404);
    expect((await use(rig, await forge())).status).toBe(401);
  });
});

describe("a token that is not ours is 401", () => {
  const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const seconds = NOW / 1000;
  const claims = {
    origin: ORIGIN,
    iss: "latchkey",
    aud: "latchkey-proxy",
    sub: "s",
    iat: seconds,
    exp: seconds + 900,
  };
  const typ = "latchkey-session+jwt";
  const tokens: [string, () => string | Promise<string>][] = [
    ["E01 alg none", () => `${b64({ alg: "none", typ, kid })}.${b64(claims)}.`],
    [
      "E01 alg nOnE with a signature",
      () => `${b64({ alg: "nOnE", typ, kid })}.${b64(claims)}.${"A".repeat(43)}`,
    ],
    ["E01 no alg", () => `${b64({ typ, kid })}.${b64(claims)}.${"A".repeat(43)}`],
    ["another secret", () => forge((jwt) => jwt, "x".repeat(32))],
    ["another typ", () => forge((jwt) => jwt, SESSION_SECRET, { typ: "JWT" })],
    ["E05 another audience", () => forge((jwt) => jwt.setAudience("other"))],
    ["E05 a list of audiences", () => forge((jwt) => jwt.setAudience(["latchkey-proxy", "other"]))],
    ["another issuer", () => forge((jwt) => jwt.setIssuer("other"))],
    ["E10 in the future", () => forge((jwt) => jwt.setIssuedAt(seconds + 60))],
    ["E10 a hundred years long", () => forge((jwt) => jwt.setExpirationTime(seconds + 3_153_600_000))],
    ["E10 not yet valid", () => forge((jwt) => jwt.setNotBefore(seconds + 60))],
    ["E26 no subject", () => forge((jwt) => jwt.setSubject(""))],
    [
      "E14 an unknown crit",
      async () =>
        `${b64({ alg: "HS256", typ, kid, crit: ["x"], x: 1 })}.${(await forge()).split(".").slice(1).join(".")}`,
    ],
    ["E13 two segments", async () => (await forge()).split(".").slice(0, 2).join(".")],
    ["E13 four segments", async () => `${await forge()}.AAAA`],
    ["E13 padding", async () => `${await forge()}=`],
    ["E21 no signature", async () => (await forge()).replace(/[^.]+$/, "")],
    ["E21 half a signature", async () => (await forge()).slice(0, -20)],
    ["E21 a longer signature", async () => `${await forge()}AAAA`],
    ["E15 a megabyte", async () => `${await forge()}${"A".repeat(20_000)}`],
  ];
  for (const [name, make] of tokens) {
    test(name, async () => {
      const rig = await createRig({}, { now: () => NOW });
      expect((await use(rig, await forge())).status).toBe(200);
      expect((await use(rig, await make())).status).toBe(401);
    });
  }

  test("E09 without an end", async () => {
    const rig = await createRig({}, { now: () => NOW });
    const endless = new SignJWT({ origin: ORIGIN })
      .setProtectedHeader({ alg: "HS256", typ, kid })
      .setIssuer("latchkey")
      .setAudience("latchkey-proxy")
      .setSubject("s")
      .setIssuedAt(seconds);
    expect((await use(rig, await endless.sign(new TextEncoder().encode(SESSION_SECRET)))).status).toBe(401);
  });

  test("E13 E21 every single changed character", async () => {
    const rig = await createRig({}, { now: () => NOW });
    const token = await forge();
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect([at, (await use(rig, changed)).status]).toEqual([at, 401]);
    }
    // The three other spellings of the last character, which lenient decoders read as the same bytes.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.at(-1)!);
    for (const step of [1, 2, 3]) {
      expect((await use(rig, token.slice(0, -1) + alphabet[last + step])).status).toBe(401);
    }
  });
});

describe("caller keys", () => {
  test("are made with a line that lets them in", async () => {
    const { key, line } = await createCallerKey("nightly.report-1");
    expect(key).toMatch(/^lk_[A-Za-z0-9_-]{43}$/);
    expect(line).toBe(`nightly.report-1:${hex(await sha256(key))}`);
    await expect(createCallerKey("two words")).rejects.toThrow(TypeError);
  });

  test("are compared in full", () => {
    const a = new Uint8Array(32).fill(1);
    expect(sameBytes(a, a.slice())).toBe(true);
    for (let at = 0; at < 32; at += 1) {
      const b = a.slice();
      b[at] = 0;
      expect(sameBytes(a, b)).toBe(false);
    }
    expect(sameBytes(a, a.slice(0, 31))).toBe(false);
    expect(sameBytes(a, new Uint8Array(33).fill(1))).toBe(false);
  });
});
