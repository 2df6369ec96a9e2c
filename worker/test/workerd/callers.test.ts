// Checks of credentials inside workerd: its own crypto, its own decoders, and answers instead of exceptions.
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import * as v from "valibot";
import { expect, test } from "vitest";
import { secret } from "../../config-upstream.ts";
import { entraCallers } from "../../entra-schema.ts";
import { createEntraVerifier } from "../../entra-token.ts";
import { createSessionTokens } from "../../session-token.ts";

const TENANT = "11111111-2222-4333-8444-555555555555";
const ORIGIN = "https://app.example.com";

test("E13 E18 a token of Entra ID, every part of it changed, and an issuer that redirects", async () => {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  const now = Date.now();
  const seconds = Math.floor(now / 1000);
  const token = await new SignJWT({
    aud: "api://x",
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    tid: TENANT,
    oid: "person",
    sub: "subject",
    azp: "app",
    scp: "Use",
  })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: "one" })
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 600)
    .sign(privateKey);
  const settings = v.parse(entraCallers, { tenants: [TENANT], audiences: ["api://x"], scopes: ["Use"] });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one" }] };
  const asked: string[] = [];
  const verifier = createEntraVerifier(
    settings,
    async (url, init) => {
      asked.push(`${url} ${init.redirect}`);
      return Response.json(
        url.endsWith("configuration") ? { jwks_uri: "https://login.microsoftonline.com/keys" } : keys,
      );
    },
    () => now,
  );
  expect(await verifier.verify(token, now)).toMatchObject({
    ok: true,
    identity: { name: `${TENANT}:user:person` },
  });
  expect(asked).toEqual([
    `https://login.microsoftonline.com/${TENANT}/v2.0/.well-known/openid-configuration manual`,
    "https://login.microsoftonline.com/keys manual",
  ]);
  for (let at = 0; at < token.length; at += 7) {
    const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    expect(await verifier.verify(changed, now)).toMatchObject({ reason: "token_invalid" });
  }
  const redirected = createEntraVerifier(
    settings,
    async () => Response.redirect("https://evil.example/keys"),
    () => now,
  );
  expect(await redirected.verify(token, now)).toMatchObject({ reason: "keys_unavailable" });
});

test("E21 a MAC of another length is an answer, not an exception", async () => {
  const tokens = createSessionTokens({ secrets: [secret("x".repeat(32))], lifetimeSeconds: 900 });
  const now = Date.now();
  const { token } = await tokens.mint({ subject: "s", origin: ORIGIN }, now);
  expect(await tokens.verify(token, { origin: ORIGIN }, now)).toMatchObject({ ok: true });
  for (const wrong of [
    token.slice(0, -1),
    `${token}A`,
    token.replace(/[^.]+$/, ""),
    token.replace(/[^.]+$/, "A".repeat(86)),
  ]) {
    expect(await tokens.verify(wrong, { origin: ORIGIN }, now)).toMatchObject({ reason: "token_invalid" });
  }
});
