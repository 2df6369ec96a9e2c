// The issuer's keys: cached, fetched no more often than a pause allows, used on while the issuer fails, and never from
// another place than the configured one. With a clock of our own and a real server.
import type { ServerResponse } from "node:http";
import type { JWK } from "jose";
import Provider from "oidc-provider";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createEntraVerifier } from "../entra-token.ts";
import { createKeySource, type KeySettings } from "../jwks.ts";
import {
  APP,
  AUDIENCE,
  makeKey,
  NOW,
  OID,
  settings,
  startKeyServer,
  TENANT,
  type TestKey,
} from "./entra-issuer.ts";

const HOUR = 3_600_000;
let one: TestKey;
let two: TestKey;
let server: Awaited<ReturnType<typeof startKeyServer>>;
let clock = NOW;

beforeAll(async () => {
  [one, two] = await Promise.all([makeKey("one"), makeKey("two")]);
});
beforeEach(async () => {
  clock = NOW;
  server = await startKeyServer([one.jwk]);
});
afterEach(() => server.close());

function source(
  change: Partial<KeySettings> = {},
  fetched = fetch as (url: string, init: RequestInit) => Promise<Response>,
) {
  const given = {
    at: { keys: `${server.url}/keys` },
    algorithms: ["RS256"],
    freshMs: HOUR,
    staleMs: 24 * HOUR,
  };
  return createKeySource({ ...given, ...change }, fetched, () => clock);
}
const find = async (keys: ReturnType<typeof source>, kid = "one") => {
  const found = await keys.find(kid, "RS256", undefined);
  return found.ok ? "ok" : found.reason;
};
const fetches = () => server.paths.length;
const settled = () => new Promise((resolve) => setTimeout(resolve, 30));

describe("E18 the issuer's keys while it fails", () => {
  const failures: [name: string, answer: (response: ServerResponse) => void][] = [
    ["500", (response) => void response.writeHead(500).end()],
    [
      "a redirect to another host",
      (response) => void response.writeHead(302, { location: "http://127.0.0.1:9/keys" }).end(),
    ],
    ["a redirect to itself", (response) => void response.writeHead(307, { location: "/keys" }).end()],
    ["no JSON", (response) => void response.end("<html>")],
    ["JSON that is no set", (response) => void response.end("[]")],
    ["no list", (response) => void response.end('{"keys":{}}')],
    ["no keys", (response) => void response.end('{"keys":[]}')],
    [
      "keys of no use",
      (response) => void response.end('{"keys":[null,1,{},{"kid":"one","kty":"oct","k":"AA"}]}'),
    ],
    [
      "keys for encryption",
      (response) => void response.end(JSON.stringify({ keys: [{ ...one.jwk, use: "enc" }] })),
    ],
    [
      "an id twice",
      (response) => void response.end(JSON.stringify({ keys: [one.jwk, { ...two.jwk, kid: "one" }] })),
    ],
    ["a broken connection", (response) => void response.destroy()],
    [
      "50 MB",
      (response) => {
        response.write('{"keys":[');
        const chunk = " ".repeat(1024 * 1024);
        let left = 50;
        const more = () => {
          while (left > 0 && !response.destroyed) {
            left -= 1;
            if (!response.write(chunk)) return void response.once("drain", more);
          }
          if (!response.destroyed) response.end("]}");
        };
        more();
      },
    ],
  ];
  for (const [name, answer] of failures) {
    test(`${name}: 503, and at most one fetch in five seconds`, async () => {
      server.answer = answer;
      const keys = source();
      for (let call = 0; call < 20; call += 1) expect(await find(keys)).toBe("keys_unavailable");
      expect(fetches()).toBe(1);
      clock += 4999;
      expect(await find(keys)).toBe("keys_unavailable");
      expect(fetches()).toBe(1);
      clock += 1;
      expect(await find(keys)).toBe("keys_unavailable");
      expect(fetches()).toBe(2);
      server.answer = (response) => void response.end(JSON.stringify({ keys: [one.jwk] }));
      clock += 5000;
      expect(await find(keys)).toBe("ok");
    });

    test(`${name}: the old keys go on for a day`, async () => {
      const keys = source();
      expect(await find(keys)).toBe("ok");
      server.answer = answer;
      clock += 2 * HOUR;
      expect(await find(keys)).toBe("ok");
      clock += 21 * HOUR;
      expect(await find(keys)).toBe("ok");
      await settled();
      clock += 2 * HOUR;
      expect(await find(keys)).toBe("keys_unavailable");
    });
  }

  test("the refusal says when to come back, and the log why", async () => {
    server.answer = (response) => void response.writeHead(500).end();
    const found = await source().find("one", "RS256", undefined);
    expect(found).toMatchObject({
      detail: { headers: { "retry-after": "5" } },
      seen: { failure: "keys_status_500" },
    });
  });

  test("silence ends after five seconds, also where a fetch doesn't heed its signal", {
    timeout: 15_000,
  }, async () => {
    const keys = source({}, () => new Promise(() => {}));
    const started = performance.now();
    const all = await Promise.all([find(keys), find(keys), find(keys)]);
    expect(all).toEqual(Array(3).fill("keys_unavailable"));
    expect(performance.now() - started).toBeLessThan(6500);
  });

  test("one unusable key doesn't spoil the others", async () => {
    const short: JWK = { kty: "RSA", kid: "short", n: one.jwk.n!.slice(0, 100), e: "AQAB" };
    server.keys = [short, { kty: "RSA", kid: "broken", n: "!", e: "AQAB" }, { kty: "x", kid: "x" }, one.jwk];
    const keys = source();
    expect(await find(keys)).toBe("ok");
    expect(await find(keys, "short")).toBe("token_invalid");
    expect(await find(keys, "broken")).toBe("token_invalid");
  });

  test("a private key that somebody published is used as a public one only", async () => {
    const { exportJWK } = await import("jose");
    server.keys = [{ ...(await exportJWK(one.privateKey)), kid: "one" }];
    const found = await source().find("one", "RS256", undefined);
    expect(found.ok && found.found.key.type).toBe("public");
  });
});

describe("E20 rotation", () => {
  test("a new key is found within the pause, and invented ids cost one fetch in thirty seconds", async () => {
    const keys = source();
    expect(await find(keys)).toBe("ok");
    server.keys = [one.jwk, two.jwk];
    for (let call = 0; call < 50; call += 1)
      expect(await find(keys, `invented-${call}`)).toBe("token_invalid");
    expect(fetches()).toBe(1);
    clock += 30_000;
    expect(await find(keys, "two")).toBe("ok");
    expect(fetches()).toBe(2);
    expect(await find(keys, "invented")).toBe("token_invalid");
    expect(fetches()).toBe(2);
  });

  test("a removed key is refused once the set is an hour old, and nobody waits for the fetch", async () => {
    const keys = source();
    expect(await find(keys)).toBe("ok");
    server.keys = [two.jwk];
    clock += HOUR - 1;
    expect(await find(keys)).toBe("ok");
    clock += 1;
    expect(await find(keys)).toBe("ok");
    await settled();
    expect(await find(keys)).toBe("token_invalid");
    expect(await find(keys, "two")).toBe("ok");
    expect(fetches()).toBe(2);
  });

  test("a thousand at once make one fetch", async () => {
    const keys = source();
    const all = await Promise.all(Array.from({ length: 1000 }, () => find(keys)));
    expect(new Set(all)).toEqual(new Set(["ok"]));
    expect(fetches()).toBe(1);
  });

  test("an answer that comes late doesn't bring an older set back", async () => {
    const waiting: ((response: Response) => void)[] = [];
    const keys = source({}, () => new Promise((resolve) => waiting.push(resolve)));
    const first = find(keys, "two");
    clock += 7000; // the first fetch counts as lost
    const second = find(keys, "two");
    await settled();
    expect(waiting).toHaveLength(2);
    waiting[1]!(Response.json({ keys: [two.jwk] }));
    expect(await second).toBe("ok");
    waiting[0]!(Response.json({ keys: [one.jwk] }));
    await first;
    expect(await find(keys, "two")).toBe("ok");
    expect(await find(keys, "one")).toBe("token_invalid");
  });

  test("a clock that goes back locks nobody out", async () => {
    server.answer = (response) => void response.writeHead(500).end();
    const keys = source();
    expect(await find(keys)).toBe("keys_unavailable");
    server.answer = (response) => void response.end(JSON.stringify({ keys: [one.jwk] }));
    clock -= 10 * HOUR;
    expect(await find(keys)).toBe("ok");
  });

  test("a fetch outlives the request that began it", async () => {
    const pending: Promise<unknown>[] = [];
    await source().find("one", "RS256", { waitUntil: (promise) => void pending.push(promise) });
    expect(pending).toHaveLength(1);
  });
});

describe("E18 discovery", () => {
  const discovering = () => source({ at: { discovery: `${server.url}/x/openid-configuration` } });

  test("is asked once, then the keys alone", async () => {
    const keys = discovering();
    expect(await find(keys)).toBe("ok");
    clock += HOUR;
    await find(keys);
    await settled();
    expect(server.paths).toEqual(["/x/openid-configuration", "/keys", "/keys"]);
  });

  for (const [name, discovery] of [
    ["names another host", { jwks_uri: "http://localhost:9/keys" }],
    ["names another port", { jwks_uri: "http://127.0.0.1:9/keys" }],
    ["names no address", { jwks_uri: "keys" }],
    ["says nothing", {}],
  ] as const) {
    test(`that ${name} leads nowhere`, async () => {
      server.discovery = discovery;
      expect(await find(discovering())).toBe("keys_unavailable");
      expect(server.paths).toEqual(["/x/openid-configuration"]);
    });
  }
});

test("E20 tokens of a real OpenID provider, found by discovery", async () => {
  const { createServer } = await import("node:http");
  const issuer = createServer();
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(issuer.address() as { port: number }).port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: APP,
        client_secret: "only-for-this-test",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: {
      keys: [
        {
          ...(await (await import("jose")).exportJWK(one.privateKey)),
          kid: "one",
          use: "sig",
          alg: "RS256",
        } as never,
      ],
    },
    cookies: { keys: ["only for this test"] },
    extraTokenClaims: () => ({ tid: TENANT, oid: OID, azp: APP, idtyp: "app", roles: ["Models.Run"] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: "",
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
          accessTokenTTL: 3600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
  // Entra ID's discovery document is below the tenant.
  issuer.on("request", (request, response) => {
    request.url = request.url!.replace(`/${TENANT}/v2.0/`, "/");
    provider.callback()(request, response);
  });
  try {
    const answer = await fetch(`${url}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${APP}:only-for-this-test`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const verifier = createEntraVerifier(
      settings(url, { jwksUrl: undefined, authority: url, issuers: [url] }),
      (to, init) => fetch(to, init),
      Date.now,
    );
    expect(await verifier.verify(token, Date.now())).toMatchObject({
      ok: true,
      identity: { name: `${TENANT}:app:${APP}` },
    });
  } finally {
    issuer.close();
    issuer.closeAllConnections();
  }
});
