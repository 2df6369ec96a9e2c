import { Agent, request as ask } from "node:http";
import type { ProxyCandidate } from "../candidate.ts";

/** The least in Node: nothing is looked at. */
export default {
  name: "node:http pipe",
  listener(upstream) {
    const agent = new Agent({ keepAlive: true });
    return (request, response) => {
      const { method, headers, url } = request;
      const asked = ask(upstream + url, { method, headers, agent }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      asked.on("error", () => response.destroy());
      response.on("close", () => asked.destroy());
      request.pipe(asked);
    };
  },
} satisfies ProxyCandidate;
