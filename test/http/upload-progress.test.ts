// Streams as bodies, and the progress of uploads, in runtimes that differ: what a runtime can't send is said, not sent.
import { ChatCompletionsClient } from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { OpenAI, toStreamingFile } from "latchkey/openai";
import { afterEach, describe, expect, test, vi } from "vitest";
import { scriptedBody } from "../../emulator/body.ts";
import { body, bytesOf, json, service, thrownBy } from "../service.ts";

afterEach(() => vi.unstubAllGlobals());

const client = (target: { fetch: typeof fetch }): OpenAI =>
  new OpenAI({ apiKey: "test-key", fetch: target.fetch, maxRetries: 0, dangerouslyAllowBrowser: true });
const answering = () => service(() => json({ id: "file-1" }));

/** As Firefox and WebKit do it: a stream becomes its name as text, and a Request has no `body`. */
function withoutStreams(): void {
  const Own = globalThis.Request;
  vi.stubGlobal(
    "Request",
    class extends Own {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        super(input, init?.body instanceof ReadableStream ? { ...init, body: String(init.body) } : init);
      }
      override get body(): never {
        return undefined as never;
      }
    },
  );
}

/** As Deno and workerd do it: `duplex` is never looked at, and streams are sent all the same. */
function withoutDuplex(): void {
  const Own = globalThis.Request;
  vi.stubGlobal(
    "Request",
    class extends Own {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        super(input, init?.body instanceof ReadableStream ? { ...without(init), ...HALF } : init);
      }
    },
  );
}
const HALF = { duplex: "half" };
const without = ({ ...init }: RequestInit): RequestInit => {
  Reflect.deleteProperty(init, "duplex");
  return init;
};

describe("where no stream can be sent", () => {
  test("one is refused before anything is sent, with what to do", async () => {
    withoutStreams();
    const target = answering();
    const file = toStreamingFile(body(["a"]), "a.txt");
    const error = await thrownBy(() => client(target).files.create({ file, purpose: "batch" }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain("toFile()");
    const chat = new ChatCompletionsClient("https://a.example", "test-key", { fetch: target.fetch });
    const raw = chat.sendRequest({ method: "POST", url: "x", body: body(["a"]) });
    expect(await thrownBy(raw)).toBeInstanceOf(TypeError);
    expect(target.arrivals).toHaveLength(0);
  });

  test("an upload goes as it is, and no progress is told", async () => {
    withoutStreams();
    const target = answering();
    const onUploadProgress = vi.fn();
    await client(target).files.create({ file: bytesOf("ab"), purpose: "batch" }, { onUploadProgress });
    expect(target.arrivals[0]?.body).toContain("ab");
    expect(onUploadProgress).not.toHaveBeenCalled();
  });

  test("the emulator reads bodies all the same", async () => {
    withoutStreams();
    const emulator = createEmulator();
    const openai = new OpenAI({ apiKey: "emulator-key", fetch: emulator.fetch, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "Hello" }];
    expect((await openai.chat.completions.create({ model: "gpt-4.1", messages })).choices).toHaveLength(1);
    const { id } = await openai.files.create({ file: bytesOf("content"), purpose: "user_data" });
    expect(await (await openai.files.content(id)).text()).toBe("content");
  });
});

test("the emulator's bodies are plain streams where there are no byte streams, as in WebKit", async () => {
  const Own = globalThis.ReadableStream as new (
    source?: UnderlyingDefaultSource,
    strategy?: QueuingStrategy,
  ) => ReadableStream;
  vi.stubGlobal(
    "ReadableStream",
    class extends Own {
      constructor(source?: UnderlyingDefaultSource, strategy?: QueuingStrategy) {
        if (source?.type !== undefined) throw new TypeError("not implemented");
        super(source, strategy);
      }
    },
  );
  const ends: string[] = [];
  const script = [bytesOf("a"), { pauseMs: 1 }, { lent: bytesOf("b") }][Symbol.iterator]();
  const { signal } = new AbortController();
  const reader = scriptedBody(script, {
    paceMs: 0,
    signal,
    onChunk() {},
    onEnd: (outcome) => ends.push(outcome),
  }).getReader();
  expect(await reader.read()).toEqual({ done: false, value: bytesOf("a") });
  expect(await reader.read()).toEqual({ done: false, value: bytesOf("b") });
  expect((await reader.read()).done).toBe(true);
  expect(ends).toEqual(["finished"]);
});

test("a page sends no stream over plain HTTP by its own fetch: Chromium would fail the upload", async () => {
  vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0" });
  const target = answering();
  vi.stubGlobal("fetch", target.fetch);
  const at = (baseURL: string) =>
    new OpenAI({ apiKey: "k".repeat(8), baseURL, dangerouslyAllowBrowser: true });
  const stream = () => ({ file: toStreamingFile(body(["a"]), "a.txt"), purpose: "batch" as const });
  expect(await thrownBy(() => at("http://127.0.0.1:1/v1").files.create(stream()))).toBeInstanceOf(TypeError);
  const told = vi.fn();
  const file = { file: bytesOf("ab"), purpose: "batch" as const };
  await at("http://127.0.0.1:1/v1").files.create(file, { onUploadProgress: told });
  expect(told).not.toHaveBeenCalled();
  await at("https://a.example/v1").files.create(stream());
  expect(target.arrivals).toHaveLength(2);
});

test.each(["Node's Request", "a Request that never asks for duplex"])("progress with %s", async (kind) => {
  if (kind !== "Node's Request") withoutDuplex();
  const seen: { percent: number; totalBytes: number; transferredBytes: number }[] = [];
  const file = new File([new Uint8Array(300_000)], "big.bin");
  const target = service(({ body: text }) => json({ id: "file-1", bytes: text.length }));
  await client(target).files.create(
    { file, purpose: "batch" },
    { onUploadProgress: (progress) => seen.push(progress) },
  );
  expect(seen.at(-1)).toMatchObject({ percent: 1, totalBytes: seen.at(-1)?.transferredBytes });
  expect(seen.at(-1)?.transferredBytes).toBeGreaterThan(300_000);
  const percents = seen.map(({ percent }) => percent);
  expect(percents).toEqual([...percents].sort((one, other) => one - other));
  expect(percents.slice(0, -1).every((percent) => percent < 1)).toBe(true);
});
