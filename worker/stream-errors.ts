// An error that a service writes into a stream, told as its other errors are (docs/decisions/014): rebuilt by an
// allowlist, in the service's words only where they are about the request. What the events say besides passes unread.
import { passEvents } from "./agent-stream.ts";
import { errorBody } from "./error-body.ts";
import type { EventRules } from "./event-pass.ts";
import { PASSED_STATUSES } from "./forward.ts";
import { type Dialect, type Refusal, type RefusalDetail, refuse } from "./refusals.ts";
import { rebuild, redact, redactWithin, type Service } from "./upstream-error.ts";

/** Part of every event that may be an error. JSON may write a letter as \u0065; nobody does for any other reason. */
const MATTERS = /error|\\u00[67]/;
/** As much as is read of an error that comes as a whole answer. */
const LONG_BYTES = 64 * 1024;
const TYPE = /^[a-z][a-z_.]{0,63}$/;
/** Codes and types by which services say in a stream that the request itself is at fault. */
const CALLERS_OWN =
  /^(?:invalid_request_error|BadRequestError|invalid_prompt|invalid_value|context_length_exceeded|content_filter|content_policy_violation|ResponsibleAIPolicyViolation)$/;
/** And those that are about the operator's key, account or service, whatever else is said beside them. */
const OPERATORS_OWN = /api_?key|auth|permission|quota|billing|account|organi[sz]ation|deployment/i;
const TOO_OFTEN = /^(?:rate_limit_(?:exceeded|error)|too_many_requests|429)$/i;

type Members = Readonly<Record<string, unknown>>;

export interface ErrorRules {
  readonly service: Service;
  readonly dialect: Dialect;
  readonly requestId: string;
  /** What else is done to words of the service that the caller gets. */
  readonly reword?: (detail: RefusalDetail) => RefusalDetail;
}

/** `tell` gives the same text for everything that is no error. */
export type ErrorWords = Pick<EventRules, "matters"> & {
  readonly tell: (event: string, data: string) => string;
};

export function errorWords(rules: ErrorRules): ErrorWords {
  return {
    matters: (text) => MATTERS.test(text),
    tell(event, data) {
      const value = parseObject(data);
      if (value === undefined) {
        // Text in place of JSON says nothing that a caller's parser could read.
        return data === "[DONE]" ? data : JSON.stringify(bodyOf(refuse("upstream_failed"), rules));
      }
      if (isError(event, value)) return JSON.stringify(tellError(value, rules));
      return tellObject(value, rules.service) ?? data;
    },
  };
}

/** For `createEventPass`. */
export function errorPass(words: ErrorWords, eventBytes: number): EventRules {
  return { ...words, eventBytes, longBytes: LONG_BYTES };
}

export function passErrors(
  source: ReadableStream<Uint8Array>,
  words: ErrorWords,
  eventBytes: number,
): ReadableStream<Uint8Array> {
  return passEvents(source, errorPass(words, eventBytes));
}

/** Some servers write the members of an error without an `error` around them. */
export function isError(event: string, { error, type, object }: Members): boolean {
  return event === "error" || error != null || type === "error" || object === "error";
}

/** The event's data in place of an error of the service. */
export function tellError(value: Members, rules: ErrorRules): Members {
  const { type, sequence_number: sequence, ...rest } = value;
  const said = value.error == null ? { error: rest } : rest;
  const body = bodyOf(refusalFor(said, rules), rules);
  if (typeof type !== "string" || !TYPE.test(type) || redact(type, rules.service) !== type) return body;
  const typed = { type, ...(Number.isSafeInteger(sequence) ? { sequence_number: sequence } : {}) };
  if (value.error != null || type !== "error") return { ...typed, ...body };
  const { code, message, param = null } = body.error as Members;
  return { ...typed, code, message, param };
}

function bodyOf(refusal: Refusal, { dialect, requestId }: ErrorRules): Members {
  return errorBody(refusal, dialect, requestId).body;
}

/** Inside a stream there is no status: who is at fault is told by the error's own words, if at all. */
function refusalFor(said: Members, { service, reword = (detail) => detail }: ErrorRules): Refusal {
  const inner = Object(said.error) as Members;
  const marks = [inner.code, inner.type, inner.status, said.code, said.status].map(String);
  const isOperators = marks.some((mark) => OPERATORS_OWN.test(mark) || isOtherStatus(mark));
  const isCallers = marks.some((mark) => CALLERS_OWN.test(mark) || PASSED_STATUSES.has(Number(mark)));
  if (isCallers && !isOperators) return refuse("upstream_rejected", reword(rebuild(said, service)));
  return refuse(marks.some((mark) => TOO_OFTEN.test(mark)) ? "upstream_rate_limited" : "upstream_failed");
}

function isOtherStatus(mark: string): boolean {
  return /^[45]\d\d$/.test(mark) && !PASSED_STATUSES.has(Number(mark));
}

/** A response that failed is an object with an error in it, and is told as in a whole answer. */
function tellObject(value: Members, service: Service): string | undefined {
  const { response } = value;
  if (typeof response !== "object" || response === null) return undefined;
  const { error } = response as Members;
  if (error == null) return undefined;
  const told = redactWithin(error, service);
  if (JSON.stringify(told) === JSON.stringify(error)) return undefined;
  return JSON.stringify({ ...value, response: { ...response, error: told } });
}

function parseObject(data: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Members)
      : undefined;
  } catch {
    return undefined;
  }
}
