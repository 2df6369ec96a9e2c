/**
 * A server of nothing but bytes: what a scenario sends is what goes over the wire, right or wrong. It understands of
 * HTTP/1.1 what it needs to know when a request is whole, and it writes down what the client did.
 */
import { createServer, type Server, type Socket } from "node:net";

/** One request as it came. */
export interface Request {
  /** When its head was there, in milliseconds since the epoch. */
  at: number;
  head: string;
  body: string;
}

/** What a server saw during one run. */
export interface Seen {
  requests: Request[];
  connections: number;
  open: number;
  mostOpen: number;
  /** Bytes of answers that the client's side of the connections has taken, or the kernel for it. */
  taken: number;
}

export interface Exchange {
  request: Request;
  /** The how-manieth request of this run it is, from 1. */
  number: number;
  seen: Seen;
  /** Address of the second origin, which only waits to be sent something. */
  foreign: string;
  /** False as soon as the connection is gone. */
  readonly open: boolean;
  /** Writes bytes as they are. */
  raw(bytes: string | Uint8Array): void;
  /** Writes a status line and headers. */
  head(status: string, headers?: Record<string, string>): void;
  /** The head of an event stream with a chunked body. */
  stream(headers?: Record<string, string>): void;
  /** Writes a chunk of a chunked body; with back pressure: resolves when there is room again. */
  chunk(bytes: string | Uint8Array): Promise<void>;
  /** Ends a chunked body, as HTTP wants it. */
  end(): void;
  /** Writes a whole answer with its length. */
  answer(status: string, type: string, body: string, headers?: Record<string, string>): void;
  /** Closes the connection: everything written so far still arrives. */
  cut(): void;
  /** Resets the connection. */
  reset(): void;
  /** Waits, in seconds of the scenario's clock; sooner when the connection goes. */
  wait(seconds: number): Promise<void>;
}

export type Serve = (exchange: Exchange) => void | Promise<void>;

/** A server for one run; `serve` is called for each request. */
export interface Listener {
  origin: string;
  seen: Seen;
  close(): void;
}

/** Starts a server. `connect` may answer a connection before it says anything, by taking it (`true`). */
export async function listen(
  serve: Serve,
  { foreign = "", clock = 1, connect }: ListenOptions = {},
): Promise<Listener> {
  const seen: Seen = { requests: [], connections: 0, open: 0, mostOpen: 0, taken: 0 };
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    seen.connections++;
    seen.mostOpen = Math.max(seen.mostOpen, ++seen.open);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      seen.open--;
    });
    if (connect?.(socket, seen)) return;
    let waiting: Buffer = Buffer.alloc(0);
    let begun: Request | undefined;
    socket.on("data", (bytes: Buffer) => {
      waiting = waiting.length ? Buffer.concat([waiting, bytes]) : bytes;
      for (;;) {
        if (!begun) {
          const at = waiting.indexOf("\r\n\r\n");
          if (at < 0) return;
          begun = { at: Date.now(), head: waiting.toString("latin1", 0, at), body: "" };
          seen.requests.push(begun);
          waiting = waiting.subarray(at + 4);
        }
        const body = bodyOf(begun.head, waiting);
        if (!body) return;
        begun.body = body.text;
        waiting = waiting.subarray(body.length);
        const whole = begun;
        begun = undefined;
        // A scenario that writes to a connection that is gone has nothing more to say.
        Promise.resolve(serve(exchange(socket, whole))).catch(() => socket.destroy());
      }
    });
  });

  function exchange(socket: Socket, request: Request): Exchange {
    const written = socket.bytesWritten;
    const count = () => {
      seen.taken = Math.max(seen.taken, socket.bytesWritten - written - socket.writableLength);
    };
    const self: Exchange = {
      request,
      number: seen.requests.length,
      seen,
      foreign,
      get open() {
        return !socket.destroyed && socket.writable;
      },
      raw: (bytes) => void socket.write(bytes),
      head(status, headers = {}) {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`);
      },
      stream(headers) {
        self.head("200 OK", {
          "Content-Type": "text/event-stream",
          "Transfer-Encoding": "chunked",
          ...headers,
        });
      },
      async chunk(bytes) {
        const data = Buffer.from(bytes as string);
        if (data.length === 0 || !self.open) return;
        socket.cork();
        socket.write(`${data.length.toString(16)}\r\n`);
        socket.write(data);
        const room = socket.write("\r\n");
        socket.uncork();
        count();
        if (room) return;
        await new Promise<void>((resolve) => {
          const go = () => {
            socket.off("drain", go).off("close", go);
            resolve();
          };
          socket.on("drain", go).on("close", go);
        });
        count();
      },
      end: () => void socket.write("0\r\n\r\n"),
      answer(status, type, body, headers) {
        const length = String(Buffer.byteLength(body));
        self.head(status, { "Content-Type": type, "Content-Length": length, ...headers });
        socket.write(body);
      },
      cut: () => void socket.end(),
      reset: () => void socket.resetAndDestroy(),
      wait: (seconds) =>
        new Promise((resolve) => {
          const done = () => {
            clearTimeout(timer);
            socket.off("close", done);
            resolve();
          };
          const timer = setTimeout(done, (seconds * 1000) / clock);
          if (socket.destroyed) done();
          else socket.on("close", done);
        }),
    };
    return self;
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("No port.");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    seen,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface ListenOptions {
  foreign?: string;
  clock?: number;
  connect?: ((socket: Socket, seen: Seen) => boolean) | undefined;
}

/** The body of a request and how many bytes of the wire it took, or nothing when it isn't whole yet. */
function bodyOf(head: string, bytes: Buffer): { text: string; length: number } | undefined {
  if (!/^transfer-encoding:.*chunked/im.test(head)) {
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    return bytes.length < length ? undefined : { text: bytes.toString("utf8", 0, length), length };
  }
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const end = line + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { text: Buffer.concat(parts).toString("utf8"), length: end };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = end;
  }
}
