// The emulator on a socket: a Node HTTP server that hands requests to the fetch function and writes each chunk of the
// answer at once, one chunk one write. A body error becomes a TCP reset; a caller who leaves cancels the body at once.
// This file alone needs Node.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { constants, createGzip } from "node:zlib";
import type { Emulator } from "./index.ts";
import type { SocketFault } from "./scenario.ts";
import { socketFaults } from "./socket-faults.ts";

export interface ServeOptions {
  /** Default 127.0.0.1. Any address that is not loopback is used only when given here, and warned about. */
  readonly host?: string;
  /** Default 8788; 0 chooses a free one. A taken port rejects with EADDRINUSE. */
  readonly port?: number;
}

export interface EmulatorServer {
  readonly url: string;
  readonly port: number;
  /** Ends every connection and stops listening. */
  readonly close: () => Promise<void>;
}

const DEFAULT_PORT = 8788;
/** How long a caller may go on sending a refused body before the connection is closed under it. */
const LINGER_MS = 500;

export async function serveEmulator(emulator: Emulator, options: ServeOptions = {}): Promise<EmulatorServer> {
  const host = options.host ?? "127.0.0.1";
  if (!isLoopback(host)) {
    console.warn(
      `The emulator listens on ${host}: everyone who reaches this machine can use it and read its recorder.`,
    );
  }
  const server = createServer({ noDelay: true, keepAlive: true, requestTimeout: 0 });
  await listen(server, host, options.port ?? DEFAULT_PORT);
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!isLoopback(host) || isOurs(incoming.headers.host)) void exchange(emulator, url, incoming, outgoing);
    else
      outgoing
        .writeHead(421, { "content-type": "text/plain" })
        .end("This emulator answers to loopback names only.\n");
  });
  return {
    url,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Whether a Host header names this machine: a page whose name was rebound to loopback must not read the recorder. */
function isOurs(header: string | undefined): boolean {
  if (header === undefined) return true;
  const name = URL.canParse(`http://${header}`) ? new URL(`http://${header}`).hostname : "";
  return isLoopback(name.replace(/^\[|\]$/g, "")) || name.endsWith(".localhost");
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function exchange(
  emulator: Emulator,
  origin: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { socket } = incoming;
  const caller = new AbortController();
  const leave = (): void => caller.abort(new DOMException("The caller went away.", "AbortError"));
  // A half-closed connection counts as gone: waiting for a write to fail would keep a silent answer alive for ever.
  socket.once("end", leave);
  outgoing.once("close", () => {
    socket.off("end", leave);
    if (!outgoing.writableFinished) leave();
  });
  outgoing.on("error", leave);
  try {
    const request = toRequest(origin, incoming, caller.signal);
    if (request === undefined) {
      outgoing.writeHead(405).end();
      return;
    }
    const response = await emulator.fetch(request);
    await send(response, socketFaults.get(response), incoming, outgoing);
  } catch (error) {
    if (caller.signal.aborted) {
      socket.destroy();
    } else if (!outgoing.headersSent) {
      console.error(error);
      outgoing
        .writeHead(500, { "content-type": "text/plain" })
        .end("The emulator failed; its terminal says why.\n");
    } else {
      await reset(socket);
    }
  }
}

/** undefined for the few methods a Request can't have. The target's host is ours, whatever the Host header says. */
function toRequest(origin: string, incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const method = incoming.method ?? "GET";
  if (method === "TRACE" || method === "CONNECT" || method === "TRACK") return undefined;
  const target = incoming.url ?? "/";
  // A path that begins with two slashes is no host's name here.
  const { pathname, search } = new URL(target.startsWith("/") ? origin + target : target, origin);
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i] as string, incoming.rawHeaders[i + 1] as string);
  }
  const init: RequestInit & { duplex?: "half" } = { method, headers, signal, redirect: "manual" };
  if (method !== "GET" && method !== "HEAD") {
    init.body = bodyOf(incoming);
    init.duplex = "half";
  }
  return new Request(origin + pathname + search, init);
}

/** Pull based, and cancelling it only stops reading: the answer still has to go out on the same socket. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) {
          controller.close();
          return;
        }
        // Another view, not a copy: uploads may be hundreds of megabytes.
        const { buffer, byteOffset, byteLength } = value as Buffer<ArrayBuffer>;
        controller.enqueue(new Uint8Array(buffer, byteOffset, byteLength));
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

async function send(
  response: Response,
  fault: SocketFault | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie") headers[name] = value;
  }
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) headers["set-cookie"] = cookies;
  const unread = !incoming.complete;
  if (unread) headers.connection = "close";
  if (fault === "long-length") headers["content-length"] = "100000000";
  if (fault === "gzip") {
    headers["content-encoding"] = "gzip";
    delete headers["content-length"];
  }
  outgoing.writeHead(response.status, headers);
  if (response.body === null) {
    outgoing.end();
    return;
  }
  // The head goes out before the first chunk is there: that is what a caller of a slow model sees.
  outgoing.flushHeaders();
  const { socket } = incoming;
  const write =
    fault === "gzip" ? gzipWriter(outgoing) : (chunk: Uint8Array | null) => writeAtOnce(outgoing, chunk);
  const reader = openReader(response.body);
  const cancel = (): void => {
    void reader.cancel().catch(() => {});
  };
  outgoing.once("close", cancel);
  let written = 0;
  try {
    for (;;) {
      const value = await reader.read();
      if (value === undefined) break;
      written += value.byteLength;
      await write(value);
    }
  } catch (error) {
    if (fault === "bad-chunk") {
      socket.end("not-a-size\r\nhello\r\n");
      return;
    }
    if (fault === "missing-last-chunk") {
      socket.end();
      return;
    }
    throw error;
  } finally {
    outgoing.off("close", cancel);
  }
  if (outgoing.destroyed) return;
  // A caller who was promised more must not wait for it on a connection that stays open.
  if (written < Number(headers["content-length"] ?? 0)) {
    socket.end();
    return;
  }
  if (fault === "gzip") await write(null);
  outgoing.end();
  if (unread) lingerThenClose(incoming);
}

const BUFFER_BYTES = 64 * 1024;

interface ChunkReader {
  /** undefined at the end. What was read before must have been written: its memory is used again. */
  readonly read: () => Promise<Uint8Array<ArrayBuffer> | undefined>;
  readonly cancel: () => Promise<void>;
}

/** With a buffer of its own where the body can fill one: a long download then leaves no garbage behind. */
function openReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch {
    const plain = body.getReader();
    return { read: async () => (await plain.read()).value, cancel: () => plain.cancel() };
  }
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  return {
    read: async () => {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done || value === undefined) return undefined;
      buffer = value.buffer;
      return value;
    },
    cancel: () => reader.cancel(),
  };
}

/** Resolves when the chunk has left, or the connection is gone: until then its memory is in use. */
function writeAtOnce(outgoing: ServerResponse, chunk: Uint8Array | null): Promise<void> | undefined {
  if (chunk === null || outgoing.destroyed) return undefined;
  return new Promise((resolve) => {
    const go = (): void => {
      outgoing.off("close", go);
      resolve();
    };
    outgoing.on("close", go);
    outgoing.write(chunk, go);
    // Node corks the socket until the next tick and would join chunks that follow each other without one.
    outgoing.socket?.uncork();
  });
}

/** One flush a chunk, as a server that compresses an event stream has to; null finishes. */
function gzipWriter(outgoing: ServerResponse): (chunk: Uint8Array | null) => Promise<void> {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  gzip.on("data", (compressed: Buffer) => writeAtOnce(outgoing, compressed));
  return (chunk) =>
    new Promise((resolve) => {
      if (chunk === null) gzip.once("end", resolve).end();
      else gzip.write(chunk, () => resolve());
    });
}

/** What has been written leaves first; then RST instead of FIN. */
async function reset(socket: Socket): Promise<void> {
  while (socket.writableLength > 0 && !socket.destroyed)
    await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 5));
  socket.resetAndDestroy();
}

/** Closing at once would reset the connection and could destroy the refusal before it is read. */
function lingerThenClose(incoming: IncomingMessage): void {
  const { socket } = incoming;
  incoming.pause();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}
