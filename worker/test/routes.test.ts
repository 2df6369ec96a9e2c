// Every route there is, one after the other: no guard may be missing on any of them (the incident class that this
// table answers is a check that one route forgot).
import { describe, expect, test } from "vitest";
import { operations } from "../operations.ts";
import { addresses } from "../routes.ts";
import { FORM_TYPE, formBody, objectService } from "./object-service.ts";
import { CALLER_KEY, createRig, errorOf, ORIGIN, UPSTREAM_KEY } from "./setup.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** A body that each operation takes, without its model. */
const bodies: Record<string, Record<string, unknown>> = {
  chat: { messages: [{ role: "user", content: "hi" }] },
  embeddings: { input: ["a", "b"] },
  image_embeddings: { input: [{ image: "data:image/png;base64,AAAA", text: "t" }] },
  completions: { prompt: "p" },
  speech: { input: "i", voice: "alloy" },
  image_generations: { prompt: "p" },
  response_create: { input: "i" },
  conversation_create: { items: [{ role: "user", content: "c" }] },
  conversation_update: { metadata: { a: "b" } },
  item_create: { items: [{ type: "message", role: "user", content: "c" }] },
  batch_create: { input_file_id: "file-1", endpoint: "/v1/chat/completions", completion_window: "24h" },
  job_create: { training_file: "file-1" },
};

const forms: Record<string, [string, string, string?][]> = {
  transcriptions: [["file", "wav", "a.wav"]],
  translations: [["file", "wav", "a.wav"]],
  image_edits: [
    ["prompt", "p"],
    ["image[]", "png", "a.png"],
  ],
  file_create: [
    ["purpose", "batch"],
    ["file", "{}", "a.jsonl"],
  ],
};

const modelOf = (name: string) => (name.endsWith("embeddings") ? "gpt-5-mini" : "via-openai");
const runsModel = (name: string) => operations[name as keyof typeof operations]?.model !== undefined;

function pathOf(pattern: string, ids: Record<string, string> = {}): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? `${name}-x`));
}

function bodyOf(name: string, pattern: string, extra: Record<string, unknown> = {}) {
  if (forms[name] !== undefined) {
    const parts = forms[name].map(([field, value, filename]) => ({
      name: field,
      value,
      ...(filename && { filename }),
    }));
    const model = runsModel(name) ? [{ name: "model", value: modelOf(name) }] : [];
    const more = Object.entries(extra).map(([field, value]) => ({ name: field, value: String(value) }));
    return { body: formBody([...model, ...more, ...parts]), headers: { "content-type": FORM_TYPE } };
  }
  if (bodies[name] === undefined) return { headers: {} };
  const model = runsModel(name) && !pattern.includes("{d}") ? { model: modelOf(name) } : {};
  return { body: JSON.stringify({ ...model, ...bodies[name], ...extra }), headers: JSON_TYPE };
}

/** The operators' routes: for callers they don't exist, but for the one that anybody may ask. */
const operators = ["health", "metrics", "upstreams"];
const unguarded: Record<string, number> = {
  session: 200,
  sign_in: 200,
  health: 200,
  metrics: 404,
  upstreams: 404,
};

/** Projects have a table of their own: agent-routes.test.ts. */
const calling = addresses.filter(
  ({ name, pattern }) =>
    !["session", "sign_in", "usage", "models", "model", "info", ...operators].includes(name) &&
    !/^\/(api|agents|raisvc)\//.test(pattern),
);
const inOneUpstream = { objectsUpstream: "openai" };

describe("every route", () => {
  for (const { name, method, pattern } of addresses) {
    const path = pathOf(pattern, { d: "via-openai" });

    test(`${method} ${pattern}: nobody gets in without a credential`, async () => {
      const service = objectService();
      const rig = await createRig(inOneUpstream, { fetch: service.fetch });
      const { headers, body } = bodyOf(name, pattern);
      const response = await rig.fetch(path, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: { ...headers, authorization: null, origin: ORIGIN },
      });
      expect(response.status).toBe(unguarded[name] ?? 401);
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      expect(service.seen).toHaveLength(0);
      expect(rig.log).toMatchObject([{ route: pattern }]);
    });

    test(`${method} ${pattern}: CORS, preflight and other methods`, async () => {
      const service = objectService();
      const rig = await createRig(inOneUpstream, { fetch: service.fetch });
      const preflight = await rig.fetch(path, {
        method: "OPTIONS",
        headers: { authorization: null, origin: ORIGIN, "access-control-request-method": method },
      });
      expect(preflight.status).toBe(204);
      const foreign = await rig.fetch(path, { method, headers: { origin: "https://evil.example" } });
      expect(foreign.status).toBe(403);
      const other = await rig.fetch(path, { method: "PUT", headers: { origin: ORIGIN } });
      expect(other.status).toBe(405);
      expect(other.headers.get("allow")).toContain(method);
      expect(other.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      const upgrade = await rig.fetch(path, { method, headers: { upgrade: "websocket" } });
      expect(upgrade.status).toBe(400);
      expect(service.seen).toHaveLength(0);
    });
  }
});

describe("every route that calls a service", () => {
  for (const { name, method, pattern, dialect } of calling) {
    test(`${method} ${pattern}: takes what is documented, and nothing of the caller's credential goes on`, async () => {
      const service = objectService(({ path }) =>
        path === "/audio/speech"
          ? new Response("wav", { headers: { "content-type": "audio/wav" } })
          : path === "/files/file-1/content"
            ? new Response("", { headers: { "content-type": "application/octet-stream" } })
            : undefined,
      );
      const rig = await createRig(inOneUpstream, { fetch: service.fetch });
      // Something of every kind to name; all of it by the same caller.
      const made: Record<string, string> = {};
      for (const create of ["file", "batch", "job", "response", "conversation"]) {
        const address = addresses.find((one) => one.name === `${create}_create`)!;
        const { headers, body } = bodyOf(address.name, address.pattern);
        const answer = await rig.fetch(address.pattern, { method: "POST", headers, body: body! });
        expect(answer.status).toBeLessThan(300);
        made[create] = ((await answer.json()) as { id: string }).id;
      }
      service.seen.length = 0;
      const d = modelOf(name);
      const { headers, body } = bodyOf(name, pattern);
      const response = await rig.fetch(`${pathOf(pattern, { d, ...made })}?api-version=x&api-key=y`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      expect([response.status, await response.text()]).toEqual([
        expect.toSatisfy((status: number) => status < 300),
        expect.any(String),
      ]);
      expect(service.seen.length).toBeGreaterThan(0);
      for (const { url, headers: sent, body: text } of service.seen) {
        expect(`${url} ${JSON.stringify(sent)} ${text}`).not.toContain(CALLER_KEY);
        expect(JSON.stringify(sent)).toContain(UPSTREAM_KEY);
        expect(url).not.toMatch(/api-key|api-version=x/);
      }
      await rig.settled();
      expect(rig.log.at(-1)).toMatchObject({ route: pattern, outcome: "complete" });
    });

    if (bodies[name] !== undefined || forms[name] !== undefined) {
      test(`G07 ${method} ${pattern}: an unknown member is refused before anything is sent`, async () => {
        const service = objectService();
        const rig = await createRig(inOneUpstream, { fetch: service.fetch });
        for (const member of [
          "api_base",
          "base_url",
          "azure_endpoint",
          "api_key",
          "extra_body",
          "__proto__",
        ]) {
          const { headers, body } = bodyOf(name, pattern, { [member]: "https://evil.example" });
          const given =
            member === "__proto__" && typeof body === "string"
              ? body.replace(/}$/, ',"__proto__":{"api_base":"x"}}')
              : body!;
          const response = await rig.fetch(pathOf(pattern, { d: modelOf(name), conversation: "conv-1" }), {
            method,
            headers,
            body: given,
          });
          expect([member, response.status]).toEqual([member, 400]);
          expect((await errorOf(response)).param ?? "?").toMatch(/api|base|endpoint|body|proto|\?/);
        }
        expect(service.seen).toHaveLength(0);
      });

      test(`G15 ${method} ${pattern}: another media type is 415`, async () => {
        const service = objectService();
        const rig = await createRig(inOneUpstream, { fetch: service.fetch });
        const { body } = bodyOf(name, pattern);
        const response = await rig.fetch(pathOf(pattern, { d: modelOf(name) }), {
          method,
          headers: { "content-type": forms[name] === undefined ? FORM_TYPE : "application/json" },
          body: body!,
        });
        expect(response.status).toBe(415);
        expect(service.seen).toHaveLength(0);
      });
    }

    if (/\{(file|batch|job|response|conversation)\}/.test(pattern)) {
      test(`F18 ${method} ${pattern}: an id that is not the caller's is 404 in the dialect's shape`, async () => {
        const service = objectService();
        const rig = await createRig(inOneUpstream, { fetch: service.fetch });
        for (const id of [
          "file-999",
          "..",
          "%2e%2e",
          "a%2fb",
          "..%2f..%2fmodels",
          "a b",
          "x".repeat(200),
          "%00",
        ]) {
          const path = pattern.replace(/\{\w+\}/, id).replace(/\{\w+\}/, "item-1");
          const { headers, body } = bodyOf(name, pattern);
          const response = await rig.fetch(path, {
            method,
            headers,
            ...(body === undefined ? {} : { body }),
          });
          // The dots are gone before routing: the URL parser takes them for steps of the path.
          expect([id, [404, 405]]).toEqual([id, expect.arrayContaining([response.status])]);
          if (id === "file-999") {
            const error = await errorOf(response);
            expect(error.code).toBe(dialect === "azure-openai" ? "404" : "not_found");
            expect("type" in error).toBe(dialect === "openai");
          }
        }
        expect(service.seen).toHaveLength(0);
      });
    }
  }
});

test("a service that does not have an operation is not asked", async () => {
  const service = objectService();
  const rig = await createRig(
    {
      upstreams: { default: { kind: "inference", url: "https://up.example.com/models", key: "k" } },
      models: { m: { upstream: "default" } },
    },
    { fetch: service.fetch },
  );
  for (const { name, method, pattern } of calling) {
    if (["chat", "embeddings", "image_embeddings"].includes(name) || pattern.includes("{")) continue;
    const { headers, body } = bodyOf(name, pattern, runsModel(name) ? { model: "m" } : {});
    const given = typeof body === "object" ? undefined : body;
    if (forms[name] !== undefined && runsModel(name)) continue;
    const response = await rig.fetch(pattern, {
      method,
      headers,
      ...(given === undefined && body === undefined ? {} : { body: given ?? body! }),
    });
    const code = ((await response.json()) as { error?: { code: string } }).error?.code;
    // A body that names an object is refused for that first.
    expect([name, ["operation_not_offered", "not_found", "404"]]).toEqual([
      name,
      expect.arrayContaining([code]),
    ]);
  }
  const images = await createRig({}, { fetch: service.fetch });
  const response = await images.fetch("/models/images/embeddings", {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ ...bodies.image_embeddings, model: "via-openai" }),
  });
  expect(response.status).toBe(404);
  expect(await errorOf(response)).toMatchObject({ code: "operation_not_offered" });
  expect(service.seen).toHaveLength(0);
});

test("each kind of service gets its own address", async () => {
  const service = objectService();
  const rig = await createRig({}, { fetch: service.fetch });
  const send = (path: string, body: unknown) =>
    rig.fetch(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
  await send("/v1/embeddings", { model: "gpt-5-mini", input: "one" });
  await send("/v1/embeddings", { model: "via-azure", input: "one" });
  await send("/v1/embeddings", { model: "via-openai", input: "one" });
  await send("/v1/responses", { model: "via-azure", input: "one" });
  await send("/v1/responses", { model: "via-openai", input: "one" });
  await rig.fetch("/v1/files?limit=3", { headers: {} });
  expect(service.seen.map(({ url, body }) => [url, body])).toEqual([
    [
      "https://upstream.example.com/models/embeddings?api-version=2024-05-01-preview",
      '{"model":"gpt-5-mini","input":["one"]}',
    ],
    [
      "https://azure.example.com/openai/deployments/gpt-4.1/embeddings?api-version=2024-10-21",
      '{"input":"one"}',
    ],
    ["https://openai.example.com/v1/embeddings", '{"model":"gpt-4.1","input":"one"}'],
    [
      "https://azure.example.com/openai/responses?api-version=2024-10-21",
      '{"model":"gpt-4.1","input":"one"}',
    ],
    ["https://openai.example.com/v1/responses", '{"model":"gpt-4.1","input":"one"}'],
  ]);
});

test("one model of the list, and one that is not in it", async () => {
  const rig = await createRig({ models: { "a/b": { upstream: "openai" } } });
  for (const prefix of ["/v1", "/openai/v1", "/openai"]) {
    const found = await rig.fetch(`${prefix}/models/a%2Fb`);
    expect(await found.json()).toEqual({ id: "a/b", object: "model", created: 0, owned_by: "latchkey" });
    expect((await rig.fetch(`${prefix}/models/constructor`)).status).toBe(404);
  }
});
