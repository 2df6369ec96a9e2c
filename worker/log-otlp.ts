// Log lines to a collector by OTLP/HTTP, in JSON: gathered for a moment, sent after answers, never waited for. A line
// that can't be sent is counted and gone: the console has it too.
import type { LogEntry } from "./log.ts";
import type { Sink } from "./log-sinks.ts";

export interface OtlpOptions {
  /** The collector's address for logs, such as https://otlp.example.com/v1/logs. */
  readonly url: string;
  /** Its credential, such as `{ authorization: "Basic …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `service.name`. Default "latchkey-proxy". */
  readonly service?: string;
  /** Default: the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly now?: () => number;
  /** Lines in one request. As many waiting are sent at once. Default 100. */
  readonly batch?: number;
  /** How long a line waits for others. Default 2 s; workerd gives 30 s after an answer. */
  readonly delayMs?: number;
  /** For the collector to answer. Default 5 s. */
  readonly timeoutMs?: number;
  /** Lines that wait at most; the oldest are dropped. Default 1,000. */
  readonly waiting?: number;
  /** Told what became of lines. */
  readonly onResult?: (result: "sent" | "failed" | "dropped", lines: number) => void;
}

interface Line {
  readonly at: number;
  readonly entry: LogEntry;
}

export function logToOtlp(options: OtlpOptions): Sink {
  const { batch = 100, delayMs = 2000, waiting: most = 1000, now = Date.now, onResult = () => {} } = options;
  let waiting: Line[] = [];
  /** When the sending that is planned should have begun. Plain data: requests of one isolate share it. */
  let plannedFor: number | undefined;

  async function send(): Promise<void> {
    plannedFor = undefined;
    while (waiting.length > 0) {
      const lines = waiting.slice(0, batch);
      waiting = waiting.slice(batch);
      onResult((await post(lines, options)) ? "sent" : "failed", lines.length);
    }
  }

  return (entry, platform) => {
    waiting.push({ at: now(), entry });
    const dropped = waiting.length - most;
    if (dropped > 0) {
      waiting = waiting.slice(dropped);
      onResult("dropped", dropped);
    }
    const full = waiting.length >= batch;
    // One whose request was torn down before it began is taken over by the next request.
    const planned = plannedFor !== undefined && now() < plannedFor + delayMs;
    if (planned && !full) return;
    plannedFor = now() + (full ? 0 : delayMs);
    const sending = (full ? Promise.resolve() : pause(delayMs)).then(send).catch(() => {});
    platform?.waitUntil(sending);
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    // Lines that wait are no reason to keep a process of Node or Bun alive.
    (timer as { unref?: () => void }).unref?.();
  });
}

async function post(
  lines: readonly Line[],
  { url, headers, service = "latchkey-proxy", fetch, timeoutMs = 5000 }: OtlpOptions,
): Promise<boolean> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const response = await (fetch ?? globalThis.fetch)(url, {
      method: "POST",
      redirect: "manual", // the credential goes nowhere else
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(exported(lines, service)),
      signal: timeout.signal,
    });
    response.body?.cancel().catch(() => {});
    return response.ok;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Names of the semantic conventions where they have one. */
const NAMES: Readonly<Record<string, string>> = {
  route: "http.route",
  status: "http.response.status_code",
  model: "gen_ai.request.model",
  finish_reason: "gen_ai.response.finish_reasons",
  prompt_tokens: "gen_ai.usage.input_tokens",
  completion_tokens: "gen_ai.usage.output_tokens",
};

function exported(lines: readonly Line[], service: string) {
  return {
    resourceLogs: [
      {
        resource: { attributes: [attribute("service.name", service)] },
        scopeLogs: [{ scope: { name: "latchkey.proxy" }, logRecords: lines.map(record) }],
      },
    ],
  };
}

function record({ at, entry }: Line) {
  const { event, usage, ...rest } = entry;
  const failed = entry.status >= 500;
  return {
    timeUnixNano: `${Math.trunc(at)}000000`,
    severityNumber: failed ? 17 : 9,
    severityText: failed ? "ERROR" : "INFO",
    body: { stringValue: event },
    attributes: Object.entries({ ...rest, ...usage })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) =>
        attribute(Object.hasOwn(NAMES, name) ? NAMES[name]! : `latchkey.${name}`, value),
      ),
  };
}

function attribute(key: string, value: unknown) {
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  // 64-bit integers are strings in the JSON of protocol buffers.
  if (Number.isSafeInteger(value)) return { key, value: { intValue: String(value) } };
  if (typeof value === "number") return { key, value: { doubleValue: value } };
  return { key, value: { stringValue: typeof value === "string" ? value : JSON.stringify(value) } };
}
