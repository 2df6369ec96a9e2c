// Gives the proxy tokens for the emulator's projects, as Entra ID gives them for the real ones: the client credentials
// grant at Entra's path, for one program on this machine. Lives in the starter's own process and ends with it.
import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const MAX_FORM_BYTES = 16 * 1024;
const LIFE_SECONDS = 3600;

/**
 * @param {{ tenantId: string, clientId: string, clientSecret: string, token: string }} options `token` is what is given
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function startTokenIssuer({ tenantId, clientId, clientSecret, token }) {
  const path = `/${tenantId}/oauth2/v2.0/token`;
  const server = createServer((request, response) => {
    /** @param {number} status @param {object} body */
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(JSON.stringify(body));
    };
    if (request.url !== path || request.method !== "POST") return answer(404, { error: "not_found" });
    let form = "";
    request.setEncoding("utf8");
    request.on("data", (text) => {
      form += text;
      if (form.length > MAX_FORM_BYTES) request.destroy();
    });
    request.on("end", () => {
      const given = new URLSearchParams(form);
      if (given.get("grant_type") !== "client_credentials")
        return answer(400, { error: "unsupported_grant_type" });
      const known =
        given.get("client_id") === clientId && same(given.get("client_secret") ?? "", clientSecret);
      if (!known) return answer(401, { error: "invalid_client" });
      answer(200, { access_token: token, token_type: "Bearer", expires_in: LIFE_SECONDS });
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  server.unref();
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param {string} one @param {string} other */
function same(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
