/** What of http-proxy is used here: it brings no types. */
declare module "http-proxy" {
  import type { Agent, IncomingMessage, ServerResponse } from "node:http";

  interface Proxy {
    on(event: "error", listener: (error: Error) => void): void;
    web(request: IncomingMessage, response: ServerResponse): void;
  }
  const httpProxy: { createProxyServer(options: { target: string; agent: Agent }): Proxy };
  export default httpProxy;
}
