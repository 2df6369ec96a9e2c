// An issuer on this machine for the tests of Entra ID tokens: real keys, tokens signed with them, and a server that
// gives the public halves, or misbehaves.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from "jose";
import * as v from "valibot";
import { entraCallers } from "../entra-schema.ts";

export const TENANT = "11111111-2222-4333-8444-555555555555";
export const OTHER_TENANT = "99999999-2222-4333-8444-555555555555";
export const OID = "aaaaaaaa-2222-4333-8444-555555555555";
export const APP = "bbbbbbbb-2222-4333-8444-555555555555";
export const AUDIENCE = "api://latchkey";
/** 2026-11-21T00:00:00Z in ms, with fractions so that seconds are really rounded. */
export const NOW = 1_795_219_200_250;
export const SECONDS = Math.floor(NOW / 1000);

export async function makeKey(kid: string, alg = "RS256", more: object = {}) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, use: "sig", ...more };
  return { kid, alg, privateKey, publicKey, jwk };
}

export type TestKey = Awaited<ReturnType<typeof makeKey>>;

export const personClaims = {
  aud: AUDIENCE,
  iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
  tid: TENANT,
  oid: OID,
  sub: "pairwise-subject",
  azp: APP,
  scp: "openid Models.Use",
  ver: "2.0",
  iat: SECONDS - 10,
  nbf: SECONDS - 10,
  exp: SECONDS + 3600,
  preferred_username: "someone@contoso.com",
};

export const appClaims = {
  ...personClaims,
  scp: undefined,
  sub: OID,
  roles: ["Models.Run"],
  preferred_username: undefined,
};

/** A token with these claims; `header` may replace anything but the signature's real algorithm. */
export function sign(
  key: Pick<TestKey, "kid" | "alg" | "privateKey">,
  claims: Record<string, unknown> = personClaims,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const kept = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return new SignJWT(kept)
    .setProtectedHeader({ alg: key.alg, typ: "JWT", kid: key.kid, ...header })
    .sign(key.privateKey);
}

export const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** The server of public keys. `answer` may be replaced at any time. */
export async function startKeyServer(keys: JWK[]) {
  const paths: string[] = [];
  const state = {
    answer: (response: ServerResponse): void => void response.end(JSON.stringify({ keys: state.keys })),
    discovery: undefined as object | undefined,
    keys,
  };
  const server = createServer((request, response) => {
    paths.push(request.url!);
    response.setHeader("content-type", "application/json");
    if (request.url!.endsWith("/openid-configuration")) {
      response.end(JSON.stringify(state.discovery ?? { jwks_uri: `${url}/keys` }));
    } else {
      state.answer(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    url,
    paths,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

export function settings(url: string, change: Partial<v.InferInput<typeof entraCallers>> = {}) {
  return v.parse(entraCallers, {
    tenants: [TENANT],
    audiences: [AUDIENCE],
    scopes: ["Models.Use"],
    roles: ["Models.Run"],
    jwksUrl: `${url}/keys`,
    ...change,
  });
}
