// Text and picture embeddings: what is sent, what comes back, and the vectors in every format.
import {
  decodeEmbedding,
  EmbeddingsClient,
  type EmbeddingsClientOptions,
  ImageEmbeddingsClient,
  imageDataUrl,
  imageInput,
  unpackBits,
} from "latchkey";
import { createEmulator } from "latchkey/emulator";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  type Arrival,
  body,
  bytesOf,
  ENDPOINT,
  failureOf,
  json,
  KEY,
  service,
  thrownBy,
} from "../service.ts";

const RESULT = {
  id: "e-1",
  object: "list",
  model: "m",
  data: [{ index: 0, object: "embedding", embedding: [0.5] }],
  usage: { prompt_tokens: 1, total_tokens: 1 },
};

async function sent(request: unknown, options: EmbeddingsClientOptions = {}): Promise<Arrival> {
  const { fetch, arrivals } = service(() => json(RESULT));
  await new EmbeddingsClient(ENDPOINT, KEY, { fetch, ...options }).embed(request as { input: string[] });
  return arrivals[0]!;
}

describe("EmbeddingsClient", () => {
  test("sends the input, and gives the answer as it is", async () => {
    const { fetch, arrivals } = service(() => json(RESULT));
    const client = new EmbeddingsClient(ENDPOINT, KEY, { fetch });
    expect(await client.embed({ input: ["a", "b"], encoding_format: "int8" })).toEqual(RESULT);
    const { url, method, body: text, headers } = arrivals[0]!;
    expect([method, url.href]).toEqual(["POST", `${ENDPOINT}/embeddings?api-version=2024-05-01-preview`]);
    expect(JSON.parse(text)).toEqual({ input: ["a", "b"], encoding_format: "int8" });
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("api-key")).toBe(KEY);
  });

  test.each([{}, { data: null }, { data: "CANARY" }])("A34 %j is no answer", async (answer) => {
    const { fetch } = service(() => json(answer));
    const calls = [
      new EmbeddingsClient(ENDPOINT, KEY, { fetch }).embed({ input: ["a"] }),
      new ImageEmbeddingsClient(ENDPOINT, KEY, { fetch }).embed({
        input: [{ image: "data:image/png;base64,AA==" }],
      }),
    ];
    for (const call of calls) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ kind: "malformed" });
      expect(error.message).not.toContain("CANARY");
    }
  });

  test("defaults stick; a call's win, but for null", async () => {
    const options = { model: "m", dimensions: 8, encoding_format: "float", input_type: "query" } as const;
    const { body: text } = await sent({ input: ["a"], dimensions: 4, encoding_format: null }, options);
    expect(JSON.parse(text)).toEqual({ ...options, input: ["a"], dimensions: 4 });
  });

  test("model_extras are laid over, and passed through; a call's replace the client's", async () => {
    const extras = { model_extras: { truncate: "END" } };
    const { body: text, headers } = await sent({ input: ["a"], model_extras: { input: ["b"] } }, extras);
    expect(JSON.parse(text)).toEqual({ input: ["b"] });
    expect(headers.get("extra-parameters")).toBe("pass-through");
    expect(
      (await sent({ input: ["a"], model_extras: {} }, extras)).headers.get("extra-parameters"),
    ).toBeNull();
  });

  test("a body of the caller's own goes as it is", async () => {
    const { body: text } = await sent({ body: { input: "x", y: 1 } }, { model: "m" });
    expect(JSON.parse(text)).toEqual({ input: "x", y: 1 });
  });

  test.each([
    undefined,
    {},
    { input: [] },
    { input: "a" },
    { input: ["a"], dimensions: "8" },
    { input: ["a"], model_extras: [] },
  ])("%j is a TypeError before any request", async (request) => {
    const target = service(() => json(RESULT));
    const client = new EmbeddingsClient(ENDPOINT, KEY, { fetch: target.fetch });
    expect(await thrownBy(client.embed(request as { input: string[] }))).toBeInstanceOf(TypeError);
    expect(target.arrivals).toHaveLength(0);
  });

  test("a wrong default is a TypeError", async () => {
    const options = { dimensions: "8" } as unknown as EmbeddingsClientOptions;
    expect(await thrownBy(() => new EmbeddingsClient(ENDPOINT, KEY, options))).toBeInstanceOf(TypeError);
  });
});

describe("from the emulator", () => {
  const { fetch } = createEmulator();
  const at = ["https://emulator.example/models", "emulator-key"] as const;
  const options = { fetch, model: "Cohere-embed-v3", maxRetries: 0 };
  const client = new EmbeddingsClient(...at, options);

  test("every format is the same vector", async () => {
    const vectorOf = async <F extends "float" | "base64" | "int8" | "uint8" | "binary" | "ubinary">(
      format: F,
    ) => {
      const { data } = await client.embed({ input: ["A cat sat on the mat"], encoding_format: format });
      return decodeEmbedding(data[0]!.embedding, format);
    };
    const floats = await vectorOf("float");
    expect(await vectorOf("base64")).toEqual(floats);
    expect(Math.hypot(...floats)).toBeCloseTo(1, 5);
    const int8 = await vectorOf("int8");
    expect(int8).toBeInstanceOf(Int8Array);
    expect(int8).toHaveLength(floats.length);
    expect(await vectorOf("uint8")).toBeInstanceOf(Uint8Array);
    const signs = Uint8Array.from(floats, (value) => (value > 0 ? 1 : 0));
    expect(unpackBits(await vectorOf("binary"))).toEqual(signs);
    expect(unpackBits(await vectorOf("ubinary"))).toEqual(signs);
  });

  test("a wrong format is 422 or 400, typed", async () => {
    const encoding_format = "float64" as "float";
    const error = await failureOf(client.embed({ input: ["a"], encoding_format }));
    expect(error).toMatchObject({ kind: "api" });
    expect([400, 422]).toContain((error as unknown as { status: number }).status);
  });

  test("pictures", async () => {
    const images = new ImageEmbeddingsClient(...at, options);
    const picture = await imageInput(bytesOf("\x89PNG\r\n\x1a\n"), { type: "image/png", text: "A cat" });
    const { data } = await images.embed({ input: [picture, { image: picture.image }] });
    expect(data).toHaveLength(2);
  });
});

describe("ImageEmbeddingsClient", () => {
  test("sends pictures and texts", async () => {
    const { fetch, arrivals } = service(() => json(RESULT));
    const client = new ImageEmbeddingsClient(ENDPOINT, KEY, { fetch, model: "m" });
    await client.embed({ input: [{ image: "data:image/png;base64,AA==", text: "t" }] });
    expect(arrivals[0]?.url.pathname).toBe("/models/images/embeddings");
    expect(JSON.parse(arrivals[0]!.body)).toEqual({
      model: "m",
      input: [{ image: "data:image/png;base64,AA==", text: "t" }],
    });
  });
});

describe("pictures as data URLs", () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1]);
  const URL_OF_PNG = "data:image/png;base64,iVBORwE=";

  test.each([
    ["bytes, by how they begin", png, {}],
    ["a buffer", png.buffer, {}],
    ["part of a buffer", new Uint8Array([9, ...png, 9]).subarray(1, 6), {}],
    ["a Blob with a type", new Blob([png], { type: "image/png" }), {}],
    ["a Blob without one", new Blob([png]), {}],
    ["a type that is given", new Blob([png], { type: "text/plain" }), { type: "image/png" }],
    ["a data: URL", new URL(URL_OF_PNG), {}],
  ])("%s", async (_, source, options) => {
    expect(await imageDataUrl(source, options)).toBe(URL_OF_PNG);
  });

  test.each([
    ["\xff\xd8\xff\xe0", "image/jpeg"],
    ["GIF89a", "image/gif"],
    ["RIFF\0\0\0\0WEBPVP8 ", "image/webp"],
    ["BM\0\0", "image/bmp"],
  ])("%j is %s", async (begin, type) => {
    const bytes = Uint8Array.from(begin, (char) => char.charCodeAt(0));
    expect(await imageDataUrl(bytes)).toMatch(new RegExp(`^data:${type};`));
  });

  test("a large one", async () => {
    const bytes = new Uint8Array(100_001).fill(7);
    const url = await imageDataUrl(bytes, { type: "image/png" });
    expect(url.slice(22)).toBe(Buffer.from(bytes).toString("base64"));
  });

  test("a URL is fetched without credentials, and takes the answer's type", async () => {
    const seen: RequestInit[] = [];
    const fetch = async (_: unknown, init?: RequestInit) => {
      seen.push(init ?? {});
      return new Response(png, { headers: { "content-type": "image/webp; q=1" } });
    };
    expect(await imageDataUrl(new URL("https://a.example/cat"), { fetch })).toBe(
      "data:image/webp;base64,iVBORwE=",
    );
    expect(seen).toEqual([{ credentials: "omit", signal: expect.any(AbortSignal) }]);
  });

  test("a URL that never answers is given up", async () => {
    const fetch = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal!.reason));
      });
    const source = imageDataUrl(new URL("https://a.example/cat"), { fetch, timeoutMs: 20 });
    await expect(source).rejects.toMatchObject({ kind: "connection" });
  });

  test.each([
    ["of unknown type", bytesOf("what?"), {}, TypeError],
    ["of a type that is none", png, { type: "text/html" }, TypeError],
    ["as text", "https://a.example/cat.png", {}, TypeError],
    ["at a file: URL", new URL("file:///etc/passwd"), {}, TypeError],
  ])("a picture %s is refused", async (_, source, options, type) => {
    expect(await thrownBy(imageDataUrl(source as Uint8Array<ArrayBuffer>, options))).toBeInstanceOf(type);
  });

  test("too large, missing, unreachable and aborted ones", async () => {
    const url = new URL("https://a.example/cat");
    const endless = body(
      (function* () {
        for (;;) yield new Uint8Array(1000);
      })(),
    );
    const get = (response: Response | Error) => async () => {
      if (response instanceof Error) throw response;
      return response;
    };
    expect(await failureOf(imageDataUrl(png, { maxBytes: 2 }))).toMatchObject({ kind: "limit" });
    const large = imageDataUrl(url, { fetch: get(new Response(endless)), maxBytes: 5000 });
    expect(await failureOf(large)).toMatchObject({ kind: "limit" });
    expect(endless.state.cancelled).toBe(true);
    const missing = imageDataUrl(url, { fetch: get(new Response("", { status: 404 })) });
    expect(await failureOf(missing)).toMatchObject({ kind: "connection" });
    const lost = imageDataUrl(url, { fetch: get(new TypeError("fetch failed")) });
    expect(await failureOf(lost)).toMatchObject({ kind: "connection" });
    const signal = AbortSignal.abort("why");
    const aborted = imageDataUrl(url, { fetch: get(new Error()), signal });
    expect(await failureOf(aborted)).toMatchObject({ kind: "aborted", cause: "why" });
  });
});

describe("decodeEmbedding", () => {
  test("types", () => {
    expectTypeOf(decodeEmbedding([1])).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(decodeEmbedding([1], "binary")).toEqualTypeOf<Int8Array<ArrayBuffer>>();
    expectTypeOf(decodeEmbedding([1], "ubinary")).toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  });

  test.each([
    ["float", [0.1, -2], new Float32Array([0.1, -2])],
    ["base64", "AACAPwAAAMA=", new Float32Array([1, -2])],
    ["base64", [1, -2], new Float32Array([1, -2])],
    ["int8", [-128, 127], new Int8Array([-128, 127])],
    ["uint8", [0, 255], new Uint8Array([0, 255])],
    ["binary", [-128, 127], new Int8Array([-128, 127])],
    ["ubinary", [0, 255], new Uint8Array([0, 255])],
  ] as const)("%s %j", (format, value, expected) => {
    expect(decodeEmbedding(value, format)).toEqual(expected);
  });

  test.each([
    ["float", "AAAA"],
    ["float", ["1"]],
    ["base64", "AAA"],
    ["base64", "%"],
    ["int8", [128]],
    ["int8", "AAAA"],
    ["uint8", [-1]],
    ["ubinary", [0.5]],
    ["binary", [Number.NaN]],
    ["float", null],
  ] as const)("%s isn't %j", async (format, value) => {
    const work = () => decodeEmbedding(value as unknown as number[], format);
    expect(await failureOf(work)).toMatchObject({ kind: "malformed" });
  });

  test("unpackBits: the first dimension is the highest bit", () => {
    expect([...unpackBits(new Uint8Array([0b10000001]))]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    expect([...unpackBits(new Int8Array([-127]))]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
  });
});
