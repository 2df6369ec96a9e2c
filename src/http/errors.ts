/**
 * Every error the client throws: one base class, a closed `kind`, and one class per documented status.
 * No error holds a request's headers or body; what the service answered is kept, but off the enumerable
 * properties, so that a logger which dumps errors doesn't print it.
 * Contract: the status tables of Azure OpenAI and Azure AI model inference.
 */

/** What went wrong, in one word; a `switch` over it is exhaustive. */
export type ErrorKind =
  /** The service answered with an error status or an error body: {@link ApiError}. */
  | "api"
  /** No answer, or a connection lost on the way: {@link ConnectionError}. */
  | "connection"
  /** A deadline passed: {@link TimeoutError}. */
  | "timeout"
  /** The caller aborted: {@link AbortError}. */
  | "aborted"
  /** The stream ended without its terminal signal: {@link StreamTruncatedError}. */
  | "truncated"
  /** The answer isn't what the contract says: {@link MalformedResponseError}. */
  | "malformed"
  /** The service redirected, which is never followed with a key: {@link RedirectError}. */
  | "redirect"
  /** The answer is larger than an option allows: {@link LimitError}. */
  | "limit"
  /** The credential gave no usable token: {@link CredentialError}. */
  | "credential"
  /** The model's answer can't be used, though it came as the contract says: `OutputError` of `latchkey/tools`. */
  | "output";

/** The service's own description of an error, as far as it gave one. */
export interface ServiceError {
  code?: string | null;
  message?: string;
  type?: string | null;
  param?: string | null;
  [member: string]: unknown;
}

/** What an error may be made with. */
export interface ErrorDetails {
  cause?: unknown;
  requestId?: string | undefined;
}

const BRAND = Symbol.for("latchkey.error");

/** Base of every error the client throws. Mistakes in arguments are plain `TypeError`s and `RangeError`s instead. */
export abstract class LatchkeyError extends Error {
  abstract readonly kind: ErrorKind;
  /** The id to quote to the service's support: its own (`x-request-id`, `apim-request-id`), else the one we sent. */
  requestId: string | undefined;
  /** On errors of a stream: what it had assembled before it failed. Not enumerable, for it is model output. */
  declare readonly partial: unknown;

  constructor(message: string, details?: ErrorDetails) {
    super(message, details);
    this.requestId = details?.requestId;
    hide(this, BRAND, true);
  }

  /** Whether a value is one of these errors, made by this copy of the package or by another one. */
  static is(value: unknown): value is LatchkeyError {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}

/** Sets a property that neither `JSON.stringify` nor a console shows. */
export function hide(target: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true });
}

/** No answer, or a connection lost before the answer was whole. `cause` is what the runtime's fetch said. */
export class ConnectionError extends LatchkeyError {
  override readonly name = "ConnectionError";
  readonly kind = "connection";
}

/** The deadline that passed: until the headers, between two reads, between two events, or for the whole call. */
export type Deadline = "headers" | "idle" | "stall" | "total";

/** A deadline passed; `deadline` names it, and the message names the option that sets it. */
export class TimeoutError extends LatchkeyError {
  override readonly name = "TimeoutError";
  readonly kind = "timeout";
  readonly deadline: Deadline;
  constructor(deadline: Deadline, ms: number, details?: ErrorDetails) {
    const option = deadline === "total" ? "timeoutMs" : `${deadline}TimeoutMs`;
    super(`The ${deadline} deadline passed (${option}: ${ms}).`, details);
    this.deadline = deadline;
  }
}

/** The caller aborted, by signal or by `abort()`. `cause` is the signal's own reason. */
export class AbortError extends LatchkeyError {
  override readonly name = "AbortError";
  readonly kind = "aborted";
  constructor(cause: unknown) {
    super("The call was aborted.", { cause });
  }
}

/** The stream ended without its terminal signal; `partial` is what had come until then. */
export class StreamTruncatedError extends LatchkeyError {
  override readonly name = "StreamTruncatedError";
  readonly kind = "truncated";
  constructor(
    message = "The stream ended before its terminal signal: the answer is not whole.",
    details?: ErrorDetails,
  ) {
    super(message, details);
  }
}

/** The answer isn't what the contract says: no JSON, another content type, an empty body. Holds no byte of it. */
export class MalformedResponseError extends LatchkeyError {
  override readonly name = "MalformedResponseError";
  readonly kind = "malformed";
}

/** The service answered with a redirect. It is refused: the request carries a key, and a prompt. */
export class RedirectError extends LatchkeyError {
  override readonly name = "RedirectError";
  readonly kind = "redirect";
}

/** The answer is larger than an option allows; the message names the option. */
export class LimitError extends LatchkeyError {
  override readonly name = "LimitError";
  readonly kind = "limit";
  constructor(option: string, limit: number) {
    super(`The answer exceeds ${option} (${limit}).`);
  }
}

/** The credential gave no usable token. The message never holds what it gave. */
export class CredentialError extends LatchkeyError {
  override readonly name = "CredentialError";
  readonly kind = "credential";
  /** What the issuer of tokens said, in a word, as `AADSTS7000215`, `invalid_client` or `user_cancelled`. */
  readonly code: string | undefined;

  constructor(message: string, details?: ErrorDetails & { code?: string | undefined }) {
    super(message, details);
    this.code = details?.code;
  }
}

/** What {@link ApiError} is made of. */
export interface ApiErrorInit extends ErrorDetails {
  /** HTTP status; `undefined` for an error inside a stream or in a body with status 200. */
  status: number | undefined;
  headers?: Headers | undefined;
  /** The parsed body, or its text when it isn't JSON. */
  body?: unknown;
  retryAfterMs?: number | undefined;
  /** Why the call was not tried again, when that isn't plain from the status. */
  note?: string | undefined;
  /** What was sent to authenticate, taken out in case that the service says it back. */
  secrets?: string[] | undefined;
}

/**
 * The service answered with an error. The message is `"<status> <the service's message>"`. `headers`, `error` and
 * `body` are there to read but not enumerable.
 */
export class ApiError extends LatchkeyError {
  override readonly name: string = "ApiError";
  readonly kind = "api";
  /** HTTP status; `undefined` when the error came inside a stream or a body with status 200. */
  readonly status: number | undefined;
  /** The service's code, as `content_filter` or `DeploymentNotFound`; also from `x-ms-error-code`. */
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly type: string | undefined;
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  declare readonly headers: Headers | undefined;
  /** The `error` member of the body, or the body itself where a service sends it flat. */
  declare readonly error: ServiceError | undefined;
  /** The whole body: parsed, or its text when it isn't JSON. */
  declare readonly body: unknown;

  constructor(init: ApiErrorInit) {
    const { status, headers, note } = init;
    const secrets = (init.secrets ?? []).filter(({ length }) => length >= MIN_SECRET);
    const clean = (text: string) =>
      secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
    const body = secrets.length > 0 && init.body ? JSON.parse(clean(JSON.stringify(init.body))) : init.body;
    const error = describe(body);
    const text = error.message || (body ? "(no message)" : "status code (no body)");
    super(`${status ? `${status} ` : ""}${text}${note ?? ""}`, init);
    this.status = status;
    this.code = clean(textOf(error.code) ?? headers?.get("x-ms-error-code") ?? "") || undefined;
    this.param = textOf(error.param);
    this.type = textOf(error.type);
    this.retryAfterMs = init.retryAfterMs;
    hide(this, "headers", headers);
    hide(this, "error", error);
    hide(this, "body", body);
  }
}

/** Longest text of a service that goes into a message. */
const MAX_MESSAGE = 1000;

/** Shorter than any key: what local servers take in place of one (`"x"`, `"none"`) is also part of many a word. */
const MIN_SECRET = 8;

/** Finds the error in a body: `error.message`, `error` as text, `message`, `detail`, or the text itself. */
function describe(body: unknown): ServiceError {
  // A page of HTML says nothing in a message.
  const flat = (
    typeof body === "string" ? { message: /^\s*</.test(body) ? "" : body.trim() } : body
  ) as ServiceError | null;
  const inner = flat?.error && typeof flat.error === "object" ? (flat.error as ServiceError) : flat;
  const text = [inner?.message, flat?.error, flat?.message, flat?.detail].find(
    (part) => part && typeof part === "string",
  );
  return { ...inner, ...(text ? { message: (text as string).slice(0, MAX_MESSAGE) } : {}) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** 304: not modified. */
export class NotModifiedError extends ApiError {
  override readonly name = "NotModifiedError";
}
/** 400: the request is wrong, or its content was filtered (`code: "content_filter"`). */
export class BadRequestError extends ApiError {
  override readonly name = "BadRequestError";
}
/** 401: the credential was refused. */
export class AuthenticationError extends ApiError {
  override readonly name = "AuthenticationError";
}
/** 403: the credential may not do this. */
export class PermissionDeniedError extends ApiError {
  override readonly name = "PermissionDeniedError";
}
/** 404: no such route, model or deployment. */
export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError";
}
/** 409: conflict with the state of the resource. */
export class ConflictError extends ApiError {
  override readonly name = "ConflictError";
}
/** 422: a parameter or value the model can't honour. */
export class UnprocessableEntityError extends ApiError {
  override readonly name = "UnprocessableEntityError";
}
/** 424: a dependency failed, as a route that a managed endpoint doesn't have. */
export class FailedDependencyError extends ApiError {
  override readonly name = "FailedDependencyError";
}
/** 429: too many requests or tokens; `retryAfterMs` says how long to wait. */
export class RateLimitError extends ApiError {
  override readonly name = "RateLimitError";
}
/** 500 and above. */
export class InternalServerError extends ApiError {
  override readonly name = "InternalServerError";
}

const BY_STATUS: Record<number, typeof ApiError> = {
  304: NotModifiedError,
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  424: FailedDependencyError,
  429: RateLimitError,
};

/** Makes the error of the class that belongs to a status. */
export function apiError(init: ApiErrorInit): ApiError {
  const status = init.status ?? 0;
  return new (BY_STATUS[status] ?? (status >= 500 ? InternalServerError : ApiError))(init);
}

/**
 * The error that an event of a stream tells. A proxy can't break a stream off without losing what a slow reader hasn't
 * read; it says `stream_truncated` as the last event instead.
 */
export function streamError(body: unknown, secrets: ApiErrorInit["secrets"]): LatchkeyError {
  const error = apiError({ status: undefined, body, secrets });
  return error.code === "stream_truncated" ? new StreamTruncatedError(error.message) : error;
}
