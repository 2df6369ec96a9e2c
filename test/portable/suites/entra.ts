// Tokens of Entra ID by each runtime's own Web Crypto: by secret, by certificate and by another issuer's assertion.
import { ChatCompletionsClient } from "latchkey";
import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
} from "latchkey/entra";
import { msalCredential } from "latchkey/msal";
import { COMPLETION, json, made } from "../bodies.ts";
import { MESSAGES } from "../clients.ts";
import { contains, equal, fails, has, ok, thrown } from "../expect.ts";
import { Suite } from "../harness.ts";

export const entra: Suite = new Suite("entra");
const alone = entra.alone.bind(entra);

const SECRET = "canary-secret-4d81c0";
const SCOPE = "api://demo/.default";
const IDENTITY = { tenantId: "contoso.com", clientId: "program" };
const TOKEN = { access_token: "token", expires_in: 3600, token_type: "Bearer" };
const issuing = () => made(() => json(TOKEN));
const formOf = ({ arrivals }: ReturnType<typeof made>): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(arrivals.at(-1)?.body));

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const pem = (kind: string, bytes: Uint8Array): string =>
  `-----BEGIN ${kind}-----\n${base64(bytes).replace(/.{64}/g, "$&\n")}\n-----END ${kind}-----\n`;
const fromUrlBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));

const RSA = {
  name: "RSA-PSS",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
// The credential reads a certificate for its bytes only, so any bytes do.
const CERTIFICATE_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(700).map((_, index) => index * 31);

alone("a secret goes to the directory's own address", async () => {
  const target = issuing();
  const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch: target.fetch });
  const given = await credential.getToken(SCOPE);
  equal(given?.token, "token");
  ok((given?.expiresOnTimestamp ?? 0) > Date.now() + 3_500_000);
  equal(target.arrivals[0]?.url.href, "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
  equal(formOf(target), {
    grant_type: "client_credentials",
    client_id: "program",
    client_secret: SECRET,
    scope: SCOPE,
  });
});

alone("a client keeps its token", async () => {
  const issuer = issuing();
  const target = made(() => json(COMPLETION));
  const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch: issuer.fetch });
  const client = new ChatCompletionsClient("https://s.example", credential, { fetch: target.fetch });
  await client.complete({ messages: MESSAGES });
  await client.complete({ messages: MESSAGES });
  equal(issuer.arrivals.length, 1);
  equal(target.arrivals[1]?.headers.get("authorization"), "Bearer token");
});

alone("an assertion of another issuer is asked for at each token", async () => {
  const target = issuing();
  let asked = 0;
  const getAssertion = async () => `assertion-${++asked}`;
  const credential = clientAssertionCredential({ ...IDENTITY, getAssertion, fetch: target.fetch });
  await credential.getToken(SCOPE);
  await credential.getToken(SCOPE);
  has(formOf(target), {
    client_assertion: "assertion-2",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  });
});

for (const form of ["PEM", "CryptoKey"]) {
  alone(`a certificate's key as ${form} signs what its public key verifies`, async () => {
    const keys = (await crypto.subtle.generateKey(RSA, true, ["sign", "verify"])) as CryptoKeyPair;
    const exported = (await crypto.subtle.exportKey("pkcs8", keys.privateKey)) as ArrayBuffer;
    const target = issuing();
    const credential = clientCertificateCredential({
      ...IDENTITY,
      certificate: pem("CERTIFICATE", CERTIFICATE_BYTES),
      privateKey: form === "PEM" ? pem("PRIVATE KEY", new Uint8Array(exported)) : keys.privateKey,
      fetch: target.fetch,
    });
    await credential.getToken(SCOPE);
    const [header, payload, signature] = (formOf(target).client_assertion ?? "").split(".");
    const verified = await crypto.subtle.verify(
      { name: "RSA-PSS", saltLength: 32 },
      keys.publicKey,
      fromUrlBase64(signature ?? ""),
      new TextEncoder().encode(`${header}.${payload}`),
    );
    equal(verified, true);
    const thumbprint = new Uint8Array(await crypto.subtle.digest("SHA-256", CERTIFICATE_BYTES));
    const { alg, "x5t#S256": named } = JSON.parse(new TextDecoder().decode(fromUrlBase64(header ?? "")));
    equal([alg, base64(fromUrlBase64(named))], ["PS256", base64(thumbprint)]);
  });
}

const REFUSALS: [string, () => Response, string | undefined][] = [
  [
    "Entra's words",
    () =>
      json(
        { error: "invalid_client", error_description: `AADSTS7000215: ${SECRET}`, error_codes: [7000215] },
        401,
      ),
    "AADSTS7000215",
  ],
  ["a word", () => json({ error: "invalid_scope" }, 400), "invalid_scope"],
  ["a page", () => new Response(`<html>${SECRET}`), undefined],
  ["no time", () => json({ access_token: SECRET }), undefined],
];
for (const [name, answer, code] of REFUSALS) {
  alone(`a refusal with ${name} is a CredentialError without the secret`, async () => {
    const { fetch } = made(answer);
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch });
    const error = await fails(credential.getToken(SCOPE), { kind: "credential", code });
    ok(![error.message, error.stack, JSON.stringify(error), String(error.cause)].join().includes(SECRET));
  });
}

alone("what is wrong at construction is a TypeError that names it", async () => {
  const wrong: [string, object][] = [
    ["tenantId", { tenantId: "../common" }],
    ["clientId", { clientId: "" }],
    ["clientSecret", { clientSecret: "" }],
    ["https", { authority: "http://login.example" }],
  ];
  for (const [name, options] of wrong) {
    const error = await thrown(() =>
      clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, ...options }),
    );
    ok(error instanceof TypeError);
    contains(error.message, name);
    ok(!error.message.includes(SECRET));
  }
});

alone("the entry point of MSAL imports without MSAL", () => {
  equal(typeof msalCredential, "function");
});
