/** An application's certificate -> the assertion by which it proves itself, signed by Web Crypto: PS256, `x5t#S256`. */
import type { TokenCredential } from "../http/credential.ts";
import { assertionProof, clientCredential, type EntraOptions } from "./client.ts";

/** A `CryptoKey` that may sign; by its members, for programs without the web platform's types. */
export interface SigningKey {
  readonly type: string;
  readonly algorithm: { name: string };
  readonly usages: readonly string[];
}

/** Options of {@link clientCertificateCredential}. */
export interface CertificateOptions extends EntraOptions {
  /** The certificate in PEM form, with those above it after it where they are to be sent. */
  certificate: string;
  /** Its private key: PEM of PKCS #8 (`BEGIN PRIVATE KEY`), or a key for RSA-PSS with SHA-256 that may sign. */
  privateKey: string | SigningKey;
  /** Sends the certificates too (`x5c`), for applications that trust a subject and issuer. Default false. */
  sendCertificateChain?: boolean | undefined;
}

/** How long an assertion is good for, in seconds; Entra takes ten minutes at most. */
const LIFE_SECONDS = 300;
const ALGORITHM = { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 };

/**
 * A credential by a certificate of the application. The private key never leaves the runtime.
 *
 * @throws {TypeError} naming what is missing or wrong, without its value. `getToken` rejects with a
 *   {@link CredentialError} whose `code` is Entra's, as `AADSTS700027` for a certificate that isn't registered.
 */
export function clientCertificateCredential(options: CertificateOptions): TokenCredential {
  const { certificate, privateKey, sendCertificateChain, ...rest } = options;
  const chain = blocks(certificate, "CERTIFICATE");
  const [first] = chain;
  if (!first) throw new TypeError("certificate must be in PEM form.");
  const pkcs8 = typeof privateKey === "string" ? blocks(privateKey, "PRIVATE KEY")[0] : undefined;
  if (!pkcs8 && !(typeof privateKey === "object" && privateKey)) {
    throw new TypeError(
      "privateKey must be PEM of PKCS #8 (openssl pkcs8 -topk8 -nocrypt makes it) or a CryptoKey.",
    );
  }
  let header: Promise<string> | undefined;
  let key: Promise<CryptoKey> | undefined;

  async function makeHeader(): Promise<string> {
    const thumbprint = await crypto.subtle.digest("SHA-256", bytesOf(first!));
    const x5c = sendCertificateChain ? { x5c: chain } : {};
    return encodeText({ alg: "PS256", typ: "JWT", "x5t#S256": encode(new Uint8Array(thumbprint)), ...x5c });
  }

  return clientCredential(rest, async (aud) => {
    header ??= makeHeader();
    key ??= pkcs8
      ? crypto.subtle.importKey("pkcs8", bytesOf(pkcs8), ALGORITHM, false, ["sign"])
      : Promise.resolve(privateKey as CryptoKey);
    const now = Math.floor(Date.now() / 1000);
    const { clientId } = rest;
    const claims = { aud, iss: clientId, sub: clientId, jti: crypto.randomUUID(), nbf: now, iat: now };
    const signed = `${await header}.${encodeText({ ...claims, exp: now + LIFE_SECONDS })}`;
    const signature = await crypto.subtle.sign(ALGORITHM, await key, new TextEncoder().encode(signed));
    return assertionProof(`${signed}.${encode(new Uint8Array(signature))}`);
  });
}

/** The base64 inside each PEM block of a kind. */
function blocks(pem: string, kind: string): string[] {
  const found = String(pem).matchAll(
    new RegExp(`-----BEGIN ${kind}-----([A-Za-z0-9+/=\\s]+)-----END ${kind}-----`, "g"),
  );
  return [...found].map(([, base64 = ""]) => base64.replace(/\s/g, ""));
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** Bytes as base64url. */
function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

function encodeText(value: object): string {
  return encode(new TextEncoder().encode(JSON.stringify(value)));
}
