import { describe, expect, test } from "vitest";
import { blobByte, blobBytes, isBlobAt } from "../blob.ts";
import { emulatorOf } from "./asking.ts";
import { call, fileOf, formOf, type Json, ok, refused, requestTo, SURFACES, upload } from "./calling.ts";

describe("a file", () => {
  test.each(SURFACES)("is uploaded, listed, retrieved, downloaded and deleted: %s", async (on) => {
    const emulator = emulatorOf();
    const form = formOf({ purpose: "batch", file: fileOf("one\r\ntwo\r\n--", 'naïve "name".jsonl') });
    const response = await call(emulator, "/files", { on, form });
    const file = (await response.json()) as Json;
    expect(response.status).toBe(on === "deployments" ? 201 : 200);
    expect(response.headers.get("location")).toEqual(
      on === "deployments" ? expect.stringContaining(`/openai/files/${file.id}?api-version=`) : null,
    );
    expect(file).toMatchObject({
      object: "file",
      bytes: 12,
      purpose: "batch",
      filename: 'naïve "name".jsonl',
    });
    expect(file.status).toBe(on === "openai" ? "processed" : "pending");
    expect(await ok(emulator, `/files/${file.id}`, { on })).toMatchObject({
      id: file.id,
      status: "processed",
    });
    expect((await ok(emulator, "/files", { on })).data).toMatchObject([{ id: file.id }]);
    const content = await call(emulator, `/files/${file.id}/content`, { on });
    expect(content.headers.get("content-length")).toBe("12");
    expect(content.headers.get("content-disposition")).toBe(
      "attachment; filename*=UTF-8''na%C3%AFve%20%22name%22.jsonl",
    );
    expect(await content.text()).toBe("one\r\ntwo\r\n--");
    await call(emulator, `/files/${file.id}`, { on, method: "DELETE" });
    const { status, error } = await refused(emulator, `/files/${file.id}`, { on });
    expect({ status, message: error.message }).toEqual({
      status: 404,
      message: `No such File object: ${file.id}`,
    });
  });

  test("expires when it was asked to", async () => {
    let now = 1_750_000_000_000;
    const emulator = emulatorOf({ clock: () => now });
    const fields = {
      purpose: "batch",
      "expires_after[anchor]": "created_at",
      "expires_after[seconds]": "3600",
    };
    const file = await ok(emulator, "/files", { form: formOf({ ...fields, file: fileOf("x", "x") }) });
    expect(file.expires_at).toBe(file.created_at + 3600);
    now += 3_600_000;
    expect((await refused(emulator, `/files/${file.id}`)).status).toBe(404);
  });

  test("is ready by the clock, too", async () => {
    let now = 1_750_000_000_000;
    const emulator = emulatorOf({ clock: () => now });
    await upload(emulator, "x", "batch", "azure-v1");
    const status = async (): Promise<string> =>
      (await ok(emulator, "/files", { on: "azure-v1" })).data[0].status;
    expect(await status()).toBe("pending");
    now += 1_000;
    expect(await status()).toBe("processed");
  });

  test.each([
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=5-100", 206, "56789", "bytes 5-9/10"],
    ["bytes=9-3", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
    ["bytes=0-1,3-4", 200, "0123456789", null],
  ])("is given in part: %s", async (range, status, text, contentRange) => {
    const emulator = emulatorOf();
    const { id } = await upload(emulator, "0123456789", "batch");
    const response = await call(emulator, `/files/${id}/content`, { headers: { range } });
    expect([response.status, await response.text(), response.headers.get("content-range")]).toEqual([
      status,
      text,
      contentRange,
    ]);
    const beyond = await call(emulator, `/files/${id}/content`, { headers: { range: "bytes=10-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  });

  test("is not guessed when its content was not kept", async () => {
    const emulator = emulatorOf({ keepFileBytes: 10 });
    const { id, bytes } = await upload(emulator, "longer than ten bytes", "batch");
    expect(bytes).toBe(21);
    expect(await refused(emulator, `/files/${id}/content`)).toMatchObject({
      status: 410,
      error: { code: "emulator_not_kept" },
    });
  });

  test("of a blob's bytes needs not be kept", async () => {
    const emulator = emulatorOf({ keepFileBytes: 10 });
    const blob = await (
      await emulator.fetch("http://emulator.test/_emulator/blob?bytes=200000")
    ).arrayBuffer();
    const file = fileOf(new Uint8Array(blob), "blob.bin");
    const { id } = await ok(emulator, "/files", { form: formOf({ purpose: "user_data", file }) });
    const content = await (await call(emulator, `/files/${id}/content`)).arrayBuffer();
    expect(new Uint8Array(content)).toEqual(new Uint8Array(blob));
  });

  test.each([
    ["no purpose", { file: fileOf("x", "x") }, "purpose"],
    ["an unknown purpose", { file: fileOf("x", "x"), purpose: "fun" }, "purpose"],
    ["no file", { purpose: "batch" }, "file"],
    ["a file that is a field", { purpose: "batch", file: "x" }, "file"],
    ["an empty file", { purpose: "batch", file: fileOf("", "x") }, "file"],
    ["an unknown field", { purpose: "batch", file: fileOf("x", "x"), colour: "red" }, "colour"],
    [
      "a short life",
      {
        purpose: "batch",
        file: fileOf("x", "x"),
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "5",
      },
      "expires_after[seconds]",
    ],
  ])("is refused with %s", async (_name, fields, param) => {
    const form = formOf(fields as unknown as Record<string, string | File>);
    const { status, error } = await refused(emulatorOf(), "/files", { form });
    expect({ status, param: error.param }).toEqual({ status: 400, param });
  });

  test("past the limit is refused without reading on", async () => {
    const emulator = emulatorOf({ maxUploadBytes: 1_000 });
    const form = formOf({ purpose: "batch", file: fileOf("x".repeat(2_000), "x") });
    expect((await refused(emulator, "/files", { form })).status).toBe(413);
  });

  test("that leaves its path is not there", async () => {
    for (const id of ["..%2F..%2F_emulator%2Frequests", "%2e%2e", "a%00b", "constructor", "__proto__"]) {
      expect((await refused(emulatorOf(), `/files/${id}`)).status).toBe(404);
    }
  });

  test("is downloaded short only with an error", async () => {
    const emulator = emulatorOf();
    const cut = await call(emulator, "/files/file-blob-1000/content", { scenario: "cut;after=2" });
    expect((await cut.arrayBuffer()).byteLength).toBeLessThan(Number(cut.headers.get("content-length")));
    const reset = await call(emulator, "/files/file-blob-1000/content", { scenario: "reset" });
    await expect(reset.arrayBuffer()).rejects.toThrow();
  });
});

describe("the list", () => {
  test("has pages, an order and a purpose", async () => {
    const emulator = emulatorOf();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      ids.unshift((await upload(emulator, `${index}`, index === 2 ? "fine-tune" : "batch")).id);
    }
    const idsOf = (page: Json): string[] => page.data.map(({ id }: Json) => id);
    const first = await ok(emulator, "/files?limit=2");
    expect(first).toMatchObject({ has_more: true, first_id: ids[0], last_id: ids[1] });
    const second = await ok(emulator, `/files?limit=3&after=${ids[1]}`);
    expect([idsOf(second), second.has_more]).toEqual([ids.slice(2), false]);
    expect(idsOf(await ok(emulator, `/files?limit=1&before=${ids[2]}`))).toEqual([ids[1]]);
    expect(idsOf(await ok(emulator, "/files?order=asc"))).toEqual(ids.toReversed());
    expect(idsOf(await ok(emulator, "/files?purpose=fine-tune"))).toEqual([ids[2]]);
    for (const query of ["limit=0", "limit=x", "order=up", "after=nobody"]) {
      expect((await refused(emulator, `/files?${query}`)).status).toBe(400);
    }
  });

  test("is empty after a reset", async () => {
    const emulator = emulatorOf();
    await upload(emulator, "x", "batch");
    emulator.reset();
    expect(await ok(emulator, "/files")).toMatchObject({ data: [], has_more: false, first_id: null });
  });
});

describe("a form", () => {
  const boundary = "xyz";
  const part = (head: string, body: string): string => `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`;
  const whole = `preamble\r\n${part('Content-Disposition: form-data; name="purpose"', "batch")}${part(
    'content-disposition: form-data; name=file; filename="a\\"b.txt"\r\nContent-Type: text/plain',
    "body with --xyz inside and\r\n--xy too",
  )}--${boundary}--\r\nepilogue`;

  async function send(
    pieces: readonly string[],
    type = `multipart/form-data; boundary=${boundary}`,
  ): Promise<Json> {
    const chunks = pieces.map((piece) => new TextEncoder().encode(piece));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const next = chunks.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
    });
    const { url } = requestTo("/files");
    const headers = { "api-key": "emulator-key", "content-type": type };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const emulator = emulatorOf();
    const answer = (await (await emulator.fetch(url, init)).json()) as Json;
    return { ...answer, recorded: emulator.requests[0]?.body };
  }

  test("is read the same however it is cut into chunks", async () => {
    const expected = { filename: 'a"b.txt', bytes: 36, purpose: "batch" };
    for (let size = 1; size < 80; size += 3) {
      const pieces = whole.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
      expect(await send(pieces)).toMatchObject(expected);
    }
  });

  test("is recorded as one line a part", async () => {
    const { recorded } = await send([whole]);
    expect(recorded).toMatch(/^purpose: batch\nfile: a"b\.txt \(text\/plain, 36 bytes, fnv1a [0-9a-f]{8}\)$/);
  });

  test.each([
    ["cut in the body", whole.slice(0, 200)],
    ["cut in a head", whole.slice(0, 40)],
    ["cut before the last boundary's end", whole.slice(0, whole.indexOf("--\r\nepilogue"))],
    ["empty", ""],
    ["without a name", part("Content-Disposition: form-data", "x")],
    ["with an endless head", `--${boundary}\r\n${"a: b\r\n".repeat(10_000)}`],
  ])("%s is refused", async (_name, text) => {
    expect((await send([text])).error).toMatchObject({ type: "invalid_request_error" });
  });

  test.each(["text/plain", "multipart/form-data", "multipart/mixed; boundary=x"])(
    "is not of type %s",
    async (type) => {
      expect((await send([whole], type)).error.message).toMatch(/content type/i);
    },
  );
});

test("a blob's bytes are known by their place", () => {
  const far = blobBytes(1_000_000, 1_000_100);
  expect([...far]).toEqual(Array.from({ length: 100 }, (_, index) => blobByte(1_000_000 + index)));
  expect(isBlobAt(1_000_000, far)).toBe(true);
  expect(isBlobAt(1_000_001, far)).toBe(false);
  expect(new Set(blobBytes(0, 60_000)).size).toBeGreaterThan(200);
});
