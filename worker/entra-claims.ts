// What an access token of Entra ID says, once its signature holds -> who calls, or why not. Pure: the time is given.
import type { EntraCallers } from "./entra-schema.ts";
import type { EntraIdentity, Identity } from "./identity.ts";
import { type Refusal, refuse } from "./refusals.ts";

const MAX_NAMES = 256;
const ID = /^[\w.-]{1,128}$/;
const TENANT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type Claims = Readonly<Record<string, unknown>>;
type Settings = Pick<
  EntraCallers,
  "tenants" | "audiences" | "issuers" | "scopes" | "roles" | "maxLifetimeSeconds" | "clockSeconds"
>;

/** `keyIssuer`: whose tokens the key signs, where its set says so. */
export function readClaims(
  claims: Claims,
  keyIssuer: string | undefined,
  settings: Settings,
  now: number,
): { ok: true; identity: Identity } | Refusal {
  const { tid, iss, aud, oid } = claims;
  // The list of tenants also decides about personal accounts, which have one of their own.
  if (typeof tid !== "string" || !TENANT.test(tid) || !settings.tenants.has(tid)) return invalid("tenant");
  const issuers = settings.issuers.map((issuer) => issuer.replace("{tenantid}", tid));
  if (typeof iss !== "string" || !issuers.includes(iss)) return invalid("issuer");
  // The keys of all tenants are in one set; some are for one tenant, or for personal accounts alone.
  if (keyIssuer !== undefined && !issuers.includes(keyIssuer.replace("{tenantid}", tid))) {
    return invalid("key_issuer");
  }
  // A list is never Entra ID's: with one, a token for us would be a token for others.
  if (typeof aud !== "string" || !settings.audiences.has(aud)) return invalid("audience");
  const late = lifetimeProblem(claims, settings, Math.floor(now / 1000));
  if (late !== undefined) return late;
  if (typeof oid !== "string" || !ID.test(oid)) return invalid("object_id");

  const owner = ownerOf(claims, tid, oid);
  if (owner === undefined) return invalid("owner");
  const [wanted, given] = owner.isApp ? [settings.roles, owner.roles] : [settings.scopes, owner.scopes];
  if (!given.some((name) => wanted.includes(name))) {
    const headers = { "www-authenticate": 'Bearer error="insufficient_scope"' };
    return refuse("scope_missing", { headers });
  }
  const name = owner.isApp ? `${tid}:app:${owner.app}` : `${tid}:user:${oid}`;
  return { ok: true, identity: { kind: "entra", name, entra: owner } };
}

/** The log learns which claim it was; the caller learns nothing. */
function invalid(claim: string): Refusal {
  return refuse("token_invalid", {}, { failure: claim });
}

function lifetimeProblem(
  { exp, iat, nbf = iat }: Claims,
  { clockSeconds, maxLifetimeSeconds }: Settings,
  now: number,
): Refusal | undefined {
  if (!isTime(exp) || !isTime(iat) || !isTime(nbf)) return invalid("times");
  if (exp <= iat || exp - iat > maxLifetimeSeconds) return invalid("lifetime");
  if (iat > now + clockSeconds || nbf > now + clockSeconds) return invalid("not_yet");
  return exp + clockSeconds <= now ? refuse("token_expired") : undefined;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

/**
 * A person's token has scopes; an application's own has none, and is about the application itself. What is neither is
 * no access token: an ID token, for example, has the application's id as its audience, too.
 */
function ownerOf(claims: Claims, tenant: string, oid: string): EntraIdentity | undefined {
  const { scp, idtyp, sub, nonce, at_hash, c_hash } = claims;
  if (nonce !== undefined || at_hash !== undefined || c_hash !== undefined) return undefined;
  const app = claims.azp ?? claims.appid;
  if (typeof app !== "string" || !ID.test(app)) return undefined;
  if (typeof sub !== "string" || sub === "") return undefined;
  const roles = namesIn(claims.roles);
  const groups = groupsIn(claims);
  if (roles === undefined || groups === false) return undefined;
  if (scp === undefined) {
    const isApp = idtyp === "app" || (idtyp === undefined && sub === oid);
    return isApp ? { tenant, app, isApp, scopes: [], roles, groups } : undefined;
  }
  if (typeof scp !== "string" || scp.trim() === "" || (idtyp !== undefined && idtyp !== "user"))
    return undefined;
  return { tenant, app, isApp: false, scopes: scp.split(" ").filter((one) => one !== ""), roles, groups };
}

function namesIn(value: unknown): string[] | undefined {
  if (value === undefined) return [];
  const isList = Array.isArray(value) && value.length <= MAX_NAMES;
  return isList && value.every((one) => typeof one === "string") ? value : undefined;
}

/** Undefined: too many for a token, which then says where to ask. False: nonsense. */
function groupsIn({ groups, hasgroups, _claim_names: elsewhere }: Claims): string[] | undefined | false {
  if (groups !== undefined) return namesIn(groups) ?? false;
  return hasgroups !== undefined || Object.hasOwn(Object(elsewhere), "groups") ? undefined : [];
}
