// Whole answers: their type, their size, their silence, and what a hostile or broken service can do to them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { type ApiError, ChatCompletionsClient } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveEmulator } from "../../emulator/serve.ts";
import { body, COMPLETION, clientOf, failureOf, json, MESSAGES, service } from "../service.ts";

const answeredWith = (response: Response, options = {}): Promise<unknown> =>
  clientOf(service(response), options).complete({ messages: MESSAGES });

const typed = (type: string | undefined, content: BodyInit | null): Response =>
  new Response(
    content === null ? null : new Blob([content as string]).stream(),
    type === undefined ? {} : { headers: { "content-type": type } },
  );

describe("the type of an answer", () => {
  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/problem+json",
    undefined,
  ])("%s is read as JSON", async (type) => {
    expect(await answeredWith(typed(type, JSON.stringify(COMPLETION)))).toEqual(COMPLETION);
  });

  test.each(["text/html", "text/plain", "text/event-stream", "application/xml", "application/jsonp"])(
    "A33 %s is malformed, and given up",
    async (type) => {
      const content = body(["<html>canary"], "open");
      const error = await failureOf(
        answeredWith(new Response(content, { headers: { "content-type": type } })),
      );
      expect(error).toMatchObject({ name: "MalformedResponseError", kind: "malformed" });
      expect(content.state.cancelled).toBe(true);
      expect(inspect(error, { depth: 9 })).not.toContain("canary");
    },
  );

  test("members that are not in the contract stay readable", async () => {
    const answer = { ...COMPLETION, system_fingerprint: "fp", extra: { a: 1 } };
    expect(await answeredWith(json(answer))).toEqual(answer);
  });
});

describe("the content of an answer", () => {
  test.each(["", "   ", '{"id":"canary', "canary", "5", '"canary"', "null", "true"])(
    "%j is malformed, without a byte of it",
    async (text) => {
      const error = await failureOf(answeredWith(typed("application/json", text)));
      expect(error.kind).toBe("malformed");
      expect([inspect(error, { depth: 9 }), JSON.stringify(error), String(error.cause)].join()).not.toContain(
        "canary",
      );
    },
  );

  test.each([204, 205])("B20 %i is malformed", async (status) => {
    const error = await failureOf(answeredWith(new Response(null, { status })));
    expect(error.kind).toBe("malformed");
  });

  test("B13 an error with status 200 is an error of the service", async () => {
    const content = { error: { code: "server_error", message: "m", type: "t", param: null } };
    const error = await failureOf<ApiError>(answeredWith(json(content, 200, { "x-request-id": "r" })));
    expect(error).toMatchObject({
      kind: "api",
      status: undefined,
      code: "server_error",
      type: "t",
      requestId: "r",
    });
  });

  test("a falsy error is none", async () => {
    expect(await answeredWith(json({ ...COMPLETION, error: null }))).toMatchObject({ id: COMPLETION.id });
  });

  test("a byte order mark is no part of the JSON", async () => {
    expect(await answeredWith(typed("application/json", `\ufeff${JSON.stringify(COMPLETION)}`))).toEqual(
      COMPLETION,
    );
  });

  test("characters split between pieces are whole", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...COMPLETION, id: "你好👋" }));
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const response = new Response(body(pieces), { headers: { "content-type": "application/json" } });
    expect(await answeredWith(response)).toMatchObject({ id: "你好👋" });
  });
});

describe("the size of an answer", () => {
  test("past maxResponseBytes is a limit by that name, and given up", async () => {
    const content = body(Array(100).fill("x".repeat(1000)), "open");
    const response = new Response(content, { headers: { "content-type": "application/json" } });
    const error = await failureOf(answeredWith(response, { maxResponseBytes: 5000 }));
    expect(error).toMatchObject({ name: "LimitError", kind: "limit" });
    expect(error.message).toContain("maxResponseBytes");
    expect(content.state).toMatchObject({ cancelled: true });
    expect(content.state.pulled).toBeLessThan(10);
  });

  test("of exactly maxResponseBytes is read", async () => {
    const text = JSON.stringify(COMPLETION);
    expect(await answeredWith(typed("application/json", text), { maxResponseBytes: text.length })).toEqual(
      COMPLETION,
    );
    const error = await failureOf(
      answeredWith(typed("application/json", text), { maxResponseBytes: text.length - 1 }),
    );
    expect(error.kind).toBe("limit");
  });

  test("B08 of a 50 MB error page at most 64 KiB are read and the rest is cancelled", async () => {
    const emulator = createEmulator();
    const client = new ChatCompletionsClient("https://emulator.example/models", "emulator-key", {
      fetch: emulator.fetch,
      maxRetries: 0,
    });
    const options = { headers: { "x-emulator-scenario": "big-error" } };
    const error = await failureOf<ApiError>(client.complete({ messages: MESSAGES, model: "Phi-4" }, options));
    expect(error).toMatchObject({ kind: "api", status: 500 });
    expect(String(error.body).length).toBe(65_536);
    expect(emulator.ledger[0]).toMatchObject({ outcome: "cancelled" });
    expect(emulator.ledger[0]!.bytes).toBeLessThan(200_000);
  });
});

describe("the silence of an answer", () => {
  test("ends at idleTimeoutMs", async () => {
    const content = body(["{"], "open");
    const response = new Response(content, { headers: { "content-type": "application/json" } });
    const error = await failureOf(answeredWith(response, { idleTimeoutMs: 30 }));
    expect(error).toMatchObject({ kind: "timeout", deadline: "idle" });
    expect(content.state.cancelled).toBe(true);
  });

  test("of an error's body doesn't hide the error", async () => {
    const response = new Response(body(["oops"], "open"), { status: 400 });
    const error = await failureOf<ApiError>(answeredWith(response, { idleTimeoutMs: 30 }));
    expect(error).toMatchObject({ kind: "api", status: 400 });
  });

  test("a connection lost in the middle is a connection error with its cause", async () => {
    const cause = new TypeError("terminated");
    const response = new Response(body(['{"id":'], { error: cause }), {
      headers: { "content-type": "application/json" },
    });
    const error = await failureOf(answeredWith(response));
    expect(error.kind).toBe("connection");
    expect(error.cause).toBe(cause);
  });

  test("a connection lost in an error's body doesn't hide the error", async () => {
    const response = new Response(body(["oops"], { error: new TypeError("terminated") }), { status: 500 });
    expect(await failureOf(answeredWith(response))).toMatchObject({ kind: "api", status: 500 });
  });
});

describe("over a socket", () => {
  let served: Awaited<ReturnType<typeof serveEmulator>>;
  let bomb: { url: string; close(): void };

  beforeAll(async () => {
    served = await serveEmulator(createEmulator({ maxBodyBytes: 1_000_000 }), { port: 0 });
    const zipped = gzipSync(Buffer.alloc(50_000_000));
    const server = createServer((request, response) => {
      request.resume();
      if (request.url?.startsWith("/hints")) {
        response.writeEarlyHints({ link: "</style.css>; rel=preload" });
        response.writeHead(200, { "content-type": "application/json", trailer: "x-after" });
        response.write(JSON.stringify(COMPLETION));
        response.addTrailers({ "x-after": "1" });
        response.end();
      } else {
        response.writeHead(500, { "content-type": "text/plain", "content-encoding": "gzip" }).end(zipped);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    bomb = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  });
  afterAll(async () => {
    bomb.close();
    await served.close();
  });

  const call = (scenario: string, messages = MESSAGES): Promise<unknown> =>
    new ChatCompletionsClient(`${served.url}/models`, "emulator-key", {
      model: "Phi-4",
      maxRetries: 0,
    }).complete({ messages }, { headers: { "x-emulator-scenario": scenario }, timeoutMs: 5000 });

  test.each(["bad-chunk", "missing-last-chunk", "long-length", "reset"])(
    "B06, B07 %s is a connection error",
    async (scenario) => {
      expect((await failureOf(call(scenario))).kind).toBe("connection");
    },
  );

  test("an answer that ends in its middle isn't an answer", async () => {
    expect(["malformed", "connection"]).toContain((await failureOf(call("cut"))).kind);
  });

  test("B15 a compressed answer is read", async () => {
    expect(await call("gzip")).toMatchObject({ object: "chat.completion" });
  });

  test("B16 an error body that unpacks to 50 MB is capped after unpacking", async () => {
    const client = new ChatCompletionsClient(bomb.url, "k", { maxRetries: 0, maxErrorBytes: 1000 });
    const error = await failureOf<ApiError>(client.complete({ messages: MESSAGES }));
    expect(error.status).toBe(500);
    expect(String(error.body).length).toBeLessThanOrEqual(1000);
  });

  test("B19 early hints and trailers are ignored", async () => {
    const client = new ChatCompletionsClient(`${bomb.url}/hints`, "k", { maxRetries: 0 });
    expect(await client.complete({ messages: MESSAGES })).toEqual(COMPLETION);
  });

  test("B27 an answer before the request body is sent is an answer, and nothing hangs", async () => {
    const messages = [{ role: "user" as const, content: "x".repeat(3_000_000) }];
    const error = await failureOf<ApiError>(call("early-413", messages));
    expect(["api", "connection"]).toContain(error.kind);
    if (error.kind === "api") expect(error.status).toBe(413);
  });
});
