// What a request shows to say who it is, callers without a credential, and the networks they are counted by.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { anonymousIdentity } from "../anonymous.ts";
import { type AnonymousRules, anonymous } from "../caller-schema.ts";
import { secret } from "../config-upstream.ts";
import { readCredential } from "../credential.ts";
import { networkOf } from "../network.ts";
import { SESSION_TYPE } from "../session-token.ts";
import { decodeSegment, parseStrict } from "../strict-json.ts";
import { ORIGIN, OTHER_ORIGIN } from "./setup.ts";

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const session = `${b64({ alg: "HS256", typ: SESSION_TYPE })}.e30.AAAA`;
const entra = `${b64({ alg: "RS256", typ: "JWT" })}.e30.AAAA`;

describe("credentials", () => {
  const read = (
    headers: Record<string, string>,
    dialect: Parameters<typeof readCredential>[1] = "openai",
  ) => {
    const found = readCredential(new Headers(headers), dialect);
    return found.ok ? found.credential.kind : found.reason;
  };
  const cases: [name: string, headers: Record<string, string>, kind: string][] = [
    ["nothing", {}, "none"],
    ["a key", { authorization: "Bearer lk_abc" }, "key"],
    ["a key in api-key", { "api-key": "lk_abc" }, "key"],
    ["a session", { authorization: `Bearer ${session}` }, "session"],
    ["a session in api-key", { "api-key": session }, "session"],
    ["a token of Entra ID", { authorization: `bearer ${entra}` }, "entra"],
    ["a token of Entra ID in api-key", { "api-key": entra }, "entra"],
    ["the same in both", { authorization: `Bearer ${session}`, "api-key": session }, "session"],
    [
      "two different ones",
      { authorization: `Bearer ${session}`, "api-key": "lk_abc" },
      "credential_conflict",
    ],
    ["a token that says nothing of itself", { authorization: "Bearer a.b.c" }, "entra"],
    ["an empty Authorization", { authorization: "" }, "credential_malformed"],
    ["an empty api-key", { "api-key": "" }, "credential_malformed"],
    ["a bare Bearer", { authorization: "Bearer" }, "credential_malformed"],
    ["another scheme", { authorization: "Basic lk_abc" }, "credential_malformed"],
    ["no scheme", { authorization: "lk_abc" }, "credential_malformed"],
    ["two joined", { authorization: "Bearer a, Bearer b" }, "credential_malformed"],
    ["E15 a long one", { "api-key": "x".repeat(8193) }, "credential_too_long"],
    ["E17 x-api-key and a cookie", { "x-api-key": "lk_abc", cookie: `token=${session}` }, "none"],
  ];
  for (const [name, headers, kind] of cases) test(name, () => expect(read(headers)).toBe(kind));

  test("agents' addresses take Authorization alone, as their service does", () => {
    expect(read({ "api-key": "lk_abc" }, "agents")).toBe("credential_missing");
    expect(read({ authorization: "Bearer lk_abc" }, "agents")).toBe("key");
    expect(read({ authorization: "Bearer lk_abc", "api-key": "lk_abc" }, "agents")).toBe("key");
    expect(read({ authorization: "Bearer lk_abc", "api-key": "lk_x" }, "agents")).toBe("credential_conflict");
    expect(read({}, "agents")).toBe("none");
  });

  test("E13 only what says it is a session is checked as one: no text is ever two kinds", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        const found = readCredential(
          new Headers({ authorization: `Bearer ${b64(first)}.${b64(second)}.x` }),
          "openai",
        );
        expect(found.ok && found.credential.kind).toBe("entra");
      }),
    );
  });
});

describe("D04 callers without a credential", () => {
  const parsed = v.parse(anonymous, { origins: [ORIGIN], together: { tokensPerDay: 1000 } });
  const rules: AnonymousRules = { ...parsed, secret: secret("x".repeat(32)) };
  const who = async (origin: string | undefined, address: string | undefined) => {
    const found = await anonymousIdentity(rules, { origin, address });
    return found.ok ? found.identity.name : found.reason;
  };

  test("come from a listed page, with an address", async () => {
    expect(await who(ORIGIN, "203.0.113.7")).toMatch(/^[0-9a-f]{64}$/);
    expect(await who(undefined, "203.0.113.7")).toBe("credential_missing");
    expect(await who(OTHER_ORIGIN, "203.0.113.7")).toBe("credential_missing");
  });

  test("F14 without an address they are refused, never one count for all", async () => {
    for (const address of [undefined, "", "unknown", "203.0.113.999", "203.0.113.7, 10.0.0.1", "[::1]"]) {
      expect([address, await who(ORIGIN, address)]).toEqual([address, "anonymous_address_unknown"]);
    }
  });

  test("F13 are counted by network", async () => {
    expect(await who(ORIGIN, "2001:db8::1")).toBe(await who(ORIGIN, "2001:db8:0:0:ffff:ffff:ffff:ffff"));
    expect(await who(ORIGIN, "2001:db8::1")).not.toBe(await who(ORIGIN, "2001:db8:0:1::1"));
    expect(await who(ORIGIN, "203.0.113.7")).toBe(await who(ORIGIN, "::ffff:203.0.113.7"));
    expect(await who(ORIGIN, "203.0.113.7")).not.toBe(await who(ORIGIN, "203.0.113.8"));
  });

  test("F13 need a cap for all of them together", () => {
    for (const together of [{}, { requestsPerMinute: 5 }, { tokensPerMonth: 5 }]) {
      expect(v.safeParse(anonymous, { origins: [ORIGIN], together }).success).toBe(false);
    }
    expect(v.parse(anonymous, { origins: [ORIGIN], together: { moneyPerDay: 0.25 } }).together).toEqual({
      microsPerDay: 250_000,
    });
  });
});

describe("F13 networks", () => {
  const usual = { ipv4: 32, ipv6: 64 };
  test.each([
    ["203.0.113.7", "203.0.113.7/32"],
    ["::ffff:203.0.113.7", "203.0.113.7/32"],
    ["::FFFF:cb00:7107", "203.0.113.7/32"],
    ["0:0:0:0:0:ffff:203.0.113.7", "203.0.113.7/32"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2/64"],
    ["fe80::1%eth0", "fe80:0:0:0/64"],
    ["::1", "0:0:0:0/64"],
    ["::203.0.113.7", "0:0:0:0/64"],
  ])("%s", (address, network) => expect(networkOf(address, usual)).toBe(network));

  test("of other sizes", () => {
    expect(networkOf("203.0.113.7", { ipv4: 24, ipv6: 64 })).toBe("203.0.113.0/24");
    expect(networkOf("203.0.113.77", { ipv4: 28, ipv6: 64 })).toBe("203.0.113.64/28");
    expect(networkOf("2001:db8:1234:5678::1", { ipv4: 32, ipv6: 48 })).toBe("2001:db8:1234:0/48");
    expect(networkOf("2001:db8:1234:5678::1", { ipv4: 32, ipv6: 56 })).toBe("2001:db8:1234:5600/56");
  });

  test("what is no address has none, and everything else is one of a bounded number", () => {
    for (const text of [
      "",
      "x",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "0x7f.1",
      "1:2",
      "::1::",
      "[::1]",
      "::1/64",
      "a".repeat(1e6),
    ]) {
      expect(networkOf(text, usual)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.ipV6(), (address) => void expect(networkOf(address, usual)).toMatch(/\/(32|64)$/)),
    );
    fc.assert(
      fc.property(fc.ipV4(), (address) => void expect(networkOf(address, usual)).toBe(`${address}/32`)),
    );
    fc.assert(fc.property(fc.string(), (text) => void networkOf(text, usual)));
  });
});

describe("E27 JSON that is signed", () => {
  const parse = (text: string) => parseStrict(new TextEncoder().encode(text));

  test("is read as any reader would", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(parse(text)).toEqual(JSON.parse(text));
        expect(parse(JSON.stringify(value, null, 2))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("names nothing twice, at any depth and in any spelling", () => {
    for (const text of ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"x":[{"a":1,"a":2}]}', '{"a":1, "a" :2}']) {
      expect(parse(text)).toBeUndefined();
    }
    expect(parse('{"a":"\\"b\\":1, \\"b\\":2"}')).toEqual({ a: '"b":1, "b":2' });
  });

  test("E13 a segment has one spelling", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64url");
        expect(decodeSegment(text)).toEqual(bytes);
        for (const other of [`${text}=`, `${text}\n`, ` ${text}`, `${text}A`.slice(0, text.length + 1)]) {
          const decoded = decodeSegment(other);
          if (decoded !== undefined) expect(Buffer.from(decoded).toString("base64url")).toBe(other);
        }
      }),
    );
  });
});
