// Runs inside the temporary project: a page and the packed proxy on one origin, in front of an emulator.
//   node page-server.ts <emulator url> <folder with index.html>
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { createProxy, defineConfig } from "latchkey/proxy";

const [emulator = "", folder = "."] = process.argv.slice(2);
const FILES: Record<string, [name: string, type: string]> = {
  "/": ["index.html", "text/html"],
  "/page.js": ["page.js", "text/javascript"],
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const file = FILES[url];
  if (file !== undefined) {
    response.writeHead(200, { "content-type": file[1] }).end(readFileSync(join(folder, file[0])));
    return;
  }
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = method === "GET" ? null : Buffer.concat(chunks);
  const call = new Request(origin + url, { method, headers, body, signal: gone.signal });
  const answered = await proxy.fetch(call);
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  for await (const chunk of answered.body ?? []) response.write(chunk);
  response.end();
}

/** The directory that gives tokens is elsewhere; what it would answer is said here. */
async function reachable(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const url = String(input instanceof Request ? input.url : input);
  if (!url.startsWith("https://login.microsoftonline.com/")) return fetch(input, init);
  return Response.json({ token_type: "Bearer", access_token: "emulator-key", expires_in: 3600 });
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
const address = server.address();
const origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;

const proxy = createProxy(
  defineConfig({
    upstreams: {
      emulator: { kind: "inference", url: `${emulator}/models`, key: "emulator-key" },
      "my-project": {
        kind: "projects",
        url: `${emulator}/api/projects/my-project`,
        deployments: { "gpt-5-mini": "gpt-5-mini" },
        entra: { tenantId: "emulator", clientId: "page", assertion: "signed elsewhere" },
      },
    },
    models: { "gpt-5-mini": { upstream: "emulator" }, "Phi-4": { upstream: "emulator" } },
    origins: [origin],
    session: { secret: "a secret that is only for this test run" },
  }),
  { fetch: reachable },
);
console.log(`Page on ${origin}`);
