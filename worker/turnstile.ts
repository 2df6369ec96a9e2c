// Is there a person at the page? Asks Cloudflare about a Turnstile token. No answer is no: without a clear yes about
// this page, of these minutes, no session is given. A token is good once: the service sees to it, and so does a memory.
import { readBytes } from "./body.ts";
import type { TurnstileRules } from "./caller-schema.ts";
import type { Fetch } from "./forward.ts";
import { hex, sha256 } from "./keys.ts";
import { type Refusal, refuse } from "./refusals.ts";
import { parseStrict } from "./strict-json.ts";

/** The service itself forgets a token after five minutes. */
const MAX_AGE_MS = 300_000;
const CLOCK_MS = 60_000;
const MAX_BYTES = 16 * 1024;
/** Tokens remembered at most; the oldest goes first. */
const MAX_USED = 10_000;
const RETRY_AFTER_SECONDS = 5;
/** Codes that are nobody's fault at the page. */
const OURS = /^(missing-input-secret|invalid-input-secret|internal-error|bad-request)$/;

export interface Turnstile {
  verify(
    token: string | undefined,
    page: { readonly origin: string; readonly address: string | undefined },
  ): Promise<{ ok: true } | Refusal>;
}

export function createTurnstile(rules: TurnstileRules, fetch: Fetch, now: () => number): Turnstile {
  const used = new Map<string, number>();

  /** False when it was here before. Remembered before the service is asked: of two at once one is too late. */
  function isFirst(hash: string): boolean {
    const at = now();
    if (at - (used.get(hash) ?? Number.NEGATIVE_INFINITY) < 2 * MAX_AGE_MS) return false;
    used.delete(hash);
    used.set(hash, at);
    if (used.size > MAX_USED) used.delete(used.keys().next().value!);
    return true;
  }

  return {
    async verify(token, { origin, address }) {
      if (token === undefined || !/^[\w.-]{1,2048}$/.test(token)) return refused("shape");
      if (!isFirst(hex(await sha256(token)))) return refused("used");
      const body = new URLSearchParams({ secret: rules.secret.reveal(), response: token });
      if (address !== undefined) body.set("remoteip", address);
      let answer: Readonly<Record<string, unknown>>;
      try {
        answer = await ask(fetch, rules.url, body, rules.timeoutMs);
      } catch (cause) {
        return unavailable(cause instanceof Error ? cause.name : "unknown");
      }
      if (answer.success !== true) {
        const [code] = Array.isArray(answer["error-codes"]) ? answer["error-codes"] : [];
        const word = typeof code === "string" && /^[a-z-]{1,40}$/.test(code) ? code : "unknown";
        return OURS.test(word) ? unavailable(word) : refused(word);
      }
      const { hostname, action, challenge_ts: solved } = answer;
      // A token of another page's widget is somebody else's visitor.
      const expected = rules.hostnames ?? [new URL(origin).hostname];
      if (typeof hostname !== "string" || !expected.includes(hostname.toLowerCase()))
        return refused("hostname");
      if (rules.action !== undefined && action !== rules.action) return refused("action");
      const age = typeof solved === "string" ? now() - Date.parse(solved) : Number.NaN;
      return age <= MAX_AGE_MS + CLOCK_MS && age >= -CLOCK_MS ? { ok: true } : refused("age");
    },
  };
}

const refused = (failure: string) => refuse("proof_refused", {}, { failure });
const unavailable = (failure: string) =>
  refuse("proof_unavailable", { headers: { "retry-after": String(RETRY_AFTER_SECONDS) } }, { failure });

class AnswerError extends Error {
  override readonly name = "TurnstileAnswerError";
}

async function ask(fetch: Fetch, url: string, form: URLSearchParams, timeoutMs: number) {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new AnswerError("timeout"));
      abort.abort();
    }, timeoutMs);
  });
  const answered = async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: form.toString(),
      redirect: "manual",
      signal: abort.signal,
    });
    // It says no with 200, and some of its no with 400.
    if (response.status !== 200 && response.status !== 400) {
      response.body?.cancel().catch(() => {});
      throw new AnswerError("status");
    }
    const read = await readBytes(response.body, MAX_BYTES, timeoutMs);
    const value = read.ok ? parseStrict(read.bytes) : undefined;
    if (value === undefined || typeof value.success !== "boolean") throw new AnswerError("shape");
    return value;
  };
  return Promise.race([answered(), late]).finally(() => clearTimeout(timer));
}
