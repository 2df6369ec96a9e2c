// Chooses ports. A port that something else holds is answered with the next free one, never with a failure.
import { createServer } from "node:net";

/**
 * @param {number} port 0 asks the system for any free port
 * @returns {Promise<number | undefined>} the port, or undefined when it is taken
 */
function tryPort(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === "object" && address !== null ? address.port : undefined;
      server.close(() => done(got));
    });
  });
}

/**
 * The preferred port or the nearest free one above it.
 * @param {number} preferred
 * @param {Set<number>} taken ports already promised to another part
 */
export async function freePort(preferred, taken) {
  for (let port = preferred; port < preferred + 100; port++) {
    if (taken.has(port)) continue;
    const got = await tryPort(preferred === 0 ? 0 : port);
    if (got === undefined || taken.has(got)) continue;
    taken.add(got);
    return got;
  }
  throw new Error(`No free port between ${preferred} and ${preferred + 100}.`);
}
