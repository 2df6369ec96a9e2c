// The proxy as a server of Node, 22.18 or newer. The settings are in proxy-config.ts.
//   UPSTREAM_URL=http://127.0.0.1:8788/v1 UPSTREAM_KEY=emulator-key … node examples/proxy-node.ts 8787
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import { createProxy } from "latchkey/proxy";
import { config } from "./proxy-config.ts";

// The socket's own address. Behind a load balancer of yours, read the header that it writes instead.
const addresses = new WeakMap<Request, string | undefined>();
const proxy = createProxy(config, { addressOf: (request) => addresses.get(request) });

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at]!, incoming.rawHeaders[at + 1]!);
  }
  const { method = "GET", url = "/" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(`http://${incoming.headers.host}${url}`, {
    method,
    headers,
    signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
  } as RequestInit);
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // Closed before the answer is whole: the caller has gone, and the upstream is closed, too.
  const caller = new AbortController();
  outgoing.on("close", () => caller.abort());
  let request: Request;
  try {
    request = requestOf(incoming, caller.signal);
  } catch {
    outgoing.writeHead(400).end(); // a method or a Host that no Request can have
    return;
  }
  addresses.set(request, incoming.socket.remoteAddress);
  const { status, headers, body } = await proxy.fetch(request);
  outgoing.writeHead(status, Object.fromEntries(headers)).flushHeaders();
  if (body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(body as NodeStream), outgoing);
}

const server = createServer((incoming, outgoing) => {
  serve(incoming, outgoing).catch(() => outgoing.destroy());
});
server.listen(Number(process.argv[2] ?? 8787), "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") console.log(`Proxy on http://127.0.0.1:${address?.port}`);
});
