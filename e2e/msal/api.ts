// A chat API on this machine that takes no key, only the authority's tokens, and may ask for more claims.
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { AUDIENCE, type Authority, SCOPE } from "./authority.ts";
import type { Certificate } from "./certificate.ts";

export interface Api {
  url: string;
  /** The token of each call that was let through, oldest first. */
  tokens: string[];
  /** Refuses every token seen so far and asks for these claims. */
  demand(claims: object): void;
  close(): void;
}

export async function startApi(page: string, authority: Authority, { cert }: Certificate): Promise<Api> {
  const tokens: string[] = [];
  const refused = new Set<string>();
  let challenge = "Bearer";
  const keys = new Map((await keysOf(authority, cert)).map((key) => [key.kid, key]));

  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", page);
    response.setHeader("access-control-expose-headers", "www-authenticate");
    response.setHeader("access-control-allow-headers", "authorization, content-type");
    if (request.method === "OPTIONS") return void response.end();
    const token = request.headers.authorization?.replace("Bearer ", "") ?? "";
    const person = refused.has(token) ? undefined : personOf(token);
    if (person === undefined) {
      response.writeHead(401, { "www-authenticate": challenge }).end("{}");
      return;
    }
    tokens.push(token);
    const choice = { index: 0, finish_reason: "stop", message: { role: "assistant", content: person } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: "1", object: "chat.completion", choices: [choice] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  /** Who a token speaks for, if it's the authority's own, for this API, and not over. */
  function personOf(token: string): string | undefined {
    const [head = "", body = "", signature = ""] = token.split(".");
    try {
      const { kid, alg } = decode(head);
      const { iss, aud, sub, exp, scope } = decode(body);
      const key = createPublicKey({ key: keys.get(kid)!, format: "jwk" });
      const isSigned = verify(
        "sha256",
        Buffer.from(`${head}.${body}`),
        key,
        Buffer.from(signature, "base64url"),
      );
      const isMeant = alg === "RS256" && iss === authority.url && aud === AUDIENCE && scope === SCOPE;
      return isSigned && isMeant && exp > Date.now() / 1000 ? sub : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    demand(claims) {
      for (const token of tokens) refused.add(token);
      const encoded = Buffer.from(JSON.stringify(claims)).toString("base64");
      challenge = `Bearer error="insufficient_claims", claims="${encoded}"`;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function decode(part: string) {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

async function keysOf({ url }: Authority, ca: string): Promise<JsonWebKey[]> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${url}/jwks`, { ca }, resolve).on("error", reject);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()).keys;
}
