// What a request carries to show who it is, and which kind of proof that is. The shape alone decides the kind, and
// the kind decides the one check that follows: a credential that fails is never tried as something else. Pure, but for a
// header that is kept to be recognised.
import { type Dialect, type Refusal, refuse } from "./refusals.ts";
import { SESSION_TYPE } from "./session-token.ts";
import { decodeSegment, parseStrict } from "./strict-json.ts";

/** Refused before anything is decoded. */
const MAX_CREDENTIAL_CHARS = 8 * 1024;

export type Credential =
  | { readonly kind: "none" }
  | { readonly kind: "session" | "entra" | "key"; readonly value: string };

/**
 * `Authorization: Bearer`, and `api-key` on the addresses of services whose SDKs send a key so. Agents and projects
 * are not among those: there `api-key` is not looked at as a credential, and may only repeat what `Authorization` says.
 */
export function readCredential(
  headers: Headers,
  dialect: Dialect,
): { ok: true; credential: Credential } | Refusal {
  const authorization = headers.get("authorization");
  const apiKey = headers.get("api-key");
  if (authorization === null && apiKey === null) return { ok: true, credential: { kind: "none" } };
  if (isTooLong(authorization) || isTooLong(apiKey)) return refuse("credential_too_long");
  // Repeated headers arrive joined by ", ", which neither pattern lets through.
  const bearer = authorization === null ? undefined : /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
  if (authorization !== null && bearer === undefined) return refuse("credential_malformed");
  if (apiKey !== null && !/^[\w.~+/=-]+$/.test(apiKey)) return refuse("credential_malformed");
  // Azure clients send one key in both headers; two different ones are somebody's attempt at confusion.
  if (bearer !== undefined && apiKey !== null && bearer !== apiKey) return refuse("credential_conflict");
  // Not anonymous either: who shows something is held to it.
  if (bearer === undefined && dialect === "agents") return refuse("credential_missing");
  const value = (bearer ?? apiKey)!;
  return { ok: true, credential: { kind: kindOf(value), value } };
}

const isTooLong = (value: string | null) => (value ?? "").length > MAX_CREDENTIAL_CHARS;

/** A token has dots and a key has none. Whose token it is its type says; that it is one, only its signature. */
function kindOf(value: string): "session" | "entra" | "key" {
  if (!value.includes(".")) return "key";
  const segment = value.slice(0, value.indexOf("."));
  if (segment === sessionHeader) return "session";
  const header = decodeSegment(segment);
  if (header === undefined || parseStrict(header)?.typ !== SESSION_TYPE) return "entra";
  sessionHeader = segment;
  return "session";
}

/** The last one that was decoded: all tokens of one secret have the same, so it is seldom decoded again. */
let sessionHeader: string | undefined;
