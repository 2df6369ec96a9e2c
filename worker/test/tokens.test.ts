// Tokens of Entra ID: one for all who call at once, renewed before its end and when a service refuses it, with the
// claims it asks for; and no secret in anything that comes out.
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { ConfigError } from "../proxy.ts";
import { createTokenSource } from "../token.ts";
import {
  CLIENT_SECRET,
  ENDPOINT,
  entra,
  P,
  type ProjectService,
  post,
  projectRig,
  projectService,
} from "./project-service.ts";
import { errorOf, jsonAnswer, type Rig } from "./setup.ts";

const pem = (kind: string, bytes: Uint8Array) =>
  `-----BEGIN ${kind}-----\n${Buffer.from(bytes).toString("base64")}\n-----END ${kind}-----\n`;

/** Of the certificate only the bytes are looked at. */
async function certificate() {
  const keys = await crypto.subtle.generateKey(
    { name: "RSA-PSS", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certificate: pem("CERTIFICATE", new Uint8Array(64)), privateKey: pem("PRIVATE KEY", pkcs8) };
}

const list = (rig: Rig) => rig.fetch(`${P}/assistants/asst_operator`);
const ok = () => ({ id: "asst_operator", object: "assistant" });

describe("one token", () => {
  test("C16 for fifty calls at once, and for those after them", async () => {
    const service = projectService(ok);
    const rig = await projectRig(service);
    const answers = await Promise.all(Array.from({ length: 50 }, () => list(rig)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await list(rig);
    expect(service.grants).toHaveLength(1);
    expect(Object.fromEntries(service.grants[0]!)).toMatchObject({
      grant_type: "client_credentials",
      client_id: "client-1",
      client_secret: CLIENT_SECRET,
      scope: "https://ai.azure.com/.default",
    });
  });

  test("for each upstream, with its own scope", async () => {
    const service = projectService(ok);
    const rig = await projectRig(service);
    await list(rig);
    await rig.fetch(
      "/agents/v1.0/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/hub/assistants/asst_operator",
    );
    expect(service.grants.map((grant) => grant.get("scope"))).toEqual([
      "https://ai.azure.com/.default",
      "https://ml.azure.com/.default",
    ]);
  });

  test("is renewed shortly before its end, and the old one serves until then", async () => {
    let now = Date.now();
    const service = projectService(ok, (_, count) =>
      count === 2 ? jsonAnswer({ error: "temporarily_unavailable" }, { status: 400 }) : undefined,
    );
    const rig = await projectRig(service, {}, { now: () => now });
    await list(rig);
    now += (3600 - 121) * 1000;
    await list(rig);
    expect(service.grants).toHaveLength(1);
    now += 2000;
    // The issuer fails: what is left of the old one's life is used, and the issuer is left alone for a while.
    expect((await list(rig)).status).toBe(200);
    expect((await list(rig)).status).toBe(200);
    expect(service.grants).toHaveLength(2);
    now += 6000;
    await list(rig);
    expect(service.grants).toHaveLength(3);
    expect(service.seen.map(({ headers }) => headers.authorization)).toEqual([
      ...Array(4).fill("Bearer token-canary-1"),
      "Bearer token-canary-3",
    ]);
  });

  test("a request that is gone with the token it was getting holds up nobody for long", async () => {
    vi.useFakeTimers();
    try {
      let calls = 0;
      const source = createTokenSource(async () => {
        calls += 1;
        // The first never comes back, as in workerd when its request has ended.
        if (calls === 1) await new Promise(() => {});
        return { token: "second", expiresOnTimestamp: Date.now() + 3_600_000 };
      }, Date.now);
      void source.get(undefined);
      const second = source.get(undefined);
      await vi.advanceTimersByTimeAsync(3100);
      expect(await second).toEqual({ ok: true, token: "second" });
      expect(calls).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a token that the service refuses", () => {
  const challenge = (claims?: object): HeadersInit =>
    claims === undefined
      ? { "www-authenticate": "Bearer" }
      : {
          "www-authenticate": `Bearer realm="", error="insufficient_claims", claims="${btoa(JSON.stringify(claims))}"`,
        };
  const refusing = (times: number, claims?: object): ProjectService =>
    projectService(() =>
      times-- > 0
        ? jsonAnswer({ error: { message: "secret-words" } }, { status: 401, headers: challenge(claims) })
        : jsonAnswer(ok()),
    );

  test("is replaced once, and the call is made again", async () => {
    const service = refusing(1);
    const rig = await projectRig(service);
    expect((await list(rig)).status).toBe(200);
    expect(service.seen.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer token-canary-1",
      "Bearer token-canary-2",
    ]);
    expect(service.grants[1]!.get("claims")).not.toContain("nbf");
  });

  test("is replaced by one with the claims that the challenge asks for", async () => {
    const claims = { access_token: { nbf: { essential: true, value: "1" } } };
    const service = refusing(1, claims);
    const rig = await projectRig(service);
    expect((await list(rig)).status).toBe(200);
    expect(JSON.parse(service.grants[1]!.get("claims")!)).toMatchObject(claims);
  });

  test.each([
    ["with claims", { access_token: { nbf: { value: "1" } } }],
    ["without", undefined],
  ])(
    "B12 again and again, %s: 502 without the service's words, and no storm of tokens",
    async (_, claims) => {
      const service = refusing(1000, claims);
      const rig = await projectRig(service);
      const response = await list(rig);
      expect([response.status, await response.text()]).toEqual([
        502,
        expect.not.stringContaining("secret-words"),
      ]);
      for (let n = 0; n < 20; n++) await list(rig);
      expect(service.grants.length).toBeLessThanOrEqual(2);
      expect(rig.log.at(-1)).toMatchObject({ reason: "upstream_auth", upstream_status: 401 });
    },
  );

  test("C16 fifty refused calls share one renewal", async () => {
    const service = projectService(({ headers }) =>
      headers.authorization === "Bearer token-canary-1"
        ? jsonAnswer({}, { status: 401, headers: challenge() })
        : jsonAnswer(ok()),
    );
    const rig = await projectRig(service);
    const answers = await Promise.all(Array.from({ length: 50 }, () => list(rig)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(service.grants).toHaveLength(2);
  });

  test("C15 an upload is not sent twice, but the next call has a new token", async () => {
    const service = projectService(({ headers }) =>
      headers.authorization === "Bearer token-canary-1" ? jsonAnswer({}, { status: 401 }) : undefined,
    );
    const rig = await projectRig(service);
    const form = () => {
      const body = new FormData();
      body.append("purpose", "assistants");
      body.append("file", new File(["x"], "a.txt"));
      return rig.fetch(`${P}/files`, { method: "POST", body, ...{ duplex: "half" } });
    };
    expect((await form()).status).toBe(502);
    expect(service.seen).toHaveLength(1);
    expect((await form()).status).toBe(200);
  });
});

describe("P4 what goes wrong at the issuer tells nobody a secret", () => {
  const echo = (grant: URLSearchParams) =>
    `AADSTS7000215: Invalid client secret ${grant.get("client_secret")} for ${grant.get("client_id")}`;
  const rows: [string, (grant: URLSearchParams) => Response, number, string][] = [
    [
      "a wrong secret",
      (grant) => jsonAnswer({ error: "invalid_client", error_description: echo(grant) }, { status: 401 }),
      502,
      "token_refused",
    ],
    ["no token", () => jsonAnswer({ token_type: "Bearer" }), 503, "token_unavailable"],
    [
      "a page",
      () => new Response("<html>login</html>", { headers: { "content-type": "text/html" } }),
      503,
      "token_unavailable",
    ],
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
      503,
      "token_unavailable",
    ],
    [
      "a token with a line break",
      () => jsonAnswer({ access_token: "a\r\nx: y", expires_in: 3600 }),
      502,
      "token_refused",
    ],
  ];
  for (const [name, issue, status, reason] of rows) {
    test(`${name}: ${status}, nothing is sent, and the issuer is asked once`, async () => {
      const spies = (["log", "error", "warn", "info"] as const).map((method) => vi.spyOn(console, method));
      const service = projectService(ok, issue);
      const rig = await projectRig(service);
      const response = await list(rig);
      const text = await response.text();
      await list(rig);
      expect([response.status, rig.log[0]?.reason]).toEqual([status, reason]);
      const told = `${text} ${JSON.stringify([...response.headers])} ${JSON.stringify(rig.log)} ${spies.map(({ mock }) => inspect(mock.calls)).join("")}`;
      expect(told).not.toMatch(/canary|login|contoso|evil/);
      expect(service.seen).toHaveLength(0);
      expect(service.grants).toHaveLength(1);
      for (const spy of spies) spy.mockRestore();
    });
  }

  test("the log has the issuer's code and nothing else of it", async () => {
    const service = projectService(ok, (grant) =>
      jsonAnswer({ error: "invalid_client", error_description: echo(grant) }, { status: 401 }),
    );
    const rig = await projectRig(service);
    await list(rig);
    expect(rig.log[0]).toMatchObject({ status: 502, failure: "AADSTS7000215" });
  });

  test("an issuer that can't be reached is 503, and works when it is back", async () => {
    let now = Date.now();
    let down = true;
    const service = projectService(ok);
    const rig = await projectRig(
      service,
      {},
      {
        now: () => now,
        fetch: async (url, init) => {
          if (down && url.includes("login.")) throw new TypeError("getaddrinfo login.microsoftonline.com");
          return service.fetch(url, init);
        },
      },
    );
    const refused = await list(rig);
    expect([refused.status, (await errorOf(refused)).message]).toEqual([
      503,
      expect.not.stringContaining("login"),
    ]);
    down = false;
    now += 5001;
    expect((await list(rig)).status).toBe(200);
  }, 15_000);

  test("H03 a service that shows the token is not passed on, and the token is taken out of its errors", async () => {
    const service = projectService(({ method, headers }) =>
      method === "GET"
        ? jsonAnswer({ ...ok(), echo: headers.authorization })
        : jsonAnswer(
            { error: { message: `bad ${headers.authorization} at ${ENDPOINT}`, code: "bad" } },
            { status: 400 },
          ),
    );
    const rig = await projectRig(service);
    expect((await list(rig)).status).toBe(502);
    const refused = await post(rig, `${P}/threads`, {});
    const text = await refused.text();
    expect([refused.status, text]).toEqual([400, expect.not.stringContaining("canary")]);
    expect(text).toContain("[redacted]");
  });

  test("a configuration does not print its secrets", async () => {
    const rig = await projectRig(projectService());
    expect(JSON.stringify(rig.config) + inspect(rig.config, { depth: 9 })).not.toContain(
      "client-secret-canary",
    );
  });
});

describe("other proofs", () => {
  const who = { tenantId: entra.tenantId, clientId: entra.clientId };

  test("a certificate: an assertion signed by its key", async () => {
    const { certificate: pem, privateKey } = await certificate();
    const service = projectService(ok);
    const rig = await projectRig(service, { project: { entra: { ...who, certificate: pem, privateKey } } });
    expect((await list(rig)).status).toBe(200);
    expect(service.grants[0]!.get("client_assertion")).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(service.grants[0]!.has("client_secret")).toBe(false);
    expect(inspect(rig.config, { depth: 9 })).not.toContain("PRIVATE KEY");
  });

  test("a federated token, as text or asked for each time", async () => {
    for (const assertion of ["federated-token", async () => "federated-token\n"]) {
      const service = projectService(ok);
      const rig = await projectRig(service, { project: { entra: { ...who, assertion } } });
      expect((await list(rig)).status).toBe(200);
      expect(service.grants[0]!.get("client_assertion")).toBe("federated-token");
    }
  });

  test("a certificate that is none is a problem of the configuration, told without its text", async () => {
    const bad = projectRig(projectService(), {
      project: { entra: { ...who, certificate: "pem-canary", privateKey: "key-canary" } },
    });
    const error = await bad.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toMatch(/upstreams\.shop\.entra/);
    expect(String(error)).not.toContain("canary");
  });
});
