// The proxy as a server of Bun. The settings are in proxy-config.ts.
//   UPSTREAM_URL=http://127.0.0.1:8788/v1 … bun examples/proxy-bun.ts 8787
import { createProxy } from "latchkey/proxy";
import { config } from "./proxy-config.ts";

// The socket's own address. Behind a load balancer of yours, read the header that it writes instead.
const proxy = createProxy(config, { addressOf: (request) => server.requestIP(request)?.address });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 8787),
  // Seconds; off, because an answer may be silent for longer: the proxy has deadlines of its own.
  idleTimeout: 0,
  // Bun aborts the request's own signal when the caller leaves.
  fetch: (request) => proxy.fetch(request),
});
console.log(`Proxy on http://127.0.0.1:${server.port}`);

/** The part of Bun's own types that is used here, so that this file needs no package for them. */
interface Server {
  readonly port: number;
  requestIP(request: Request): { readonly address: string } | null;
}
declare const Bun: {
  serve(options: {
    hostname: string;
    port: number;
    idleTimeout: number;
    fetch(request: Request): Promise<Response>;
  }): Server;
};
