// The upstream's answer, proven before a byte of it is passed on: whole JSON, whole text, or an event stream.
// Downloads are download.ts's business.
import { readBytes } from "./body.ts";
import type { Upstream } from "./config.ts";
import { type Reason, type Refusal, refuse } from "./refusals.ts";
import { redactWithin, type Service } from "./upstream-error.ts";

export interface WholeAnswer {
  readonly ok: true;
  readonly text: string;
  readonly bytes: number;
  readonly type: string;
  /** The JSON object that the text is; empty for other text. */
  readonly answer: Readonly<Record<string, unknown>>;
}

interface Expected extends Service {
  readonly proof: Proof;
  readonly answerBytes: number;
  readonly wholeMs: number;
  /** Ends the call. Given where the answer is of the runtime's own fetch, whose bodies keep to their Content-Length. */
  readonly giveUp?: (() => void) | undefined;
}

/** By which member an answer shows that it is one of its operation, and not something else that is JSON. */
export type Proof = keyof typeof proofs;

const proofs = {
  choices: { holds: ({ choices }: Answer) => Array.isArray(choices), reason: "upstream_not_chat" },
  data: { holds: ({ data }: Answer) => Array.isArray(data), reason: "upstream_wrong_shape" },
  text: { holds: ({ text }: Answer) => typeof text === "string", reason: "upstream_wrong_shape" },
  object: { holds: ({ id }: Answer) => typeof id === "string", reason: "upstream_wrong_shape" },
  named: {
    holds: ({ id, name }: Answer) => typeof id === "string" || typeof name === "string",
    reason: "upstream_wrong_shape",
  },
  nothing: { holds: () => true, reason: "upstream_wrong_shape" },
} as const;

type Answer = Readonly<Record<string, unknown>>;

const decoder = new TextDecoder();

/** Shorter "keys" are placeholders for local servers, such as "ollama": an answer may say those words. */
const MIN_KEY_CHARS = 8;

/** A whole answer: read with a cap, proven to be what was asked for and to hold no key of ours, passed on as text. */
export async function readWholeAnswer(
  response: Response,
  expected: Expected,
): Promise<WholeAnswer | Refusal> {
  const { proof, upstream, models, secrets = [] } = expected;
  const read = await readAnswer(response, expected);
  if (!read.ok) return refuse(failures[read.reason]);
  if (read.bytes.byteLength === 0) return refuse("upstream_empty");
  const text = decoder.decode(read.bytes);
  const answer = parseObject(text);
  if (answer === undefined || mediaType(response) !== "application/json") return refuse("upstream_not_json");
  // A response, job or batch that failed has an `error`, too; it is an object of its own kind, not a failed call.
  const mayFail = (proof === "object" || proof === "named") && typeof answer.object === "string";
  if (answer.error != null && !mayFail) return refuse("upstream_error_with_200");
  // A service that shows requests to its caller must not show ours.
  if (!proofs[proof].holds(answer)) return refuse(proofs[proof].reason);
  if (holdsKey(text, answer, upstream, secrets)) return refuse("upstream_holds_key");
  const told = withoutSecrets(answer, { upstream, models, secrets });
  return {
    ok: true,
    text: told === answer ? text : JSON.stringify(told),
    bytes: read.bytes.byteLength,
    type: "application/json",
    answer: told,
  };
}

/** What the upstream says went wrong with an object is told like every error of its. The same object when that changes nothing. */
function withoutSecrets(answer: Answer, service: Service): Answer {
  const { error, errors } = answer;
  if (error == null && errors == null) return answer;
  const told = {
    ...answer,
    ...(error == null ? {} : { error: redactWithin(error, service) }),
    ...(errors == null ? {} : { errors: redactWithin(errors, service) }),
  };
  return JSON.stringify(told) === JSON.stringify(answer) ? answer : told;
}

const TEXTS = new Set(["text/plain", "text/vtt", "application/x-subrip", "application/json"]);

/** A transcript: JSON, or plain text in one of its forms. Never HTML: that is somebody's login page. */
export async function readWholeText(response: Response, expected: Expected): Promise<WholeAnswer | Refusal> {
  if (!TEXTS.has(mediaType(response))) {
    response.body?.cancel().catch(() => {});
    return refuse("upstream_not_json");
  }
  if (mediaType(response) === "application/json") return readWholeAnswer(response, expected);
  const read = await readAnswer(response, expected);
  if (!read.ok) return refuse(failures[read.reason]);
  const text = decoder.decode(read.bytes);
  if (holdsKey(text, {}, expected.upstream, expected.secrets)) return refuse("upstream_holds_key");
  return { ok: true, text, bytes: read.bytes.byteLength, type: "text/plain; charset=utf-8", answer: {} };
}

/** In one step of the runtime where its length is known and allowed: a third of the work of reading piece by piece. */
async function readAnswer(
  response: Response,
  { answerBytes, wholeMs, giveUp }: Expected,
): ReturnType<typeof readBytes> {
  const { headers } = response;
  const length = headers.get("content-length") ?? "";
  const isKnown = /^\d{1,9}$/.test(length) && Number(length) <= answerBytes;
  const isPlain = headers.get("transfer-encoding") === null && !isEncoded(response);
  if (giveUp === undefined || !isKnown || !isPlain) return readBytes(response.body, answerBytes, wholeMs);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), wholeMs);
  });
  try {
    const bytes = await Promise.race([response.arrayBuffer(), late]);
    if (bytes !== undefined) return { ok: true, bytes: new Uint8Array(bytes) };
    giveUp();
    return { ok: false, reason: "timeout" };
  } catch {
    return { ok: false, reason: "broken" };
  } finally {
    clearTimeout(timer);
  }
}

const failures = {
  too_large: "upstream_too_large",
  timeout: "upstream_timeout",
  broken: "upstream_failed",
} as const;

/** Is this 200 really an event stream? A login page or an error object with 200 must not become an empty success. */
export function checkStream(response: Response): { ok: true; body: ReadableStream<Uint8Array> } | Refusal {
  const reason: Reason | undefined =
    response.body === null
      ? "upstream_empty"
      : mediaType(response) !== "text/event-stream"
        ? "upstream_not_stream"
        : isEncoded(response)
          ? "upstream_encoded"
          : undefined;
  if (reason === undefined) return { ok: true, body: response.body! };
  response.body?.cancel().catch(() => {});
  return refuse(reason);
}

export function isEncoded({ headers }: Response): boolean {
  return (headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity";
}

export function mediaType({ headers }: Response): string {
  return (headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase();
}

/** In any letter case, and however JSON spelt it: rewritten, a text has one spelling. */
function holdsKey(text: string, answer: Answer, upstream: Upstream, tokens: readonly string[] = []): boolean {
  const keys = [upstream.key.reveal(), ...tokens].filter((key) => key.length >= MIN_KEY_CHARS);
  if (keys.length === 0) return false;
  const spellings = keys.flatMap((key) => {
    const plain = key.toLowerCase();
    return [plain, JSON.stringify(plain).slice(1, -1)];
  });
  const holds = (written: string) => spellings.some((spelling) => written.includes(spelling));
  return holds(text.toLowerCase()) || (text.includes("\\") && holds(JSON.stringify(answer).toLowerCase()));
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
