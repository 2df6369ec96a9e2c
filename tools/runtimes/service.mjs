// The emulator over HTTP for tests that run elsewhere: open to pages of any origin, with a look into its ledger.
// It is the packed one, so what is served is what a user would start.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @typedef {{ url: string, close: () => Promise<void> }} Served
 */

/**
 * @param {string} project a folder with the packed package in its node_modules
 * @returns {Promise<Served>}
 */
export async function serveEmulatorOf(project) {
  const built = (/** @type {string} */ name) =>
    import(pathToFileURL(join(project, "node_modules/latchkey/dist/emulator", name)).href);
  const { createEmulator } = await built("index.js");
  const { serveEmulator } = await built("serve.js");
  const emulator = createEmulator();

  /** @param {Request} request */
  const answer = async (request) => {
    if (request.method === "OPTIONS") return new Response(null, { status: 204 });
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/portable/ledger") return emulator.fetch(request);
    const id = searchParams.get("id");
    return Response.json(
      emulator.ledger.filter(
        (/** @type {{ clientRequestId: string }} */ entry) => entry.clientRequestId === id,
      ),
    );
  };

  /** @param {Request} request */
  const fetch = async (request) => {
    const response = await answer(request);
    const { headers } = response;
    // Set on the response itself: the emulator notes faults of the socket beside it.
    headers.set("access-control-allow-origin", request.headers.get("origin") ?? "*");
    headers.set("access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
    headers.set("access-control-allow-headers", request.headers.get("access-control-request-headers") ?? "*");
    headers.set("access-control-expose-headers", [...headers.keys()].join(", "));
    headers.set("access-control-max-age", "600");
    return response;
  };
  return serveEmulator({ ...emulator, fetch }, { port: 0 });
}
