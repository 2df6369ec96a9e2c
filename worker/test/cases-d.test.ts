// Group D of the threat cases, where cors.test.ts does not look: wildcards, private networks, Vary, a silent stream.
import { describe, expect, test } from "vitest";
import { ConfigError, defineConfig } from "../proxy.ts";
import { answering, configInput, createRig, eventStream, ORIGIN } from "./setup.ts";

const preflight = { authorization: null, "access-control-request-method": "POST" };

describe("D14 there are no wildcards", () => {
  for (const origin of [
    "*",
    "https://*",
    "https://*.example.com",
    "https://app.*.com",
    "https://*.example.com:443",
    "*.example.com",
    "https://app-*.example.com",
  ]) {
    test(`D14 ${origin} is refused at the start`, async () => {
      const input = await configInput({ origins: [origin] });
      expect(() => defineConfig(input)).toThrow(ConfigError);
    });
  }

  test("D14 a listed apex lets no label before it and no suffix after it", async () => {
    const rig = await createRig({ origins: ["https://example.com"] });
    const from = async (origin: string) => (await rig.chat({}, { headers: { origin } })).status;
    expect(await from("https://example.com")).toBe(200);
    for (const origin of [
      "https://x.example.com",
      "https://x.example.com.evil.example",
      "https://example.com.evil.example",
      "https://notexample.com",
      "https://example.com.",
      "https://*.example.com",
    ]) {
      expect([origin, await from(origin)]).toEqual([origin, 403]);
    }
  });
});

test("D06 punycode and unicode of one host are one origin", async () => {
  const rig = await createRig({ origins: ["https://bücher.example"] });
  for (const [origin, status] of [
    ["https://xn--bcher-kva.example", 200],
    ["https://XN--BCHER-KVA.example:443", 200],
    ["https://bucher.example", 403],
  ] as const) {
    expect([origin, (await rig.chat({}, { headers: { origin } })).status]).toEqual([origin, status]);
  }
});

test("D12 a listed page's preflight for a private network gets no leave for it", async () => {
  const rig = await createRig();
  const response = await rig.fetch("/v1/chat/completions", {
    method: "OPTIONS",
    headers: { ...preflight, origin: ORIGIN, "access-control-request-private-network": "true" },
  });
  expect([...response.headers.keys()].filter((name) => /private|local/.test(name))).toEqual([]);
});

test("D10 D11 every answer varies by origin and allows no credentials: good, refused, preflight, without one", async () => {
  const rig = await createRig();
  const options = { method: "OPTIONS", headers: { ...preflight, origin: ORIGIN } };
  const answers = await Promise.all([
    rig.chat({}, { headers: { origin: ORIGIN, vary: "x-evil" } }),
    rig.chat({}, { headers: { origin: "https://evil.example" } }),
    rig.chat({}),
    rig.fetch("/v1/chat/completions", options),
    rig.fetch("/v1/chat/completions", {
      ...options,
      headers: { ...preflight, origin: "https://evil.example" },
    }),
    rig.fetch("/nowhere", { headers: { authorization: null } }),
    rig.fetch("/session", { method: "POST", headers: { origin: ORIGIN, authorization: null } }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 204, 403, 404, 200]);
  for (const { headers } of answers) {
    expect(headers.get("vary")).toBe("Origin");
    expect(headers.get("access-control-allow-credentials")).toBeNull();
  }
});

test("D15 a stream's headers are complete before its first byte", async () => {
  const upstream = answering(() => eventStream(new ReadableStream<Uint8Array>({})));
  const rig = await createRig({}, { fetch: upstream.fetch });
  const response = await rig.chat({ stream: true }, { headers: { origin: ORIGIN } });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "access-control-allow-origin": ORIGIN,
    "cache-control": "private, no-store",
    "content-type": "text/event-stream; charset=utf-8",
    "x-content-type-options": "nosniff",
    vary: "Origin",
  });
  await response.body!.cancel();
});
