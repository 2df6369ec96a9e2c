// Who a caller has proven to be, whichever way: what a policy decides by, and the one name under which everything the
// caller uses and owns is kept. Pure but for the hash.
import { hex, sha256 } from "./keys.ts";

export const IDENTITY_KINDS = ["session", "key", "entra", "anonymous"] as const;

export interface Identity {
  readonly kind: (typeof IDENTITY_KINDS)[number];
  /** Never leaves this process but as a hash: it may hold a directory's ids or a hashed address. */
  readonly name: string;
  /** Of a caller key. */
  readonly key?: string;
  /** Of the page that calls, checked against the list of origins. */
  readonly origin?: string | undefined;
  /** The policy's group that a session was made for. */
  readonly group?: string | undefined;
  /** The models that a session was made for. Undefined: no narrower than its group. */
  readonly models?: readonly string[] | undefined;
  readonly entra?: EntraIdentity;
}

/** What a verified token of Entra ID says of its owner. */
export interface EntraIdentity {
  readonly tenant: string;
  /** The application that asked for the token. */
  readonly app: string;
  /** No person is behind it: an application acts for itself. */
  readonly isApp: boolean;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Undefined: there are too many groups for a token, so it doesn't say. */
  readonly groups: readonly string[] | undefined;
}

/** The name of the caller's stores: a hash, which gives nothing back. */
export async function principalOf({ kind, name }: Pick<Identity, "kind" | "name">): Promise<string> {
  return hex(await sha256(`${kind}:${name}`));
}
