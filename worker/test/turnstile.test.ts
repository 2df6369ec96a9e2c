// Turnstile: only a clear yes about this page, of these minutes, once, is a yes.
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { turnstile as schema } from "../caller-schema.ts";
import { createTurnstile } from "../turnstile.ts";
import { answering, jsonAnswer, ORIGIN } from "./setup.ts";

const NOW = 1_795_219_200_000;
const page = { origin: ORIGIN, address: "203.0.113.7" };
const yes = {
  success: true,
  hostname: "app.example.com",
  challenge_ts: new Date(NOW - 1000).toISOString(),
  action: "chat",
  "error-codes": [],
};

function rig(answer: () => Response | Promise<Response>, rules: object = {}) {
  const service = answering(answer);
  const settings = v.parse(schema, { secret: "turnstile-canary", timeoutMs: 100, ...rules });
  const { verify } = createTurnstile(settings, service.fetch, () => NOW);
  const outcome = async (token: string | undefined = "token-1") => {
    const verified = await verify(token, page);
    return verified.ok ? "ok" : `${verified.reason} ${verified.seen?.failure}`;
  };
  return { service, outcome };
}

test("a yes, and what is asked", async () => {
  const { service, outcome } = rig(() => jsonAnswer(yes));
  expect(await outcome()).toBe("ok");
  const [asked] = service.requests;
  expect(asked!.url).toBe("https://challenges.cloudflare.com/turnstile/v0/siteverify");
  expect(Object.fromEntries(new URLSearchParams(await asked!.text()))).toEqual({
    secret: "turnstile-canary",
    response: "token-1",
    remoteip: "203.0.113.7",
  });
});

describe("E24 what is no yes", () => {
  const cases: [name: string, answer: () => Response | Promise<Response>, outcome: string, rules?: object][] =
    [
      [
        "no",
        () => jsonAnswer({ success: false, "error-codes": ["invalid-input-response"] }),
        "proof_refused invalid-input-response",
      ],
      [
        "used, says the service",
        () => jsonAnswer({ success: false, "error-codes": ["timeout-or-duplicate"] }),
        "proof_refused timeout-or-duplicate",
      ],
      ["no, without a reason", () => jsonAnswer({ success: false }), "proof_refused unknown"],
      [
        "no, with a reason that is a text",
        () => jsonAnswer({ success: false, "error-codes": ["Canary text!"] }),
        "proof_refused unknown",
      ],
      ["another page's", () => jsonAnswer({ ...yes, hostname: "evil.example" }), "proof_refused hostname"],
      ["a page below", () => jsonAnswer({ ...yes, hostname: "x.app.example.com" }), "proof_refused hostname"],
      ["of no page", () => jsonAnswer({ ...yes, hostname: undefined }), "proof_refused hostname"],
      ["another action", () => jsonAnswer(yes), "proof_refused action", { action: "login" }],
      [
        "ten minutes old",
        () => jsonAnswer({ ...yes, challenge_ts: new Date(NOW - 600_000).toISOString() }),
        "proof_refused age",
      ],
      [
        "from the future",
        () => jsonAnswer({ ...yes, challenge_ts: new Date(NOW + 600_000).toISOString() }),
        "proof_refused age",
      ],
      ["of no time", () => jsonAnswer({ ...yes, challenge_ts: "soon" }), "proof_refused age"],
      [
        "a wrong secret of ours",
        () => jsonAnswer({ success: false, "error-codes": ["invalid-input-secret"] }),
        "proof_unavailable invalid-input-secret",
      ],
      [
        "trouble at the service",
        () => jsonAnswer({ success: false, "error-codes": ["internal-error"] }),
        "proof_unavailable internal-error",
      ],
      ["500", () => jsonAnswer(yes, { status: 500 }), "proof_unavailable TurnstileAnswerError"],
      [
        "a redirect",
        () => new Response(null, { status: 302, headers: { location: "https://evil.example" } }),
        "proof_unavailable TurnstileAnswerError",
      ],
      ["no JSON", () => new Response("<html>"), "proof_unavailable TurnstileAnswerError"],
      [
        "a yes that is a text",
        () => jsonAnswer({ ...yes, success: "true" }),
        "proof_unavailable TurnstileAnswerError",
      ],
      [
        "a yes and a no in one",
        () => new Response('{"success":false,"success":true}'),
        "proof_unavailable TurnstileAnswerError",
      ],
      [
        "a megabyte",
        () => new Response(`{"success":true,"x":"${"x".repeat(1_000_000)}"}`),
        "proof_unavailable TurnstileAnswerError",
      ],
      ["no connection", () => Promise.reject(new TypeError("canary")), "proof_unavailable TypeError"],
      ["silence", () => new Promise<Response>(() => {}), "proof_unavailable TurnstileAnswerError"],
      [
        "silence in the body",
        () => new Response(new ReadableStream({})),
        "proof_unavailable TurnstileAnswerError",
      ],
    ];
  for (const [name, answer, expected, rules] of cases) {
    test(name, async () => {
      expect(await rig(answer, rules).outcome()).toBe(expected);
    });
  }

  test("a token twice, also at once, and also when the service would say yes again", async () => {
    const { service, outcome } = rig(() => jsonAnswer(yes));
    expect((await Promise.all([outcome(), outcome(), outcome()])).sort()).toEqual([
      "ok",
      "proof_refused used",
      "proof_refused used",
    ]);
    expect(await outcome()).toBe("proof_refused used");
    expect(await outcome("token-2")).toBe("ok");
    expect(service.requests).toHaveLength(2);
  });

  test("what is no token is not asked about", async () => {
    const { service, outcome } = rig(() => jsonAnswer(yes));
    for (const token of ["", "a b", "a&secret=x", "x".repeat(2049), "a\n"]) {
      expect(await outcome(token)).toBe("proof_refused shape");
    }
    expect(service.requests).toHaveLength(0);
  });

  test("hosts and action as configured", async () => {
    const rules = { hostnames: ["widget.example.com"], action: "chat" };
    expect(await rig(() => jsonAnswer(yes), rules).outcome()).toBe("proof_refused hostname");
    const there = { ...yes, hostname: "Widget.example.com" };
    expect(await rig(() => jsonAnswer(there), rules).outcome()).toBe("ok");
  });
});
