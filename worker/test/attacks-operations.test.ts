// The attacks of attacks.test.ts on the operations that are not chat: each has its own proof of an answer, its own
// end mark, its own lists and addresses, and errors that come without a model.
import { describe, expect, test } from "vitest";
import { createMeter, type Ending } from "../meter.ts";
import { formBody, objectService } from "./object-service.ts";
import {
  answering,
  createRig,
  errorOf,
  eventStream,
  jsonAnswer,
  ORIGIN,
  type Rig,
  UPSTREAM_KEY,
} from "./setup.ts";

const MODEL = "via-openai";
const wav = { name: "file", value: "RIFF", filename: "a.wav", type: "audio/wav" };
const post = (rig: Rig, path: string, body: unknown, headers: Record<string, string> = {}) =>
  rig.fetch(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
const form = (rig: Rig, path: string) =>
  rig.fetch(path, {
    method: "POST",
    body: formBody([{ name: "model", value: MODEL }, wav]),
    headers: { "content-type": "multipart/form-data; boundary=test-boundary" },
  });

const asks: Record<string, { ask: (rig: Rig) => Promise<Response>; proof: object }> = {
  completions: {
    ask: (rig) => post(rig, "/v1/completions", { model: MODEL, prompt: "x" }),
    proof: { choices: [] },
  },
  embeddings: {
    ask: (rig) => post(rig, "/v1/embeddings", { model: MODEL, input: "x" }),
    proof: { data: [] },
  },
  images: {
    ask: (rig) => post(rig, "/v1/images/generations", { model: MODEL, prompt: "x" }),
    proof: { data: [] },
  },
  transcriptions: { ask: (rig) => form(rig, "/v1/audio/transcriptions"), proof: { text: "" } },
  responses: {
    ask: (rig) => post(rig, "/v1/responses", { model: MODEL, input: "x" }),
    proof: { id: "resp_1", object: "response" },
  },
  conversations: {
    ask: (rig) => post(rig, "/v1/conversations", {}),
    proof: { id: "conv_1", object: "conversation" },
  },
};

describe("H03 a whole answer", () => {
  for (const [name, { ask, proof }] of Object.entries(asks)) {
    const rigWith = (answer: (request: Request) => unknown) =>
      createRig(
        { objectsUpstream: "openai" },
        { fetch: answering((request) => jsonAnswer(answer(request))).fetch },
      );

    test(`${name}: what shows itself passes, an echo and an error do not`, async () => {
      expect((await ask(await rigWith(() => proof))).status).toBe(200);
      for (const answer of [
        (request: Request) => ({ headers: Object.fromEntries(request.headers) }),
        () => ({ ...proof, object: undefined, error: { message: "x" } }),
      ]) {
        const rig = await rigWith(answer);
        const response = await ask(rig);
        expect(response.status).toBe(502);
        expect(await response.text()).not.toContain(UPSTREAM_KEY);
      }
    });

    test(`${name}: one with the key in it does not pass`, async () => {
      const rig = await rigWith(() => ({ ...proof, more: `x${UPSTREAM_KEY.toUpperCase()}` }));
      const response = await ask(rig);
      expect(response.status).toBe(502);
      expect((await response.text()).toLowerCase()).not.toContain(UPSTREAM_KEY);
      expect(rig.log).toMatchObject([{ reason: "upstream_holds_key" }]);
    });
  }

  test("a transcript that is plain text", async () => {
    const answer = () => new Response(`a ${UPSTREAM_KEY}`, { headers: { "content-type": "text/plain" } });
    const rig = await createRig({}, { fetch: answering(answer).fetch });
    expect((await form(rig, "/v1/audio/transcriptions")).status).toBe(502);
    expect(rig.log).toMatchObject([{ reason: "upstream_holds_key" }]);
  });

  test("each object of a list", async () => {
    const service = objectService(({ path, method }) =>
      method === "GET" && path.startsWith("/files/")
        ? jsonAnswer({ id: "file-1", object: "file", filename: UPSTREAM_KEY })
        : undefined,
    );
    const rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch });
    await rig.fetch("/v1/files", {
      method: "POST",
      body: formBody([wav, { name: "purpose", value: "batch" }]),
      headers: { "content-type": "multipart/form-data; boundary=test-boundary" },
    });
    expect((await rig.fetch("/v1/files")).status).toBe(502);
    expect(rig.log.at(-1)).toMatchObject({ reason: "upstream_holds_key" });
  });
});

describe("P4 an upstream's error", () => {
  const upstreams = {
    up: { kind: "openai", url: "https://up.secret-host.com/v1", key: UPSTREAM_KEY },
  } as const;
  const models = { public: { upstream: "up", deployment: "SECRET-deploy.1" } };
  const words = `${UPSTREAM_KEY} at UP.secret-host.com: no secret-DEPLOY.1`;
  const clean = "[redacted] at [redacted]: no public";

  test("tells nothing where no model is named", async () => {
    const refusing = answering(() => jsonAnswer({ error: { message: words } }, { status: 404 }));
    const rig = await createRig({ upstreams, models }, { fetch: refusing.fetch });
    const response = await post(rig, "/v1/conversations", {});
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ message: clean });
  });

  test("tells nothing as a member of an object that failed", async () => {
    const failed = { id: "resp_1", object: "response", status: "failed" };
    const failing = answering(() =>
      jsonAnswer({ ...failed, error: { code: "x", message: words.replace(UPSTREAM_KEY, "y") } }),
    );
    const rig = await createRig({ upstreams, models }, { fetch: failing.fetch });
    const response = await post(rig, "/v1/responses", { model: "public", input: "x" });
    expect(await response.json()).toEqual({
      ...failed,
      error: { code: "x", message: clean.replace("[redacted]", "y") },
    });
  });
});

test("D04 a session token without an Origin reads nobody's data", async () => {
  const service = objectService();
  const rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch });
  const opened = await rig.fetch("/session", {
    method: "POST",
    headers: { origin: ORIGIN, authorization: null },
  });
  const { token } = (await opened.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  for (const path of [
    "/v1/files",
    "/v1/files/file-1",
    "/v1/files/file-1/content",
    "/v1/responses/resp-1",
    "/v1/fine_tuning/jobs",
    "/v1/batches/batch-1",
    "/v1/models/mini",
  ]) {
    expect((await rig.fetch(path, { headers })).status).toBe(403);
    expect(rig.log.at(-1)).toMatchObject({ reason: "token_of_other_origin" });
    expect((await rig.fetch(path, { headers: { ...headers, origin: ORIGIN } })).status).not.toBe(403);
    // A page of the worker's own origin: its browser leaves Origin out of a GET, and says so.
    const own = { ...headers, "sec-fetch-site": "same-origin" };
    expect((await rig.fetch(path, { headers: own })).status).not.toBe(403);
    const foreign = { ...headers, "sec-fetch-site": "cross-site" };
    expect((await rig.fetch(path, { headers: foreign })).status).toBe(403);
  }
  expect(service.seen).toEqual([]);
});

describe("P1 the end of typed streams", () => {
  const encoder = new TextEncoder();
  const event = (type: string, more: object = {}) => `data: ${JSON.stringify({ type, ...more })}\n\n`;
  const metered = (text: string, ends: Ending, size = 1 << 20) => {
    const meter = createMeter(true, ends);
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length; at += size) meter.feed(bytes.subarray(at, at + size));
    return meter;
  };
  const last: [Ending, string][] = [
    ["response", "response.completed"],
    ["response", "response.failed"],
    ["response", "response.incomplete"],
    ["transcript", "transcript.text.done"],
    ["speech", "speech.audio.done"],
    ["image", "image_generation.completed"],
    ["image", "image_edit.completed"],
  ];

  for (const [ends, type] of last) {
    test(`${type} ends only its own kind, and [DONE] ends none`, () => {
      for (const other of ["response", "transcript", "speech", "image"] as const) {
        expect(metered(event(type), other).isComplete()).toBe(other === ends);
      }
      expect(metered(event(type), ends).isDone()).toBe(ends !== "image");
      expect(metered(`${event(type)}data: [DONE]\n\n`, ends).isDone()).toBe(true);
      const done = metered("data: [DONE]\n\n", ends);
      expect([done.isComplete(), done.isDone()]).toEqual([false, false]);
    });

    for (const size of [1000, 1 << 20]) {
      test(`${type} is found past an event too large, and in one, in pieces of ${size}`, () => {
        const large = "z".repeat(5 << 20);
        const before = event("some.event", { data: large });
        expect(metered(before, ends, size).isComplete()).toBe(false);
        expect(metered(before + event(type), ends, size).isComplete()).toBe(true);
        expect(metered(event(type, { data: large }), ends, size).isComplete()).toBe(true);
        const named = `event: ${type}\r\ndata: {"data":"${large}"`;
        expect(metered(named, ends, size).isComplete()).toBe(false);
        expect(metered(`${named}}\r\n\r\n`, ends, size).isComplete()).toBe(true);
      });
    }
  }

  test("words and nested objects are no end", () => {
    const large = event("some.event", { data: "z".repeat(5 << 20) });
    const words = event("response.output_text.delta", {
      delta: '\n\ndata: {"type":"response.completed"}\n\n',
    });
    const nested = event("response.created", { response: { tools: [{ type: "response.completed" }] } });
    for (const text of [words, nested, large + words + nested]) {
      expect(metered(text, "response").isComplete()).toBe(false);
    }
    const both = event("response.completed", { response: { a: { type: "response.failed" } } });
    expect(metered(both, "response").isComplete()).toBe(true);
  });

  test("an answer that can't be remembered is broken, also when all of it came at once", async () => {
    const body = event("response.created", { response: { id: "resp_1" } }) + event("response.completed");
    const rig = await createRig(
      { objectsUpstream: "openai", limits: { objects: 1 } },
      { fetch: answering(() => eventStream(body)).fetch, ownership: () => full },
    );
    const response = await post(rig, "/v1/responses", { model: MODEL, input: "x", stream: true });
    expect(await response.text().catch(() => "broken")).toBe("broken");
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "upstream_error" }]);
  });
  const full = {
    find: async () => [],
    add: async (objects: readonly unknown[]) => objects.length === 0, // filled by another call in the meantime
    remove: async () => {},
    page: async () => ({ objects: [], more: false }),
  };
});

describe("F09 a cap is looked at before what it caps", () => {
  const fill = (count: number) => Array.from({ length: count }, () => ({}));
  const rows: [string, Record<string, unknown>, string, string][] = [
    ["/v1/responses", { input: fill(1001) }, "input", "at most 1000 items"],
    ["/v1/responses", { tools: fill(129) }, "tools", "at most 128 tools"],
    ["/v1/responses", { include: fill(17) }, "include", "at most 16"],
    ["/v1/responses", { metadata: { ...fill(17) } }, "metadata", "at most 16 entries"],
    [
      "/v1/responses",
      { input: [{ type: "reasoning", summary: fill(257) }] },
      "input.0.summary",
      "at most 256 parts",
    ],
    ["/v1/conversations", { items: fill(21) }, "items", "at most 20 items"],
    ["/v1/completions", { prompt: "x", logit_bias: { ...fill(1025) } }, "logit_bias", "at most 1024 entries"],
  ];
  for (const [path, body, param, words] of rows) {
    test(`${path} ${param}`, async () => {
      const model = path === "/v1/conversations" ? {} : { model: MODEL };
      const rig = await createRig({ objectsUpstream: "openai" });
      const error = await errorOf(await post(rig, path, { ...model, ...body }));
      expect(error.param).toBe(param);
      expect(error.message).toContain(words);
    });
  }

  test("a million inputs of an embedding are refused in no time", async () => {
    const rig = await createRig();
    const started = performance.now();
    const response = await post(rig, "/v1/embeddings", { model: MODEL, input: Array(1_000_000).fill("") });
    expect(response.status).toBe(400);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe("G08 addresses are sent as they were understood", () => {
  const given = "HTTPS://A.example.com:443/a/../b";
  const sent = "https://a.example.com/b";
  const hosts = ["a.example.com"];
  const rows: [string, Record<string, unknown>][] = [
    ["image_url", { input: [{ role: "user", content: [{ type: "input_image", image_url: given }] }] }],
    ["file_url", { input: [{ role: "user", content: [{ type: "input_file", file_url: given }] }] }],
    ["server_url", { input: "x", tools: [{ type: "mcp", server_label: "a", server_url: given }] }],
  ];
  for (const [member, body] of rows) {
    test(member, async () => {
      const service = objectService();
      const rig = await createRig(
        { imageHosts: hosts, fileHosts: hosts, mcpHosts: hosts, serverTools: ["mcp"] },
        { fetch: service.fetch },
      );
      expect((await post(rig, "/v1/responses", { model: MODEL, ...body })).status).toBe(200);
      expect(service.seen[0]!.body).toContain(`"${member}":"${sent}"`);
      const evil = JSON.stringify(body).replace(given, "https://a.example.com\\\\@evil.example/");
      expect((await post(rig, "/v1/responses", { model: MODEL, ...JSON.parse(evil) })).status).toBe(400);
    });
  }

  test("endpoint", async () => {
    const { fetch, requests } = answering(() => jsonAnswer({ choices: [] }));
    const rig = await createRig({ dataSourceHosts: hosts }, { fetch });
    const source = (endpoint: string) => ({
      data_sources: [{ type: "azure_search", parameters: { a: [{ endpoint }] } }],
    });
    expect((await rig.chat(source(given))).status).toBe(200);
    expect(await requests[0]!.text()).toContain(`"endpoint":"${sent}"`);
    expect((await rig.chat(source("https://a.example.com\\@evil.example"))).status).toBe(400);
  });
});

describe("attacks on tools, items and batch lines", () => {
  const ask = async (body: object) => {
    const service = objectService();
    const serverTools = ["image_generation", "web_search", "shell", "code_interpreter", "file_search"];
    const rig = await createRig({ serverTools }, { fetch: service.fetch });
    const { status } = await post(rig, "/v1/responses", { model: MODEL, input: "x", ...body });
    return { status, body: service.seen[0]?.body };
  };

  const refused: object[] = [
    { type: "image_generation", input_image_mask: { image_url: "http://169.254.169.254/x" } },
    ...["api_base", "endpoint", "api_key"].map((member) => ({ type: "web_search", [member]: "x" })),
    { type: "shell", environment: { type: "container_reference", container_id: "cntr_A" } },
    { type: "shell", environment: { type: "container_auto", skills: [{ skill_id: "s" }] } },
    { type: "shell", environment: { type: "container_auto", network_policy: { type: "allowlist" } } },
    { type: "code_interpreter", container: { type: "auto", container_id: "cntr_A" } },
    { type: "code_interpreter", container: "cntr_A" },
    { type: "file_search", filters: { type: "eq", key: "a", value: "b", url: "x" } },
  ];
  for (const tool of refused) {
    test(`G08 F18 a server tool is refused: ${JSON.stringify(tool)}`, async () => {
      expect(await ask({ tools: [tool] })).toEqual({ status: 400, body: undefined });
    });
  }

  test("server tools with their known members pass", async () => {
    const tools = [
      { type: "web_search", user_location: { type: "approximate", country: "DE" } },
      { type: "image_generation", input_image_mask: { image_url: "data:image/png;base64,AAAA" } },
      { type: "code_interpreter", container: { type: "auto", memory_limit: "4g" } },
      { type: "shell", environment: { type: "container_auto" } },
      { type: "file_search", filters: { type: "and", filters: [{ type: "eq", key: "a", value: 1 }] } },
    ];
    const { status, body } = await ask({ tools });
    expect(status).toBe(200);
    expect(JSON.parse(body!).tools).toEqual(tools);
  });

  test("F18 an item's id is not sent on", async () => {
    const { status, body } = await ask({ input: [{ type: "reasoning", id: "rs_of_A", summary: [] }] });
    expect(status).toBe(200);
    expect(body).not.toContain("rs_of_A");
  });

  const item = '{"type":"message","role":"assistant","content":';
  const lines: [string, string, number][] = [
    ["as it should be", '"input":"\\"a\\": {b:c} \\\\"', 200],
    ["a member twice", '"input":"i","previous_response_id":"resp_A","previous_response_id":null', 400],
    ["a body twice", '"input":"i"},"body":{"model":"gpt-4.1","input":"i"', 400],
    ["a member twice, once escaped", '"input":"i","inp\\u0075t":"j"', 400],
    ["U+2028", '"input":"a\u2028b"', 400],
    ["U+0085", '"input":"a\u0085b"', 400],
    ["a bare CR", '\r"input":"a"', 400],
    ["an item's id", `"input":[${item}"x","id":"msg_of_A"}]`, 400],
    [
      "a cited file",
      `"input":[${item}[{"type":"output_text","text":"x","annotations":[{"file_id":"f"}]}]}]`,
      400,
    ],
  ];
  for (const [name, members, status] of lines) {
    test(`F18 a batch line: ${name}`, async () => {
      const text = `{"custom_id":"1","method":"POST","url":"/v1/responses","body":{"model":"gpt-4.1",${members}}}`;
      const service = objectService();
      const rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch });
      const made = await rig.fetch("/v1/files", {
        method: "POST",
        body: formBody([{ name: "purpose", value: "batch" }, wav]),
        headers: { "content-type": "multipart/form-data; boundary=test-boundary" },
      });
      const { id } = (await made.json()) as { id: string };
      service.contents.set(id, text);
      const batch = { input_file_id: id, endpoint: "/v1/responses", completion_window: "24h" };
      expect((await post(rig, "/v1/batches", batch)).status).toBe(status);
    });
  }
});

test("a 202 with a body is passed on and its object remembered", async () => {
  const service = objectService(({ method, path }) =>
    method === "POST" && path === "/conversations"
      ? jsonAnswer({ id: "conv_1", object: "conversation" }, { status: 202 })
      : path === "/conversations/conv_1"
        ? jsonAnswer({ id: "conv_1", object: "conversation" })
        : undefined,
  );
  const rig = await createRig({ objectsUpstream: "openai" }, { fetch: service.fetch });
  const made = await post(rig, "/v1/conversations", {});
  expect(made.status).toBe(202);
  expect(await made.json()).toMatchObject({ id: "conv_1" });
  expect((await rig.fetch("/v1/conversations/conv_1")).status).toBe(200);
});
