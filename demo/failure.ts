// What went wrong, as a sentence and a next step a person can use. The client's error says what happened on the
// wire; this file says it to somebody who wants an answer. Everything here ends in text nodes.
import { ApiError, LatchkeyError } from "latchkey";

export interface Failure {
  readonly title: string;
  readonly advice: string;
  /** The error's own words and request id, for whoever runs the worker. */
  readonly detail: string;
  /** The answer broke off after it had begun. */
  readonly cut: boolean;
}

const MAX_DETAIL_CHARS = 300;

export function describeFailure(error: unknown, hasText: boolean): Failure {
  const detail = detailOf(error);
  if (!LatchkeyError.is(error)) {
    return {
      title: "Something went wrong in this page.",
      advice: "Try again; if it stays, reload the page.",
      detail,
      cut: false,
    };
  }
  const [title, advice] =
    error instanceof ApiError ? (explainCode(error) ?? explainStatus(error)) : explainKind(error, hasText);
  const cut = hasText && (error.kind === "truncated" || error.kind === "timeout");
  return { title, advice, detail, cut };
}

type Explanation = readonly [title: string, advice: string];

function explainKind(error: LatchkeyError, hasText: boolean): Explanation {
  switch (error.kind) {
    case "truncated":
      return hasText
        ? ["The answer was cut off before its end.", "What arrived is kept. Try again for a whole answer."]
        : ["The answer ended before it began.", "Try again."];
    case "connection":
      return [
        "The worker cannot be reached.",
        "Check that it is running and that you are online, then try again.",
      ];
    case "timeout":
      return hasText
        ? ["The model stopped sending.", "What arrived is kept. Try again, or choose another model."]
        : ["The model did not answer in time.", "Try again, or choose another model."];
    case "malformed":
      return [
        "The service sent something that is not an answer.",
        "Try again; if it stays, choose another model.",
      ];
    case "redirect":
      return [
        "The service tried to send the request elsewhere.",
        "It was not followed. Check the worker's upstream address.",
      ];
    case "limit":
      return ["The answer is larger than this page accepts.", "Ask for a shorter answer."];
    case "credential":
      return [
        "This page could not open a session with the worker.",
        "Check that the worker is running and allows this page's address, then try again.",
      ];
    default:
      return ["The answer could not be read.", "Try again."];
  }
}

/** The worker's words for a model that it has not got itself; its code may be the service's too. */
const NOT_IN_THE_WORKER = "There is no such model here.";

/** The worker's code says whose problem it is, where the status alone does not. */
function explainCode({ code, status, error }: ApiError): Explanation | undefined {
  switch (code) {
    case "content_filter":
      return ["The service's content filter refused this message.", "Rephrase it and send it again."];
    case "upstream_auth":
      return [
        "The service refused the worker's key.",
        "Whoever runs the worker: check UPSTREAM_KEY, and that it belongs to UPSTREAM_URL.",
      ];
    case "upstream_unreachable":
      return [
        "The worker cannot reach the service.",
        "Whoever runs the worker: check UPSTREAM_URL, and that the service is running.",
      ];
    case "upstream_redirect":
      return [
        "The service tried to send the request elsewhere.",
        "It was not followed. Whoever runs the worker: check UPSTREAM_URL.",
      ];
    case "upstream_bad_answer":
      return [
        "The service sent something that is not an answer.",
        "Try another model. Whoever runs the worker: check UPSTREAM_URL and UPSTREAM_KIND.",
      ];
    case "not_configured":
      return ["The worker is not fully configured.", "Whoever runs it: what is missing is named below."];
  }
  if (status === 404 && error?.message !== NOT_IN_THE_WORKER) {
    return [
      "The service does not know this model.",
      "Choose another model. Whoever runs the worker: check MODELS (name=deployment) and UPSTREAM_URL.",
    ];
  }
  return undefined;
}

function explainStatus(error: ApiError): Explanation {
  switch (error.status) {
    case 400:
    case 422:
      return ["The service did not accept this request.", "Try another model, or start a new chat."];
    case 401:
      return ["The worker did not accept this page's session.", "Try again: a new session is opened for it."];
    case 403:
      return ["This page may not use that model.", "Choose another model, or ask whoever runs the worker."];
    case 404:
      return ["The worker does not know that model.", "Choose another model and try again."];
    case 413:
      return ["This conversation is too long to send.", "Start a new chat."];
    case 429:
      return ["Too many requests at once.", waitAdvice(error.retryAfterMs)];
    case undefined:
      return ["The service reported an error instead of an answer.", "Try again, or choose another model."];
    default:
      return error.status >= 500
        ? ["The service has a problem.", "Try again in a moment, or choose another model."]
        : ["The service refused this request.", "Try again, or choose another model."];
  }
}

function waitAdvice(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined || retryAfterMs <= 0) return "Wait a moment, then try again.";
  const seconds = Math.ceil(retryAfterMs / 1000);
  return `Wait ${seconds} ${seconds === 1 ? "second" : "seconds"}, then try again.`;
}

function detailOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const requestId = LatchkeyError.is(error) ? error.requestId : undefined;
  const shown = message.length > MAX_DETAIL_CHARS ? `${message.slice(0, MAX_DETAIL_CHARS)}…` : message;
  return requestId === undefined ? shown : `${shown} (request ${requestId})`;
}
