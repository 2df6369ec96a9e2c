// The proxy as a server of Deno. The settings are in proxy-config.ts.
//   UPSTREAM_URL=http://127.0.0.1:8788/v1 … deno run --allow-net --allow-env examples/proxy-deno.ts 8787
import { createProxy } from "latchkey/proxy";
import { config } from "./proxy-config.ts";

// The socket's own address. Behind a load balancer of yours, read the header that it writes instead.
const addresses = new WeakMap<Request, string>();
const proxy = createProxy(config, { addressOf: (request) => addresses.get(request) });

Deno.serve(
  {
    hostname: "127.0.0.1",
    port: Number(Deno.args[0] ?? 8787),
    onListen: ({ port }) => console.log(`Proxy on http://127.0.0.1:${port}`),
  },
  // Deno aborts the request's own signal when the caller leaves.
  (request, { remoteAddr }) => {
    addresses.set(request, remoteAddr.hostname);
    return proxy.fetch(request);
  },
);
