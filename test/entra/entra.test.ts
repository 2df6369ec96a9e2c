// Tokens for programs: against a real OpenID provider, and byte for byte against hand-made ones.
import { createHash, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { exportJWK, importJWK, jwtVerify } from "jose";
import { ChatCompletionsClient, CredentialError, type GetTokenOptions, type TokenCredential } from "latchkey";
import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
  type EntraOptions,
} from "latchkey/entra";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { COMPLETION, failureOf, json, MESSAGES, type Service, service } from "../service.ts";
import { type Authority, startAuthority } from "./authority.ts";

const SECRET = "canary-secret-4d81c0";
const SCOPE = "api://demo/.default";
const IDENTITY = { tenantId: "contoso.com", clientId: "program" };

const pem = (kind: string, bytes: Uint8Array): string =>
  `-----BEGIN ${kind}-----\n${Buffer.from(bytes)
    .toString("base64")
    .replace(/.{64}/g, "$&\n")}\n-----END ${kind}-----\n`;

// The credential reads a certificate for its bytes only, so any bytes do.
const CERTIFICATE_BYTES = randomBytes(700);
const CERTIFICATE = pem("CERTIFICATE", CERTIFICATE_BYTES);

const RSA = {
  name: "RSA-PSS",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
let keys: CryptoKeyPair;
let privatePem: string;
let authority: Authority;

beforeAll(async () => {
  keys = (await crypto.subtle.generateKey(RSA, true, ["sign", "verify"])) as CryptoKeyPair;
  privatePem = pem("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey)));
  const jwk = await exportJWK(keys.publicKey);
  const certified = {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "PS256",
    jwks: { keys: [{ ...jwk, use: "sig" }] },
  } as const;
  authority = await startAuthority([
    { client_id: "program", client_secret: SECRET, token_endpoint_auth_method: "client_secret_post" },
    { client_id: "certified", ...certified },
  ]);
});
afterAll(() => authority.close());

const get = (credential: TokenCredential, options?: GetTokenOptions) => credential.getToken(SCOPE, options);

/** Does the work with a minute of waits in no time. */
async function soon<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers();
  try {
    const done = work();
    await vi.advanceTimersByTimeAsync(60_000);
    return await done;
  } finally {
    vi.useRealTimers();
  }
}

const TOKEN = { access_token: "token", expires_in: 3600, token_type: "Bearer" };
const formOf = ({ arrivals }: Service): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(arrivals.at(-1)?.body));

describe("against a real OpenID provider", () => {
  const local = { tenantId: "contoso.com" };

  test("a secret gives a token, with the client on top", async () => {
    const credential = clientSecretCredential({
      ...IDENTITY,
      clientSecret: SECRET,
      authority: authority.url,
    });
    const target = service(() => json(COMPLETION));
    const client = new ChatCompletionsClient("https://s.example", credential, {
      fetch: target.fetch,
      credentialScopes: SCOPE,
    });
    await client.complete({ messages: MESSAGES });
    await client.complete({ messages: MESSAGES });
    expect(target.arrivals[1]?.headers.get("authorization")).toMatch(/^Bearer [\w-]{20,}$/);
    expect(authority.forms).toHaveLength(1);
  });

  test("a wrong secret gives the provider's word, and shows neither", async () => {
    const credential = clientSecretCredential({
      ...IDENTITY,
      clientSecret: `${SECRET}-wrong`,
      authority: authority.url,
    });
    const error = await failureOf<CredentialError>(get(credential));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ code: "invalid_client" });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(inspect(credential, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });

  test.each(["PEM", "CryptoKey"])(
    "a certificate's key as %s signs what the provider verifies",
    async (form) => {
      const credential = clientCertificateCredential({
        ...local,
        clientId: "certified",
        certificate: CERTIFICATE,
        privateKey: form === "PEM" ? privatePem : keys.privateKey,
        authority: authority.url,
      });
      const given = await get(credential);
      expect(given?.token).toMatch(/^[\w-]{20,}$/);
      expect(given?.expiresOnTimestamp).toBeGreaterThan(Date.now() + 3_500_000);
    },
  );

  test("another key is refused", async () => {
    const other = (await crypto.subtle.generateKey(RSA, false, ["sign", "verify"])) as CryptoKeyPair;
    const credential = clientCertificateCredential({
      ...local,
      clientId: "certified",
      certificate: CERTIFICATE,
      privateKey: other.privateKey,
      authority: authority.url,
    });
    expect((await failureOf<CredentialError>(get(credential))).code).toBe("invalid_client");
  });
});

describe("what goes out", () => {
  test("of a secret, to the directory's own address", async () => {
    const target = service(() => json(TOKEN));
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch: target.fetch });
    expect((await get(credential))?.token).toBe("token");
    const { url, headers, redirect } = target.arrivals[0]!;
    expect(url.href).toBe("https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
    expect(headers.get("content-type")).toMatch("application/x-www-form-urlencoded");
    expect(redirect).toBe("manual");
    expect(formOf(target)).toEqual({
      grant_type: "client_credentials",
      client_id: "program",
      client_secret: SECRET,
      scope: SCOPE,
    });
  });

  test("of another issuer's assertion, asked for at each token", async () => {
    const target = service(() => json(TOKEN));
    const getAssertion = vi.fn(async () => `assertion-${getAssertion.mock.calls.length}`);
    const credential = clientAssertionCredential({ ...IDENTITY, getAssertion, fetch: target.fetch });
    await get(credential);
    await get(credential);
    expect(formOf(target)).toMatchObject({
      client_assertion: "assertion-2",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
  });

  test("of a certificate: PS256, its thumbprint, a short life, never the same twice", async () => {
    const target = service(() => json(TOKEN));
    const credential = clientCertificateCredential({
      ...IDENTITY,
      certificate: CERTIFICATE + pem("CERTIFICATE", randomBytes(9)),
      privateKey: privatePem,
      sendCertificateChain: true,
      fetch: target.fetch,
    });
    await get(credential);
    const [first, aud] = [formOf(target).client_assertion!, target.arrivals[0]!.url.href];
    const key = await importJWK(await exportJWK(keys.publicKey), "PS256");
    const { payload, protectedHeader } = await jwtVerify(first, key, { audience: aud });
    expect(protectedHeader).toMatchObject({
      alg: "PS256",
      typ: "JWT",
      "x5t#S256": createHash("sha256").update(CERTIFICATE_BYTES).digest("base64url"),
      x5c: [CERTIFICATE_BYTES.toString("base64"), expect.any(String)],
    });
    expect(payload).toMatchObject({ iss: "program", sub: "program", aud });
    expect(payload.exp! - payload.nbf!).toBe(300);
    await get(credential);
    expect(formOf(target).client_assertion).not.toBe(first);
  });

  test("of claims: what was asked for, and that we can answer a challenge", async () => {
    const target = service(() => json(TOKEN));
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch: target.fetch });
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"17"}}}';
    await get(credential, { claims });
    expect(formOf(target).claims).toBe(claims);
    await get(credential, { claims, enableCae: true });
    expect(JSON.parse(formOf(target).claims!)).toEqual({
      access_token: { nbf: { essential: true, value: "17" }, xms_cc: { values: ["cp1"] } },
    });
    await get(credential, { enableCae: true });
    expect(JSON.parse(formOf(target).claims!)).toEqual({ access_token: { xms_cc: { values: ["cp1"] } } });
  });

  test("goes to another cloud's authority when told so", async () => {
    const target = service(() => json(TOKEN));
    const other = { authority: "https://login.microsoftonline.us/", fetch: target.fetch };
    await get(clientSecretCredential({ ...IDENTITY, ...other, clientSecret: SECRET }));
    expect(target.arrivals[0]?.url.origin).toBe("https://login.microsoftonline.us");
  });
});

describe("an issuer that gives no token", () => {
  const entra = {
    error: "invalid_client",
    error_description: `AADSTS7000215: Invalid client secret provided: ${SECRET}. Trace ID: 1`,
    error_codes: [7000215],
  };
  test.each<[string, () => Response, string | undefined]>([
    ["says why as Entra does", () => json(entra, 401), "AADSTS7000215"],
    ["says a word", () => json({ error: "invalid_scope", error_description: SECRET }, 400), "invalid_scope"],
    ["says too much", () => json({ error: SECRET, error_description: SECRET }, 400), undefined],
    ["answers with a page", () => new Response(`<html>${SECRET}`, { status: 200 }), undefined],
    ["answers with nothing", () => new Response(null, { status: 200 }), undefined],
    ["answers with another form", () => json({ access_token: { SECRET }, expires_in: 1 }), undefined],
    ["gives no time", () => json({ access_token: SECRET }), undefined],
    [
      "redirects",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
      undefined,
    ],
  ])("%s", async (_name, answer, code) => {
    const target = service(answer);
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch: target.fetch });
    const error = await failureOf<CredentialError>(get(credential));
    expect(error).toMatchObject({ name: "CredentialError", kind: "credential" });
    expect(error.code).toBe(code);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(target.arrivals).toHaveLength(1);
  });

  test("can't be reached: tried again, then told without the request", async () => {
    const cause = new TypeError("fetch failed");
    const fetch = vi.fn(async () => {
      throw cause;
    });
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch });
    const error = await soon(() => failureOf<CredentialError>(get(credential)));
    expect(error).toMatchObject({ kind: "credential", cause });
    expect(fetch).toHaveBeenCalledTimes(3);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
  });

  test("hangs: left with the signal", async () => {
    const credential = clientSecretCredential({
      ...IDENTITY,
      clientSecret: SECRET,
      fetch: (input, init) =>
        new Promise((_resolve, reject) => {
          const { signal } = new Request(input, init);
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    });
    const error = await failureOf<CredentialError>(get(credential, { abortSignal: AbortSignal.timeout(10) }));
    expect(error).toMatchObject({ kind: "credential", cause: { name: "TimeoutError" } });
  });

  const endless = (chunk: Uint8Array) =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(chunk);
      },
    });

  test("sends a body without an end: left at the limit", async () => {
    const target = service(() => new Response(endless(new Uint8Array(0x10000)) as BodyInit));
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch: target.fetch });
    expect(await failureOf(get(credential))).toMatchObject({ kind: "credential", cause: { kind: "limit" } });
  });

  test.each([
    ["never answers", () => new Promise<Response>(() => {})],
    [
      "stops in the middle of its body",
      async () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
    ],
  ])("%s: left at its deadline, whatever the caller's", async (_name, fetch) => {
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch });
    const error = await soon(() => failureOf(get(credential)));
    expect(error).toMatchObject({ kind: "credential", cause: { kind: "timeout" } });
  });

  test.each([undefined, null, "text"])("fails with %j: told as any other", async (reason) => {
    const fetch = () => Promise.reject(reason);
    const credential = clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, fetch });
    const error = await soon(() => failureOf(get(credential)));
    expect(error).toMatchObject({ kind: "credential", message: expect.stringMatching("not be reached") });
    const client = new ChatCompletionsClient("https://s.example", "key", { fetch, maxRetries: 0 });
    expect(await failureOf(client.complete({ messages: MESSAGES }))).toMatchObject({ kind: "connection" });
  });

  test("an assertion that is none", async () => {
    const credential = clientAssertionCredential({ ...IDENTITY, getAssertion: () => undefined as never });
    expect((await failureOf(get(credential))).kind).toBe("credential");
  });
});

describe("what is wrong at construction is a TypeError that names it, without its value", () => {
  const secret = (options: object) => () =>
    clientSecretCredential({ ...IDENTITY, clientSecret: SECRET, ...options } as EntraOptions & {
      clientSecret: string;
    });
  const certified = (options: object) => () =>
    clientCertificateCredential({
      ...IDENTITY,
      certificate: CERTIFICATE,
      privateKey: privatePem,
      ...options,
    });
  test.each<[string, () => unknown]>([
    ["tenantId", secret({ tenantId: "" })],
    ["tenantId", secret({ tenantId: "../common" })],
    ["tenantId", secret({ tenantId: ".." })],
    ["tenantId", secret({ tenantId: "a/b" })],
    ["tenantId", secret({ tenantId: "a?canary" })],
    ["tenantId", secret({ tenantId: undefined, clientId: SECRET })],
    ["clientId", secret({ clientId: "" })],
    ["clientSecret", secret({ clientSecret: "" })],
    ["clientSecret", secret({ clientSecret: 7 })],
    ["https", secret({ authority: "http://login.example" })],
    ["getAssertion", () => clientAssertionCredential({ ...IDENTITY, getAssertion: "canary" as never })],
    ["certificate", certified({ certificate: SECRET })],
    ["certificate", certified({ certificate: undefined })],
    ["PKCS #8", certified({ privateKey: SECRET })],
    [
      "PKCS #8",
      certified({ privateKey: "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----" }),
    ],
    ["PKCS #8", certified({ privateKey: undefined })],
  ])("%s", (name, make) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(name);
    expect(make).not.toThrow("canary");
  });
});
