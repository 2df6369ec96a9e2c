// Attacks and accidents that once got through, each under its case id: what the answer, the log and the
// upstream see of them now. Stream endings are in endings.ts, because two relays must pass those.
import { describe, expect, test } from "vitest";
import { createMeter } from "../meter.ts";
import {
  answering,
  createRig,
  errorOf,
  eventStream,
  jsonAnswer,
  ORIGIN,
  type Rig,
  SESSION_SECRET,
  UPSTREAM_KEY,
} from "./setup.ts";

const message = { role: "user", content: "hi" };
const openSession = (rig: Rig, headers: Record<string, string> = {}) =>
  rig.fetch("/session", { method: "POST", headers: { origin: ORIGIN, authorization: null, ...headers } });

describe("H03 a whole answer", () => {
  const echo: [string, (request: Request) => unknown, string][] = [
    ["an echo", (request) => ({ headers: Object.fromEntries(request.headers) }), "upstream_not_chat"],
    ["choices that are no list", () => ({ choices: "x" }), "upstream_not_chat"],
    [
      "the key beside an answer",
      (request) => ({ choices: [], headers: Object.fromEntries(request.headers) }),
      "upstream_holds_key",
    ],
    [
      "the key in another case",
      () => ({ choices: [{ message: { content: `x${UPSTREAM_KEY.toUpperCase()}` } }] }),
      "upstream_holds_key",
    ],
  ];
  for (const [name, answer, reason] of echo) {
    test(`${name} is 502 upstream_bad_answer`, async () => {
      const rig = await createRig({}, { fetch: answering((request) => jsonAnswer(answer(request))).fetch });
      const response = await rig.chat({});
      expect(response.status).toBe(502);
      const text = await response.text();
      expect(text.toLowerCase()).not.toContain(UPSTREAM_KEY);
      expect(JSON.parse(text)).toMatchObject({ error: { code: "upstream_bad_answer" } });
      expect(rig.log).toMatchObject([{ reason }]);
    });
  }

  test("the key spelt with escapes is found", async () => {
    const escaped = UPSTREAM_KEY.replace("e", "\\u0065");
    const answer = () =>
      new Response(`{"choices":[],"a":"${escaped}"}`, { headers: { "content-type": "application/json" } });
    const rig = await createRig({}, { fetch: answering(answer).fetch });
    expect((await rig.chat({})).status).toBe(502);
    expect(rig.log).toMatchObject([{ reason: "upstream_holds_key" }]);
  });

  test("a placeholder that local servers take as a key may be said", async () => {
    const rig = await createRig(
      {
        upstreams: { default: { kind: "openai", url: "http://127.0.0.1:1/v1", key: "ollama" } },
        models: { "gpt-5-mini": { upstream: "default" } },
      },
      { fetch: answering(() => jsonAnswer({ choices: [{ message: { content: "ollama" } }] })).fetch },
    );
    expect((await rig.chat({})).status).toBe(200);
  });

  test("usage without a valid number is no usage", async () => {
    const rig = await createRig({}, { fetch: answering(() => jsonAnswer({ choices: [], usage: {} })).fetch });
    await rig.chat({});
    expect(rig.log[0]).not.toHaveProperty("usage");
  });
});

describe("P4 an upstream's error", () => {
  const host = "UP.Secret-Host.com";
  const deployment = "SECRET-deploy.1";
  const rejecting = (body: unknown) =>
    createRig(
      {
        upstreams: {
          default: { kind: "azure-openai", url: "https://up.secret-host.com", key: UPSTREAM_KEY },
        },
        models: { public: { upstream: "default", deployment } },
      },
      { fetch: answering(() => jsonAnswer(body, { status: 404 })).fetch },
    );

  for (const key of [UPSTREAM_KEY, UPSTREAM_KEY.toUpperCase()]) {
    test(`tells no key, host or deployment in any member (${key})`, async () => {
      const rig = await rejecting({
        error: {
          message: `${key} at ${host}: no \`${deployment}\`, ${deployment.toLowerCase()}`,
          code: key,
          type: `x.${host}`,
          param: `a.${key}`,
          innererror: {
            code: key,
            content_filter_result: {
              hate: { filtered: true, severity: key },
              [key]: { filtered: true },
            },
          },
        },
        detail: [{ loc: ["header", key, deployment] }],
      });
      const response = await rig.chat({ model: "public" });
      expect(response.status).toBe(404);
      const error = await errorOf(response);
      expect(error).toMatchObject({
        message: "[redacted] at [redacted]: no `public`, public",
        code: "upstream_rejected",
        innererror: { content_filter_result: { hate: { filtered: true } } },
        details: [{ loc: ["header", "public"] }],
      });
      const all = JSON.stringify([error, [...response.headers]]).toLowerCase();
      for (const secret of [key, host, deployment]) expect(all).not.toContain(secret.toLowerCase());
    });
  }

  test("keeps a word that only contains the deployment's name", async () => {
    const rig = await createRig(
      { models: { public: { upstream: "default", deployment: "mode" } } },
      {
        fetch: answering(() =>
          jsonAnswer({ error: { message: "The model: mode.", param: "model" } }, { status: 404 }),
        ).fetch,
      },
    );
    const error = await errorOf(await rig.chat({ model: "public" }));
    expect(error).toMatchObject({ message: "The model: public.", param: "model" });
  });
});

describe("D04 E23 a session token without an Origin", () => {
  test("opens nothing that costs, and still lists models", async () => {
    const rig = await createRig();
    const { token } = (await (await openSession(rig)).json()) as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    const response = await rig.chat({}, { headers });
    expect(response.status).toBe(403);
    expect(rig.log.at(-1)).toMatchObject({ reason: "token_of_other_origin" });
    expect(rig.emulator.requests).toHaveLength(0);
    expect((await rig.chat({}, { headers: { ...headers, origin: ORIGIN } })).status).toBe(200);
    for (const path of ["/v1/models", "/models/info"]) {
      expect((await rig.fetch(path, { headers })).status).toBe(200);
    }
  });
});

describe("G07 G08 what the model service may see", () => {
  const bodies: { messages: { content: { image_url: { url: string } }[]; audio?: unknown }[] }[] = [];
  const rigWith = () =>
    createRig(
      { imageHosts: ["img.example.com"] },
      {
        fetch: async (_url, init) => {
          bodies.unshift(JSON.parse(init.body as string));
          return jsonAnswer({ choices: [] });
        },
      },
    );

  test("G07 of an answer's audio only the id", async () => {
    const rig = await rigWith();
    const audio = { id: "a", data: "AAAA", expires_at: 1, transcript: "t" };
    const ask = (more: object) =>
      rig.chat({ messages: [{ role: "assistant", audio: { ...audio, ...more } }, message] });
    expect((await ask({})).status).toBe(200);
    expect(bodies[0]!.messages[0]!.audio).toEqual({ id: "a" });
    const refused = await ask({ api_base: "https://evil.example" });
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toMatchObject({ param: "messages.0.audio.api_base" });
  });

  test("G07 nesting that no serialiser survives is dropped with its member", async () => {
    const rig = await rigWith();
    const text = JSON.stringify({ model: "mini", messages: [{ role: "assistant", audio: { id: "a" } }] });
    const nested = "[".repeat(100_000) + "]".repeat(100_000);
    const response = await rig.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text.replace('"id":"a"', `"id":"a","data":${nested}`),
    });
    expect(response.status).toBe(200);
    expect(bodies[0]!.messages[0]!.audio).toEqual({ id: "a" });
  });

  const image = (url: string) => ({
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }],
  });
  for (const url of [
    "https://img.example.com\\@evil.example/x.png",
    "https:img.example.com/x",
    "https:/img.example.com/x",
    "https:\\\\img.example.com\\x",
    "\u0001https://img.example.com/x",
    " https://img.example.com/x",
    "https://img.example.com\t/x",
    "https://img.example.com/\u0085",
    "https://user@img.example.com/x",
    "https://:pass@img.example.com/x",
    "https://img.example.com:8443/x",
    "http://img.example.com/x",
  ]) {
    test(`G08 ${JSON.stringify(url)} is refused`, async () => {
      expect((await (await rigWith()).chat(image(url))).status).toBe(400);
    });
  }
  test("G08 an allowed address is sent as it was understood", async () => {
    for (const [url, sent] of [
      ["HTTPS://IMG.example.com:443/a/../b.png?c=d@e", "https://img.example.com/b.png?c=d@e"],
      ["https://img.example.com/ü", "https://img.example.com/%C3%BC"],
    ] as const) {
      expect((await (await rigWith()).chat(image(url))).status).toBe(200);
      expect(bodies[0]!.messages[0]!.content[0]!.image_url.url).toBe(sent);
    }
  });
});

describe("D09 refusals before the route is known", () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x-${i}`, "1"]));
  for (const [name, status, headers] of [
    ["431", 431, many],
    ["508", 508, { "x-latchkey-hop": "1" }],
    ["an upgrade", 400, { upgrade: "websocket" }],
    ["a Host that is none", 400, { host: "a/b" }],
  ] as const) {
    test(`${name} can be read by a listed page, and by no other`, async () => {
      const rig = await createRig();
      const response = await rig.chat({}, { headers: { ...headers, origin: ORIGIN } });
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
      const other = await rig.chat({}, { headers: { ...headers, origin: "https://evil.example" } });
      expect(other.status).toBe(status);
      expect(other.headers.get("access-control-allow-origin")).toBeNull();
    });
  }
});

describe("H12 a log that fails", () => {
  for (const [name, log] of [
    [
      "by throwing",
      () => {
        throw new Error("log");
      },
    ],
    ["later", () => Promise.reject(new Error("log"))],
  ] as const) {
    test(`${name} changes nothing for the caller`, async () => {
      const rejections: unknown[] = [];
      const note = (reason: unknown) => rejections.push(reason);
      process.on("unhandledRejection", note);
      try {
        const rig = await createRig({}, { log });
        expect((await rig.chat({})).status).toBe(200);
        expect((await rig.chat({ model: "nope" })).status).toBe(404);
        expect(await (await rig.chat({ stream: true })).text()).toContain("[DONE]");
        await rig.settled();
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(rejections).toEqual([]);
      } finally {
        process.off("unhandledRejection", note);
      }
    });
  }
});

describe("the limiter", () => {
  const knock = async (rig: Rig, address: string) =>
    (await openSession(rig, { "x-address": address })).status;
  const limited = () =>
    createRig(
      { session: { secret: SESSION_SECRET, perMinute: 1 } },
      { addressOf: (request) => request.headers.get("x-address") || undefined },
    );

  test("F15 that throws is 503 with a time to wait, and opens no session", async () => {
    for (const limit of [
      () => Promise.reject(new Error("canary")),
      () => {
        throw new Error("canary");
      },
      async () => undefined as never,
    ]) {
      const rig = await createRig({}, { limiter: { limit } });
      const response = await openSession(rig);
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await response.text()).not.toContain("canary");
      expect(rig.log).toMatchObject([{ reason: "limiter_failed", outcome: "refused" }]);
    }
  });

  test("F13 counts an IPv6 /64 as one address, and an IPv4 address in every spelling", async () => {
    const rig = await limited();
    expect(await knock(rig, "2001:db8:1:2::1")).toBe(200);
    expect(await knock(rig, "2001:DB8:1:2:ffff:1:2:3")).toBe(429);
    expect(await knock(rig, "2001:0db8:0001:0002::")).toBe(429);
    expect(await knock(rig, "2001:db8:1:3::1")).toBe(200);
    expect(await knock(rig, "::1")).toBe(200);
    expect(await knock(rig, "203.0.113.7")).toBe(200);
    expect(await knock(rig, "::ffff:203.0.113.7")).toBe(429);
    expect(await knock(rig, "::ffff:203.0.113.8")).toBe(200);
  });

  test("F14 a caller without an address is refused and locks nobody out", async () => {
    const rig = await limited();
    const response = await openSession(rig);
    expect(response.status).toBe(403);
    expect(rig.log.at(-1)).toMatchObject({ reason: "address_unknown" });
    expect(await knock(rig, "203.0.113.7")).toBe(200);
  });
});

describe("F09 a cap is looked at before what it caps", () => {
  const fill = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, 0]));
  const rows: [string, Record<string, unknown>, string, string][] = [
    ["messages", { messages: Array.from({ length: 1001 }, () => 0) }, "messages", "at most 1000 messages"],
    ["tools", { tools: Array.from({ length: 129 }, () => 0) }, "tools", "at most 128 tools"],
    ["functions", { functions: Array.from({ length: 129 }, () => 0) }, "functions", "at most 128"],
    ["metadata", { metadata: fill(17) }, "metadata", "at most 16 entries"],
    ["logit_bias", { logit_bias: fill(1025) }, "logit_bias", "at most 1024 entries"],
    ["stops", { stop: Array.from({ length: 17 }, () => 0) }, "stop", "at most 16"],
    [
      "parts",
      { messages: [{ role: "user", content: Array.from({ length: 257 }, () => 0) }] },
      "messages.0.content",
      "at most 256 parts",
    ],
  ];
  for (const [name, body, param, words] of rows) {
    test(`${name}`, async () => {
      const error = await errorOf(await (await createRig()).chat(body));
      expect(error.param).toBe(param);
      expect(error.message).toContain(words);
    });
  }
});

describe("P1 the meter", () => {
  const encoder = new TextEncoder();
  const chunk = (...choices: object[]) => `data: ${JSON.stringify({ choices })}\n\n`;
  const metered = (text: string, endsWithoutDone = false) => {
    const meter = createMeter(endsWithoutDone);
    meter.feed(encoder.encode(text));
    return meter;
  };

  test("takes only a choice's own finish reason for one", () => {
    const nested = { index: 0, delta: { context: { finish_reason: "stop" } } };
    const meter = metered(chunk(nested), true);
    expect(meter.isComplete()).toBe(false);
    expect(meter.totals().finish_reason).toBeUndefined();
  });

  test("without [DONE] is complete only where the upstream is known for it, and when all choices finished", () => {
    const first = chunk({ index: 0, delta: {}, finish_reason: "stop" });
    const second = chunk({ index: 1, delta: { content: "half" }, finish_reason: null });
    const last = chunk({ index: 1, delta: {}, finish_reason: "length" });
    expect(metered(first).isComplete()).toBe(false);
    expect(metered(first, true).isComplete()).toBe(true);
    expect(metered(first + second, true).isComplete()).toBe(false);
    expect(metered(first + second + last, true).isComplete()).toBe(true);
    expect(metered("", true).isComplete()).toBe(false);
  });

  for (const size of [1, 7, 1 << 20]) {
    test(`past an event too large still finds [DONE], in pieces of ${size} at the end`, () => {
      for (const end of ["\n\n", "\r\n\r\n", "\r\r"]) {
        const meter = createMeter();
        meter.feed(encoder.encode(`data: ${"z".repeat(5 << 20)}`));
        const tail = encoder.encode(`${end}data: [DONE]${end}: and a comment that is longer than it${end}`);
        expect(meter.isDone()).toBe(false);
        for (let at = 0; at < tail.length; at += size) meter.feed(tail.subarray(at, at + size));
        expect(meter.isDone()).toBe(true);
        expect(meter.isComplete()).toBe(true);
      }
    });
  }

  test("past an event too large does not take words inside content for the end", () => {
    const meter = metered(`data: ${"z".repeat(5 << 20)}\n\n`);
    meter.feed(encoder.encode('data: {"choices":[{"delta":{"content":"\\ndata: [DONE]\\n\\n"}}]}\n\n'));
    expect(meter.isDone()).toBe(false);
  });

  test("estimates when usage holds no valid number", () => {
    for (const usage of [{}, { prompt_tokens: -4, completion_tokens: 1e30 }, { total_tokens: "7" }]) {
      const meter = metered(`data: ${JSON.stringify({ choices: [{ delta: { content: "a" } }], usage })}\n\n`);
      expect(meter.totals().usage).toEqual({ completion_tokens: 1, estimated: true });
    }
  });
});

test("P1 endsWithoutDone is an option of the upstream", async () => {
  const body = 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n';
  for (const [endsWithoutDone, outcome] of [
    [false, "truncated"],
    [true, "complete"],
  ] as const) {
    const rig = await createRig(
      {
        upstreams: {
          default: { kind: "openai", url: "https://a.example.com/v1", key: UPSTREAM_KEY, endsWithoutDone },
        },
        models: { "gpt-5-mini": { upstream: "default" } },
      },
      { fetch: answering(() => eventStream(body)).fetch },
    );
    const text = await (await rig.chat({ stream: true }, { path: "/v1/chat/completions" })).text();
    expect(text.startsWith(body)).toBe(true);
    expect(text.slice(body.length)).toMatch(outcome === "complete" ? /^$/ : /"code":"stream_truncated"/);
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome, finish_reason: "stop" }]);
  }
});
