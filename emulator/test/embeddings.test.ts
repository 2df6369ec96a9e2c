import { describe, expect, test } from "vitest";
import { emulatorOf } from "./asking.ts";
import { call, type Json, ok, refused, SURFACES } from "./calling.ts";

const model = "text-embedding-3-small";

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

async function vectors(input: unknown, more: Record<string, unknown> = {}): Promise<number[][]> {
  const body = await ok(emulatorOf(), "/embeddings", { json: { model, input, ...more } });
  return body.data.map(({ embedding }: Json) => embedding);
}

async function inference(
  path: string,
  json: Record<string, unknown>,
): Promise<{ status: number; body: Json }> {
  const response = await emulatorOf().fetch(
    `http://emulator.test/models${path}?api-version=2024-05-01-preview`,
    {
      method: "POST",
      headers: { "api-key": "emulator-key" },
      body: JSON.stringify({ model: "Cohere-embed-v3", ...json }),
    },
  );
  return { status: response.status, body: await response.json() };
}

describe("a vector", () => {
  test("has length 1 and the model's dimensions", async () => {
    const [vector = []] = await vectors("The quick brown fox.");
    expect(vector).toHaveLength(1536);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    expect(await vectors("x", { model: "text-embedding-3-large" })).toMatchObject([{ length: 3072 }]);
  });

  test("is the same for the same text", async () => {
    const [one, two] = await vectors(["a red boat", "a red boat"]);
    expect(one).toEqual(two);
    expect(one).toEqual((await vectors("a red boat"))[0]);
  });

  test("is near to those of similar texts", async () => {
    const [cat = [], same = [], plural = [], other = []] = await vectors([
      "The cat sat on the mat in the kitchen",
      "A cat was sitting on the kitchen mat",
      "Cats sit on mats",
      "Quarterly revenue grew by nine percent",
    ]);
    expect(cosine(cat, same)).toBeGreaterThan(0.5);
    expect(cosine(cat, plural)).toBeGreaterThan(cosine(cat, other) + 0.15);
    expect(Math.abs(cosine(cat, other))).toBeLessThan(0.2);
  });

  test("is shortened to its beginning, at length 1 again", async () => {
    const [full = []] = await vectors("some words to shorten");
    const [short = []] = await vectors("some words to shorten", { dimensions: 256 });
    expect(short).toHaveLength(256);
    expect(Math.hypot(...short)).toBeCloseTo(1, 5);
    expect(cosine(short, full.slice(0, 256)) / Math.hypot(...full.slice(0, 256))).toBeCloseTo(1, 5);
  });

  test("in base64 is the same as in floats", async () => {
    const floats = (await vectors("two forms"))[0] ?? [];
    const body = await ok(emulatorOf(), "/embeddings", {
      json: { model, input: "two forms", encoding_format: "base64" },
    });
    const bytes = Uint8Array.from(atob(body.data[0].embedding), (character) => character.charCodeAt(0));
    expect([...new Float32Array(bytes.buffer)]).toEqual(floats.map(Math.fround));
  });
});

describe("embeddings", () => {
  test("of token arrays and of a full batch, counted", async () => {
    const body = await ok(emulatorOf(), "/embeddings", {
      json: { model, input: [[1, 2, 3], [4]], dimensions: 8 },
    });
    expect(body).toMatchObject({
      data: [{ index: 0 }, { index: 1 }],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    });
    const many = await vectors(
      Array.from({ length: 2048 }, (_, index) => `text ${index}`),
      { dimensions: 8 },
    );
    expect(many).toHaveLength(2048);
  });

  test.each([
    ["float", (values: number[]) => values.every((value) => Math.abs(value) <= 1), 1024],
    ["int8", (values: number[]) => values.every((value) => value >= -128 && value <= 127), 1024],
    ["uint8", (values: number[]) => values.every((value) => value >= 0 && value <= 255), 1024],
    ["binary", (values: number[]) => values.every((value) => value >= -128 && value <= 127), 128],
    ["ubinary", (values: number[]) => values.every((value) => value >= 0 && value <= 255), 128],
  ] as const)("on the inference dialect as %s", async (encoding_format, fits, length) => {
    const { body } = await inference("/embeddings", { input: ["some text"], encoding_format });
    const [{ embedding }] = body.data;
    expect(embedding).toHaveLength(length);
    expect(embedding).toSatisfy(fits);
    expect(new Set(embedding).size).toBeGreaterThan(1);
  });

  test("as bits say which members are positive, the first in the highest bit", async () => {
    const floats = (await inference("/embeddings", { input: ["bits"] })).body.data[0].embedding as number[];
    const bits = floats.map((value) => (value > 0 ? 1 : 0));
    const bytes = (await inference("/embeddings", { input: ["bits"], encoding_format: "ubinary" })).body
      .data[0].embedding;
    expect(bytes.flatMap((byte: number) => [...byte.toString(2).padStart(8, "0")].map(Number))).toEqual(bits);
    const signed = (await inference("/embeddings", { input: ["bits"], encoding_format: "binary" })).body
      .data[0].embedding;
    expect(signed.map((byte: number) => byte & 255)).toEqual(bytes);
  });

  test("of images: by their bytes and the text beside them", async () => {
    const image = `data:image/png;base64,${btoa("a picture of some size, made of letters".repeat(20))}`;
    const { body } = await inference("/images/embeddings", {
      input: [{ image }, { image }, { image, text: "a boat" }, { image: btoa("something else entirely") }],
    });
    const [one, same, said, other] = body.data.map(({ embedding }: Json) => embedding);
    expect(one).toEqual(same);
    expect(cosine(one, said)).toBeLessThan(0.999);
    expect(cosine(one, said)).toBeGreaterThan(cosine(one, other));
    expect(body.usage.total_tokens).toBeGreaterThan(4000);
  });

  test.each([
    [
      "an encoding the model lacks",
      { model: "text-embedding-3-small", encoding_format: "int8" },
      "parameter_not_supported",
    ],
    ["dimensions of a model that has one length", { dimensions: 512 }, "parameter_not_supported"],
    ["input of the wrong type", { input: 3 }, "invalid_type"],
  ])("refuses with 422 on the inference dialect: %s", async (_name, more, code) => {
    const { status, body } = await inference("/embeddings", { input: ["x"], ...more });
    expect({ status, code: body.error.code }).toEqual({ status: 422, code });
  });

  test.each([
    ["no input", {}, "input"],
    ["an empty text", { input: "" }, "input"],
    ["an empty array", { input: [] }, "input"],
    ["too many", { input: Array.from({ length: 2049 }, () => "x") }, "input"],
    ["too long", { input: "word ".repeat(9000) }, "input"],
    ["an unknown encoding", { input: "x", encoding_format: "int8" }, "encoding_format"],
    ["too many dimensions", { input: "x", dimensions: 5000 }, "dimensions"],
    ["an unknown member", { input: "x", colour: "red" }, "colour"],
  ])("refuses %s", async (_name, json, param) => {
    const { status, error } = await refused(emulatorOf(), "/embeddings", { json: { model, ...json } });
    expect(status).toBe(400);
    expect(error.param).toBe(param);
  });

  test("refuse a model of another kind, in each service's words", async () => {
    const how = { json: { model: "gpt-4.1", input: "x" } };
    expect((await refused(emulatorOf(), "/embeddings", how)).error.code).toBe("OperationNotSupported");
    expect(
      (
        await refused(emulatorOf(), "/chat/completions", {
          json: { model, messages: [{ role: "user", content: "x" }] },
        })
      ).status,
    ).toBe(400);
  });

  test.each(SURFACES)("fail as asked, by header and by model: %s", async (on) => {
    const json = { model, input: "x" };
    expect((await call(emulatorOf(), "/embeddings", { on, json, scenario: "rate-limit" })).status).toBe(429);
    expect(
      (await call(emulatorOf(), "/embeddings", { on, json: { ...json, model: "fault-server-error" } }))
        .status,
    ).toBe(500);
    const cut = await call(emulatorOf(), "/embeddings", { on, json, scenario: "cut" });
    await expect(cut.json()).rejects.toThrow();
    const reset = await call(emulatorOf(), "/embeddings", { on, json, scenario: "reset" });
    await expect(reset.text()).rejects.toThrow();
  });

  test("tell the ledger what they cost", async () => {
    const emulator = emulatorOf();
    const { usage } = await ok(emulator, "/embeddings", { json: { model, input: "some words here" } });
    expect(emulator.ledger[0]).toMatchObject({
      model,
      promptTokens: usage.prompt_tokens,
      outcome: "finished",
    });
  });
});
