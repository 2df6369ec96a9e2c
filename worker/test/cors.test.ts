// Cross-origin rules, group D: who gets which headers, on every kind of answer.
import { describe, expect, test } from "vitest";
import { CALLER_KEY, createRig, ORIGIN } from "./setup.ts";

const preflight = { "access-control-request-method": "POST", authorization: null };

function corsOf(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")));
}

describe("preflight", () => {
  test("D08 a good one: 204, a static list, no credential needed, nothing called", async () => {
    const rig = await createRig();
    const asked = "authorization, api-key, content-type, extra-parameters, x-ms-useragent, x-stainless-os";
    const send = (headers: string) =>
      rig.fetch("/v1/chat/completions", {
        method: "OPTIONS",
        headers: { ...preflight, origin: ORIGIN, "access-control-request-headers": headers },
      });
    const response = await send(asked);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    const cors = corsOf(response);
    expect(cors["access-control-allow-origin"]).toBe(ORIGIN);
    expect(cors["access-control-allow-methods"]).toBe("GET, POST, PATCH, DELETE");
    expect(Number(cors["access-control-max-age"])).toBeLessThanOrEqual(7200);
    expect(cors).not.toHaveProperty("access-control-allow-credentials");
    expect(corsOf(await send("content-type"))).toEqual(cors);
    expect(rig.log).toHaveLength(0);
    expect(rig.emulator.requests).toHaveLength(0);
  });

  test("every header that the openai package sets may be sent", async () => {
    const { default: OpenAI } = await import("openai");
    const rig = await createRig();
    let sent: string[] = [];
    const client = new OpenAI({
      apiKey: CALLER_KEY,
      baseURL: "https://proxy.example.net/v1",
      maxRetries: 0,
      fetch: async (_url, init) => {
        sent = [...new Headers(init?.headers).keys()];
        return new Response("{}", { headers: { "content-type": "application/json" } });
      },
    });
    await client.chat.completions.create(
      { model: "mini", messages: [] },
      { timeout: 1000, idempotencyKey: "k" },
    );
    expect(sent).toContain("x-stainless-runtime-version");
    const response = await rig.fetch("/v1/chat/completions", {
      method: "OPTIONS",
      headers: { ...preflight, origin: ORIGIN, "access-control-request-headers": sent.join(",") },
    });
    expect(response.status).toBe(204);
  });

  const bad: [string, Record<string, string>][] = [
    ["an origin that is not listed", { origin: "https://evil.example" }],
    ["a method that is not offered", { origin: ORIGIN, "access-control-request-method": "PUT" }],
    ["a header that is not listed", { origin: ORIGIN, "access-control-request-headers": "x-evil" }],
    [
      "D12 a private network request of another origin",
      { origin: "http://evil.example", "access-control-request-private-network": "true" },
    ],
  ];
  for (const [name, headers] of bad) {
    test(`D07 ${name}: 403 without allow headers`, async () => {
      const rig = await createRig();
      const response = await rig.fetch("/v1/chat/completions", {
        method: "OPTIONS",
        headers: { ...preflight, ...headers },
      });
      expect(response.status).toBe(403);
      expect(
        Object.keys(corsOf(response)).filter(
          (one) => /methods|headers$|private/.test(one) && !one.includes("expose"),
        ),
      ).toEqual([]);
      expect(response.headers.get("vary")).toBe("Origin");
      expect(rig.emulator.requests).toHaveLength(0);
    });
  }
});

describe("origins", () => {
  const listed = [ORIGIN, "HTTPS://APP.EXAMPLE.COM", "https://app.example.com:443"];
  const refused = [
    "null",
    "",
    "https://app.example.com/",
    "https://app.example.com.evil.example",
    "https://evil.example/https://app.example.com",
    "https://app.example.com@evil.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://sub.app.example.com",
    `${ORIGIN}, ${ORIGIN}`,
    `https://${"a".repeat(65_000)}.example`.slice(0, 20_000),
  ];
  for (const origin of listed) {
    test(`D01 D06 ${origin} is the listed one`, async () => {
      const rig = await createRig();
      const response = await rig.chat({}, { headers: { origin } });
      expect(response.status).toBe(200);
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    });
  }
  for (const origin of refused) {
    test(`D02 D05 ${JSON.stringify(origin.slice(0, 60))} is refused`, async () => {
      const rig = await createRig();
      const response = await rig.chat({}, { headers: { origin } });
      expect(response.status).toBe(403);
      expect(corsOf(response)).toEqual({});
      expect(response.headers.get("vary")).toBe("Origin");
    });
  }

  test("D04 without an origin a caller still needs a credential", async () => {
    const rig = await createRig();
    expect((await rig.chat({})).status).toBe(200);
    expect((await rig.chat({}, { headers: { authorization: null } })).status).toBe(401);
  });

  test("D10 D11 a cookie and a Vary header of the caller have no effect", async () => {
    const rig = await createRig();
    const response = await rig.chat({}, { headers: { cookie: "canary=1", vary: "x-evil", origin: ORIGIN } });
    expect(response.headers.get("vary")).toBe("Origin");
    expect(JSON.stringify(rig.emulator.requests)).not.toContain("canary");
  });
});

describe("D09 errors carry the same headers as success", () => {
  const cases: [string, number, Parameters<Awaited<ReturnType<typeof createRig>>["chat"]>][] = [
    ["401", 401, [{}, { headers: { origin: ORIGIN, authorization: null } }]],
    ["404 route", 404, [{}, { path: "/nowhere", headers: { origin: ORIGIN } }]],
    ["404 model", 404, [{ model: "x" }, { headers: { origin: ORIGIN } }]],
    ["405", 405, [{}, { path: "/v1/models", headers: { origin: ORIGIN } }]],
    ["413", 413, [{}, { headers: { origin: ORIGIN, "content-length": "99999999" } }]],
    ["415", 415, [{}, { headers: { origin: ORIGIN, "content-type": "text/plain" } }]],
    ["429", 429, [{ model: "fault-rate-limit" }, { headers: { origin: ORIGIN } }]],
    ["502", 502, [{ model: "fault-server-error" }, { headers: { origin: ORIGIN } }]],
    ["503", 503, [{ model: "fault-unavailable" }, { headers: { origin: ORIGIN } }]],
  ];
  for (const [name, status, call] of cases) {
    test(name, async () => {
      const rig = await createRig();
      const response = await rig.chat(...call);
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      const exposed = response.headers.get("access-control-expose-headers")!.split(", ");
      for (const header of [
        "x-request-id",
        "retry-after",
        "retry-after-ms",
        "x-ms-error-code",
        "x-should-retry",
      ]) {
        expect(exposed).toContain(header);
      }
      expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
      if (status === 429 || status === 503)
        expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    });
  }
});
