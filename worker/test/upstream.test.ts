// What the upstream may answer, group B: each fault becomes a refusal, a rebuilt error or an honest end.
import { describe, expect, test } from "vitest";
import {
  answering,
  CALLER_KEY,
  createRig,
  errorOf,
  eventStream,
  jsonAnswer,
  ORIGIN,
  SESSION_SECRET,
  UPSTREAM_KEY,
} from "./setup.ts";

const LEAK = `leak-canary ${UPSTREAM_KEY} https://upstream.example.com/models upstream.example.com`;
const respondWith = (answer: () => Response) => createRig({}, { fetch: answering(answer).fetch });

describe("statuses", () => {
  const rows: [string, () => Response, number, string, boolean][] = [
    ["B12 401", () => jsonAnswer({ error: { message: LEAK } }, { status: 401 }), 502, "upstream_auth", true],
    ["B12 403", () => jsonAnswer({ error: { message: LEAK } }, { status: 403 }), 502, "upstream_auth", true],
    [
      "301",
      () => new Response(null, { status: 301, headers: { location: "https://evil.example" } }),
      502,
      "upstream_redirect",
      true,
    ],
    ["304", () => new Response(null, { status: 304 }), 502, "upstream_redirect", true],
    ["408", () => new Response(LEAK, { status: 408 }), 504, "upstream_timeout", true],
    ["418", () => new Response(LEAK, { status: 418 }), 502, "upstream_unexpected_status", true],
    ["500", () => new Response(LEAK, { status: 500 }), 502, "upstream_failed", false],
    ["504", () => new Response(LEAK, { status: 504 }), 504, "upstream_timeout", true],
    ["B20 204", () => new Response(null, { status: 204 }), 502, "upstream_empty", true],
    ["201", () => jsonAnswer({ choices: [] }, { status: 201 }), 502, "upstream_unexpected_status", true],
  ];
  for (const [name, answer, status, reason, final] of rows) {
    for (const stream of [true, false]) {
      test(`${name} is ${status} ${reason} (${stream ? "streamed" : "whole"}), without its text`, async () => {
        const rig = await respondWith(answer);
        const response = await rig.chat({ stream });
        expect(response.status).toBe(status);
        expect(response.headers.get("x-should-retry")).toBe(final ? "false" : null);
        expect(response.headers.get("location")).toBeNull();
        const text = await response.text();
        for (const leak of LEAK.split(" ")) expect(text).not.toContain(leak);
        expect(rig.log).toMatchObject([
          { reason, status, outcome: "refused", upstream_status: answer().status },
        ]);
      });
    }
  }

  test("B01 a connection that fails is 502, and its message stays inside", async () => {
    const rig = await createRig({}, { fetch: () => Promise.reject(new TypeError(LEAK)) });
    const response = await rig.chat({ stream: true });
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("leak-canary");
    expect(rig.log).toMatchObject([{ reason: "upstream_unreachable", failure: "TypeError" }]);
    expect(JSON.stringify(rig.log)).not.toContain("leak-canary");
  });

  for (const [name, headers, expected] of [
    ["seconds", { "retry-after": "86400", "retry-after-ms": "1500" }, { after: "86400", ms: "1500" }],
    [
      "a date",
      { "retry-after": "Fri, 20 Nov 2026 00:00:00 GMT" },
      { after: "Fri, 20 Nov 2026 00:00:00 GMT", ms: null },
    ],
    ["x-ms", { "x-ms-retry-after-ms": "20" }, { after: null, ms: "20" }],
    ["nonsense", { "retry-after": "soon<script>", "retry-after-ms": "-1" }, { after: null, ms: null }],
  ] as const) {
    test(`B09 429 with ${name}: only a valid wait is passed on`, async () => {
      const rig = await respondWith(() =>
        jsonAnswer({ error: { message: LEAK } }, { status: 429, headers: { ...headers } }),
      );
      const response = await rig.chat({});
      expect(response.status).toBe(429);
      expect(response.headers.get("retry-after")).toBe(expected.after);
      expect(response.headers.get("retry-after-ms")).toBe(expected.ms);
      expect(response.headers.get("x-should-retry")).toBeNull();
      expect(await response.text()).not.toContain("leak-canary");
    });
  }

  test("B12 400 404 409 413 422 keep status and words, rebuilt and redacted", async () => {
    for (const status of [400, 404, 409, 413, 422]) {
      const rig = await respondWith(() =>
        jsonAnswer(
          {
            error: {
              code: "bad_thing",
              message: `about ${LEAK} ${"x".repeat(9000)}`,
              param: "messages",
              type: "t",
              stack: "leak",
              innererror: {
                code: "C",
                debug: "leak",
                content_filter_result: { hate: { filtered: true, severity: "high", extra: "leak" } },
              },
            },
            headers: { authorization: "leak" },
          },
          { status },
        ),
      );
      const response = await rig.chat({});
      expect(response.status).toBe(status);
      expect(response.headers.get("x-ms-error-code")).toBe("bad_thing");
      const error = await errorOf(response);
      expect(error).toMatchObject({
        code: "bad_thing",
        param: "messages",
        type: "t",
        innererror: { code: "C", content_filter_result: { hate: { filtered: true, severity: "high" } } },
      });
      const { message, ...rest } = error as { message: string };
      expect(message).toHaveLength(2048);
      expect(message).toContain("[redacted]");
      expect(message).not.toContain(UPSTREAM_KEY);
      expect(message).not.toContain("upstream.example.com");
      expect(JSON.stringify(rest)).not.toContain("leak");
    }
  });

  const shapes: [string, unknown, object][] = [
    [
      "flat",
      { status: 400, code: "content_filter", message: "m", param: "messages", type: null },
      { code: "content_filter", message: "m", param: "messages" },
    ],
    ["gateway", { statusCode: 404, message: "m" }, { message: "m" }],
    ["text", { error: "m" }, { message: "m" }],
    [
      "validation",
      {
        status: 422,
        code: "parameter_not_supported",
        detail: { loc: ["body", "n"], input: "leak" },
        message: "m",
      },
      { code: "parameter_not_supported", details: [{ loc: ["body", "n"] }] },
    ],
    ["a list", { detail: [{ loc: ["body"], input: "leak" }] }, { details: [{ loc: ["body"] }] }],
    [
      "hostile",
      { error: { code: "a\r\nb", message: 7, param: {}, type: ["x"] } },
      { code: "upstream_rejected" },
    ],
    ["nothing", null, { code: "upstream_rejected" }],
  ];
  for (const [name, body, expected] of shapes) {
    test(`an error written ${name} is understood`, async () => {
      const rig = await respondWith(() => jsonAnswer(body, { status: 422 }));
      const error = await errorOf(await rig.chat({}));
      expect(error).toMatchObject(expected);
      expect(JSON.stringify(error)).not.toContain("leak");
    });
  }

  test("B08 B16 of an endless error body at most 64 KiB is read, the rest cancelled", async () => {
    for (const status of [400, 500]) {
      let read = 0;
      let cancelled = false;
      const endless = () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              read += 16_384;
              controller.enqueue(new Uint8Array(16_384).fill(60));
            },
            cancel() {
              cancelled = true;
            },
          }),
          { status, headers: { "content-type": "text/html" } },
        );
      const rig = await respondWith(endless);
      const response = await rig.chat({});
      expect(response.status).toBe(status === 500 ? 502 : 400);
      expect(await response.text()).not.toContain("<<");
      expect(read).toBeLessThanOrEqual(64 * 1024 + 2 * 16_384);
      expect(cancelled).toBe(true);
    }
  });

  test("the emulator's own faults", async () => {
    const rig = await createRig();
    const expected: [string, number][] = [
      ["html", 502],
      ["redirect", 502],
      ["empty", 502],
      ["json-error", 502],
      ["server-error", 502],
      ["big-error", 502],
      ["unavailable", 503],
      ["rate-limit", 429],
      ["content-filter", 400],
    ];
    for (const [fault, status] of expected) {
      const response = await rig.chat({ model: `fault-${fault}`, stream: true });
      expect([fault, response.status]).toEqual([fault, status]);
      const error = await errorOf(response);
      if (fault === "content-filter")
        expect(error).toMatchObject({
          code: "content_filter",
          innererror: { code: "ResponsibleAIPolicyViolation" },
        });
    }
  });
});

describe("a 200 that is none", () => {
  const rows: [string, boolean, () => Response, string][] = [
    ["B13 an error", false, () => jsonAnswer({ error: { message: LEAK } }), "upstream_error_with_200"],
    [
      "B13 an error to a stream call",
      true,
      () => jsonAnswer({ error: { message: LEAK } }),
      "upstream_not_stream",
    ],
    [
      "H03 a page",
      true,
      () => new Response(`<html>${LEAK}`, { headers: { "content-type": "text/html" } }),
      "upstream_not_stream",
    ],
    [
      "H03 a page",
      false,
      () => new Response(`<html>${LEAK}`, { headers: { "content-type": "text/html" } }),
      "upstream_not_json",
    ],
    ["a list", false, () => jsonAnswer([LEAK]), "upstream_not_json"],
    [
      "half an object",
      false,
      () => new Response(`{"a":"${LEAK}`, { headers: { "content-type": "application/json" } }),
      "upstream_not_json",
    ],
    [
      "an object called text",
      false,
      () => new Response("{}", { headers: { "content-type": "text/plain" } }),
      "upstream_not_json",
    ],
    [
      "B20 nothing",
      false,
      () => new Response(null, { headers: { "content-type": "application/json" } }),
      "upstream_empty",
    ],
    [
      "B20 nothing",
      true,
      () => new Response(null, { headers: { "content-type": "text/event-stream" } }),
      "upstream_empty",
    ],
    [
      "B15 a compressed stream",
      true,
      () => eventStream("x", { "content-encoding": "br" }),
      "upstream_encoded",
    ],
  ];
  for (const [name, stream, answer, reason] of rows) {
    test(`${name} is 502 ${reason}`, async () => {
      const rig = await respondWith(answer);
      const response = await rig.chat({ stream });
      expect(response.status).toBe(502);
      expect(await response.text()).not.toContain("leak-canary");
      expect(rig.log).toMatchObject([{ reason }]);
    });
  }

  test("an answer past its limit is given up", async () => {
    const rig = await createRig(
      { limits: { answerBytes: 2048 } },
      { fetch: answering(() => jsonAnswer({ a: "x".repeat(4096) })).fetch },
    );
    expect((await rig.chat({})).status).toBe(502);
    expect(rig.log).toMatchObject([{ reason: "upstream_too_large" }]);
  });
});

describe("time", () => {
  test("B02 headers that never come: 504, and the call is closed", async () => {
    let signal: AbortSignal | undefined;
    const rig = await createRig(
      { deadlines: { headersMs: 40, wholeMs: 60 } },
      {
        fetch: (_url, init) => {
          signal = init.signal!;
          return new Promise(() => {}); // does not mind its signal
        },
      },
    );
    for (const stream of [true, false]) {
      const response = await rig.chat({ stream });
      expect(response.status).toBe(504);
      expect(response.headers.get("x-should-retry")).toBe("false");
      expect(signal!.aborted).toBe(true);
    }
    await rig.settled();
  });

  test("a caller who leaves before the headers closes the upstream call", async () => {
    let signal: AbortSignal | undefined;
    const rig = await createRig(
      {},
      {
        fetch: (_url, init) => {
          signal = init.signal!;
          return new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
        },
      },
    );
    const controller = new AbortController();
    const answer = rig.chat({ stream: true }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await answer;
    expect(signal!.aborted).toBe(true);
    expect(rig.log).toMatchObject([{ reason: "caller_gone", status: 499 }]);
    await rig.settled();
  });
});

test("P4 no secret and no prompt byte in any log entry or error, whatever the upstream does", async () => {
  const prompt = "prompt-canary-8d1f";
  const echo = (request: Request) =>
    jsonAnswer({ error: { message: JSON.stringify([...request.headers]) } }, { status: 400 });
  const logged: unknown[] = [];
  const errors: string[] = [];
  for (const fetch of [
    undefined,
    answering(echo).fetch,
    answering(() => jsonAnswer({ error: prompt })).fetch,
    answering(() => eventStream(`data: {"choices":[{"delta":{"content":"${prompt}"}}]}\n\ndata: [DONE]\n\n`))
      .fetch,
    () => Promise.reject(new Error(`${prompt} ${UPSTREAM_KEY}`)),
  ]) {
    const rig = await createRig({}, fetch === undefined ? {} : { fetch });
    for (const body of [
      {},
      { stream: true },
      { model: "fault-content-filter" },
      { n: 99 },
      { [prompt]: 1 },
      { model: prompt },
    ]) {
      const response = await rig.chat(
        { messages: [{ role: "user", content: prompt }], ...body },
        { headers: { origin: ORIGIN } },
      );
      const text = await response.text();
      if (response.status >= 400) errors.push(text + JSON.stringify([...response.headers]));
    }
    await rig.settled();
    logged.push(rig.log);
  }
  for (const secret of [UPSTREAM_KEY, CALLER_KEY, SESSION_SECRET]) {
    expect(JSON.stringify(logged)).not.toContain(secret);
    expect(errors.join("\n")).not.toContain(secret);
  }
  expect(JSON.stringify(logged)).not.toContain(prompt);
});
