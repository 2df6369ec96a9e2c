import { inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { emulatorOf } from "./asking.ts";
import { call, eventsOf, fileOf, formOf, type Json, ok, refused } from "./calling.ts";

interface Png {
  readonly width: number;
  readonly height: number;
  readonly chunks: readonly string[];
  readonly pixels: Uint8Array;
  readonly description: string;
}

/** Node's own zlib and CRC read what the emulator's encoder wrote. */
function readPng(bytes: Uint8Array): Png {
  const buffer = Buffer.from(bytes);
  expect(buffer.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks: string[] = [];
  let pixels = new Uint8Array(0);
  let description = "";
  for (let at = 8; at < buffer.length; ) {
    const length = buffer.readUInt32BE(at);
    const type = buffer.toString("latin1", at + 4, at + 8);
    const data = buffer.subarray(at + 8, at + 8 + length);
    chunks.push(type);
    if (type === "IDAT") pixels = new Uint8Array(inflateSync(data));
    if (type === "iTXt") description = data.toString("utf8").split("\0").at(-1) ?? "";
    at += 12 + length;
  }
  return { width: buffer.readUInt32BE(16), height: buffer.readUInt32BE(20), chunks, pixels, description };
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function generate(json: Record<string, unknown>, scenario?: string): Promise<Json> {
  const how = { json: { prompt: "a boat on a lake", ...json }, ...(scenario !== undefined && { scenario }) };
  return ok(emulatorOf(), "/images/generations", how);
}

describe("an image", () => {
  test("is a PNG of the size that was asked for", async () => {
    for (const [size, width, height] of [
      ["256x256", 256, 256],
      ["1792x1024", 1792, 1024],
    ] as const) {
      const { data } = await generate({ model: "dall-e-3", size, response_format: "b64_json" });
      const png = readPng(fromBase64(data[0].b64_json));
      expect(png).toMatchObject({ width, height, chunks: ["IHDR", "PLTE", "iTXt", "IDAT", "IEND"] });
      expect(png.pixels).toHaveLength(height * (1 + width / 2));
      expect(png.description).toBe("a boat on a lake");
    }
  });

  test("is drawn from the prompt: the same words, the same picture", async () => {
    const one = await generate({ model: "gpt-image-1" });
    expect(one.data).toEqual((await generate({ model: "gpt-image-1" })).data);
    expect(one.data).not.toEqual((await generate({ model: "gpt-image-1", prompt: "a boat on a sea" })).data);
    expect(one.data[0].b64_json.length).toBeLessThan(200_000);
    const { data } = await generate({ model: "gpt-image-1", n: 3 });
    expect(new Set(data.map(({ b64_json }: Json) => b64_json)).size).toBe(3);
  });

  test("by link is served by the emulator itself, also to pages", async () => {
    const emulator = emulatorOf();
    const { data } = await ok(emulator, "/images/generations", {
      json: { model: "dall-e-3", prompt: "a boat" },
    });
    expect(data[0].url).toMatch(/^http:\/\/emulator\.test\/_emulator\/images\/img-\w+\.png$/);
    const response = await emulator.fetch(data[0].url, { headers: { "sec-fetch-site": "cross-site" } });
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(readPng(new Uint8Array(await response.arrayBuffer()))).toMatchObject({
      width: 1024,
      height: 1024,
    });
    expect((await emulator.fetch("http://emulator.test/_emulator/images/none.png")).status).toBe(404);
  });

  test("with a transparent background has an invisible colour", async () => {
    const { data, background } = await generate({ model: "gpt-image-1", background: "transparent" });
    expect(background).toBe("transparent");
    expect(readPng(fromBase64(data[0].b64_json)).chunks).toContain("tRNS");
  });

  test("streams unfinished pictures first", async () => {
    const json = { model: "gpt-image-1", prompt: "a boat", stream: true, partial_images: 3 };
    const events = eventsOf(await (await call(emulatorOf(), "/images/generations", { json })).text());
    expect(events.map(({ name }) => name)).toEqual([
      ...Array.from({ length: 3 }, () => "image_generation.partial_image"),
      "image_generation.completed",
    ]);
    expect(events.slice(0, 3).map(({ data }) => data.partial_image_index)).toEqual([0, 1, 2]);
    expect(new Set(events.map(({ data }) => data.b64_json)).size).toBe(4);
  });

  test.each([
    [{ model: "dall-e-3", n: 2 }, "n"],
    [{ model: "dall-e-3", size: "10x10" }, "size"],
    [{ model: "dall-e-3", quality: "low" }, "quality"],
    [{ model: "dall-e-3", stream: true }, "stream"],
    [{ model: "gpt-image-1", style: "vivid" }, "style"],
    [{ model: "gpt-image-1", response_format: "url" }, "response_format"],
    [{ model: "gpt-image-1", output_format: "webp" }, "output_format"],
    [{ model: "gpt-image-1", partial_images: 4 }, "partial_images"],
    [{ model: "gpt-image-1", prompt: "" }, "prompt"],
  ])("refuses %j", async (more, param) => {
    const { status, error } = await refused(emulatorOf(), "/images/generations", {
      json: { prompt: "x", ...more },
    });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });

  test.each(["dall-e-3", "gpt-image-1"])("is refused by the content filter: %s", async (model) => {
    const how = { json: { model, prompt: "x" }, scenario: "content-filter" };
    const openai = await refused(emulatorOf(), "/images/generations", how);
    expect(openai).toMatchObject({ status: 400, error: { code: "content_policy_violation" } });
    const azure = await refused(emulatorOf(), "/images/generations", { ...how, on: "deployments" });
    expect(azure.error.inner_error).toMatchObject({
      code: "ResponsibleAIPolicyViolation",
      content_filter_results: { violence: { filtered: true } },
    });
  });
});

describe("an edit", () => {
  test("differs by the images that it is given", async () => {
    const [{ b64_json: one }] = (await generate({ model: "gpt-image-1" })).data;
    const [{ b64_json: two }] = (await generate({ model: "gpt-image-1", prompt: "a house" })).data;
    const edit = async (...images: string[]): Promise<string> => {
      const files = images.map((image) => fileOf(fromBase64(image), "x.png"));
      const form = formOf({ model: "gpt-image-1", prompt: "make it red", n: "1", "image[]": files });
      return (await ok(emulatorOf(), "/images/edits", { form })).data[0].b64_json;
    };
    const edits = [await edit(one), await edit(two), await edit(one, two)];
    expect(new Set(edits).size).toBe(3);
    expect(await edit(one)).toBe(edits[0]);
  });

  test.each([
    ["no image", { prompt: "x" }, "image"],
    ["a file that is no image", { prompt: "x", image: fileOf("hello", "x.png") }, "image"],
    ["n that is no number", { prompt: "x", image: fileOf("\x89PNG", "x.png"), n: "two" }, "n"],
  ])("refuses %s", async (_name, fields, param) => {
    const form = formOf({ model: "gpt-image-1", ...fields } as Record<string, string | File>);
    const { status, error } = await refused(emulatorOf(), "/images/edits", { form });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });
});
