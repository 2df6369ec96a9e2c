import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Emulator, EmulatorOptions } from "../index.ts";
import { type EmulatorServer, serveEmulator } from "../serve.ts";
import { chunksOf, contentOf, emulatorOf, type Question, requestOf } from "./asking.ts";

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

async function ask(server: EmulatorServer, question: Question): Promise<Response> {
  return fetch(requestOf(question, server.url));
}

/** A request by hand, and every data event with its time: what fetch hides. */
async function raw(
  server: EmulatorServer,
  question: Question,
): Promise<{ socket: Socket; head: string; body: string }> {
  const request = requestOf(question, server.url);
  const body = await request.text();
  const { pathname, search } = new URL(request.url);
  const headers = [...request.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = `content-length: ${new TextEncoder().encode(body).byteLength}\r\n`;
  const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: localhost\r\n${headers}${length}\r\n`;
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  return { socket, head, body };
}

/** Undoes HTTP/1.1 chunking. */
function chunksOnTheWire(text: string): string[] {
  let rest = text.slice(text.indexOf("\r\n\r\n") + 4);
  const chunks: string[] = [];
  for (;;) {
    const match = /^([0-9a-f]+)\r\n/i.exec(rest);
    if (match === null) throw new Error(`no chunk size: ${rest.slice(0, 40)}`);
    const size = Number.parseInt(match[1] as string, 16);
    if (size === 0) return chunks;
    chunks.push(rest.slice(match[0].length, match[0].length + size));
    rest = rest.slice(match[0].length + size + 2);
  }
}

async function until(condition: () => boolean, limitMs: number): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - start;
}

describe("serveEmulator", () => {
  test("answers like the fetch function", async () => {
    const { server } = await start();
    const response = await ask(server, { form: "deployments" });
    expect(contentOf(chunksOf(await response.text()))).toBe("one two three four five");
    expect(response.headers.get("apim-request-id")).not.toBeNull();
    expect((await ask(server, { headers: { "api-key": "wrong" } })).status).toBe(401);
  });

  test("answers to names of this machine only, so that a rebound name cannot read the recorder", async () => {
    const { server } = await start();
    const statusFor = (host: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(server.port, "127.0.0.1", () =>
          socket.write(`GET /_emulator/ledger HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
        );
        socket.once("data", (bytes) => resolve(bytes.toString().slice(9, 12)));
        socket.once("error", reject);
      });
    for (const host of ["localhost:8788", "127.0.0.1", "[::1]:8788"])
      expect(await statusFor(host)).toBe("200");
    for (const host of ["rebind.evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "@@"]) {
      expect(await statusFor(host)).toBe("421");
    }
  });

  test("writes one chunk for one chunk", async () => {
    const { server } = await start();
    const { socket, head, body } = await raw(server, {
      scenario: "byte-per-write",
      headers: { connection: "close" },
    });
    let text = "";
    socket.setEncoding("latin1").on("data", (data: string) => {
      text += data;
    });
    socket.write(head + body);
    await new Promise((resolve) => socket.once("close", resolve));
    const chunks = chunksOnTheWire(text);
    expect(chunks.every((chunk) => chunk.length === 1)).toBe(true);
    expect(contentOf(chunksOf(chunks.join("")))).toBe("one two three four five");
  });

  test("sends each chunk when it is there, the head before the first", async () => {
    const { server } = await start();
    const started = performance.now();
    const response = await ask(server, { scenario: "slow;ms=60", content: "echo a b c" });
    const times = [performance.now() - started];
    const reader = response.body!.getReader();
    while (!(await reader.read()).done) times.push(performance.now() - started);
    expect(times.length).toBeGreaterThanOrEqual(6);
    const gaps = times.slice(2).map((time, index) => time - (times[index + 1] as number));
    for (const gap of gaps) expect(gap).toBeGreaterThan(30);
  });

  test("reset is a TCP reset after what was written", async () => {
    const { server, emulator } = await start();
    const { socket, head, body } = await raw(server, { scenario: "reset;after=4" });
    let text = "";
    socket.removeAllListeners("error");
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
    socket.setEncoding("latin1").on("data", (data: string) => {
      text += data;
    });
    socket.write(head + body);
    expect((await failed).code).toBe("ECONNRESET");
    expect(text.match(/^data: /gm)).toHaveLength(4);
    expect(emulator.ledger[0]?.outcome).toBe("failed");
  });

  test("cut ends the body properly, without [DONE]", async () => {
    const { server } = await start();
    const text = await (await ask(server, { scenario: "cut;after=3" })).text();
    expect(text.match(/^data: /gm)).toHaveLength(3);
    expect(text).not.toContain("[DONE]");
  });

  test.each(["bad-chunk", "missing-last-chunk", "long-length"])(
    "%s is a broken body for the reader",
    async (scenario) => {
      const { server } = await start();
      const response = await ask(server, { scenario });
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow();
    },
  );

  test("gzip compresses and still flushes every record", async () => {
    const { server } = await start();
    const response = await ask(server, { scenario: "gzip" });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(contentOf(chunksOf(await response.text()))).toBe("one two three four five");
  });

  test.each([
    ["a silent answer", "stall", "destroy"],
    ["a silent answer, by a half-closed connection", "stall", "end"],
    ["a talking answer", "flood;chunks=1e9", "destroy"],
    ["an answer without a head", "slow-headers;ms=60000", "destroy"],
  ] as const)("notices at once that the caller has left %s", async (_name, scenario, how) => {
    const { server, emulator } = await start();
    const { socket, head, body } = await raw(server, { scenario });
    socket.resume();
    socket.write(head + body);
    await until(() => (emulator.ledger[0]?.scenario ?? null) !== null, 2_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket[how]();
    const waited = await until(() => emulator.ledger[0]?.outcome === "cancelled", 2_000);
    expect(waited).toBeLessThan(250);
    socket.destroy();
  });

  test("waits for a reader that does not read", async () => {
    const { server, emulator } = await start();
    const { socket, head, body } = await raw(server, { scenario: "flood;chunks=1e9" });
    socket.pause();
    socket.write(head + body);
    await until(() => (emulator.ledger[0]?.bytes ?? 0) > 100_000, 2_000);
    let before = -1;
    // Kernel buffers fill first; after that nothing may move.
    await until(() => {
      const now = emulator.ledger[0]?.bytes ?? 0;
      const still = now === before;
      before = now;
      return still;
    }, 5_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(emulator.ledger[0]?.bytes).toBe(before);
    expect(before).toBeLessThan(50_000_000);
    socket.destroy();
  });

  test("refuses a large body early and closes the connection", async () => {
    const { server, emulator } = await start({ maxBodyBytes: 1000 });
    const { socket, head } = await raw(server, { content: "x".repeat(100_000_000 / 1000) });
    let text = "";
    socket.setEncoding("latin1").on("data", (data: string) => {
      text += data;
    });
    socket.write(`${head}{"messages":`);
    await until(() => text.includes("413"), 1_000);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text.toLowerCase()).toContain("connection: close");
    await until(() => socket.closed || socket.readableEnded, 2_000);
    expect(emulator.requests[0]?.body).toBe("");
  });

  test("routes by path, whatever the Host header says", async () => {
    const { server, emulator } = await start();
    const { socket, head, body } = await raw(server, { headers: { connection: "close" } });
    socket.resume();
    socket.write(head.replace("host: emulator", "host: x/_emulator/requests?") + body);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(emulator.requests[0]?.path).toBe("/v1/chat/completions");
  });

  test("close ends open streams", async () => {
    const { server, emulator } = await start();
    const response = await ask(server, { scenario: "stall" });
    open.length = 0;
    await server.close();
    await expect(response.text()).rejects.toThrow();
    await until(() => emulator.ledger[0]?.outcome === "cancelled", 250);
    await expect(fetch(server.url)).rejects.toThrow();
  });

  test("a taken port rejects", async () => {
    const { server } = await start();
    await expect(serveEmulator(emulatorOf(), { port: server.port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });

  test("stays on loopback; another host is used only when given, and warned about", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { server } = await start();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(warn).not.toHaveBeenCalled();
    open.push(await serveEmulator(emulatorOf(), { host: "0.0.0.0", port: 0 }));
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });
});
