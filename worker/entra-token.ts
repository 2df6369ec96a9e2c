// Access tokens of Entra ID: size, shape and header first, because they cost nothing; then the issuer's key; then the
// signature; and only then does a claim count. A refusal is final: a token never becomes another kind of credential.
import { compactVerify, errors } from "jose";
import { type Claims, readClaims } from "./entra-claims.ts";
import type { EntraCallers } from "./entra-schema.ts";
import type { Fetch } from "./forward.ts";
import type { Identity } from "./identity.ts";
import { createKeySource } from "./jwks.ts";
import type { Platform } from "./platform.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { decodeSegment, parseStrict } from "./strict-json.ts";

/** With 200 groups, which is the most that Entra ID writes, a token has 7 to 8 KiB more; then groups are better roles. */
const MAX_TOKEN_CHARS = 8 * 1024;
/** Beside JSON Web Tokens as Entra ID types them: access tokens by RFC 9068. */
const TYPES = new Set(["jwt", "at+jwt", "application/at+jwt"]);

export interface EntraVerifier {
  verify(
    token: string,
    now: number,
    platform?: Platform,
  ): Promise<{ ok: true; identity: Identity } | Refusal>;
}

/** The verifier of one configuration; it keeps the issuer's keys. */
export function createEntraVerifier(settings: EntraCallers, fetch: Fetch, now: () => number): EntraVerifier {
  const keys = createKeySource(settings.keys, fetch, now);
  return {
    async verify(token, at, platform) {
      const header = readHeader(token, settings.algorithms);
      if (header === undefined) return refuse("token_invalid");
      const key = await keys.find(header.kid, header.alg, platform);
      if (!key.ok) return key;
      const claims = await verifySignature(token, key.found.key, header.alg);
      return claims === undefined
        ? refuse("token_invalid")
        : readClaims(claims, key.found.issuer, settings, at);
    },
  };
}

/** Undefined: nothing that is worth a look at a key. What a header says of keys (`jwk`, `jku`, `x5u`, `x5c`) is not read. */
export function readHeader(
  token: string,
  algorithms: readonly string[],
): { readonly alg: string; readonly kid: string } | undefined {
  if (token.length > MAX_TOKEN_CHARS) return undefined;
  const segments = token.split(".");
  if (segments.length !== 3) return undefined;
  const [first, ...others] = segments.map(decodeSegment);
  if (first === undefined || others.includes(undefined)) return undefined;
  const { alg, kid, typ, crit, b64, zip } = parseStrict(first) ?? {};
  if (typeof alg !== "string" || !algorithms.includes(alg)) return undefined;
  if (typeof typ !== "string" || !TYPES.has(typ.toLowerCase())) return undefined;
  if (crit !== undefined || b64 !== undefined || zip !== undefined) return undefined;
  return typeof kid === "string" && /^[\x21-\x7e]{1,256}$/.test(kid) ? { alg, kid } : undefined;
}

async function verifySignature(
  token: string,
  key: CryptoKey,
  algorithm: string,
): Promise<Claims | undefined> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
    return parseStrict(payload);
  } catch (cause) {
    if (cause instanceof errors.JOSEError || cause instanceof TypeError) return undefined;
    throw cause;
  }
}
