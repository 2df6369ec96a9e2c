// How a stream may end, written once and run twice: in Node, where the relay reads in JavaScript, and inside
// workerd, where it pipes natively. The runner says how to make an upstream body.
import { afterEach, expect, test, vi } from "vitest";
import { hex, sha256 } from "../keys.ts";
import { createProxy, defineConfig, type LogEntry } from "../proxy.ts";

export interface Source {
  readonly body: ReadableStream<Uint8Array>;
  write(text: string): Promise<void>;
  close(): Promise<void>;
  fail(): Promise<void>;
}

const KEY = "lk_test";
const chunk = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

export function describeEndings(openSource: (signal: AbortSignal) => Source): void {
  async function start(
    deadlines: { idleMs?: number; streamMs?: number; heartbeatMs?: number } = {},
    endsWithoutDone = false,
    limits: { streamBytes?: number } = {},
    streamErrors: "opening" | "always" = "opening",
  ) {
    const log: LogEntry[] = [];
    const pending: Promise<unknown>[] = [];
    let source!: Source;
    let signal!: AbortSignal;
    const config = defineConfig({
      upstreams: { default: { kind: "openai", url: "http://127.0.0.1:1/v1", endsWithoutDone } },
      models: { m: { upstream: "default" } },
      callerKeys: [{ name: "t", sha256: hex(await sha256(KEY)) }],
      deadlines,
      limits,
      streamErrors,
    });
    // The global fetch: with a fetch of its own the proxy never pipes natively.
    vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
      signal = init.signal!;
      source = openSource(signal);
      return new Response(source.body, { headers: { "content-type": "text/event-stream" } });
    });
    const proxy = createProxy(config, { log: (entry) => log.push(entry) });
    const response = await proxy.fetch(
      new Request("https://proxy.example/v1/chat/completions", {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "x" }] }),
      }),
      { waitUntil: (promise) => pending.push(promise) },
    );
    expect(response.status).toBe(200);
    return { log, source, signal, response, settled: () => Promise.all(pending) };
  }

  afterEach(() => void vi.unstubAllGlobals());

  /** Reads to the end; tells what came and whether the end was clean, and if not, whether a last frame told so. */
  async function readAll(response: Response) {
    let text = "";
    try {
      for await (const piece of response.body!.pipeThrough(
        new TextDecoderStream() as never,
      ) as unknown as AsyncIterable<string>)
        text += piece;
      // A frame that tells of an end that isn't the answer's: for whoever reads it as good as a broken connection.
      const whole = text.replace(/data: \{"error":\{[^\n]*"code":"stream_truncated"[^\n]*\n\n$/, "");
      return whole === text ? { text, clean: true } : { text: whole, clean: false, told: true };
    } catch {
      return { text, clean: false };
    }
  }

  test("complete: [DONE] and the end", async () => {
    const { log, source, signal, response, settled } = await start();
    const reading = readAll(response);
    await source.write(chunk("a"));
    await source.write("data: [DONE]\n\n");
    await source.close();
    expect(await reading).toEqual({ text: `${chunk("a")}data: [DONE]\n\n`, clean: true });
    await settled();
    expect(log).toMatchObject([
      { outcome: "complete", events: 2, usage: { completion_tokens: 1, estimated: true } },
    ]);
    expect(signal.aborted).toBe(true);
  });

  test("complete: [DONE] but the upstream stays open; the caller is not held", async () => {
    const { log, source, response, settled } = await start();
    const reading = readAll(response);
    await source.write("data: [DONE]\n\n");
    expect(await reading).toEqual({ text: "data: [DONE]\n\n", clean: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "complete" }]);
  });

  test("B04 truncated: a clean end without an end mark is told by a last frame", async () => {
    const { log, source, response, settled } = await start();
    const reading = readAll(response);
    await source.write(chunk("a"));
    await source.close();
    expect(await reading).toEqual({ text: chunk("a"), clean: false, told: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "truncated", events: 1 }]);
  });

  const finished = (index: number) =>
    `data: {"choices":[{"index":${index},"delta":{},"finish_reason":"stop"}]}\n\n`;

  test("P1 a finish reason alone is no end mark", async () => {
    const { log, source, response, settled } = await start();
    const reading = readAll(response);
    await source.write(finished(0));
    await source.close();
    expect(await reading).toEqual({ text: finished(0), clean: false, told: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "truncated", finish_reason: "stop" }]);
  });

  test("a finish reason is an end mark for servers known to send no [DONE]", async () => {
    const { log, source, response, settled } = await start({}, true);
    const reading = readAll(response);
    await source.write(finished(0));
    await source.close();
    expect(await reading).toMatchObject({ clean: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "complete", finish_reason: "stop" }]);
  });

  test("P1 n: 2, cut in the second choice after the first has finished", async () => {
    const { log, source, response, settled } = await start({}, true);
    const reading = readAll(response);
    await source.write(finished(0) + chunk("half of").replace('"index":0', '"index":1'));
    await source.close();
    expect(await reading).toMatchObject({ clean: false });
    await settled();
    expect(log).toMatchObject([{ outcome: "truncated" }]);
  });

  test("P1 a reset after every finish reason is still a broken end", async () => {
    const { log, source, response, settled } = await start({}, true);
    const reading = readAll(response);
    await source.write(finished(0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await source.fail();
    expect(await reading).toEqual({ text: finished(0), clean: false, told: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "upstream_error", finish_reason: "stop" }]);
  });

  test("a reset after [DONE] takes nothing from a complete answer", async () => {
    const { log, source, response, settled } = await start();
    const reading = readAll(response);
    await source.write("data: [DONE]\n\n");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await source.fail();
    expect(await reading).toEqual({ text: "data: [DONE]\n\n", clean: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "complete" }]);
  });

  for (const [end, clean, outcome] of [
    ["data: [DONE]\n\n", true, "complete"],
    ["", false, "truncated"],
  ] as const) {
    test(`P1 an event too large to meter ${clean ? "and [DONE]" : "without [DONE]"} is ${outcome}`, async () => {
      const { log, source, response, settled } = await start();
      const reading = readAll(response);
      const large = chunk("z".repeat(5 << 20));
      await source.write(large);
      await source.write(finished(0) + end);
      await source.close();
      const read = await reading;
      expect({ length: read.text.length, clean: read.clean }).toEqual({
        length: (large + finished(0) + end).length,
        clean,
      });
      await settled();
      expect(log).toMatchObject([{ outcome, bytes: read.text.length }]);
    });
  }

  test("an error event is an honest end, but no success", async () => {
    const { log, source, response, settled } = await start();
    const reading = readAll(response);
    await source.write('data: {"error":{"message":"x"}}\n\n');
    await source.close();
    expect(await reading).toMatchObject({ clean: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "upstream_error" }]);
  });

  test("B05 upstream_error: a reset is told by a last frame", async () => {
    const { log, source, response, settled } = await start();
    const reading = readAll(response);
    await source.write(chunk("a"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await source.fail();
    expect(await reading).toEqual({ text: chunk("a"), clean: false, told: true });
    await settled();
    expect(log).toMatchObject([{ outcome: "upstream_error" }]);
  });

  test("B03 idle: a last typed error frame, the upstream closed, what was delivered counted", async () => {
    const { log, source, signal, response, settled } = await start({ idleMs: 150 });
    const reading = readAll(response);
    await source.write(chunk("a"));
    const { text, clean } = await reading;
    expect(clean).toBe(true);
    expect(text.startsWith(chunk("a"))).toBe(true);
    const frame = text.slice(chunk("a").length);
    expect(frame).toMatch(/^data: \{[^\n]*\}\n\n$/);
    expect(JSON.parse(frame.slice(6))).toMatchObject({
      error: {
        code: "upstream_idle",
        type: "server_error",
        request_id: response.headers.get("x-request-id"),
      },
    });
    expect(signal.aborted).toBe(true);
    await settled();
    expect(log).toMatchObject([
      { outcome: "idle", events: 1, usage: { completion_tokens: 1, estimated: true } },
    ]);
  });

  test("B03 idle inside an event at the beginning: its half is not passed, so the frame can be read", async () => {
    const { log, source, response, settled } = await start({ idleMs: 150 });
    const reading = readAll(response);
    await source.write(`${chunk("a")}data: {"cho`);
    const { text, clean } = await reading;
    expect(clean).toBe(true);
    expect(text).toMatch(/"finish_reason":null\}\]\}\n\ndata: \{"error":\{[^\n]*"upstream_idle"[^\n]*\n\n$/);
    await settled();
    expect(log).toMatchObject([{ outcome: "idle" }]);
  });

  test("B03 idle inside an event of an answer that flows: a frame, or where none could be read the answer breaks off", async () => {
    const { log, source, response, settled } = await start({ idleMs: 150 });
    const reading = readAll(response);
    for (let i = 0; i < 12; i += 1) await source.write(chunk("a"));
    await source.write(`data: {"cho`);
    const { text, clean } = await reading;
    if (clean) expect(text).toMatch(/\}\n\ndata: \{"error":\{[^\n]*"upstream_idle"[^\n]*\n\n$/);
    else expect(text.endsWith('data: {"cho')).toBe(true);
    await settled();
    expect(log).toMatchObject([{ outcome: "idle" }]);
  });

  const raw = `data: ${JSON.stringify({ error: { message: "pod vllm-7.internal.canary failed", code: "x", type: "server_error" } })}\n\n`;
  for (const [name, before, streamErrors] of [
    ["the first event", 0, "opening"],
    ["the seventh event", 6, "opening"],
    ["the thirtieth event, where every event is looked at", 29, "always"],
  ] as const) {
    test(`P4 an error of the service as ${name} is told in our words`, async () => {
      const { log, source, response, settled } = await start({}, false, {}, streamErrors);
      const reading = readAll(response);
      for (let i = 0; i < before; i += 1) await source.write(chunk("a"));
      await source.write(raw);
      await source.close();
      const { text, clean } = await reading;
      expect(clean).toBe(true);
      expect(text).toMatch(/data: \{"error":\{"message":"The model service failed."[^\n]*\n\n$/);
      expect(text).not.toContain("canary");
      expect(text.match(/data: /g)).toHaveLength(before + 1);
      await settled();
      expect(log).toMatchObject([{ outcome: "upstream_error", events: before + 1 }]);
    });
  }

  test("comments are passed at once, and a frame may follow them", async () => {
    const { log, source, response, settled } = await start({ idleMs: 250 });
    const reading = readAll(response);
    const begun = Date.now();
    for (let i = 0; i < 5; i += 1) {
      await source.write(":\n");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { text, clean } = await reading;
    expect(Date.now() - begun).toBeGreaterThan(600);
    expect(clean).toBe(true);
    expect(text).toMatch(/^(?::\n){5}data: \{"error":\{[^\n]*"upstream_idle"[^\n]*\n\n$/);
    await settled();
    expect(log).toMatchObject([{ outcome: "idle" }]);
  });

  test("I08 max_duration: an endless stream is cut with a frame", async () => {
    const { log, source, response, settled } = await start({ streamMs: 300 });
    const reading = readAll(response);
    const writing = (async () => {
      for (let i = 0; i < 40; i += 1) {
        await source.write(chunk("a"));
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    })().catch(() => {});
    const { text, clean } = await reading;
    expect(clean).toBe(true);
    expect(text).toMatch(/"code":"stream_too_long"[^\n]*\n\n$/);
    await settled();
    await writing;
    expect(log).toMatchObject([{ outcome: "max_duration" }]);
  });

  for (const [name, piece, heartbeatMs] of [
    ["events", chunk("a"), 15_000],
    ["events without heartbeats", chunk("a"), 0],
    ["comments", ": a comment that says nothing\n\n", 15_000],
    ["comments without heartbeats", ": a comment that says nothing\n\n", 0],
  ] as const) {
    test(`I07 max_bytes: endless ${name} at full speed are cut`, async () => {
      const limits = { streamBytes: 16_384 };
      const { log, source, signal, response, settled } = await start({ heartbeatMs }, false, limits);
      const reading = readAll(response);
      let sent = 0;
      while (!signal.aborted && sent < 8 << 20) {
        await source.write(piece.repeat(16)).catch(() => {});
        sent += piece.length * 16;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      const { text, clean } = await reading;
      // At this speed a pipe may be stopped inside an event; then the answer breaks off.
      if (clean) expect(text).toMatch(/"code":"stream_too_large"[^\n]*\n\n$/);
      expect(sent).toBeLessThan(8 << 20);
      await settled();
      expect(log).toMatchObject([{ outcome: "max_bytes" }]);
      expect(log[0]!.bytes).toBeGreaterThan(limits.streamBytes);
    });
  }

  test("client_gone: the upstream is closed, delivered events are counted", async () => {
    const { log, source, signal, response, settled } = await start();
    const reader = response.body!.getReader();
    void source.write(chunk("a")).catch(() => {});
    await reader.read();
    await reader.cancel();
    // A pipe notices at its next write.
    await source.write(chunk("b")).catch(() => {});
    await settled();
    expect(signal.aborted).toBe(true);
    expect(log).toMatchObject([{ outcome: "client_gone" }]);
    expect(log[0]!.events).toBeGreaterThanOrEqual(1);
  });

  test("a caller who reads nothing is cut at the idle deadline", async () => {
    const { log, source, signal, settled } = await start({ idleMs: 100 });
    void source.write(chunk("a")).catch(() => {});
    const started = Date.now();
    await settled();
    expect(Date.now() - started).toBeLessThan(3000);
    expect(signal.aborted).toBe(true);
    expect(log).toMatchObject([{ outcome: "idle" }]);
  });
}
