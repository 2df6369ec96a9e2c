// Errors that a service writes into a stream: told as its other errors are, however the bytes arrive.
import { describe, expect, test } from "vitest";
import type { Model, Upstream } from "../config.ts";
import { createEventPass } from "../event-pass.ts";
import { createMeter } from "../meter.ts";
import { defineConfig } from "../proxy.ts";
import { passOpening } from "../relay-opening.ts";
import { errorPass, errorWords, passErrors } from "../stream-errors.ts";
import { answering, createRig, eventStream } from "./setup.ts";

const KEY = "upstream-key-canary-4711";
const HOST = "upstream-canary.example.com";
const encoder = new TextEncoder();

const config = defineConfig({
  upstreams: { u: { kind: "openai", url: `https://${HOST}/v1`, key: KEY } },
  models: { "gpt-5-mini": { upstream: "u", deployment: "deployment-canary" } },
  callerKeys: [],
});
const service = {
  upstream: config.upstreams.get("u") as Upstream,
  models: [...config.models.values()] as Model[],
};
const words = errorWords({ service, dialect: "openai", requestId: "id-1" });

async function passed(pieces: readonly Uint8Array[], eventBytes = 1e6): Promise<string> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  return new Response(passErrors(source, words, eventBytes)).text();
}

const event = (data: unknown, name?: string) =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
const dataOf = (text: string) =>
  text
    .split(/(?:\r\n|\r|\n){2,}/)
    .filter((block) => block !== "")
    .map((block) =>
      block
        .split(/\r\n|\r|\n/)
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).trim())
        .join("\n"),
    )
    .map((data) => (data.startsWith("{") ? JSON.parse(data) : data));
const told = async (text: string) => dataOf(await passed([encoder.encode(text)]));

const word = {
  choices: [{ index: 0, delta: { content: 'an "error": {"message"} é😀' }, finish_reason: null }],
};
const failed = {
  error: {
    message: `Deployment deployment-canary at ${HOST} with ${KEY} in pod-canary`,
    type: "server_error",
  },
};
const FAILED = {
  message: "The model service failed.",
  type: "server_error",
  param: null,
  code: "upstream_failed",
  request_id: "id-1",
};

describe("however the bytes are cut", () => {
  const text = [
    ": begun\n",
    event(word),
    event(failed, "error"),
    event(word).replaceAll("\n", "\r\n"),
    `: note\r\rid: 7\revent: error\r: canary comment\rdata: {"error":\rdata: {"message": "canary"}}\r\r`,
    `data: {"\\u0065rror": {"message": "canary"}}\n\n`,
    event("[DONE]"),
  ].join("");
  const bytes = encoder.encode(text);
  const expected = [word, { error: FAILED }, word, { error: FAILED }, { error: FAILED }, "[DONE]"];

  test("in two, anywhere", async () => {
    const whole = await passed([bytes]);
    expect(dataOf(whole.replace(/: begun\n|: note\r\r/g, ""))).toEqual(expected);
    expect(whole).not.toContain("canary");
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await passed([bytes.slice(0, cut), bytes.slice(cut)]), `at ${cut}`).toBe(whole);
    }
  });

  test("in pieces of any length", async () => {
    const whole = await passed([bytes]);
    for (let size = 1; size < 40; size += 1) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.slice(index * size, (index + 1) * size),
      );
      expect(await passed(pieces), `of ${size}`).toBe(whole);
    }
  });

  test("A07 A08 a byte order mark is none but at the very start: it neither hides an error nor makes one", async () => {
    const mark = "\uFEFF";
    const hidden = `${mark}data: {"error": {"message": "said to nobody"}}\n\n`;
    const bytes2 = encoder.encode(mark + event(failed) + event(word) + hidden + event(word));
    const whole = await passed([bytes2]);
    expect(whole).toBe(event({ error: FAILED }) + event(word) + hidden + event(word));
    for (let size = 1; size < 40; size += 1) {
      const pieces = Array.from({ length: Math.ceil(bytes2.length / size) }, (_, index) =>
        bytes2.slice(index * size, (index + 1) * size),
      );
      expect(await passed(pieces), `of ${size}`).toBe(whole);
    }
  });

  test("what is no error passes byte by byte as it came", async () => {
    const plain = [
      ": c\n\n",
      event(word),
      event(word).replaceAll("\n", "\r"),
      "data: not json, no problem\n\n",
      event({ type: "response.created", response: { error: null } }, "response.created"),
      event("[DONE]"),
    ].join("");
    const plainBytes = encoder.encode(plain);
    for (let cut = 0; cut <= plainBytes.length; cut += 1) {
      expect(await passed([plainBytes.slice(0, cut), plainBytes.slice(cut)])).toBe(plain);
    }
  });
});

describe("whose fault it is", () => {
  test.each([
    ["a type", { type: "invalid_request_error", code: "string_too_long" }],
    ["a status as code", { code: 400, type: "x" }],
    ["a status as text", { status: "422" }],
    ["a code", { code: "content_filter" }],
  ])("the caller's, by %s: the service's words, without what is the operator's", async (_, marks) => {
    const [{ error }] = await told(
      event({ error: { message: `Too long for deployment-canary at ${HOST}, key ${KEY}`, ...marks } }),
    );
    expect(error.message).toBe("Too long for gpt-5-mini at [redacted], key [redacted]");
  });

  test.each([[{ code: "rate_limit_exceeded" }], [{ code: 429 }], [{ type: "rate_limit_error" }]])(
    "too often: %j",
    async (marks) => {
      const [{ error }] = await told(event({ error: { message: "canary", ...marks } }));
      expect(error).toMatchObject({ code: "rate_limit_exceeded" });
      expect(JSON.stringify(error)).not.toContain("canary");
    },
  );

  // As OpenAI and DeepSeek write what they answer with 401 and 429 elsewhere: the type or the code alone would say "yours".
  test.each([
    ["a wrong key", { type: "invalid_request_error", code: "invalid_api_key" }, "upstream_failed"],
    ["a wrong key", { type: "authentication_error", code: "invalid_request_error" }, "upstream_failed"],
    ["no money left", { type: "invalid_request_error", code: "insufficient_quota" }, "upstream_failed"],
    ["a closed account", { type: "invalid_request_error", code: "account_deactivated" }, "upstream_failed"],
    ["a status of refusal", { type: "invalid_request_error", code: "401" }, "upstream_failed"],
    ["a status of failure", { type: "invalid_request_error", status: 503 }, "upstream_failed"],
    ["too often", { type: "invalid_request_error", code: 429 }, "rate_limit_exceeded"],
  ])("%s of the operator's is nothing that the caller is told: %j", async (_, marks, code) => {
    const [{ error }] = await told(
      event({
        error: { message: "Incorrect API key: sk-canary****4711. Organization org-canary", ...marks },
      }),
    );
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).not.toContain("canary");
  });

  test("nobody knows: the same words as for a failure of the service", async () => {
    expect(await told(event(failed))).toEqual([{ error: FAILED }]);
  });
});

describe("forms of errors", () => {
  test("flat, of the Responses API", async () => {
    const flat = { type: "error", code: "server_error", message: "canary", param: null, sequence_number: 4 };
    expect(await told(event(flat, "error"))).toEqual([
      {
        type: "error",
        sequence_number: 4,
        code: "upstream_failed",
        message: "The model service failed.",
        param: null,
      },
    ]);
  });

  test("with a type and an error around it", async () => {
    const wrapped = { type: "error", error: { message: "canary", code: "x" }, host: "canary" };
    expect(await told(event(wrapped))).toEqual([{ type: "error", error: FAILED }]);
  });

  test("flat, without a type", async () => {
    expect(await told(event({ object: "error", message: "canary", code: 500 }))).toEqual([{ error: FAILED }]);
  });

  test("a text in place of JSON", async () => {
    expect(await told("data: error: connect ECONNREFUSED pod-canary:8000\n\n")).toEqual([{ error: FAILED }]);
    expect(await told(event("Internal canary", "error"))).toEqual([{ error: FAILED }]);
  });

  test("a response that failed keeps everything but what is the operator's", async () => {
    const response = { id: "resp_1", status: "failed", error: { code: "x", message: `at ${HOST}: ${KEY}` } };
    const text = event({ type: "response.failed", sequence_number: 9, response }, "response.failed");
    expect(await told(text)).toEqual([
      {
        type: "response.failed",
        sequence_number: 9,
        response: { ...response, error: { code: "x", message: "at [redacted]: [redacted]" } },
      },
    ]);
  });
});

describe("beside the data of an error", () => {
  test("only what the protocol needs passes: no id, name or type that could hold something else", async () => {
    const data = JSON.stringify({ type: HOST, error: { message: "x" } });
    const lines = [`id: ${KEY}`, `event: error ${KEY}`, `: ${KEY}`, `retry: ${KEY}`, `other: ${KEY}`];
    expect(await passed([encoder.encode(`${lines.join("\n")}\ndata: ${data}\n\n`)])).toBe(
      `data: ${JSON.stringify({ error: FAILED })}\n\n`,
    );
    const plain = `event: thread.run.failed\nid: 17\nretry: 3000\ndata: ${data}\n\n`;
    expect(await passed([encoder.encode(plain)])).toBe(
      `event: thread.run.failed\nid: 17\nretry: 3000\ndata: ${JSON.stringify({ error: FAILED })}\n\n`,
    );
  });
});

test("while an event is held that comes slowly, the caller gets comments", async () => {
  let sent = 0;
  const slow = event({ choices: [{ delta: { content: "a slow word" } }] });
  const source = new ReadableStream<Uint8Array>({
    type: "bytes",
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 8));
      if (sent < slow.length) controller.enqueue(encoder.encode(slow[sent]));
      else controller.close();
      sent += 1;
      if (sent > slow.length) (controller as ReadableByteStreamController).byobRequest?.respond(0);
    },
  });
  let text = "";
  const writable = new WritableStream<Uint8Array>({
    write(bytes) {
      text += new TextDecoder().decode(bytes);
    },
  });
  const ended = await passOpening(source, writable, {
    meter: createMeter(),
    idleMs: 5000,
    streamMs: 5000,
    stallMs: 5000,
    heartbeat: { ms: 50, bytes: encoder.encode(": heartbeat\n\n") },
    opening: errorPass(words, 1e6),
    callerSignal: undefined,
    native: false,
    closeUpstream: () => {},
    frame: () => new Uint8Array(),
  });
  expect(ended).toBe("done");
  expect(text.replaceAll(": heartbeat\n\n", "")).toBe(slow);
  expect(text).toContain(": heartbeat");
});

describe("long events", () => {
  const long = { choices: [{ delta: { content: "x".repeat(200_000) } }] };

  test("pass as they come, and what follows is looked at again", async () => {
    const text = event(long) + event(failed) + event(long).replaceAll("\n", "\r\n") + event(failed);
    const bytes = encoder.encode(text);
    for (const size of [1000, 4096, 65_536, 65_537, 200_020]) {
      const pass = createEventPass(errorPass(words, 1e6));
      let most = 0;
      let out = "";
      for (let at = 0; at < bytes.length; at += size) {
        const some = pass.push(bytes.slice(at, at + size));
        most = Math.max(most, some?.byteLength ?? 0);
        out += new TextDecoder().decode(some);
      }
      expect(dataOf(out)).toEqual([long, { error: FAILED }, long, { error: FAILED }]);
      expect(most).toBeLessThan(70_000 + 2 * size);
    }
  });

  test("an error is held until it is whole, and refused when it doesn't end", async () => {
    const huge = { error: { message: "canary".repeat(50_000) } };
    const bytes = encoder.encode(event(huge));
    const pieces = Array.from({ length: Math.ceil(bytes.length / 5000) }, (_, index) =>
      bytes.slice(index * 5000, (index + 1) * 5000),
    );
    expect(dataOf(await passed(pieces))).toEqual([{ error: FAILED }]);
    await expect(passed(pieces, 100_000)).rejects.toThrow("too large");
  });
});

describe("in the proxy", () => {
  const stream = { stream: true, model: "via-openai" };
  const path = "/v1/chat/completions";

  test("P4 H03 chat: neither key nor address in what the caller gets; the log knows that it failed", async () => {
    const text = event(word) + event({ error: { message: `canary emulator-key`, type: "server_error" } });
    const rig = await createRig(
      {},
      answering(() => eventStream(text)),
    );
    const answer = await (await rig.chat(stream, { path })).text();
    expect(answer).not.toMatch(/canary|emulator-key/);
    expect(answer).toContain('"code":"upstream_failed"');
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "upstream_error", events: 2 }]);
  });

  test("also for a caller with a budget, whose usage is taken out", async () => {
    const text = event(word) + event({ error: { message: "canary", type: "server_error" } });
    const rig = await createRig(
      { perCaller: { tokensPerDay: 100_000 } },
      answering(() => eventStream(text)),
    );
    const answer = await (await rig.chat(stream, { path })).text();
    expect(answer).not.toContain("canary");
    expect(answer).toContain('"code":"upstream_failed"');
    await rig.settled();
    expect(rig.log).toMatchObject([{ outcome: "upstream_error" }]);
  });

  test("also of the Responses API", async () => {
    const text =
      event({ type: "response.created", response: { id: "resp_1", error: null } }, "response.created") +
      event({ type: "error", code: "server_error", message: "canary", param: null }, "error");
    const rig = await createRig(
      {},
      answering(() => eventStream(text)),
    );
    const response = await rig.fetch("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "via-openai", input: "x", stream: true }),
    });
    const answer = await response.text();
    expect(answer).not.toContain("canary");
    expect(answer).toContain('event: error\ndata: {"type":"error","code":"upstream_failed"');
  });
});
