// Large bodies through the bundled worker in real workerd: 200 MB up and down, with the memory of its process
// watched, and endings that only sockets show.
import { readdirSync, readFileSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCallerKey } from "../keys.ts";
import { sleep, startWorker, type Worker } from "./workerd.ts";

const MB = 1024 * 1024;
const SIZE = 200 * MB;
/** The figure of the issue: how much the process may grow while 200 MB pass. */
const GROWTH = 40 * MB;
const CHUNK = Buffer.alloc(64 * 1024, "0123456789abcdef\r\n--");

let worker: Worker;
let service: Server;
let key: string;
/** What arrived with each upload: bytes, and whether the form was whole. */
let arrived: { bytes: number; whole: boolean; stopped: boolean }[];

beforeAll(async () => {
  const made = await createCallerKey("test");
  key = made.key;
  arrived = [];
  service = createServer(answer);
  await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
  worker = await startWorker({
    UPSTREAM_KIND: "openai",
    UPSTREAM_URL: `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1`,
    UPSTREAM_KEY: "emulator-key",
    MODELS: "whisper,tts-1",
    ALLOWED_ORIGINS: "http://127.0.0.1:5173",
    SESSION_SECRET: "session-secret-canary-0123456789abcdef",
    CALLER_KEYS: made.line,
  });
}, 30_000);

afterAll(async () => {
  await worker?.close();
  service?.closeAllConnections();
  service?.close();
});

/** Sizes by the file's id: "file-5" has 5 MB. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = "", method } = request;
  if (method === "POST") {
    const one = { bytes: 0, whole: false, stopped: false };
    arrived.push(one);
    let tail = "";
    request.on("data", (bytes: Buffer) => {
      one.bytes += bytes.byteLength;
      tail = (tail + bytes.subarray(-200).toString("latin1")).slice(-200);
      if (url.endsWith("/translations") && one.bytes > 2 * MB && !response.headersSent) {
        response.writeHead(413, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { code: "too_big", message: "too big" } }));
      }
    });
    request.on("end", () => {
      one.whole = /\r\n--latchkey-[0-9a-f-]{36}--\r\n$/.test(tail);
      if (response.headersSent) return;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: `file-${Math.round(one.bytes / MB)}`, object: "file", text: "t" }));
    });
    request.on("error", () => (one.stopped = true));
    request.on("close", () => (one.stopped ||= !one.whole));
    return;
  }
  const [, size = "0"] = /\/files\/file-(\d+)/.exec(url) ?? [];
  const cut = url.includes("file-7/");
  const length = Number(size) * MB;
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  const [start, end] = [Number(from ?? 0), to === undefined ? length : Number(to) + 1];
  response.writeHead(from === undefined ? 200 : 206, {
    "content-type": "text/html",
    "content-length": end - start,
    "content-disposition": 'attachment; filename="../out.jsonl"',
    "accept-ranges": "bytes",
    ...(from === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${length}` }),
  });
  let sent = start;
  const write = () => {
    while (sent < end) {
      if (cut && sent > 3 * MB) return void response.destroy();
      const piece = CHUNK.subarray(0, Math.min(CHUNK.byteLength, end - sent));
      sent += piece.byteLength;
      if (!response.write(piece)) return void response.once("drain", write);
    }
    response.end();
  };
  write();
}

/** Resident memory of the workerd process that this process has started. */
function memory(): number {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      if (!/^Name:\tworkerd$/m.test(status) || !status.includes(`PPid:\t${process.pid}\n`)) continue;
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
    } catch {
      // gone meanwhile
    }
  }
  throw new Error("There is no workerd process of ours.");
}

async function growthDuring(act: () => Promise<void>): Promise<number> {
  const before = memory();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, memory())), 25);
  try {
    await act();
  } finally {
    clearInterval(watch);
  }
  return Math.max(most, memory()) - before;
}

/** Uploads a form with a file of `size` bytes by hand, so that nothing here holds it either. */
function upload(path: string, size: number, fields: Record<string, string>) {
  const head = Object.entries(fields)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join("");
  return new Promise<{ status: number; body: string; sent: number }>((resolve, reject) => {
    let sent = 0;
    const request = httpRequest(
      {
        host: "127.0.0.1",
        port: worker.port,
        path,
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "multipart/form-data; boundary=b" },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text: string) => (body += text));
        response.on("end", () => resolve({ status: response.statusCode!, body, sent }));
      },
    );
    request.on("error", (error) => reject(Object.assign(error, { sent })));
    request.write(`${head}--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n`);
    const write = () => {
      while (sent < size && !request.destroyed) {
        sent += CHUNK.byteLength;
        if (!request.write(CHUNK)) return void request.once("drain", write);
      }
      if (!request.destroyed) request.end("\r\n--b--\r\n");
    };
    write();
  });
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(worker.url + path, { headers: { authorization: `Bearer ${key}`, ...headers } });

async function drain(response: Response): Promise<number> {
  let bytes = 0;
  for await (const piece of response.body!) bytes += piece.byteLength;
  return bytes;
}

const linux = process.platform === "linux";

describe("200 MB", () => {
  test.skipIf(!linux)(
    "the figure: an upload grows the worker by at most 40 MB",
    async () => {
      await upload("/v1/files", 8 * MB, { purpose: "batch" });
      let answered = { status: 0, body: "" };
      const started = Date.now();
      const growth = await growthDuring(async () => {
        answered = await upload("/v1/files", SIZE, { purpose: "batch" });
      });
      console.log(`worker: 200 MB up in ${Date.now() - started} ms, +${Math.round(growth / MB)} MB`);
      expect(answered.status).toBe(200);
      expect(arrived.at(-1)).toMatchObject({ whole: true });
      expect(arrived.at(-1)!.bytes).toBeGreaterThan(SIZE);
      expect(growth).toBeLessThanOrEqual(GROWTH);
    },
    20_000,
  );

  test.skipIf(!linux)(
    "the figure: a download grows the worker by at most 40 MB",
    async () => {
      // The upload above has made file-200 this caller's.
      await upload("/v1/files", 8 * MB, { purpose: "batch" });
      await drain(await get("/v1/files/file-8/content"));
      let bytes = 0;
      const started = Date.now();
      const growth = await growthDuring(async () => {
        const response = await get("/v1/files/file-200/content");
        expect(response.headers.get("content-length")).toBe(String(SIZE));
        bytes = await drain(response);
      });
      console.log(`worker: 200 MB down in ${Date.now() - started} ms, +${Math.round(growth / MB)} MB`);
      expect(bytes).toBe(SIZE);
      expect(growth).toBeLessThanOrEqual(GROWTH);
    },
    20_000,
  );
});

describe("endings", () => {
  test("B27 an upstream that answers early stops the upload", async () => {
    const answered = await upload("/v1/audio/translations", 24 * MB, { model: "whisper" }).catch(
      (error: Error & { sent: number }) => ({ status: 0, body: "", sent: error.sent }),
    );
    // The caller reads 413, or its socket is closed under it while it still writes.
    expect([0, 413]).toContain(answered.status);
    await sleep(200);
    expect(arrived.at(-1)!.whole).toBe(false);
    const entry = await worker.logged(({ route }) => route === "/v1/audio/translations");
    expect(entry).toMatchObject({ status: 413, reason: "upstream_rejected" });
  });

  test("a file past its limit is stopped while it streams, and never becomes a whole form", async () => {
    const answered = await upload("/v1/audio/transcriptions", 30 * MB, { model: "whisper" }).catch(
      () => undefined,
    );
    expect([413, undefined]).toContain(answered?.status);
    await sleep(200);
    expect(arrived.at(-1)).toMatchObject({ whole: false });
    const entry = await worker.logged(({ route }) => route === "/v1/audio/transcriptions");
    expect(entry).toMatchObject({ status: 413, reason: "body_too_large" });
  });

  test("a field after the file that is not taken stops it, too", async () => {
    const before = arrived.length;
    const body = `--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n${"x".repeat(3 * MB)}\r\n--b\r\nContent-Disposition: form-data; name="api_base"\r\n\r\nhttps://evil.example\r\n--b--\r\n`;
    const response = await fetch(`${worker.url}/v1/files`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "multipart/form-data; boundary=b" },
      body,
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: object }).error).toMatchObject({ param: "api_base" });
    await sleep(100);
    expect(arrived.slice(before).every(({ whole }) => !whole)).toBe(true);
  });

  test("a caller that leaves in the middle of an upload leaves no whole form behind", async () => {
    const socket = connect({ port: worker.port, host: "127.0.0.1" });
    socket.on("error", () => {});
    socket.write(
      `POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`,
    );
    socket.write(Buffer.alloc(2 * MB));
    await sleep(300);
    const one = arrived.at(-1)!;
    expect(one.bytes).toBeGreaterThan(MB);
    socket.resetAndDestroy();
    for (const until = Date.now() + 3000; Date.now() < until && !one.stopped; ) await sleep(10);
    expect(one).toMatchObject({ whole: false, stopped: true });
  });

  test("a cut download breaks off: never a short file", async () => {
    await upload("/v1/files", 7 * MB, { purpose: "batch" });
    const response = await get("/v1/files/file-7/content");
    expect(response.status).toBe(200);
    await expect(drain(response)).rejects.toThrow();
    const entry = await worker.logged(
      ({ outcome }) => outcome === "upstream_error" || outcome === "truncated",
    );
    expect(entry.route).toBe("/v1/files/{file}/content");
    expect(entry.bytes).toBeGreaterThan(0);
  });

  test("a range stays one, and a page can't be made of a file", async () => {
    await upload("/v1/files", 5 * MB, { purpose: "batch" });
    const response = await get("/v1/files/file-5/content", { range: "bytes=100-299" });
    expect(response.status).toBe(206);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-range": `bytes 100-299/${5 * MB}`,
      "content-length": "200",
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="out.jsonl"',
      "accept-ranges": "bytes",
      "x-content-type-options": "nosniff",
    });
    expect(await drain(response)).toBe(200);
  });
});

test("P4 nothing of a file or a key is in what the worker wrote", () => {
  const output = worker.output.join("\n");
  for (const canary of ["0123456789abcdef", "emulator-key", key, "evil.example"]) {
    expect(output).not.toContain(canary);
  }
});
