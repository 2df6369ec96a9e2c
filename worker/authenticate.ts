// Who calls: a session token or a caller key, in either header the SDKs use. The credential's shape
// picks one check, and a failed check is final: nothing ever falls to a weaker mode.
import type { Config } from "./config.ts";
import { hex, sameBytes, sha256 } from "./keys.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { verifySession } from "./session.ts";

/** Refused before anything is decoded. Our own tokens are under 500 bytes. */
const MAX_CREDENTIAL_BYTES = 8 * 1024;

export interface Caller {
  readonly kind: "session" | "key";
  /** A hash: the same caller gives the same id, and the id gives nothing back. */
  readonly id: string;
  /** The whole of that hash: the name under which the caller's objects are kept. */
  readonly principal: string;
  /** Undefined: all. */
  readonly models: ReadonlySet<string> | undefined;
  /** Of the operator's agents. Undefined: all. */
  readonly agents: ReadonlySet<string> | undefined;
}

export async function authenticate(
  request: Request,
  from: { origin: string | undefined; originOptional: boolean },
  config: Config,
  now: number,
): Promise<{ ok: true; caller: Caller } | Refusal> {
  const credential = readCredential(request.headers);
  if (!credential.ok) return credential;
  const { value } = credential;

  // A token has dots and a key has none, so one text can only ever be one of them.
  if (value.includes(".")) {
    if (config.session === undefined) return refuse("token_invalid");
    const verified = await verifySession(config.session, value, from, now);
    if (!verified.ok) return verified;
    return { ok: true, caller: await callerOf("session", verified.subject, config.session) };
  }

  const digest = await sha256(value);
  // Every entry is compared, found or not: the time tells nothing about the list.
  const found = config.callerKeys.filter((entry) => sameBytes(entry.sha256, digest))[0];
  if (found === undefined) return refuse("key_unknown");
  return { ok: true, caller: await callerOf("key", found.name, found) };
}

export function readCredential(headers: Headers): { ok: true; value: string } | Refusal {
  const authorization = headers.get("authorization");
  const apiKey = headers.get("api-key");
  if (authorization === null && apiKey === null) return refuse("credential_missing");
  if ((authorization ?? "").length > MAX_CREDENTIAL_BYTES || (apiKey ?? "").length > MAX_CREDENTIAL_BYTES) {
    return refuse("credential_too_long");
  }
  // Repeated headers arrive joined by ", ", which neither pattern lets through.
  const bearer = authorization === null ? undefined : /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1];
  if (authorization !== null && bearer === undefined) return refuse("credential_malformed");
  if (apiKey !== null && !/^[\w.~+/=-]+$/.test(apiKey)) return refuse("credential_malformed");
  // Azure clients send one key in both headers; two different ones are somebody's attempt at confusion.
  if (bearer !== undefined && apiKey !== null && bearer !== apiKey) return refuse("credential_conflict");
  return { ok: true, value: (bearer ?? apiKey)! };
}

async function callerOf(
  kind: Caller["kind"],
  name: string,
  { models, agents }: Pick<Caller, "models" | "agents">,
): Promise<Caller> {
  const principal = hex(await sha256(`${kind}:${name}`));
  return { kind, id: principal.slice(0, 16), principal, models, agents };
}
