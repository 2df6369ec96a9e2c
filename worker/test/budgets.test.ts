// Limits and budgets through the proxy: what is held before a call, what is charged after it, what the caller is told.
// The rules of a ledger by themselves: ledger*.test.ts.
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import type { Fetch } from "../forward.ts";
import { type LedgerOf, LedgerUnavailable } from "../ledger.ts";
import { createMemoryLedger } from "../ledger-memory.ts";
import { ledgerIn } from "../ledger-object.ts";
import { ConfigError, type ConfigInput, type ProxyDeps } from "../proxy.ts";
import {
  answering,
  CALLER_KEY,
  createRig,
  eventStream,
  jsonAnswer,
  OTHER_KEY,
  PROXY,
  type Rig,
} from "./setup.ts";
import { createSqliteObjects } from "./sqlite-object.ts";

const NOON = Date.parse("2026-11-21T12:00:00Z");
const V1 = { path: "/v1/chat/completions" };
const other = { authorization: `Bearer ${OTHER_KEY}` };
const LONG = { messages: [{ role: "user", content: `Echo: ${"word ".repeat(60)}` }] };

interface Usage {
  readonly total: { requests: number; input_tokens: number; output_tokens: number; money: number };
  readonly held: { tokens: number; money: number };
  readonly days: readonly { day: string }[];
  readonly models: readonly { model: string; requests: number }[];
}

const memory = (now: () => number = Date.now) => createMemoryLedger({ now, warn: () => {} });
const limited = (change: Partial<ConfigInput>, deps: ProxyDeps = {}) =>
  createRig(change, { ledger: memory(deps.now), ...deps });
const usageOf = async (rig: Rig, headers = {}, query = "") => {
  await rig.settled();
  return (await (await rig.fetch(`/usage${query}`, { headers })).json()) as Usage;
};
const remaining = (response: Response, name: string) =>
  Number(response.headers.get(`x-ratelimit-remaining-${name}`));

const answer = (usage: object = { prompt_tokens: 10, completion_tokens: 5 }) =>
  jsonAnswer({ id: "c", object: "chat.completion", choices: [{ index: 0, message: {} }], usage });
/** A service that goes on and on, whatever bound it is told. */
const chunk = (index: number, delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 5, model: "m", choices: [{ index, delta, finish_reason: null }], ...more })}\n\n`;
const endless = () =>
  eventStream(
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(new TextEncoder().encode(chunk(0, { content: "x" })));
      },
    }),
  );

describe("without limits", () => {
  const never: LedgerOf = () => {
    throw new Error("Nobody should ask.");
  };
  test("no ledger is asked, the body goes on as it came, and there is no usage to tell", async () => {
    const rig = await createRig({}, { ledger: never });
    expect((await rig.chat({})).status).toBe(200);
    await (await rig.chat({ model: "via-openai", stream: true }, V1)).text();
    expect(rig.emulator.requests.at(-1)!.body).not.toMatch(/max_|stream_options/);
    expect((await rig.fetch("/usage")).status).toBe(404);
  });

  test("of this caller, where others have some", async () => {
    const policy = [
      { name: "scripts", match: { keys: ["ci"] } },
      { name: "rest", match: {}, limits: { requestsPerMinute: 1 } },
    ];
    const rig = await createRig({ policy }, { ledger: never });
    expect((await rig.chat({})).status).toBe(200);
    expect((await rig.chat({}, { headers: other })).status).toBe(500);
  });
});

describe("what is held", () => {
  for (const [path, body, member] of [
    ["/v1/chat/completions", { model: "via-openai" }, "max_tokens"],
    ["/models/chat/completions", {}, "max_tokens"],
    ["/v1/responses", { model: "via-openai", input: "Say hello", messages: undefined }, "max_output_tokens"],
  ] as const) {
    test(`F02 ${path} without a bound gets the default, and is held at it`, async () => {
      const rig = await limited({ perCaller: { tokensPerDay: 100_000 } });
      const response = await rig.chat(body, { path });
      expect(response.status).toBe(200);
      expect(JSON.parse(rig.emulator.requests.at(-1)!.body)).toMatchObject({ [member]: 4096 });
      expect(remaining(response, "tokens-day")).toBeGreaterThan(100_000 - 4096 - 60);
      expect(remaining(response, "tokens-day")).toBeLessThan(100_000 - 4096);
    });
  }

  test("F02 the bound times the answers, in money too", async () => {
    const models = {
      "via-openai": { upstream: "openai", deployment: "gpt-4.1", price: { input: 1, output: 10 } },
    };
    const rig = await limited({ models, perCaller: { tokensPerDay: 10_000, moneyPerDay: 1 } });
    const response = await rig.chat({ model: "via-openai", max_tokens: 100, n: 3 }, V1);
    expect(remaining(response, "tokens-day")).toBeLessThan(9700);
    expect(remaining(response, "tokens-day")).toBeGreaterThan(9600);
    expect(remaining(response, "money-day")).toBeLessThan(1 - 0.003);
    const { total } = await usageOf(rig);
    const [truth] = rig.emulator.ledger;
    expect(total.input_tokens).toBe(truth!.promptTokens);
    expect(total.output_tokens).toBe(truth!.completionTokens);
    expect(total.money).toBeCloseTo((truth!.promptTokens * 1 + truth!.completionTokens * 10) / 1e6, 6);
  });

  test("F08 a budget of money and a model without a price: refused at start", async () => {
    for (const limits of [{ perCaller: { moneyPerDay: 1 } }, { everyone: { moneyPerMonth: 1 } }]) {
      await expect(createRig(limits)).rejects.toThrow(ConfigError);
      await expect(createRig(limits)).rejects.toThrow(/price/);
    }
  });

  test("F08 what works later and unseen is not offered within a budget", async () => {
    const rig = await limited({ perCaller: { tokensPerDay: 1000 }, objectsUpstream: "openai" });
    const body = JSON.stringify({ model: "via-openai", training_file: "file-1" });
    const headers = { "content-type": "application/json" };
    const response = await rig.fetch("/v1/fine_tuning/jobs", { method: "POST", headers, body });
    expect([403, 404]).toContain(response.status);
    expect(rig.emulator.requests).toHaveLength(0);
  });

  test("F10 usage is asked for, counted, and passed only to who asked", async () => {
    const rig = await limited({ perCaller: { tokensPerDay: 100_000 } });
    const unasked = await (await rig.chat({ model: "via-openai", stream: true, ...LONG }, V1)).text();
    expect(unasked).not.toMatch(/"usage":\{/);
    expect(unasked).toMatch(/\[DONE\]\n\n$/);
    const stream_options = { include_usage: true };
    const asked = await (
      await rig.chat({ model: "via-openai", stream: true, stream_options, ...LONG }, V1)
    ).text();
    expect(asked.match(/"usage":\{/g)).toHaveLength(1);
    const { total } = await usageOf(rig);
    const sum = (of: "promptTokens" | "completionTokens") =>
      rig.emulator.ledger.reduce((all, one) => all + one[of], 0);
    expect([total.input_tokens, total.output_tokens]).toEqual([sum("promptTokens"), sum("completionTokens")]);
    expect(rig.log.find(({ stream }) => stream)!.usage).toMatchObject({ prompt_tokens: expect.any(Number) });
  });

  test("F21 what is refused before it is sent costs nothing, and neither does what the service refuses", async () => {
    const rig = await limited({ perCaller: { tokensPerDay: 10_000, requestsPerMinute: 50 } });
    expect((await rig.chat({ messages: 1 })).status).toBe(400);
    expect((await rig.chat({ model: "nobody" })).status).toBe(404);
    for (const model of ["fault-unavailable", "fault-server-error", "fault-rate-limit"])
      expect((await rig.chat({ model })).status).toBeGreaterThanOrEqual(429);
    const usage = await usageOf(rig);
    expect([usage.total.input_tokens + usage.total.output_tokens, usage.held.tokens]).toEqual([0, 0]);
    const next = await rig.chat({});
    // The three that were sent count as requests: who makes calls fail gets as many as anybody.
    expect(remaining(next, "requests")).toBe(46);
  });

  test("F07 usage above what was held is charged, and blocks the next call", async () => {
    const upstream = answering(() => answer({ prompt_tokens: 10, completion_tokens: 900 }));
    const rig = await limited({ perCaller: { tokensPerDay: 500 } }, { fetch: upstream.fetch });
    expect((await rig.chat({ max_tokens: 100 })).status).toBe(200);
    await rig.settled();
    const next = await rig.chat({ max_tokens: 1 });
    expect(next.status).toBe(429);
    expect(remaining(next, "tokens-day")).toBe(0);
    expect((await usageOf(rig)).total).toMatchObject({ input_tokens: 10, output_tokens: 900 });
    expect(rig.log[0]!.over_tokens).toBeGreaterThan(700);
    expect(upstream.requests).toHaveLength(1);
  });

  test("cached input has its own price", async () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 0,
      prompt_tokens_details: { cached_tokens: 900 },
    };
    const upstream = answering(() => answer(usage));
    const price = { input: 10, cachedInput: 1, output: 10 };
    const models = { "gpt-5-mini": { upstream: "default", price } };
    const rig = await limited({ models, perCaller: { moneyPerDay: 1 } }, { fetch: upstream.fetch });
    expect((await rig.chat({})).status).toBe(200);
    expect((await usageOf(rig)).total.money).toBeCloseTo((100 * 10 + 900 * 1) / 1e6, 6);
  });

  test("a whole answer without usage is charged as held", async () => {
    const upstream = answering(() => jsonAnswer({ id: "c", choices: [] }));
    const rig = await limited({ perCaller: { tokensPerDay: 500 } }, { fetch: upstream.fetch });
    expect((await rig.chat({ max_tokens: 100 })).status).toBe(200);
    expect((await usageOf(rig)).total.output_tokens).toBe(100);
  });

  test("a timeout is charged as held: the service may have worked", async () => {
    const upstream = answering(() => new Promise<Response>(() => {}));
    const deadlines = { wholeMs: 30 };
    const rig = await limited({ deadlines, perCaller: { tokensPerDay: 500 } }, { fetch: upstream.fetch });
    expect((await rig.chat({ max_tokens: 100 })).status).toBe(504);
    expect((await usageOf(rig)).total.output_tokens).toBe(100);
  });

  test("F25 two attempts are one reservation and one settlement", async () => {
    let calls = 0;
    const upstream = answering(() => (++calls === 1 ? new Response("", { status: 503 }) : answer()));
    const upstreams = [{ upstream: "default" }, { upstream: "openai", priority: 2 }];
    const rig = await limited(
      { models: { two: { upstreams } }, perCaller: { tokensPerDay: 500, requestsPerMinute: 9 } },
      { fetch: upstream.fetch },
    );
    const response = await rig.chat({ model: "two", max_tokens: 100 });
    expect([response.status, calls]).toEqual([200, 2]);
    expect(remaining(response, "requests")).toBe(8);
    const usage = await usageOf(rig);
    expect(usage.total).toMatchObject({ requests: 1, input_tokens: 10, output_tokens: 5 });
    expect(usage.held.tokens).toBe(0);
    expect(rig.log[0]!.attempts).toBe(2);
  });
});

describe("how many at once", () => {
  const stores: [string, () => LedgerOf[]][] = [
    ["in memory", () => [memory()]],
    [
      "in SQLite, by two workers",
      () => {
        const { namespace } = createSqliteObjects(Date.now);
        return [ledgerIn(namespace), ledgerIn(namespace)];
      },
    ],
  ];
  for (const [where, create] of stores) {
    test(`P2 F22 200 calls, a budget for 37, 50 seeds, ${where}: exactly 37 reach the service`, async () => {
      for (let seed = 1; seed <= 50; seed += 1) {
        let reached = 0;
        let cost = {};
        const fetch = async () => {
          reached += 1;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return answer(cost);
        };
        const messages = [{ role: "user", content: "x".repeat(seed) }];
        const bound = 50 + seed;
        // One call alone says what each of them is held at.
        const probe = await limited({ perCaller: { tokensPerDay: 100_000 } }, { fetch });
        const one = 100_000 - remaining(await probe.chat({ messages, max_tokens: bound }), "tokens-day");
        reached = 0;
        cost = { prompt_tokens: one - bound, completion_tokens: bound };
        const budget = { perCaller: { tokensPerDay: 37 * one + (seed % one) } };
        const rigs = await Promise.all(create().map((ledger) => limited(budget, { fetch, ledger })));
        const calls = Array.from({ length: 200 }, (_, index) =>
          rigs[(index * seed) % rigs.length]!.chat({ messages, max_tokens: bound }),
        );
        const statuses = (await Promise.all(calls)).map(({ status }) => status);
        expect([reached, statuses.filter((status) => status === 200).length]).toEqual([37, 37]);
        expect(statuses.filter((status) => status === 429)).toHaveLength(163);
      }
    }, 120_000);
  }

  test("F20 streams that nobody reads keep their places, and every ending gives one back", async () => {
    const upstream = answering(() => endless());
    const config = { perCaller: { streams: 3 } };
    const rig = await limited(config, { fetch: upstream.fetch });
    const open = await Promise.all(Array.from({ length: 50 }, () => rig.chat({ stream: true })));
    const streams = open.filter(({ status }) => status === 200);
    expect(streams).toHaveLength(3);
    for (const { status, headers } of open.filter((one) => one.status !== 200))
      expect([status, headers.has("retry-after")]).toEqual([429, true]);
    await Promise.all(streams.map(({ body }) => body!.cancel()));
    await rig.settled();
    const left = new AbortController();
    expect((await rig.chat({ stream: true }, { signal: left.signal })).status).toBe(200);
    left.abort();
    await rig.settled();
    for (const model of ["fault-cut", "fault-reset", "fault-error-event"]) {
      const faulty = await limited({ perCaller: { streams: 1 } });
      for (const _ of [1, 2, 3]) {
        const response = await faulty.chat({ model, stream: true });
        expect(response.status).toBe(200);
        await response.text().catch(() => {});
        await faulty.settled();
      }
    }
    // A whole answer needs no place.
    const again = await Promise.all(Array.from({ length: 3 }, () => rig.chat({ stream: true })));
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
    await Promise.all(again.map(({ body }) => body!.cancel()));
  });

  test("everyone's limit holds for all together, and tells a caller nothing of the others", async () => {
    const rig = await limited({ everyone: { requestsPerMinute: 2 }, perCaller: { requestsPerMinute: 9 } });
    expect((await rig.chat({})).status).toBe(200);
    expect((await rig.chat({}, { headers: other })).status).toBe(200);
    const refused = await rig.chat({});
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain("All callers together");
    expect([...refused.headers.keys()].filter((name) => name.startsWith("x-ratelimit"))).toEqual([]);
    expect(rig.log.at(-1)).toMatchObject({ reason: "everyone_limit_reached", limit: "requestsPerMinute" });
  });

  test("reading what one has needs no budget, but counts as a request", async () => {
    const limits = { tokensPerDay: 0, requestsPerMinute: 3 };
    const rig = await limited({ perCaller: limits, objectsUpstream: "openai" });
    expect((await rig.chat({})).status).toBe(429);
    const lists = [];
    for (let at = 0; at < 4; at += 1) lists.push((await rig.fetch("/v1/files")).status);
    expect(lists).toEqual([200, 200, 200, 429]);
    expect((await usageOf(rig)).total.requests).toBe(0);
  });
});

describe("what the caller is told", () => {
  test("F16 who waits as long as it is told is admitted", async () => {
    let now = NOON;
    for (const perCaller of [{ requestsPerMinute: 1 }, { tokensPerMinute: 400 }, { tokensPerDay: 400 }]) {
      const upstream = answering(() => answer({ prompt_tokens: 20, completion_tokens: 200 }));
      const rig = await limited({ perCaller }, { now: () => now, fetch: upstream.fetch });
      expect((await rig.chat({ max_tokens: 200 })).status).toBe(200);
      await rig.settled();
      const refused = await rig.chat({ max_tokens: 280 });
      expect(refused.status).toBe(429);
      const seconds = Number(refused.headers.get("retry-after"));
      expect(refused.headers.get("x-should-retry")).toBe(seconds > 60 ? "false" : null);
      now += seconds * 1000 - 1001;
      expect((await rig.chat({ max_tokens: 280 })).status).toBe(429);
      now += 1001;
      expect((await rig.chat({ max_tokens: 200 })).status).toBe(200);
    }
  });

  test("F16 what never fits has no time to come back", async () => {
    const rig = await limited({ perCaller: { tokensPerDay: 100 } });
    const refused = await rig.chat({ max_tokens: 200 });
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(refused.headers.get("x-should-retry")).toBe("false");
  });

  test("F19 usage is the caller's own: by day and by model, of a month or a day", async () => {
    const rig = await limited({ perCaller: { tokensPerDay: 100_000 } }, { now: () => NOON });
    await rig.chat({});
    await rig.chat({ model: "via-openai" });
    const mine = await usageOf(rig);
    expect(mine.total.requests).toBe(2);
    expect(mine.days.map(({ day }) => day)).toEqual(["2026-11-21"]);
    expect(mine.models.map(({ model }) => model).sort()).toEqual(["gpt-5-mini", "via-openai"]);
    expect((await usageOf(rig, {}, "?period=2026-11-21")).total.requests).toBe(2);
    expect((await usageOf(rig, {}, "?period=2026-10")).total.requests).toBe(0);
    expect((await usageOf(rig, other)).total.requests).toBe(0);
    expect((await rig.fetch("/usage?period=last")).status).toBe(400);
    expect((await rig.fetch("/usage", { headers: { authorization: null } })).status).toBe(401);
    expect((await rig.fetch("/usage", { method: "POST" })).status).toBe(405);
  });

  test("F23 a stream over midnight spends the day it began on, once", async () => {
    let now = Date.parse("2026-11-30T23:59:59Z");
    const rig = await limited({ perCaller: { tokensPerDay: 100_000 } }, { now: () => now });
    const response = await rig.chat({ model: "via-openai", stream: true, ...LONG }, V1);
    now += 5000;
    await response.text();
    expect((await usageOf(rig, {}, "?period=2026-11")).total.requests).toBe(1);
    expect((await usageOf(rig, {}, "?period=2026-12")).total.requests).toBe(0);
  });

  test("F15 a ledger that can't be asked: 503 with a time to come back, and no call", async () => {
    const failing: LedgerOf = () =>
      new Proxy({} as ReturnType<LedgerOf>, {
        get: () => async () => {
          throw new LedgerUnavailable("no");
        },
      });
    const rig = await createRig({ perCaller: { tokensPerDay: 1000 } }, { ledger: failing });
    const response = await rig.chat({});
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(rig.emulator.requests).toHaveLength(0);
    expect(rig.log[0]).toMatchObject({ reason: "ledger_unavailable", failure: "LedgerUnavailable" });
  });

  test("a settlement that is lost changes nothing for the caller", async () => {
    const real = memory();
    const rig = await createRig(
      { perCaller: { tokensPerDay: 10_000 } },
      {
        ledger: (principal) => ({
          ...real(principal),
          settle: async () => {
            throw new LedgerUnavailable("no");
          },
        }),
      },
    );
    expect((await rig.chat({})).status).toBe(200);
    await (await rig.chat({ stream: true, max_tokens: 9 })).text();
    await rig.settled();
    // What is held stays held until the lease ends.
    expect((await usageOf(rig)).held.tokens).toBeGreaterThan(4000);
  });
});

describe("a budget that ends inside an answer", () => {
  /** A caller that has this much left, in tokens of output of such a call. */
  async function with_(left: number, body: Record<string, unknown>, fetch: Fetch, path: string) {
    const probe = await limited({ perCaller: { tokensPerDay: 1_000_000 } }, { fetch });
    const held = await probe.chat(body, { path });
    await held.body?.cancel();
    const bound = Number(body.max_tokens ?? body.max_output_tokens) * Number(body.n ?? 1);
    const input = 1_000_000 - remaining(held, "tokens-day") - bound;
    return limited({ perCaller: { tokensPerDay: input + left } }, { fetch });
  }
  const openaiOf = (rig: Rig) =>
    new OpenAI({
      baseURL: `${PROXY}/v1`,
      apiKey: CALLER_KEY,
      maxRetries: 0,
      fetch: async (url, init) => {
        const { pathname } = new URL(String(url));
        const headers = Object.fromEntries(new Headers(init?.headers as HeadersInit));
        return rig.fetch(pathname, { ...(init as RequestInit), headers });
      },
    });

  test("the service is told the smaller bound, and ends by itself", async () => {
    const body = { model: "via-openai", stream: true, max_tokens: 500, ...LONG };
    const real = await createRig();
    const fetch: Fetch = (url, init) => real.emulator.fetch(url, init);
    const rig = await with_(20, body, fetch, V1.path);
    const stream = await openaiOf(rig).chat.completions.create(body as never);
    const reasons: (string | null | undefined)[] = [];
    for await (const { choices } of stream as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>)
      reasons.push(choices[0]?.finish_reason);
    expect(reasons.at(-1)).toBe("length");
    expect(JSON.parse(real.emulator.requests.at(-1)!.body).max_tokens).toBe(20);
    expect((await usageOf(rig)).total.output_tokens).toBe(20);
    expect((await rig.chat(body, V1)).status).toBe(429);
  });

  test("a service that does not keep to it is cut: npm openai reads a whole answer, with length and usage", async () => {
    const upstream = answering(() => endless());
    const stream_options = { include_usage: true };
    const body = { model: "via-openai", stream: true, max_tokens: 500, stream_options };
    const rig = await with_(25, body, upstream.fetch, V1.path);
    const stream = await openaiOf(rig).chat.completions.create({
      ...body,
      messages: [{ role: "user", content: "Say hello" }],
      stream: true,
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const one of stream) chunks.push(one);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("x".repeat(25));
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("length");
    expect(chunks.at(-1)!.usage).toMatchObject({ completion_tokens: 25 });
    const { total, held } = await usageOf(rig);
    expect([total.output_tokens, held.tokens]).toEqual([25, 0]);
    expect(rig.log.find(({ stream: one }) => one)).toMatchObject({
      outcome: "complete",
      finish_reason: "length",
      budget_ended: true,
    });
  });

  test("without a wish for usage the ending has none", async () => {
    const upstream = answering(() => endless());
    const body = { model: "via-openai", stream: true, max_tokens: 500 };
    const rig = await with_(16, body, upstream.fetch, V1.path);
    const text = await (await rig.chat(body, V1)).text();
    expect(text.match(/"x"/g)).toHaveLength(16);
    expect(text).not.toMatch(/"usage":\{/);
    expect(text).toMatch(/"finish_reason":"length"}\]}\n\ndata: \[DONE\]\n\n$/);
    expect((await usageOf(rig)).total.output_tokens).toBe(16);
  });

  test("a response of the Responses API is incomplete, and npm openai says so", async () => {
    const event = (type: string, more: object, sequence: number) =>
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...more })}\n\n`;
    const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
    const item = { id: "msg_1", type: "message", role: "assistant", status: "in_progress", content: [] };
    const part = { type: "output_text", text: "", annotations: [] };
    const response = { id: "resp_1", object: "response", status: "in_progress", output: [], model: "m" };
    const opening = [
      event("response.created", { response }, 0),
      event("response.output_item.added", { output_index: 0, item }, 1),
      event("response.content_part.added", { ...at, part }, 2),
    ].join("");
    const deltas = Array.from({ length: 100 }, (_, index) =>
      event("response.output_text.delta", { ...at, delta: "y", logprobs: [] }, 3 + index),
    ).join("");
    const upstream = answering(() => eventStream(opening + deltas));
    const body = { model: "via-openai", input: "hello", max_output_tokens: 90, stream: true as const };
    const given = { ...body, messages: undefined };
    const rig = await with_(20, given, upstream.fetch, "/v1/responses");
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const one of await openaiOf(rig).responses.create(body)) events.push(one);
    const last = events.at(-1)!;
    expect(last.type).toBe("response.incomplete");
    expect(last).toMatchObject({
      response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
    });
    expect(events.filter(({ type }) => type === "response.output_text.delta")).toHaveLength(20);
    expect((await usageOf(rig)).total.output_tokens).toBe(20);
  });

  test("a whole answer that does not fit is refused", async () => {
    const upstream = answering(() => answer());
    const rig = await with_(25, { max_tokens: 500 }, upstream.fetch, "/models/chat/completions");
    const calls = upstream.requests.length;
    expect((await rig.chat({ max_tokens: 500 })).status).toBe(429);
    expect(upstream.requests).toHaveLength(calls);
    expect((await rig.chat({ max_tokens: 25 })).status).toBe(200);
  });
});

describe("limits of groups", () => {
  test("of one key, of all in a group together, and of callers without a credential", async () => {
    const policy: ConfigInput["policy"] = [
      { name: "ci", match: { keys: ["ci"] }, limits: { requestsPerMinute: 2 } },
      { name: "rest", match: {}, together: { requestsPerMinute: 1 } },
    ];
    const anonymous = { origins: ["https://app.example.com"], together: { tokensPerDay: 50 } };
    const rig = await limited({ policy, anonymous }, { addressOf: () => "203.0.113.9" });
    const statuses = async (headers: Record<string, string | null>, count: number) => {
      const all: number[] = [];
      for (let at = 0; at < count; at += 1) all.push((await rig.chat({ max_tokens: 5 }, { headers })).status);
      return all;
    };
    expect(await statuses({}, 3)).toEqual([200, 200, 429]);
    expect(await statuses(other, 2)).toEqual([200, 429]);
    const page = { authorization: null, origin: "https://app.example.com" };
    expect(await statuses(page, 1)).toEqual([429]);
    const alone = await limited({ anonymous }, { addressOf: () => "203.0.113.9" });
    const open = async (max_tokens: number) => (await alone.chat({ max_tokens }, { headers: page })).status;
    // D04 The cap for all of them together.
    expect([await open(5), await open(1000)]).toEqual([200, 429]);
  });
});

test("a service that does not take the wish for usage is not asked: its streams are estimated", async () => {
  const versions = [
    ["azure-openai", "2024-06-01", false],
    ["azure-openai", "2024-10-21", true],
    ["inference", undefined, false],
    ["openai", undefined, true],
  ] as const;
  for (const [kind, apiVersion, asked] of versions) {
    const deltas = chunk(0, { content: "a" }) + chunk(0, { content: "b" });
    const upstream = answering(() => eventStream(`${deltas}data: [DONE]\n\n`));
    const one = { kind, url: "https://a.example.com", key: "k", ...(apiVersion && { apiVersion }) };
    const rig = await limited(
      {
        upstreams: { default: one as ConfigInput["upstreams"][string] },
        models: { m: { upstream: "default" } },
        perCaller: { tokensPerDay: 10_000 },
      },
      { fetch: upstream.fetch },
    );
    const text = await (await rig.chat({ model: "m", stream: true }, V1)).text();
    expect(text).toBe(`${deltas}data: [DONE]\n\n`);
    expect((await upstream.requests[0]!.text()).includes("include_usage")).toBe(asked);
    const { total } = await usageOf(rig);
    expect(total.output_tokens).toBe(2);
    expect(total.input_tokens).toBeGreaterThan(5);
  }
});
