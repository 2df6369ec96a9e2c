// Facts about workerd that the proxy is built on. They change with releases: when one of these fails after an
// update, read docs/decisions/012-streaming.md before changing anything.
import { describe, expect, test } from "vitest";
import { identityTransformStream } from "../../platform.ts";
import { createProxy, defineConfig } from "../../proxy.ts";

const Identity = identityTransformStream()!;
const encoder = new TextEncoder();

function byteStream() {
  let controller!: ReadableByteStreamController;
  const body = new ReadableStream({
    type: "bytes",
    start(given) {
      controller = given;
    },
  });
  return { body, controller };
}

describe("workerd", () => {
  test("a pipe into an identity stream rejects when its reader has gone, at the next write", async () => {
    const { body, controller } = byteStream();
    const target = new Identity();
    const piped = body.pipeTo(target.writable).then(
      () => "fulfilled",
      () => "rejected",
    );
    const reader = target.readable.getReader();
    controller.enqueue(encoder.encode("a"));
    await reader.read();
    await reader.cancel();
    controller.enqueue(encoder.encode("b"));
    expect(await piped).toBe("rejected");
  });

  test("after a failed pipe with preventAbort the target can still be written and closed", async () => {
    const { body, controller } = byteStream();
    const target = new Identity();
    const piped = body.pipeTo(target.writable, { preventAbort: true, preventClose: true }).catch(() => {});
    const read = new Response(target.readable).text();
    controller.enqueue(encoder.encode("a"));
    await new Promise((resolve) => setTimeout(resolve, 10));
    controller.error(new TypeError("stopped"));
    await piped;
    const writer = target.writable.getWriter();
    await writer.write(encoder.encode("b"));
    await writer.close();
    expect(await read).toBe("ab");
  });

  test("a pipe can't be paused: aborted, it errors its source even with preventCancel", async () => {
    const source = new Response(new Uint8Array(4 << 20)).body!;
    const target = new Identity();
    const stop = new AbortController();
    const options = { preventAbort: true, preventClose: true, preventCancel: true, signal: stop.signal };
    const piped = source.pipeTo(target.writable, options).catch(() => "stopped");
    const reader = target.readable.getReader();
    await reader.read();
    stop.abort(new Error("paused"));
    expect(await piped).toBe("stopped");
    await expect(source.getReader().read()).rejects.toThrow("paused");
    await reader.cancel().catch(() => {});
  });

  test("a native stream and its tee can be read into a buffer of ours", async () => {
    const { readable, writable } = new Identity();
    const [one, two] = readable.tee();
    const writer = writable.getWriter();
    void writer.write(encoder.encode("abc")).then(() => writer.close());
    const other = new Response(one).text();
    const { value } = await two.getReader({ mode: "byob" }).read(new Uint8Array(64));
    expect(new TextDecoder().decode(value)).toBe("abc");
    expect(await other).toBe("abc");
  });

  test("timingSafeEqual throws on unequal lengths, so digests are compared by our own loop", () => {
    const { timingSafeEqual } = crypto.subtle as unknown as {
      timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
    };
    expect(() => timingSafeEqual.call(crypto.subtle, new Uint8Array(1), new Uint8Array(2))).toThrow(
      TypeError,
    );
  });

  test("redirect: manual is known, error is not", () => {
    expect(() => new Request("https://a.example", { redirect: "manual" })).not.toThrow();
    expect(() => new Request("https://a.example", { redirect: "error" })).toThrow(TypeError);
  });

  test("request.signal is there with the flag", () => {
    expect(new Request("https://a.example").signal).toBeInstanceOf(AbortSignal);
  });

  test("the portable relay serves a stream that somebody wrote in JavaScript", async () => {
    const { hex, sha256 } = await import("../../keys.ts");
    const proxy = createProxy(
      defineConfig({
        upstreams: { default: { kind: "openai", url: "http://127.0.0.1:1/v1" } },
        models: { m: { upstream: "default" } },
        callerKeys: [{ name: "t", sha256: hex(await sha256("lk_t")) }],
      }),
      {
        log: () => {},
        fetch: async () => {
          const body = new ReadableStream({
            start(controller) {
              controller.enqueue(encoder.encode("data: [DONE]\n\n"));
              controller.close();
            },
          });
          return new Response(body, { headers: { "content-type": "text/event-stream" } });
        },
      },
    );
    const response = await proxy.fetch(
      new Request("https://a.example/v1/chat/completions", {
        method: "POST",
        headers: { "api-key": "lk_t", "content-type": "application/json" },
        body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}',
      }),
    );
    expect(await response.text()).toBe("data: [DONE]\n\n");
  });
});
