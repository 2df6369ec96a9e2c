// A real OpenID provider on this machine, at Entra's paths, for the client credentials grant.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type ClientMetadata } from "oidc-provider";

export interface Authority {
  url: string;
  /** Bodies of the token requests. */
  forms: URLSearchParams[];
  close(): Promise<void>;
}

/** Starts it; the tenant is `contoso.com`, tokens are for `api://demo`. */
export async function startAuthority(clients: ClientMetadata[]): Promise<Authority> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: clients.map((client) => ({
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      ...client,
    })),
    routes: { token: "/contoso.com/oauth2/v2.0/token" },
    scopes: ["api://demo/.default"],
    enabledJWA: { clientAuthSigningAlgValues: ["PS256"] },
    cookies: { keys: ["only for this test"] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => "api://demo",
        getResourceServerInfo: () => ({
          scope: "api://demo/.default",
          audience: "api://demo",
          accessTokenFormat: "opaque",
          accessTokenTTL: 3600,
        }),
      },
    },
  });
  const forms: URLSearchParams[] = [];
  provider.use(async (context, next) => {
    if (context.method === "POST") {
      const chunks: Buffer[] = [];
      for await (const chunk of context.req) chunks.push(chunk as Buffer);
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      forms.push(form);
      Object.assign(context.req, { body: Object.fromEntries(form) });
    }
    await next();
  });
  server.on("request", provider.callback());
  return {
    url,
    forms,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
