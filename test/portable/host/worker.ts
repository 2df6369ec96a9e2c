// A worker in workerd: each request runs one suite, because a request's limits and its I/O are its own.
import type { Host } from "../harness.ts";
import { runSuite } from "../suites.ts";

const stray: string[] = [];
globalThis.addEventListener("unhandledrejection", (event) => {
  stray.push(String((event as unknown as { reason: unknown }).reason));
});

export default {
  async fetch(request: Request): Promise<Response> {
    const { name, host } = (await request.json()) as { name: string; host: Host };
    return Response.json({ results: await runSuite(name, { ...host, stray }) });
  },
};
