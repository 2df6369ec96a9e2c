// The page that runs the suites in a browser, on an origin of its own, and the place where its results arrive.
import { createServer } from "node:http";

const PAGE = `<!doctype html><meta charset="utf-8"><title>Portable suite</title>
<link rel="icon" href="data:,"><script type="module" src="suite.js"></script>`;

/**
 * @typedef {import("../../test/portable/harness.ts").Result} Result
 * @typedef {{ url: string, done: Promise<void>, close: () => void }} PageServer
 */

/**
 * @param {string} script
 * @param {{ names: readonly string[], host: object }} task
 * @param {(results: Result[]) => void} tell
 * @returns {Promise<PageServer>}
 */
export async function servePage(script, task, tell) {
  /** @type {PromiseWithResolvers<void>} */
  const { promise: done, resolve, reject } = Promise.withResolvers();
  done.catch(() => {});
  /** @type {Record<string, [type: string, body: string]>} */
  const files = {
    "/": ["text/html", PAGE],
    "/suite.js": ["text/javascript", script],
    "/task": ["application/json", JSON.stringify(task)],
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    if (path === "/results") {
      let text = "";
      for await (const chunk of request) text += chunk;
      response.end("{}");
      const { results, done: isDone, error } = JSON.parse(text);
      if (results !== undefined) tell(results);
      if (isDone === true) resolve();
      if (error !== undefined) reject(new Error(error));
      return;
    }
    const [type, body] = files[path] ?? [];
    response.writeHead(type === undefined ? 404 : 200, {
      "content-type": `${type ?? "text/plain"}; charset=utf-8`,
    });
    response.end(body ?? "Nothing is here.\n");
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", () => ready(undefined)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, done, close };
}
