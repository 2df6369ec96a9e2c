// A real OpenID provider on this machine, over https as MSAL insists, for a page that signs people in.
import { createHash } from "node:crypto";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { Certificate } from "./certificate.ts";

export interface Authority {
  url: string;
  /** Forms of the token requests, oldest first. */
  forms: URLSearchParams[];
  /** Its keys by http, for whoever can't be told to take its certificate. */
  keysUrl: string;
  /** Of access tokens that it gives from now on. */
  lifetimeSeconds: number;
  /** Lets people be sent back to this address, too. */
  allow(redirectUri: string): void;
  close(): void;
}

/** What the tokens are for, and what they let do. */
export const AUDIENCE = "api://demo";
export const SCOPE = "api.read";
export const CLIENT_ID = "page";

/** The directory of all of its people. */
export const TENANT = "11111111-2222-4333-8444-555555555555";

/** @param redirectUri where people are sent back to. */
export async function startAuthority(redirectUri: string, certificate: Certificate): Promise<Authority> {
  const server = createServer(certificate);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const forms: URLSearchParams[] = [];
  const allowed = new Set([redirectUri]);
  const plain = createPlainServer();
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  const authority: Authority = {
    url,
    forms,
    keysUrl: `http://127.0.0.1:${(plain.address() as AddressInfo).port}/jwks`,
    lifetimeSeconds: 3600,
    allow: (uri) => void allowed.add(uri),
    close() {
      for (const one of [server, plain]) {
        one.close();
        one.closeAllConnections();
      }
    },
  };
  const cookie = { sameSite: "none", secure: true };
  const provider = new Provider(url, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [redirectUri],
      },
    ],
    cookies: { keys: ["only for this test"], long: cookie, short: cookie },
    scopes: ["openid", "profile", "offline_access"],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"] },
    // MSAL knows a person by what is in the ID token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    issueRefreshToken: async () => true,
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, name: id, preferred_username: `${id}@example.test` }),
    }),
    loadExistingGrant: grantWhatIsAsked,
    // What Entra ID's tokens have beside the standard's.
    extraTokenClaims: (_context: unknown, token: { accountId: string; clientId: string; scope: string }) => ({
      tid: TENANT,
      oid: objectIdOf(token.accountId),
      azp: token.clientId,
      scp: token.scope,
    }),
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: AUDIENCE,
          accessTokenFormat: "jwt",
          accessTokenTTL: authority.lifetimeSeconds,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    ttl: { Session: 3600, Grant: 3600, IdToken: 3600, RefreshToken: 3600, Interaction: 3600 },
  });
  provider.use(async (context, next) => {
    if (context.method === "POST" && context.req.url?.startsWith("/token")) {
      const chunks: Buffer[] = [];
      for await (const chunk of context.req) chunks.push(chunk as Buffer);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      forms.push(form);
      // MSAL asks for offline_access again with each refresh; the provider gives it to a page once.
      const scope = form.get("scope")?.replace(/ ?\boffline_access\b/, "");
      Object.assign(context.req, { body: { ...Object.fromEntries(form), ...(scope && { scope }) } });
    }
    await next();
  });
  // Its types lack the class of its clients, whose question this is.
  const { Client } = provider as unknown as {
    Client: { prototype: { redirectUriAllowed(uri: string): boolean } };
  };
  Client.prototype.redirectUriAllowed = (uri) => allowed.has(uri);
  server.on("request", provider.callback());
  plain.on("request", provider.callback());
  return authority;
}

/** The same person, the same id. */
function objectIdOf(account: string): string {
  const digits = createHash("sha256").update(account).digest("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

interface GrantContext {
  oidc: {
    provider: { Grant: new (members: object) => Grant };
    client: { clientId: string };
    session: { accountId: string };
  };
}
interface Grant {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
  save(): Promise<string>;
}

/** No page that asks for consent: signing in is enough. */
async function grantWhatIsAsked({ oidc }: GrantContext): Promise<Grant> {
  const { client, session, provider } = oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope("openid profile offline_access");
  grant.addResourceScope(AUDIENCE, SCOPE);
  await grant.save();
  return grant;
}
