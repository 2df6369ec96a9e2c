// The way of a request: retries before the first byte, redirects refused, deadlines, aborts, and nothing left behind.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { type ApiError, ChatCompletionsClient, type LatchkeyError } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  body,
  COMPLETION,
  clientOf,
  DONE,
  ENDPOINT,
  eventStream,
  failureOf,
  finishes,
  json,
  KEY,
  MESSAGES,
  says,
  service,
  sleep,
  thrownBy,
} from "../service.ts";

const HANGS = (): Promise<Response> => new Promise(() => {});
const refusing =
  (status: number, headers: Record<string, string> = { "retry-after-ms": "0" }) =>
  (): Response =>
    json({ error: { code: String(status), message: "no" } }, status, headers);

const emulated = (): { fetch: typeof fetch; client: ChatCompletionsClient; requests: readonly unknown[] } => {
  const emulator = createEmulator();
  const client = new ChatCompletionsClient("https://emulator.example/models", "emulator-key", {
    fetch: emulator.fetch,
    model: "gpt-5-mini",
  });
  return { fetch: emulator.fetch, client, requests: emulator.requests };
};

const scenario = (text: string): { headers: Record<string, string> } => ({
  headers: { "x-emulator-scenario": text },
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("retries", () => {
  test.each([408, 429, 500, 502, 503, 504])(
    "%i is tried again, twice by default, then thrown",
    async (status) => {
      const target = service(refusing(status));
      const client = new ChatCompletionsClient(ENDPOINT, KEY, { fetch: target.fetch });
      const error = await failureOf<ApiError>(client.complete({ messages: MESSAGES }));
      expect(error.status).toBe(status);
      expect(target.arrivals).toHaveLength(3);
    },
  );

  test.each([400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 424, 501, 505])(
    "B12 %i is thrown at once",
    async (status) => {
      const target = service(refusing(status));
      const error = await failureOf<ApiError>(
        clientOf(target, { maxRetries: 5 }).complete({ messages: MESSAGES }),
      );
      expect(error.status).toBe(status);
      expect(target.arrivals).toHaveLength(1);
    },
  );

  test.each(["ms", "x-ms", "seconds", "date", "all"])(
    "a wait given by the service (%s) is kept to, then it goes on",
    async (send) => {
      const { client, requests } = emulated();
      const seconds = send === "ms" || send === "x-ms" ? 0.05 : 0;
      const start = performance.now();
      const completion = await client.complete(
        { messages: MESSAGES },
        scenario(`rate-limit;times=1;retry-after=${seconds};send=${send}`),
      );
      expect(completion.choices[0]?.finish_reason).toBe("stop");
      expect(performance.now() - start).toBeGreaterThanOrEqual(seconds * 1000 - 2);
      expect(requests).toHaveLength(2);
    },
  );

  test("a stream is tried again before its first byte", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { client, requests } = emulated();
    const stream = await client.complete(
      { messages: MESSAGES, stream: true },
      scenario("unavailable;times=2;send=none"),
    );
    expect((await stream.final()).choices[0]?.finish_reason).toBe("stop");
    expect(requests).toHaveLength(3);
  });

  test("B05 a stream is never tried again after its first byte", async () => {
    const cause = new TypeError("terminated");
    const target = service(() => eventStream(body([says("a")], { error: cause })));
    const stream = await clientOf(target, { maxRetries: 5 }).complete({ messages: MESSAGES, stream: true });
    expect(await failureOf(stream.final())).toMatchObject({
      kind: "truncated",
      cause: { kind: "connection", cause },
    });
    expect(target.arrivals).toHaveLength(1);
  });

  test("x-should-retry outdoes the status, both ways", async () => {
    const no = service(refusing(503, { "x-should-retry": "false" }));
    await failureOf(clientOf(no, { maxRetries: 5 }).complete({ messages: MESSAGES }));
    expect(no.arrivals).toHaveLength(1);
    const yes = service(refusing(400, { "x-should-retry": "true", "retry-after-ms": "0" }), json(COMPLETION));
    await clientOf(yes, { maxRetries: 5 }).complete({ messages: MESSAGES });
    expect(yes.arrivals).toHaveLength(2);
  });

  test("no connection is tried again, then thrown with what fetch said", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const cause = new TypeError("fetch failed");
    const target = service(() => Promise.reject(cause));
    const error = await failureOf(clientOf(target, { maxRetries: 2 }).complete({ messages: MESSAGES }));
    expect(error).toMatchObject({ name: "ConnectionError", kind: "connection" });
    expect(error.cause).toBe(cause);
    expect(target.arrivals).toHaveLength(3);
  });

  test("B01 a port where nobody listens is a connection error", async () => {
    const client = new ChatCompletionsClient("http://127.0.0.1:1/models", KEY, { maxRetries: 0 });
    expect((await failureOf(client.complete({ messages: MESSAGES }, { timeoutMs: 5000 }))).kind).toBe(
      "connection",
    );
  });

  test("fetch is looked up at each call", async () => {
    const target = service(() => json(COMPLETION));
    const client = new ChatCompletionsClient(ENDPOINT, KEY, { maxRetries: 0 });
    vi.stubGlobal("fetch", target.fetch);
    await client.complete({ messages: MESSAGES });
    expect(target.arrivals).toHaveLength(1);
  });

  test("B09 a wait of a day fails at once and is told", async () => {
    const target = service(refusing(429, { "retry-after": "86400" }));
    const start = performance.now();
    const error = await failureOf<ApiError>(
      clientOf(target, { maxRetries: 5 }).complete({ messages: MESSAGES }),
    );
    expect(performance.now() - start).toBeLessThan(1000);
    expect(error).toMatchObject({ status: 429, retryAfterMs: 86_400_000 });
    expect(target.arrivals).toHaveLength(1);
  });

  test("B09 a wait past the call's deadline or past maxRetryDelayMs fails at once", async () => {
    for (const options of [{ timeoutMs: 500 }, { maxRetryDelayMs: 1000 }]) {
      const target = service(refusing(503, { "retry-after": "2" }));
      const start = performance.now();
      const error = await failureOf<ApiError>(
        clientOf(target, { maxRetries: 5 }).complete({ messages: MESSAGES }, options),
      );
      expect(error).toMatchObject({ status: 503, retryAfterMs: 2000 });
      expect(performance.now() - start).toBeLessThan(1500);
      expect(target.arrivals).toHaveLength(1);
    }
  });

  test("B24 all attempts of a call carry one id, and another call another one", async () => {
    const target = service(refusing(503), refusing(503), json(COMPLETION), json(COMPLETION));
    const client = clientOf(target, { maxRetries: 2 });
    await client.complete({ messages: MESSAGES });
    await client.complete({ messages: MESSAGES });
    const ids = target.arrivals.map(({ headers }) => headers.get("x-ms-client-request-id"));
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(ids[3]).not.toBe(ids[0]);
    const counts = target.arrivals.map(({ headers }) => headers.get("x-latchkey-retry-count"));
    expect(counts).toEqual([null, "1", "2", null]);
  });

  test("C18 the same bytes are sent again, whatever the caller does to the request meanwhile", async () => {
    const request = { messages: [{ role: "user" as const, content: "first" }], temperature: 0.1 };
    const bytes = new TextEncoder().encode('{"messages":[]}');
    const target = service(
      () => {
        request.messages[0]!.content = "second";
        request.messages.push({ role: "user", content: "third" });
        request.temperature = 0.9;
        bytes.fill(32);
        return refusing(503)();
      },
      refusing(503),
      () => json(COMPLETION),
    );
    const client = clientOf(target, { maxRetries: 2 });
    await client.complete(request);
    expect(new Set(target.arrivals.map(({ body }) => body)).size).toBe(1);
    expect(target.arrivals[0]?.body).toContain("first");
  });

  test("C18 bytes of a raw body are sent again as they were", async () => {
    const bytes = new TextEncoder().encode('{"messages":["canary"]}');
    const target = service(
      () => {
        bytes.fill(32);
        return refusing(503)();
      },
      () => json(COMPLETION),
    );
    await clientOf(target, { maxRetries: 2 }).complete({ body: bytes });
    expect(target.arrivals.map(({ body }) => body)).toEqual([
      '{"messages":["canary"]}',
      '{"messages":["canary"]}',
    ]);
  });

  test("C15 a body that is a stream is sent once, and the error says why", async () => {
    const refused = service(refusing(503));
    const stream = () => new Response("x").body! as ReadableStream<Uint8Array<ArrayBuffer>>;
    const response = await clientOf(refused, { maxRetries: 5 }).sendRequest({
      method: "POST",
      url: "x",
      body: stream(),
    });
    expect(response.status).toBe(503);
    expect(refused.arrivals).toHaveLength(1);
    expect(refused.arrivals[0]?.body).toBe("x");

    const unreachable = service(() => Promise.reject(new TypeError("fetch failed")));
    const client = clientOf(unreachable, { maxRetries: 5 });
    const error = await failureOf(client.sendRequest({ method: "POST", url: "x", body: stream() }));
    expect(unreachable.arrivals).toHaveLength(1);
    expect(error.kind).toBe("connection");
    expect(error.message).toContain("stream");
  });

  test("C17 the bodies of answers that are tried again are given up", async () => {
    const bodies = [body(["x"], "open"), body(["x"], "open")];
    const target = service(
      new Response(bodies[0], { status: 503, headers: { "retry-after-ms": "0" } }),
      new Response(bodies[1], { status: 429, headers: { "retry-after-ms": "0" } }),
      json(COMPLETION),
    );
    await clientOf(target, { maxRetries: 2 }).complete({ messages: MESSAGES });
    expect(bodies.map(({ state }) => state.cancelled)).toEqual([true, true]);
  });

  test("B11 while everything fails, retries stay below a tenth of the calls", async () => {
    const target = service(refusing(503));
    const client = clientOf(target, { maxRetries: 2 });
    const call = () => failureOf(client.complete({ messages: MESSAGES }));
    for (let i = 0; i < 50; i++) await call();
    const before = target.arrivals.length;
    for (let i = 0; i < 500; i++) await call();
    expect((target.arrivals.length - before) / 500).toBeLessThanOrEqual(1.1);
    // A service that recovers is worth retries again.
    expect(target.arrivals.length - before).toBeGreaterThan(500);
  });

  test("B11 waits are spread, so that callers don't come back as one", async () => {
    const waits: number[] = [];
    const logger = {
      debug() {},
      warn() {},
      error() {},
      info: (_: string, { waitMs }: { waitMs?: number | undefined }) =>
        waitMs !== undefined && void waits.push(waitMs),
    };
    const controller = new AbortController();
    const target = service(refusing(503, {}));
    const options = { maxRetries: 1, logger, logLevel: "info" as const };
    const calls = Array.from({ length: 20 }, () =>
      thrownBy(clientOf(target, options).complete({ messages: MESSAGES }, { signal: controller.signal })),
    );
    await sleep(20);
    controller.abort();
    await Promise.all(calls);
    expect(new Set(waits).size).toBeGreaterThan(15);
  });
});

describe("redirects", () => {
  test.each([301, 302, 303, 307, 308])("%i is refused, and its target hears nothing", async (status) => {
    const target = service(
      new Response("x", { status, headers: { location: "https://evil.example/models" } }),
    );
    const error = await failureOf(
      clientOf(target, { maxRetries: 3 }).complete({ messages: MESSAGES, stream: true }),
    );
    expect(error).toMatchObject({ name: "RedirectError", kind: "redirect" });
    expect(error.message).not.toContain("evil.example");
    expect(target.arrivals).toHaveLength(1);
    expect(target.arrivals[0]?.redirect).toBe("manual");
  });

  test("over real sockets the key never leaves for another origin, nor for the same one", async () => {
    const heard: string[] = [];
    const other = await listen((request, response) => {
      heard.push(String(request.headers.authorization));
      response.end("{}");
    });
    const first = await listen((request, response) => {
      const to = request.url?.startsWith("/self") ? "/landed" : other.url;
      if (request.url === "/landed") heard.push("landed");
      response.writeHead(307, { location: to }).end();
    });
    for (const path of ["/models", "/self"]) {
      const client = new ChatCompletionsClient(first.url + path, KEY);
      expect((await failureOf(client.complete({ messages: MESSAGES }))).kind).toBe("redirect");
      expect((await failureOf(client.getModelInfo())).kind).toBe("redirect");
      expect((await failureOf(client.sendRequest({ url: "x" }))).kind).toBe("redirect");
    }
    expect(heard).toEqual([]);
    await Promise.all([first.close(), other.close()]);
  });

  test("the emulator's redirect", async () => {
    const { client, requests } = emulated();
    const error = await failureOf(client.complete({ messages: MESSAGES }, scenario("redirect")));
    expect(error.kind).toBe("redirect");
    expect(requests).toHaveLength(1);
  });
});

describe("deadlines", () => {
  const late = (work: PromiseLike<unknown> | (() => unknown)) =>
    failureOf<LatchkeyError & { deadline: string }>(work);

  test("B02 headers that never come end at headersTimeoutMs, once", async () => {
    const target = service(HANGS);
    const error = await late(
      clientOf(target, { maxRetries: 3 }).complete(
        { messages: MESSAGES, stream: true },
        { headersTimeoutMs: 30 },
      ),
    );
    expect(error).toMatchObject({ name: "TimeoutError", kind: "timeout", deadline: "headers" });
    expect(target.arrivals).toHaveLength(1);
    expect(target.arrivals[0]?.signal.aborted).toBe(true);
  });

  test("retryTimeouts tries again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const target = service(HANGS, () => json(COMPLETION));
    const client = clientOf(target, { maxRetries: 1, retryTimeouts: true, headersTimeoutMs: 100 });
    expect((await client.complete({ messages: MESSAGES })).id).toBe(COMPLETION.id);
    expect(target.arrivals).toHaveLength(2);
  });

  test("slow headers within the deadline are waited for", async () => {
    const { client } = emulated();
    await client.complete(
      { messages: MESSAGES },
      { ...scenario("slow-headers;ms=30"), headersTimeoutMs: 2000 },
    );
  });

  test.each([false, true])("timeoutMs ends the wait for headers (stream: %s)", async (stream) => {
    const target = service(HANGS);
    const start = performance.now();
    const error = await late(
      clientOf(target, { maxRetries: 3 }).complete({ messages: MESSAGES, stream } as never, {
        timeoutMs: 40,
      }),
    );
    expect(error).toMatchObject({ kind: "timeout", deadline: "total" });
    expect(performance.now() - start).toBeLessThan(2000);
    expect(target.arrivals[0]?.signal.aborted).toBe(true);
  });

  test("timeoutMs ends the reading of a whole answer", async () => {
    const content = body(['{"id":'], "open");
    const target = service(new Response(content, { headers: { "content-type": "application/json" } }));
    const error = await late(clientOf(target).complete({ messages: MESSAGES }, { timeoutMs: 40 }));
    expect(error).toMatchObject({ kind: "timeout", deadline: "total" });
    expect(content.state.cancelled).toBe(true);
  });

  test("timeoutMs ends the reading of an error's body", async () => {
    const target = service(new Response(body(["oops"], "open"), { status: 400 }));
    const error = await late(clientOf(target).complete({ messages: MESSAGES }, { timeoutMs: 40 }));
    expect(error).toMatchObject({ kind: "timeout", deadline: "total" });
  });

  test("timeoutMs ends a stream in its middle, with what had come", async () => {
    const content = body([says("a")], "open");
    const target = service(eventStream(content));
    const stream = await clientOf(target).complete({ messages: MESSAGES, stream: true }, { timeoutMs: 50 });
    const error = await late(stream.final());
    expect(error).toMatchObject({ kind: "timeout", deadline: "total" });
    expect(error.partial).toMatchObject({ choices: [{ message: { content: "a" } }] });
    expect(content.state.cancelled).toBe(true);
  });

  test("timeoutMs counts retries too", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const target = service(async () => {
      await sleep(15);
      return refusing(503)();
    });
    const start = performance.now();
    await failureOf(clientOf(target, { maxRetries: 9 }).complete({ messages: MESSAGES }, { timeoutMs: 60 }));
    expect(performance.now() - start).toBeLessThan(1500);
    expect(target.arrivals.length).toBeLessThan(7);
  });
});

describe("aborts", () => {
  const reason = new Error("mine");

  test.each([false, true])("C06 before: no request, the reason is kept (stream: %s)", async (stream) => {
    const target = service(() => json(COMPLETION));
    const client = clientOf(target);
    for (const why of [reason, "text", 5, null]) {
      const signal = AbortSignal.abort(why);
      const error = await failureOf(client.complete({ messages: MESSAGES, stream } as never, { signal }));
      expect(error).toMatchObject({ name: "AbortError", kind: "aborted" });
      expect(error.cause).toBe(why);
      expect((await failureOf(client.getModelInfo({ signal }))).cause).toBe(why);
      expect((await failureOf(client.sendRequest({ url: "x" }, { signal }))).cause).toBe(why);
    }
    expect(target.arrivals).toHaveLength(0);
  });

  test.each([false, true])("while waiting for headers (stream: %s)", async (stream) => {
    const target = service(HANGS);
    const controller = new AbortController();
    const call = failureOf(
      clientOf(target, { maxRetries: 3 }).complete({ messages: MESSAGES, stream } as never, {
        signal: controller.signal,
      }),
    );
    await sleep(10);
    controller.abort(reason);
    expect((await call).cause).toBe(reason);
    expect(target.arrivals).toHaveLength(1);
    expect(target.arrivals[0]?.signal.aborted).toBe(true);
  });

  test("while waiting to try again", async () => {
    const target = service(refusing(503, { "retry-after": "5" }));
    const controller = new AbortController();
    const call = failureOf(
      clientOf(target, { maxRetries: 3 }).complete({ messages: MESSAGES }, { signal: controller.signal }),
    );
    await sleep(20);
    const start = performance.now();
    controller.abort(reason);
    expect((await call).cause).toBe(reason);
    expect(performance.now() - start).toBeLessThan(2000);
    expect(target.arrivals).toHaveLength(1);
  });

  test("while a whole answer is read", async () => {
    const content = body(['{"id":'], "open");
    const target = service(new Response(content, { headers: { "content-type": "application/json" } }));
    const controller = new AbortController();
    const call = failureOf(clientOf(target).complete({ messages: MESSAGES }, { signal: controller.signal }));
    await sleep(10);
    controller.abort(reason);
    expect((await call).cause).toBe(reason);
    expect(content.state.cancelled).toBe(true);
  });

  test("in the middle of a stream, with what had come", async () => {
    const content = body([says("a")], "open");
    const controller = new AbortController();
    const stream = await clientOf(service(eventStream(content))).complete(
      { messages: MESSAGES, stream: true },
      { signal: controller.signal },
    );
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const next = failureOf(iterator.next());
    controller.abort(reason);
    const error = await next;
    expect(error).toMatchObject({ kind: "aborted", partial: { choices: [{ message: { content: "a" } }] } });
    expect(error.cause).toBe(reason);
    expect(content.state.cancelled).toBe(true);
  });

  test("between the call and the first read", async () => {
    const content = body([says("a")], "open");
    const controller = new AbortController();
    const stream = await clientOf(service(eventStream(content))).complete(
      { messages: MESSAGES, stream: true },
      { signal: controller.signal },
    );
    controller.abort(reason);
    expect((await failureOf(stream.final())).cause).toBe(reason);
    await sleep(1);
    expect(content.state.cancelled).toBe(true);
  });

  test("after the end nothing happens", async () => {
    const controller = new AbortController();
    const stream = await clientOf(service(eventStream(says("a") + finishes() + DONE))).complete(
      { messages: MESSAGES, stream: true },
      { signal: controller.signal },
    );
    await stream.final();
    controller.abort(reason);
    expect((await stream.final()).choices[0]?.message.content).toBe("a");
  });

  test("close() ends what is under way and refuses what comes after", async () => {
    const content = body([says("a")], "open");
    const target = service(eventStream(content), HANGS);
    const client = clientOf(target);
    const stream = await client.complete({ messages: MESSAGES, stream: true });
    const reading = failureOf(stream.final());
    const waiting = failureOf(client.complete({ messages: MESSAGES }));
    await sleep(5);
    client.close();
    expect((await reading).kind).toBe("aborted");
    expect((await waiting).kind).toBe("aborted");
    expect(content.state.cancelled).toBe(true);
    expect((await failureOf(client.complete({ messages: MESSAGES }))).kind).toBe("aborted");
    expect(target.arrivals).toHaveLength(2);
    client.close();
  });

  test("await using closes the client", async () => {
    let call: Promise<LatchkeyError>;
    {
      await using client = clientOf(service(HANGS));
      call = failureOf(client.complete({ messages: MESSAGES }));
      await sleep(5);
    }
    expect((await call).kind).toBe("aborted");
  });
});

describe("nothing is left behind", () => {
  test("C07 ten thousand calls share a signal without a listener more", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    let most = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    const held = new Set<unknown>();
    signal.addEventListener = (type: string, listener: never, options?: never) => {
      held.add(listener);
      listeners = held.size;
      most = Math.max(most, listeners);
      add(type, listener, options);
    };
    signal.removeEventListener = (type: string, listener: never, options?: never) => {
      held.delete(listener);
      listeners = held.size;
      remove(type, listener, options);
    };
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on("warning", warn);
    const target = service(({ url }) => {
      if (url.pathname.endsWith("/raw")) return json({});
      if (url.pathname.endsWith("/fails")) return json({}, 400);
      return json(COMPLETION);
    });
    const client = clientOf({ fetch: async (input) => target.fetch(input) });
    for (let round = 0; round < 100; round++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => {
          if (index === 0) return client.sendRequest({ url: "raw" }, { signal });
          if (index === 1)
            return client
              .complete({ messages: MESSAGES, stream: true }, { signal })
              .then((stream) => stream.final());
          return client.complete({ messages: MESSAGES }, { signal });
        }),
      );
      target.arrivals.length = 0;
    }
    await sleep(1);
    process.off("warning", warn);
    expect(listeners).toBe(0);
    expect(most).toBeLessThanOrEqual(300);
    expect(warnings).toEqual([]);
  }, 20_000);

  test("I13 no timer outlives a call, however it ends", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    const options = {
      timeoutMs: 60_000,
      headersTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      stallTimeoutMs: 60_000,
    };
    await clientOf(service(json(COMPLETION)), options).complete({ messages: MESSAGES });
    await failureOf(clientOf(service(json({}, 400)), options).complete({ messages: MESSAGES }));
    await failureOf(
      clientOf(
        service(() => Promise.reject(new Error("x"))),
        options,
      ).complete({ messages: MESSAGES }),
    );
    await failureOf(
      clientOf(service(eventStream(null)), options).complete({ messages: MESSAGES, stream: true }),
    );
    await (await clientOf(service(json({})), options).sendRequest({ url: "x" })).text();
    const client = clientOf(
      service(
        () => eventStream(says("a") + DONE),
        () => eventStream(says("a")),
        () => eventStream(body([says("a")], "open")),
        () => eventStream(body([says("a")], "open")),
        () => eventStream(body([says("a")], { error: new Error("x") })),
      ),
      options,
    );
    const open = () => client.complete({ messages: MESSAGES, stream: true });
    await (await open()).final();
    await failureOf((await open()).final());
    for await (const _ of await open()) break;
    {
      await using stream = await open();
      await stream[Symbol.asyncIterator]().next();
    }
    await failureOf((await open()).final());
    await sleep(5);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

interface Listening {
  url: string;
  close(): Promise<unknown>;
}

async function listen(handle: NonNullable<Parameters<typeof createServer>[1]>): Promise<Listening> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("what the review of the client found", () => {
  test("an answer that comes after the deadline is given up, not left open", async () => {
    for (const deadline of [{ timeoutMs: 20 }, { headersTimeoutMs: 20 }]) {
      const late = body(["x"], "open");
      const fetch = () => sleep(50).then(() => new Response(late));
      const call = clientOf({ fetch }, deadline).complete({ messages: MESSAGES, stream: true });
      expect(await failureOf(call)).toMatchObject({ kind: "timeout" });
      await sleep(60);
      expect(late.state.cancelled).toBe(true);
    }
  });

  test("P4 a service that says the key back doesn't get it into the error", async () => {
    const echo = service(json({ error: { code: KEY, message: `bad key ${KEY}` } }, 400));
    const error = await failureOf(clientOf(echo).complete({ messages: MESSAGES }));
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(KEY);
  });

  test("what fetch would refuse is a TypeError at once", async () => {
    const target = service(json({}));
    const client = clientOf(target, { maxRetries: 2 });
    await expect(client.sendRequest({ url: "/x", body: "a" })).rejects.toThrow(TypeError);
    await expect(client.sendRequest({ url: "/x", method: "BAD METHOD" })).rejects.toThrow(TypeError);
    expect(target.arrivals).toHaveLength(0);
  });

  test("P3 the client's own headers stay with the endpoint", async () => {
    const target = service(() => json({}));
    const client = clientOf(target, { headers: { "ocp-apim-subscription-key": KEY } });
    await client.sendRequest({ url: "https://other.example/x", headers: { "x-mine": "1" } });
    await client.sendRequest({ url: "/x" });
    const [away, home] = target.arrivals.map(({ headers }) => headers);
    expect([...away!.values()].join()).not.toContain(KEY);
    expect(away!.get("x-mine")).toBe("1");
    expect(home!.get("ocp-apim-subscription-key")).toBe(KEY);
  });

  test("a query keeps everything after its first question mark", async () => {
    const target = service(() => json({}));
    await clientOf(target).sendRequest({ url: "/x?q=a?b&c=1" });
    expect(target.arrivals[0]!.url.searchParams.get("q")).toBe("a?b");
    const client = new ChatCompletionsClient(`${ENDPOINT}?sub=1`, KEY, { fetch: target.fetch });
    await client.sendRequest({ url: "{endpoint}/foo" });
    expect(target.arrivals[1]!.url.href).toBe(`${ENDPOINT}/foo?sub=1`);
  });

  test("C16 1,000 calls whose kept token was revoked: one refresh, and all get through", async () => {
    let refreshes = 0;
    const credential = {
      getToken: async () => {
        await sleep(5);
        return { token: `token-${++refreshes}`, expiresOnTimestamp: Date.now() + 3_600_000 };
      },
    };
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const bearer = new Request(input, init).headers.get("authorization");
      await sleep(Math.random() * 10);
      return bearer === "Bearer token-2" ? json(COMPLETION) : json({ error: { message: "revoked" } }, 401);
    };
    const client = new ChatCompletionsClient(ENDPOINT, credential, { fetch, maxRetries: 0 });
    await Promise.all(Array.from({ length: 1000 }, () => client.complete({ messages: MESSAGES })));
    expect(refreshes).toBe(2);
  });

  test("A34 whole tool calls without ids, in place of a stream, stay apart", async () => {
    const call = (args: string) => ({ type: "function", function: { name: "f", arguments: args } });
    const message = { role: "assistant", content: null, tool_calls: [call('{"a":1}'), call('{"a":2}')] };
    const target = service(json({ choices: [{ index: 0, finish_reason: "tool_calls", message }] }));
    const stream = await clientOf(target).complete({ messages: MESSAGES, stream: true });
    const calls = (await stream.final()).choices[0]?.message.tool_calls;
    expect(calls?.map((one) => one.function.arguments)).toEqual(['{"a":1}', '{"a":2}']);
  });

  test("a key that is part of every word is left there: servers that take any get one letter", async () => {
    const target = service(json({ error: { message: "no such key, check it" } }, 404));
    const client = new ChatCompletionsClient("https://service.example", "k", { fetch: target.fetch });
    expect((await failureOf(client.complete({ messages: MESSAGES }))).message).toBe(
      "404 no such key, check it",
    );
  });

  test("P4 a key that a stream says back, or a header, isn't in the error", async () => {
    for (const answer of [
      eventStream(`event: error\ndata: {"error":{"message":"${KEY}","code":"${KEY}"}}\n\n`),
      eventStream(`data: {"error":{"message":"${KEY}"}}\n\n`),
      json({ error: { message: KEY } }),
      json({}, 400, { "x-ms-error-code": KEY }),
    ]) {
      const call = clientOf(service(answer)).complete({ messages: MESSAGES, stream: true });
      const error = await failureOf(call.then((stream) => stream.final()));
      expect(
        `${inspect(error)} ${(error as ApiError).code} ${JSON.stringify((error as ApiError).body)}`,
      ).not.toContain(KEY);
    }
  });
});
