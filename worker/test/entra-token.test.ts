// Access tokens of Entra ID: which are let in, and every way in which one is not ours. Real keys, a real server.
import { exportSPKI, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEntraVerifier, readHeader } from "../entra-token.ts";
import { principalOf } from "../identity.ts";
import {
  APP,
  AUDIENCE,
  appClaims,
  b64,
  makeKey,
  NOW,
  OID,
  OTHER_TENANT,
  personClaims,
  SECONDS,
  settings,
  sign,
  startKeyServer,
  TENANT,
  type TestKey,
} from "./entra-issuer.ts";

let key: TestKey;
let other: TestKey;
let ec: TestKey;
let server: Awaited<ReturnType<typeof startKeyServer>>;

beforeAll(async () => {
  [key, other, ec] = await Promise.all([makeKey("one"), makeKey("foreign"), makeKey("ec", "ES256")]);
  server = await startKeyServer([key.jwk, ec.jwk]);
});
afterAll(() => server.close());

function verifier(change: Parameters<typeof settings>[1] = {}, now = () => NOW) {
  return createEntraVerifier(settings(server.url, change), (url, init) => fetch(url, init), now);
}

async function outcome(token: string, change: Parameters<typeof settings>[1] = {}): Promise<string> {
  const verified = await verifier(change).verify(token, NOW);
  return verified.ok ? "ok" : verified.reason;
}

const person = (change: Record<string, unknown> = {}) => sign(key, { ...personClaims, ...change });
const app = (change: Record<string, unknown> = {}) => sign(key, { ...appClaims, ...change });

describe("who is let in", () => {
  test("a person, by tenant and object id", async () => {
    const verified = await verifier().verify(await person({ groups: ["g1"], roles: ["Admin"] }), NOW);
    expect(verified).toEqual({
      ok: true,
      identity: {
        kind: "entra",
        name: `${TENANT}:user:${OID}`,
        entra: {
          tenant: TENANT,
          app: APP,
          isApp: false,
          scopes: ["openid", "Models.Use"],
          roles: ["Admin"],
          groups: ["g1"],
        },
      },
    });
  });

  test("an application, by tenant and its id", async () => {
    const verified = await verifier().verify(await app(), NOW);
    expect(verified).toMatchObject({
      identity: { name: `${TENANT}:app:${APP}`, entra: { isApp: true, roles: ["Models.Run"] } },
    });
  });

  test("E26 the same person is one principal in both formats of tokens, whatever the name", async () => {
    const first = await verifier().verify(await person(), NOW);
    const second = await verifier().verify(
      await person({
        iss: `https://sts.windows.net/${TENANT}/`,
        ver: "1.0",
        azp: undefined,
        appid: APP,
        sub: "another",
        preferred_username: "renamed@contoso.com",
        upn: "renamed@contoso.com",
        email: "e@contoso.com",
      }),
      NOW,
    );
    if (!first.ok || !second.ok) throw new Error("refused");
    expect(await principalOf(second.identity)).toBe(await principalOf(first.identity));
    expect(await principalOf(first.identity)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("with a curve where the configuration says so, and only there", async () => {
    const token = await sign(ec);
    expect(await outcome(token)).toBe("token_invalid");
    expect(await outcome(token, { algorithms: ["RS256", "ES256"] })).toBe("ok");
  });

  test("E20 at the authority's own address by discovery", async () => {
    const verified = await createEntraVerifier(
      settings(server.url, {
        jwksUrl: undefined,
        authority: server.url,
        issuers: ["https://login.microsoftonline.com/{tenantid}/v2.0"],
      }),
      (url, init) => fetch(url, init),
      () => NOW,
    ).verify(await person(), NOW);
    expect(verified.ok).toBe(true);
    expect(server.paths).toContain(`/${TENANT}/v2.0/.well-known/openid-configuration`);
  });

  test("E28 names of groups and roles are kept as data, never a text of ours", async () => {
    const verified = await verifier().verify(await person({ roles: ["a\nb\u001b[31m", "'; drop --"] }), NOW);
    expect(verified.ok && verified.identity.entra?.roles).toEqual(["a\nb\u001b[31m", "'; drop --"]);
    expect(verified.ok && verified.identity.name).not.toContain("drop");
  });

  test("too many groups for a token are unknown groups, none are none", async () => {
    const groups = async (change: object) => {
      const verified = await verifier().verify(await person({ ...change }), NOW);
      return verified.ok ? verified.identity.entra?.groups : verified.reason;
    };
    expect(await groups({})).toEqual([]);
    expect(await groups({ _claim_names: { groups: "src1" } })).toBeUndefined();
    expect(await groups({ hasgroups: true })).toBeUndefined();
    expect(await groups({ groups: "g1" })).toBe("token_invalid");
  });
});

describe("whose claims are not for us", () => {
  const cases: [name: string, change: Record<string, unknown>, reason?: string][] = [
    ["E05 another audience", { aud: "https://graph.microsoft.com" }],
    ["E05 no audience", { aud: undefined }],
    ["E05 a list with ours in it", { aud: [AUDIENCE, "other"] }],
    ["E05 a list of ours alone", { aud: [AUDIENCE] }],
    ["E05 a number", { aud: 7 }],
    ["another tenant", { tid: OTHER_TENANT, iss: `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0` }],
    [
      "E07 a personal account",
      {
        tid: "9188040d-6c67-4c5b-b112-36a304b66dad",
        iss: "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
      },
    ],
    ["another tenant's issuer", { iss: `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0` }],
    ["an issuer that only begins like it", { iss: `${personClaims.iss}/x` }],
    ["the placeholder itself", { iss: "https://login.microsoftonline.com/{tenantid}/v2.0" }],
    ["no tenant", { tid: undefined }],
    ["a tenant that is a pattern", { tid: "$&" }],
    ["E26 no object id", { oid: undefined }],
    ["E26 an empty object id", { oid: "" }],
    ["E28 an object id of 4 KB", { oid: "o".repeat(4096) }],
    ["E28 an object id with a line end", { oid: `${OID}\n` }],
    ["E26 no subject", { sub: "" }],
    ["no application", { azp: undefined }],
    ["E08 an ID token: no scope, a nonce", { scp: undefined, nonce: "n", azp: undefined }],
    ["E08 an ID token with roles of its owner", { scp: undefined, roles: ["Models.Run"] }],
    ["E08 a token with the hash of another", { at_hash: "x" }],
    ["E12 a person's token that says it is an app's", { idtyp: "app" }],
    ["E12 scopes that are a list", { scp: ["Models.Use"] }],
    ["E12 empty scopes", { scp: "" }],
    ["E12 roles that are a text", { roles: "Models.Run" }],
    ["E11 without the scope", { scp: "openid" }, "scope_missing"],
    ["E11 with a scope that only begins like it", { scp: "Models.UseNot models.use" }, "scope_missing"],
    [
      "E12 a person with an application's role but no scope",
      { scp: "x", roles: ["Models.Run"] },
      "scope_missing",
    ],
    ["E09 no end", { exp: undefined }],
    [
      "E10 an end past the clocks' difference",
      { iat: SECONDS - 600, nbf: SECONDS - 600, exp: SECONDS - 60 },
      "token_expired",
    ],
    ["E10 not yet", { nbf: SECONDS + 61 }],
    ["E10 from the future", { iat: SECONDS + 61 }],
    ["E10 a hundred years", { exp: SECONDS + 3_153_600_000 }],
    [
      "E10 a long life that is nearly over",
      { iat: SECONDS - 90_000, nbf: SECONDS - 90_000, exp: SECONDS + 10 },
    ],
    ["E10 no beginning", { iat: undefined }],
    ["E10 an end before the beginning", { iat: SECONDS + 5, exp: SECONDS + 5 }],
    ["E27 a text as end", { exp: String(SECONDS + 3600) }],
    ["E27 a fraction as end", { exp: SECONDS + 3600.5 }],
    ["E27 a huge end", { exp: 1e300 }],
    ["E27 a negative beginning", { iat: -1 }],
  ];
  for (const [name, change, reason = "token_invalid"] of cases) {
    test(name, async () => {
      expect(await outcome(await person())).toBe("ok");
      expect(await outcome(await person(change))).toBe(reason);
    });
  }

  test("E10 within the clocks' difference", async () => {
    expect(await outcome(await person({ exp: SECONDS - 59, iat: SECONDS - 600, nbf: SECONDS + 60 }))).toBe(
      "ok",
    );
    expect(await outcome(await person({ exp: SECONDS + 5, iat: SECONDS + 4 }), { clockSeconds: 0 })).toBe(
      "token_invalid",
    );
  });

  test("E07 a personal account where its tenant is listed", async () => {
    const tid = "9188040d-6c67-4c5b-b112-36a304b66dad";
    const token = await person({ tid, iss: `https://login.microsoftonline.com/${tid}/v2.0` });
    expect(await outcome(token, { tenants: [TENANT, tid] })).toBe("ok");
  });

  test("E11 E12 applications need a role, and a configuration that has some", async () => {
    expect(await outcome(await app({ roles: ["Other"] }))).toBe("scope_missing");
    expect(await outcome(await app({ roles: undefined }))).toBe("scope_missing");
    expect(await outcome(await app(), { roles: [] })).toBe("scope_missing");
    expect(await outcome(await app({ idtyp: "app", sub: "x" }))).toBe("ok");
    expect(await outcome(await app({ idtyp: "user" }))).toBe("token_invalid");
    expect(await outcome(await person(), { scopes: [] })).toBe("scope_missing");
  });

  test("E11 the challenge says what is missing", async () => {
    const verified = await verifier().verify(await person({ scp: "x" }), NOW);
    expect(!verified.ok && verified.detail.headers).toEqual({
      "www-authenticate": 'Bearer error="insufficient_scope"',
    });
  });

  test("a key of one tenant doesn't sign for another, nor one of personal accounts", async () => {
    const theirs = { issuer: `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0` };
    const ours = { issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" };
    const [foreign, shared] = await Promise.all([makeKey("a", "RS256", theirs), makeKey("b", "RS256", ours)]);
    server.keys = [foreign.jwk, shared.jwk];
    try {
      expect(await outcome(await sign(foreign))).toBe("token_invalid");
      expect(await outcome(await sign(shared))).toBe("ok");
    } finally {
      server.keys = [key.jwk, ec.jwk];
    }
  });
});

describe("what is no token of the issuer", () => {
  const body = b64(personClaims);
  const header = (change: object = {}) => b64({ alg: "RS256", typ: "JWT", kid: "one", ...change });
  const resigned = async (change: object) => {
    const token = await person();
    return `${header(change)}.${token.split(".").slice(1).join(".")}`;
  };
  const mac = (secret: Uint8Array, change: object = {}) =>
    new SignJWT(personClaims)
      .setProtectedHeader({ alg: "HS256", typ: "JWT", kid: "one", ...change })
      .sign(secret);
  const bytes = (text: string) => new TextEncoder().encode(text);

  const cases: [name: string, make: () => string | Promise<string>][] = [
    ["E01 alg none", () => `${header({ alg: "none" })}.${body}.`],
    ["E01 alg None", () => `${header({ alg: "None" })}.${body}.AAAA`],
    ["E01 alg nOnE with a real signature", () => resigned({ alg: "nOnE" })],
    ["E01 no alg", () => resigned({ alg: undefined })],
    ["E01 alg as a list", () => resigned({ alg: ["RS256"] })],
    ["E02 HS256 with the public key as PEM", async () => mac(bytes(await exportSPKI(key.publicKey)))],
    [
      "E02 HS256 with the public key as DER",
      async () =>
        mac(Buffer.from((await exportSPKI(key.publicKey)).replace(/-----[^-]+-----|\s/g, ""), "base64")),
    ],
    ["E02 HS256 with the public key as JWK", () => mac(bytes(JSON.stringify(key.jwk)))],
    [
      "E02 the same key with another algorithm",
      () => sign({ ...key, alg: "RS256" }, personClaims, { kid: "ec" }),
    ],
    ["E02 PS256, which is not configured", () => resigned({ alg: "PS256" })],
    ["E13 another's signature under our id", () => sign({ ...other, kid: "one" })],
    ["E13 two segments", async () => (await person()).split(".").slice(0, 2).join(".")],
    ["E13 four segments", async () => `${await person()}.AAAA`],
    ["E13 five segments, as if encrypted", async () => `${await person()}.AAAA.AAAA`],
    ["E13 padding", async () => `${await person()}=`],
    ["E13 a line end", async () => `${await person()}\n`],
    ["E13 an empty signature", async () => (await person()).replace(/[^.]+$/, "")],
    ["E13 standard base64", async () => (await person()).replace(/[-_]/g, "+")],
    ["E14 an unknown crit", () => resigned({ crit: ["x"], x: 1 })],
    ["E14 b64 false", () => resigned({ crit: ["b64"], b64: false })],
    ["another typ", () => sign(key, personClaims, { typ: "dpop+jwt" })],
    ["no typ", () => resigned({ typ: undefined })],
    ["no kid", () => sign(key, personClaims, { kid: undefined as never })],
    ["E28 a kid with a line end", () => resigned({ kid: "one\n" })],
    ["E28 a kid of 4 KB", () => resigned({ kid: "o".repeat(4096) })],
    ["a kid that every object has", () => resigned({ kid: "__proto__" })],
    ["a kid that is no text", () => resigned({ kid: { toString: "one" } })],
    ["E15 a megabyte", async () => `${await person()}${"A".repeat(1_000_000)}`],
    ["E15 a header nested 100,000 deep", () => `${b64("[".repeat(100_000))}.${body}.AAAA`],
    ["E15 a header nested as deep as fits", () => `${b64("[".repeat(6000))}.e30.AAAA`],
    [
      "E27 a header that names alg twice",
      () => `${b64('{"alg":"RS256","alg":"none","typ":"JWT","kid":"one"}')}.${body}.AAAA`,
    ],
    [
      "E27 a header in invalid UTF-8",
      () =>
        `${Buffer.from('{"alg":"RS256","typ":"JWT","kid":"\xff"}', "latin1").toString("base64url")}.${body}.AAAA`,
    ],
  ];
  for (const [name, make] of cases) {
    test(name, async () => {
      expect(await outcome(await make())).toBe("token_invalid");
    });
  }

  test("E04 keys and addresses in the header are not looked at", async () => {
    const asked: string[] = [];
    const own = createEntraVerifier(
      settings(server.url),
      (url, init) => {
        asked.push(url);
        return fetch(url, init);
      },
      () => NOW,
    );
    const evil = {
      jwk: other.jwk,
      jku: "http://127.0.0.1:9/keys",
      x5u: "http://127.0.0.1:9/cert",
      x5c: ["AAAA"],
    } as object;
    for (const kid of ["one", "foreign"]) {
      const verified = await own.verify(await sign({ ...other, kid }, personClaims, evil), NOW);
      expect(verified.ok).toBe(false);
    }
    expect(new Set(asked)).toEqual(new Set([`${server.url}/keys`]));
    // Signed by the issuer they do no harm.
    expect((await own.verify(await sign(key, personClaims, { jku: "http://127.0.0.1:9/k" }), NOW)).ok).toBe(
      true,
    );
  });

  test("E27 a signed payload that names a claim twice, is no object, or is invalid UTF-8", async () => {
    const { CompactSign } = await import("jose");
    const text = JSON.stringify(personClaims);
    const payloads = [
      `${text.slice(0, -1)},"aud":"${AUDIENCE}"}`,
      `${text.slice(0, -1)},"x":{"a":1,"a":2}}`,
      `${text.slice(0, -1)},"\\u0061ud":"${AUDIENCE}"}`,
      "[]",
      '"text"',
      "",
      `${text} x`,
    ];
    const signed = (payload: Uint8Array) =>
      new CompactSign(payload)
        .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "one" })
        .sign(key.privateKey);
    expect(await outcome(await signed(bytes(text)))).toBe("ok");
    for (const payload of payloads.slice(0, 5)) {
      expect([payload.slice(-20), await outcome(await signed(bytes(payload)))]).toEqual([
        payload.slice(-20),
        "token_invalid",
      ]);
    }
    const broken = Buffer.from(`${text.slice(0, -1)},"x":"\xff"}`, "latin1");
    expect(await outcome(await signed(broken))).toBe("token_invalid");
  });

  test("E13 every single changed character", async () => {
    const own = verifier();
    const token = await sign(key, { ...personClaims, preferred_username: undefined });
    expect((await own.verify(token, NOW)).ok).toBe(true);
    for (let at = 0; at < token.length; at += 1) {
      for (const change of [token[at] === "A" ? "B" : "A", ".", "+"]) {
        if (token[at] === change) continue;
        const changed = token.slice(0, at) + change + token.slice(at + 1);
        const verified = await own.verify(changed, NOW);
        expect([at, verified.ok]).toEqual([at, false]);
        if (!verified.ok) expect(["token_invalid", at]).toEqual([verified.reason, at]);
      }
    }
  });

  test("E13 the other spellings of the last character", async () => {
    const token = await person();
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(token.at(-1)!);
    for (let step = 1; step < 16; step += 1) {
      expect(await outcome(token.slice(0, -1) + alphabet[last + step])).toBe("token_invalid");
    }
  });

  test("E15 what is too long is not even decoded", async () => {
    const long = `${b64("{".repeat(10_000_000))}.e30.AAAA`;
    const started = performance.now();
    expect(readHeader(long, ["RS256"])).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(5);
  });
});
