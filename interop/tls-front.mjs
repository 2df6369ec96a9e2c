// https in front of the worker, for SDKs that send no key over http: TLS ends here, and the bytes behind it pass as
// they are, closing included. The certificate is made anew for each run and lives in a folder that goes with it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { selfSigned } from "../e2e/msal/certificate.ts";

const HOST = "localhost";

/**
 * @param {string} target an http origin, such as `http://127.0.0.1:8787`
 * @returns {Promise<{ url: string, certificate: string, close: () => void }>} `certificate` is a PEM file to be trusted
 */
export async function startTlsFront(target) {
  const { hostname, port } = new URL(target);
  const { key, cert } = selfSigned(HOST);
  const folder = mkdtempSync(join(tmpdir(), "latchkey-tls-"));
  const certificate = join(folder, "certificate.pem");
  writeFileSync(certificate, cert);

  /** @type {Set<import("node:net").Socket>} */
  const open = new Set();
  /** @param {import("node:net").Socket} one @param {import("node:net").Socket} other */
  const tie = (one, other) => {
    open.add(one);
    // A reset is not an error of this program: it is passed on as the end of the other side.
    one.on("error", () => other.destroy());
    one.on("close", () => {
      open.delete(one);
      other.destroySoon();
    });
  };
  const server = createServer({ key, cert, ALPNProtocols: ["http/1.1"] }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    tie(client, upstream);
    tie(upstream, client);
    client.pipe(upstream).pipe(client);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `https://${HOST}:${address.port}`,
    certificate,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
