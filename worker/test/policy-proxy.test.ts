// Callers and policy through the whole proxy: who is let in, what leaves for the upstream, and that a refusal reaches
// neither the upstream nor a weaker mode.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConfigInput } from "../proxy.ts";
import {
  APP,
  AUDIENCE,
  appClaims,
  makeKey,
  personClaims,
  SECONDS,
  sign,
  startKeyServer,
  TENANT,
  type TestKey,
} from "./entra-issuer.ts";
import {
  answering,
  configInput,
  createRig,
  errorOf,
  jsonAnswer,
  ORIGIN,
  OTHER_ORIGIN,
  SESSION_SECRET,
} from "./setup.ts";

const NOW = SECONDS * 1000;
const BACKEND = "backend-secret-canary-0123456789abcd";
let key: TestKey;
let server: Awaited<ReturnType<typeof startKeyServer>>;

beforeAll(async () => {
  key = await makeKey("one");
  server = await startKeyServer([key.jwk]);
});
afterAll(() => server.close());

const answer = {
  id: "1",
  object: "chat.completion",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "hi" } }],
};

async function rig(change: Partial<ConfigInput> = {}, deps: object = {}) {
  const upstream = answering(() => jsonAnswer(answer));
  const asked: string[] = [];
  const made = await createRig(
    {
      entra: {
        tenants: [TENANT],
        audiences: [AUDIENCE],
        scopes: ["Models.Use"],
        roles: ["Models.Run"],
        jwksUrl: `${server.url}/keys`,
      },
      ...change,
    },
    {
      now: () => NOW,
      addressOf: (request) => request.headers.get("x-test-address") ?? undefined,
      fetch: (url, init) => {
        asked.push(url);
        return url.startsWith(server.url) ? fetch(url, init) : upstream.fetch(url, init);
      },
      ...deps,
    },
  );
  const sent = async () => (await upstream.requests.at(-1)!.json()) as Record<string, unknown>;
  const bearer = (token: string | null, more: object = {}) => ({
    headers: { authorization: token && `Bearer ${token}`, ...more },
  });
  return { ...made, upstream, asked, sent, bearer };
}

describe("tokens of Entra ID", () => {
  test("a person and an application call, in either header, and the log has a hash", async () => {
    const { chat, bearer, log } = await rig();
    const token = await sign(key);
    expect((await chat({}, bearer(token))).status).toBe(200);
    expect((await chat({}, { headers: { authorization: null, "api-key": token } })).status).toBe(200);
    expect((await chat({}, bearer(await sign(key, appClaims)))).status).toBe(200);
    expect(log.map(({ caller_kind }) => caller_kind)).toEqual(["entra", "entra", "entra"]);
    expect(log[0]!.caller).toBe(log[1]!.caller);
    expect(log[2]!.caller).not.toBe(log[0]!.caller);
    expect(JSON.stringify(log)).not.toMatch(new RegExp(`${TENANT}|${APP}|contoso|${token.slice(-20)}`));
  });

  test("E11 without the scope: 403 and a challenge", async () => {
    const { chat, bearer, upstream } = await rig();
    const refused = await chat({}, bearer(await sign(key, { ...personClaims, scp: "x" })));
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
    expect(upstream.requests).toHaveLength(0);
  });

  test("E18 while keys can't be had: 503, Retry-After, and nobody becomes anonymous", async () => {
    const answering = server.answer;
    server.answer = (response) => void response.writeHead(500).end();
    try {
      const { chat, bearer, upstream } = await rig({
        anonymous: { origins: [ORIGIN], together: { tokensPerDay: 9 } },
      });
      const refused = await chat(
        {},
        bearer(await sign(key), { origin: ORIGIN, "x-test-address": "203.0.113.7" }),
      );
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(upstream.requests).toHaveLength(0);
    } finally {
      server.answer = answering;
    }
  });

  test("H13 every failed token reads the same, and asks no upstream", async () => {
    const { chat, bearer, upstream } = await rig();
    const good = await sign(key);
    const bad = [
      await sign(key, { ...personClaims, exp: SECONDS - 100, iat: SECONDS - 200, nbf: SECONDS - 200 }),
      await sign({ ...key, kid: "unknown" }),
      `${good.slice(0, -4)}AAAA`,
      await sign(key, { ...personClaims, aud: "x" }),
      "a.b.c",
    ];
    const texts = new Set<string>();
    for (const token of bad) {
      const refused = await chat({}, bearer(token));
      expect(refused.status).toBe(401);
      const { request_id: _, ...error } = await errorOf(refused);
      texts.add(JSON.stringify(error));
    }
    expect(texts.size).toBe(1);
    expect(upstream.requests).toHaveLength(0);
  });

  test("without `entra` such a token is none", async () => {
    const { chat, bearer, asked } = await rig({ entra: undefined as never });
    expect((await chat({}, bearer(await sign(key)))).status).toBe(401);
    expect(asked).toEqual([]);
  });
});

describe("anonymous callers", () => {
  const anonymous = { origins: [ORIGIN], together: { tokensPerDay: 100_000 } };
  const from = (origin: string | null, address: string | null, more: object = {}) => ({
    headers: { authorization: null, origin, "x-test-address": address, ...more },
  });

  test("D04 F14 only from a listed page with an address, and only when configured", async () => {
    const { chat, log } = await rig({ anonymous });
    expect((await chat({}, from(ORIGIN, "203.0.113.7"))).status).toBe(200);
    expect((await chat({}, from(null, "203.0.113.7"))).status).toBe(401);
    expect((await chat({}, from(OTHER_ORIGIN, "203.0.113.7"))).status).toBe(401);
    expect((await chat({}, from(ORIGIN, null))).status).toBe(403);
    expect(log[0]).toMatchObject({
      caller_kind: "anonymous",
      caller: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(JSON.stringify(log)).not.toContain("203.0.113");
    const without = await rig();
    expect((await without.chat({}, from(ORIGIN, "203.0.113.7"))).status).toBe(401);
  });

  test("a credential that fails is no anonymous caller", async () => {
    const { chat, upstream } = await rig({ anonymous });
    for (const authorization of [
      "",
      "Bearer",
      "Bearer wrong",
      "Bearer a.b.c",
      "Basic abc",
      `Bearer ${await sign({ ...key, kid: "x" })}`,
    ]) {
      expect((await chat({}, from(ORIGIN, "203.0.113.7", { authorization }))).status).toBe(401);
    }
    expect((await chat({}, from(ORIGIN, "203.0.113.7", { "api-key": "" }))).status).toBe(401);
    expect(upstream.requests).toHaveLength(0);
  });

  test("D04 F13 meet the cap of all together, from whichever network", async () => {
    const { chat, upstream } = await rig({ anonymous: { ...anonymous, together: { tokensPerDay: 150 } } });
    const ask = async (address: string) => (await chat({ max_tokens: 60 }, from(ORIGIN, address))).status;
    const statuses = [];
    for (let host = 1; host <= 8; host += 1) statuses.push(await ask(`203.0.113.${host}`));
    expect(statuses).toEqual([200, ...Array(7).fill(429)]);
    expect(upstream.requests).toHaveLength(1);
  });

  test("F13 have the limits of their network", async () => {
    const { chat } = await rig({ anonymous: { ...anonymous, limits: { requestsPerMinute: 2 } } });
    const ask = async (address: string) => (await chat({}, from(ORIGIN, address))).status;
    const statuses = [];
    for (const host of [1, 2, 3]) statuses.push(await ask(`2001:db8::${host}`));
    expect(statuses).toEqual([200, 200, 429]);
    expect(await ask("2001:db8:0:1::1")).toBe(200);
  });

  test("F19 are told nothing of projects, their deployments and connections", async () => {
    const projects = {
      kind: "projects" as const,
      url: "https://p.services.ai.azure.com/api/projects/demo",
      entra: { tenantId: "t", clientId: "c", clientSecret: "s" },
      connections: { search: "/subscriptions/canary" },
    };
    const upstreams = { ...(await configInput()).upstreams, demo: projects };
    const { fetch, upstream } = await rig({ anonymous, upstreams });
    const page = from(ORIGIN, "203.0.113.7");
    for (const path of ["connections", "connections/search", "deployments", "deployments/x", "assistants"]) {
      expect([path, (await fetch(`/api/projects/demo/${path}`, page)).status]).toEqual([path, 403]);
    }
    expect(upstream.requests).toHaveLength(0);
  });

  test("F18 keep nothing: no files, no stored answers", async () => {
    const { fetch, upstream, sent } = await rig({ anonymous });
    const page = from(ORIGIN, "203.0.113.7", { "content-type": "application/json" });
    expect((await fetch("/v1/files", page)).status).toBe(403);
    expect((await fetch("/v1/responses/resp_1", page)).status).toBe(403);
    expect(upstream.requests).toHaveLength(0);
    await fetch("/v1/responses", {
      method: "POST",
      body: JSON.stringify({ model: "via-openai", input: "hi" }),
      ...page,
    });
    expect(await sent()).toMatchObject({ store: false });
  });
});

describe("a group's rules", () => {
  const policy: ConfigInput["policy"] = [
    {
      name: "ci",
      match: { keys: ["ci"] },
      models: ["gpt-5-mini"],
      operations: ["chat", "batches", "files"],
      dialects: ["inference", "openai"],
      maxTokens: { default: 50, most: 100 },
      choices: 2,
      tools: "none",
      bodyBytes: 2048,
      system: { text: "Be brief.", others: "refuse" },
      parameters: { forbidden: ["logprobs"] },
    },
    { name: "staff", match: { roles: ["Admin"] } },
    { name: "app", match: { kinds: ["session"] }, models: ["gpt-5-mini", "mini"] },
  ];

  test("reach the upstream", async () => {
    const { chat, sent } = await rig({ policy });
    expect((await chat({})).status).toBe(200);
    expect(await sent()).toEqual({
      model: "gpt-5-mini",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "Say hello" },
      ],
      max_tokens: 50,
    });
    await chat({ max_tokens: 5000, n: 2 });
    expect(await sent()).toMatchObject({ max_tokens: 100, n: 2 });
  });

  const refusals: [name: string, body: Record<string, unknown>, status: number, path?: string][] = [
    ["F09 n", { n: 3 }, 400],
    ["F09 no output at all", { max_tokens: 0 }, 400],
    ["tools", { tools: [{ type: "function", function: { name: "f" } }] }, 403],
    ["a parameter", { logprobs: true }, 403],
    [
      "a system message",
      {
        messages: [
          { role: "developer", content: "x" },
          { role: "user", content: "x" },
        ],
      },
      403,
    ],
    ["another model", { model: "mini" }, 403],
    ["I01 a long body", { messages: [{ role: "user", content: "x".repeat(3000) }] }, 413],
    ["another address", {}, 403, "/openai/deployments/gpt-5-mini/chat/completions"],
    ["another operation", {}, 403, "/v1/embeddings"],
  ];
  for (const [name, body, status, path] of refusals) {
    test(`refuse ${name}, before the upstream is asked`, async () => {
      const { chat, upstream, log } = await rig({ policy });
      const refused = await chat(body, path === undefined ? {} : { path });
      expect([refused.status, upstream.requests.length]).toEqual([status, 0]);
      expect(JSON.stringify([await refused.json(), log])).not.toContain("Be brief");
    });
  }

  test("the list of models is the caller's", async () => {
    const { fetch, bearer } = await rig({ policy });
    const models = async (init: object) => {
      const { data } = (await (await fetch("/v1/models", init)).json()) as { data: { id: string }[] };
      return data.map(({ id }) => id);
    };
    expect(await models({})).toEqual(["gpt-5-mini"]);
    expect(
      (await models(bearer(await sign(key, { ...personClaims, roles: ["Admin"] })))).length,
    ).toBeGreaterThan(5);
  });

  test("who fits no group is refused", async () => {
    const { chat, bearer, log } = await rig({ policy });
    expect((await chat({}, bearer(await sign(key)))).status).toBe(403);
    expect(log.at(-1)).toMatchObject({ reason: "policy_none" });
  });

  test("lines of a batch must be as the rules want them, for they go on as they are", async () => {
    const lines = (body: object) =>
      JSON.stringify({
        custom_id: "1",
        method: "POST",
        url: "/v1/chat/completions",
        body: { model: "gpt-4.1", messages: [{ role: "user", content: "x" }], ...body },
      });
    const run = async (body: object) => {
      let file = "";
      const { fetch: send, log } = await createRig(
        { policy: [{ name: "all", match: {}, maxTokens: { most: 10 } }], objectsUpstream: "openai" },
        {
          fetch: async (url) => {
            if (url.endsWith("/content"))
              return new Response(file, { headers: { "content-type": "application/octet-stream" } });
            return jsonAnswer({ id: url.endsWith("/files") ? "file-1" : "batch_1", object: "x" });
          },
        },
      );
      file = lines(body);
      const form = new FormData();
      form.set("purpose", "batch");
      form.set("file", new Blob([file]), "b.jsonl");
      expect((await send("/v1/files", { method: "POST", body: form })).status).toBe(200);
      const made = await send("/v1/batches", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          input_file_id: "file-1",
          endpoint: "/v1/chat/completions",
          completion_window: "24h",
        }),
      });
      return made.status === 200 ? "ok" : log.at(-1)!.reason;
    };
    expect(await run({ max_tokens: 10 })).toBe("ok");
    expect(await run({ max_tokens: 11 })).toBe("batch_line_refused");
    expect(await run({})).toBe("batch_line_refused");
  });
});

describe("sessions with more than an origin", () => {
  const session = { secret: SESSION_SECRET, backend: { secrets: [BACKEND], groups: ["staff"] } };
  const policy: ConfigInput["policy"] = [
    { name: "staff", match: { roles: ["Admin"] }, models: ["gpt-5-mini", "mini"] },
    { name: "rest", match: {}, models: ["mini"] },
  ];
  const open = async (made: Awaited<ReturnType<typeof rig>>, headers: object, wish?: object) => {
    const response = await made.fetch("/session", {
      method: "POST",
      headers: { authorization: null, ...(wish && { "content-type": "application/json" }), ...headers },
      ...(wish && { body: JSON.stringify(wish) }),
    });
    return { status: response.status, token: ((await response.json()) as { token?: string }).token };
  };

  test("E23 a backend's session has its group's rules and its own models, on its page alone", async () => {
    const made = await rig({ session, policy });
    const backend = { "x-latchkey-backend": BACKEND };
    const { token } = await open(made, backend, { origin: ORIGIN, group: "staff", models: ["gpt-5-mini"] });
    const use = (model: string, origin = ORIGIN) => made.chat({ model }, made.bearer(token!, { origin }));
    expect((await use("gpt-5-mini")).status).toBe(200);
    expect((await use("mini")).status).toBe(403);
    expect((await use("gpt-5-mini", OTHER_ORIGIN)).status).toBe(403);
  });

  test("E24 pages by themselves, wrong secrets and wider wishes get none", async () => {
    const made = await rig({ session, policy });
    const page = { origin: ORIGIN, "x-test-address": "203.0.113.7" };
    expect((await open(made, page)).status).toBe(403);
    expect((await open(made, { ...page, "x-latchkey-backend": "wrong" })).status).toBe(403);
    expect(
      (await open(made, { "x-latchkey-backend": BACKEND }, { origin: ORIGIN, group: "rest" })).status,
    ).toBe(403);
    expect(
      (await open(made, { "x-latchkey-backend": BACKEND }, { origin: ORIGIN, models: ["x"] })).status,
    ).toBe(403);
    expect(
      (await open(made, { "x-latchkey-backend": BACKEND }, { origin: ORIGIN, scope: "all" })).status,
    ).toBe(400);
  });

  test("D07 a page can't even ask whether it may send the backend's header", async () => {
    const made = await rig({ session, policy });
    const preflight = await made.fetch("/session", {
      method: "OPTIONS",
      headers: {
        origin: ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-latchkey-backend",
      },
    });
    expect(preflight.status).toBe(403);
  });

  test("E22 a secret is changed with an overlap", async () => {
    const page = { origin: ORIGIN, "x-test-address": "203.0.113.7" };
    const before = await open(await rig(), page);
    const secret = "another-secret-canary-0123456789abcdef";
    const during = await rig({ session: { secret, previousSecrets: [SESSION_SECRET] } });
    const after = await rig({ session: { secret } });
    expect((await during.chat({}, during.bearer(before.token!, page))).status).toBe(200);
    expect((await after.chat({}, after.bearer(before.token!, page))).status).toBe(401);
  });
});

describe("a configuration that contradicts itself is refused at start", () => {
  const cases: [Partial<ConfigInput>, string][] = [
    [{ policy: [{ name: "a", match: { keys: ["nobody"] } }] }, "policy.0.match.keys names a key"],
    [{ policy: [{ name: "a", match: {}, models: ["canary"] }] }, "policy.0.models names a model"],
    [{ policy: [{ name: "a", match: { origins: ["https://canary.example"] } }] }, "policy.0.match.origins"],
    [
      { policy: [{ name: "a", match: { roles: ["r"] } }], entra: undefined as never },
      "policy.0.match asks for tokens",
    ],
    [{ everyone: { moneyPerDay: 5 } }, "models must each have a price"],
    [
      { anonymous: { origins: ["https://canary.example"], together: { tokensPerDay: 1 } } },
      "anonymous.origins",
    ],
    [
      { anonymous: { origins: [ORIGIN], together: { tokensPerDay: 1 } }, session: undefined as never },
      "anonymous.secret is missing",
    ],
    [
      { session: { secret: SESSION_SECRET, backend: { secrets: [BACKEND], groups: ["canary"] } } },
      "session.backend.groups",
    ],
    [{ session: { secret: SESSION_SECRET, previousSecrets: ["canary"] } }, "at least 32 bytes"],
    [{ entra: { tenants: ["canary"], audiences: ["x"], scopes: ["x"] } }, "entra.tenants"],
    [{ entra: { tenants: [TENANT], audiences: ["x"] } }, "entra.scopes"],
    [
      { entra: { tenants: [TENANT], audiences: ["x"], scopes: ["x"], algorithms: ["HS256" as never] } },
      "entra.algorithms",
    ],
    [
      {
        entra: { tenants: [TENANT], audiences: ["x"], scopes: ["x"], jwksUrl: "http://canary.example/keys" },
      },
      "entra.jwksUrl",
    ],
  ];
  for (const [change, expected] of cases) {
    test(expected, async () => {
      const error = await rig(change).then(
        () => new Error("was accepted"),
        (cause: Error) => cause,
      );
      expect(error.message).toContain(expected);
      expect(error.message).not.toContain("canary");
    });
  }
});
