// A real OpenID provider on this machine, over https as MSAL insists, for a page that signs people in.
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";
import type { Certificate } from "./certificate.ts";

export interface Authority {
  url: string;
  /** Forms of the token requests, oldest first. */
  forms: URLSearchParams[];
  close(): void;
}

/** What the tokens are for, and what they let do. */
export const AUDIENCE = "api://demo";
export const SCOPE = "api.read";
export const CLIENT_ID = "page";

/** @param page the origin of the page. */
export async function startAuthority(page: string, certificate: Certificate): Promise<Authority> {
  const server = createServer(certificate);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const forms: URLSearchParams[] = [];
  const cookie = { sameSite: "none", secure: true };
  const provider = new Provider(url, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: [`${page}/redirect.html`],
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
          accessTokenTTL: 3600,
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
  server.on("request", provider.callback());
  return {
    url,
    forms,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
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
