// Who calls: a session token, a token of Entra ID, a caller key, or nobody in particular where the configuration lets
// such callers in. What is shown decides the one check that is made, and a failed check is final: nothing ever falls to
// a weaker mode. With the caller comes its group of the policy, so every later step knows what it may do.
import { anonymousIdentity } from "./anonymous.ts";
import type { CallerKey, Config } from "./config.ts";
import { readCredential } from "./credential.ts";
import { createEntraVerifier } from "./entra-token.ts";
import type { Fetch } from "./forward.ts";
import { type Identity, principalOf } from "./identity.ts";
import { sameBytes, sha256 } from "./keys.ts";
import type { Platform } from "./platform.ts";
import { standingOf } from "./policy-group.ts";
import type { Rules } from "./policy-schema.ts";
import { type Dialect, type Refusal, refuse } from "./refusals.ts";
import { createSessionTokens, type SessionTokens } from "./session-token.ts";

export interface Caller {
  readonly kind: Identity["kind"];
  /** A hash: the same caller gives the same id, and the id gives nothing back. */
  readonly id: string;
  /** The whole of that hash: the name under which the caller's objects are kept. */
  readonly principal: string;
  /** Undefined: all. */
  readonly models: ReadonlySet<string> | undefined;
  /** Of the operator's agents. Undefined: all. */
  readonly agents: ReadonlySet<string> | undefined;
  /** Of the policy. Undefined: there are no groups. */
  readonly group: string | undefined;
  /** What its group lets it do. */
  readonly rules: Rules;
}

/** What of a request says who sent it. */
export interface Sender {
  readonly headers: Headers;
  readonly dialect: Dialect;
  /** Checked against the list. */
  readonly origin: string | undefined;
  /** Where nobody's data is given, or the browser says that the page is of the worker's own origin. */
  readonly originOptional: boolean;
  /** Asked for only where it decides. */
  readonly address: () => string | undefined;
  readonly platform: Platform | undefined;
}

export interface Authenticator {
  /** Undefined: no sessions are given. */
  readonly sessions: SessionTokens | undefined;
  authenticate(sender: Sender, now: number): Promise<{ ok: true; caller: Caller } | Refusal>;
}

/** What its credential lets a caller do, before its group does. */
type Proven =
  | {
      readonly ok: true;
      readonly identity: Identity;
      readonly may: Pick<Caller, "models" | "agents">;
      /** What stays the same object for as long as the same proof is known. */
      readonly proof?: object;
    }
  | Refusal;

const ALL = { models: undefined, agents: undefined } as const;

export function createAuthenticator(config: Config, fetch: Fetch, now: () => number): Authenticator {
  const sessions = config.session && createSessionTokens(config.session);
  const entra = config.entra && createEntraVerifier(config.entra, fetch, now);

  /** A hash that is known need not be made again. Goes with the token or the key that it is of. */
  const principals = new WeakMap<object, string>();

  async function prove(sender: Sender, at: number): Promise<Proven> {
    const { origin, originOptional } = sender;
    const read = readCredential(sender.headers, sender.dialect);
    if (!read.ok) return read;
    const { credential } = read;
    switch (credential.kind) {
      case "none": {
        if (config.anonymous === undefined) return refuse("credential_missing");
        const found = await anonymousIdentity(config.anonymous, { origin, address: sender.address() });
        return found.ok ? { ...found, may: ALL } : found;
      }
      case "session": {
        if (sessions === undefined) return refuse("token_invalid");
        const verified = await sessions.verify(credential.value, { origin, originOptional }, at);
        if (!verified.ok) return verified;
        const { subject, group, models, origin: page } = verified.grant;
        const identity: Identity = { kind: "session", name: subject, origin: page, group, models };
        return { ok: true, identity, may: config.session ?? ALL, proof: verified.grant };
      }
      case "entra": {
        if (entra === undefined) return refuse("token_invalid");
        const verified = await entra.verify(credential.value, at, sender.platform);
        return verified.ok ? { ok: true, identity: { ...verified.identity, origin }, may: ALL } : verified;
      }
      case "key": {
        const key = keyOf(config.callerKeys, await sha256(credential.value));
        if (key === undefined) return refuse("key_unknown");
        const identity: Identity = { kind: "key", name: key.name, key: key.name, origin };
        return { ok: true, identity, may: key, proof: key };
      }
    }
  }

  return {
    sessions,
    async authenticate(sender, at) {
      const proven = await prove(sender, at);
      if (!proven.ok) return proven;
      const { identity, may, proof } = proven;
      const standing = standingOf(config.policy, identity);
      if (!standing.ok) return standing;
      const { group, rules } = standing;
      const principal = (proof && principals.get(proof)) ?? (await principalOf(identity));
      if (proof !== undefined) principals.set(proof, principal);
      return {
        ok: true,
        caller: {
          kind: identity.kind,
          id: principal.slice(0, 16),
          principal,
          models: both(both(may.models, rules.models), identity.models),
          agents: both(may.agents, rules.agents),
          group,
          rules,
        },
      };
    },
  };
}

/** Every entry is compared, found or not: the time tells nothing about the list. */
function keyOf(keys: readonly CallerKey[], digest: Uint8Array): CallerKey | undefined {
  return keys.filter((entry) => sameBytes(entry.sha256, digest))[0];
}

/** What both allow. Undefined allows everything. */
function both(
  first: ReadonlySet<string> | undefined,
  second: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  if (first === undefined || second === undefined) return first ?? (second && new Set(second));
  return new Set(second.filter((name) => first.has(name)));
}
