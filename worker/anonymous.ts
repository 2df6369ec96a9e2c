// Callers without any credential, where the configuration lets them in: from a listed page, counted by their network.
// Origin is not authentication, so this only makes sense with limits for each network and a cap for all together.
import type { AnonymousRules } from "./caller-schema.ts";
import type { Identity } from "./identity.ts";
import { hex } from "./keys.ts";
import { networkOf } from "./network.ts";
import { type Refusal, refuse } from "./refusals.ts";

const encoder = new TextEncoder();

/** The ledger in which everything is counted that callers without a credential use together. */
export const ANONYMOUS_TOGETHER = "anonymous";

export async function anonymousIdentity(
  rules: AnonymousRules,
  { origin, address }: { origin: string | undefined; address: string | undefined },
): Promise<{ ok: true; identity: Identity } | Refusal> {
  // As if there were no such mode: pages of other origins and scripts need a credential.
  if (origin === undefined || !rules.origins.has(origin)) return refuse("credential_missing");
  const network = address === undefined ? undefined : networkOf(address, rules.prefixes);
  // In one count for all such callers, one of them could lock out the others.
  if (network === undefined) return refuse("anonymous_address_unknown");
  // Keyed, because there are few enough addresses to try them all.
  return {
    ok: true,
    identity: { kind: "anonymous", name: await keyedHash(rules.secret.reveal(), network), origin },
  };
}

export async function keyedHash(secret: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  return hex(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}
