/**
 * Requests over sockets, with as little as possible around them: with the machine's two processors busy, a heavy client
 * would become what is measured.
 */
import { connect, type Socket } from "node:net";

export interface Message {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** What the headers say in place of the body's own length, for bodies that never come. */
  readonly length?: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

export function bytesOf({ method = "POST", path, headers = {}, body = "", length }: Message): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(method === "POST" ? [`content-length: ${length ?? Buffer.byteLength(body)}`] : []),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Sends so many over so many connections and gives the requests per second. Every answer must have this status. */
export async function requests(
  port: number,
  message: Message,
  { count, connections, status }: { count: number; connections: number; status: number },
): Promise<number> {
  const bytes = bytesOf(message);
  let left = count;
  const one = async () => {
    let socket: Socket | undefined;
    while (left > 0) {
      left -= 1;
      socket = socket === undefined || socket.destroyed ? await open(port) : socket;
      const got = await roundTrip(socket, bytes);
      if (got !== status) throw new Error(`${got} in place of ${status}.`);
      // The rest of such a body is never sent, so the connection is of no more use.
      if (message.length !== undefined) socket.destroy();
    }
    socket?.destroy();
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, one));
  return (count / (performance.now() - begun)) * 1000;
}

/** Sends so many over one connection, one after the other, and gives how long each took in ms. */
export async function latencies(
  port: number,
  message: Message,
  { count, status }: { count: number; status: number },
): Promise<number[]> {
  const bytes = bytesOf(message);
  const socket = await open(port);
  const times: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const begun = performance.now();
    const got = await roundTrip(socket, bytes);
    if (got !== status) throw new Error(`${got} in place of ${status}.`);
    times.push(performance.now() - begun);
  }
  socket.destroy();
  return times;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** Resolves with the status when the whole answer has come. */
function roundTrip(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer: Buffer = Buffer.alloc(0);
    const finish = (error?: Error) => {
      socket.off("data", take).off("error", fail).off("close", fail);
      if (error) reject(error);
      else resolve(Number(answer.toString("latin1", 9, 12)));
    };
    const fail = () => finish(new Error("The connection broke."));
    const take = (piece: Buffer) => {
      answer = answer.length === 0 ? piece : Buffer.concat([answer, piece]);
      if (isWhole(answer)) finish();
    };
    socket.on("data", take).on("error", fail).on("close", fail);
    socket.write(request);
  });
}

function isWhole(answer: Buffer): boolean {
  const head = answer.indexOf(HEAD_END);
  if (head < 0) return false;
  const headers = answer.toString("latin1", 0, head).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(headers);
  if (length) return answer.length >= head + 4 + Number(length[1]);
  return headers.includes("\r\ntransfer-encoding: chunked")
    ? answer.subarray(head).indexOf(LAST_CHUNK) >= 0
    : true;
}

/** Reads one streamed answer to its end and throws it away. It must be whole. */
export async function drain(port: number, message: Message): Promise<void> {
  const socket = await open(port);
  const tail: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject).on("close", () => reject(new Error("The stream broke.")));
    socket.on("data", (piece) => {
      tail.push(piece);
      if (tail.length > 4) tail.shift();
      // In one write or in two: the last chunk may come by itself.
      if (piece.subarray(-5).equals(LAST_CHUNK) && Buffer.concat(tail).includes("[DONE]")) resolve();
    });
    socket.write(bytesOf(message));
  });
  socket.destroy();
}
