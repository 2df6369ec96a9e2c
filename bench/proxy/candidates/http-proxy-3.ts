import { Agent } from "node:http";
import { createProxyServer } from "http-proxy-3";
import type { ProxyCandidate } from "../candidate.ts";

export default {
  name: "http-proxy-3",
  packages: ["http-proxy-3"],
  brief: true,
  listener(upstream) {
    const proxy = createProxyServer({ target: upstream, agent: new Agent({ keepAlive: true }) });
    proxy.on("error", () => {});
    return (request, response) => void proxy.web(request, response);
  },
} satisfies ProxyCandidate;
