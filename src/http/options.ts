/**
 * The options of every client and every call: documented here once, checked once, resolved once into a
 * complete type. Inside the package nobody writes a default again.
 */
import { LEVELS, type Logger, type LogLevel } from "./log.ts";
import { mergeHeaders } from "./request.ts";
import type { StartTrace } from "./trace.ts";

/** Options of one call; where a client option has the same name, the call's wins. */
export interface CallOptions {
  /** Aborts the call, in any phase. Its reason becomes the `cause` of the {@link AbortError}. */
  signal?: AbortSignal | undefined;
  /** Deadline of the whole call with retries and the whole stream, in milliseconds. Default 600 000 (10 min). */
  timeoutMs?: number | undefined;
  /** Longest wait for the headers of an attempt. Default 60 000 for streams; for whole answers `timeoutMs` alone counts. */
  headersTimeoutMs?: number | undefined;
  /** Longest wait without a single byte, comments included, while the caller waits. Default 60 000. */
  idleTimeoutMs?: number | undefined;
  /** Longest wait without a data event, however many comments come. Default 300 000 (5 min). */
  stallTimeoutMs?: number | undefined;
  /** Retries before the first byte of an answer. Default 2. */
  maxRetries?: number | undefined;
  /** Longest wait before a retry that a service may ask for; above it the call fails at once. Default 60 000. */
  maxRetryDelayMs?: number | undefined;
  /** Tries again after a headers deadline too. Off by default: the service may have done, and billed, the work. */
  retryTimeouts?: boolean | undefined;
  /** More request headers; they win over the client's own, and a call's over its client's. */
  headers?: HeaderValues | undefined;
}

/** Request headers; `null` removes one that would be sent otherwise. */
export type HeaderValues = Record<string, string | null> | Headers;

/** Options of a client. */
export interface ClientOptions extends Omit<CallOptions, "signal"> {
  /** Sends the requests. Default: the runtime's `fetch`, looked up at each call. */
  fetch?: typeof fetch | undefined;
  /** Where log records go; any console fits. Default: nowhere. Records hold no key, no query and no body. */
  logger?: Logger | undefined;
  /** Least level that is logged. Default `"warn"`. `"debug"` adds the allowlisted headers. */
  logLevel?: LogLevel | undefined;
  /** Logs request bodies at `"debug"`, prompts included. Default false. */
  logBodies?: boolean | undefined;
  /** Observes calls, for tracing. Default: none, at no cost. */
  trace?: StartTrace | undefined;
  /** Largest whole answer, in bytes after decompression. Default 64 MiB. Larger: {@link LimitError}. */
  maxResponseBytes?: number | undefined;
  /** How much of an error's body is read, in bytes. Default 64 KiB; the rest is cancelled. */
  maxErrorBytes?: number | undefined;
  /** Largest line and largest event of a stream, in bytes. Default 16 MiB. Larger: {@link LimitError}. */
  maxEventBytes?: number | undefined;
  /** Largest stream, in bytes (of its events' data: UTF-16 code units): all of it is kept for `final()`. Default 256 MiB. Larger: {@link LimitError}. */
  maxStreamBytes?: number | undefined;
  /**
   * What ends a chat stream: `"done"` is `[DONE]` and nothing else; `"finish_reason"` also takes a clean end after
   * every choice has finished; `"eof"` takes any clean end, for servers that send neither. Default `"done"`.
   */
  streamEnd?: StreamEnd | undefined;
  /**
   * Sends one id for all attempts of a call, as `x-ms-client-request-id` and (with POST) as `idempotency-key`, and
   * `x-latchkey-retry-count` on retries. Default: true, but false in browsers, where each header needs the server's
   * consent.
   */
  clientRequestId?: boolean | undefined;
  /** Lets a static key be used in a browser, where every visitor can read it. Default false. */
  dangerouslyAllowBrowser?: boolean | undefined;
  /** Lets the endpoint be `http:` on another machine. Default false: loopback only. */
  allowInsecureHttp?: boolean | undefined;
  /** Token scopes. Default: the client's own. */
  credentialScopes?: string | readonly string[] | undefined;
}

/** See {@link ClientOptions.streamEnd}. */
export type StreamEnd = "done" | "finish_reason" | "eof";

/** Client options with every default filled in. */
export interface ResolvedOptions {
  fetch: typeof fetch | undefined;
  logger: Logger | undefined;
  logLevel: LogLevel;
  logBodies: boolean;
  trace: StartTrace | undefined;
  timeoutMs: number;
  /** `undefined`: 60 000 for streams, else unbounded. */
  headersTimeoutMs: number | undefined;
  idleTimeoutMs: number;
  stallTimeoutMs: number;
  maxRetries: number;
  maxRetryDelayMs: number;
  retryTimeouts: boolean;
  /** In the order in which they are laid over each other. */
  headers: HeaderValues[];
  maxResponseBytes: number;
  maxErrorBytes: number;
  maxEventBytes: number;
  maxStreamBytes: number;
  streamEnd: StreamEnd;
  clientRequestId: boolean;
  dangerouslyAllowBrowser: boolean;
  allowInsecureHttp: boolean;
  credentialScopes: string | readonly string[] | undefined;
}

/** Options of one call, resolved against its client's. */
export type ResolvedCall = ResolvedOptions & { signal: AbortSignal | undefined };

/** Every default. Its type, and the unit in its name, is also what an option is checked by. */
const DEFAULTS = {
  logLevel: "warn",
  logBodies: false,
  timeoutMs: 600_000,
  idleTimeoutMs: 60_000,
  stallTimeoutMs: 300_000,
  maxRetries: 2,
  maxRetryDelayMs: 60_000,
  retryTimeouts: false,
  maxResponseBytes: 0x4000000,
  maxErrorBytes: 0x10000,
  maxEventBytes: 0x1000000,
  maxStreamBytes: 0x10000000,
  streamEnd: "done",
  dangerouslyAllowBrowser: false,
  allowInsecureHttp: false,
  headers: [],
} as const;

/** What an option without a default must be: a type, or one of some words. */
const FORMS: Record<string, string> = {
  fetch: "function",
  trace: "function",
  logger: "object",
  headersTimeoutMs: "number",
  clientRequestId: "boolean",
  signal: "object",
  logLevel: "debug|info|warn|error",
  streamEnd: "done|finish_reason|eof",
};

/** A timer takes 2^31-1 ms at most and fires at once beyond, so "no deadline" has to be said as Infinity. */
const MAX_MS = 0x7fffffff;

/**
 * Lays checked options over others. Only own members count, so nothing comes in through a prototype.
 *
 * @throws {TypeError} naming the option that is unknown or wrong; never with its value.
 */
function lay<T extends ResolvedOptions>(base: T, given: object = {}, names = /./): T {
  if (typeof given !== "object" || given === null) throw new TypeError("options must be an object.");
  const result = { ...base } as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(base, name) || !names.test(name)) throw new TypeError(`Unknown option: ${name}.`);
    if (value === undefined) continue;
    const form = FORMS[name] ?? typeof DEFAULTS[name as keyof typeof DEFAULTS];
    let good = form.includes("|") ? form.split("|").includes(value) : value !== null && typeof value === form;
    if (name.endsWith("Ms")) good &&= value > 0 && (value <= MAX_MS || value === Infinity);
    else if (form === "number")
      good &&= Number.isSafeInteger(value) && value >= (name === "maxRetries" ? 0 : 1);
    if (name === "credentialScopes")
      good = [value].flat().every((scope) => scope && typeof scope === "string");
    if (name === "logger") good &&= LEVELS.every((level) => typeof value[level] === "function");
    if (name === "signal") good &&= typeof value.addEventListener === "function";
    if (!good) {
      throw new TypeError(
        `${name} must be ${name.endsWith("Ms") ? `above 0 and at most ${MAX_MS}, or Infinity` : form === "number" ? "a whole number" : form}.`,
      );
    }
    if (name === "headers") mergeHeaders(value);
    result[name] = name === "headers" ? [...base.headers, value] : value;
  }
  return result as unknown as T;
}

/** Checks and completes the options of a client. */
export function resolveOptions(given: ClientOptions | undefined): ResolvedOptions {
  return lay(
    {
      ...DEFAULTS,
      headers: [],
      fetch: undefined,
      logger: undefined,
      trace: undefined,
      headersTimeoutMs: undefined,
      credentialScopes: undefined,
      clientRequestId: !isBrowser(),
    },
    given,
  );
}

/** Checks the options of a call and lays them over its client's. */
export function resolveCall(client: ResolvedOptions, given: CallOptions | undefined): ResolvedCall {
  return lay({ ...client, signal: undefined }, given, /Ms$|^(maxRetries|retryTimeouts|headers|signal)$/);
}

/** Whether this is a browser's page or worker. Node, Deno, Bun and workerd name themselves otherwise. */
export function isBrowser(): boolean {
  return /^Mozilla\//.test(globalThis.navigator?.userAgent);
}
