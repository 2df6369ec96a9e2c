import { Agent } from "node:http";
import httpProxy from "http-proxy";
import type { ProxyCandidate } from "../candidate.ts";

export default {
  name: "http-proxy",
  packages: ["http-proxy"],
  listener(upstream) {
    const proxy = httpProxy.createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true }) });
    proxy.on("error", () => {});
    return (request, response) => proxy.web(request, response);
  },
} satisfies ProxyCandidate;
