// Session tokens that were found good once: what a second look still checks, and what it no longer pays for.
import { afterEach, describe, expect, test, vi } from "vitest";
import { secret } from "../config-upstream.ts";
import { createKnownTokens } from "../known-tokens.ts";
import { createSessionTokens } from "../session-token.ts";
import { createRig, ORIGIN, OTHER_ORIGIN } from "./setup.ts";

const NOW = Date.UTC(2026, 10, 21);
const FIRST = "first-secret-canary-0123456789abcdef";
const SECOND = "second-secret-canary-0123456789abcde";

afterEach(() => vi.restoreAllMocks());

const tokensOf = (secrets: string[], lifetimeSeconds = 900) =>
  createSessionTokens({ secrets: secrets.map(secret), lifetimeSeconds });

/** One token that is known already, and how often a signature was looked at since. */
async function known(lifetimeSeconds = 900) {
  const tokens = tokensOf([FIRST], lifetimeSeconds);
  const { token } = await tokens.mint({ subject: "s", origin: ORIGIN, models: ["small"] }, NOW);
  expect(await tokens.verify(token, { origin: ORIGIN }, NOW)).toMatchObject({ ok: true });
  const proofs = vi.spyOn(crypto.subtle, "verify");
  const reason = async (
    shown = token,
    use: { origin: string | undefined; originOptional?: boolean; graceSeconds?: number } = { origin: ORIGIN },
    now = NOW,
  ) => {
    const verified = await tokens.verify(shown, use, now);
    return verified.ok ? verified.grant.subject : verified.reason;
  };
  return { token, tokens, proofs, reason };
}

describe("a token that is known", () => {
  test("is given the same grant without another look at its signature", async () => {
    const { token, tokens, proofs } = await known();
    const verified = await tokens.verify(token, { origin: ORIGIN }, NOW + 60_000);
    expect(verified).toMatchObject({ ok: true, grant: { subject: "s", origin: ORIGIN, models: ["small"] } });
    expect(proofs).not.toHaveBeenCalled();
  });

  test("ends as one that is not", async () => {
    const { reason, token } = await known();
    const at = (seconds: number, graceSeconds = 0) =>
      reason(token, { origin: ORIGIN, graceSeconds }, NOW + seconds * 1000);
    expect(await at(899)).toBe("s");
    expect(await at(904)).toBe("s"); // within what clocks may differ by
    expect(await at(905)).toBe("token_expired");
    expect(await at(905, 60)).toBe("s");
    expect(await at(965, 60)).toBe("token_expired");
    expect(await at(905)).toBe("token_expired"); // what a renewal let pass is no longer good for a call
  });

  test("is not good before its time, on a clock that went back", async () => {
    const { reason, token } = await known();
    expect(await reason(token, { origin: ORIGIN }, NOW - 60_000)).toBe("token_invalid");
  });

  test("works from its own page only", async () => {
    const { reason, token } = await known();
    expect(await reason(token, { origin: OTHER_ORIGIN })).toBe("token_of_other_origin");
    expect(await reason(token, { origin: OTHER_ORIGIN, originOptional: true })).toBe("token_of_other_origin");
    expect(await reason(token, { origin: undefined })).toBe("token_of_other_origin");
    expect(await reason(token, { origin: undefined, originOptional: true })).toBe("s");
    expect(await reason(token)).toBe("s");
  });

  test("makes no other text good: one character changed, cut or added", async () => {
    const { reason, token } = await known();
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === "A" ? "B" : "A";
      expect(await reason(token.slice(0, at) + other + token.slice(at + 1))).toBe("token_invalid");
      expect(await reason(token.slice(0, at) + token.slice(at + 1))).toBe("token_invalid");
    }
    for (const changed of [`${token}A`, `${token}=`, ` ${token}`, `${token}.`]) {
      expect(await reason(changed)).toBe("token_invalid");
    }
    expect(await reason()).toBe("s");
  });

  test("is known to its own proxy only: another secret or a shorter life refuses it", async () => {
    const { token } = await known();
    const use = { origin: ORIGIN };
    expect(await tokensOf([SECOND]).verify(token, use, NOW)).toMatchObject({ reason: "token_invalid" });
    expect(await tokensOf([FIRST], 600).verify(token, use, NOW)).toMatchObject({ reason: "token_invalid" });
    expect(await tokensOf([SECOND, FIRST]).verify(token, use, NOW)).toMatchObject({ ok: true });
  });

  test("a whole proxy answers its later calls by the same rules", async () => {
    let now = NOW;
    const rig = await createRig({}, { now: () => now });
    const opened = await rig.fetch("/session", {
      method: "POST",
      headers: { origin: ORIGIN, authorization: null },
    });
    const { token } = (await opened.json()) as { token: string };
    const status = async (shown: string, origin = ORIGIN) =>
      (await rig.fetch("/v1/models", { headers: { authorization: `Bearer ${shown}`, origin } })).status;
    expect([await status(token), await status(token)]).toEqual([200, 200]);
    expect(await status(token, OTHER_ORIGIN)).toBe(403);
    expect(await status(`${token.slice(0, -4)}AAAA`)).toBe(401);
    now += 906_000;
    expect(await status(token)).toBe(401);
  });
});

describe("what is never known", () => {
  test("a token that failed, however often", async () => {
    const { reason, token, proofs } = await known();
    const forged = `${token.slice(0, -4)}AAAA`;
    for (let call = 1; call <= 3; call += 1) {
      expect(await reason(forged)).toBe("token_invalid");
      expect(proofs).toHaveBeenCalledTimes(call);
    }
  });

  test("a token that came from another page before it came from its own", async () => {
    const tokens = tokensOf([FIRST]);
    const { token } = await tokens.mint({ subject: "s", origin: ORIGIN }, NOW);
    const proofs = vi.spyOn(crypto.subtle, "verify");
    for (let call = 0; call < 2; call += 1) {
      const before = proofs.mock.calls.length;
      const verified = await tokens.verify(token, { origin: OTHER_ORIGIN }, NOW);
      expect(verified).toMatchObject({ reason: "token_of_other_origin" });
      expect(proofs.mock.calls.length).toBeGreaterThan(before);
    }
  });
});

describe("how many are known", () => {
  const entry = { grant: { subject: "s", origin: ORIGIN }, from: NOW / 1000, until: NOW / 1000 + 900 };

  test("as many as may be; the oldest one leaves", () => {
    const tokens = createKnownTokens(3);
    for (const token of ["a", "b", "c", "a", "d"]) tokens.add(token, entry);
    const found = ["a", "b", "c", "d"].map((token) => tokens.find(token, NOW) !== undefined);
    expect(found).toEqual([false, true, true, true]);
  });

  test("a thousand in a proxy; what left is checked anew", async () => {
    const tokens = tokensOf([FIRST]);
    const all: string[] = [];
    for (let made = 0; made <= 1000; made += 1) {
      const { token } = await tokens.mint({ subject: `s${made}`, origin: ORIGIN }, NOW);
      await tokens.verify(token, { origin: ORIGIN }, NOW);
      all.push(token);
    }
    const proofs = vi.spyOn(crypto.subtle, "verify");
    for (const token of all.slice(1)) await tokens.verify(token, { origin: ORIGIN }, NOW);
    expect(proofs).not.toHaveBeenCalled();
    expect(await tokens.verify(all[0]!, { origin: ORIGIN }, NOW)).toMatchObject({ ok: true });
    expect(proofs).toHaveBeenCalled();
  });
});
