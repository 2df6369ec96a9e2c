import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createEmulator } from "../index.ts";
import { SCENARIOS } from "../scenarios.ts";
import {
  ask,
  chunksOf,
  contentOf,
  decode,
  drain,
  emulatorOf,
  type Question,
  recordsOf,
  requestOf,
} from "./asking.ts";

/** The first request of a fresh emulator: ids are the same with and without a scenario, so bytes can be compared. */
async function written(
  question: Question,
): Promise<{ response: Response; writes: Uint8Array[]; text: string; error?: unknown }> {
  const response = await ask(emulatorOf(), question);
  const drained = await drain(response);
  return { response, ...drained, text: decode(drained.writes) };
}

async function plainRecords(question: Question = {}): Promise<string[]> {
  const { text } = await written(question);
  return text.split(/(?<=\n\n)/);
}

describe("cut short", () => {
  test("cut ends cleanly after N records, without [DONE]", async () => {
    const { text, error } = await written({ scenario: "cut;after=3" });
    expect(error).toBeUndefined();
    expect(text).toBe((await plainRecords()).slice(0, 3).join(""));
  });

  test("cut never reaches the finish record, however large N is", async () => {
    const { text } = await written({ scenario: "cut;after=1000" });
    expect(text).toBe((await plainRecords()).slice(0, -2).join(""));
  });

  test("cut-before-done leaves out [DONE] and nothing else", async () => {
    const { text } = await written({ scenario: "cut-before-done" });
    expect(text).toBe((await plainRecords()).slice(0, -1).join(""));
  });

  test("half-event ends B bytes into the next record", async () => {
    const { text } = await written({ scenario: "half-event;after=2;bytes=17" });
    const plain = await plainRecords();
    expect(text).toBe(plain.slice(0, 2).join("") + plain[2]?.slice(0, 17));
  });

  test("reset fails the body after N records", async () => {
    const { writes, error } = await written({ scenario: "reset;after=2" });
    expect(writes).toHaveLength(2);
    expect(error).toBeInstanceOf(TypeError);
  });

  test("empty is 200 with the right type and no body", async () => {
    const { response, writes } = await written({ scenario: "empty" });
    expect([response.status, response.headers.get("content-type"), writes.length]).toEqual([
      200,
      "text/event-stream; charset=utf-8",
      0,
    ]);
  });

  test.each(["cut", "reset", "half-event", "stall"])(
    "a whole answer too has a middle: %s",
    async (scenario) => {
      const emulator = emulatorOf();
      const response = await ask(emulator, { stream: false, scenario: `${scenario};after=3` });
      const reader = response.body!.getReader();
      let text = "";
      for (let i = 0; i < 3; i++) text += decode([(await reader.read()).value as Uint8Array]);
      expect(() => JSON.parse(text)).toThrow();
      await reader.cancel().catch(() => {});
      expect(emulator.ledger[0]?.outcome).not.toBe("open");
    },
  );
});

describe("silent", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("stall writes N records, then nothing, and holds no timer", async () => {
    const emulator = emulatorOf();
    const reader = (await ask(emulator, { scenario: "stall;after=2" })).body!.getReader();
    await reader.read();
    await reader.read();
    let more = false;
    void reader.read().then(({ done }) => {
      more = !done;
    });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(more).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    await reader.cancel();
    expect(emulator.ledger[0]).toMatchObject({ outcome: "cancelled", chunks: 2 });
  });

  test("ping-stall writes one comment every M milliseconds, and no timer outlives the reader", async () => {
    const reader = (await ask(emulatorOf(), { scenario: "ping-stall;after=1;ms=50" })).body!.getReader();
    await reader.read();
    for (let i = 0; i < 3; i++) {
      const ping = reader.read();
      await vi.advanceTimersByTimeAsync(50);
      expect(decode([(await ping).value as Uint8Array])).toBe(": ping\n\n");
    }
    void reader.read();
    expect(vi.getTimerCount()).toBe(1);
    await reader.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("done-open keeps the body open after [DONE]", async () => {
    const plain = await plainRecords();
    const reader = (await ask(emulatorOf(), { scenario: "done-open" })).body!.getReader();
    const writes: Uint8Array[] = [];
    for (const _ of plain) writes.push((await reader.read()).value as Uint8Array);
    expect(decode(writes)).toBe(plain.join(""));
    let ended = false;
    void reader.read().then(() => {
      ended = true;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ended).toBe(false);
    await reader.cancel();
  });

  test("slow pauses before each record but the first", async () => {
    const reader = (await ask(emulatorOf(), { scenario: "slow;ms=70" })).body!.getReader();
    await reader.read();
    let second = false;
    void reader.read().then(() => {
      second = true;
    });
    await vi.advanceTimersByTimeAsync(69);
    expect(second).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(second).toBe(true);
    await reader.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("slow-headers waits before the head; an abort ends the wait and its timer", async () => {
    const emulator = emulatorOf();
    const answered = ask(emulator, { scenario: "slow-headers;ms=500" });
    await vi.advanceTimersByTimeAsync(500);
    expect((await answered).status).toBe(200);
    const controller = new AbortController();
    const aborted = ask(emulator, { scenario: "slow-headers;ms=500", signal: controller.signal });
    const rejected = expect(aborted).rejects.toThrow("enough");
    await vi.advanceTimersByTimeAsync(10);
    controller.abort(new Error("enough"));
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
    expect(emulator.ledger[1]?.outcome).toBe("cancelled");
  });

  test("paceMs waits between two chunks, and abort clears the wait", async () => {
    const controller = new AbortController();
    const emulator = createEmulator({ paceMs: 25 });
    const reader = (await ask(emulator, { signal: controller.signal })).body!.getReader();
    await reader.read();
    const second = reader.read();
    const rejected = expect(second).rejects.toThrow("stop");
    expect(vi.getTimerCount()).toBe(1);
    controller.abort(new Error("stop"));
    await rejected;
    expect(vi.getTimerCount()).toBe(0);
    expect(emulator.ledger[0]).toMatchObject({ outcome: "cancelled", chunks: 1 });
  });
});

describe("bytes in odd places", () => {
  test("byte-per-write writes every byte by itself", async () => {
    const { writes, text } = await written({ scenario: "byte-per-write" });
    expect(text).toBe((await plainRecords()).join(""));
    expect(writes.every((write) => write.byteLength === 1)).toBe(true);
  });

  test("split-utf8 puts boundaries inside characters; joined, the text is whole", async () => {
    const { writes, text } = await written({ scenario: "split-utf8" });
    const strict = new TextDecoder("utf-8", { fatal: true });
    const broken = writes.filter((write) => {
      try {
        strict.decode(write);
        return false;
      } catch {
        return true;
      }
    });
    expect(broken.length).toBeGreaterThan(50);
    const content = contentOf(chunksOf(text));
    expect(content).toContain("你好，世界");
    expect(content).toContain("👨‍👩‍👧‍👦");
    expect(content).not.toContain("\ufffd");
  });

  test("crlf changes line ends and nothing else", async () => {
    const { text } = await written({ scenario: "crlf" });
    expect(text).toBe((await plainRecords()).join("").replaceAll("\n", "\r\n"));
  });

  test("bom puts EF BB BF before the first record", async () => {
    const { writes, text } = await written({ scenario: "bom" });
    expect([...writes[0]!.subarray(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x64]);
    expect(text.slice(1)).toBe((await plainRecords()).join(""));
  });
});

describe("errors in a stream", () => {
  const error = {
    message: "The server had an error while processing your request. Sorry about that!",
    type: "server_error",
    param: null,
    code: "quota",
  };

  test("error-event is a named event after N records", async () => {
    const { text } = await written({ scenario: "error-event;after=2;code=quota" });
    const plain = await plainRecords();
    expect(text).toBe(`${plain.slice(0, 2).join("")}event: error\ndata: ${JSON.stringify({ error })}\n\n`);
  });

  test("error-event;named=0 is a plain data record", async () => {
    const { text } = await written({ scenario: "error-event;after=2;code=quota;named=0" });
    expect(recordsOf(text).at(-1)).toBe(JSON.stringify({ error }));
  });

  test("malformed-json is one broken record in a stream that goes on", async () => {
    const { text } = await written({ scenario: "malformed-json;after=2;data={canary" });
    const plain = await plainRecords();
    plain.splice(2, 0, "data: {canary\n\n");
    expect(text).toBe(plain.join(""));
  });
});

describe("other answers", () => {
  test("html is a page with 200", async () => {
    const { response, text } = await written({ scenario: "html" });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "text/html; charset=utf-8",
    ]);
    expect(text).toMatch(/^<!doctype html>/);
  });

  test("json-error is 200 with an error", async () => {
    const { response, text } = await written({ scenario: "json-error" });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(JSON.parse(text)).toMatchObject({ error: { code: "server_error" } });
  });

  test("status gives any status", async () => {
    expect((await written({ scenario: "status;code=409" })).response.status).toBe(409);
    expect((await written({ scenario: "status;code=204" })).writes).toEqual([]);
    const emulator = emulatorOf();
    expect((await ask(emulator, { scenario: "status;code=408;times=1" })).status).toBe(408);
    expect((await ask(emulator, { scenario: "status;code=408;times=1" })).status).toBe(200);
  });

  test("big-error is exactly as long as asked", async () => {
    const { response, writes } = await written({ scenario: "big-error;bytes=200000" });
    expect(response.status).toBe(500);
    expect(writes.reduce((sum, write) => sum + write.byteLength, 0)).toBe(200_000);
    expect(writes.length).toBeGreaterThan(2);
  });

  test("early-413 leaves the request body unread", async () => {
    const emulator = emulatorOf();
    let pulled = 0;
    let cancelled = false;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024));
      },
      cancel() {
        cancelled = true;
      },
    });
    const { url, headers } = requestOf({ scenario: "early-413" });
    const init = { method: "POST", headers, body, duplex: "half" };
    expect((await emulator.fetch(url, init)).status).toBe(413);
    expect(pulled).toBeLessThanOrEqual(2);
    expect(emulator.requests[0]?.body).toBe("");
    expect(cancelled).toBe(false);
  });
});

describe("redirect", () => {
  const scenario = "redirect;to=https://elsewhere.test/path";

  test("manual hands over the 307", async () => {
    const response = await ask(emulatorOf(), { scenario });
    expect([response.status, response.headers.get("location")]).toEqual([307, "https://elsewhere.test/path"]);
  });

  test("error rejects", async () => {
    const request = new Request(requestOf({ scenario }), { redirect: "error" });
    await expect(emulatorOf().fetch(request)).rejects.toThrow(TypeError);
  });

  test("follow shows in the recorder what travelled to the other origin", async () => {
    const emulator = emulatorOf();
    const headers = { authorization: "Bearer emulator-key" };
    await emulator.fetch(
      new Request(requestOf({ scenario: "redirect;to=https://elsewhere.test/v1/models", headers }), {
        redirect: "follow",
      }),
    );
    expect(emulator.requests.map(({ url, method }) => `${method} ${url}`).slice(0, 2)).toEqual([
      "POST http://emulator.test/v1/chat/completions",
      "POST https://elsewhere.test/v1/models",
    ]);
    expect(emulator.requests[1]?.headers).toMatchObject({ "api-key": "emulator-key" });
    expect(emulator.requests[1]?.headers).not.toHaveProperty("authorization");
  });
});

describe("failing a number of times", () => {
  const statuses = async (
    emulator: ReturnType<typeof emulatorOf>,
    questions: Question[],
  ): Promise<number[]> => {
    const seen: number[] = [];
    for (const question of questions) seen.push((await ask(emulator, question)).status);
    return seen;
  };
  const again = (count: number, question: Question): Question[] =>
    Array.from({ length: count }, () => question);

  test("rate-limit;times=2 fails twice, succeeds, and starts over", async () => {
    const question = { scenario: "rate-limit;times=2" };
    expect(await statuses(emulatorOf(), again(6, question))).toEqual([429, 429, 200, 429, 429, 200]);
  });

  test("counts each body and each id by itself", async () => {
    const emulator = emulatorOf();
    const scenario = "server-error;times=1";
    expect(
      await statuses(emulator, [
        { scenario, content: "a" },
        { scenario, content: "b" },
      ]),
    ).toEqual([500, 500]);
    expect(await statuses(emulator, [{ scenario: `${scenario};id=1`, content: "a" }])).toEqual([500]);
    expect(
      await statuses(emulator, [
        { scenario, content: "a" },
        { scenario, content: "b" },
      ]),
    ).toEqual([200, 200]);
  });

  test("without times it fails every time", async () => {
    expect(await statuses(emulatorOf(), again(4, { scenario: "unavailable" }))).toEqual([503, 503, 503, 503]);
  });

  test("rate-limit sends the service's headers", async () => {
    const azure = await ask(emulatorOf(), { form: "deployments", scenario: "rate-limit;retry-after=0.25" });
    expect(Object.fromEntries(azure.headers)).toMatchObject({
      "retry-after": "1",
      "retry-after-ms": "250",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1",
    });
    expect(((await azure.json()) as { error: { message: string } }).error.message).toContain("2024-10-21");
    const openai = await ask(emulatorOf(), { scenario: "rate-limit;kind=tokens;retry-after=6" });
    expect(openai.headers.get("x-ratelimit-reset-tokens")).toBe("6s");
  });

  test.each([
    ["seconds", { "retry-after": "2" }],
    ["date", { "retry-after": "Sun, 15 Jun 2025 15:06:42 GMT" }],
    ["ms", { "retry-after-ms": "2000" }],
    ["x-ms", { "x-ms-retry-after-ms": "2000" }],
    ["none", {}],
  ])("send=%s sends only that", async (send, expected) => {
    const { headers } = await ask(emulatorOf(), {
      scenario: `rate-limit;retry-after=2;send=${send};should-retry=false`,
    });
    const sent = [...headers].filter(([name]) => name.includes("retry-after"));
    expect(Object.fromEntries(sent)).toEqual(expected);
    expect(headers.get("x-should-retry")).toBe("false");
  });
});

describe("content", () => {
  test("content-filter blocks the prompt", async () => {
    const azure = await ask(emulatorOf(), { form: "deployments", scenario: "content-filter" });
    expect(azure.status).toBe(400);
    expect(await azure.json()).toMatchObject({
      error: {
        code: "content_filter",
        param: "prompt",
        type: null,
        status: 400,
        innererror: {
          code: "ResponsibleAIPolicyViolation",
          content_filter_result: { violence: { filtered: true } },
        },
      },
    });
    const serverless = await ask(emulatorOf(), { form: "serverless", scenario: "content-filter" });
    expect(await serverless.json()).toMatchObject({ status: 400, code: "content_filter", param: "messages" });
  });

  test("content-filter-completion ends in the middle with its own finish reason", async () => {
    const { text } = await written({ form: "deployments", scenario: "content-filter-completion;after=2" });
    const chunks = chunksOf(text);
    expect(contentOf(chunks)).toBe("one two");
    expect(chunks.at(-1)?.choices[0]).toMatchObject({
      finish_reason: "content_filter",
      content_filter_results: { violence: { filtered: true } },
    });
  });

  test("async-filter sends results apart from the text, the last after the finish", async () => {
    const chunks = chunksOf(
      (await written({ form: "deployments", content: "why?", scenario: "async-filter" })).text,
    );
    expect(contentOf(chunks).length).toBeGreaterThan(100);
    const last = chunks.at(-1)?.choices[0];
    expect(last).not.toHaveProperty("delta");
    expect(last?.content_filter_offsets?.end_offset).toBe(contentOf(chunks).length);
    const texts = chunks.filter((chunk) => chunk.choices[0]?.delta?.content);
    for (const chunk of texts) expect(chunk.choices[0]).not.toHaveProperty("content_filter_results");
  });

  test("refusal speaks in its own member", async () => {
    const chunks = chunksOf((await written({ scenario: "refusal" })).text);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta?.refusal ?? "").join("")).toMatch(/can't help/);
    expect(contentOf(chunks)).toBe("");
  });

  test("missing-delta has choices without delta and a chunk without choices", async () => {
    const chunks = chunksOf((await written({ scenario: "missing-delta" })).text);
    expect(chunks.some((chunk) => chunk.choices === undefined)).toBe(true);
    expect(chunks.some((chunk) => chunk.choices?.[0] !== undefined && !("delta" in chunk.choices[0]))).toBe(
      true,
    );
  });

  test("late-usage;on=finish puts usage on the finish record", async () => {
    const chunks = chunksOf((await written({ scenario: "late-usage;on=finish" })).text);
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: "stop" }],
      usage: { completion_tokens: 5 },
    });
  });

  test("late-usage sends a record of its own, asked for or not", async () => {
    const chunks = chunksOf((await written({ scenario: "late-usage;ms=1" })).text);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
  });

  test("hostile-indices assembles to three calls when members stay data", async () => {
    const chunks = chunksOf((await written({ scenario: "hostile-indices" })).text);
    const calls = new Map<number, { name: string; arguments: string }>();
    for (const delta of chunks.flatMap((chunk) => chunk.choices[0]?.delta?.tool_calls ?? [])) {
      const call = calls.get(delta.index) ?? { name: "", arguments: "" };
      calls.set(delta.index, {
        name: call.name + (delta.function.name ?? ""),
        arguments: call.arguments + (delta.function.arguments ?? ""),
      });
    }
    expect([0, 1, 2].map((index) => calls.get(index))).toEqual([
      { name: "get_weather", arguments: '{"city":"Paris"}' },
      { name: "get_time", arguments: '{"zone":"UTC"}' },
      { name: "get_news", arguments: '{"topic":"space"}' },
    ]);
  });
});

describe("flood and huge-event", () => {
  test("flood writes N records of exactly B bytes", async () => {
    const { writes, text } = await written({ form: "deployments", scenario: "flood;chunks=100;bytes=340" });
    expect(writes.filter((write) => write.byteLength === 340)).toHaveLength(100);
    expect(chunksOf(text)).toHaveLength(102);
  });

  test("flood of 20,000 records takes no time to speak of", async () => {
    const start = performance.now();
    const { writes } = await written({ scenario: "flood" });
    expect(writes).toHaveLength(20_003);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test("huge-event has one record of B characters", async () => {
    const chunks = chunksOf((await written({ scenario: "huge-event;bytes=100000" })).text);
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta?.content?.length === 100_000)).toHaveLength(1);
  });
});

describe("asking for a scenario", () => {
  test("by model name, with parameters", async () => {
    const { text } = await written({ body: { model: "fault-cut;after=2" } });
    expect(recordsOf(text)).toHaveLength(2);
    const path = "/openai/deployments/fault-cut;after=1/chat/completions?api-version=2024-10-21";
    expect(recordsOf((await written({ path })).text)).toHaveLength(1);
  });

  test("by header wins over the model", async () => {
    const { response } = await written({ body: { model: "fault-html" }, scenario: "unavailable" });
    expect(response.status).toBe(503);
  });

  test.each([
    ["nothing", 'unknown scenario "nothing"'],
    ["toString", 'unknown scenario "toString"'],
    ["cut;before=3", 'no parameter "before"'],
    ["cut;after=soon", '"after" of scenario "cut" must be a number'],
    ["cut;after=-1", '"after" of scenario "cut" must be a number'],
  ])("wrongly is a 400 that says how: %s", async (scenario, message) => {
    const { response, text } = await written({ scenario });
    expect(response.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: "emulator_scenario", message: expect.stringContaining(message) },
    });
  });

  test("by a model that is no scenario is an unknown model", async () => {
    expect((await written({ body: { model: "fault-nothing" } })).response.status).toBe(404);
  });

  test.each(Object.keys(SCENARIOS))("is possible without a stream: %s", async (name) => {
    const controller = new AbortController();
    const emulator = emulatorOf();
    const scenario =
      name === "slow-headers" ? "slow-headers;ms=1" : name === "big-error" ? "big-error;bytes=9" : name;
    const response = await ask(emulator, { stream: false, scenario, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await drain(response);
    expect(emulator.ledger[0]?.outcome).not.toBe("open");
  });
});
