// Group E of the threat cases that entra-token, jwks, mint and session tests leave open: keys that don't say what they
// are for, a flood of mints, credentials everywhere but where they belong.
import { expect, test } from "vitest";
import { createKeySource } from "../jwks.ts";
import { makeKey, NOW } from "./entra-issuer.ts";
import { CALLER_KEY, createRig, ORIGIN, PROXY } from "./setup.ts";

test("E02 a key's kind and the configuration decide what it is for, with and without an alg of its own", async () => {
  const one = await makeKey("one");
  const { alg: _, ...bare } = one.jwk;
  const keys = [
    bare,
    { ...one.jwk, kid: "other", alg: "RS512" },
    { ...one.jwk, kid: "mac", alg: "HS256" },
    { kty: "oct", kid: "secret", k: "c2VjcmV0LWtleS0wMTIzNDU2Nzg5YWJjZGVm", alg: "RS256" },
    { kty: "oct", kid: "bare-secret", k: "c2VjcmV0LWtleS0wMTIzNDU2Nzg5YWJjZGVm" },
  ];
  const source = createKeySource(
    { at: { keys: "https://issuer.example/keys" }, algorithms: ["RS256"], freshMs: 1e6, staleMs: 1e7 },
    async () => Response.json({ keys }),
    () => NOW,
  );
  const found = async (kid: string, algorithm: string) => (await source.find(kid, algorithm, undefined)).ok;
  expect(await found("one", "RS256")).toBe(true);
  for (const kid of ["one", "other", "mac", "secret", "bare-secret"]) {
    for (const algorithm of ["HS256", "RS512", "none", "PS256"])
      expect([kid, algorithm, await found(kid, algorithm)]).toEqual([kid, algorithm, false]);
    expect([kid, await found(kid, "RS256")]).toEqual([kid, kid === "one"]);
  }
});

test("E24 of 10,000 mints at once from one address as many succeed as a minute allows", async () => {
  const rig = await createRig({}, { addressOf: () => "203.0.113.7" });
  const statuses = new Map<number, number>();
  await Promise.all(
    Array.from({ length: 10_000 }, async () => {
      const { status } = await rig.fetch("/session", {
        method: "POST",
        headers: { origin: ORIGIN, authorization: null },
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }),
  );
  expect(Object.fromEntries(statuses)).toEqual({ 200: 20, 429: 9980 });
}, 30_000);

test("E17 a good key is none in a query, a cookie, a body, a form or another header, on any route", async () => {
  const rig = await createRig({ objectsUpstream: "openai" });
  const form = new FormData();
  form.set("api_key", CALLER_KEY);
  form.set("purpose", "batch");
  const json = { "content-type": "application/json" };
  const ways: [path: string, init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> }][] = [
    [`/v1/models?api-key=${CALLER_KEY}&token=${CALLER_KEY}&key=${CALLER_KEY}`, {}],
    ["/v1/files", { headers: { cookie: `authorization=Bearer ${CALLER_KEY}; api-key=${CALLER_KEY}` } }],
    ["/v1/files", { headers: { "x-api-key": CALLER_KEY, "x-goog-api-key": CALLER_KEY } }],
    ["/v1/files", { headers: { "proxy-authorization": `Bearer ${CALLER_KEY}`, "x-auth-token": CALLER_KEY } }],
    ["/v1/files", { headers: { "ocp-apim-subscription-key": CALLER_KEY } }],
    ["/v1/files", { method: "POST", body: form }],
    ["/v1/responses", { method: "POST", body: JSON.stringify({ api_key: CALLER_KEY }), headers: json }],
  ];
  for (const [path, init] of ways) {
    const response = await rig.fetch(PROXY + path, {
      ...init,
      headers: { ...init.headers, authorization: null },
    });
    expect([path, response.status]).toEqual([path, 401]);
    expect(await response.text()).not.toContain(CALLER_KEY);
  }
  expect(rig.emulator.requests).toHaveLength(0);
  expect(JSON.stringify(rig.log)).not.toContain(CALLER_KEY);
});
