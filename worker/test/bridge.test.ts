// The bridge between the model inference API and OpenAI's dialect: requests, whole answers, streams, errors.
import fc from "fast-check";
import { createParser } from "latchkey/sse";
import { describe, expect, test } from "vitest";
import { bridgeAnswer, bridgeError, bridgeRequest, type LimitMember, needsBridge } from "../bridge.ts";
import { bridgeStream, type StreamRules } from "../bridge-stream.ts";
import { secret } from "../config-upstream.ts";
import type { Refusal } from "../refusals.ts";

const openai = { kind: "openai", url: "https://api.openai.com/v1" } as const;
const azureV1 = { kind: "openai", url: "https://r.openai.azure.com/openai/v1" } as const;
const azure = { kind: "azure-openai", url: "https://r.openai.azure.com" } as const;
const hello = [{ role: "user", content: "hi" }];

function chat(
  members: Record<string, unknown>,
  upstream: typeof openai | typeof azureV1 | typeof azure = openai,
  limitMember: LimitMember = "max_tokens",
) {
  return bridgeRequest("chat", { messages: hello, ...members }, { upstream, limitMember });
}

describe("when", () => {
  const rows = [
    ["inference", "chat", "openai", true],
    ["inference", "embeddings", "azure-openai", true],
    ["inference", "chat", "projects", true],
    ["inference", "chat", "inference", false],
    ["openai", "chat", "openai", false],
    ["azure-openai", "chat", "openai", false],
    ["inference", "image_embeddings", "openai", false],
  ] as const;
  for (const [dialect, operation, kind, expected] of rows) {
    test(`${dialect} ${operation} at ${kind}: ${expected}`, () =>
      expect(needsBridge(dialect, operation, kind)).toBe(expected));
  }
});

describe("requests", () => {
  test("what both know is the same", () => {
    const members = {
      messages: hello,
      temperature: 0.5,
      top_p: 1,
      stop: ["x"],
      seed: 7,
      frequency_penalty: 1,
      presence_penalty: 1,
      response_format: { type: "json_object" },
      tools: [{ type: "function", function: { name: "f" } }],
      tool_choice: "auto",
      stream: true,
      max_tokens: 10,
      top_k: 4,
    };
    expect(chat(members)).toEqual({ ok: true, renamed: false, members });
  });

  test("the limit takes the name that the model knows", () => {
    const bridged = chat({ max_tokens: 10 }, openai, "max_completion_tokens");
    expect(bridged).toMatchObject({ renamed: true, members: { max_completion_tokens: 10 } });
    expect((bridged as { members: object }).members).not.toHaveProperty("max_tokens");
    expect(chat({}, openai, "max_completion_tokens")).toMatchObject({ renamed: false });
  });

  test("audio by a data URL becomes a part with bytes and format", () => {
    const content = (mime: string) => [
      {
        role: "user",
        content: [{ type: "audio_url", audio_url: { url: `data:audio/${mime};base64,AAAA` } }],
      },
    ];
    for (const [mime, format] of [
      ["wav", "wav"],
      ["mpeg", "mp3"],
      ["MP3", "mp3"],
    ] as const) {
      expect(chat({ messages: content(mime) })).toMatchObject({
        members: {
          messages: [{ content: [{ type: "input_audio", input_audio: { data: "AAAA", format } }] }],
        },
      });
    }
    expect(chat({ messages: content("ogg") })).toMatchObject({
      detail: { status: 422, param: "messages.0.content.0.audio_url" },
    });
  });

  test("who the end user is goes to Azure, by either of its addresses, and nowhere else", () => {
    const security = { user_security_context: { application_name: "a" } };
    expect(chat(security, azure)).toMatchObject({ ok: true, members: security });
    expect(chat(security, azureV1)).toMatchObject({ ok: true, members: security });
    const evil = { kind: "openai", url: "https://openai.azure.com.evil.example/v1" } as never;
    expect(chat(security, evil)).toMatchObject({ ok: false });
  });

  const refused: [string, () => unknown, string][] = [
    [
      "user_security_context",
      () => chat({ user_security_context: { source_ip: "canary" } }),
      "user_security_context",
    ],
    [
      "two limits",
      () => chat({ max_tokens: 1, max_completion_tokens: 2 }, openai, "max_completion_tokens"),
      "max_tokens",
    ],
    ["input_type query", () => embed({ input_type: "query" }), "input_type"],
    ["input_type document", () => embed({ input_type: "document" }), "input_type"],
    ["encoding_format int8", () => embed({ encoding_format: "int8" }), "encoding_format"],
    ["encoding_format ubinary", () => embed({ encoding_format: "ubinary" }), "encoding_format"],
  ];
  for (const [name, bridge, param] of refused) {
    test(`${name} has no counterpart: 422 with its place, without its value`, () => {
      const refusal = bridge() as Refusal;
      expect(refusal).toMatchObject({
        ok: false,
        reason: "body_invalid",
        detail: {
          status: 422,
          code: "parameter_not_supported",
          param,
          details: [{ loc: ["body", ...param.split(".")] }],
        },
      });
      expect(JSON.stringify(refusal)).not.toContain("canary");
    });
  }

  test("embeddings: input_type text says nothing, and what both know is the same", () => {
    const members = { input: ["a", "b"], dimensions: 8, encoding_format: "base64" };
    expect(embed({ ...members, input_type: "text" })).toEqual({ ok: true, renamed: false, members });
  });

  function embed(members: Record<string, unknown>) {
    return bridgeRequest("embeddings", members, { upstream: openai, limitMember: "max_tokens" });
  }
});

const rules = { model: "public", contentFilters: "keep", requestId: "id-1" } as const;
const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 5,
  model: "gpt-4.1-2025-04-14",
  service_tier: "default",
  prompt_filter_results: [{ prompt_index: 0 }],
  choices: [
    {
      index: 0,
      finish_reason: "stop",
      logprobs: null,
      message: { role: "assistant", content: "hi", refusal: null },
      content_filter_results: { hate: { filtered: false } },
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};

describe("whole answers", () => {
  test("the model has its public name; the rest stays", () => {
    expect(bridgeAnswer("chat", answer, rules)).toEqual({ ...answer, model: "public" });
  });

  test("content filters are dropped where the operator says so", () => {
    const told = JSON.stringify(bridgeAnswer("chat", answer, { ...rules, contentFilters: "drop" }));
    expect(told).not.toContain("filter");
    expect(told).toContain('"content":"hi"');
  });

  test("what the SDK's types promise is there", () => {
    const bare = { choices: [{ message: { tool_calls: [] } }] };
    expect(bridgeAnswer("chat", bare, rules)).toEqual({
      id: "",
      object: "chat.completion",
      created: 0,
      model: "public",
      choices: [
        { index: 0, finish_reason: null, message: { role: "assistant", content: null, tool_calls: [] } },
      ],
    });
    const vectors = { data: [], usage: { prompt_tokens: 1, total_tokens: 1 }, model: "m" };
    expect(bridgeAnswer("embeddings", vectors, rules)).toEqual({
      ...vectors,
      id: "id-1",
      object: "list",
      model: "public",
    });
  });

  test("A32 members called __proto__ are data", () => {
    const hostile = JSON.parse('{"choices":[{"__proto__":{"x":1},"message":{"__proto__":{"y":1}}}]}');
    const told = bridgeAnswer("chat", hostile, rules);
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(JSON.stringify(told)).toContain('"__proto__":{"x":1}');
  });
});

describe("errors", () => {
  const rows: [string, object, boolean, object][] = [
    [
      "a parameter that the model can't honour",
      {
        status: 400,
        code: "unsupported_parameter",
        param: "logprobs",
        message: "m",
        type: "invalid_request_error",
      },
      false,
      {
        status: 422,
        code: "parameter_not_supported",
        param: "logprobs",
        details: [{ loc: ["body", "logprobs"] }],
      },
    ],
    [
      "a value of a nested one",
      { status: 400, code: "unsupported_value", param: "messages[0].role", message: "m" },
      false,
      { status: 422, details: [{ loc: ["body", "messages", "0", "role"] }] },
    ],
    [
      "the limit, which got another name",
      {
        status: 400,
        code: "invalid",
        param: "max_completion_tokens",
        message: "'max_completion_tokens' is too large",
      },
      true,
      { status: 400, param: "max_tokens", message: "'max_tokens' is too large" },
    ],
    [
      "the limit, by the name that the caller used",
      { status: 400, param: "max_completion_tokens", message: "max_completion_tokens" },
      false,
      { param: "max_completion_tokens", message: "max_completion_tokens" },
    ],
    [
      "an unknown model",
      { status: 404, code: "DeploymentNotFound" },
      false,
      { status: 404, code: "unknown_model" },
    ],
    [
      "a blocked prompt",
      { status: 400, code: "content_filter", param: "prompt", message: "m", innererror: { code: "R" } },
      false,
      { status: 400, code: "content_filter", param: "prompt", innererror: { code: "R" } },
    ],
    [
      "a code like a member of Object",
      { status: 400, code: "constructor" },
      false,
      { status: 400, code: "constructor" },
    ],
  ];
  for (const [name, detail, renamed, expected] of rows) {
    test(name, () => expect(bridgeError(detail, renamed)).toMatchObject(expected));
  }
});

const KEY = "upstream-key-canary";
const streamRules: StreamRules = {
  ...rules,
  renamed: true,
  eventBytes: 1024,
  service: {
    upstream: {
      name: "default",
      kind: "openai",
      url: "https://api.openai.com/v1",
      key: secret(KEY),
      apiVersion: undefined,
      endsWithoutDone: false,
      entra: undefined,
      agents: new Set(),
      deployments: new Map(),
      connections: new Map(),
    } as StreamRules["service"]["upstream"],
    models: [],
  },
};

function streamOf(pieces: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const left = pieces.map((piece) => (typeof piece === "string" ? encoder.encode(piece) : piece));
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
}

const bridged = (pieces: readonly (string | Uint8Array)[], change: Partial<StreamRules> = {}) =>
  new Response(bridgeStream(streamOf(pieces), { ...streamRules, ...change })).text();

/** The reader of azure-ai-inference for Python, line by line: whatever it does not know is an error. */
function readStrictly(text: string): unknown[] {
  const found: unknown[] = [];
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "") continue;
    if (!line.startsWith("data: ")) throw new Error(`SSE event not supported (line ${line})`);
    if (line.startsWith("data: [DONE]")) return found;
    found.push(JSON.parse(line.slice(6)));
  }
  return found;
}

const chunk = (content: string) =>
  JSON.stringify({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-4.1-2025",
    choices: [{ index: 0, delta: { content }, finish_reason: null, content_filter_results: {} }],
  });

describe("streams", () => {
  test("the Python SDK reads it, whatever form the service's events have", async () => {
    const text = await bridged([
      ": OPENROUTER PROCESSING\r\n\r\n",
      `event: message\r\nid: 1\r\ndata: ${chunk("a")}\r\n\r\n`,
      `data:${chunk("b")}\n\n: ping\n\n`,
      'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}\n\n',
      "data: [DONE]\n\n",
      'data: {"late":1}\n\n',
    ]);
    expect(readStrictly(text)).toMatchObject([
      { model: "public", object: "chat.completion.chunk", choices: [{ delta: { content: "a" } }] },
      { choices: [{ delta: { content: "b" } }] },
      { choices: [], usage: { total_tokens: 3 } },
    ]);
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect(text).not.toContain("late");
  });

  test("A35 Azure's first chunk stays with its filters, or goes with them", async () => {
    const pieces = [
      'data: {"id":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n',
      "data: [DONE]\n\n",
    ];
    expect(readStrictly(await bridged(pieces))).toMatchObject([
      { prompt_filter_results: [{ prompt_index: 0 }] },
    ]);
    expect(await bridged(pieces, { contentFilters: "drop" })).toBe("data: [DONE]\n\n");
    expect(await bridged([`data: ${chunk("a")}\n\n`], { contentFilters: "drop" })).not.toContain("filter");
  });

  test("A28 an error inside the stream is told in the caller's dialect, without the operator's secrets", async () => {
    const text = await bridged([
      `data: ${chunk("a")}\n\n`,
      `event: error\ndata: {"error":{"message":"key ${KEY} max_completion_tokens","code":"invalid_value"}}\n\n`,
      `data: {"error":{"message":"pod-7 at 10.0.0.7 ran out of memory","code":"server_error"}}\n\n`,
    ]);
    expect(readStrictly(text).slice(-2)).toEqual([
      { error: { code: "invalid_value", message: "key [redacted] max_tokens", request_id: "id-1" } },
      { error: { code: "upstream_failed", message: "The model service failed.", request_id: "id-1" } },
    ]);
  });

  test("A37 text with line ends of any kind stays one event", async () => {
    const content = "a\r\nb\u2028c\0d\n\ndata: x";
    const [read] = readStrictly(await bridged([`data: ${chunk(content)}\n\n`])) as {
      choices: { delta: { content: string } }[];
    }[];
    expect(read!.choices[0]!.delta.content).toBe(content);
  });

  test("P1 an event that is cut off is not passed, and no end is made up", async () => {
    const text = await bridged([`data: ${chunk("a")}\n\ndata: {"id":"c","cho`]);
    expect(readStrictly(text)).toHaveLength(1);
    expect(text).not.toContain("[DONE]");
  });

  test("A23 A29 an event past the limit, or one that is no JSON, breaks off and is not quoted", async () => {
    for (const bad of [`data: ${chunk("z".repeat(5000))}\n\n`, "data: canary\n\n", "data: 7\n\n"]) {
      const reader = bridgeStream(streamOf([`data: ${chunk("a")}\n\n`, bad]), streamRules).getReader();
      expect((await reader.read()).done).toBe(false);
      const failed = await reader.read().then(
        () => undefined,
        (cause: Error) => cause,
      );
      expect(failed).toBeInstanceOf(Error);
      expect(String(failed)).not.toContain("canary");
    }
  });

  test("a caller who leaves closes the service", async () => {
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      cancel() {
        cancelled = true;
      },
    });
    await bridgeStream(source, streamRules).cancel();
    expect(cancelled).toBe(true);
  });

  test("property: however the bytes are cut, the same chunks come out", async () => {
    const whole = new TextEncoder().encode(
      `data: ${chunk("grüße 🎈")}\r\n\r\n: c\n\ndata: ${chunk("b")}\n\ndata: [DONE]\n\n`,
    );
    const expected = await bridged([whole]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 20 }), async (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(await bridged(pieces.filter(({ length }) => length > 0))).toBe(expected);
      }),
      { numRuns: 50 },
    );
    let events = 0;
    createParser({ onEvent: () => (events += 1) }).feed(new TextEncoder().encode(expected));
    expect(events).toBe(3);
  });
});
