// What really happened: every request as it arrived, and for each what was really delivered. In memory only, bounded
// by count, oldest first out. Tests reconcile a proxy's bookkeeping with it.

export interface RecordedRequest {
  /** Also the `x-request-id` of the answer and the key into the ledger. */
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** Path as routed, without the query. */
  readonly path: string;
  /** Lower-case names; repeated headers joined by ", " as fetch does. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text, "" when there was none or when it was refused unread. */
  readonly body: string;
  /** By the emulator's clock, milliseconds. */
  readonly receivedAt: number;
}

export interface LedgerEntry {
  readonly requestId: string;
  readonly clientRequestId: string | null;
  readonly method: string;
  readonly path: string;
  readonly dialect: string;
  model: string | null;
  scenario: string | null;
  stream: boolean;
  status: number;
  /** `open` while the body is being read; `cancelled` when the reader left; `failed` when the emulator broke it. */
  outcome: "open" | "finished" | "cancelled" | "failed";
  promptTokens: number;
  /** Tokens of the records that were handed to the reader, not of the answer that was planned. */
  completionTokens: number;
  bytes: number;
  chunks: number;
  readonly startedAt: number;
  endedAt: number | null;
}

/** Appends and forgets the oldest. The array keeps its identity, so a test can hold on to it. */
export function remember<T>(list: T[], item: T, limit: number): void {
  list.push(item);
  if (list.length > limit) list.splice(0, list.length - limit);
}

// Forms of real credentials: OpenAI keys, JSON web tokens, 84-character Azure keys. A developer may point a real key
// at the emulator by mistake; it must not be found in the recorder, in a control route's answer or in a test report.
// First runs of key characters, of bounded length, then anchored tests on each: linear for any body, where one pattern
// that looks for all forms at every position took ten seconds for three megabytes of "eyJeyJ…".
const RUN = /[\w.-]{19,16384}/g;
const SECRET = /^sk-|^eyJ[\w-]+\.[\w-]+\.[\w-]*\.?$|^[A-Za-z0-9]{84}[.-]*$/;
// Older Azure keys are 32 hexadecimal digits: too common a form to hide anywhere but in a credential header.
const OLD_AZURE_KEY = /\b[0-9a-fA-F]{32}\b/g;
const CREDENTIAL_HEADERS = new Set([
  "authorization",
  "api-key",
  "x-api-key",
  "ocp-apim-subscription-key",
  "cookie",
]);

export function redact(text: string): string {
  return text.replace(RUN, (run) => (SECRET.test(run) ? `[redacted ${run.length} characters]` : run));
}

export function redactHeaders(headers: Headers): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const [name, value] of headers) {
    const text = redact(value);
    seen[name] = CREDENTIAL_HEADERS.has(name)
      ? text.replace(OLD_AZURE_KEY, (key) => `[redacted ${key.length} characters]`)
      : text;
  }
  return seen;
}
