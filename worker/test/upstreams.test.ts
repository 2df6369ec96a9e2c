// Several upstreams of one model, the bridge, heartbeats and the operators' routes, through the whole proxy.
import { describe, expect, test } from "vitest";
import { hex, sha256 } from "../keys.ts";
import { type ConfigInput, defineConfig } from "../proxy.ts";
import { configInput, createRig, errorOf, eventStream, jsonAnswer, UPSTREAM_KEY } from "./setup.ts";

const OPERATOR_KEY = "lk_operator-key-canary-0123456789";

const completion = (content: string) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-4.1-2025-04-14",
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      message: { role: "assistant", content },
      content_filter_results: { hate: { filtered: false, severity: "safe" } },
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

type Answer = (request: Request) => Response | Promise<Response>;

/** A model at three upstreams, each answering as it is told. */
async function pool(answers: Record<"ptu" | "paygo" | "far", Answer>, change: Partial<ConfigInput> = {}) {
  const asked: { host: string; body: Record<string, unknown>; headers: Headers }[] = [];
  let clock = 1_000_000;
  const upstream = (name: string) => ({
    kind: "azure-openai" as const,
    url: `https://${name}.example.com`,
    key: `key-of-${name}-0123456789`,
  });
  const rig = await createRig(
    {
      upstreams: { ptu: upstream("ptu"), paygo: upstream("paygo"), far: upstream("far") },
      models: {
        m: {
          upstreams: [
            { upstream: "far", deployment: "m-far", priority: 3 },
            { upstream: "ptu", deployment: "m-ptu", priority: 1 },
            { upstream: "paygo", deployment: "m-paygo", priority: 2 },
          ],
        },
      },
      operatorKeys: [{ name: "ops", sha256: hex(await sha256(OPERATOR_KEY)) }],
      ...change,
    },
    {
      now: () => clock,
      random: () => 0,
      fetch: async (url, init) => {
        const request = new Request(url, init);
        const host = new URL(url).hostname.split(".")[0]!;
        asked.push({
          host,
          headers: request.headers,
          body: init.body === undefined ? {} : JSON.parse(String(init.body)),
        });
        expect(url).toContain(`/openai/deployments/m-${host}/`);
        expect(request.headers.get("api-key")).toBe(`key-of-${host}-0123456789`);
        return answers[host as "ptu"](request);
      },
    },
  );
  return {
    rig,
    asked,
    wait: (ms: number) => {
      clock += ms;
    },
    hosts: () => asked.map(({ host }) => host),
    chat: (body: Record<string, unknown> = {}, path = "/v1/chat/completions") =>
      rig.chat({ model: "m", ...body }, { path }),
  };
}

const fine: Answer = () => jsonAnswer(completion("hi"));
const busy =
  (headers: Record<string, string>): Answer =>
  () =>
    jsonAnswer({ error: { message: "slow down" } }, { status: 429, headers });
const broken: Answer = () => jsonAnswer({ error: {} }, { status: 500 });

describe("failover", () => {
  test("B21 the provisioned one is full: pay-as-you-go answers, and the first rests for as long as it asked", async () => {
    let first: Answer = busy({ "retry-after-ms": "5000" });
    const { chat, hosts, wait, rig } = await pool({ ptu: (r) => first(r), paygo: fine, far: fine });
    const response = await chat();
    expect(response.status).toBe(200);
    expect(hosts()).toEqual(["ptu", "paygo"]);
    expect(rig.log[0]).toMatchObject({ upstream: "paygo", attempts: 2, status: 200 });
    await chat();
    expect(hosts().slice(2)).toEqual(["paygo"]);
    wait(5001);
    first = fine;
    await chat();
    expect(hosts().at(-1)).toBe("ptu");
  });

  test("B23 all down: 503 with retry-after, in the caller's dialect, each asked once", async () => {
    const { chat, hosts, rig } = await pool({ ptu: broken, paygo: broken, far: broken });
    const response = await chat();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await errorOf(response)).toMatchObject({ code: "upstream_unavailable", type: "server_error" });
    expect(hosts()).toEqual(["ptu", "paygo", "far"]);
    expect(rig.log).toMatchObject([{ reason: "upstreams_resting", attempts: 3, upstream_status: 500 }]);
  });

  test("F16 all rest: nobody is asked, and the wait that is told is the soonest", async () => {
    const { chat, hosts } = await pool({
      ptu: busy({ "retry-after": "30" }),
      paygo: busy({ "retry-after": "7" }),
      far: busy({ "x-ratelimit-reset-requests": "1m" }),
    });
    await chat();
    const response = await chat();
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(hosts()).toHaveLength(3);
  });

  test("B12 400 is the caller's own affair: nobody else is asked", async () => {
    const { chat, hosts } = await pool({
      ptu: () => jsonAnswer({ error: { message: "no" } }, { status: 400 }),
      paygo: fine,
      far: fine,
    });
    expect((await chat()).status).toBe(400);
    expect(hosts()).toEqual(["ptu"]);
  });

  test("P6 a stream that breaks after its first byte is not begun again elsewhere", async () => {
    const { chat, hosts } = await pool({
      ptu: () => eventStream('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'),
      paygo: fine,
      far: fine,
    });
    const text = await (await chat({ stream: true })).text();
    expect(text).toContain("stream_truncated");
    expect(hosts()).toEqual(["ptu"]);
  });

  test("C18 the same body is sent to each, with each one's own deployment and key", async () => {
    const { chat, asked } = await pool({ ptu: broken, paygo: fine, far: fine });
    await chat({ temperature: 0.5, user: "u" });
    expect(asked[0]!.body).toEqual(asked[1]!.body);
    const ids = asked.map(({ headers }) => headers.get("x-ms-client-request-id"));
    expect(ids[0]).toBe(ids[1]);
  });

  test("P4 no upstream's name, address, deployment or key is in what the caller reads", async () => {
    const leak = "ptu.example.com m-ptu key-of-ptu-0123456789";
    const { chat } = await pool({
      ptu: () => jsonAnswer({ error: { message: leak } }, { status: 400 }),
      paygo: fine,
      far: fine,
    });
    const text = await (await chat()).text();
    for (const word of leak.split(" ")) expect(text).not.toContain(word);
  });

  test("a response that is kept is made once, and asked for where it is", async () => {
    const made: string[] = [];
    const rig = await createRig(
      {
        upstreams: {
          one: { kind: "openai", url: "https://one.example.com/v1", key: UPSTREAM_KEY },
          two: { kind: "openai", url: "https://two.example.com/v1", key: UPSTREAM_KEY },
        },
        models: { m: { upstreams: [{ upstream: "one" }, { upstream: "two", priority: 2 }] } },
      },
      {
        fetch: async (url, init) => {
          made.push(`${init.method} ${new URL(url).hostname}`);
          const isOne = url.startsWith("https://one.");
          if (init.method === "POST" && isOne) {
            return jsonAnswer({}, made.length === 1 ? { status: 500 } : { status: 429 });
          }
          return jsonAnswer({ id: "resp_1", object: "response", status: "completed", output: [] });
        },
      },
    );
    const create = () =>
      rig.fetch("/v1/responses", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", input: "x" }),
      });
    // 500: it may have been made. 429: it was not.
    expect((await create()).status).toBe(502);
    expect(made).toEqual(["POST one.example.com"]);
    expect((await create()).status).toBe(200);
    expect((await rig.fetch("/v1/responses/resp_1")).status).toBe(200);
    expect(made.slice(1)).toEqual(["POST one.example.com", "POST two.example.com", "GET two.example.com"]);
  });

  const wrong: [string, object, RegExp][] = [
    ["neither", {}, /models\.m\.upstream is missing|models\.m\.upstream is needed/],
    ["both", { upstream: "azure", upstreams: [{ upstream: "azure" }] }, /models\.m\.upstream is needed/],
    ["an empty list", { upstreams: [] }, /models\.m\.upstreams must not be empty/],
    ["one twice", { upstreams: [{ upstream: "azure" }, { upstream: "azure" }] }, /must all be different/],
    ["one that is not configured", { upstreams: [{ upstream: "gone" }] }, /names an upstream that is not/],
    ["a deployment outside", { deployment: "d", upstreams: [{ upstream: "azure" }] }, /stands in each/],
    ["a negative weight", { upstreams: [{ upstream: "azure", weight: -1 }] }, /weight must be at least 0/],
  ];
  for (const [name, model, message] of wrong) {
    test(`configuration: ${name}`, async () => {
      const input = await configInput({ models: { m: model as never } });
      expect(() => defineConfig(input)).toThrow(message);
    });
  }
});

describe("the bridge", () => {
  const bridgeTo = (answer: Answer, change: Partial<ConfigInput> = {}) =>
    pool(
      { ptu: answer, paygo: answer, far: answer },
      {
        models: { m: { upstream: "ptu", deployment: "m-ptu", outputMember: "max_completion_tokens" } },
        ...change,
      },
    );

  test("whole: asked in the service's words, answered in the caller's", async () => {
    const { chat, asked } = await bridgeTo(fine);
    const response = await chat(
      { max_tokens: 50 },
      "/models/chat/completions?api-version=2024-05-01-preview",
    );
    expect(await response.json()).toEqual({ ...completion("hi"), model: "m" });
    expect(asked[0]!.body).toMatchObject({ max_completion_tokens: 50 });
    expect(asked[0]!.body).not.toHaveProperty("max_tokens");
  });

  test("OpenAI's own dialect is not touched", async () => {
    const { chat, asked } = await bridgeTo(fine);
    const response = await chat({ max_tokens: 50 });
    expect(await response.json()).toEqual(completion("hi"));
    expect(asked[0]!.body).toMatchObject({ max_tokens: 50 });
  });

  test("streaming, in the form that the Python SDK reads", async () => {
    const chunk = {
      id: "c",
      created: 1,
      model: "x",
      choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }],
    };
    const { chat, rig } = await bridgeTo(() =>
      eventStream(`: ping\r\n\r\ndata: ${JSON.stringify(chunk)}\r\n\r\ndata: [DONE]\r\n\r\n`),
    );
    const text = await (await chat({ stream: true }, "/models/chat/completions")).text();
    const lines = text.split("\n").filter((line) => line !== "");
    expect(lines.every((line) => line.startsWith("data: "))).toBe(true);
    expect(JSON.parse(lines[0]!.slice(6))).toMatchObject({ model: "m", object: "chat.completion.chunk" });
    expect(lines.at(-1)).toBe("data: [DONE]");
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "complete", events: 2 }]);
  });

  test("an error of the service, in the caller's words", async () => {
    const { chat } = await bridgeTo(() =>
      jsonAnswer(
        {
          error: {
            message: "'max_completion_tokens' is too large for m-ptu",
            code: "unsupported_value",
            param: "max_completion_tokens",
          },
        },
        { status: 400 },
      ),
    );
    const response = await chat({ max_tokens: 50 }, "/models/chat/completions");
    expect(response.status).toBe(422);
    expect(response.headers.get("x-ms-error-code")).toBe("parameter_not_supported");
    expect(await errorOf(response)).toMatchObject({
      message: "'max_tokens' is too large for m",
      param: "max_tokens",
      details: [{ loc: ["body", "max_tokens"] }],
    });
  });

  test("what has no counterpart is refused before anything is asked, and says nothing of the service's health", async () => {
    const { rig, hosts } = await bridgeTo(fine);
    const embed = (body: object) =>
      rig.fetch("/models/embeddings", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", input: ["a"], ...body }),
      });
    const refused = await embed({ input_type: "query" });
    expect([refused.status, refused.headers.get("x-ms-error-code")]).toEqual([
      422,
      "parameter_not_supported",
    ]);
    expect(hosts()).toEqual([]);
    const images = await rig.fetch("/models/images/embeddings", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", input: [{ image: "data:image/png;base64,AAAA" }] }),
    });
    expect([images.status, images.headers.get("x-ms-error-code")]).toEqual([404, "operation_not_offered"]);
  });

  test("/info stands at the root too, as at a serverless endpoint", async () => {
    const { rig } = await bridgeTo(fine);
    const [root, models] = await Promise.all([rig.fetch("/info"), rig.fetch("/models/info")]);
    expect(await root.json()).toEqual(await models.json());
  });
});

describe("heartbeats", () => {
  const silent = (): Answer => () =>
    eventStream(
      new ReadableStream({
        async start(controller) {
          await new Promise((resolve) => setTimeout(resolve, 120));
          controller.enqueue(new TextEncoder().encode("data: [DONE]\n\n"));
          controller.close();
        },
      }),
    );
  for (const [path, comments] of [
    ["/v1/chat/completions", true],
    ["/openai/deployments/m/chat/completions", true],
    ["/models/chat/completions", false],
  ] as const) {
    test(`${path}: ${comments ? "comments in silence" : "none, its clients would fail"}`, async () => {
      const { rig } = await pool(
        { ptu: silent(), paygo: fine, far: fine },
        { deadlines: { heartbeatMs: 30 } },
      );
      const model = path.includes("deployments") ? {} : { model: "m" };
      const text = await (await rig.chat({ ...model, stream: true }, { path })).text();
      expect(text.startsWith(":\n")).toBe(comments);
      expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    });
  }

  test("A21 a service that only comments is cut with a typed error", async () => {
    const { rig } = await pool(
      {
        ptu: () => {
          let timer: ReturnType<typeof setInterval>;
          const beat = new TextEncoder().encode(": keepalive\n\n");
          return eventStream(
            new ReadableStream({
              start(controller) {
                timer = setInterval(() => controller.enqueue(beat), 20);
              },
              cancel: () => clearInterval(timer),
            }),
          );
        },
        paygo: fine,
        far: fine,
      },
      { deadlines: { stallMs: 150 } },
    );
    const text = await (
      await rig.chat({ model: "m", stream: true }, { path: "/v1/chat/completions" })
    ).text();
    expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"upstream_stalled"[^\n]*\n\n$/);
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "stalled" }]);
  });
});

describe("operators", () => {
  const bearer = { authorization: `Bearer ${OPERATOR_KEY}` };

  test("health is for anybody, and names nothing", async () => {
    const { rig } = await pool({ ptu: fine, paygo: fine, far: fine });
    const response = await rig.fetch("/health", { headers: { authorization: null } });
    expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
  });

  test("F19 metrics and upstreams are the operators' alone", async () => {
    const { rig, chat } = await pool({ ptu: busy({ "retry-after": "9" }), paygo: fine, far: fine });
    await chat();
    for (const path of ["/operator/metrics", "/operator/upstreams"]) {
      expect((await rig.fetch(path)).status).toBe(404); // a caller's key
      expect((await rig.fetch(path, { headers: bearer })).status).toBe(200);
    }
    const metrics = await (await rig.fetch("/operator/metrics", { headers: bearer })).text();
    expect(metrics).toContain(
      'latchkey_requests_total{route="/v1/chat/completions",status="200",model="m",outcome="complete"} 1',
    );
    expect(metrics).toContain('latchkey_upstream_resting{upstream="ptu",deployment="m-ptu"} 1');
    const upstreams = await (await rig.fetch("/operator/upstreams", { headers: bearer })).json();
    expect(upstreams).toMatchObject({
      ready: true,
      models: [{ model: "m", places: [{ upstream: "ptu", state: "open", why: "busy" }, {}, {}] }],
    });
    for (const text of [metrics, JSON.stringify(upstreams)])
      expect(text).not.toMatch(/key-of-|example\.com|canary/);
  });

  test("an operator key is no caller's key", async () => {
    const { rig } = await pool({ ptu: fine, paygo: fine, far: fine });
    expect((await rig.chat({ model: "m" }, { headers: bearer })).status).toBe(401);
  });

  test("Server-Timing says where the time went; a refusal of a stranger says nothing", async () => {
    const { chat, rig } = await pool({ ptu: fine, paygo: fine, far: fine });
    expect((await chat()).headers.get("server-timing")).toMatch(
      /^auth;dur=\d+, request;dur=\d+, upstream;dur=\d+$/,
    );
    const limited = await pool({ ptu: fine, paygo: fine, far: fine }, { perCaller: { streams: 5 } });
    expect((await limited.rig.chat({ model: "m", stream: true })).headers.get("server-timing")).toMatch(
      /^auth;dur=\d+, request;dur=\d+, queue;dur=\d+, upstream;dur=\d+$/,
    );
    const stranger = await rig.chat({ model: "m" }, { headers: { authorization: "Bearer lk_wrong" } });
    expect(stranger.headers.get("server-timing")).toBeNull();
  });
});
