// Vectors in every format, and pictures as data URLs: typed arrays and base64 are what runtimes might do differently.
import {
  decodeEmbedding,
  EmbeddingsClient,
  type EmbeddingsClientOptions,
  type EncodingFormat,
  ImageEmbeddingsClient,
  imageDataUrl,
  imageInput,
  unpackBits,
} from "latchkey";
import { json, made } from "../bodies.ts";
import { ENDPOINT, KEY } from "../clients.ts";
import { equal, fails, has, ok, thrown } from "../expect.ts";
import { type Service, Suite } from "../harness.ts";

export const embeddings: Suite = new Suite("embeddings");
const alone = embeddings.alone.bind(embeddings);

const OPTIONS = { dangerouslyAllowBrowser: true, maxRetries: 0 };
const at = ({ url, fetch }: Service, options: EmbeddingsClientOptions = {}): EmbeddingsClient =>
  new EmbeddingsClient(`${url}/models`, "emulator-key", {
    ...OPTIONS,
    fetch,
    model: "Cohere-embed-v3",
    ...options,
  });

const DECODED: [EncodingFormat, string | number[], ArrayLike<number>, string][] = [
  ["base64", "AACAPwAAAMA=", [1, -2], "Float32Array"],
  ["base64", [0.5], [0.5], "Float32Array"],
  ["float", [1, -2], [1, -2], "Float32Array"],
  ["int8", [-128, 127], [-128, 127], "Int8Array"],
  ["uint8", [0, 255], [0, 255], "Uint8Array"],
  ["binary", [-1, 1], [-1, 1], "Int8Array"],
  ["ubinary", [255, 1], [255, 1], "Uint8Array"],
];
for (const [format, value, expected, kind] of DECODED) {
  alone(`${format} of ${JSON.stringify(value)} is a ${kind}`, () => {
    const decoded: ArrayLike<number> = decodeEmbedding(value, format);
    equal([...Array.from(decoded)], [...Array.from(expected)]);
    equal(decoded.constructor.name, kind);
  });
}

const BROKEN: [EncodingFormat, string | number[]][] = [
  ["base64", "!!"],
  ["base64", "AAA"],
  ["float", "AACAPw=="],
  ["int8", [128]],
  ["uint8", [-1]],
  ["uint8", [1.5]],
];
for (const [format, value] of BROKEN) {
  alone(`${format} of ${JSON.stringify(value)} is malformed`, async () => {
    await fails(() => decodeEmbedding(value, format), { kind: "malformed" });
  });
}

alone("packed bits, the most significant first", () => {
  equal([...unpackBits(Uint8Array.of(0b10000001, 1))], [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
  equal([...unpackBits(Int8Array.of(-128))], [1, 0, 0, 0, 0, 0, 0, 0]);
});

for (const answer of [{}, { data: null }, { data: "x" }]) {
  alone(`${JSON.stringify(answer)} is no answer`, async () => {
    const { fetch } = made(() => json(answer));
    const client = new EmbeddingsClient(ENDPOINT, KEY, { ...OPTIONS, fetch });
    await fails(client.embed({ input: ["a"] }), { kind: "malformed" });
  });
}

for (const request of [undefined, {}, { input: [] }, { input: "a" }, { input: ["a"], dimensions: "8" }]) {
  alone(`the request ${JSON.stringify(request)} is a TypeError before anything is sent`, async () => {
    const target = made(() => json({ data: [] }));
    const client = new EmbeddingsClient(ENDPOINT, KEY, { ...OPTIONS, fetch: target.fetch });
    ok((await thrown(client.embed(request as { input: string[] }))) instanceof TypeError);
    equal(target.arrivals.length, 0);
  });
}

embeddings.both("base64 is the same vector as float", async (service) => {
  const client = at(service);
  const input = ["A cat sat on the mat"];
  const [floats, packed] = [
    await client.embed({ input, encoding_format: "float" }),
    await client.embed({ input, encoding_format: "base64" }),
  ];
  const one = decodeEmbedding(floats.data[0]!.embedding, "float");
  equal([...decodeEmbedding(packed.data[0]!.embedding, "base64")], [...one]);
  ok(Math.abs(Math.hypot(...one) - 1) < 1e-4, "a vector of length 1");
});

embeddings.both("bits of both kinds are the same", async (service) => {
  const client = at(service);
  const bits = async <F extends "binary" | "ubinary">(encoding_format: F) => {
    const { data } = await client.embed({ input: ["cat"], encoding_format });
    return [...unpackBits(decodeEmbedding(data[0]!.embedding, encoding_format))];
  };
  equal(await bits("binary"), await bits("ubinary"));
});

embeddings.both("fewer dimensions, many inputs, in order", async (service) => {
  const client = at(service, { model: "text-embedding-3-small", dimensions: 64 });
  const { data } = await client.embed({ input: ["a", "b", "c"] });
  equal(
    data.map(({ index, embedding }) => [index, embedding.length]),
    [
      [0, 64],
      [1, 64],
      [2, 64],
    ],
  );
});

embeddings.both("a format that isn't there is the service's error", async (service) => {
  await fails(at(service).embed({ input: ["a"], encoding_format: "float64" as "float" }), { kind: "api" });
});

embeddings.both("the model is told", async (service) => {
  const result = await at(service).embed({ input: ["a"] });
  has(result, { object: "list", model: "Cohere-embed-v3" });
});

embeddings.both("pictures", async ({ url, fetch }) => {
  const options = { ...OPTIONS, fetch, model: "Cohere-embed-v3" };
  const client = new ImageEmbeddingsClient(`${url}/models`, "emulator-key", options);
  const picture = await imageInput(Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), {
    text: "A cat",
  });
  const { data } = await client.embed({ input: [picture, { image: picture.image }] });
  equal(data.length, 2);
});

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1]);
const PNG_URL = "data:image/png;base64,iVBORwE=";
const PICTURES: [string, Parameters<typeof imageDataUrl>[0]][] = [
  ["bytes", PNG],
  ["a buffer", PNG.buffer],
  ["part of a buffer", new Uint8Array([9, ...PNG, 9]).subarray(1, 6)],
  ["a Blob", new Blob([PNG])],
  ["a File", new File([PNG], "a.png", { type: "image/png" })],
  ["a data: URL", new URL(PNG_URL)],
];
for (const [name, picture] of PICTURES) {
  alone(`${name} as a data URL`, async () => {
    equal(await imageDataUrl(picture), PNG_URL);
  });
}

alone("a large picture as a data URL", async () => {
  const url = await imageDataUrl(new Uint8Array(100_001).fill(7), { type: "image/png" });
  equal(atob(url.slice("data:image/png;base64,".length)).length, 100_001);
});
