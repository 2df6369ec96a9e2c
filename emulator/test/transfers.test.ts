// Uploads and downloads on a real socket.

import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { blobByte, blobBytes } from "../blob.ts";
import type { Emulator, EmulatorOptions } from "../index.ts";
import { type EmulatorServer, serveEmulator } from "../serve.ts";
import { emulatorOf } from "./asking.ts";
import { type Json, requestTo } from "./calling.ts";

const open: EmulatorServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function start(options: EmulatorOptions = {}): Promise<{ server: EmulatorServer; emulator: Emulator }> {
  const emulator = emulatorOf(options);
  const server = await serveEmulator(emulator, { port: 0 });
  open.push(server);
  return { server, emulator };
}

const BOUNDARY = "a-boundary";
const HEAD = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="long.bin"\r\n\r\n`;
const TAIL = `\r\n--${BOUNDARY}--\r\n`;

/** Sends the form without a length; `leaveAfter` bytes of it the connection is closed. */
function send(
  server: EmulatorServer,
  chunks: Iterable<Uint8Array>,
  leaveAfter = Number.POSITIVE_INFINITY,
): Promise<Json> {
  return new Promise((resolve, reject) => {
    const headers = {
      "api-key": "emulator-key",
      "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    };
    const outgoing = request({
      port: server.port,
      host: "127.0.0.1",
      method: "POST",
      path: "/v1/files",
      headers,
    });
    outgoing.on("error", reject).on("response", (incoming) => {
      let text = "";
      incoming.on("data", (data) => {
        text += data;
      });
      incoming.on("end", () => resolve(JSON.parse(text)));
    });
    const source = chunks[Symbol.iterator]();
    let sent = 0;
    const more = (): void => {
      for (;;) {
        const { done, value } = source.next();
        if (done) {
          outgoing.end(TAIL);
          return;
        }
        sent += value.byteLength;
        if (sent > leaveAfter) {
          outgoing.destroy();
          return;
        }
        if (!outgoing.write(value)) {
          outgoing.once("drain", more);
          return;
        }
      }
    };
    outgoing.write(HEAD);
    more();
  });
}

function* blob(bytes: number, change = 0): Generator<Uint8Array> {
  for (let at = 0; at < bytes; at += 50_000) {
    const chunk = Uint8Array.from(blobBytes(at, Math.min(bytes, at + 50_000)));
    chunk[0] = (chunk[0] as number) ^ change;
    yield chunk;
  }
}

const LENGTH = 20_000_000;

describe("a long file", () => {
  test("goes up and comes down again whole", async () => {
    const { server, emulator } = await start();
    const file = await send(server, blob(LENGTH));
    expect(file).toMatchObject({ bytes: LENGTH, filename: "long.bin" });
    const response = await fetch(requestTo(`/files/${file.id}/content`, {}, server.url));
    expect(response.headers.get("content-length")).toBe(String(LENGTH));
    let at = 0;
    let wrong = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (chunk[0] !== blobByte(at) || chunk.at(-1) !== blobByte(at + chunk.byteLength - 1)) wrong++;
      at += chunk.byteLength;
    }
    expect([at, wrong]).toEqual([LENGTH, 0]);
    expect(emulator.ledger.at(-1)).toMatchObject({ bytes: LENGTH, outcome: "finished" });
  });

  test("that is not the emulator's own is counted, not kept", async () => {
    const { server } = await start();
    const { id, bytes } = await send(server, blob(LENGTH, 1));
    expect(bytes).toBe(LENGTH);
    expect((await fetch(requestTo(`/files/${id}/content`, {}, server.url))).status).toBe(410);
  });

  test("can be asked for in parts, and from the control route", async () => {
    const { server } = await start();
    const headers = { range: "bytes=150000000-150000009" };
    const response = await fetch(requestTo("/files/file-blob-200000000/content", { headers }, server.url));
    const part = new Uint8Array(await response.arrayBuffer());
    expect([...part]).toEqual(Array.from({ length: 10 }, (_, index) => blobByte(150_000_000 + index)));
    const whole = await fetch(`${server.url}/_emulator/blob?bytes=300000`);
    expect(new Uint8Array(await whole.arrayBuffer()).at(-1)).toBe(blobByte(299_999));
    expect((await fetch(`${server.url}/_emulator/blob?bytes=-1`)).status).toBe(400);
  });

  test("whose upload is cut leaves no file", async () => {
    const { server, emulator } = await start();
    await expect(send(server, blob(LENGTH), 5_000_000)).rejects.toThrow();
    await expect.poll(() => emulator.ledger[0]?.outcome).toMatch(/cancelled|failed/);
    const list = (await (await fetch(requestTo("/files", {}, server.url))).json()) as Json;
    expect(list.data).toEqual([]);
  });

  test("past the limit is refused before it has come", async () => {
    const { server } = await start({ maxUploadBytes: 1_000_000 });
    const answer = await send(server, blob(LENGTH)).catch((error: NodeJS.ErrnoException) => error);
    // The refusal is written at once; whether a caller that still writes sees it before the connection closes, is its own affair.
    if (answer instanceof Error)
      expect(["ECONNRESET", "EPIPE"]).toContain((answer as NodeJS.ErrnoException).code);
    else expect(answer.error.message).toContain("too large");
  });

  test.each(["cut", "reset", "half-event", "long-length"])(
    "whose download is broken by %s is an error",
    async (scenario) => {
      const { server } = await start();
      const response = await fetch(requestTo("/files/file-blob-1000000/content", { scenario }, server.url));
      await expect(response.arrayBuffer()).rejects.toThrow();
    },
  );
});
